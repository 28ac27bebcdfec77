"""Opening: who may, with which headers; every attempt on record; nothing that is damaged is ever served."""

from __future__ import annotations

import base64
import hashlib

from support.documents import office, pdf

from .conftest import COMPONENT, OTHER_COMPONENT, UNIT, Town


async def outcomes(town: Town) -> list[tuple[int, str]]:
    rows = await town.connection.fetch("SELECT person_id, outcome FROM evidence_access ORDER BY evidence_access_id")
    return [(row["person_id"], row["outcome"]) for row in rows]


async def test_a_file_is_served_as_a_download_that_nothing_runs(town: Town):
    evidence_id = (await town.attach(name="Báo cáo số 1; 100%.pdf")).json()["evidence_id"]
    answer = await town.open(evidence_id, town.unit)
    assert (answer.status_code, answer.content) == (200, pdf())
    headers = answer.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"] == (
        'attachment; filename="B_o c_o s_ 1; 100_.pdf"; '
        "filename*=UTF-8''B%C3%A1o%20c%C3%A1o%20s%E1%BB%91%201%3B%20100%25.pdf"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert headers["cache-control"] == "private, no-store"
    digest = base64.b64encode(hashlib.sha256(pdf()).digest()).decode()
    assert headers["repr-digest"] == f"sha-256=:{digest}:"
    assert await outcomes(town) == [(town.unit.person_id, "served")]


async def test_whoever_appraises_the_field_decides_or_audits_may_open_it(town: Town):
    evidence_id = (await town.attach()).json()["evidence_id"]
    allowed = [town.unit, town.appraiser, town.council, town.auditor, town.officer]
    for who in allowed:
        assert (await town.open(evidence_id, who)).status_code == 200
    for who in (town.other_unit, town.other_appraiser):
        refused = await town.open(evidence_id, who)
        assert refused.status_code == 403
        assert b"PDF" not in refused.content
    assert (await town.open(evidence_id, town.stranger)).status_code == 404
    assert (await town.client.get(f"/v1/evidence/{evidence_id}")).status_code == 401
    assert await outcomes(town) == [(who.person_id, "served") for who in allowed] + [
        (who.person_id, "refused") for who in (town.other_unit, town.other_appraiser)
    ]


async def listed(town: Town, who, component: str = "") -> tuple[int, list[str]]:
    answer = await town.client.get(
        f"/v1/rounds/{town.round_id}/units/{UNIT}/evidence",
        params={"component": component} if component else {},
        headers=who.headers,
    )
    return answer.status_code, [line["file_name"] for line in answer.json().get("evidence", [])]


async def test_lists_show_what_the_person_may_open(town: Town):
    await town.attach(name="a.pdf")
    await town.attach(office("docx"), name="b.docx", component=OTHER_COMPONENT, media_type="")
    for who in (town.unit, town.officer, town.council, town.auditor):
        assert await listed(town, who) == (200, ["a.pdf", "b.docx"])
    assert await listed(town, town.appraiser) == (200, ["a.pdf"])
    assert await listed(town, town.other_appraiser) == (200, ["b.docx"])
    assert await listed(town, town.unit, OTHER_COMPONENT) == (200, ["b.docx"])
    assert (await listed(town, town.appraiser, OTHER_COMPONENT))[0] == 403
    assert (await listed(town, town.other_unit))[0] == 403
    assert (await listed(town, town.other_unit, COMPONENT))[0] == 403
    assert (await listed(town, town.stranger))[0] == 404
    assert await outcomes(town) == []


async def test_a_damaged_object_is_never_served(town: Town, store_folder):
    evidence_id = (await town.attach()).json()["evidence_id"]
    (stored,) = [path for path in store_folder.rglob("*") if path.is_file()]
    whole = stored.read_bytes()
    for damaged in (whole[:-1], whole[:30] + bytes([whole[30] ^ 1]) + whole[31:], b"", b"PIE1"):
        stored.write_bytes(damaged)
        answer = await town.open(evidence_id, town.unit)
        assert (answer.status_code, answer.json()["code"]) == (503, "evidence_damaged")
    stored.unlink()
    assert (await town.open(evidence_id, town.unit)).json()["code"] == "evidence_object_missing"
    assert await outcomes(town) == []


async def test_an_object_of_one_content_does_not_open_as_another(town: Town, store_folder):
    first = (await town.attach()).json()["evidence_id"]
    (one,) = [path for path in store_folder.rglob("*") if path.is_file()]
    await town.attach(pdf("khác"), name="b.pdf")
    (other,) = [path for path in store_folder.rglob("*") if path.is_file() and path != one]
    one.write_bytes(other.read_bytes())
    await town.connection.execute(
        "UPDATE evidence_content SET sealed_key = (SELECT max(sealed_key) FROM evidence_content WHERE storage_key LIKE '%' || $1)",
        other.name,
    )
    assert (await town.open(first, town.unit)).json()["code"] == "evidence_damaged"

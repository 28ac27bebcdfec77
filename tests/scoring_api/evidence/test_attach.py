"""Attaching over HTTP: by the unit, in time, within the limits; stored once, encrypted; told by an event."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib

import pytest

from scoring_api.rounds.events import read_cells, read_events
from scoring_api.rounds.fold import fold
from support.documents import pdf

from .conftest import COMPONENT, H99, OTHER, OTHER_COMPONENT, UNIT, Town, make_round


def objects(folder) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def test_a_unit_attaches_a_file_and_the_round_knows_it(town: Town, store_folder):
    answer = await town.attach()
    assert answer.status_code == 201, answer.text
    line = answer.json()
    assert line["file_name"] == "Kế hoạch 12.pdf"
    assert (line["media_type"], line["size"]) == ("application/pdf", len(pdf()))
    assert line["sha256"] == hashlib.sha256(pdf()).hexdigest()
    assert line["retain_until"] == "2035-12-31"
    assert line["erased"] is None
    assert await town.evidence_in_cell() == 1
    (stored,) = objects(store_folder)
    assert b"PDF" not in stored
    events = await read_events(town.connection, H99, town.round_id)
    assert (events[-1].kind, events[-1].role, events[-1].component) == ("evidence_added", "unit", COMPONENT)
    assert events[-1].detail == {"evidence_id": line["evidence_id"], "sha256": line["sha256"], "size": line["size"]}
    _, cells = fold(events)
    assert cells == await read_cells(town.connection, H99, town.round_id, [(UNIT, COMPONENT)])


async def test_one_content_on_many_components_and_units_is_stored_once(town: Town, store_folder):
    lines = [
        await town.attach(),
        await town.attach(component=OTHER_COMPONENT, name="Khác.pdf"),
        await town.attach(unit_id=OTHER, who=town.other_unit),
    ]
    assert [line.status_code for line in lines] == [201, 201, 201]
    assert len({line.json()["evidence_id"] for line in lines}) == 3
    assert len(objects(store_folder)) == 1
    assert await town.connection.fetchval("SELECT count(*) FROM evidence_content") == 1


async def test_the_same_content_sent_at_once_is_stored_once_and_opens_everywhere(town: Town, store_folder):
    answers = await asyncio.gather(*(town.attach(name=f"{n}.pdf") for n in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(objects(store_folder)) == 1
    for answer in answers:
        assert (await town.open(answer.json()["evidence_id"], town.unit)).content == pdf()


async def test_the_same_file_again_is_the_same_evidence(town: Town):
    first, second = await town.attach(), await town.attach()
    assert first.json() == second.json()
    assert await town.evidence_in_cell() == 1


async def test_only_the_unit_itself_attaches(town: Town):
    for who in (town.other_unit, town.officer, town.appraiser, town.council, town.auditor):
        assert (await town.attach(who=who)).status_code == 403
    assert (await town.attach(who=town.stranger)).status_code == 404
    anonymous = await town.client.post(
        f"/v1/rounds/{town.round_id}/units/{UNIT}/components/{COMPONENT}/evidence",
        files={"file": ("a.pdf", pdf())},
        headers={"Origin": "http://127.0.0.1:8020"},
    )
    assert anonymous.status_code == 401
    assert await town.connection.fetchval("SELECT count(*) FROM evidence") == 0


async def test_unknown_places_are_named(town: Town):
    unknown = await town.attach(component="no_such")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "component_unknown")
    survey = await town.attach(component="finance_opinion")
    assert (survey.status_code, survey.json()["code"]) == (409, "not_self_assessed")


async def test_attaching_waits_for_the_units_own_steps(town: Town):
    await town.move_to("appraisal_1")
    late = await town.attach()
    assert late.status_code == 409, late.text
    await town.move_to("answer")
    assert (await town.attach()).status_code == 201
    await town.move_to("closed")
    assert (await town.attach(name="muộn.pdf")).json()["code"] == "round_closed"


async def test_after_the_deadline_the_answer_says_which_and_what_to_do(town: Town):
    town.round_id = await make_round(
        town.connection, town.officer.person_id, until=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    )
    late = (await town.attach(late_reason="mất điện")).json()
    assert late["code"] == "deadline_over"
    assert late["hint"]


async def test_every_fault_of_a_file_comes_back_at_once(town: Town, store_folder):
    refused = await town.attach(b"MZ" + bytes(60), name="a\u200b.pdf", media_type="image/png")
    assert (refused.status_code, refused.json()["code"]) == (422, "evidence_refused")
    assert [one["code"] for one in refused.json()["findings"]] == [
        "file_name_control",
        "type_declared_wrong",
        "content_mismatch",
    ]
    assert not objects(store_folder)


async def test_a_file_over_the_limit_is_not_read_to_its_end(town: Town):
    over = await town.attach(pdf() + bytes(1024 * 1024))
    assert (over.status_code, over.json()["code"]) == (413, "evidence_too_large")
    sent = 0

    async def endless():
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
        while sent < 64:
            sent += 1
            yield bytes(1024 * 1024)

    streamed = await town.client.post(
        f"/v1/rounds/{town.round_id}/units/{UNIT}/components/{COMPONENT}/evidence",
        content=endless(),
        headers={**town.unit.headers, "Content-Type": "multipart/form-data; boundary=x"},
    )
    assert streamed.status_code == 413
    assert sent < 8


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"", "multipart/form-data; boundary=x", "file_missing"),
        (b"nonsense", "multipart/form-data; boundary=x", "form_unreadable"),
        (b"nonsense", "multipart/form-data", "form_unreadable"),
        (b"%PDF", "application/pdf", "form_unreadable"),
        (b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\na\r\n--x--\r\n', "multipart/form-data; boundary=x", "file_missing"),
        (b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\na\r\n--x--\r\n', "multipart/form-data; boundary=x", "file_missing"),
    ],
)  # fmt: skip
async def test_a_body_that_is_no_form_with_a_file_says_so(town: Town, content, kind, code):
    answer = await town.client.post(
        f"/v1/rounds/{town.round_id}/units/{UNIT}/components/{COMPONENT}/evidence",
        content=content,
        headers={**town.unit.headers, "Content-Type": kind},
    )
    assert (answer.status_code in (400, 422), answer.json()["code"]) == (True, code)


async def test_no_log_line_names_a_file_or_what_is_in_it(town: Town, capfd):
    await town.attach(pdf("noi dung rieng"), name="ten rieng.pdf")
    await town.attach(b"noi dung rieng", name="ten rieng.docx")
    await town.erase((await town.attach(pdf("noi dung rieng"), name="ten rieng.pdf")).json()["evidence_id"])
    said = "".join(capfd.readouterr())
    assert "/evidence" in said
    assert "rieng" not in said


@pytest.mark.parametrize("reason", ["a\0b", "a" * 4001])
async def test_a_late_reason_that_is_no_words_is_refused_by_name(town: Town, reason):
    answer = await town.attach(late_reason=reason)
    assert (answer.status_code, answer.json()["findings"][0]["field"]) == (422, "late_reason")

"""Published editions over HTTP: exact bytes, standing, the newest one, keys and chain heads, changes, series, inputs."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from decimal import Decimal

import pytest

from parindex.editions.edition_file import read_editions
from parindex.editions.rederive import rederive
from parindex.editions.verify import Head, verify
from parindex.engine.period import Period
from parindex.frameworks.policy_files import load_policies
from scoring_api.editions.change import by_criterion
from scoring_api.editions.inputs import public_view
from support.editions import imported_inputs, round_inputs, satisfaction_inputs
from support.people import make_person
from support.publications import press

pytestmark = pytest.mark.database
WHY = "Cổng dịch vụ công cập nhật cột mức độ hài lòng của mọi tỉnh."
QD766 = {"index": "qd766", "scope": "0", "block": "province"}
YEN_BAI = 115


@pytest.fixture
async def stage(client, connection, settings, template_registers):
    async with press(client, connection, settings, template_registers) as found:
        yield found


@pytest.fixture
async def source(stage):
    """The two observations of a period, as sources."""
    rows = await stage.imported_tables()

    def find(period: str, place: int) -> dict[str, object]:
        found = [row["imported_table_id"] for row in rows if (row["period"], row["block"]) == (period, "province")]
        return {"kind": "imported", "imported_table_id": found[place]}

    return find


@pytest.fixture
async def corrected(stage, source):
    """Edition 1, superseded by edition 2."""
    assert await stage.published(source("2025-10", 0)) == 1
    assert await stage.published(source("2025-10", 1), supersedes=1, erratum=WHY) == 2


async def get(client, path, status=200, **asked):
    answer = await client.get(path, params=asked)
    assert answer.status_code == status, answer.text[:2000]
    return answer


async def test_an_edition_is_served_byte_for_byte_under_its_digest_and_kept_for_good(stage, client, connection, source):
    await stage.published(source("2025-10", 0))
    document, sha256 = await connection.fetchrow("SELECT document, sha256 FROM edition")
    answer = await get(client, "/v1/editions/0/1")
    assert answer.content == document.encode()
    assert hashlib.sha256(answer.content).hexdigest() == sha256
    assert answer.headers["etag"] == f'"{sha256}"'
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["link"] == '</v1/editions/0/1/standing>; rel="describedby"'
    again = await client.get("/v1/editions/0/1", headers={"If-None-Match": f'"{sha256}"'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", f'"{sha256}"')


async def test_what_is_not_there_is_said_so(client):
    for path in ("/v1/editions/0/9", "/v1/editions/0/9/signed", "/v1/editions/0/9/standing", "/v1/editions/0/9/inputs"):
        assert (await get(client, path, 404)).json()["code"] == "edition_unknown"
    assert (await get(client, "/v1/editions/0/9/change", 404)).json()["code"] == "edition_unknown"
    assert (await get(client, "/v1/editions/0/99999999999", 422)).json()["code"] == "parameter_invalid"
    assert (await get(client, "/v1/editions/0/1", 422, realm="sandbox")).json()["code"] == "parameter_unknown"
    assert (await get(client, "/v1/chain-head", 404, tenant=0)).json()["code"] == "chain_unknown"
    assert (await get(client, "/v1/editions/0/abc", 404)).json()["code"] == "path_not_found"


async def test_the_file_form_and_the_head_are_what_verify_needs(stage, client, corrected):
    files = [await get(client, f"/v1/editions/0/{number}/signed") for number in (1, 2)]
    chain = read_editions(b"[" + b",".join(one.content for one in files) + b"]")
    head = (await get(client, "/v1/chain-head", tenant=0)).json()
    (key,) = (await get(client, "/v1/keys")).json()["keys"]
    known = {key["key_id"]: base64.b64decode(key["public_key"])}
    assert verify(chain, Head.parse(head["head"]), known).findings == ()
    assert (head["edition_no"], head["key_id"]) == (2, key["key_id"])
    assert files[0].json()["document"] == (await get(client, "/v1/editions/0/1")).json()


async def test_a_superseded_edition_stays_readable_and_says_what_took_its_place_and_why(client, corrected):
    old = (await get(client, "/v1/editions/0/1/standing")).json()
    assert (old["edition"]["superseded_by"], old["superseding_erratum"], old["standing_edition_no"]) == (2, WHY, 2)
    assert old["superseded_at"] is not None
    new = (await get(client, "/v1/editions/0/2/standing")).json()
    assert (new["edition"]["supersedes"], new["erratum"], new["superseded_at"]) == (1, WHY, None)
    assert new["previous_sha256"] == old["edition"]["sha256"]
    assert (await get(client, "/v1/editions/0/1")).json()["publication"]["supersedes"] is None


async def test_open_disputes_are_counted_by_case_number(client, connection, corrected):
    async def dispute(number, publication, *kinds):
        await connection.execute(
            "INSERT INTO appeal (tenant_id, case_no, publication_id, edition_no, unit_id, component, argument, evidence_ids, person_id, recorded_at)"
            " VALUES (0, $1, $2, $2, 101, NULL, 'Bí mật', '[]', 1, now())",
            number,
            publication,
        )
        appeal_id = await connection.fetchval("SELECT max(appeal_id) FROM appeal")
        for place, kind in enumerate(kinds, 1):
            await connection.execute(
                "INSERT INTO appeal_event (tenant_id, appeal_id, event_no, kind, person_id, text, recorded_at) VALUES (0, $1, $2, $3, 1, '', now())",
                appeal_id,
                place,
                kind,
            )

    await dispute("KN-2026-0001", 2, "filed")
    await dispute("KN-2026-0002", 2, "filed", "answered", "upheld")
    await dispute("KN-2026-0003", 2, "filed", "dismissed")
    await dispute("KN-2026-0004", 2, "filed", "upheld", "corrected")
    await dispute("KN-2026-0005", 1, "filed")
    answer = await get(client, "/v1/editions/0/2/standing")
    assert answer.json()["disputes"] == {
        "open": 1,
        "awaiting_correction": 1,
        "case_numbers": ["KN-2026-0001", "KN-2026-0002"],
        "of_earlier": ["KN-2026-0005"],
    }
    first = (await get(client, "/v1/editions/0/1/standing")).json()
    assert (first["disputes"]["case_numbers"], first["disputes"]["of_earlier"]) == (["KN-2026-0005"], [])
    assert "Bí mật" not in answer.text


async def test_tables_of_a_unit_are_found_by_its_whole_number(client, connection, corrected):
    for number, listed in ((1, [YEN_BAI * 10, int(f"1{YEN_BAI}")]), (2, [YEN_BAI * 10, YEN_BAI])):
        await connection.execute("UPDATE edition SET unit_ids = $1 WHERE edition_no = $2", listed, number)
    found = (await get(client, "/v1/editions", unit=YEN_BAI)).json()["editions"]
    assert [one["edition_no"] for one in found] == [2]


async def test_editions_are_listed_newest_first_and_filtered(stage, client, source, corrected):
    await stage.published(source("2025", 0), decision="766/QĐ-TTg")

    async def numbers(**asked):
        return [one["edition_no"] for one in (await get(client, "/v1/editions", **asked)).json()["editions"]]

    assert await numbers() == [3, 2, 1]
    assert await numbers(period="2025-10") == [2, 1]
    assert await numbers(index="qd766", scope="0", block="province", tenant=0) == [3, 2, 1]
    assert await numbers(unit="H57") == [3, 2, 1]
    assert await numbers(unit=YEN_BAI) == await numbers(tenant=291) == []
    assert await numbers(index="papi") == await numbers(realm="synthetic") == []
    first = (await get(client, "/v1/editions", limit=2)).json()
    assert [(one["edition_no"], one["superseded_by"]) for one in first["editions"]] == [(3, None), (2, None)]
    assert await numbers(limit=2, cursor=first["next_cursor"]) == [1]
    assert first["editions"][0]["decision"] == "766/QĐ-TTg"
    assert (await get(client, "/v1/editions", 422, cursor="x")).json()["code"] == "cursor_unknown"


async def test_latest_leads_to_the_newest_standing_edition(stage, client, source, corrected):
    answer = await get(client, "/v1/editions/latest", 307, **QD766)
    assert (answer.headers["location"], answer.headers["cache-control"]) == ("/v1/editions/0/2", "public, no-cache")
    await stage.published(source("2025", 1))
    assert (await get(client, "/v1/editions/latest", 307, **QD766)).headers["location"] == "/v1/editions/0/3"
    named = await get(client, "/v1/editions/latest", 307, **QD766, period="2025-10")
    assert named.headers["location"] == "/v1/editions/0/2"
    missing = (await get(client, "/v1/editions/latest", 404, **{**QD766, "block": "commune"})).json()
    assert "index=qd766 scope=0 block=province period=2025-10" in missing["hint"]


async def test_up_to_ten_units_are_compared_in_the_order_asked(client, corrected):
    found = (await get(client, "/v1/editions/compare", units="H14,H57,115", **QD766)).json()
    assert [row["codes"]["h_code"] for row in found["rows"]] == ["H14", "H57"]
    assert (found["absent"], found["edition"]["edition_no"]) == ([YEN_BAI], 2)
    body = (await get(client, "/v1/editions/0/2")).json()["body"]
    assert found["rows"][0] == next(row for row in body["rows"] if row["codes"].get("h_code") == "H14")
    assert [column["code"] for column in found["columns"]] == [column["code"] for column in body["columns"]]
    many = ",".join(str(place) for place in range(101, 112))
    assert (await get(client, "/v1/editions/compare", 422, units=many, **QD766)).json()["code"] == "parameter_invalid"


async def test_an_erratum_is_compared_with_what_it_corrects_in_numbers_and_words(client, corrected):
    change = (await get(client, "/v1/editions/0/2/change")).json()
    assert (change["against"]["edition_no"], change["corrects"], change["erratum"]) == (1, True, WHY)
    old, new = [
        {row["unit_id"]: row for row in (await get(client, f"/v1/editions/0/{number}")).json()["body"]["rows"]}
        for number in (1, 2)
    ]
    moved = next(row for row in change["rows"] if row["places"])
    unit_id = moved["unit_id"]
    assert moved["places"] == old[unit_id]["rank"] - new[unit_id]["rank"]
    assert Decimal(moved["points"]) == Decimal(new[unit_id]["value"]) - Decimal(old[unit_id]["value"])
    assert f"{abs(moved['places'])} bậc" in moved["words"]["vi"]
    one = (await get(client, "/v1/editions/0/2/change", unit=unit_id)).json()
    assert [row["unit_id"] for row in one["rows"]] == [unit_id]
    parts = one["rows"][0]["by_part"]
    assert sum(Decimal(part["points"]) for part in parts) == Decimal(moved["points_exact"])
    back = (await get(client, "/v1/editions/0/1/change", against="0/2")).json()
    assert next(row for row in back["rows"] if row["unit_id"] == unit_id)["places"] == -moved["places"]
    assert (await get(client, "/v1/editions/0/1/change", 404)).json()["code"] == "edition_unknown"
    assert (await get(client, "/v1/editions/0/2/change", 422, against="x")).json()["code"] == "parameter_invalid"
    assert (await get(client, "/v1/editions/0/2/change", 404, unit=3)).json()["code"] == "unit_not_in_edition"


async def print_table(connection, year: int, points: dict[int, str]) -> dict[str, object]:
    """A PAPI table of some units as a publisher could have printed it, every dimension an equal part."""
    policy = load_policies().on("papi-index", Period.parse(str(year)).last).document
    groups = [part["code"] for part in policy["parts"]]
    table_id = await connection.fetchval(
        "INSERT INTO imported_table (tenant_id, realm, framework, scope_unit_id, block, period, to_date, observed_at, source, sha256, recorded_at)"
        " VALUES (0, 'production', 'papi', 0, 'province', $1, false, $2, 'Số liệu thử', $1, now()) RETURNING imported_table_id",
        str(year),
        dt.datetime(year + 1, 4, 1, tzinfo=dt.UTC),
    )
    for place, (unit_id, figure) in enumerate(points.items(), 1):
        await connection.execute(
            "INSERT INTO imported_row VALUES (0, $1, $2, $3, $3, $4, $5, $6::jsonb)",
            table_id,
            unit_id,
            str(unit_id),
            place,
            Decimal(figure) * len(groups),
            json.dumps(dict.fromkeys(groups, figure)),
        )
    return {"kind": "imported", "imported_table_id": table_id}


async def test_a_series_shows_breaks_as_breaks_names_boundary_changes_and_never_sums_predecessors(
    stage, client, connection
):
    successor = await connection.fetchval("SELECT successor_id FROM unit_lineage WHERE predecessor_id = $1", YEN_BAI)
    other = await connection.fetchval(
        "SELECT predecessor_id FROM unit_lineage l JOIN unit u ON u.unit_id = l.predecessor_id"
        " WHERE successor_id = $1 AND predecessor_id <> $2 AND u.kind = 'province'",
        successor,
        YEN_BAI,
    )
    for year, points in (
        (2015, {YEN_BAI: "5.5000", other: "5.2500"}),
        (2017, {other: "5.7500", YEN_BAI: "5.6250"}),
        (2018, {YEN_BAI: "5.6000", other: "5.5000"}),
        (2025, {successor: "6.1250"}),
    ):
        await stage.published(await print_table(connection, year, points))
    old = (await get(client, "/v1/editions/series", unit=YEN_BAI, index="papi")).json()
    (line,) = old["lines"]
    assert [(point["edition"]["period"], point["row"]["value"]) for point in line["points"]] == [
        ("2015", "33.0000"),
        ("2017", "33.7500"),
        ("2018", "44.8000"),
    ]
    assert line["missing"] == ["2016"]
    assert line["points"][1]["change"]["words"]["vi"] == "tăng 0,75 điểm, giảm 1 bậc"
    assert line["points"][1]["breaks"] == []
    broken = line["points"][2]
    assert broken["change"]["points"] is None
    assert {reason["code"] for reason in broken["breaks"]} == {"break_in_series", "other_maximum"}
    assert broken["change"]["words"]["vi"].startswith("Không so sánh được")
    merged = (await get(client, "/v1/editions/series", unit=successor, index="papi")).json()
    points = merged["lines"][0]["points"]
    assert [point["row"] and point["row"]["value"] for point in points] == [None, None, None, "49.0000"]
    assert [{row["unit_id"] for row in point["predecessors"]} for point in points[:3]] == [{YEN_BAI, other}] * 3
    last = points[-1]["change"]
    assert (last["points"], last["reason"]["code"]) == (None, "newly_formed")
    assert {one["unit_id"] for one in last["predecessors"]} == {YEN_BAI, other}
    named = {(one["predecessor_id"], one["effective"], one["extent"]) for one in merged["boundary_changes"]}
    assert (YEN_BAI, "2025-07-01", "full") in named
    assert any("Từ 01/07/2025 toàn bộ Tỉnh Yên Bái thuộc" in one["words"]["vi"] for one in merged["boundary_changes"])


async def test_an_edition_altered_in_the_database_is_not_served_and_verify_names_it(stage, client, connection, source):
    await stage.published(source("2025-10", 0))
    await connection.execute("UPDATE edition SET document = replace(document, '85.24', '85.25')")
    problem = (await get(client, "/v1/editions/0/1", 503)).json()
    assert problem["code"] == "edition_altered"
    assert (await get(client, "/v1/editions/compare", 503, units="H57", **QD766)).json()["code"] == "edition_altered"
    signed = await get(client, "/v1/editions/0/1/signed")
    found = verify(read_editions(signed.content))
    assert [finding.code for finding in found.findings] == ["document_altered"]


async def test_inputs_of_a_printed_table_are_whole_and_rederive_the_edition(stage, client, source):
    await stage.published(source("2025-10", 0))
    answer = (await get(client, "/v1/editions/0/1/inputs")).json()
    body = (await get(client, "/v1/editions/0/1")).json()["body"]
    assert (answer["complete"], answer["withheld"]) == (True, [])
    assert answer["inputs_sha256"] == body["inputs_sha256"]
    assert rederive(body, answer["inputs"]).holds


async def test_complete_inputs_are_for_officials_of_that_authority(stage, client, connection, source):
    await stage.published(source("2025-10", 0))
    path = "/v1/editions/0/1/inputs/complete"
    assert (await client.get(path)).status_code == 401
    stranger = await make_person(connection, 990_000, "Cán bộ H99", ["officer"])
    assert (await client.get(path, headers=stranger.headers)).status_code == 404
    unit = await make_person(connection, 0, "Đơn vị", [("unit", 101)])
    assert (await client.get(path, headers=unit.headers)).status_code == 403
    whole = await client.get(path, headers=stage.auditor.headers)
    assert hashlib.sha256(whole.content).hexdigest() == whole.headers["etag"].strip('"')
    assert whole.headers["cache-control"] == "private, no-store"


def test_a_change_by_criterion_sums_exactly_to_the_change_of_the_whole():
    before, now = round_inputs(), round_inputs()
    now["inputs"]["990001"] = {
        "steering": {"numerator": "2", "denominator": "4"},
        "satisfaction": {"favourable": "95", "answers": "100"},
    }
    found = by_criterion(990_001, [now, before])
    assert (found["points"], {part["code"]: part["points"] for part in found["parts"]}) == (
        "-0.10",
        {"steering": "-1.00", "satisfaction": "+0.90"},
    )
    assert by_criterion(990_001, [now, imported_inputs()]) is None
    assert "refused" in by_criterion(990_004, [now, before])


def test_public_inputs_of_a_round_leave_out_origins_and_small_counts():
    inputs = round_inputs()
    first = inputs["inputs"]["990001"]
    first["steering"] = {**first["steering"], "from": {"evidence": "9f0c"}}
    first["satisfaction"] = {"favourable": "3", "answers": "4"}
    view, withheld = public_view(inputs)
    assert view["inputs"]["990001"] == {
        "steering": {"numerator": "3", "denominator": "4"},
        "satisfaction": {"withheld": True},
    }
    assert view["inputs"]["990002"] == inputs["inputs"]["990002"]
    assert [one.what for one in withheld] == ["inputs.*.*.from", "inputs.*.*"]
    assert public_view(round_inputs()) == (round_inputs(), [])


def test_public_inputs_of_a_satisfaction_table_hold_no_counts():
    view, withheld = public_view(satisfaction_inputs())
    assert not {"results", "scope_result", "siblings"} & view.keys()
    assert view["units"] == satisfaction_inputs()["units"]
    assert len(withheld) == 1
    assert public_view(imported_inputs()) == (imported_inputs(), [])

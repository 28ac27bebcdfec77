"""Figures as known at a past moment, and differences between moments with their causes."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from parindex.db.session import Database
from parindex.editions.body import build_body
from ranking_worker.index_runs import RoundBook, compute_rounds
from ranking_worker.registers import RegisterCache
from support.editions import imported_inputs
from support.facts import change, respond
from support.rounds import FINANCE, Stage
from support.scoring_facts import DEPARTMENTS, H98, bearer, ensure_tenant

pytestmark = pytest.mark.database
KNOWN, DIFFERENCES = "/v1/as-known-on", "/v1/differences"
TABLE = {"kind": "published", "index": "qd766", "scope": "0", "block": "province", "period": "2025"}
RESULT = {
    "unit": str(DEPARTMENTS[0]),
    "period": "2026-03",
    "instrument": "KIOSK3",
    "realm": "synthetic",
    "from": "2026-03-11T00:00:00+00:00",
    "to": "2026-03-20T00:00:00+00:00",
}


async def asked(client, path, headers=None, **parameters):
    answer = await client.get(path, params=parameters, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(client, path, headers=None, **parameters):
    answer = await client.get(path, params=parameters, headers=headers)
    return answer.status_code, answer.json()["code"]


def bac_ninh(figures):
    return next(one for one in figures if one["name"] == "Tỉnh Bắc Ninh")


async def test_a_published_table_is_what_had_been_printed_by_the_moment(client):
    first = await asked(client, KNOWN, **TABLE, known_on="2025-10-12")
    second = await asked(client, KNOWN, **TABLE, known_on="2025-10-16")
    assert (bac_ninh(first["figures"])["value"], bac_ninh(second["figures"])["value"]) == ("91.64", "91.69")
    assert first["held"]["holder"] == "bảng quan sát lúc 20:01:35 11/10/2025"
    assert await refused(client, KNOWN, **TABLE, known_on="2025-10-10") == (404, "not_known_yet")
    assert await refused(client, KNOWN, **{**TABLE, "index": "papi"}, known_on="2025-10-11") == (404, "table_unknown")


async def test_a_restated_import_is_named_as_the_cause_with_every_figure_that_moved(client):
    told = (await asked(client, DIFFERENCES, **TABLE, **{"from": "2025-10-12", "to": "2025-10-16"}))["difference"]
    assert [cause["code"] for cause in told["causes"]] == ["restated_import"]
    assert (len(told["units"]), told["unchanged"]) == (34, 0)
    row = bac_ninh(told["units"])
    assert (row["then"], row["now"], row["points"], row["words"]["vi"]) == ("91.64", "91.69", "+0.05", "tăng 0,05 điểm")
    moved = {code: (part["then"], part["now"]) for code, part in row["parts"].items()}
    assert set(moved) <= {"transparency", "progress", "online", "payment", "digitization", "satisfaction"}
    same = await asked(client, DIFFERENCES, **TABLE, **{"from": "2025-10-16", "to": "2025-10-17"})
    assert (same["difference"]["causes"], same["difference"]["units"], same["difference"]["unchanged"]) == ([], [], 34)
    assert await refused(client, DIFFERENCES, **TABLE, **{"from": "2025-10-17", "to": "2025-10-16"}) == (
        422,
        "moments_order",
    )


async def store_edition(connection, number, inputs, published_at, erratum=None):
    body = build_body(inputs)
    document = {"body": body, "publication": {"erratum": erratum}}
    await connection.execute(
        "INSERT INTO edition (tenant_id, edition_no, publication_id, realm, index_code, scope_unit_id, block, period, supersedes, document, sha256, previous_sha256, key_id, signature, published_at)"
        " VALUES (0, $1, $1, $2, 'qd766', 0, 'province', '2025-10', $3, $4, $5, $6, 'k', '', $7)",
        number, body["realm"], number - 1 or None, json.dumps(document), f"s{number}", f"s{number - 1}", published_at,
    )  # fmt: skip


async def test_a_correction_by_errata_is_named_with_its_own_words(client, connection):
    inputs = imported_inputs()
    await store_edition(connection, 1, inputs, dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    inputs["rows"]["46"] = {**inputs["rows"]["46"], "total": "84.80"}
    await store_edition(connection, 2, inputs, dt.datetime(2026, 2, 5, tzinfo=dt.UTC), "Huế: nhập sai một dòng.")
    table = {
        "kind": "edition",
        "index": "qd766",
        "scope": "0",
        "block": "province",
        "period": "2025-10",
        "realm": "synthetic",
    }
    first = await asked(client, KNOWN, **table, known_on="2026-01-31")
    assert {one["unit_id"]: one["value"] for one in first["figures"]}[46] == "84.70"
    told = (await asked(client, DIFFERENCES, **table, **{"from": "2026-01-31", "to": "2026-02-28"}))["difference"]
    (cause,) = told["causes"]
    assert (cause["code"], cause["vi"]) == (
        "correction",
        "Đính chính: ấn bản 0/2 thay cho ấn bản 0/1. Huế: nhập sai một dòng.",
    )
    assert [(row["unit_id"], row["points"]) for row in told["units"]] == [(46, "+0.10")]
    assert told["unchanged"] == 3


@pytest.fixture
async def counted(client, connection):
    """Two responses by the first moment; then one more, one withdrawn, and one replaced by another."""
    await ensure_tenant(connection, 990_000)

    def at(day):
        return dt.datetime(2026, 3, day, 5, tzinfo=dt.UTC)

    good = await respond(connection, unit_id=DEPARTMENTS[0], answers=(5,), recorded_at=at(10))
    await respond(connection, unit_id=DEPARTMENTS[0], answers=(2,), recorded_at=at(10))
    await respond(connection, unit_id=DEPARTMENTS[0], answers=(4,), recorded_at=at(12))
    await respond(connection, unit_id=DEPARTMENTS[0], answers=(5,), recorded_at=at(13))
    await change(connection, good, "withdrawn", -1, recorded_at=at(14))


async def test_a_result_is_counted_again_as_of_each_moment_and_the_facts_in_between_are_its_causes(
    client, connection, counted
):
    told = await asked(client, "/v1/results/differences", await bearer(connection), **RESULT)
    assert told["responses"] == [2, 3]
    (row,) = told["difference"]["units"]
    assert (row["then"], row["now"], row["points"]) == ("50.00", "66.67", "+16.67")
    assert [(cause["code"], cause["n"]) for cause in told["difference"]["causes"]] == [
        ("new_responses", 2),
        ("withdrawn", 1),
    ]
    assert told["difference"]["causes"][0]["vi"] == "2 phiếu mới được ghi nhận."
    same = {**RESULT, "from": RESULT["to"]}
    nothing = await asked(client, "/v1/results/differences", await bearer(connection), **same)
    assert (nothing["difference"]["causes"], nothing["difference"]["units"]) == ([], [])


async def test_where_responses_were_deleted_no_moment_is_counted_again(client, connection, counted):
    await connection.execute(
        "INSERT INTO purged_count SELECT tenant_id, realm, unit_id, instrument_version_id, local_day, 0, 0, '', '', '', '', '', '', '', 1, 1, 1"
        " FROM response LIMIT 1"
    )
    asking = client, "/v1/results/differences", await bearer(connection)
    assert await refused(*asking, **RESULT) == (409, "responses_purged")


async def test_only_an_auditor_of_the_subtree_may_compare_moments_of_a_result(client, connection, counted):
    path = "/v1/results/differences"
    assert (await refused(client, path, **RESULT))[0] == 401
    elsewhere = await bearer(connection, units=(H98,))
    assert await refused(client, path, elsewhere, **RESULT) == (403, "unit_outside_scope")
    reader = await bearer(connection, scopes=("ingest",))
    assert (await refused(client, path, reader, **RESULT))[0] == 403


@pytest.fixture
async def stage(client, connection) -> Stage:
    return await Stage.of(client, connection)


async def test_a_round_computed_twice_names_the_events_in_between(stage: Stage, settings):
    await stage.open()
    database = Database.for_service(settings, "ranking-worker")
    try:
        registers, book = RegisterCache(), RoundBook()
        await compute_rounds(database, registers, book)
        first = dt.datetime.now(dt.UTC)
        await stage.declare(FINANCE, "plan", {"value": True})
        await stage.move_to("appraisal_1")
        await stage.appraise(stage.cast.home, FINANCE, "plan", {"value": True})
        await compute_rounds(database, registers, book)
    finally:
        await database.close()
    last = dt.datetime.now(dt.UTC)
    path = f"/{stage.round_id}/differences?from={first:%Y-%m-%dT%H:%M:%S.%fZ}&to={last:%Y-%m-%dT%H:%M:%S.%fZ}"
    told = (await stage.done(stage.cast.officer, "GET", path))["difference"]
    causes = {cause["code"]: cause["n"] for cause in told["causes"]}
    assert set(causes) == {"rerun", "round_events"}
    assert causes["round_events"] >= 3
    assert [row["unit_id"] for row in told["units"]] == [FINANCE]
    await stage.refused(stage.cast.units[FINANCE], "GET", path, None, 403, "round_not_whole")

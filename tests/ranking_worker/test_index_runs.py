"""Rounds are computed when their inputs changed, only where touched, and say what they were computed from."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from parindex.engine.score import ENGINE_VERSION
from parindex.frameworks.criteria_file import read_framework_json
from ranking_worker.index_runs import RoundBook, compute_rounds

NOW = dt.datetime(2026, 11, 22, 5, tzinfo=dt.UTC)
TENANT, ROUND = 900_001, 1
UNITS = (990_001, 990_002, 990_003)
DOCUMENT = {
    "code": "test-index", "version": "1", "title_vi": "Bộ tiêu chí thử", "title_en": "Test criteria", "publisher_vi": "Thử",
    "decision": None, "status": "example", "status_note_vi": "Dữ liệu thử", "status_note_en": "Test data",
    "in_force": {"from": "2025-01-01", "to": None}, "replaces": None, "periods": ["year"], "max": "10",
    "rounding": {"digits": 2, "mode": "half_up", "at": "component"}, "index": {"digits": 2, "ranked_on": "percent"},
    "blocks": [{"code": "department", "title_vi": "Sở, ban, ngành", "title_en": "Departments"}],
    "ties": {"rule": "competition", "provenance": "declared", "source": "own", "note_vi": "Đồng hạng", "note_en": "Shared"},
    "grades": {"provenance": "illustrative", "source": "own", "default": [
        {"label_vi": "Tốt", "label_en": "Good", "min": "80"}, {"label_vi": "Yếu", "label_en": "Weak", "min": "0"}]},
    "sources": {"own": {"title": "Written for this test"}},
    "children": [
        {"code": "steering", "number": "1", "title_vi": "Chỉ đạo", "title_en": "Steering", "max": "4", "provenance": "illustrative",
         "cites": ["own"], "rule": "linear", "source": "appraised", "on_no_data": "zero"},
        {"code": "satisfaction", "number": "2", "title_vi": "Hài lòng", "title_en": "Satisfaction", "max": "6",
         "provenance": "illustrative", "cites": ["own"], "rule": "survey_top2", "source": "survey", "on_no_data": "not_applicable"},
    ],
}  # fmt: skip


def ratio(numerator: int, denominator: int) -> dict:
    return {"numerator": str(numerator), "denominator": str(denominator)}


@pytest.fixture
async def a_round(connection):
    """A round of three units with nothing said yet; returns a function by which a side speaks on a cell."""
    framework = read_framework_json(DOCUMENT)
    version_id = await connection.fetchval(
        "INSERT INTO framework_version (code, version, tenant_id, status, valid_from, document, sha256, recorded_at) "
        "VALUES ($1, $2, 0, $3, $4, $5::jsonb, $6, $7) RETURNING framework_version_id",
        framework.framework.code, framework.framework.version, framework.status, framework.valid_from,
        json.dumps(framework.document), framework.framework.sha256, NOW,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO assessment_round (tenant_id, round_id, realm, framework_version_id, block, period, scope_unit_id, title_vi, person_id, recorded_at) "
        "OVERRIDING SYSTEM VALUE VALUES ($1, $2, 'synthetic', $3, 'department', '2025', 990000, 'Đợt thử', 1, $4)",
        TENANT, ROUND, version_id, NOW,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO round_state (tenant_id, round_id, phase, last_event_no, deadlines, late_rights, submissions, updated_at) "
        "VALUES ($1, $2, 'appraisal_1', 1, '{}', '{}', '{}', $3)",
        TENANT, ROUND, NOW,
    )  # fmt: skip
    await connection.executemany(
        "INSERT INTO round_unit (tenant_id, round_id, unit_id) VALUES ($1, $2, $3)",
        [(TENANT, ROUND, unit_id) for unit_id in UNITS],
    )

    async def speak(unit_id: int, component: str, side: str, given: dict) -> None:
        async with connection.transaction():
            event_no = await connection.fetchval(
                "UPDATE round_state SET last_event_no = last_event_no + 1 WHERE tenant_id = $1 AND round_id = $2 RETURNING last_event_no",
                TENANT, ROUND,
            )  # fmt: skip
            await connection.execute(
                "INSERT INTO round_cell (tenant_id, round_id, unit_id, component, sides, evidence, event_no) VALUES ($1, $2, $3, $4, $5::jsonb, 0, $6) "
                "ON CONFLICT (tenant_id, round_id, unit_id, component) DO UPDATE SET sides = round_cell.sides || excluded.sides, event_no = excluded.event_no",
                TENANT, ROUND, unit_id, component, json.dumps({side: {"input": given}}), event_no,
            )  # fmt: skip

    return speak


async def runs(connection) -> list[dict]:
    rows = await connection.fetch(
        "SELECT event_no, state, document::text, sha256, input_sha256 FROM index_run ORDER BY event_no"
    )
    return [{**dict(row), "document": json.loads(row["document"])} for row in rows]


def places(run: dict) -> dict[int, tuple]:
    return {row["unit_id"]: (row["rank"], row["index"]) for row in run["document"]["rows"]}


async def fill(speak, unit_id: int, steering: tuple[int, int], satisfied: int) -> None:
    await speak(unit_id, "steering", "appraised_1", ratio(*steering))
    await speak(unit_id, "satisfaction", "joined", {"favourable": str(satisfied), "answers": "100"})


async def test_units_without_all_results_are_listed_unranked_with_what_is_missing(
    a_round, connection, database, registers
):
    await fill(a_round, UNITS[0], (3, 4), 80)
    await a_round(UNITS[1], "steering", "appraised_1", ratio(1, 2))
    await compute_rounds(database, registers, RoundBook())
    (run,) = await runs(connection)
    assert run["state"] == "provisional"
    assert places(run) == {UNITS[0]: (1, "78.00"), UNITS[1]: (None, None), UNITS[2]: (None, None)}
    missing = {row["unit_id"]: [one["code"] for one in row["missing"]] for row in run["document"]["rows"]}
    assert missing == {UNITS[0]: [], UNITS[1]: ["satisfaction"], UNITS[2]: ["steering", "satisfaction"]}
    assert run["document"]["rows"][1]["not_ranked"]["vi"] == "Chưa xếp hạng: còn 1 tiêu chí thành phần chưa có kết quả."


async def test_only_the_touched_unit_is_computed_again(a_round, connection, database, registers):
    for place, unit_id in enumerate(UNITS):
        await fill(a_round, unit_id, (4 - place, 4), 90)
    book = RoundBook()
    (first,) = await compute_rounds(database, registers, book)
    await a_round(UNITS[2], "steering", "appraised_2", ratio(1, 1))
    (second,) = await compute_rounds(database, registers, book)
    assert (first.units, second.units) == (3, 1)
    before, after = await runs(connection)
    assert places(before) == {UNITS[0]: (1, "94.00"), UNITS[1]: (2, "84.00"), UNITS[2]: (3, "74.00")}
    assert places(after) == {UNITS[0]: (1, "94.00"), UNITS[2]: (1, "94.00"), UNITS[1]: (3, "84.00")}
    assert await connection.fetchval("SELECT count(*) FROM index_result") == 4


async def test_what_a_unit_says_of_itself_never_moves_the_table(a_round, connection, database, registers):
    await fill(a_round, UNITS[0], (1, 4), 50)
    book = RoundBook()
    await compute_rounds(database, registers, book)
    await a_round(UNITS[0], "steering", "declared", ratio(4, 4))
    (again,) = await compute_rounds(database, registers, book)
    assert (again.stored, again.units) == (False, 0)
    assert len(await runs(connection)) == 1
    assert await compute_rounds(database, registers, book) == []


async def test_the_council_s_word_goes_before_both_appraisals(a_round, connection, database, registers):
    await fill(a_round, UNITS[0], (4, 4), 100)
    await a_round(UNITS[0], "steering", "appraised_2", ratio(2, 4))
    await a_round(UNITS[0], "steering", "decided", ratio(3, 4))
    await compute_rounds(database, registers, RoundBook())
    assert places((await runs(connection))[-1])[UNITS[0]] == (1, "90.00")


async def test_closing_makes_one_final_table_of_the_same_figures(a_round, connection, database, registers):
    await fill(a_round, UNITS[0], (4, 4), 100)
    await compute_rounds(database, registers, RoundBook())
    await connection.execute("UPDATE round_state SET phase = 'closed', last_event_no = last_event_no + 1")
    await compute_rounds(database, registers, RoundBook())
    await compute_rounds(database, registers, RoundBook())
    provisional, final = await runs(connection)
    assert (provisional["state"], final["state"]) == ("provisional", "final")
    assert provisional["sha256"] == final["sha256"]


async def test_a_run_names_framework_inputs_and_engine(a_round, connection, database, registers):
    await fill(a_round, UNITS[0], (4, 4), 100)
    await compute_rounds(database, registers, RoundBook())
    row = await connection.fetchrow(
        "SELECT r.framework_sha256, v.sha256, r.engine_version, r.input_sha256, u.input_sha256 AS of_unit, u.document->>'input_sha256' AS in_document "
        "FROM index_run r JOIN framework_version v USING (framework_version_id) JOIN index_result u ON u.tenant_id = r.tenant_id AND u.round_id = r.round_id WHERE u.unit_id = $1",
        UNITS[0],
    )  # fmt: skip
    assert row["framework_sha256"] == row["sha256"]
    assert row["engine_version"] == ENGINE_VERSION
    assert row["of_unit"] == row["in_document"]
    assert len(row["input_sha256"]) == 64

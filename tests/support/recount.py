"""Counts everything again from the facts, in plain Python, and compares with what the product keeps.

A second implementation on purpose: it reads `response` and `response_change` row by row and shares no code with the
worker but the periods. For self-selected questionnaires with one satisfaction item, as the kill tests send.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from typing import Any

import asyncpg

from parindex.engine.period import KINDS, Period
from support.naive_satisfaction import percent
from support.plan import Plan

FAVOURABLE = {4, 5}
SMALL = 5
_KEYS = (
    "tenant_id, realm, unit_id, instrument_version_id, local_day, service_channel, collected_via, mode, stage,"
    " respondent_kind, field_base"
)
Cells = dict[tuple[int, int], int]
"""(answer column, answer code) -> n."""


async def counted_responses(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """The responses that count at this moment. Asserts that each counts once or not at all."""
    rows = await connection.fetch(
        f"SELECT {_KEYS}, system_id, response_id, slot_key, answers, 1 + coalesce((SELECT sum(delta) FROM response_change c"
        " WHERE c.tenant_id = r.tenant_id AND c.system_id = r.system_id AND c.response_id = r.response_id), 0) AS times"
        " FROM response r"
    )
    assert {row["times"] for row in rows} <= {0, 1}
    return [row for row in rows if row["times"]]


async def counts_agree(connection: asyncpg.Connection) -> int:
    """Asserts that rollup + unmerged deltas = recount, and one response a slot, in one snapshot. Returns the responses."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        counting = await counted_responses(connection)
        expected: Counter[tuple[Any, ...]] = Counter()
        for row in counting:
            for item, code in _cells(row["answers"]):
                expected[*tuple(row)[:11], item, code] += 1
        kept: Counter[tuple[Any, ...]] = Counter()
        for row in await connection.fetch(
            f"SELECT {_KEYS}, item, code, n FROM rollup UNION ALL SELECT {_KEYS}, cell.item, cell.code, cell.n"
            " FROM response_delta d, unnest(d.items, d.codes, d.n) AS cell(item, code, n)"
        ):
            kept[tuple(row)[:13]] += row["n"]
        slots = [(row["tenant_id"], row["realm"], row["slot_key"]) for row in counting if row["slot_key"] is not None]
        assert len(slots) == len(set(slots)), "two responses count in one slot"
        holders = await connection.fetch(
            "SELECT tenant_id, realm, slot_key, system_id, response_id FROM slot WHERE NOT tombstone"
        )
        assert {tuple(row) for row in holders} == {
            (row["tenant_id"], row["realm"], row["slot_key"], row["system_id"], row["response_id"])
            for row in counting
            if row["slot_key"] is not None
        }
    assert {key: n for key, n in kept.items() if n} == dict(expected)
    return len(counting)


async def plans_are_counted(connection: asyncpg.Connection, plans: list[Plan]) -> None:
    """Asserts that exactly the responses count that the plans say, each with the unit and value it was sent with."""
    codes = {
        unit: code
        for code, unit in await connection.fetch("SELECT code, unit_id FROM unit_code WHERE scheme = 'h_code'")
    }
    counting = await counted_responses(connection)
    found = {row["response_id"]: (codes[row["unit_id"]], row["answers"][0]) for row in counting}
    assert len(found) == len(counting)
    assert found == {response_id: said for plan in plans for response_id, said in plan.counted.items()}


async def tables_agree(connection: asyncpg.Connection) -> None:
    """Asserts, once the worker has drained its queues, that rollups, tallies, results and league tables = the recount."""
    assert await connection.fetchval("SELECT count(*) FROM response_delta") == 0
    assert await connection.fetchval("SELECT count(*) FROM due") == 0
    await counts_agree(connection)
    months = await _expected_months(connection)
    await _tallies_agree(connection, months)
    results: dict[tuple[str, int, int, str], Counter[tuple[int, int]]] = defaultdict(Counter)
    for (realm, version, unit, month), cells in months.items():
        for kind in KINDS:
            results[realm, version, unit, Period.containing(month, kind).code].update(cells)
    await _results_agree(connection, results)
    await _league_tables_agree(connection, results)


def _cells(answers: list[int | None]) -> list[tuple[int, int]]:
    codes = [-3 if stored is None else -4 if stored <= -100 else stored for stored in answers]
    return [(0, 0), *enumerate(codes, 1)]


async def _expected_months(
    connection: asyncpg.Connection,
) -> dict[tuple[str, int, int, dt.date], Counter[tuple[int, int]]]:
    """(realm, questionnaire version, unit, month) -> cells of the unit and everyone under it on the day."""
    parents = await connection.fetch("SELECT unit_id, valid, parent_id FROM unit_parent")
    months: dict[tuple[str, int, int, dt.date], Counter[tuple[int, int]]] = defaultdict(Counter)
    above: dict[int, list[asyncpg.Record]] = defaultdict(list)
    for row in parents:
        above[row["unit_id"]].append(row)

    def chain(unit_id: int, day: dt.date) -> list[int]:
        path = [unit_id]
        while True:
            up = [row["parent_id"] for row in above[path[-1]] if _holds(row["valid"], day)]
            if not up:
                assert path[-1] == 0, f"unit {path[-1]} has nobody above it on {day}"
                return path
            path.append(up[0])

    for row in await counted_responses(connection):
        for unit_id in chain(row["unit_id"], row["local_day"]):
            key = (row["realm"], row["instrument_version_id"], unit_id, row["local_day"].replace(day=1))
            months[key].update(_cells(row["answers"]))
    return months


def _holds(valid: asyncpg.Range, day: dt.date) -> bool:
    return (valid.lower is None or valid.lower <= day) and (valid.upper is None or day < valid.upper)


async def _tallies_agree(
    connection: asyncpg.Connection, months: dict[tuple[str, int, int, dt.date], Counter[tuple[int, int]]]
) -> None:
    kept: dict[tuple[str, int, int, dt.date], Counter[tuple[int, int]]] = defaultdict(Counter)
    for row in await connection.fetch("SELECT realm, instrument_version_id, unit_id, month, item, code, n FROM tally"):
        kept[tuple(row)[:4]][row["item"], row["code"]] += row["n"]
    assert kept == months


async def _results_agree(
    connection: asyncpg.Connection, expected: dict[tuple[str, int, int, str], Counter[tuple[int, int]]]
) -> None:
    rows = await connection.fetch(
        "SELECT realm, instrument_version_id, unit_id, period, document::text AS text FROM unit_result WHERE state = 'current'"
    )
    assert {tuple(row)[:4] for row in rows} == set(expected)
    for row in rows:
        document, cells = json.loads(row["text"]), expected[tuple(row)[:4]]
        kept = {
            (int(item), int(code)): n for item, codes in document["cells"].items() for code, (n, _, _) in codes.items()
        }
        assert kept == dict(cells)
        assert document["responses"] == cells[0, 0]
        assert document["whole"]["top2"]["value"] == _share(cells)


async def _league_tables_agree(
    connection: asyncpg.Connection, expected: dict[tuple[str, int, int, str], Counter[tuple[int, int]]]
) -> None:
    rows = await connection.fetch(
        "SELECT realm, instrument_version_id, period, document::text AS text FROM league_table WHERE state = 'current'"
    )
    shown: set[tuple[str, int, int, str]] = set()
    for realm, version, period, text in rows:
        lines = json.loads(text)["rows"]
        for line in lines:
            key = (realm, version, line["unit_id"], period)
            shown.add(key)
            cells = expected.get(key, Counter())
            assert line["responses"] == cells[0, 0]
            assert line["top2"]["value"] == _share(cells)
            assert (line["suppressed"] == "small_cell") == (0 < cells[0, 0] < SMALL)
        # Competition: one more than the units that are better, on the published figures.
        ranked = [line for line in lines if line["suppressed"] is None and line["top2"]["value"] is not None]
        for line in lines:
            better = sum(float(other["top2"]["value"]) > float(line["top2"]["value"] or 0) for other in ranked)
            assert line["top2"]["rank"] == (better + 1 if line in ranked else None)
    assert {key for key in expected if key[2] != 0} <= shown, "whoever has a result is in a table"


def _share(cells: Counter[tuple[int, int]]) -> str | None:
    """Top-two share of the one satisfaction item of KIOSK3, two decimals, half-up."""
    answers = {code: n for (item, code), n in cells.items() if item == 1 and code >= 0}
    return percent(sum(n for code, n in answers.items() if code in FAVOURABLE), sum(answers.values()))

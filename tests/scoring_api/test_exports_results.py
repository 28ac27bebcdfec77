"""The bulk export of satisfaction results: what /v1/results says of each unit, and nothing that it withholds."""

from __future__ import annotations

import asyncio
import csv
import io

import pytest

from scoring_api.exports import results_stream
from support.scoring_facts import COMMUNES, DEPARTMENTS, H99, kiosk

pytestmark = pytest.mark.database
ASKED = {"instrument": "KIOSK3", "realm": "synthetic"}
SMALL, NEXT, LARGE = DEPARTMENTS[:3]
COUNTS = {
    SMALL: kiosk({5: 3, 2: 1}),
    NEXT: kiosk({5: 5, 2: 2}),
    LARGE: kiosk({5: 61, 2: 39}),
    DEPARTMENTS[3]: kiosk({5: 71, 2: 29}),
    COMMUNES[0]: kiosk({5: 30, 4: 9, 2: 1, -1: 2}),
    COMMUNES[1]: kiosk({5: 21, 2: 9}),
}


async def exported(client, **more):
    answer = await client.get("/v1/exports/results.csv", params={**ASKED, **more})
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


async def test_every_row_says_what_the_result_of_that_unit_says(client, facts):
    for month in ("2026-01", "2026-02"):
        await facts.month(month, COUNTS)
    rows = await exported(client)
    assert [(int(row["unit_id"]), row["period"]) for row in rows] == [
        (unit, month) for unit in sorted({*COUNTS, H99, 0}) for month in ("2026-01", "2026-02")
    ]
    for row in rows:
        answer = await client.get(
            "/v1/results", params={**ASKED, "unit": row["unit_id"], "period": row["period"], "format": "csv"}
        )
        (one,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
        shared = row.keys() & one.keys() - {"as_of", "responses", "constructed"}
        assert {"name", "h_code", "answered", "dont_know", "top2", "top2_n", "mean", "mean_n", "suppressed"} < shared
        assert {key: row[key] for key in shared} == {key: one[key] for key in shared}
        assert row["suppressed"] or (row["responses"], row["constructed"]) == (one["responses"], one["constructed"])


async def test_small_cells_and_those_that_would_reveal_them_are_empty_in_either_state(client, facts):
    await facts.month("2026-01", COUNTS)
    await facts.month("2026-01", {**COUNTS, SMALL: kiosk({5: 30, 2: 10})}, state="frozen")
    for state in ("current", "frozen"):
        rows = {int(row["unit_id"]): row for row in await exported(client, state=state)}
        for unit in (SMALL, NEXT):
            assert rows[unit]["suppressed"] in ("small_cell", "complementary")
            assert {rows[unit][key] for key in ("responses", "answered", "top2", "top2_n", "mean", "as_of")} == {""}
        assert (rows[LARGE]["suppressed"], rows[LARGE]["top2"]) == ("", "61.00")


async def test_pieces_of_few_units_make_the_same_file(client, facts, monkeypatch):
    await facts.month("2026-01", COUNTS)
    whole = await exported(client)
    monkeypatch.setattr(results_stream, "_UNITS_AT_ONCE", 1)
    assert await exported(client) == whole
    assert await exported(client, period="2026-01") == whole
    assert await exported(client, period="2026-03") == []


async def test_names_are_those_of_the_period_and_never_formulas(client, facts, connection):
    await facts.month("2026-01", COUNTS)
    await connection.execute("UPDATE unit_name SET name = '=cmd|x' WHERE unit_id = $1", LARGE)
    await connection.execute(
        "INSERT INTO register_load (revision, register, sha256, summary, recorded_at)"
        " SELECT max(revision) + 1, 'units', 'x', '{}', now() FROM register_load"
    )
    await connection.execute(
        "UPDATE unit SET revision = (SELECT max(revision) FROM register_load) WHERE unit_id = $1", LARGE
    )
    rows = {int(row["unit_id"]): row for row in await exported(client)}
    assert rows[LARGE]["name"] == "'=cmd|x"


async def test_an_unknown_questionnaire_is_refused_before_anything_is_sent(client, facts):
    answer = await client.get("/v1/exports/results.csv", params={**ASKED, "instrument": "NONE"})
    assert answer.status_code == 404
    answer = await client.get("/v1/exports/results.csv", params={"realm": "synthetic"})
    assert (answer.status_code, answer.json()["code"]) == (422, "parameter_missing")


async def test_a_third_export_at_once_is_told_to_come_back(client, facts, monkeypatch):
    await facts.month("2026-01", COUNTS)
    begun, go_on = asyncio.Semaphore(0), asyncio.Event()
    rows = results_stream.result_rows

    async def slow(*given):
        begun.release()
        await go_on.wait()
        async for piece in rows(*given):
            yield piece

    monkeypatch.setattr(results_stream, "result_rows", slow)
    running = [asyncio.create_task(exported(client)) for _ in range(results_stream.MOST_AT_ONCE)]
    for _ in running:
        await begun.acquire()
    answer = await client.get("/v1/exports/results.csv", params=ASKED)
    assert (answer.status_code, answer.json()["code"]) == (503, "exports_busy")
    go_on.set()
    first, second = await asyncio.gather(*running)
    assert first == second
    assert await exported(client) == first

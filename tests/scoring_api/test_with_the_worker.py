"""The read side on what the real worker wrote: facts and deltas as ingest inserts them, merged, computed, frozen."""

from __future__ import annotations

import datetime as dt

import pytest

from parindex.db.session import Database
from ranking_worker.close_periods import close_periods
from ranking_worker.merge import merge
from ranking_worker.recompute import recompute
from ranking_worker.registers import RegisterCache
from support.facts import change, respond, respond_many
from support.scoring_facts import H99, ensure_tenant

pytestmark = pytest.mark.database
BASE = {"instrument": "KIOSK3", "realm": "synthetic"}
MARCH = {**BASE, "period": "2026-03"}
TABLE = {"scope": "H99", "block": "department", **MARCH}


@pytest.fixture
async def work(settings, connection, template_registers):
    """Merges and computes everything that waits."""
    await ensure_tenant(connection, H99)
    database, registers = Database.for_service(settings, "ranking-worker"), RegisterCache(template_registers)

    async def run() -> None:
        await merge(database, registers)
        await recompute(database, registers)

    run.database, run.registers = database, registers
    yield run
    await database.close()


async def get(client, path, **asked):
    answer = await client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_merged_response_moves_the_table_and_a_withdrawal_moves_it_back(client, connection, work, renewal):
    for unit in (990_001, 990_002, 990_003):
        first = (await respond_many(connection, {5: 8, 2: 2}, unit_id=unit))[0]
    await work()
    await respond(connection, unit_id=990_001, answers=(2,))
    waiting = await get(client, "/v1/league-tables", **TABLE)
    assert (waiting["not_counted"], {row["top2"]["value"] for row in waiting["rows"][:3]}) == (1, {"80.00"})
    await work()
    renewal()
    merged = await get(client, "/v1/league-tables", **TABLE)
    assert merged["not_counted"] == 0
    assert [(row["unit_id"], row["top2"]["value"], row["top2"]["rank"]) for row in merged["rows"][:3]] == [
        (990_002, "80.00", 1),
        (990_003, "80.00", 1),
        (990_001, "72.73", 3),
    ]
    assert merged["as_of"] > waiting["as_of"]
    await change(connection, first, "withdrawn", -1)
    await work()
    renewal()
    withdrawn = await get(client, "/v1/league-tables", **TABLE)
    assert next(row for row in withdrawn["rows"] if row["unit_id"] == 990_003)["responses"] == 9


@pytest.mark.parametrize("by", ["channel", "collected_via", "stage", "mode", "respondent_kind"])
async def test_circumstances_add_up_to_the_workers_result_at_every_level(client, connection, work, by):
    for place, unit in enumerate((990_001, 990_002, 990_101, 990_102, 980_001, 980_101, 990_000)):
        for day in (dt.date(2026, 3, 1), dt.date(2026, 3, 31)):
            await respond_many(connection, {5: 6, 4: place, 2: 3}, unit_id=unit, day=day)
            await respond_many(
                connection,
                {5: 7, 2: 1},
                unit_id=unit,
                day=day,
                service_channel="online",
                collected_via="qr",
                stage="after",
                mode="assisted",
                respondent_kind="business",
            )
    await work()
    for unit in (0, 990_000, 980_000, 990_001, 990_101):
        whole = await get(client, "/v1/results", **MARCH, unit=unit)
        parts = await get(client, "/v1/results", **MARCH, unit=unit, by=by)
        assert len(parts["lines"]) == 2
        assert sum(line["responses"] for line in parts["lines"]) == whole["responses"] > 0
        for part in ("numerator", "denominator"):
            assert sum(int(line["top2"][part]) for line in parts["lines"]) == int(whole["lines"][0]["top2"][part])


async def test_predecessors_are_pooled_into_circumstances_as_into_the_result(client, connection, work, renewal):
    june, july = {"day": dt.date(2025, 6, 20)}, {"day": dt.date(2025, 7, 20)}
    an_giang = (await get(client, "/v1/units/lookup", code="H01"))["unit"]["unit_id"]
    kien_giang = (await get(client, "/v1/units/lookup", scheme="gso", code="91", day="2025-06-30"))["unit"]["unit_id"]
    other = (await get(client, "/v1/units/lookup", code="H26"))["unit"]["unit_id"]
    real = {"realm": "production"}
    await respond_many(connection, {5: 9, 2: 3}, unit_id=kien_giang, **june, **real)
    await respond_many(connection, {5: 6}, unit_id=an_giang, service_channel="online", **july, **real)
    await respond_many(connection, {5: 30}, unit_id=other, **july, **real)
    await respond_many(connection, {5: 30}, unit_id=other, service_channel="online", **july, **real)
    await work()
    year = {"instrument": "KIOSK3", "period": "2025", "unit": an_giang}
    whole = await get(client, "/v1/results", **year)
    assert (whole["responses"], whole["constructed"], whole["pooled_unit_ids"]) == (18, True, [kien_giang])
    parts = await get(client, "/v1/results", **year, by="channel")
    assert {line["key"]: line["responses"] for line in parts["lines"]} == {"direct": 12, "online": 6}
    series = await get(
        client, "/v1/series", unit=an_giang, instrument="KIOSK3", kind="year", **{"from": "2024", "to": "2025"}
    )
    assert [(point["gap"], point["current"] and point["current"]["constructed"]) for point in series["points"]] == [
        ("unit_not_yet", None),
        (None, True),
    ]


async def test_a_closed_month_is_frozen_and_a_late_response_moves_the_current_one_only(
    client, connection, work, renewal
):
    for unit in (990_001, 990_002, 990_003):
        await respond_many(connection, {5: 8, 2: 2}, unit_id=unit)
    await work()
    await close_periods(work.database, work.registers)
    await respond_many(connection, {2: 10}, unit_id=990_001, recorded_at=dt.datetime(2026, 5, 1, tzinfo=dt.UTC))
    await work()
    for state, value in (("frozen", "80.00"), ("current", "40.00")):
        table = await get(client, "/v1/league-tables", **TABLE, state=state)
        assert next(row for row in table["rows"] if row["unit_id"] == 990_001)["top2"]["value"] == value
    points = (await get(client, "/v1/series", **BASE, unit="H99.01", **{"from": "2026-03", "to": "2026-03"}))["points"]
    assert (points[0]["frozen"]["top2"]["value"], points[0]["current"]["top2"]["value"], points[0]["closed"]) == (
        "80.00",
        "40.00",
        True,
    )


async def test_the_explanation_of_the_workers_figure_recomputes_it(client, connection, work):
    for unit in (990_001, 990_002, 990_003):
        await respond_many(connection, {5: 4, 4: 2, 2: 3}, unit_id=unit)
    await work()
    told = await get(client, "/v1/league-tables/explanation", **TABLE, unit="H99.01")
    row = (await get(client, "/v1/league-tables", **TABLE))["rows"][0]
    assert told["figure"]["value"] == row["top2"]["value"] == told["ranking"]["value"] == "66.67"
    assert (await get(client, "/v1/league-tables/index", realm="synthetic"))["tables"][0]["policy"] == told["ranking"][
        "policy"
    ]


async def test_a_small_predecessor_cannot_be_had_by_taking_the_other_ones_from_their_successor(
    client, connection, work
):
    june = {"day": dt.date(2025, 6, 20), "realm": "production"}
    asked = {"instrument": "KIOSK3", "period": "2025"}
    successor = (await get(client, "/v1/units/lookup", code="H01"))["unit"]["unit_id"]
    small, large = (await get(client, f"/v1/units/{successor}/lineage"))["full_predecessor_ids"][:2]
    await respond_many(connection, {5: 2, 2: 1}, unit_id=small, **june)
    await respond_many(connection, {5: 40, 2: 10}, unit_id=large, **june)
    await work()
    seen = {unit: await get(client, "/v1/results", **asked, unit=unit) for unit in (small, large, successor)}
    assert [seen[unit]["suppressed"] for unit in (small, large, successor)] == ["small_cell", "complementary", None]
    assert seen[successor]["responses"] == 53
    for unit in (small, large):
        for by in ("channel", "item"):
            lines = (await get(client, "/v1/results", **asked, unit=unit, by=by))["lines"]
            assert all(line["top2"] is None for line in lines)

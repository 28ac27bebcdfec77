"""Responses go after five years: counts, balance, reconciliation and editions stay as they were."""

from __future__ import annotations

import asyncio
import datetime as dt
import json

import pytest
from typer.testing import CliRunner

from parindex.db.editions import stored_edition
from parindex.db.ownership import ROLES
from parindex.editions.edition_file import read_editions
from parindex.editions.keys import PrivateKey
from parindex.editions.rederive import rederive
from parindex.engine.period import VIETNAM
from parindex.errors import Conflict
from parindex.settings import NAMES
from ranking_worker import cli
from ranking_worker.close_periods import close_periods
from ranking_worker.drafts import DraftBook, build_drafts
from ranking_worker.publish import RefusalBook, publish_approved
from ranking_worker.purge import due_for_purging, kept_from, purge_responses
from ranking_worker.rebuild import rebuild
from ranking_worker.reconcile import reconcile
from support.facts import change, respond, respond_many
from support.wishes import publication, review_and_approve

pytestmark = pytest.mark.database
TRIAL = 990000
AFTER = dt.datetime(2031, 4, 1, 9, tzinfo=VIETNAM)
"""Five years after March 2026, in which the facts of these tests were received."""
MARCH = {
    "kind": "satisfaction", "realm": "synthetic", "instrument": "KIOSK3", "version": "1", "scope_unit_id": TRIAL,
    "block": "department", "period": "2026-03", "method": "top2",
}  # fmt: skip
CACHES = ("rollup", "rollup_procedure", "tally", "unit_result", "league_table", "receipt", "response_change")


async def everything(connection) -> dict[str, list]:
    """What readers and the balance are made of, without the moments of renewal."""
    found = {}
    for table in CACHES:
        rows = await connection.fetch(f"SELECT (to_jsonb(t) - 'as_of')::text AS row FROM {table} t")
        found[table] = sorted(row["row"] for row in rows)
    return found


@pytest.fixture
async def closed(connection, database, registers, work):
    """Responses of every kind in periods that are closed."""
    await respond_many(connection, {5: 18, 2: 2}, unit_id=990001)
    await respond_many(connection, {5: 10, 2: 10}, unit_id=990002)
    withdrawn = await respond(connection, unit_id=990003)
    await change(connection, withdrawn, "withdrawn", -1)
    await respond(connection, unit_id=990003, procedure_base="", collected_via="qr", answers=(None,))
    await work()
    while await close_periods(database, registers):
        pass
    # By the time that these responses are old their year is closed, too.
    await connection.execute(
        "INSERT INTO period_closing VALUES (0, 'synthetic', '2026', '2027-01-15T17:00Z', '2027-01-15T17:00Z', 0)"
    )
    await work()


async def mismatches(database, registers) -> dict[str, tuple[int, int]]:
    return {one.realm: (one.responses, one.mismatches) for one in await reconcile(database, registers)}


async def test_counts_tables_and_balance_are_the_same_after_a_purge_and_after_a_rebuild(
    connection, database, registers, work, closed
):
    before, counted = await everything(connection), await mismatches(database, registers)
    responses = await connection.fetchval("SELECT count(*) FROM response")
    assert await purge_responses(connection, registers, kept_from(AFTER), batch=7) == responses == 42
    assert await connection.fetchval("SELECT count(*) FROM response") == 0
    batches = await connection.fetch("SELECT batch_no, realm, responses FROM response_purge ORDER BY batch_no")
    assert [tuple(row) for row in batches] == [(number, "synthetic", 7) for number in range(1, 7)]
    assert await mismatches(database, registers) == counted
    await rebuild(database, registers)
    await work()
    assert await everything(connection) == before
    assert await mismatches(database, registers) == counted
    assert await purge_responses(connection, registers, kept_from(AFTER)) == 0


async def test_what_came_later_is_kept_and_counts_beside_what_went(connection, database, registers, work, closed):
    early = kept_from(AFTER) + dt.timedelta(days=60)
    await respond_many(connection, {5: 4}, unit_id=990001, recorded_at=early)
    await work()
    before = await everything(connection)
    assert await purge_responses(connection, registers, kept_from(AFTER)) == 42
    assert await connection.fetchval("SELECT count(*) FROM response") == 4
    await rebuild(database, registers)
    await work()
    assert await everything(connection) == before
    assert {errors for _, errors in (await mismatches(database, registers)).values()} == {0}


async def test_an_edition_re_derives_byte_for_byte_after_the_purge(connection, database, registers, closed):
    wish = await publication(connection, TRIAL, MARCH)
    await build_drafts(database, registers, DraftBook())
    await review_and_approve(connection, TRIAL, wish)
    (one,) = await publish_approved(database, PrivateKey.of_bytes(bytes(range(32))), RefusalBook())
    assert await purge_responses(connection, registers, kept_from(AFTER)) == 42
    (read,) = read_editions(json.dumps((await stored_edition(connection, TRIAL, 1)).file_form(inputs=True)))
    assert read.digest == one.sha256
    assert rederive(read.document["body"], read.inputs).holds


async def test_nothing_goes_while_a_period_of_it_is_not_closed(connection, registers, work):
    await respond_many(connection, {5: 6})
    await work()
    with pytest.raises(Conflict, match=r"2026 in realm synthetic .* not closed\. Nothing was deleted"):
        await purge_responses(connection, registers, kept_from(AFTER))
    assert await connection.fetchval("SELECT count(*) FROM response") == 6


async def test_five_years_end_with_the_day_in_vietnam_and_no_service_deletes_by_itself(connection, registers, closed):
    assert kept_from(AFTER) == dt.datetime(2026, 4, 1, tzinfo=VIETNAM)
    assert kept_from(dt.datetime(2032, 2, 29, 12, tzinfo=VIETNAM)) == dt.datetime(2027, 2, 28, tzinfo=VIETNAM)
    newest = await connection.fetchval("SELECT max(received_at) FROM response")
    (due,) = await due_for_purging(connection, newest + dt.timedelta(microseconds=1))
    assert (due.realm, due.responses) == ("synthetic", 42)
    for role in ROLES.values():
        granted = "SELECT has_table_privilege($1, 'response', 'DELETE')"
        assert await connection.fetchval(granted, role) is False


async def test_the_command_only_says_what_would_go_until_it_is_told_to_delete(
    connection, settings, closed, monkeypatch
):
    monkeypatch.setattr(cli, "kept_from", lambda _: kept_from(AFTER))
    monkeypatch.setenv(NAMES["database_url"], settings.database_url)
    monkeypatch.setenv(NAMES["redis_url"], settings.redis_url)

    async def run(*arguments: str) -> str:
        told = await asyncio.to_thread(CliRunner().invoke, cli.app, ["purge-responses", *arguments])
        assert told.exit_code == 0, told.output
        return told.output

    said = await run()
    assert "realm synthetic: 42 responses received before 01/04/2026" in said
    assert "nothing was deleted" in said
    assert await connection.fetchval("SELECT count(*) FROM response") == 42
    assert "42 responses deleted, their counts kept" in await run("--delete")
    assert "no response was received before 01/04/2026" in await run("--delete")

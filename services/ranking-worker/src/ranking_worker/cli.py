"""`parindex worker`: recount, rebuild and close by hand; `parindex history`: what others published as editions.

Both connect like the service itself and may run beside it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from parindex.db.session import Database
from parindex.editions.keys import PrivateKey
from parindex.errors import Invalid
from parindex.register.load import connect
from parindex.settings import Settings
from ranking_worker.close_periods import close_periods
from ranking_worker.dossiers.count import count
from ranking_worker.dossiers.freeze import Freezer
from ranking_worker.dossiers.ground import GroundCache
from ranking_worker.dossiers.recount import rebuild_dossiers
from ranking_worker.history import Outcome, publish_history
from ranking_worker.index_runs import Computed, RoundBook, compute_rounds
from ranking_worker.merge import merge
from ranking_worker.purge import Due, due_for_purging, kept_from, purge_responses
from ranking_worker.rebuild import rebuild as rebuild_counts
from ranking_worker.recompute import recompute
from ranking_worker.reconcile import reconcile
from ranking_worker.registers import RegisterCache

Answer = TypeVar("Answer")
app = typer.Typer(no_args_is_help=True, help="Counts and closings: recount, rebuild, close.")

history = typer.Typer(no_args_is_help=True, help="The published history: imported tables and figures as editions.")


def _run(work: Callable[[Database, RegisterCache], Awaitable[Answer]]) -> Answer:
    settings = Settings.from_env(os.environ)

    async def connected() -> Answer:
        database = Database.for_service(settings, "ranking-worker")
        try:
            return await work(database, RegisterCache())
        finally:
            await database.close()

    return asyncio.run(connected())


@app.command()
def recount() -> None:
    """Count everything again from responses and dossiers and compare; changes no count. Exit code 1 on a mismatch."""
    outcomes = _run(reconcile)
    for outcome in outcomes:
        print(
            f"{outcome.realm}: {outcome.responses} responses, {outcome.dossiers} dossiers, {outcome.cells} counts,"
            f" {outcome.mismatches} mismatches"
        )
        for entry in outcome.detail:
            print(f"  {json.dumps(entry, default=int)}")
    if not outcomes:
        print("another process is recounting; its result will be in the table reconciliation")
    if any(outcome.mismatches for outcome in outcomes):
        raise typer.Exit(1)


@app.command()
def rebuild() -> None:
    """Make all counts anew from responses and dossiers, then all results and tables. Ingest goes on meanwhile."""

    async def work(database: Database, registers: RegisterCache) -> tuple[int, int, int]:
        rows = await rebuild_counts(database, registers)
        tables = (await recompute(database, registers)).tables
        return rows, tables, await rebuild_dossiers(database, GroundCache())

    rows, tables, dossiers = _run(work)
    print(f"{rows} counts made anew, {tables} league tables renewed, {dossiers} dossiers counted anew")


@app.command()
def compute() -> None:
    """Compute every assessment round whose inputs changed since its last table. May run twice."""

    async def work(database: Database, registers: RegisterCache) -> list[Computed]:
        return await compute_rounds(database, registers, RoundBook())

    done = _run(work)
    for one in done:
        what = f"{one.units} units computed, table stored" if one.stored else "nothing changed"
        print(f"round {one.tenant_id}/{one.round_id} up to event {one.event_no}: {what}")
    if not done:
        print("no round has events that its last table does not know")


@app.command()
def close() -> None:
    """Close every period whose closing instant has passed and that has responses or dossiers. May run twice."""

    async def work(database: Database, registers: RegisterCache) -> list[tuple[str, str]]:
        while (await merge(database, registers)).full:
            pass
        done: list[tuple[str, str]] = []
        while some := await close_periods(database, registers):
            done += some
        grounds = GroundCache()
        while (await count(database, grounds)).full:
            pass
        freezer = Freezer(database, registers, grounds)
        while frozen := await freezer.step():
            done += [(realm, f"{period} (dossiers)") for realm, period in frozen]
        return done

    closed = _run(work)
    for realm, period in closed:
        print(f"closed {period} of realm {realm}")
    if not closed:
        print("no period is waiting to be closed")


@app.command("purge-responses")
def purge(
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete them; without it is only said what would go.")
    ] = False,
) -> None:
    """Delete responses received more than 5 years ago; what they counted for stays. Needs the owner's DATABASE_URL."""
    settings = Settings.from_env(os.environ)
    before = kept_from(dt.datetime.now(dt.UTC))

    async def work() -> tuple[list[Due], int]:
        owner = await connect(settings.database_url)
        try:
            due = await due_for_purging(owner, before)
            return due, await purge_responses(owner, RegisterCache(), before) if delete else 0
        finally:
            await owner.close()

    due, deleted = asyncio.run(work())
    for one in due:
        print(
            f"authority {one.tenant_id}, realm {one.realm}: {one.responses} responses received before {before:%d/%m/%Y},"
            f" answered {one.first:%d/%m/%Y} to {one.last:%d/%m/%Y}"
        )
    if not due:
        print(f"no response was received before {before:%d/%m/%Y}")
    elif not delete:
        print("nothing was deleted; run it again with --delete")
    else:
        print(f"{deleted} responses deleted, their counts kept")


@history.callback()
def commands() -> None:
    """The published history: imported tables and figures as editions."""


@history.command()
def publish() -> None:
    """Publish every imported table and figure group that is no edition yet. Needs the owner's DATABASE_URL and a signing key."""
    settings = Settings.from_env(os.environ)
    if not settings.signing_key_file:
        raise Invalid(
            "No signing key is named, so nothing can be published.",
            code="signing_key_missing",
            hint="Set PARINDEX_SIGNING_KEY_FILE (parindex editions new-key FILE).",
        )
    key = PrivateKey.of_file(Path(settings.signing_key_file))

    async def work() -> list[Outcome]:
        owner = await connect(settings.database_url)
        database = Database.for_service(settings, "ranking-worker")
        try:
            return await publish_history(owner, database, key)
        finally:
            await database.close()
            await owner.close()

    for one in asyncio.run(work()):
        state = "published" if one.new else "already published"
        if one.by_officials:
            state = "stands already, published by officials; they correct it with supersedes"
        print(f"{one.past.tenant_id}/{one.edition_no}  {state}  {one.past.title_vi}")

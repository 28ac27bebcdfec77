"""`parindex evidence`: erase what is due, sweep the store, seal keys anew. Works as scoring-api would."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from parindex.db.session import Database
from parindex.settings import Settings
from scoring_api.evidence.erase import erase_due as erase_what_is_due
from scoring_api.evidence.erase import erase_due_of_appeals
from scoring_api.evidence.sweep import reseal as seal_anew
from scoring_api.evidence.sweep import sweep as sweep_store

app = typer.Typer(no_args_is_help=True, help="Evidence files: erase what is due, sweep the store, seal keys anew.")
Done = TypeVar("Done")


def _run(work: Callable[[Database, Settings], Awaitable[Done]]) -> Done:
    settings = Settings.from_env(os.environ)

    async def run() -> Done:
        database = Database.for_service(settings, "scoring-api")
        try:
            return await work(database, settings)
        finally:
            await database.close()

    return asyncio.run(run())


@app.command("erase-due")
def erase_due() -> None:
    """Erase files whose retention date has passed. Meant for a daily timer; may run twice."""
    erased = _run(lambda database, settings: erase_what_is_due(database, settings, dt.datetime.now(dt.UTC)))
    for line in erased:
        typer.echo(f"{line.evidence_id}  round {line.round_id}  unit {line.unit_id}  kept until {line.retain_until}")
    of_appeals = _run(lambda database, settings: erase_due_of_appeals(database, settings, dt.datetime.now(dt.UTC)))
    typer.echo(f"{len(erased) + of_appeals} file(s) erased.")


@app.command()
def sweep(
    grace_hours: Annotated[
        float, typer.Option(min=0, max=8760, help="Age from which an object without a row is an orphan.")
    ] = 24.0,
) -> None:
    """Remove objects that crashes and erasures left; name contents that the store has lost (exit code 1)."""
    grace = dt.timedelta(hours=grace_hours)
    swept = _run(lambda database, settings: sweep_store(database, settings, dt.datetime.now(dt.UTC), grace))
    typer.echo(f"{swept.kept} object(s) kept, {swept.removed} removed ({swept.removed_bytes} bytes).")
    for tenant_id, digest in swept.lost:
        typer.echo(f"LOST  tenant {tenant_id}  sha256 {digest}: restore the store from its backup.")
    if swept.lost:
        raise typer.Exit(1)


@app.command()
def reseal() -> None:
    """Seal every content's key with the first of PARINDEX_SECRET_KEYS, before an older one is taken away."""
    done = _run(seal_anew)
    typer.echo(f"{done} key(s) sealed anew.")

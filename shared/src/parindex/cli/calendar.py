"""`parindex calendar`: the days on which state offices work otherwise than Monday to Friday (sub-app of `parindex`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parindex.cli.connection import DatabaseUrl, file_text, with_connection
from parindex.register.work_calendar import import_calendar

if TYPE_CHECKING:
    import asyncpg

app = typer.Typer(no_args_is_help=True, help="Work calendar: list, import.")

File = Annotated[Path, typer.Argument(help="Calendar as strict YAML, in the form of the shipped work-calendar.yaml.")]
Year = Annotated[int, typer.Option(help="Only this year; 0: all.")]


@app.command("list")
def list_days(year: Year = 0, database_url: DatabaseUrl = "") -> None:
    """List every stored day with its provenance and source."""

    async def read(connection: asyncpg.Connection) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await connection.fetch(
            "SELECT day, works, title_vi, provenance, source FROM work_calendar_day"
            " WHERE $1 = 0 OR extract(year FROM day) = $1 ORDER BY day",
            year,
        )
        return rows

    for day, works, title, provenance, source in with_connection(database_url, read):
        print(f"{day}  {'làm việc' if works else 'nghỉ'}  {title}  ({provenance}: {source})")


@app.command("import")
def import_file(file: File, database_url: DatabaseUrl = "") -> None:
    """Add or correct days: all or none; may run twice. The worker counts dossiers anew under the new calendar."""
    text = file_text(file)

    async def store(connection: asyncpg.Connection) -> list[str]:
        return await import_calendar(connection, text, file=file.name)

    for sentence in with_connection(database_url, store):
        print(sentence)

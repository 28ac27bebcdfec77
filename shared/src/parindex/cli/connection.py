"""What commands that work on a file and a database share: where the database is, how a file is read."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from parindex.errors import Invalid, Unreadable
from parindex.register.load import connect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import asyncpg

Result = TypeVar("Result")
DatabaseUrl = Annotated[str, typer.Option("--database-url", envvar="DATABASE_URL", help="The owner's URL.")]
CsvFile = Annotated[Path, typer.Argument(help="CSV in UTF-8, comma or semicolon, with a header.")]


def with_connection(database_url: str, work: Callable[[asyncpg.Connection], Awaitable[Result]]) -> Result:
    """Runs `work` on a connection of its own. Raises Invalid when no database is named: none is ever chosen for you."""
    if not database_url:
        raise Invalid(
            "No database is named.",
            code="setting_missing",
            hint="Give --database-url or set DATABASE_URL to the owner's URL.",
        )

    async def run() -> Result:
        connection = await connect(database_url)
        try:
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(run())


def file_text(file: Path) -> str:
    """The text of a UTF-8 file. Raises Unreadable saying where it is not, or why it cannot be opened."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        message = f"{file} is not UTF-8 text (byte {error.start})."
        raise Unreadable(
            message, code="encoding", hint="Save the file as UTF-8 (in a spreadsheet: CSV UTF-8)."
        ) from None
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}."
        raise Unreadable(message, code="file_unreadable", hint="Check the path.") from None

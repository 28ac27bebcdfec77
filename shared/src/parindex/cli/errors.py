"""How the command line says what went wrong: one clear sentence, a hint, exit code 2, never a traceback for what we foresaw."""

from __future__ import annotations

import socket
from typing import Any

import asyncpg
import typer
from rich.console import Console
from sqlalchemy.exc import DBAPIError
from typer.core import TyperGroup

from parindex.errors import ParindexError

EXIT_CODE = 2


def report(error: ParindexError) -> None:
    """Prints the sentence, each finding and the hint to standard error."""
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    console.print(error.message, style="bold red")
    for finding in error.findings:
        place = f"{finding.field}: " if finding.field else ""
        console.print(f"  {place}{finding.message}{' ' + finding.hint if finding.hint else ''}")
    if error.hint:
        console.print(error.hint)


class ClearErrors(TyperGroup):
    """A command group whose foreseen errors end in `report` and exit code 2. An unforeseen one keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command and turns foreseen errors into sentences."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except ParindexError as error:
            report(error)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, DBAPIError) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            report(
                ParindexError(
                    f"The database refused: {cause}",
                    hint="Check DATABASE_URL, and whether `parindex migrate` has run on it.",
                )
            )
        except (ConnectionError, TimeoutError, socket.gaierror) as error:
            report(
                ParindexError(
                    f"No connection: {error or type(error).__name__}",
                    hint="Check that the server of DATABASE_URL runs and is reachable.",
                )
            )
        raise typer.Exit(EXIT_CODE)

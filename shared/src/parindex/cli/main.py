"""The `parindex` command: schema and launcher here, registers and each service's own commands as sub-apps.

A sub-app is imported when it is named (or listed), so that `parindex run` starts without any of them.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer

from parindex.cli import database
from parindex.cli.errors import ClearErrors
from parindex.cli.roles import roles
from parindex.cli.run import run

COMMANDS_GROUP = "parindex.commands"
"""Entry point group under which a service offers its typer sub-app; the entry point's name is the command's."""

OWN = [
    EntryPoint("units", "parindex.cli.units:app", COMMANDS_GROUP),
    EntryPoint("instruments", "parindex.cli.instruments:app", COMMANDS_GROUP),
    EntryPoint("frameworks", "parindex.cli.frameworks:app", COMMANDS_GROUP),
    EntryPoint("calendar", "parindex.cli.calendar:app", COMMANDS_GROUP),
    EntryPoint("editions", "parindex.cli.editions:app", COMMANDS_GROUP),
    EntryPoint("verify", "parindex.cli.editions:verify", COMMANDS_GROUP),
    EntryPoint("rederive", "parindex.cli.editions:rederive", COMMANDS_GROUP),
]


def sub_apps() -> dict[str, EntryPoint]:
    """Every installed sub-app by the name of its command."""
    return {
        found.name: found for found in (*OWN, *sorted(entry_points(group=COMMANDS_GROUP), key=lambda found: found.name))
    }


class Commands(ClearErrors):
    """The commands of this module and, imported when asked for, the sub-apps."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all commands, for the help."""
        return [*super().list_commands(ctx), *sub_apps()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command or sub-app of that name, or None."""
        if own := super().get_command(ctx, cmd_name):
            return own
        if cmd_name not in sub_apps():
            return None
        found = sub_apps()[cmd_name].load()
        command = typer.main.get_group(found) if isinstance(found, typer.Typer) else _single(found)
        command.name = cmd_name
        return command


def _single(function: Any) -> Any:
    """A function as a command of its own."""
    alone = typer.Typer(add_completion=False)
    alone.command()(function)
    return typer.main.get_command(alone)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="League tables of administrative reform: registers, schema, services.",
)
for function in (run, database.migrate, database.load, database.retain, database.revision, roles):
    app.command()(function)

"""The `parindex` command: registers, schema and the launcher here; each service adds its own by entry point."""

from __future__ import annotations

from importlib.metadata import entry_points

import typer

from parindex.cli import database, instruments, units
from parindex.cli.errors import ClearErrors
from parindex.cli.roles import roles
from parindex.cli.run import run

COMMANDS_GROUP = "parindex.commands"
"""Entry point group under which a service offers its typer sub-app; the entry point's name is the command's."""


def build() -> typer.Typer:
    """The whole command with every installed sub-app."""
    command = typer.Typer(
        cls=ClearErrors,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="League tables of administrative reform: registers, schema, services.",
    )
    for function in (run, database.migrate, database.load, database.retain, database.revision, roles):
        command.command()(function)
    command.add_typer(units.app, name="units")
    command.add_typer(instruments.app, name="instruments")
    for entry_point in sorted(entry_points(group=COMMANDS_GROUP), key=lambda found: found.name):
        command.add_typer(entry_point.load(), name=entry_point.name)
    return command


app = build()

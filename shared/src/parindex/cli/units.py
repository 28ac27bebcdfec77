"""`parindex units`: what a code means on a day, search by name, import of units and procedures (sub-app of `parindex`)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from parindex.cli.connection import CsvFile, DatabaseUrl, file_text, with_connection
from parindex.db.catalogue import load_units
from parindex.engine.period import local_day
from parindex.errors import Invalid, NotFound
from parindex.register.import_units import import_units
from parindex.register.portal_agencies import follow_successor
from parindex.register.procedures import import_procedures
from parindex.units.codes import parse_unit_code

if TYPE_CHECKING:
    import asyncpg

    from parindex.register.csv_table import ImportReport
    from parindex.units.catalogue import UnitCatalogue

app = typer.Typer(no_args_is_help=True, help="Units: look up, search, import, name a successor.")

Realm = Annotated[str, typer.Option(help="production, sandbox or synthetic.")]
Day = Annotated[str, typer.Option("--on", help="Local day, yyyy-mm-dd; default: today in Vietnam.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, store nothing.")]


@app.command()
def show(code: str, on: Day = "", realm: Realm = "production", database_url: DatabaseUrl = "") -> None:
    """Say what a code (H44.07, 000.00.07.H44, gso:08866) means on a day."""
    form, day = parse_unit_code(code), _day(on)
    units = with_connection(database_url, load_units)
    meaning = units.resolve(form.scheme, form.code, day, realm)
    for unit_id in (meaning.unit_id,) if meaning.unit_id is not None else meaning.candidates:
        _print_unit(units, unit_id, day)
    if meaning.status == "followed":
        print(f"{form.text} was closed before {day}; this is the unit that its holder wholly went into.")
    elif meaning.status == "ambiguous":
        print(f"{form.text} was closed before {day}; what it stood for went to these units in part.")
    elif meaning.status == "unknown":
        raise NotFound(
            f"{form.text} means no unit on {day} in realm {realm}.",
            code="unit_unknown",
            hint="Try `parindex units search NAME`, or another day with --on.",
        )


@app.command()
def search(
    text: str,
    on: Day = "",
    realm: Realm = "production",
    limit: Annotated[int, typer.Option(min=1, max=500)] = 20,
    database_url: DatabaseUrl = "",
) -> None:
    """Find units by name, with or without diacritics, as the names were on a day."""
    day = _day(on)
    units = with_connection(database_url, load_units)
    for unit_id in units.search(text, day, realm, limit):
        _print_unit(units, unit_id, day)


@app.command("import")
def import_file(
    file: CsvFile, realm: Realm = "production", dry_run: DryRun = False, database_url: DatabaseUrl = ""
) -> None:
    """Add units, or codes of known units, from a CSV: all rows or none. May run twice.

    Columns: code, name, unit_type, kind, parent_code, valid_from, source; optional: valid_to, block, dvcqg_id,
    existing_code. Each faulty row is named with its line.
    """
    text = file_text(file)

    async def work(connection: asyncpg.Connection) -> ImportReport:
        return await import_units(connection, text, realm=realm, dry_run=dry_run)

    _print_report(file.name, with_connection(database_url, work))


@app.command("import-procedures")
def import_procedures_file(file: CsvFile, dry_run: DryRun = False, database_url: DatabaseUrl = "") -> None:
    """Add administrative procedures from a CSV: all rows or none. May run twice.

    Columns: code, name, field_code, valid_from, source; optional: valid_to.
    """
    text = file_text(file)

    async def work(connection: asyncpg.Connection) -> ImportReport:
        return await import_procedures(connection, text, dry_run=dry_run)

    _print_report(file.name, with_connection(database_url, work))


@app.command()
def follow(
    closed: str,
    successor: str,
    basis: Annotated[str, typer.Option(help="The document by which the agency went into its successor.")],
    on: Day = "",
    realm: Realm = "production",
    database_url: DatabaseUrl = "",
) -> None:
    """Say which agency an imported one wholly went into: its code follows the successor's from that day on.

    For codes that the national portal closed without naming a successor (parindex portal attention).
    """
    day = _day(on)

    async def work(connection: asyncpg.Connection) -> int:
        return await follow_successor(
            connection, closed, successor, realm=realm, day=day, legal_basis=basis, source=basis
        )

    revision = with_connection(database_url, work)
    print(f"{closed} follows {successor} from {day} on; revision {revision}.")


def _day(text: str) -> dt.date:
    if not text:
        return local_day(dt.datetime.now(dt.UTC))
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a day.", code="day_unreadable", hint="Write it like 2025-07-01.") from None


def _print_unit(units: UnitCatalogue, unit_id: int, day: dt.date) -> None:
    above = ", ".join(units.name(parent, day) for parent in units.ancestors(unit_id, day))
    codes = ", ".join(f"{scheme} {code}" for scheme, code in sorted(units.codes(unit_id, day).items()))
    record = units.unit(unit_id)
    days = f"{record.start or '...'} to {record.end or 'now'}"
    print(f"{unit_id}  {units.name(unit_id, day)}  ({record.kind}; {days}; {codes or 'no code'}) under: {above or '-'}")


def _print_report(file: str, report: ImportReport) -> None:
    if report.findings:
        message = f"{file}: {report.sentence}"
        raise Invalid(
            message, code="import_refused", findings=list(report.findings), hint="Correct the rows and import again."
        )
    print(f"{file}: {report.sentence}")

"""`parindex instruments`: list, show, validate and import questionnaires (sub-app of the `parindex` command)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from parindex.cli.connection import DatabaseUrl, file_text, with_connection
from parindex.db.instruments import load_instruments
from parindex.errors import NotFound
from parindex.instruments.catalogue import Instrument, InstrumentCatalogue
from parindex.instruments.document import read_instrument
from parindex.register.instruments import import_instrument

app = typer.Typer(no_args_is_help=True, help="Questionnaires: list, show, validate, import.")

File = Annotated[Path, typer.Argument(help="Questionnaire as strict YAML.")]


@app.command("list")
def list_instruments(database_url: DatabaseUrl = "") -> None:
    """List every published questionnaire version."""
    catalogue = with_connection(database_url, load_instruments)
    for one in catalogue.instruments:
        until = f"until {one.valid_to}" if one.valid_to else "open"
        print(
            f"{one.code}  {one.version}  {one.design}  {len(one.items)} items  from {one.valid_from}, {until}  {one.title_vi}"
        )


@app.command()
def show(
    code: str, version: Annotated[str, typer.Argument(help="Default: the latest.")] = "", database_url: DatabaseUrl = ""
) -> None:
    """Print the stored document of one version as JSON, with its digest."""
    catalogue = with_connection(database_url, load_instruments)
    one = catalogue.get(code, version) if version else catalogue.latest(code)
    if one is None:
        raise NotFound(
            f"No questionnaire {code}{f' version {version}' if version else ''} is published.",
            code="instrument_unknown",
            hint=f"Published: {_names(catalogue) or 'none yet, run `parindex load`'}.",
        )
    print(json.dumps({"sha256": one.sha256, "revision": one.revision, **one.document}, ensure_ascii=False, indent=2))


@app.command()
def validate(file: File) -> None:
    """Check a questionnaire file without a database; names every fault with its line."""
    one = Instrument.from_document(read_instrument(file_text(file), file.name))
    print(
        f"{file.name}: {one.code} version {one.version}, {len(one.items)} items, {len(one.columns)} answer columns, digest {one.sha256}"
    )


@app.command("import")
def import_file(file: File, database_url: DatabaseUrl = "") -> None:
    """Publish a questionnaire version; may run twice. A published version never changes."""
    text = file_text(file)

    async def publish(connection: asyncpg.Connection) -> list[str]:
        return await import_instrument(connection, text, file=file.name)

    for sentence in with_connection(database_url, publish):
        print(sentence)


def _names(catalogue: InstrumentCatalogue) -> str:
    return ", ".join(f"{one.code} {one.version}" for one in catalogue.instruments)

"""`parindex systems`: sending systems and auditors: create, list, rotate, revoke, codes. Connects as the owner, writes as survey-ingest."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import asyncpg
import typer

from parindex.cli.connection import file_text, with_connection
from parindex.db.catalogue import load_units
from parindex.errors import Invalid, NotFound
from parindex.register.roles import acting_as
from parindex.units.catalogue import UnitCatalogue
from parindex.units.codes import parse_unit_code
from survey_ingest import credentials
from survey_ingest.answer_columns import RESPONDENT_KINDS
from survey_ingest.dossiers import code_map

app = typer.Typer(no_args_is_help=True, help="Sending systems and auditors: create, list, rotate, revoke, codes.")

Done = TypeVar("Done")
Units = Annotated[
    list[str],
    typer.Option(
        "--unit",
        help="Root of a subtree, as a code (H01, H99, gso:89); may be repeated. 'nation' for the whole country.",
    ),
]
Realm = Annotated[str, typer.Option(help="production, sandbox or synthetic.")]
By = Annotated[str, typer.Option("--by", help="Who orders it: kept on record with the event.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of sentences.")]


def _run(work: Callable[[asyncpg.Connection], Awaitable[Done]]) -> Done:
    async def as_survey_ingest(connection: asyncpg.Connection) -> Done:
        async with connection.transaction(), acting_as(connection, "survey-ingest"):
            return await work(connection)

    return with_connection(os.environ.get("DATABASE_URL", ""), as_survey_ingest)


def unit_ids(units: UnitCatalogue, codes: list[str], realm: str, day: dt.date) -> list[int]:
    """Unit ids of the codes on that day. Raises NotFound for a code that means nothing then."""
    found = []
    for code in codes:
        if code.lower() == "nation":
            found.append(0)
            continue
        form = parse_unit_code(code)
        unit_id = units.resolve(form.scheme, form.code, day, realm).unit_id
        if unit_id is None:
            raise NotFound(
                f"No unit of realm {realm} has the code {code} on {day}.",
                code="unit_not_found",
                hint="Check the code and the realm.",
            )
        found.append(unit_id)
    return found


def _kinds(pairs: list[str]) -> dict[str, str]:
    """The vendor's code -> ours. Raises Invalid for what is no such pair."""
    kinds = {}
    for pair in pairs:
        code, equals, kind = pair.partition("=")
        if not (code and equals and kind in RESPONDENT_KINDS):
            raise Invalid(
                f"--respondent-kind {pair!r} is not a code and a kind.",
                code="respondent_kind_unknown",
                hint=f"Write it like 0=citizen; kinds: {', '.join(sorted(RESPONDENT_KINDS))}.",
            )
        kinds[code] = kind
    return kinds


def _show(issued: credentials.IssuedCredential, *, as_json: bool) -> None:
    if as_json:
        fields: dict[str, Any] = {
            "tenant_id": issued.tenant_id,
            "system_id": issued.system_id,
            "name": issued.name,
            "realm": issued.realm,
            "client_id": issued.credential_id,
            "client_secret": issued.secret,
        }
        typer.echo(json.dumps(fields, ensure_ascii=False))
        return
    typer.echo(f"{issued.name}: realm {issued.realm}, tenant {issued.tenant_id}")
    typer.echo(f"client_id     {issued.credential_id}")
    typer.echo(f"client_secret {issued.secret}")
    typer.echo("The secret is shown this once; only its hash is stored.")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Name of the sending system.")],
    unit: Units,
    realm: Realm = "production",
    backfill: Annotated[bool, typer.Option(help="May send answers older than 400 days.")] = False,
    strip: Annotated[
        bool, typer.Option(help="Strip personal-data fields with a warning instead of refusing the item.")
    ] = False,
    respondent_kind: Annotated[
        list[str] | None, typer.Option(help="The vendor's code for a respondent kind, as 0=citizen; may be repeated.")
    ] = None,
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """A sending system with its first credential."""
    kinds = _kinds(respondent_kind or [])

    async def work(connection: asyncpg.Connection) -> credentials.IssuedCredential:
        units = await load_units(connection)
        return await credentials.create_system(
            connection,
            name=name,
            realm=realm,
            unit_ids=unit_ids(units, unit, realm, _now().date()),
            scopes=("ingest", "backfill") if backfill else ("ingest",),
            personal_data="strip" if strip else "refuse",
            respondent_kinds=kinds,
            by=by,
            now=_now(),
        )

    _show(_run(work), as_json=as_json)


@app.command()
def auditor(
    name: Annotated[str, typer.Argument(help="The person's name.")],
    work_address: Annotated[str, typer.Option(help="Work e-mail address.")],
    unit: Units,
    realm: Realm = "production",
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """A person's read credential with scope audit over subtrees of units."""

    async def work(connection: asyncpg.Connection) -> credentials.IssuedCredential:
        units = await load_units(connection)
        return await credentials.create_auditor(
            connection,
            name=name,
            work_address=work_address,
            realm=realm,
            unit_ids=unit_ids(units, unit, realm, _now().date()),
            by=by,
            now=_now(),
        )

    _show(_run(work), as_json=as_json)


@app.command("list")
def list_() -> None:
    """Every credential with its system or person; never a secret."""
    for row in _run(credentials.list_credentials):
        ended = (
            "revoked"
            if row["revoked_at"]
            else f"ends {row['expires_at']:%Y-%m-%d %H:%M}"
            if row["expires_at"]
            else "holds"
        )
        typer.echo(
            f"{row['credential_id']}  {row['realm']:<10}  {row['name']}  [{' '.join(row['scopes'])}]  units {list(row['scope_unit_ids'])}  {ended}"
        )


@app.command()
def rotate(
    credential: Annotated[str, typer.Argument(help="client_id")],
    overlap_hours: Annotated[float, typer.Option(min=0, max=8760, help="How long the old one still holds.")] = 24.0,
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """A new credential beside the old one, which ends after the overlap."""
    _show(
        _run(
            lambda connection: credentials.rotate(
                connection, credential, overlap=dt.timedelta(hours=overlap_hours), by=by, now=_now()
            )
        ),
        as_json=as_json,
    )


@app.command()
def revoke(
    credential: Annotated[str, typer.Argument(help="client_id")],
    reason: Annotated[str, typer.Option(help="Why; kept on record.")],
    by: By = "operator",
) -> None:
    """Ends a credential and its tokens, everywhere within 5 seconds."""
    done = _run(lambda connection: credentials.revoke(connection, credential, reason=reason, by=by, now=_now()))
    typer.echo(f"{credential} is revoked." if done else f"{credential} was revoked before.")


@app.command()
def codes(
    system: Annotated[str, typer.Argument(help="client_id or name of the sending system.")],
    file: Annotated[
        Path | None,
        typer.Option(
            help='Strict YAML that replaces its map, for example TrangThaiHoSo: {"12": "4"}. Without: show it.'
        ),
    ] = None,
    by: By = "operator",
) -> None:
    """What a system's own codes in dossiers mean: its code -> the portal's (TrangThaiHoSo, KenhThucHien, LoaiDoiTuong)."""
    if file is None:
        lines = code_map.in_words(_run(lambda connection: code_map.code_map_of(connection, system)))
        typer.echo("\n".join(lines) if lines else "The portal's own codes.")
        return
    read = code_map.read_code_map(file_text(file), str(file))
    changed = _run(lambda connection: code_map.set_code_map(connection, system, read, by=by, now=_now()))
    typer.echo("The map is set." if changed else "This map held already.")
    if changed:
        typer.echo("Dossiers received before keep what their codes meant then; sent again they get a new version.")

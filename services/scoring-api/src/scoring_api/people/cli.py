"""`parindex persons`: officials and their roles, for the operator: the first officer of an authority is made here.

Connects as the owner and writes as scoring-api; the authority's row is written as its own writer.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar, get_args

import asyncpg
import typer

from parindex.cli.connection import with_connection
from parindex.db.catalogue import load_units
from parindex.engine.period import local_day
from parindex.errors import Invalid, NotFound
from parindex.register.roles import acting_as
from parindex.settings import NAMES, Settings
from parindex.units.catalogue import UnitCatalogue
from parindex.units.codes import parse_unit_code
from parindex.units.records import NATION
from scoring_api.people import persons, roles
from scoring_api.people.acting import Acting
from scoring_api.people.addresses import same_form
from scoring_api.people.authority import ensure_authority
from scoring_api.people.invite import Invitation
from scoring_api.people.invite import invite as reset_and_invite
from scoring_api.people.person import Role, RoleName
from scoring_api.people.seal import Seal
from scoring_api.webhooks.endpoints import reseal_secrets

app = typer.Typer(no_args_is_help=True, help="Officials who sign in: add, list, invite, grant, revoke, disable.")

Done = TypeVar("Done")
Address = Annotated[str, typer.Argument(help="The person's work address (e-mail).")]
Authority = Annotated[str, typer.Option("--authority", help="The province as a code (H01, gso:89), or 'nation'.")]
GivenRole = Annotated[
    list[str] | None,
    typer.Option("--role", help="officer, council, auditor, unit:CODE or appraiser:CODE; may be repeated."),
]
Why = Annotated[str, typer.Option("--why", help="Why; kept on record.")]
By = Annotated[str, typer.Option("--by", help="Who orders it: kept on record with the event.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of sentences.")]


def _run(work: Callable[[asyncpg.Connection], Awaitable[Done]]) -> Done:
    async def as_scoring_api(connection: asyncpg.Connection) -> Done:
        async with connection.transaction(), acting_as(connection, "scoring-api"):
            return await work(connection)

    return with_connection(os.environ.get("DATABASE_URL", ""), as_scoring_api)


def _setting(field: str) -> str:
    """One setting of the environment, without asking for the others that a service needs."""
    return os.environ.get(NAMES[field]) or str(Settings.model_fields[field].default)


def _today() -> dt.date:
    return local_day(dt.datetime.now(dt.UTC))


def _unit(units: UnitCatalogue, code: str) -> int:
    """Unit id of a code today, real or invented. Raises NotFound."""
    if code.lower() == "nation":
        return NATION
    form = parse_unit_code(code)
    for realm in ("production", "sandbox", "synthetic"):
        unit_id = units.resolve(form.scheme, form.code, _today(), realm).unit_id
        if unit_id is not None:
            return unit_id
    raise NotFound(
        f"No unit has the code {code} today.", code="unit_not_found", hint="Find it with: parindex units search NAME"
    )


def _role(units: UnitCatalogue, text: str) -> Role:
    word, colon, code = text.partition(":")
    if word not in get_args(RoleName):
        raise Invalid(
            f"--role {text!r} is no role.",
            code="role_unknown",
            hint="officer, council, auditor, unit:CODE or appraiser:CODE.",
        )
    name: RoleName = next(name for name in get_args(RoleName) if name == word)
    return Role(name, _unit(units, code) if colon else None)


async def _acting(connection: asyncpg.Connection, units: UnitCatalogue, authority: str, by: str) -> Acting:
    return Acting(await ensure_authority(connection, units, _unit(units, authority), _today()), None, by)


async def _person(connection: asyncpg.Connection, acting: Acting, address: str) -> persons.PersonLine:
    for line in await persons.lines(connection, acting.tenant_id):
        if line.work_address == same_form(address):
            return line
    raise NotFound(f"The authority has no person {address}.", code="person_unknown", hint="See: parindex persons list")


def _show(invitation: Invitation, *, as_json: bool) -> None:
    link = invitation.link(_setting("public_url"))
    if as_json:
        fields = {
            "person_id": invitation.person_id,
            "invitation": invitation.token,
            "link": link,
            "until": invitation.until.isoformat(),
        }
        typer.echo(json.dumps(fields))
        return
    typer.echo(f"person {invitation.person_id}")
    typer.echo(f"invitation {link}")
    typer.echo(f"It holds until {invitation.until:%Y-%m-%d %H:%M} UTC, once, and is shown this once.")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The person's full name.")],
    work_address: Annotated[str, typer.Option(help="Work e-mail address.")],
    authority: Authority,
    role: GivenRole = None,
    why: Why = "added by the operator",
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """A person with roles and an invitation to set password and authenticator."""

    async def work(connection: asyncpg.Connection) -> Invitation:
        units = await load_units(connection)
        return await persons.add_person(
            connection,
            units,
            await _acting(connection, units, authority, by),
            name=name,
            work_address=work_address,
            roles=[_role(units, text) for text in role or []],
            why=why,
        )

    _show(_run(work), as_json=as_json)


@app.command("list")
def list_() -> None:
    """Everybody of every authority with their roles; nothing that one signs in with."""

    async def work(connection: asyncpg.Connection) -> list[tuple[int, str, persons.PersonLine]]:
        tenants = await connection.fetch("SELECT tenant_id, name FROM tenant ORDER BY tenant_id")
        return [
            (tenant_id, name, line)
            for tenant_id, name in tenants
            for line in await persons.lines(connection, tenant_id)
        ]

    for tenant_id, authority, line in _run(work):
        held = ", ".join(
            f"{one.role}{'' if one.unit_id is None else f':{one.unit_id}'} (role {one.role_id})" for one in line.roles
        )
        state = "disabled" if line.disabled else "invited" if line.invited_until else ""
        typer.echo(
            f"{tenant_id} {authority}  {line.person_id}  {line.name}  {line.work_address}  [{held}]  {state}".rstrip()
        )


@app.command()
def invite(work_address: Address, authority: Authority, why: Why, by: By = "operator", as_json: AsJson = False) -> None:
    """A new invitation: resets password, authenticator and OIDC identity, and ends all sign-ins."""

    async def work(connection: asyncpg.Connection) -> Invitation:
        acting = await _acting(connection, await load_units(connection), authority, by)
        return await reset_and_invite(
            connection, acting, (await _person(connection, acting, work_address)).person_id, why
        )

    _show(_run(work), as_json=as_json)


@app.command()
def grant(work_address: Address, authority: Authority, role: GivenRole, why: Why, by: By = "operator") -> None:
    """Gives roles."""

    async def work(connection: asyncpg.Connection) -> list[int]:
        units = await load_units(connection)
        acting = await _acting(connection, units, authority, by)
        person = await _person(connection, acting, work_address)
        return [
            await roles.grant_role(connection, units, acting, person.person_id, _role(units, text), why)
            for text in role or []
        ]

    typer.echo(f"role {', '.join(map(str, _run(work)))} of {work_address}")


@app.command()
def revoke(
    work_address: Address,
    authority: Authority,
    role_id: Annotated[int, typer.Option("--role-id", help="As `parindex persons list` shows it.")],
    why: Why,
    by: By = "operator",
) -> None:
    """Takes a role. The last officer stays."""

    async def work(connection: asyncpg.Connection) -> None:
        acting = await _acting(connection, await load_units(connection), authority, by)
        person = await _person(connection, acting, work_address)
        await roles.revoke_role(connection, acting, person.person_id, role_id, why)

    _run(work)
    typer.echo(f"role {role_id} of {work_address} is revoked.")


@app.command()
def disable(work_address: Address, authority: Authority, why: Why, by: By = "operator") -> None:
    """Ends a person's sign-ins, invitation, OIDC identity and roles at once. The last officer stays."""

    async def work(connection: asyncpg.Connection) -> None:
        acting = await _acting(connection, await load_units(connection), authority, by)
        person = await _person(connection, acting, work_address)
        await persons.disable_person(connection, acting, person.person_id, why)

    _run(work)
    typer.echo(f"{work_address} is disabled.")


@app.command()
def reseal() -> None:
    """Seals every authenticator and webhook secret with the first of PARINDEX_SECRET_KEYS; see also `parindex evidence reseal`."""
    seal = Seal(_setting("secret_keys"))
    seal.need()

    async def work(connection: asyncpg.Connection) -> int:
        rows = await connection.fetch(
            "SELECT tenant_id, person_id, totp_sealed FROM person_secret WHERE totp_sealed IS NOT NULL FOR UPDATE"
        )
        await connection.executemany(
            "UPDATE person_secret SET totp_sealed = $3 WHERE tenant_id = $1 AND person_id = $2",
            [(row["tenant_id"], row["person_id"], seal.reseal(row["totp_sealed"])) for row in rows],
        )
        return len(rows) + await reseal_secrets(connection, seal)

    typer.echo(f"{_run(work)} secrets are sealed with the first key.")

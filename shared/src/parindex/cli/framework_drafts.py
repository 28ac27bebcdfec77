"""`parindex frameworks import | drafts | check | put-in-force | withdraw | workbook`: the operator's side of drafts.

The operator stands outside the two persons of an authority: what is put in force here says so in its event, with a reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import asyncpg
import typer

from parindex.cli.connection import DatabaseUrl, with_connection
from parindex.engine.period import local_day
from parindex.errors import Invalid, Unreadable
from parindex.frameworks.criteria_catalogue import load_frameworks
from parindex.register import framework_drafts, put_in_force
from parindex.register.framework_draft_rows import Author, Draft, list_drafts, read_draft
from parindex.register.framework_received import Form, receive
from parindex.register.frameworks import load_frameworks_from_database
from parindex.register.roles import acting_as
from parindex.workbooks.framework_workbook import write_framework_workbook

FORMS: dict[str, Form] = {".yaml": "yaml", ".json": "json", ".xlsx": "workbook"}
Done = TypeVar("Done")
Tenant = Annotated[int, typer.Option("--authority", min=0, help="The authority that writes it; 0 = the nation.")]
Why = Annotated[str, typer.Option("--why", help="Why; kept on record.")]
Number = Annotated[int, typer.Argument(min=1, help="Number of the draft.")]


def add_commands(app: typer.Typer) -> None:
    """Puts these commands beside the others of `parindex frameworks`."""
    app.command("import")(import_file)
    app.command("drafts")(drafts)
    app.command("check")(check)
    app.command("put-in-force")(enact)
    app.command("withdraw")(withdraw)
    app.command("workbook")(workbook)


def import_file(
    file: Annotated[Path, typer.Argument(help="Framework as .yaml, .json or .xlsx.")],
    draft: Annotated[int, typer.Option("--draft", min=0, help="Replace this draft instead of making a new one.")] = 0,
    authority: Tenant = 0,
    why: Why = "",
    database_url: DatabaseUrl = "",
) -> None:
    """Keep a framework as a draft; YAML and Excel are refused with every fault, JSON is kept with them."""
    received = receive(file_bytes(file), form_of(file), file.name)

    async def keep(connection: asyncpg.Connection) -> Draft:
        author = Author(authority, None)
        if draft:
            return await framework_drafts.replace_draft(connection, author, draft, received, why, None)
        return await framework_drafts.create_draft(connection, author, received, why)

    _say(_run(database_url, keep))


def drafts(authority: Tenant = 0, database_url: DatabaseUrl = "") -> None:
    """List the drafts of an authority, newest first."""
    for one in _run(database_url, lambda connection: list_drafts(connection, Author(authority, None))):
        _say(one, findings=False)


def check(draft: Number, authority: Tenant = 0, database_url: DatabaseUrl = "") -> None:
    """Check a draft by itself and beside every version in force; exit code 2 when something stands against it."""

    async def work(connection: asyncpg.Connection) -> Draft:
        return await framework_drafts.check_draft(connection, Author(authority, None), draft, _today())

    checked = _run(database_url, work)
    if checked.state != "checked":
        raise Invalid(
            f"Draft {draft}, {checked.code}@{checked.version}, has {len(checked.findings)} finding(s).",
            code="draft_invalid",
            hint="Correct it, import it again with --draft, and check again.",
            findings=list(checked.findings),
        )
    _say(checked)


def enact(
    draft: Number,
    why: Annotated[str, typer.Option("--why", help="Why the operator puts it in force; kept on record.")],
    retroactive_reason: Annotated[str, typer.Option(help="Needed for a first day that is past.")] = "",
    authority: Tenant = 0,
    database_url: DatabaseUrl = "",
) -> None:
    """Put a checked draft in force; nobody can change it afterwards."""
    if not why.strip():
        raise Invalid("No reason is given.", code="why_missing", hint="Say --why.")

    async def work(connection: asyncpg.Connection) -> Draft:
        author = Author(authority, None)
        return await put_in_force.put_in_force(
            connection,
            author,
            draft,
            expected_sha256=(await read_draft(connection, author, draft)).sha256,
            why=f"dòng lệnh vận hành: {why.strip()}",
            retroactive_reason=retroactive_reason.strip(),
            today=_today(),
        )

    _say(_run(database_url, work))


def withdraw(draft: Number, why: Why = "", authority: Tenant = 0, database_url: DatabaseUrl = "") -> None:
    """Withdraw a draft; never what is in force."""
    author = Author(authority, None)
    _say(_run(database_url, lambda connection: framework_drafts.withdraw_draft(connection, author, draft, why)))


def workbook(
    name: Annotated[str, typer.Argument(help="CODE@VERSION, shipped or, with a database, in force there.")],
    file: Annotated[Path, typer.Argument(help="The .xlsx file to write.")],
    database_url: DatabaseUrl = "",
) -> None:
    """Write a framework version as an Excel workbook in the layout of Vietnamese decisions."""
    catalogue = with_connection(database_url, load_frameworks_from_database) if database_url else load_frameworks()
    code, _, version = name.partition("@")
    framework = catalogue.get(code, version).framework
    file.write_bytes(write_framework_workbook(framework))
    print(f"{file}: {framework.name}, {len(framework.leaves())} components, digest {framework.sha256}")


def file_bytes(file: Path) -> bytes:
    """The content of a file. Raises Unreadable saying why it cannot be opened."""
    try:
        return file.read_bytes()
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}."
        raise Unreadable(message, code="file_unreadable", hint="Check the path.") from None


def form_of(file: Path) -> Form:
    """The form of a framework file by its suffix. Raises Unreadable."""
    form = FORMS.get(file.suffix.lower())
    if form is None:
        raise Unreadable(
            f"{file.name} is no framework file.", code="form_unknown", hint=f"Expected one of {', '.join(FORMS)}."
        )
    return form


def _run(database_url: str, work: Callable[[asyncpg.Connection], Awaitable[Done]]) -> Done:
    async def as_scoring_api(connection: asyncpg.Connection) -> Done:
        async with connection.transaction(), acting_as(connection, "scoring-api"):
            return await work(connection)

    return with_connection(database_url, as_scoring_api)


def _today() -> dt.date:
    return local_day(dt.datetime.now(dt.UTC))


def _say(draft: Draft, *, findings: bool = True) -> None:
    print(
        f"draft {draft.framework_draft_id}: {draft.code}@{draft.version} [{draft.state}]"
        f" revision {draft.revision}, from {draft.origin}, digest {draft.sha256}"
    )
    for one in draft.findings if findings else ():
        print(f"  {one.field}: {one.message} {one.hint}".rstrip())

"""`parindex editions`, `verify` and `rederive`: keys, export, and checks that need nothing but a file."""

from __future__ import annotations

import base64
import binascii
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from parindex.cli.connection import DatabaseUrl, file_text, with_connection
from parindex.db.editions import StoredEdition, edition_keys, stored_chain, stored_edition, stored_heads
from parindex.editions.edition_file import EditionFile, read_editions
from parindex.editions.keys import key_id_of, new_key
from parindex.editions.rederive import rederive as rederive_body
from parindex.editions.verify import Head
from parindex.editions.verify import verify as verify_editions
from parindex.engine.digest import canonical_json
from parindex.errors import Invalid, NotFound, Unreadable

app = typer.Typer(no_args_is_help=True, help="League tables as editions: signing keys, list, export.")

EXIT_FOUND = 1
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Write here instead of to standard output.")]
Tenant = Annotated[int, typer.Option("--tenant", help="Authority: its unit id; 0 is the nation.")]
Named = Annotated[str, typer.Argument(help="NUMBER of an edition, or TENANT/NUMBER.")]


@app.command("new-key")
def make_key(
    file: Annotated[Path, typer.Argument(help="A file that is not there yet, outside the repository.")],
) -> None:
    """Make an Ed25519 key that signs editions, in a file that only you may read. Never overwrites one."""
    key = new_key(file)
    print(f"{file}: Ed25519 key {key.key_id}")
    print(f"public key {base64.b64encode(key.public_key).decode()}")
    print(f"Name it to ranking-worker: PARINDEX_SIGNING_KEY_FILE={file}")


@app.command("list")
def list_editions(database_url: DatabaseUrl = "") -> None:
    """List every edition with its digest, and the head of each authority's chain."""

    async def work(connection: Any) -> tuple[list[StoredEdition], dict[int, Head]]:
        heads = await stored_heads(connection)
        return [one for tenant_id in heads for one in await stored_chain(connection, tenant_id)], heads

    editions, heads = with_connection(database_url, work)
    for one in editions:
        replaced = f"  supersedes {one.supersedes}" if one.supersedes is not None else ""
        print(f"{one.tenant_id}/{one.edition_no}  {one.published_at.isoformat()}  {one.sha256}  {one.title}{replaced}")
    for tenant_id, head in heads.items():
        print(f"head of authority {tenant_id}: {head}")
    if not heads:
        print("nothing is published")


@app.command()
def export(
    edition: Named,
    inputs: Annotated[
        bool, typer.Option("--inputs", help="With what it was computed from, small cells too: not for publication.")
    ] = False,
    output: Output = None,
    database_url: DatabaseUrl = "",
) -> None:
    """Write one edition as a file that `parindex verify` checks, and with --inputs `parindex rederive` recomputes."""
    tenant_id, edition_no = _named(edition)
    one = with_connection(database_url, lambda connection: stored_edition(connection, tenant_id, edition_no))
    _warn([one])
    _write(one.file_form(inputs=inputs), output)


@app.command()
def chain(
    tenant: Tenant = 0,
    output: Output = None,
    database_url: DatabaseUrl = "",
) -> None:
    """Write the whole chain of an authority as one file."""
    editions = with_connection(database_url, lambda connection: stored_chain(connection, tenant))
    if not editions:
        raise NotFound(f"Authority {tenant} has published nothing.", code="edition_unknown", hint="See the list.")
    _warn(editions)
    _write([one.file_form() for one in editions], output)


@app.command()
def keys(output: Output = None, database_url: DatabaseUrl = "") -> None:
    """Write the public keys that ever signed, for `parindex verify --keys`."""
    found = with_connection(database_url, edition_keys)
    listed = [
        {"key_id": key_id, "public_key": base64.b64encode(public_key).decode(), "introduced_at": at.isoformat()}
        for key_id, public_key, at in found
    ]
    _write({"keys": listed}, output)


def verify(
    file: Annotated[Path, typer.Argument(help="An exported edition, or a chain.")],
    head: Annotated[str, typer.Option("--head", help="Known end of the chain: NUMBER:SHA256, or SHA256.")] = "",
    keys_file: Annotated[
        Path | None, typer.Option("--keys", help="Known public keys, as `editions keys` writes.")
    ] = None,
) -> None:
    """Check signature and chain of a file, offline. Exit code 1 when something stands against it, each named."""
    editions = read_editions(file_text(file), str(file))
    known = None if keys_file is None else _known_keys(keys_file)
    found = verify_editions(editions, Head.parse(head) if head else None, known)
    for one in found.editions:
        print(f"{one.tenant_id}/{one.edition_no}  {one.published_at.isoformat()}  {one.digest}  key {one.key_id}")
    for finding in found.findings:
        print(f"{finding.code}: {finding.field}: {finding.message} {finding.hint}")
    if not found.holds:
        raise typer.Exit(EXIT_FOUND)
    what = "the edition holds" if len(editions) == 1 else f"the chain of {len(editions)} editions holds"
    print(f"{what}; head {found.head}")


def rederive(
    edition: Annotated[str, typer.Argument(help="File exported with --inputs, or NUMBER or TENANT/NUMBER.")],
    database_url: DatabaseUrl = "",
) -> None:
    """Compute an edition again from its stored inputs and compare byte for byte. Exit code 1 when it differs.

    From a file no database is asked. Refuses, naming it, another engine version than this release has.
    """
    if Path(edition).exists():
        (one, *others) = read_editions(file_text(Path(edition)), edition)
        if others:
            raise Invalid(f"{edition} is a chain.", code="edition_file", hint="Export one edition with --inputs.")
    else:
        tenant_id, edition_no = _named(edition)
        stored = with_connection(database_url, lambda connection: stored_edition(connection, tenant_id, edition_no))
        (one,) = read_editions(json.dumps(stored.file_form(inputs=True)), edition)
    _rederive(one)


def _rederive(one: EditionFile) -> None:
    if one.inputs is None:
        raise Invalid(
            f"{one.name} was exported without its inputs.", code="inputs_missing", hint="Export it with --inputs."
        )
    verified = verify_editions([one])
    found = rederive_body(one.document["body"], one.inputs)
    findings = [*verified.findings, *found.findings]
    for finding in findings:
        print(f"{finding.code}: {finding.field}: {finding.message} {finding.hint}")
    if findings:
        raise typer.Exit(EXIT_FOUND)
    print(
        f"{one.tenant_id}/{one.edition_no}: {len(found.body)} bytes computed again by engine version "
        f"{one.document['body']['engine_version']}, identical to what was signed"
    )


def _named(text: str) -> tuple[int, int]:
    tenant, _, number = text.rpartition("/")
    if not (tenant or "0").isdecimal() or not number.isdecimal():
        raise NotFound(
            f"{text!r} is neither a file nor the number of an edition.",
            code="edition_unknown",
            hint="Use NUMBER, or TENANT/NUMBER, as `parindex editions list` prints them.",
        )
    return int(tenant or 0), int(number)


def _warn(editions: list[StoredEdition]) -> None:
    """Says which stored bytes are not those that were signed: a reader of the file would find it, the keeper is told first."""
    for one in editions:
        if not one.unaltered:
            sys.stderr.write(
                f"edition {one.tenant_id}/{one.edition_no} was altered in the database: it was signed as {one.sha256}\n"
            )


def _known_keys(file: Path) -> dict[str, bytes]:
    try:
        listed = json.loads(file_text(file))["keys"]
        known = [base64.b64decode(one["public_key"], validate=True) for one in listed]
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise Unreadable(
            f"{file} is no list of public keys: {error}.",
            code="keys_file",
            hint='Expected {"keys": [{"key_id": ..., "public_key": base64}]}.',
        ) from None
    # The name of a key follows from its bytes: what the file calls it is not taken over.
    return {key_id_of(public_key): public_key for public_key in known}


def _write(value: Any, output: Path | None) -> None:
    text = canonical_json(value).decode()
    if output is None:
        print(text)
        return
    try:
        output.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise Unreadable(
            f"{output} cannot be written: {error.strerror}.", code="file_unwritable", hint="Check the path."
        ) from None
    print(f"{output}: {len(text.encode())} bytes")

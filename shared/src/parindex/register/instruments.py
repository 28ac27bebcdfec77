"""Publishes questionnaires: files become rows of `instrument_version`, which never change afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import asyncpg

from parindex.engine.digest import sha256
from parindex.errors import Conflict, Finding
from parindex.instruments.catalogue import Instrument
from parindex.instruments.document import read_instrument, shipped
from parindex.register.revision import hold_register_lock, next_revision
from parindex.register.roles import acting_as

if TYPE_CHECKING:
    from collections.abc import Iterable

UNCHANGED = "questionnaires: nothing changed"


async def load_instruments_register(connection: asyncpg.Connection) -> list[str]:
    """Publishes the shipped questionnaire versions that the database does not have. Returns what changed, in sentences.

    May run twice: the second time changes nothing. Raises Conflict when a shipped file differs from the version that
    was published under the same name, and Invalid when a file has faults; then nothing is stored.
    """
    return await _publish(connection, [(name, read_instrument(text, name)) for name, text in shipped()])


async def import_instrument(
    connection: asyncpg.Connection, yaml_text: str, *, file: str = "the given file"
) -> list[str]:
    """Publishes one questionnaire version from a strict YAML file; `file` is its name in messages. May run twice.

    Raises Invalid with every fault of the file, and Conflict when another content was published under that name and
    version: a correction is a new version.
    """
    return await _publish(connection, [(file, read_instrument(yaml_text, file))])


async def _publish(connection: asyncpg.Connection, documents: Iterable[tuple[str, dict[str, Any]]]) -> list[str]:
    offered = [(file, Instrument.from_document(document)) for file, document in documents]
    async with connection.transaction():
        await hold_register_lock(connection)
        rows = await connection.fetch("SELECT instrument, version, sha256 FROM instrument_version")
        published = {(row["instrument"], row["version"]): row["sha256"] for row in rows}
        _refuse_rewriting(offered, published)
        new = {(one.code, one.version): one for _, one in offered if (one.code, one.version) not in published}
        if not new:
            return [UNCHANGED]
        names = [f"{code} version {version}" for code, version in new]
        digest = sha256([one.sha256 for one in new.values()]).hex()
        revision = await next_revision(connection, "instruments", digest, {"published": names})
        async with acting_as(connection, "survey-ingest"):
            for one in new.values():
                await connection.execute(
                    "INSERT INTO instrument_version (instrument, version, valid, design, document, sha256, revision, published_at)"
                    " VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, clock_timestamp())",
                    one.code,
                    one.version,
                    asyncpg.Range(one.valid_from, one.valid_to),
                    one.design,
                    json.dumps(one.document, ensure_ascii=False),
                    one.sha256,
                    revision,
                )
    return [f"questionnaires: published {name} (revision {revision})" for name in names]


def _refuse_rewriting(offered: list[tuple[str, Instrument]], published: dict[tuple[str, str], str]) -> None:
    seen = dict(published)
    findings = []
    for file, one in offered:
        before = seen.setdefault((one.code, one.version), one.sha256)
        if before != one.sha256:
            findings.append(
                Finding(
                    "published_version_differs",
                    file,
                    f"{one.code} version {one.version} was published with digest {before[:12]}, this file has {one.sha256[:12]}.",
                    "A published questionnaire never changes: give the correction a new version, in a file of its own.",
                )
            )
    if findings:
        raise Conflict(
            f"{len(findings)} questionnaire(s) differ from what was published under the same version; nothing was stored."
            f" The first: {findings[0].message}",
            code="published_version_differs",
            hint="Put the published text back, or give the correction a new version.",
            findings=findings,
        )

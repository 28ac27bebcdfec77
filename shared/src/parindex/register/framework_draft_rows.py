"""Drafts of framework versions as they are stored, and the events beside them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

import asyncpg

from parindex.engine.digest import sha256
from parindex.errors import Conflict, Finding, Invalid, NotFound
from parindex.frameworks.criteria_values import CODE
from parindex.register.framework_received import Received

State = Literal["draft", "checked", "in_force", "withdrawn"]
COLUMNS = (
    "framework_draft_id, code, version, state, origin, document::text AS document, sha256, findings::text AS findings,"
    " revision, person_id, recorded_at"
)
_LONGEST_VERSION = 40
_PATHS = frozenset({"diff", "schema", "validate"})
"""Words that stand where a code stands in the paths of the interface."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts, in which authority. `person_id` None: the operator at the command line."""

    tenant_id: int
    person_id: int | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A framework version being written."""

    framework_draft_id: int
    code: str
    version: str
    state: State
    origin: str
    document: dict[str, Any]
    sha256: str
    findings: tuple[Finding, ...]
    """What was found when it last came in or was checked; warnings only once it is checked."""
    revision: int
    person_id: int | None
    """Who wrote the present document."""
    recorded_at: dt.datetime


async def read_draft(connection: asyncpg.Connection, author: Author, draft_id: int) -> Draft:
    """A draft of the authority. Raises NotFound."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM framework_draft WHERE tenant_id = $1 AND framework_draft_id = $2",
        author.tenant_id,
        draft_id,
    )
    if row is None:
        raise _no_draft(draft_id)
    return draft_of(row)


async def list_drafts(connection: asyncpg.Connection, author: Author) -> list[Draft]:
    """Drafts of the authority, newest first, at most 200."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM framework_draft WHERE tenant_id = $1 ORDER BY framework_draft_id DESC LIMIT 200",
        author.tenant_id,
    )
    return [draft_of(row) for row in rows]


def named(document: dict[str, Any]) -> tuple[str, str]:
    """Code and version of a document. Raises Invalid: a draft without them cannot be found again."""
    code, version = document.get("code"), document.get("version")
    findings = []
    if not isinstance(code, str) or not CODE.fullmatch(code) or code in _PATHS:
        findings.append(Finding("code_form", "code", f"{code!r:.80} is not a code.", "Expected letters, digits, . _ -"))
    if not isinstance(version, str) or not 0 < len(version) <= _LONGEST_VERSION or "@" in version or "/" in version:
        findings.append(
            Finding(
                "version_form", "version", f"{version!r:.80} is not a version.", "Expected up to 40 signs, no @ or /"
            )
        )
    if findings or not isinstance(code, str) or not isinstance(version, str):
        raise Invalid(
            "Bản thảo cần mã và phiên bản. / A draft needs a code and a version.",
            code="draft_unnamed",
            hint="Say `code` and `version`; everything else may come later.",
            findings=findings,
        )
    return code, version


def content_of(received: Received) -> tuple[str, str, str, str]:
    """Origin, document, digest, findings: as stored."""
    return (
        received.form,
        json.dumps(received.document, ensure_ascii=False),
        sha256(received.document).hex(),
        findings_json([*received.faults, *received.warnings]),
    )


def findings_json(findings: list[Finding]) -> str:
    """Findings as stored."""
    return json.dumps([asdict(one) for one in findings], ensure_ascii=False)


async def locked_draft(connection: asyncpg.Connection, author: Author, draft_id: int) -> Draft:
    """A draft of the authority, kept from others until the transaction ends. Raises NotFound."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM framework_draft WHERE tenant_id = $1 AND framework_draft_id = $2 FOR UPDATE",
        author.tenant_id,
        draft_id,
    )
    if row is None:
        raise _no_draft(draft_id)
    return draft_of(row)


def _no_draft(draft_id: int) -> NotFound:
    return NotFound(
        f"Không có bản thảo {draft_id} trong cơ quan. / Your authority has no draft {draft_id}.", code="draft_unknown"
    )


def need_open(draft: Draft) -> None:
    """Raises Conflict for a draft in force or withdrawn."""
    if draft.state in ("in_force", "withdrawn"):
        word = "đã có hiệu lực" if draft.state == "in_force" else "đã rút"
        raise Conflict(
            f"{draft.code}@{draft.version} {word}, không sửa được nữa. / The draft is {draft.state} and never changes.",
            code=f"draft_{draft.state}",
            hint="Write a new version as a new draft.",
        )


async def move_draft(connection: asyncpg.Connection, author: Author, draft_id: int, state: State) -> Draft:
    """Gives a locked draft another state."""
    row = await connection.fetchrow(
        f"UPDATE framework_draft SET state = $3 WHERE tenant_id = $1 AND framework_draft_id = $2 RETURNING {COLUMNS}",
        author.tenant_id,
        draft_id,
        state,
    )
    return draft_of(row)


async def append_event(connection: asyncpg.Connection, author: Author, draft: Draft, kind: str, why: str) -> None:
    """Appends what happened to a draft."""
    await connection.execute(
        "INSERT INTO framework_event (code, version, tenant_id, kind, sha256, person_id, why, recorded_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())",
        draft.code,
        draft.version,
        author.tenant_id,
        kind,
        draft.sha256,
        author.person_id,
        why,
    )


def draft_of(row: asyncpg.Record) -> Draft:
    """The draft of a row with `COLUMNS`."""
    values = dict(row.items())
    return Draft(
        **{
            **values,
            "document": json.loads(values["document"]),
            "findings": tuple(Finding(**one) for one in json.loads(values["findings"])),
        }
    )

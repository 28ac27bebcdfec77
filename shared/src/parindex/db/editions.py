"""Reads stored editions, and refuses to hand on one whose bytes are not those that were signed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from parindex.editions.envelope import file_form, with_inputs
from parindex.editions.verify import Head
from parindex.errors import Conflict, NotFound

SAME_SOURCE = """
SELECT o.publication_id FROM publication own JOIN publication o ON o.tenant_id = own.tenant_id AND o.source = own.source
WHERE own.tenant_id = {tenant_id} AND own.publication_id = {publication_id} AND o.publication_id <= own.publication_id
"""
"""The publication and the earlier ones of the same source: a table that is drafted anew keeps the disputes that it had."""
OPEN_CASES = f"""
SELECT a.case_no FROM appeal a
WHERE a.tenant_id = {{tenant_id}} AND a.publication_id IN ({SAME_SOURCE}) AND NOT EXISTS (
  SELECT FROM appeal_event v WHERE v.tenant_id = a.tenant_id AND v.appeal_id = a.appeal_id
  AND (v.kind IN ('dismissed', 'withdrawn', 'corrected') OR (v.kind = 'upheld' AND v.recorded_at < {{built_at}})))
ORDER BY a.case_no
"""
"""Cases that an approval must acknowledge, also of earlier drafts and editions of the same source: without an outcome, or upheld while the newest draft is not built anew since."""
_STANDING = """
SELECT e.edition_no FROM edition e
WHERE e.tenant_id = $1 AND e.index_code = $2 AND e.realm = $3 AND e.scope_unit_id = $4 AND e.block = $5 AND e.period = $6
  AND NOT EXISTS (SELECT FROM edition s WHERE s.tenant_id = e.tenant_id AND s.supersedes = e.edition_no)
"""
_COLUMNS = """
SELECT e.tenant_id, e.edition_no, e.supersedes, e.document, e.sha256, e.signature, e.published_at, k.public_key,
       i.document AS inputs
FROM edition e JOIN signing_key k USING (key_id)
JOIN edition_inputs i ON i.tenant_id = e.tenant_id AND i.edition_no = e.edition_no
"""


@dataclass(frozen=True, slots=True)
class StoredEdition:
    """An edition as it lies in the database."""

    tenant_id: int
    edition_no: int
    supersedes: int | None
    document: str
    """The bytes that were hashed and signed, as text."""
    sha256: str
    signature: bytes
    published_at: dt.datetime
    public_key: bytes
    inputs: str

    @property
    def unaltered(self) -> bool:
        """Whether the stored bytes still have the digest that was signed."""
        return hashlib.sha256(self.document.encode()).hexdigest() == self.sha256

    @property
    def title(self) -> str:
        """The Vietnamese title that it was published under."""
        return str(json.loads(self.document)["body"]["title_vi"])

    def file_form(self, *, inputs: bool = False) -> dict[str, Any]:
        """The edition as it is handed on (docs/design.md "Editions"); with what it was computed from, where asked.

        Bytes that were altered are handed on as they lie there: `verify` is to find and name it. Raises Conflict when
        they are no JSON any more.
        """
        try:
            form = file_form(self.document, self.sha256, self.signature, self.public_key)
        except ValueError:
            raise Conflict(
                f"Edition {self.tenant_id}/{self.edition_no} was altered in the database: its bytes are no JSON any more.",
                code="edition_altered",
                hint="Restore the edition from a backup.",
            ) from None
        return with_inputs(form, self.inputs) if inputs else form


async def stored_edition(connection: asyncpg.Connection, tenant_id: int, edition_no: int) -> StoredEdition:
    """One edition. Raises NotFound when the authority has none of that number."""
    row = await connection.fetchrow(f"{_COLUMNS} WHERE e.tenant_id = $1 AND e.edition_no = $2", tenant_id, edition_no)
    if row is None:
        raise NotFound(
            f"Authority {tenant_id} has no edition {edition_no}.",
            code="edition_unknown",
            hint="`parindex editions list` prints every edition as TENANT/NUMBER.",
        )
    return StoredEdition(**row)


async def standing_edition(connection: asyncpg.Connection, tenant_id: int, body: Mapping[str, Any]) -> int | None:
    """Number of the edition of the same table (index, realm, scope, block, period) that nothing supersedes; None: none."""
    number: int | None = await connection.fetchval(
        _STANDING,
        tenant_id,
        body["index"]["code"],
        body["realm"],
        body["scope"]["unit_id"],
        body["block"],
        body["period"]["code"],
    )
    return number


async def stored_chain(connection: asyncpg.Connection, tenant_id: int) -> list[StoredEdition]:
    """Every edition of an authority, in the order of its chain."""
    rows = await connection.fetch(f"{_COLUMNS} WHERE e.tenant_id = $1 ORDER BY e.edition_no", tenant_id)
    return [StoredEdition(**row) for row in rows]


async def stored_heads(connection: asyncpg.Connection) -> dict[int, Head]:
    """The end of each authority's chain."""
    rows = await connection.fetch(
        "SELECT DISTINCT ON (tenant_id) tenant_id, edition_no, sha256 FROM edition ORDER BY tenant_id, edition_no DESC"
    )
    return {row["tenant_id"]: Head(row["sha256"], row["edition_no"]) for row in rows}


async def edition_keys(connection: asyncpg.Connection) -> list[tuple[str, bytes, dt.datetime]]:
    """Key id, public half and first use of every key that ever signed, in that order of time."""
    rows = await connection.fetch(
        "SELECT key_id, public_key, introduced_at FROM signing_key ORDER BY introduced_at, key_id"
    )
    return [(row["key_id"], row["public_key"], row["introduced_at"]) for row in rows]

"""Finds editions: by number, and the newest that stands of a table."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from parindex.engine.period import Period
from parindex.errors import NotFound, Unavailable

HEAD = """
SELECT e.tenant_id, e.edition_no, e.realm, e.index_code, e.scope_unit_id, e.block, e.period, e.supersedes, e.sha256,
       e.previous_sha256, e.key_id, e.published_at, p.publication_id, p.title_vi, p.decision, p.erratum,
       s.edition_no AS superseded_by, s.published_at AS superseded_at, t.name AS authority
FROM edition e
JOIN publication p ON p.tenant_id = e.tenant_id AND p.publication_id = e.publication_id
LEFT JOIN edition s ON s.tenant_id = e.tenant_id AND s.supersedes = e.edition_no
LEFT JOIN tenant t ON t.tenant_id = e.tenant_id
"""
_STANDING = """
WHERE e.realm = $1 AND e.index_code = $2 AND s.edition_no IS NULL AND ($3::int IS NULL OR e.scope_unit_id = $3)
  AND ($4::text IS NULL OR e.block = $4) AND ($5::text IS NULL OR e.period = $5) AND ($6::int IS NULL OR e.tenant_id = $6)
"""


@dataclass(frozen=True, slots=True)
class EditionHead:
    """An edition without its document."""

    tenant_id: int
    edition_no: int
    realm: str
    index_code: str
    scope_unit_id: int
    block: str
    period: str
    supersedes: int | None
    sha256: str
    previous_sha256: str | None
    key_id: str
    published_at: dt.datetime
    publication_id: int
    title_vi: str
    decision: str | None
    erratum: str | None
    superseded_by: int | None
    superseded_at: dt.datetime | None
    authority: str | None

    @property
    def href(self) -> str:
        """Where its exact bytes are read."""
        return f"/v1/editions/{self.tenant_id}/{self.edition_no}"

    @property
    def kind(self) -> str:
        """month, quarter, half or year."""
        return Period.parse(self.period).kind

    @property
    def order(self) -> tuple[dt.date, dt.date, dt.datetime]:
        """Newer is greater: by the last day of the period, a longer period before a shorter one, then by publication."""
        period = Period.parse(self.period)
        return period.last, dt.date.max - (period.first - dt.date.min), self.published_at


def _head(row: asyncpg.Record) -> EditionHead:
    return EditionHead(**row)


async def edition_head(connection: asyncpg.Connection, tenant_id: int, edition_no: int) -> EditionHead:
    """The edition of that number. Raises NotFound."""
    row = await connection.fetchrow(f"{HEAD} WHERE e.tenant_id = $1 AND e.edition_no = $2", tenant_id, edition_no)
    if row is None:
        raise unknown_edition(tenant_id, edition_no)
    return _head(row)


async def standing_editions(
    connection: asyncpg.Connection,
    realm: str,
    index: str,
    *,
    scope: int | None = None,
    block: str | None = None,
    period: str | None = None,
    tenant: int | None = None,
    units: Sequence[int] = (),
) -> list[EditionHead]:
    """Editions of an index that nothing supersedes, oldest period first; with `units`: those that list one of them."""
    rows = await connection.fetch(
        f"{HEAD} {_STANDING} AND {lists_one_of('$7')}", realm, index, scope, block, period, tenant, list(units)
    )
    return sorted((_head(row) for row in rows), key=lambda one: one.order)


def lists_one_of(parameter: str) -> str:
    """SQL: no unit is given, or the edition has a row of one of them."""
    return f"(cardinality({parameter}::int[]) = 0 OR e.unit_ids && {parameter}::int[])"


async def latest_edition(
    connection: asyncpg.Connection,
    realm: str,
    index: str,
    scope: int,
    block: str,
    *,
    period: str | None = None,
    tenant: int | None = None,
) -> EditionHead:
    """The newest standing edition of a table. Raises NotFound naming what there is."""
    found = await standing_editions(connection, realm, index, scope=scope, block=block, period=period, tenant=tenant)
    if found:
        return found[-1]
    others = await connection.fetch(
        "SELECT index_code, scope_unit_id, block, period FROM edition WHERE realm = $1 GROUP BY 1, 2, 3, 4"
        " ORDER BY index_code <> $2, index_code, scope_unit_id, block, period DESC LIMIT 12",
        realm,
        index,
    )
    have = "; ".join(
        f"index={row['index_code']} scope={row['scope_unit_id']} block={row['block']} period={row['period']}"
        for row in others
    )
    raise NotFound(
        f"There is no edition of {index!r} for block {block!r} under unit {scope}"
        f"{'' if period is None else f' in {period}'} in realm {realm}.",
        code="edition_unknown",
        hint=f"There are: {have}." if have else "GET /v1/editions lists editions; name their realm.",
    )


async def documents(
    connection: asyncpg.Connection, heads: Sequence[EditionHead]
) -> dict[tuple[int, int], dict[str, Any]]:
    """(authority, number) -> document of each edition, as published. Raises Unavailable for one that was altered."""
    rows = await connection.fetch(
        "SELECT e.tenant_id, e.edition_no, e.document, e.sha256 FROM unnest($1::int[], $2::int[]) AS wanted(tenant_id, edition_no)"
        " JOIN edition e USING (tenant_id, edition_no)",
        [head.tenant_id for head in heads],
        [head.edition_no for head in heads],
    )
    return await asyncio.to_thread(
        lambda: {(row["tenant_id"], row["edition_no"]): json.loads(unaltered(*row.values())) for row in rows}
    )


def unaltered(tenant_id: int, edition_no: int, document: str, sha256: str) -> bytes:
    """The bytes that were signed. Raises Unavailable when those stored are others: ranks that nobody signed are not served."""
    body = document.encode()
    if hashlib.sha256(body).hexdigest() != sha256:
        raise Unavailable(
            f"Ấn bản {tenant_id}/{edition_no} trong cơ sở dữ liệu không còn đúng như khi ký. / Stored bytes of the edition are not those that were signed.",
            code="edition_altered",
            hint="Tell the publisher to restore it; /signed hands on what lies there, for `parindex verify`.",
        )
    return body


def unknown_edition(tenant_id: int, edition_no: int) -> NotFound:
    """No such edition."""
    return NotFound(
        f"Cơ quan {tenant_id} không có ấn bản số {edition_no}. / Authority {tenant_id} has no edition {edition_no}.",
        code="edition_unknown",
        hint="GET /v1/editions lists editions; name their realm.",
    )

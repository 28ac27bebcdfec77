"""A published edition in the database as ranking-worker leaves it: body built from inputs, sealed, inserted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import asyncpg

from parindex.editions.body import build_body
from parindex.editions.envelope import Publication, seal
from parindex.editions.keys import PrivateKey
from parindex.engine.digest import canonical_json, sha256

AT = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)


async def publish_edition(
    connection: asyncpg.Connection, tenant_id: int, inputs: dict[str, Any], *, source: dict[str, Any] | None = None
) -> int:
    """The first edition of an authority; its number."""
    body = build_body(inputs)
    publication_id = await connection.fetchval(
        "INSERT INTO publication (tenant_id, source, title_vi, decision, recorded_at) VALUES ($1, $2::jsonb, $3, $4, $5) RETURNING publication_id",
        tenant_id,
        canonical_json(source or {"kind": inputs["kind"]}).decode(),
        inputs["title_vi"],
        inputs["decision"],
        AT,
    )
    sealed = seal(
        canonical_json(body).decode(),
        Publication(tenant_id, publication_id, 1, None, None, AT),
        None,
        PrivateKey.of_bytes(bytes(range(32))),
    )
    await connection.execute(
        "INSERT INTO edition (tenant_id, edition_no, publication_id, realm, index_code, scope_unit_id, block, period, document, sha256, key_id, signature, published_at, unit_ids)"
        " VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        tenant_id, publication_id, body["realm"], body["index"]["code"], body["scope"]["unit_id"], body["block"],
        body["period"]["code"], sealed.text, sealed.sha256, sealed.key_id, sealed.signature, AT,
        [row["unit_id"] for row in body["rows"]],
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO edition_inputs (tenant_id, edition_no, document, sha256) VALUES ($1, 1, $2, $3)",
        tenant_id,
        canonical_json(inputs).decode(),
        sha256(inputs).hex(),
    )
    return 1

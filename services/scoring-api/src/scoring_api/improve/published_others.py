"""The others as the last published table has them: all that who speaks for a unit may be measured against.

With the provisional figures of a round a unit could try targets until it knew everybody's total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import asyncpg

from scoring_api.editions.rows import documents, standing_editions
from scoring_api.rounds.round import Round


@dataclass(frozen=True, slots=True)
class PublishedOthers:
    """Figures and names of a published table without the unit's own row, and which table it is."""

    figures: Mapping[int, Decimal]
    names: Mapping[int, str]
    edition_no: int
    period: str


async def published_others(connection: asyncpg.Connection, assessed: Round, unit_id: int) -> PublishedOthers | None:
    """The newest standing table of the round's index, scope and block; None while there is none under the same version."""
    heads = await standing_editions(
        connection,
        assessed.realm,
        assessed.file.framework.code,
        scope=assessed.scope_unit_id,
        block=assessed.block,
        tenant=assessed.tenant_id,
    )
    if not heads:
        return None
    newest = heads[-1]
    body = (await documents(connection, [newest]))[newest.tenant_id, newest.edition_no]["body"]
    if body["kind"] != "round" or body["index"]["sha256"] != assessed.file.framework.sha256:
        return None
    rows = [row for row in body["rows"] if row["rank"] is not None and row["unit_id"] != unit_id]
    return PublishedOthers(
        {row["unit_id"]: Decimal(row["value"]) for row in rows},
        {row["unit_id"]: row["name"] for row in rows},
        newest.edition_no,
        newest.period,
    )

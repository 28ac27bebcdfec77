"""Reads the published questionnaire versions into memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from parindex.instruments.catalogue import Instrument, InstrumentCatalogue

if TYPE_CHECKING:
    import asyncpg


async def load_instruments(connection: asyncpg.Connection) -> InstrumentCatalogue:
    """Every published version, with the largest register revision visible in the same snapshot."""
    rows = await connection.fetch(
        "SELECT head.revision AS head, i.instrument_version_id, i.document::text AS document, i.revision"
        " FROM (SELECT coalesce(max(revision), 0) AS revision FROM register_load) head"
        " LEFT JOIN instrument_version i ON true ORDER BY i.instrument_version_id"
    )
    stored = [row for row in rows if row["instrument_version_id"] is not None]
    instruments = (
        Instrument.from_document(
            json.loads(row["document"]), instrument_version_id=row["instrument_version_id"], revision=row["revision"]
        )
        for row in stored
    )
    return InstrumentCatalogue(rows[0]["head"], tuple(instruments))

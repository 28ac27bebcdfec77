"""Appends responses and reads back what is stored under an id. SQL only; no rule of the contract is decided here.

Arrays are sent column by column and unnested: the fastest insert that still reports conflicts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import uuid_utils.compat as uuid_utils

from parindex.web.auth import Caller
from survey_ingest.bulk import BulkInsert
from survey_ingest.counts import Counted, DeltaKey
from survey_ingest.interpret import Meaning, field_base
from survey_ingest.item import DIGEST_VERSION
from survey_ingest.verdicts import State

Key = tuple[int, int, str]
"""tenant_id, system_id, response_id."""
SlotId = tuple[int, str, str]
"""tenant_id, realm, slot_key."""
_json = msgspec.json.Encoder().encode


def new_id() -> UUID:
    """A time-ordered id (UUID version 7)."""
    return uuid_utils.uuid7()


_RESPONSES = BulkInsert(
    "response",
    (
        ("tenant_id", "int", ""),
        ("system_id", "int", ""),
        ("response_id", "text", ""),
        ("realm", "text", ""),
        ("receipt_id", "uuid", ""),
        ("position", "smallint", ""),
        ("received_at", "timestamptz", ""),
        ("answered_at", "timestamptz", ""),
        ("local_day", "date", ""),
        ("unit_id", "int", ""),
        ("instrument_version_id", "int", ""),
        ("stage", "text", ""),
        ("collected_via", "text", ""),
        ("mode", "text", ""),
        ("service_channel", "text", ""),
        ("respondent_kind", "text", ""),
        ("answers", "text", "::smallint[]"),
        ("weight", "numeric", ""),
        ("sample", "text", "::jsonb"),
        ("dossier_code", "text", ""),
        ("slot_key", "text", ""),
        ("procedure_code", "text", ""),
        ("procedure_base", "text", ""),
        ("field_code", "text", ""),
        ("field_base", "text", ""),
        ("replaces", "text", ""),
        ("sent_at", "timestamptz", ""),
        ("device", "text", "::jsonb"),
        ("digest", "bytea", ""),
        ("recorded_at", "timestamptz", ""),
        ("digest_version", "smallint", ""),
    ),
    "ON CONFLICT (tenant_id, system_id, response_id) DO NOTHING",
)


@dataclass(slots=True)
class NewResponse:
    """A response to be appended, with where it came from."""

    caller: Caller
    receipt_id: UUID
    position: int
    received_at: dt.datetime
    meaning: Meaning
    digest: bytes
    key: Key = field(init=False)
    """Key of the response."""

    def __post_init__(self) -> None:
        self.key = (self.caller.tenant_id, self.caller.system_id or 0, self.meaning.item.response_id)

    @property
    def slot(self) -> SlotId | None:
        """The rating slot; None: it counts by itself."""
        slot_key = self.meaning.slot_key
        return None if slot_key is None else (self.caller.tenant_id, self.caller.realm, slot_key)

    @property
    def weight(self) -> Decimal | None:
        """Sampling weight; None for self-selected responses."""
        sample = self.meaning.item.content.get("sample")
        return Decimal(sample["weight"]) if sample and "weight" in sample else None

    def counted(self, sign: int) -> Counted:
        """What it adds to (1) or takes from (-1) the counts."""
        content = self.meaning.item.content
        key = DeltaKey(
            self.caller.tenant_id,
            self.caller.realm,
            self.meaning.unit_id,
            self.meaning.instrument.instrument_version_id or 0,
            self.meaning.day,
            content.get("service_channel", ""),
            content["collected_via"],
            content["mode"],
            content["stage"],
            self.meaning.respondent_kind,
            field_base(content.get("field_code", "")),
        )
        return Counted(key, self.meaning.procedure_base, self.meaning.answers, self.weight, sign)


def _row(new: NewResponse, recorded_at: dt.datetime) -> tuple[Any, ...]:
    meaning, caller = new.meaning, new.caller
    item = meaning.item
    content = item.content
    get = content.get
    sample = get("sample")
    device: dict[str, Any] = {
        name: content[name]
        for name in ("device_id", "device_seq", "counter_id", "staff_ref", "privacy_notice")
        if name in content
    }
    if item.as_given:
        device["as_given"] = item.as_given
    sector = get("field_code")
    return (
        caller.tenant_id,
        caller.system_id,
        content["response_id"],
        caller.realm,
        new.receipt_id,
        new.position,
        new.received_at,
        item.answered_at,
        meaning.day,
        meaning.unit_id,
        meaning.instrument.instrument_version_id,
        content["stage"],
        content["collected_via"],
        content["mode"],
        get("service_channel", ""),
        meaning.respondent_kind,
        "{" + ",".join(["NULL" if value is None else str(value) for value in meaning.answers]) + "}",
        new.weight if sample else None,
        _json({name: sample[name] for name in sample if name != "weight"}).decode() if sample else None,
        get("dossier_code"),
        meaning.slot_key,
        get("procedure_code"),
        meaning.procedure_base,
        sector,
        field_base(sector) if sector else "",
        get("replaces"),
        item.sent_at,
        _json(device).decode() if device else None,
        new.digest,
        recorded_at,
        DIGEST_VERSION,
    )


async def append_responses(
    connection: asyncpg.Connection, news: Sequence[NewResponse], recorded_at: dt.datetime
) -> set[Key]:
    """Claims the ids and appends the responses; returns the keys that were really new. Run in a transaction.

    Sorted by key so that two senders of the same ids wait for each other instead of deadlocking.
    """
    if not news:
        return set()
    ordered = sorted(news, key=lambda new: new.key)
    inserted = await _RESPONSES.run(connection, [_row(new, recorded_at) for new in ordered])
    keys = {new.key for new in ordered}
    if inserted != len(ordered):
        mine = {(new.receipt_id, new.position) for new in ordered}
        rows = await connection.fetch(
            _BY_KEY.format(columns="r.tenant_id, r.system_id, r.response_id, r.receipt_id, r.position"),
            *zip(*keys, strict=True),
        )
        keys = {(row[0], row[1], row[2]) for row in rows if (row[3], row[4]) in mine}
    texts = [
        (new, item, body)
        for new in ordered
        if new.meaning.texts and new.key in keys
        for item, body in new.meaning.texts
    ]
    if texts:
        await connection.execute(
            "INSERT INTO response_text (tenant_id, system_id, response_id, item, received_at, realm, body) SELECT * FROM unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[])",
            *zip(
                *((*new.key, item, new.received_at, new.caller.realm, body) for new, item, body in texts), strict=True
            ),
        )
    return keys


_BY_KEY = """
SELECT {columns} FROM unnest($1::int[], $2::int[], $3::text[]) AS k(tenant_id, system_id, response_id)
JOIN response r ON r.tenant_id = k.tenant_id AND r.system_id = k.system_id AND r.response_id = k.response_id
"""
_DESCRIBE = """
SELECT r.tenant_id, r.system_id, r.response_id, r.realm, r.digest, r.receipt_id, r.position, r.received_at, r.recorded_at, r.slot_key, r.unit_id, r.stage, v.instrument,
       c.total, c.kinds, s.system_id AS holder_system_id, s.response_id AS holder, s.tombstone
FROM unnest($1::int[], $2::int[], $3::text[]) AS k(tenant_id, system_id, response_id)
JOIN response r ON r.tenant_id = k.tenant_id AND r.system_id = k.system_id AND r.response_id = k.response_id
JOIN instrument_version v ON v.instrument_version_id = r.instrument_version_id
LEFT JOIN LATERAL (
    SELECT sum(delta)::int AS total, array_agg(kind) AS kinds FROM response_change c
    WHERE c.tenant_id = r.tenant_id AND c.system_id = r.system_id AND c.response_id = r.response_id
) c ON true
LEFT JOIN slot s ON s.tenant_id = r.tenant_id AND s.realm = r.realm AND s.slot_key = r.slot_key
"""


@dataclass(slots=True)
class Stored:
    """A stored response and whether it counts now."""

    row: asyncpg.Record

    @property
    def slot(self) -> SlotId | None:
        """The rating slot; None: it counts by itself."""
        row = self.row
        return None if row["slot_key"] is None else (row["tenant_id"], row["realm"], row["slot_key"])

    @property
    def counted(self) -> bool:
        """Whether it counts at this moment."""
        return 1 + (self.row["total"] or 0) == 1

    @property
    def state(self) -> State:
        """counted, repeat, withdrawn or replaced."""
        kinds = self.row["kinds"] or ()
        for ended in ("withdrawn", "replaced"):
            if ended in kinds:
                return ended
        return "counted" if self.counted else "repeat"

    @property
    def counts(self) -> str | None:
        """Id of the response that counts in the slot, or of the tombstone."""
        if self.counted:
            return str(self.row["response_id"])
        holder: str | None = self.row["holder"]
        return holder


async def stored_under(connection: asyncpg.Connection, keys: Iterable[Key]) -> dict[Key, Stored]:
    """What is stored under the keys, with its present state."""
    wanted = list(set(keys))
    if not wanted:
        return {}
    rows = await connection.fetch(_DESCRIBE, *zip(*wanted, strict=True))
    return {(row["tenant_id"], row["system_id"], row["response_id"]): Stored(row) for row in rows}

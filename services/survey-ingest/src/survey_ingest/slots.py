"""Who counts in a rating slot: claiming it, handing it on, freeing it. At most one response counts per slot.

Slots are locked in key order. A response that finds its slot taken shares the holder's row lock until it is committed
as a repeat, so that a withdrawal running at the same time sees it when it looks for who moves up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from parindex.web.auth import Caller
from survey_ingest.bulk import BulkInsert
from survey_ingest.changes import Change, append_changes, counted_of
from survey_ingest.counts import Counted
from survey_ingest.facts import Key, SlotId

_CLAIM = BulkInsert(
    "slot",
    (
        ("tenant_id", "int", ""),
        ("realm", "text", ""),
        ("slot_key", "text", ""),
        ("system_id", "int", ""),
        ("response_id", "text", ""),
    ),
    "ON CONFLICT (tenant_id, realm, slot_key) DO NOTHING",
)
_HOLDERS = """
SELECT s.tenant_id, s.realm, s.slot_key, s.system_id, s.response_id FROM slot s
JOIN unnest($1::int[], $2::text[], $3::text[]) AS k(tenant_id, realm, slot_key)
  ON s.tenant_id = k.tenant_id AND s.realm = k.realm AND s.slot_key = k.slot_key
ORDER BY s.tenant_id, s.realm, s.slot_key FOR SHARE OF s
"""


async def claim_slots(connection: asyncpg.Connection, wanted: Sequence[tuple[SlotId, Key]]) -> dict[SlotId, Key]:
    """Holder of each slot after claiming: the given response where the slot was free. `wanted` names each slot once."""
    holders: dict[SlotId, Key] = {}
    left = sorted(wanted)
    for _attempt in range(5):
        if not left:
            return holders
        if await _CLAIM.run(connection, [(*slot, key[1], key[2]) for slot, key in left]) == len(left):
            holders.update(left)
            return holders
        found = await connection.fetch(_HOLDERS, *zip(*(slot for slot, _ in left), strict=True))
        holders.update({(row[0], row[1], row[2]): (row[0], row[3], row[4]) for row in found})
        left = [(slot, key) for slot, key in left if slot not in holders]
    raise asyncpg.SerializationError("slots were freed again and again while being claimed")


@dataclass(slots=True)
class Ending:
    """A response that ceases to count, or ceases to wait as a repeat."""

    key: Key
    realm: str
    slot_key: str | None
    counted: bool
    received_at: dt.datetime
    position: int


async def lock_holder(connection: asyncpg.Connection, slot: SlotId) -> tuple[Key, bool] | None:
    """Holder of a slot and whether it is a tombstone, locked until the transaction ends; None for a free slot."""
    row = await connection.fetchrow(
        "SELECT system_id, response_id, tombstone FROM slot WHERE tenant_id = $1 AND realm = $2 AND slot_key = $3 FOR UPDATE",
        *slot,
    )
    return None if row is None else ((slot[0], row[0], row[1]), row[2])


_NEXT = """
SELECT c.system_id, c.response_id, c.received_at, c.position FROM response_change c
WHERE c.tenant_id = $1 AND c.realm = $2 AND c.slot_key = $3 AND c.kind = 'repeat' AND NOT EXISTS (
    SELECT 1 FROM response_change e WHERE e.tenant_id = c.tenant_id AND e.system_id = c.system_id AND e.response_id = c.response_id AND e.kind <> 'repeat')
ORDER BY c.received_at, c.position, c.change_id LIMIT 1
"""


async def hand_on(
    connection: asyncpg.Connection, slot: SlotId, leaving: Key, caller: Caller, recorded_at: dt.datetime
) -> list[Counted]:
    """The earliest kept repeat moves up into the slot that `leaving` held, or the slot is freed. The slot is locked already."""
    row = await connection.fetchrow(_NEXT, *slot)
    if row is None:
        await connection.execute("DELETE FROM slot WHERE tenant_id = $1 AND realm = $2 AND slot_key = $3", *slot)
        return []
    key = (slot[0], row["system_id"], row["response_id"])
    await connection.execute(
        "UPDATE slot SET system_id = $4, response_id = $5 WHERE tenant_id = $1 AND realm = $2 AND slot_key = $3",
        *slot,
        key[1],
        key[2],
    )
    promotion = Change(
        key,
        slot[1],
        "promoted",
        1,
        caller.credential_id,
        caller.principal_id,
        row["received_at"],
        row["position"],
        slot[2],
        None,
        leaving,
    )
    await append_changes(connection, [promotion], recorded_at)
    return [await counted_of(connection, key, 1)]


async def keep_tombstone(connection: asyncpg.Connection, slot: SlotId) -> None:
    """The withdrawn holder keeps the slot: nothing counts there any more. The slot is locked already."""
    await connection.execute(
        "UPDATE slot SET tombstone = true WHERE tenant_id = $1 AND realm = $2 AND slot_key = $3", *slot
    )


async def give_slot(connection: asyncpg.Connection, slot: SlotId, holder: Key) -> None:
    """The slot passes to the response that corrects its holder. The slot is locked already."""
    await connection.execute(
        "UPDATE slot SET system_id = $4, response_id = $5 WHERE tenant_id = $1 AND realm = $2 AND slot_key = $3",
        *slot,
        holder[1],
        holder[2],
    )

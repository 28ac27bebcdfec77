"""Withdrawal of a response: keeps a tombstone with its reason. May be asked again: the first withdrawal stands."""

from __future__ import annotations

import datetime as dt
from typing import get_args

import asyncpg

from parindex.db.clock import recording_instant
from parindex.errors import Finding, Invalid, NotFound
from parindex.web.auth import Caller
from survey_ingest import quarantine
from survey_ingest.changes import Change, append_changes, append_deltas, counted_of
from survey_ingest.facts import stored_under
from survey_ingest.slots import hand_on, keep_tombstone, lock_holder
from survey_ingest.wire import WithdrawalReason

REASONS: tuple[str, ...] = get_args(WithdrawalReason)


async def withdraw(
    connection: asyncpg.Connection, caller: Caller, response_id: str, reason: str, *, now: dt.datetime | None = None
) -> None:
    """Withdraws a response of the caller's system. Runs inside the caller's transaction.

    `test`, `entered_in_error`: the earliest kept repeat of the slot counts instead, or the slot is free.
    `citizen_request`: the tombstone keeps the slot. Withdrawing a repeat or a quarantined item moves nothing.
    Raises NotFound for an id that is not stored, Invalid for another reason.
    """
    if reason not in REASONS:
        raise Invalid(
            f"The reason {reason[:40]!r} is not known.",
            code="reason_unknown",
            findings=[Finding("unknown_value", "reason", f"Expected one of: {', '.join(REASONS)}.")],
        )
    recorded_at = await recording_instant(connection) if now is None else now
    key = (caller.tenant_id, caller.system_id or 0, response_id)
    stored = (await stored_under(connection, [key])).get(key)
    if stored is None:
        await _withdraw_waiting(connection, key, reason, recorded_at)
        return
    slot = stored.slot
    held = None if slot is None else await lock_holder(connection, slot)
    if slot is not None:
        stored = (await stored_under(connection, [key]))[key]
    if stored.state in ("withdrawn", "replaced"):
        return
    row = stored.row
    end = Change(
        key,
        caller.realm,
        "withdrawn",
        -1 if stored.counted else 0,
        caller.credential_id,
        caller.principal_id,
        row["received_at"],
        row["position"],
        row["slot_key"],
        reason,
    )
    if not await append_changes(connection, [end], recorded_at):
        return
    if not stored.counted:
        return
    changes = [await counted_of(connection, key, -1)]
    if slot is not None and held is not None and held[0] == key:
        if reason == "citizen_request":
            await keep_tombstone(connection, slot)
        else:
            changes += await hand_on(connection, slot, key, caller, recorded_at)
    await append_deltas(connection, changes, recorded_at)


async def _withdraw_waiting(
    connection: asyncpg.Connection, key: tuple[int, int, str], reason: str, recorded_at: dt.datetime
) -> None:
    held = (await quarantine.held_under(connection, [key])).get(key)
    if held is None:
        if await stored_under(connection, [key]):
            raise asyncpg.SerializationError("the item was released from quarantine at the same time")
        raise NotFound(
            f"No response {key[2]} of this sending system is stored.",
            code="response_not_found",
            hint="Ids are per sending system; a refused item is not stored.",
        )
    if held.withdrawn:
        return
    await quarantine.end(connection, key, held.revision, "withdrawn", [Finding("withdrawn", "", reason)], recorded_at)

"""Correction: one transaction appends the end of the old response (`replaced`) and counts the new one in its place."""

from __future__ import annotations

import datetime as dt

import asyncpg

from parindex.errors import Finding
from survey_ingest.changes import Change, append_changes, counted_of
from survey_ingest.counts import Counted
from survey_ingest.facts import NewResponse, append_responses, stored_under
from survey_ingest.slots import give_slot, lock_holder


async def correct(
    connection: asyncpg.Connection, new: NewResponse, recorded_at: dt.datetime
) -> tuple[Finding | None, list[Counted]]:
    """Applies the correction, or says why it cannot be.

    The target must be a counting response of the same system and slot (without a slot: of the same unit, instrument
    and stage). No repeat moves up. The new id was looked up before and was free.
    """
    content = new.meaning.item.content
    target = (new.key[0], new.key[1], content["replaces"])
    slot_key, slot = new.meaning.slot_key, new.slot
    if slot is not None:
        await lock_holder(connection, slot)
    stored = (await stored_under(connection, [target])).get(target)
    if stored is None:
        return Finding(
            "replaces_not_found",
            "replaces",
            f"No response {target[2]} of this system is stored.",
            "Send the replaced response first, then this one again.",
            retry=True,
        ), []
    row = stored.row
    same_place = (
        row["slot_key"] == slot_key
        if slot_key is not None or row["slot_key"] is not None
        else (row["unit_id"], row["stage"], row["instrument"])
        == (new.meaning.unit_id, content["stage"], content["instrument"])
    )
    not_counting = Finding(
        "replaces_not_counting",
        "replaces",
        f"Response {target[2]} does not count in this place (it is {stored.state}).",
        "Replace the response that counts; see GET /v1/responses/{response_id}.",
    )
    if not stored.counted or not same_place:
        return not_counting, []
    caller = new.caller
    end = Change(
        target,
        caller.realm,
        "replaced",
        -1,
        caller.credential_id,
        caller.principal_id,
        row["received_at"],
        row["position"],
        row["slot_key"],
        None,
        new.key,
    )
    if not await append_changes(connection, [end], recorded_at):
        return not_counting, []
    if new.key not in await append_responses(connection, [new], recorded_at):
        raise asyncpg.SerializationError("the id of a correction was claimed at the same time")
    if slot is not None:
        await give_slot(connection, slot, new.key)
    return None, [await counted_of(connection, target, -1), new.counted(1)]

"""Checks quarantined items again when the catalogue has moved: released, kept as a repeat, or `rejected_later`.

Runs in survey-ingest's own loop. Each item has a transaction of its own; running it twice changes nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import asyncpg

from parindex.db.clock import recording_instant
from parindex.errors import Finding
from parindex.web.auth import Caller
from survey_ingest import quarantine
from survey_ingest.changes import Change, append_changes, append_deltas
from survey_ingest.check import check_item
from survey_ingest.commit import Committer
from survey_ingest.correct import correct
from survey_ingest.counts import Counted
from survey_ingest.facts import NewResponse, append_responses, stored_under
from survey_ingest.interpret import Catalogues, Meaning, Unfit, Unknown, interpret
from survey_ingest.item import Refused
from survey_ingest.slots import claim_slots

_WAITING = """
SELECT q.tenant_id, q.system_id, q.response_id, q.revision, q.realm, q.credential_id, q.receipt_id, q.position, q.received_at, q.body::text AS body, q.detail::text AS detail, q.digest,
       s.scope_unit_ids, s.personal_data, s.respondent_kinds::text AS respondent_kinds, c.principal_id, c.scopes
FROM quarantine q
JOIN sending_system s ON s.tenant_id = q.tenant_id AND s.system_id = q.system_id
JOIN credential c ON c.tenant_id = q.tenant_id AND c.credential_id = q.credential_id
WHERE NOT EXISTS (SELECT 1 FROM quarantine_outcome o WHERE o.tenant_id = q.tenant_id AND o.system_id = q.system_id AND o.response_id = q.response_id AND o.revision = q.revision)
ORDER BY q.received_at, q.receipt_id, q.position
"""


async def replay_quarantine(
    committer: Committer, connection: asyncpg.Connection, catalogues: Catalogues
) -> dict[str, int]:
    """Checks every waiting item again; returns how many ended how (`waiting` for those that still wait)."""
    outcomes: dict[str, int] = {}
    for row in await connection.fetch(_WAITING):
        outcome = await _replay(committer, row, catalogues)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return outcomes


async def _replay(committer: Committer, row: asyncpg.Record, catalogues: Catalogues) -> str:
    caller = Caller(
        row["tenant_id"],
        row["credential_id"],
        row["principal_id"],
        row["system_id"],
        row["realm"],
        frozenset(row["scopes"]),
        frozenset(row["scope_unit_ids"]),
        dt.datetime.max.replace(tzinfo=dt.UTC),
        row["personal_data"],
        json.loads(row["respondent_kinds"]),
    )
    item = check_item(json.loads(row["body"]), personal_data=caller.personal_data, position=row["position"])
    said: Meaning | Unknown | Unfit | Refused
    if isinstance(item, Refused):
        # A stored body is a fixed point of the checks that kept it; later ones may be stricter.
        said = item
    else:
        item.as_given = json.loads(row["detail"]).get("as_given", {})
        said = interpret(item, caller, catalogues)
    if isinstance(said, Unknown):
        return "waiting"
    return await committer.committed(lambda connection: _end(connection, row, caller, said))


async def _end(
    connection: asyncpg.Connection, row: asyncpg.Record, caller: Caller, said: Meaning | Unfit | Refused
) -> str:
    now = await recording_instant(connection)
    key = (row["tenant_id"], row["system_id"], row["response_id"])
    # Another process may check the same item: the second waits here and then finds it ended.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"quarantine/{key}")
    still = (await quarantine.held_under(connection, [key])).get(key)
    if still is None or still.withdrawn or still.revision != row["revision"]:
        return "ended_meanwhile"
    if not isinstance(said, Meaning):
        await quarantine.end(connection, key, row["revision"], "rejected_later", said.findings, now)
        return "rejected_later"
    new = NewResponse(caller, row["receipt_id"], row["position"], row["received_at"], said, row["digest"])
    if "replaces" in said.item.content:
        return await _end_correction(connection, new, row["revision"], now)
    if new.key not in await append_responses(connection, [new], now):
        return await _already_stored(connection, new, row["revision"], now)
    outcome, counted = await _take_slot(connection, new, now)
    await append_deltas(connection, counted, now)
    await quarantine.end(connection, key, row["revision"], outcome, [], now)
    return outcome


async def _take_slot(connection: asyncpg.Connection, new: NewResponse, now: dt.datetime) -> tuple[str, list[Counted]]:
    """A released item that finds its slot taken becomes a kept repeat."""
    slot_key, caller = new.meaning.slot_key, new.caller
    if slot_key is not None:
        slot = (new.key[0], caller.realm, slot_key)
        holder = (await claim_slots(connection, [(slot, new.key)]))[slot]
        if holder != new.key:
            repeat = Change(
                new.key,
                caller.realm,
                "repeat",
                -1,
                caller.credential_id,
                caller.principal_id,
                new.received_at,
                new.position,
                slot_key,
                None,
                holder,
            )
            await append_changes(connection, [repeat], now)
            return "repeat", []
    return "released", [new.counted(1)]


async def _end_correction(connection: asyncpg.Connection, new: NewResponse, revision: int, now: dt.datetime) -> str:
    if (await stored_under(connection, [new.key])).get(new.key) is not None:
        return await _already_stored(connection, new, revision, now)
    fault, counted = await correct(connection, new, now)
    if fault is not None:
        await quarantine.end(connection, new.key, revision, "rejected_later", [replace(fault, retry=False)], now)
        return "rejected_later"
    await append_deltas(connection, counted, now)
    await quarantine.end(connection, new.key, revision, "released", [], now)
    return "released"


async def _already_stored(connection: asyncpg.Connection, new: NewResponse, revision: int, now: dt.datetime) -> str:
    """The id was stored meanwhile by a direct post: the waiting item gives way to it."""
    await quarantine.end(
        connection,
        new.key,
        revision,
        "superseded",
        [Finding("stored_meanwhile", "response_id", "A response was stored under this id by a later post.")],
        now,
    )
    return "superseded"

"""The use case: items of one or more requests are stored in one transaction and each gets its verdict.

Order of the contract: decode -> privacy -> shape -> scope (all before this module) -> identity -> time window ->
catalogue -> slot. An id already claimed is answered `duplicate` or `conflict` whatever the clock or the catalogue says
today; only a still quarantined id with other content goes on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import asyncpg

from parindex.db.clock import recording_instant
from parindex.errors import Finding
from survey_ingest import quarantine
from survey_ingest.changes import Change, append_changes, append_deltas
from survey_ingest.correct import correct
from survey_ingest.devices import note_devices
from survey_ingest.facts import Key, NewResponse, SlotId, Stored, append_responses, stored_under
from survey_ingest.interpret import Meaning, Unfit, Unknown
from survey_ingest.item import Refused
from survey_ingest.run import Entry, Request, Run, append_receipts, append_refusals, time_fault
from survey_ingest.slots import claim_slots
from survey_ingest.verdicts import Result, receipt_text


async def submit(
    connection: asyncpg.Connection, requests: Sequence[Request], *, now: dt.datetime | None = None
) -> list[list[Result]]:
    """Stores the items of the requests; the verdicts of each request in the order sent.

    Runs inside the caller's transaction and may be run again after a rollback. `now` (UTC) stands in for the
    database's clock. Commit before any verdict leaves.
    """
    run = Run(connection, await recording_instant(connection) if now is None else now)
    waves: list[list[Entry]] = [[], []]
    newest: dict[Key, bytes] = {}
    in_wave: set[Key] = set()
    corrections: list[Entry] = []
    late_keys: set[Key] = set()
    for request in requests:
        for position, said in enumerate(request.items):
            if isinstance(said, Refused):
                said.position = position
                run.refuse_at(request, said)
                continue
            item = said.item
            key = (request.caller.tenant_id, request.caller.system_id or 0, item.response_id)
            entry = Entry(request, position, said, item, item.digest(), key)
            if "replaces" in item.content or key in late_keys:
                late_keys.add(key)
                corrections.append(entry)
                continue
            if newest.get(key) == entry.digest:
                # The same again changes nothing: it is answered once its wave is stored.
                waves[-1].append(entry)
                continue
            if key in in_wave:
                # Other content under an id of this wave: whatever follows must find the ids and slots that it took.
                waves += [[], []]
                in_wave = set()
            newest[key] = entry.digest
            in_wave.add(key)
            waves[-2].append(entry)
    for entries in (*waves, *([entry] for entry in corrections)):
        if entries:
            await _store(run, entries)
    await note_devices(connection, run.kept, run.now)
    await append_deltas(connection, run.counted, run.now)
    await append_refusals(run)
    return await append_receipts(run, requests)


async def _store(run: Run, entries: list[Entry]) -> None:
    """Stores entries in the order sent; their ids are distinct, or were all claimed or refused before."""
    waiting = await quarantine.held_under(run.connection, [entry.key for entry in entries])
    storable: list[Entry] = []
    doubtful: list[tuple[Entry, Finding | None]] = []
    for entry in entries:
        held = waiting.get(entry.key)
        if held is not None and (held.withdrawn or held.digest == entry.digest):
            run.answer_claimed(
                entry,
                held.digest,
                receipt_text(held.receipt_id, held.position),
                state="withdrawn" if held.withdrawn else "quarantined",
            )
            continue
        fault = time_fault(entry.item, entry.request.caller, run.now)
        if fault or not isinstance(entry.said, Meaning) or "replaces" in entry.item.content:
            doubtful.append((entry, fault))
        else:
            storable.append(entry)
    known: dict[Key, Stored] = {}
    if doubtful:
        known = await stored_under(run.connection, [entry.key for entry, _ in doubtful])
        for entry, fault in doubtful:
            if entry.key in known:
                continue  # answered in its turn
            if fault:
                run.refuse(entry, [fault])
            elif isinstance(entry.said, Unfit):
                run.refuse(entry, entry.said.findings)
            elif isinstance(entry.said, Unknown):
                await _quarantine(run, entry, entry.said, waiting.get(entry.key))
            else:
                await _correct(run, entry)
                await _supersede(run, [entry], waiting)
    storable_or_known = {id(entry) for entry in storable} | {id(entry) for entry, _ in doubtful if entry.key in known}
    await _count(run, [entry for entry in entries if id(entry) in storable_or_known], known)
    await _supersede(run, storable, waiting)


async def _quarantine(run: Run, entry: Entry, unknown: Unknown, held: quarantine.Held | None) -> None:
    await quarantine.keep(
        run.connection,
        entry.request.caller,
        unknown,
        entry.digest,
        entry.request.receipt_id,
        entry.position,
        run.now,
        supersedes=held,
    )
    run.kept.append((entry.request.caller, entry.item))
    run.answer(entry, "quarantined", state="quarantined", findings=(unknown.finding,))


async def _supersede(run: Run, entries: list[Entry], waiting: dict[Key, quarantine.Held]) -> None:
    """What was stored under an id that waited in quarantine with other content supersedes it."""
    for entry in entries:
        held = waiting.get(entry.key)
        result = run.results.get((entry.request.receipt_id, entry.position))
        if held is not None and result is not None and result.verdict in ("accepted", "repeat"):
            await quarantine.end(run.connection, entry.key, held.revision, "superseded", [], run.now)


def _new(run: Run, entry: Entry) -> NewResponse:
    assert isinstance(entry.said, Meaning)
    return NewResponse(
        entry.request.caller, entry.request.receipt_id, entry.position, run.now, entry.said, entry.digest
    )


async def _count(run: Run, entries: list[Entry], known: dict[Key, Stored]) -> None:
    """Claims ids, then slots; what wins both counts, what wins only its id is kept as a repeat.

    `known`: what is stored under the ids that were looked up already; they are only answered.
    """
    news = [None if entry.key in known else _new(run, entry) for entry in entries]
    claimed = await append_responses(run.connection, [new for new in news if new is not None], run.now)
    if lost := [new.key for new in news if new is not None and new.key not in claimed]:
        known = known | await stored_under(run.connection, lost)
    wanted: dict[SlotId, Key] = {}
    for new in news:
        if new is not None and new.key in claimed and (slot := new.slot) is not None:
            wanted.setdefault(slot, new.key)
    holders = await claim_slots(run.connection, list(wanted.items()))
    taken: dict[SlotId, str] = {}
    repeats: list[Change] = []
    for entry, new in zip(entries, news, strict=True):
        if new is None or new.key not in claimed:
            stored = known[entry.key]
            # A slot that was free may have been taken by an item before this one.
            now_counts = stored.counts if stored.slot is None else stored.counts or taken.get(stored.slot)
            run.answer_stored(entry, stored, counts=now_counts)
            continue
        caller, slot = new.caller, new.slot
        run.kept.append((caller, new.meaning.item))
        holder = holders[slot] if slot is not None else new.key
        if holder == new.key:
            if slot is not None:
                taken[slot] = holder[2]
            run.counted.append(new.counted(1))
            run.answer(entry, "accepted", state="counted", counted=True, counts=entry.item.response_id)
        else:
            repeats.append(
                Change(
                    new.key,
                    caller.realm,
                    "repeat",
                    -1,
                    caller.credential_id,
                    caller.principal_id,
                    run.now,
                    entry.position,
                    new.meaning.slot_key,
                    None,
                    holder,
                )
            )
            run.answer(entry, "repeat", state="repeat", counts=holder[2])
    await append_changes(run.connection, repeats, run.now)


async def _correct(run: Run, entry: Entry) -> None:
    new = _new(run, entry)
    fault, changes = await correct(run.connection, new, run.now)
    if fault is not None:
        run.refuse(entry, [fault])
        return
    run.kept.append((new.caller, new.meaning.item))
    run.counted.extend(changes)
    run.answer(entry, "accepted", state="counted", counted=True, counts=entry.item.response_id)

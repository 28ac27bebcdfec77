"""The use case: items of one or more requests are stored in one transaction and each gets its verdict.

Order of the contract: decode -> privacy -> shape -> scope (all before this module) -> identity -> time window ->
catalogue -> slot. An id already claimed is answered `duplicate` or `conflict` whatever the clock or the catalogue says
today; only a still quarantined id with other content goes on.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from parindex.db.clock import recording_instant
from parindex.engine.period import local_day
from parindex.errors import Finding
from parindex.web.auth import Caller
from survey_ingest import quarantine, times
from survey_ingest.correct import correct
from survey_ingest.counts import Counted
from survey_ingest.devices import note_devices
from survey_ingest.facts import Change, Key, NewResponse, Stored, append_changes, append_deltas, append_responses, new_id, stored_under
from survey_ingest.interpret import Meaning, Unfit, Unknown
from survey_ingest.item import Item, Refused
from survey_ingest.slots import SlotId, claim_slots
from survey_ingest.verdicts import Result, Verdict, models, receipt_text


@dataclass(slots=True)
class Request:
    """What one HTTP request brought: its caller and its interpreted items in the order sent."""

    caller: Caller
    items: Sequence[Meaning | Unknown | Unfit | Refused]
    receipt_id: UUID = field(default_factory=new_id)


@dataclass(slots=True)
class _Entry:
    request: Request
    position: int
    said: Meaning | Unknown | Unfit
    item: Item
    digest: bytes
    key: Key


@dataclass(slots=True)
class _Run:
    """What one transaction collects."""

    connection: asyncpg.Connection
    now: dt.datetime
    results: dict[tuple[UUID, int], Result] = field(default_factory=dict)
    counted: list[Counted] = field(default_factory=list)
    stored: list[NewResponse] = field(default_factory=list)
    refusals: list[tuple[Request, Refused]] = field(default_factory=list)

    def answer(self, entry: _Entry, verdict: Verdict, *, state: str | None, counted: bool = False, counts: str | None = None, receipt: str | None = None, findings: Sequence[Finding] = ()) -> None:
        self.results[entry.request.receipt_id, entry.position] = Result(
            entry.item.response_id,
            verdict,
            receipt or receipt_text(entry.request.receipt_id, entry.position),
            state,  # type: ignore[arg-type]
            counted,
            counts,
            models(entry.item.warnings),
            models(list(findings)),
        )

    def refuse(self, entry: _Entry, findings: list[Finding]) -> None:
        refused = Refused(findings, entry.item.response_id, entry.item.warnings, entry.position)
        self.refuse_at(entry.request, refused)

    def refuse_at(self, request: Request, refused: Refused) -> None:
        self.refusals.append((request, refused))
        self.results[request.receipt_id, refused.position] = Result(
            refused.response_id, "refused", receipt_text(request.receipt_id, refused.position), None, False, None, models(refused.warnings), models(refused.findings)
        )

    def answer_stored(self, entry: _Entry, stored: Stored) -> None:
        """`duplicate` or `conflict`, naming the first receipt of the id."""
        row = stored.row
        same = bytes(row["digest"]) == entry.digest
        findings = () if same else (Finding("id_taken", "response_id", "Another content was received under this response_id.", "A correction has a new response_id and names this one in replaces."),)
        self.answer(
            entry,
            "duplicate" if same else "conflict",
            state=stored.state,
            counted=stored.counted,
            counts=stored.counts,
            receipt=receipt_text(row["receipt_id"], row["position"]),
            findings=findings,
        )


async def submit(connection: asyncpg.Connection, requests: Sequence[Request], *, now: dt.datetime | None = None) -> list[list[Result]]:
    """Stores the items of the requests; the verdicts of each request in the order sent.

    Runs inside the caller's transaction and may be run again after a rollback. `now` (UTC) stands in for the
    database's clock. Commit before any verdict leaves.
    """
    run = _Run(connection, await recording_instant(connection) if now is None else now)
    plain: list[list[_Entry]] = []
    corrections: list[_Entry] = []
    seen: Counter[Key] = Counter()
    late_keys: set[Key] = set()
    for request in requests:
        for position, said in enumerate(request.items):
            if isinstance(said, Refused):
                said.position = position
                run.refuse_at(request, said)
                continue
            item = said.item
            key = (request.caller.tenant_id, request.caller.system_id or 0, item.response_id)
            entry = _Entry(request, position, said, item, item.digest(), key)
            if "replaces" in item.content or key in late_keys:
                late_keys.add(key)
                corrections.append(entry)
                continue
            wave = seen[key]
            seen[key] += 1
            if wave == len(plain):
                plain.append([])
            plain[wave].append(entry)
    for entries in plain:
        await _store(run, entries)
    for entry in corrections:
        await _store(run, [entry])
    await note_devices(connection, run.stored, run.now)
    await append_deltas(connection, run.counted, run.now)
    await _append_refusals(run)
    return await _append_receipts(run, requests)


def time_fault(item: Item, caller: Caller, now: dt.datetime) -> Finding | None:
    """Why `answered_at` is outside the window that this credential may send, or None."""
    if item.answered_at > now + times.AHEAD:
        return Finding("answered_in_future", "answered_at", f"answered_at is more than 5 minutes ahead of our clock ({now.isoformat(timespec='seconds')}).", "Compare the device's clock with GET /v1/time.", retry=True)
    if item.answered_at < now - times.OLDEST and "backfill" not in caller.scopes:
        return Finding("answered_too_long_ago", "answered_at", "answered_at is more than 400 days old.", "Older responses need a credential with scope backfill.")
    return None


async def _store(run: _Run, entries: list[_Entry]) -> None:
    """Stores entries with distinct ids, in the order sent."""
    waiting = await quarantine.open_under(run.connection, [entry.key for entry in entries])
    storable: list[_Entry] = []
    doubtful: list[tuple[_Entry, Finding | None]] = []
    for entry in entries:
        held = waiting.get(entry.key)
        if held is not None and held.digest == entry.digest:
            run.answer(entry, "duplicate", state="quarantined", receipt=receipt_text(held.receipt_id, held.position))
            continue
        fault = time_fault(entry.item, entry.request.caller, run.now)
        if fault or not isinstance(entry.said, Meaning) or "replaces" in entry.item.content:
            doubtful.append((entry, fault))
        else:
            storable.append(entry)
    if doubtful:
        known = await stored_under(run.connection, [entry.key for entry, _ in doubtful])
        for entry, fault in doubtful:
            if (stored := known.get(entry.key)) is not None:
                run.answer_stored(entry, stored)
            elif fault:
                run.refuse(entry, [fault])
            elif isinstance(entry.said, Unfit):
                run.refuse(entry, entry.said.findings)
            elif isinstance(entry.said, Unknown):
                await _quarantine(run, entry, entry.said)
            else:
                await _correct(run, entry)
                await _supersede(run, [entry], waiting)
    await _count(run, storable)
    await _supersede(run, storable, waiting)


async def _quarantine(run: _Run, entry: _Entry, unknown: Unknown) -> None:
    kept = await quarantine.keep(run.connection, entry.request.caller, unknown, entry.digest, entry.request.receipt_id, entry.position, run.now)
    if not kept:
        raise asyncpg.SerializationError("the same id was quarantined at the same time")
    run.answer(entry, "quarantined", state="quarantined", findings=(unknown.finding,))


async def _supersede(run: _Run, entries: list[_Entry], waiting: dict[Key, quarantine.OpenItem]) -> None:
    """What was stored under an id that waited in quarantine with other content supersedes it."""
    for entry in entries:
        held = waiting.get(entry.key)
        result = run.results.get((entry.request.receipt_id, entry.position))
        if held is not None and result is not None and result.verdict in ("accepted", "repeat"):
            await quarantine.end(run.connection, entry.key, held.revision, "superseded", [], run.now)


def _new(run: _Run, entry: _Entry) -> NewResponse:
    assert isinstance(entry.said, Meaning)
    return NewResponse(entry.request.caller, entry.request.receipt_id, entry.position, run.now, entry.said, entry.digest)


async def _count(run: _Run, entries: list[_Entry]) -> None:
    """Claims ids, then slots; what wins both counts, what wins only its id is kept as a repeat."""
    news = [_new(run, entry) for entry in entries]
    claimed = await append_responses(run.connection, news, run.now)
    lost = [entry for entry in entries if entry.key not in claimed]
    if lost:
        known = await stored_under(run.connection, [entry.key for entry in lost])
        for entry in lost:
            run.answer_stored(entry, known[entry.key])
    wanted: dict[SlotId, Key] = {}
    for new in news:
        if new.key in claimed and new.meaning.slot_key is not None:
            wanted.setdefault((new.key[0], new.caller.realm, new.meaning.slot_key), new.key)
    holders = await claim_slots(run.connection, list(wanted.items()))
    repeats: list[Change] = []
    for entry, new in zip(entries, news, strict=True):
        if new.key not in claimed:
            continue
        run.stored.append(new)
        slot_key = new.meaning.slot_key
        holder = holders[new.key[0], new.caller.realm, slot_key] if slot_key is not None else new.key
        if holder == new.key:
            run.counted.append(new.counted(1))
            run.answer(entry, "accepted", state="counted", counted=True, counts=entry.item.response_id)
        else:
            caller = new.caller
            repeats.append(Change(new.key, caller.realm, "repeat", -1, caller.credential_id, caller.principal_id, run.now, entry.position, slot_key, None, holder))
            run.answer(entry, "repeat", state="repeat", counts=holder[2])
    await append_changes(run.connection, repeats, run.now)


async def _correct(run: _Run, entry: _Entry) -> None:
    new = _new(run, entry)
    fault, changes = await correct(run.connection, new, run.now)
    if fault is not None:
        run.refuse(entry, [fault])
        return
    run.stored.append(new)
    run.counted.extend(changes)
    run.answer(entry, "accepted", state="counted", counted=True, counts=entry.item.response_id)


async def _append_refusals(run: _Run) -> None:
    if not run.refusals:
        return
    rows = [
        (
            request.caller.tenant_id,
            request.receipt_id,
            refused.position,
            request.caller.system_id,
            run.now,
            refused.response_id,
            [finding.field for finding in refused.findings],
            [finding.code for finding in refused.findings],
        )
        for request, refused in run.refusals
    ]
    await run.connection.executemany("INSERT INTO refusal (tenant_id, receipt_id, position, system_id, received_at, response_id, fields, codes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", rows)


async def _append_receipts(run: _Run, requests: Sequence[Request]) -> list[list[Result]]:
    """One receipt row a request, in the transaction of its responses: the balance is their sum."""
    answers: list[list[Result]] = []
    rows = []
    day = local_day(run.now)
    for request in requests:
        results = [run.results[request.receipt_id, position] for position in range(len(request.items))]
        answers.append(results)
        tally = Counter(result.verdict for result in results)
        caller = request.caller
        rows.append(
            (caller.tenant_id, request.receipt_id, caller.system_id, caller.realm, caller.credential_id, run.now, day, len(results))
            + tuple(tally[verdict] for verdict in ("accepted", "duplicate", "repeat", "quarantined", "conflict", "refused"))
        )
    await run.connection.execute(
        "INSERT INTO receipt (tenant_id, receipt_id, system_id, realm, credential_id, received_at, local_day, items, accepted, duplicate, repeat, quarantined, conflict, refused)"
        " SELECT * FROM unnest($1::int[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::timestamptz[], $7::date[], $8::int[], $9::int[], $10::int[], $11::int[], $12::int[], $13::int[], $14::int[])",
        *zip(*rows, strict=True),
    )
    return answers

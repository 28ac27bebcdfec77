"""The use case: the dossiers of one request are stored in one transaction, every received version is kept.

A version takes the number after its dossier's newest one; the same content as the newest is a duplicate. Two senders of
the same dossiers at once take the same numbers: the second one waits in the table's key for the first to end, and then
begins anew (`Overtaken`). Versions are stored in key order, so that they wait for each other instead of deadlocking.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec

from parindex.db.clock import recording_instant
from parindex.errors import Finding
from parindex.units.catalogue import UnitCatalogue
from parindex.web.auth import Caller
from survey_ingest.commit import Overtaken
from survey_ingest.dossiers.findings import finding
from survey_ingest.dossiers.reach import beyond_reach, key_of
from survey_ingest.dossiers.read_record import Record, RefusedRecord
from survey_ingest.dossiers.receipts import Outcome, leave_behind
from survey_ingest.dossiers.unit_of import Place
from survey_ingest.dossiers.version_lines import copy_versions, written
from survey_ingest.facts import new_id

_NEWEST = """
SELECT k, v.version_no, v.digest FROM unnest(string_to_array($3, E'\\n')) AS k
CROSS JOIN LATERAL (SELECT version_no, digest FROM dossier_version
  WHERE tenant_id = $1 AND realm = $2 AND dossier_key = k ORDER BY version_no DESC LIMIT 1) AS v
"""
"""Keys one a line (they are printable): one value is sent faster than a hundred."""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A readable record of the caller's scope, ready to be stored: its line, and what the answer says of it."""

    position: int
    dossier_code: str
    findings: list[Finding]
    dropped: list[str]
    key: str
    digest: bytes
    line: bytes
    """What of the version's line the record says."""


def entry_of(record: Record, place: Place, caller: Caller) -> Entry:
    """The record with its key, its digest and its line."""
    code = record.said.dossier_code
    key = code if record.agency else key_of(code, caller)
    return Entry(record.position, code, record.findings, record.dropped, key, *written(record, place, key))


async def store_dossiers(
    connection: asyncpg.Connection,
    caller: Caller,
    sent: Sequence[Entry | RefusedRecord],
    units: UnitCatalogue,
    *,
    updating: bool | None,
    now: dt.datetime | None = None,
) -> list[Outcome]:
    """Stores the dossiers of one request; their outcomes in the order sent.

    `updating` is the request's `isUpdating`: False leaves a known dossier of other content as it is (`exists`). Runs
    inside the caller's transaction and may be run again after a rollback; the same request again stores nothing.
    Commit before any answer leaves. `now` (UTC) stands in for the database's clock. Raises Overtaken.
    """
    recorded_at = await recording_instant(connection) if now is None else now
    receipt_id = new_id()
    outcomes: list[Outcome] = []
    ours: list[tuple[Entry, Outcome]] = []
    for one in sent:
        if isinstance(one, Entry):
            outcome = Outcome(one.position, "duplicate", one.dossier_code, None, one.findings, one.dropped)
            ours.append((one, outcome))
        else:
            outcome = Outcome(one.position, "refused", one.dossier_code, None, one.findings, one.dropped)
        outcomes.append(outcome)
    foreign = await beyond_reach(connection, caller, {entry.key for entry, _ in ours}, units, recorded_at)
    if foreign:
        for entry, outcome in ours:
            if entry.key in foreign:
                outcome.verdict, outcome.findings = "refused", [finding("unit_out_of_scope", "MaHoSo")]
        ours = [pair for pair in ours if pair[0].key not in foreign]
    replayed = await _replayed(connection, caller, [entry for entry, _ in ours])
    touched: list[str] = []
    for wave in _waves([pair for pair in ours if pair[0].key not in replayed]):
        touched += await _store(connection, caller, wave, updating, receipt_id, recorded_at)
    await leave_behind(connection, caller, "dossier", receipt_id, outcomes, touched, recorded_at)
    return outcomes


def _waves(entries: list[tuple[Entry, Outcome]]) -> list[list[tuple[Entry, Outcome]]]:
    """Each dossier at most once in a wave, its records in the order sent over the waves; each wave in key order."""
    if len({pair[0].key for pair in entries}) == len(entries):
        return [sorted(entries, key=lambda pair: pair[0].key)] if entries else []
    seen: Counter[str] = Counter()
    waves: list[list[tuple[Entry, Outcome]]] = []
    for pair in entries:
        number = seen[pair[0].key]
        seen[pair[0].key] += 1
        if number == len(waves):
            waves.append([])
        waves[number].append(pair)
    for wave in waves:
        wave.sort(key=lambda pair: pair[0].key)
    return waves


async def _store(
    connection: asyncpg.Connection,
    caller: Caller,
    wave: list[tuple[Entry, Outcome]],
    updating: bool | None,
    receipt_id: Any,
    recorded_at: dt.datetime,
) -> list[str]:
    """Stores one wave and notes its outcomes; the keys of what was stored. Raises Overtaken."""
    keys = "\n".join([entry.key for entry, _ in wave])
    newest = {row[0]: row for row in await connection.fetch(_NEWEST, caller.tenant_id, caller.realm, keys)}
    numbered: list[tuple[int, bytes]] = []
    stored: list[str] = []
    for entry, outcome in wave:
        known = newest.get(entry.key)
        if known is None:
            number = 1
        elif known[2] == entry.digest:
            continue
        elif updating is False:
            outcome.verdict, outcome.findings = "exists", [finding("dossier_exists", "MaHoSo")]
            continue
        else:
            number = known[1] + 1
        outcome.verdict, outcome.version_no = "stored", number
        numbered.append((number, entry.line))
        stored.append(entry.key)
    if numbered:
        request = caller.tenant_id, caller.realm, caller.system_id, str(receipt_id), recorded_at
        try:
            await copy_versions(connection, request, numbered)
        except asyncpg.UniqueViolationError:
            raise Overtaken from None
    return stored


async def _replayed(connection: asyncpg.Connection, caller: Caller, entries: list[Entry]) -> set[str]:
    """Dossiers that stand several times in this request and whose stored history ends with exactly these contents.

    Without this a request sent again after a lost answer would store the first of its versions anew, and the dossier
    would seem to move backwards.
    """
    if len({entry.key for entry in entries}) == len(entries):
        return set()
    sequences: defaultdict[str, list[bytes]] = defaultdict(list)
    times: Counter[str] = Counter()
    for entry in entries:
        times[entry.key] += 1
        if not sequences[entry.key] or sequences[entry.key][-1] != entry.digest:
            sequences[entry.key].append(entry.digest)
    repeated = sorted(key for key, number in times.items() if number > 1)
    if not repeated:
        return set()
    # Two such requests at once must see each other's whole sequence; taken in order and before any row's lock.
    for key in repeated:
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"dossier/{caller.tenant_id}/{caller.realm}/{key}"
        )
    rows = await connection.fetch(
        "SELECT dossier_key, digest FROM dossier_version WHERE tenant_id = $1 AND realm = $2 AND dossier_key = ANY($3::text[]) ORDER BY dossier_key, version_no",
        caller.tenant_id,
        caller.realm,
        repeated,
    )
    stored: defaultdict[str, list[bytes]] = defaultdict(list)
    for key, digest in rows:
        stored[key].append(bytes(digest))
    return {key for key in repeated if stored[key][-len(sequences[key]) :] == sequences[key]}

"""The use case: the dossiers of one request are stored in one transaction, every received version is kept.

A version takes the number after its dossier's newest one; the same content as the newest is a duplicate. Two senders of
the same dossiers at once take the same numbers: the second one waits in the table's key for the first to end, and then
begins anew, alone (`Overtaken`). Versions are stored in key order, so that they wait for each other instead of deadlocking.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence

import asyncpg
import msgspec

from parindex.db.clock import recording_instant
from parindex.errors import Finding
from parindex.units.catalogue import UnitCatalogue
from parindex.web.auth import Caller
from survey_ingest.commit import Overtaken
from survey_ingest.dossiers.findings import finding
from survey_ingest.dossiers.reach import foreign_of, key_of, newest_of
from survey_ingest.dossiers.read_record import Record, RefusedRecord
from survey_ingest.dossiers.receipts import Outcome, leave_behind
from survey_ingest.dossiers.unit_of import Place
from survey_ingest.dossiers.version_lines import copy_versions, written
from survey_ingest.facts import new_id

_HISTORY = """
SELECT dossier_key, digest FROM dossier_version
WHERE tenant_id = $1 AND realm = $2 AND dossier_key = ANY($3::text[]) ORDER BY dossier_key, version_no
"""


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
    turn = f"dossiers/{caller.tenant_id}/{caller.realm}"
    recorded_at = await recording_instant(connection, turn) if now is None else now
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
    keys = {entry.key for entry, _ in ours}
    replayed = await _replayed(connection, caller, [entry for entry, _ in ours]) if len(keys) < len(ours) else set()
    known = await newest_of(connection, caller, keys)
    foreign = foreign_of(known, caller, units, recorded_at)
    stands = {key: (one["version_no"], one["digest"]) for key, one in known.items()}
    numbered: list[tuple[str, int, bytes]] = []
    for entry, outcome in ours:
        number, digest = stands.get(entry.key, (0, b""))
        if entry.key in foreign:
            outcome.verdict, outcome.findings = "refused", [finding("unit_out_of_scope", "MaHoSo")]
        elif digest == entry.digest or entry.key in replayed:
            pass
        elif number and updating is False:
            outcome.verdict, outcome.findings = "exists", [finding("dossier_exists", "MaHoSo")]
        else:
            outcome.verdict, outcome.version_no = "stored", number + 1
            stands[entry.key] = number + 1, entry.digest
            numbered.append((entry.key, number + 1, entry.line))
    if numbered:
        numbered.sort()
        request = caller.tenant_id, caller.realm, caller.system_id, str(receipt_id), recorded_at
        try:
            await copy_versions(connection, request, numbered)
        except asyncpg.UniqueViolationError:
            raise Overtaken(turn) from None
    touched = [key for key, _, _ in numbered]
    await leave_behind(connection, caller, "dossier", receipt_id, outcomes, touched, recorded_at)
    return outcomes


async def _replayed(connection: asyncpg.Connection, caller: Caller, entries: list[Entry]) -> set[str]:
    """Dossiers that stand several times in this request and whose stored history ends with exactly these contents.

    Without this a request sent again after a lost answer would store the first of its versions anew, and the dossier
    would seem to move backwards.
    """
    sequences: defaultdict[str, list[bytes]] = defaultdict(list)
    times = Counter(entry.key for entry in entries)
    for entry in entries:
        if not sequences[entry.key] or sequences[entry.key][-1] != entry.digest:
            sequences[entry.key].append(entry.digest)
    repeated = sorted(key for key, number in times.items() if number > 1)
    # Two such requests at once must see each other's whole sequence; taken in order and before any row is stored.
    for key in repeated:
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"dossier/{caller.tenant_id}/{caller.realm}/{key}"
        )
    stored: defaultdict[str, list[bytes]] = defaultdict(list)
    for key, digest in await connection.fetch(_HISTORY, caller.tenant_id, caller.realm, repeated):
        stored[key].append(digest)
    return {key for key in repeated if stored[key][-len(sequences[key]) :] == sequences[key]}

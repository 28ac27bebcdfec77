"""Inserts responses, later changes and their deltas as survey-ingest does: plain SQL, keyword overrides."""

import datetime as dt
import itertools
import json
import uuid
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

DEFAULTS = {
    "tenant_id": 990000,
    "system_id": 1,
    "realm": "synthetic",
    "unit_id": 990001,
    "instrument": "KIOSK3",
    "version": "1",
    "day": dt.date(2026, 3, 10),
    "recorded_at": None,
    "answers": (5,),
    "weight": None,
    "service_channel": "direct",
    "collected_via": "kiosk",
    "mode": "self",
    "stage": "result",
    "respondent_kind": "citizen",
    "field_base": "G01",
    "procedure_base": "1.000894",
}
_numbers = itertools.count(1)
_ROW = [
    "tenant_id",
    "system_id",
    "response_id",
    "realm",
    "receipt_id",
    "position",
    "received_at",
    "recorded_at",
    "answered_at",
    "local_day",
    "unit_id",
    "instrument_version_id",
    "stage",
    "collected_via",
    "mode",
    "service_channel",
    "respondent_kind",
    "answers",
    "weight",
    "procedure_base",
    "field_base",
    "digest",
    "digest_version",
]
_KEY = [
    "tenant_id",
    "realm",
    "unit_id",
    "instrument_version_id",
    "local_day",
    "service_channel",
    "collected_via",
    "mode",
    "stage",
    "respondent_kind",
    "field_base",
]


@dataclass
class Fact:
    """A response as it was inserted."""

    columns: dict = field(default_factory=dict)

    @property
    def id(self):
        return self.columns["response_id"]

    def cells(self):
        """(column, code) -> 1, or the weight."""
        codes = [-3 if stored is None else -4 if stored <= -100 else stored for stored in self.columns["answers"]]
        return [(0, 0), *enumerate(codes, 1)]


async def version_id(connection, instrument, version):
    return await connection.fetchval(
        "SELECT instrument_version_id FROM instrument_version WHERE instrument = $1 AND version = $2",
        instrument,
        version,
    )


async def respond(connection, *, delta=True, **overrides):
    """One counted response with its delta row; `day` is the local day, `recorded_at` defaults to noon of it."""
    given = {**DEFAULTS, **overrides}
    noon = dt.datetime.combine(given.pop("day"), dt.time(5), dt.UTC)
    recorded = given.pop("recorded_at") or noon
    version = await version_id(connection, given.pop("instrument"), given.pop("version"))
    columns = {
        "response_id": f"r{next(_numbers)}",
        "receipt_id": uuid.uuid4(),
        "position": 0,
        "received_at": recorded,
        "recorded_at": recorded,
        "answered_at": noon,
        "local_day": noon.date(),
        "instrument_version_id": version,
        "digest": b"",
        "digest_version": 1,
        **given,
    }
    columns["answers"] = list(columns["answers"])
    fact = Fact(columns)
    placed = ", ".join(f"${place}" for place in range(1, len(_ROW) + 1))
    async with connection.transaction():
        await connection.execute(
            f"INSERT INTO response ({', '.join(_ROW)}) VALUES ({placed})", *(columns[name] for name in _ROW)
        )
        if delta:
            await enqueue(connection, [(fact, 1)], recorded)
    return fact


async def change(connection, fact, kind, delta, *, recorded_at=None):
    """A later change of whether the response counts, with its delta row."""
    recorded = recorded_at or fact.columns["recorded_at"]
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO response_change (tenant_id, change_id, system_id, response_id, realm, kind, delta, received_at, position,"
            " recorded_at, credential_id, principal_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, 'c', 1)",
            fact.columns["tenant_id"],
            uuid.uuid4(),
            fact.columns["system_id"],
            fact.id,
            fact.columns["realm"],
            kind,
            delta,
            fact.columns["received_at"],
            recorded,
        )
        if delta:
            await enqueue(connection, [(fact, delta)], recorded)


async def enqueue(connection, moved, recorded_at):
    """One delta row per group of equal keys, as one ingest transaction writes them."""
    groups = {}
    for fact, sign in moved:
        counts = groups.setdefault(tuple(fact.columns[name] for name in _KEY), {})
        weight = fact.columns["weight"] or Decimal(1)
        for item, code in fact.cells():
            cell = (fact.columns["procedure_base"], item, code)
            n, w, w2 = counts.get(cell, (0, 0, 0))
            counts[cell] = (n + sign, w + sign * weight, w2 + sign * weight * weight)
    for key, counts in groups.items():
        columns = ", ".join([*_KEY, "recorded_at", "procedures", "items", "codes", "n", "w", "w2"])
        await connection.execute(
            f"INSERT INTO response_delta ({columns}) VALUES ({', '.join(f'${place}' for place in range(1, len(_KEY) + 8))})",
            *key,
            recorded_at,
            *([cell[place] for cell in counts] for place in range(3)),
            *([amounts[place] for amounts in counts.values()] for place in range(3)),
        )


async def respond_many(connection, distribution, **overrides):
    """Several single-item responses at once: answer value -> how many."""
    return [await respond(connection, answers=(value,), **overrides) for value in Counter(distribution).elements()]


async def document(connection, table, **key):
    """The stored document of the one row with that key, or None."""
    conditions = " AND ".join(f"{name} = ${place}" for place, name in enumerate(key, 1))
    text = await connection.fetchval(f"SELECT document::text FROM {table} WHERE {conditions}", *key.values())
    return None if text is None else json.loads(text)

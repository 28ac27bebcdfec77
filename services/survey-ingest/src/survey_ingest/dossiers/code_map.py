"""A sending system's own map of codes: read from strict YAML, set and shown by the operator, kept on record."""

from __future__ import annotations

import datetime as dt
import json

import asyncpg

from parindex.errors import Invalid, NotFound
from parindex.instruments.strict_yaml import read_strict
from survey_ingest.dossiers.codes import LISTS, checked_codes
from survey_ingest.facts import new_id

CodeMap = dict[str, dict[str, str | None]]


def read_code_map(text: str, file: str) -> CodeMap:
    """The map in a YAML file. Raises Invalid with every fault at once.

    TrangThaiHoSo: {"12": "4", "13": null}   # the vendor's code: the portal's; null: means nothing there
    LoaiDoiTuong: {"0": "1", "1": "2"}
    """
    document = read_strict(text, file)
    document.refuse_faults()
    return checked_codes(document.value)


async def _system(connection: asyncpg.Connection, name: str) -> asyncpg.Record:
    """The sending system of a client id or a name. Raises NotFound or Invalid."""
    rows = await connection.fetch(
        "SELECT DISTINCT s.tenant_id, s.system_id, s.name, s.realm, s.dossier_codes::text FROM sending_system s"
        " LEFT JOIN credential c ON c.tenant_id = s.tenant_id AND c.system_id = s.system_id"
        " WHERE s.name = $1 OR c.credential_id = $1 ORDER BY s.tenant_id, s.system_id",
        name,
    )
    if not rows:
        raise NotFound(
            f"There is no sending system {name}.", code="system_not_found", hint="See: parindex systems list"
        )
    if len(rows) > 1:
        where = ", ".join(f"{row['realm']} of tenant {row['tenant_id']}" for row in rows)
        raise Invalid(
            f"{name} is the name of several systems: {where}.", code="system_ambiguous", hint="Give a client_id."
        )
    return rows[0]


async def code_map_of(connection: asyncpg.Connection, system: str) -> CodeMap:
    """The map that holds for a system, named by client id or name. Raises NotFound or Invalid."""
    held: CodeMap = json.loads((await _system(connection, system))["dossier_codes"])
    return held


async def set_code_map(
    connection: asyncpg.Connection, system: str, codes: CodeMap, *, by: str, now: dt.datetime
) -> bool:
    """Replaces the map of a system within 5 seconds everywhere. False: it held already. Runs inside a transaction.

    Versions of dossiers received before keep what their codes meant then; the same record sent again under a map that
    changes its meaning becomes a new version.
    """
    found = await _system(connection, system)
    before: CodeMap = json.loads(found["dossier_codes"])
    if before == codes:
        return False
    await connection.execute(
        "UPDATE sending_system SET dossier_codes = $3::jsonb WHERE tenant_id = $1 AND system_id = $2",
        found["tenant_id"],
        found["system_id"],
        json.dumps(codes),
    )
    await connection.execute(
        "INSERT INTO credential_event (tenant_id, event_id, credential_id, principal_id, kind, detail, recorded_at)"
        " SELECT tenant_id, $3, credential_id, principal_id, 'dossier_codes_set', $4::jsonb, $5 FROM credential"
        " WHERE tenant_id = $1 AND system_id = $2 ORDER BY created_at DESC LIMIT 1",
        found["tenant_id"],
        found["system_id"],
        new_id(),
        json.dumps({"before": before, "after": codes, "by": by}),
        now,
    )
    return True


def in_words(codes: CodeMap) -> list[str]:
    """The map in lines: field, the vendor's code, the portal's."""
    return [
        f"{field}  {theirs} -> {'nothing' if ours is None else ours}"
        for field in LISTS
        for theirs, ours in codes.get(field, {}).items()
    ]

"""Whose dossier it is: the key under which it is known, and whether the sending system reaches it.

A system of the whole authority reaches every dossier of it. A narrower one (a single commune's) does not touch a
dossier that is known to belong to a unit outside its scope.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

import asyncpg

from parindex.engine.period import local_day
from parindex.units.catalogue import UnitCatalogue
from parindex.web.auth import Caller
from survey_ingest.dossiers.codes import agency_in

_NEWEST = """
SELECT k, v.version_no, v.digest, v.unit_id FROM unnest(string_to_array($3, E'\\n')) AS k
CROSS JOIN LATERAL (SELECT version_no, digest, unit_id FROM dossier_version
  WHERE tenant_id = $1 AND realm = $2 AND dossier_key = k ORDER BY version_no DESC LIMIT 1) AS v
"""
"""Keys one a line (they are printable): one value is sent faster than a hundred."""


def key_of(dossier_code: str, caller: Caller) -> str:
    """The key of a dossier: its code, or, off the national pattern, its code and the sending system: such codes are unique in their own software only."""
    return dossier_code if agency_in(dossier_code) else f"{dossier_code}@{caller.system_id}"


async def newest_of(connection: asyncpg.Connection, caller: Caller, keys: Collection[str]) -> dict[str, asyncpg.Record]:
    """Number, digest and unit of the newest versions of those dossiers that the caller's authority knows in the realm."""
    if not keys:
        return {}
    rows = await connection.fetch(_NEWEST, caller.tenant_id, caller.realm, "\n".join(sorted(keys)))
    return {row["k"]: row for row in rows}


async def beyond_reach(
    connection: asyncpg.Connection, caller: Caller, keys: Collection[str], units: UnitCatalogue, now: dt.datetime
) -> set[str]:
    """Those of the keys that are known dossiers of units outside the caller's scope."""
    if caller.tenant_id in caller.scope_unit_ids:
        return set()
    return foreign_of(await newest_of(connection, caller, keys), caller, units, now)


def foreign_of(known: Mapping[str, asyncpg.Record], caller: Caller, units: UnitCatalogue, now: dt.datetime) -> set[str]:
    """Those of known dossiers that belong to units outside the caller's scope."""
    if caller.tenant_id in caller.scope_unit_ids:
        return set()
    today = local_day(now)
    return {key for key, one in known.items() if not units.in_subtree(caller.scope_unit_ids, one["unit_id"], today)}

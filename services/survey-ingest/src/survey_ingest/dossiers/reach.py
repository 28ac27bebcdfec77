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

_UNITS = """
SELECT k, v.unit_id FROM unnest($3::text[]) AS k
CROSS JOIN LATERAL (SELECT unit_id FROM dossier_version
  WHERE tenant_id = $1 AND realm = $2 AND dossier_key = k ORDER BY version_no DESC LIMIT 1) AS v
"""


def key_of(dossier_code: str, caller: Caller) -> str:
    """The key of a dossier: its code, or, off the national pattern, its code and the sending system: such codes are unique in their own software only."""
    return dossier_code if agency_in(dossier_code) else f"{dossier_code}@{caller.system_id}"


async def beyond_reach(
    connection: asyncpg.Connection, caller: Caller, keys: Collection[str], units: UnitCatalogue, now: dt.datetime
) -> set[str]:
    """Those of the keys that are known dossiers of units outside the caller's scope."""
    if not keys or caller.tenant_id in caller.scope_unit_ids:
        return set()
    rows = await connection.fetch(_UNITS, caller.tenant_id, caller.realm, list(keys))
    return foreign_of(dict(rows), caller, units, now)


def foreign_of(unit_of: Mapping[str, int], caller: Caller, units: UnitCatalogue, now: dt.datetime) -> set[str]:
    """Those of known dossiers (key -> unit) that belong to units outside the caller's scope."""
    if caller.tenant_id in caller.scope_unit_ids:
        return set()
    today = local_day(now)
    return {key for key, unit_id in unit_of.items() if not units.in_subtree(caller.scope_unit_ids, unit_id, today)}

"""What an edition of a printed table is made of: one observation, digit for digit, and the policy that ranks it here."""

from __future__ import annotations

import json
from typing import Any

import asyncpg

from parindex.editions.policies import policy_of_printed
from parindex.engine.numerals import written
from parindex.engine.period import Period, local_day
from parindex.errors import Invalid, NotFound
from parindex.frameworks.criteria_catalogue import load_frameworks
from ranking_worker.drafts_heading import Wish, cannot_be_built, described_units, heading
from ranking_worker.registers import Registers

_TABLE = """
SELECT realm, framework, scope_unit_id, block, period, to_date, observed_at, source FROM imported_table
WHERE tenant_id = $1 AND imported_table_id = $2
"""
_ROWS = """
SELECT unit_id, printed_code, printed_name, printed_rank, total, parts::text AS parts FROM imported_row
WHERE tenant_id = $1 AND imported_table_id = $2
"""


async def imported_inputs(connection: asyncpg.Connection, registers: Registers, wish: Wish) -> dict[str, Any]:
    """The inputs document. Raises Invalid when there is no such table, or no policy ranks it on the period's last day."""
    key = wish.tenant_id, wish.source["imported_table_id"]
    table = await connection.fetchrow(_TABLE, *key)
    if table is None:
        raise cannot_be_built(
            "imported_table_unknown",
            "source.imported_table_id",
            f"Không có bảng đã nhập {key[1]}. / Authority {key[0]} has no imported table {key[1]}.",
            "Withdraw the publication and draft it again from a table of this authority.",
        )
    period = Period.parse(table["period"])
    # A period under way when it was observed has its last day still to come: the register of the day observed decides.
    day = min(period.last, local_day(table["observed_at"]))
    policy = policy_of_printed(registers.policies, table["framework"], day)
    rows = await connection.fetch(_ROWS, *key)
    fragment = policy.document.get("coverage") == "fragments"
    members = {row["unit_id"] for row in rows}
    if fragment:
        members |= set(registers.units.members(table["scope_unit_id"], table["block"], day, table["realm"]))
    return {
        "kind": "imported",
        **heading(
            wish,
            registers,
            as_of=table["observed_at"],
            realm=table["realm"],
            scope_unit_id=table["scope_unit_id"],
            block=table["block"],
            period=table["period"],
            day=day,
            source=table["source"],
        ),
        "to_date": table["to_date"],
        "observed_at": table["observed_at"].isoformat(),
        "units": described_units(registers, members, day),
        "policy": policy.document,
        "index": {
            **_index(table["framework"], period),
            "title_vi": policy.title_vi,
            "title_en": policy.title_en,
            "maximum": None if policy.maximum is None else f"{policy.maximum:f}",
            "fragment": fragment,
            "parts": policy.document["parts"],
        },
        "rows": {
            str(row["unit_id"]): {
                "printed_code": row["printed_code"],
                "printed_name": row["printed_name"],
                "printed_rank": row["printed_rank"],
                "total": None if row["total"] is None else written(row["total"]),
                "parts": json.loads(row["parts"]),
            }
            for row in rows
        },
    }


def _index(code: str, period: Period) -> dict[str, Any]:
    """The framework version in force on the period's last day; none where the framework is not shipped or had none."""
    try:
        framework = load_frameworks().on(code, period.last).framework
    except (NotFound, Invalid):
        return {"code": code, "version": None, "sha256": None}
    return {"code": code, "version": framework.version, "sha256": framework.sha256}

"""Reads how far self-assessment, appraisal and the final result differ: by component, field and unit. As JSON or rows of CSV."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import asyncpg
import msgspec

from parindex.db.session import Database
from parindex.engine.assessment import final_side
from parindex.engine.rounding import exact_sum
from scoring_api.csv_form import Sheet
from scoring_api.people.person import Person
from scoring_api.rounds.access import Reach, need_reach
from scoring_api.rounds.answers import RoundHead, round_head
from scoring_api.rounds.events import read_state
from scoring_api.rounds.round import Round, load_round
from scoring_api.rounds.standing import read_units
from scoring_api.rounds.submit_step import declarable

_CELLS = """
SELECT unit_id, component, sides::text AS sides FROM round_cell WHERE tenant_id = $1 AND round_id = $2
"""


class VarianceLine(msgspec.Struct, frozen=True):
    """One component of one unit. Points are strings; null: that side has said nothing, or it does not apply."""

    unit_id: int
    unit: str
    field: str
    component: str
    number: str
    title_vi: str
    maximum: str
    provenance: str
    """How sure the maximum and the rule are: sourced, declared, inferred, memory or illustrative."""
    declared: str | None
    appraised: str | None
    final: str | None
    final_side: str | None
    difference: str | None
    """Declared less final: above 0 the unit overstated. Null where one of the two is missing."""
    note: str
    """The opinion behind the final result."""


class VarianceSum(msgspec.Struct, frozen=True):
    """The same summed over a unit, a field or a component: only lines in which both declared and final are known."""

    key: str
    title_vi: str
    lines: int
    compared: int
    declared: str
    final: str
    difference: str
    overstated: int
    understated: int
    equal: int


class Variance(msgspec.Struct, frozen=True):
    """Self-assessment against appraisal and final result, of what units have to declare."""

    round: RoundHead
    lines: list[VarianceLine]
    units: list[VarianceSum]
    fields: list[VarianceSum]
    components: list[VarianceSum]


async def variance(database: Database, person: Person, round_id: int) -> Variance:
    """The report, as far as the person's roles reach. Raises NotFound or Forbidden."""
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        assessed = await load_round(connection, person.tenant_id, round_id)
        reach = need_reach(person, assessed)
        state = await read_state(connection, person.tenant_id, round_id)
        rows = await connection.fetch(_CELLS, person.tenant_id, round_id)
        units = await read_units(connection, assessed, assessed.units)
    lines = await asyncio.to_thread(_lines, assessed, reach, rows, units)
    titles = {node.code: node.title_vi for node in assessed.components}
    fields = {one.node.code: one.node.title_vi for one in assessed.plan.nodes if one.parent < 0}
    return Variance(
        round_head(assessed, state),
        lines,
        _sums(assessed, lines, lambda line: (str(line.unit_id), line.unit)),
        _sums(assessed, lines, lambda line: (line.field, fields[line.field])),
        _sums(assessed, lines, lambda line: (line.component, titles[line.component])),
    )


def variance_sheet(report: Variance) -> Sheet:
    """The lines as rows of CSV; each says by which criteria set, and how official it is, since rows are copied alone."""
    columns = [one.name for one in msgspec.structs.fields(VarianceLine)]
    framework = report.round.framework
    named = [f"{framework.code}@{framework.version}", framework.status_note_vi]
    rows = [[*(getattr(line, column) for column in columns), *named] for line in report.lines]
    return [*columns, "framework", "framework_status_note"], rows


def _lines(
    assessed: Round, reach: Reach, rows: Sequence[asyncpg.Record], units: Mapping[int, Mapping[str, Any]]
) -> list[VarianceLine]:
    spoken = {(row["unit_id"], row["component"]): row["sides"] for row in rows}
    lines = []
    for unit_id in assessed.units:
        for node in declarable(assessed):
            field = assessed.field(node.code).code
            if not reach.sees(unit_id, field):
                continue
            sides = json.loads(spoken.get((unit_id, node.code), "{}"))
            final = final_side(assessed.source(node.code), sides)
            declared, given = _points(sides.get("declared")), _points(None if final is None else sides[final])
            lines.append(
                VarianceLine(
                    unit_id,
                    units[unit_id]["name"],
                    field,
                    node.code,
                    node.number,
                    node.title_vi,
                    f"{node.maximum:f}",
                    node.provenance,
                    declared,
                    _points(sides.get("appraised_2") or sides.get("appraised_1")),
                    given,
                    final,
                    None if declared is None or given is None else f"{Decimal(declared) - Decimal(given):f}",
                    "" if final is None else sides[final]["note"],
                )
            )
    return lines


def _points(side: Mapping[str, Any] | None) -> str | None:
    return None if side is None else side["points"]


def _sums(assessed: Round, lines: Sequence[VarianceLine], key: Any) -> list[VarianceSum]:
    groups: defaultdict[tuple[str, str], list[VarianceLine]] = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    return [_sum(assessed, *name, group) for name, group in groups.items()]


def _sum(assessed: Round, key: str, title: str, lines: Sequence[VarianceLine]) -> VarianceSum:
    compared = [
        (Decimal(one.declared), Decimal(one.final))
        for one in lines
        if one.difference is not None and one.declared and one.final
    ]
    declared, final = exact_sum(one for one, _ in compared), exact_sum(one for _, one in compared)
    return VarianceSum(
        key,
        title,
        len(lines),
        len(compared),
        f"{declared:.{assessed.digits}f}",
        f"{final:.{assessed.digits}f}",
        f"{declared - final:.{assessed.digits}f}",
        sum(one > two for one, two in compared),
        sum(one < two for one, two in compared),
        sum(one == two for one, two in compared),
    )

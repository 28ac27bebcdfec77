"""The officer opens an assessment round: framework version, block, period, units, departments in charge, deadlines. All frozen."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from parindex.db.session import Database
from parindex.engine.period import Period, local_day
from parindex.engine.score import Plan
from parindex.errors import Conflict, Finding, Invalid, NotFound
from parindex.frameworks.criteria_catalogue import CriteriaCatalogue
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_json
from parindex.units.catalogue import UnitCatalogue
from scoring_api.people.person import Person
from scoring_api.rounds.deadlines import deadline_findings
from scoring_api.rounds.events import append
from scoring_api.rounds.fold import NewEvent, State, instant_text
from scoring_api.rounds.round import compiled_version

_KINDS = {"year": "year", "half": "half_year", "quarter": "quarter", "month": "month"}
_VERSIONS = """
SELECT framework_version_id, version, sha256, document::text AS document FROM framework_version
WHERE code = $1 AND tenant_id = ANY($2::int[]) ORDER BY valid_from
"""
_TENANT = "SELECT unit_id FROM tenant WHERE tenant_id = $1"
_SAME = """
SELECT round_id FROM assessment_round
WHERE tenant_id = $1 AND realm = $2 AND framework_version_id = $3 AND block = $4 AND period = $5 AND scope_unit_id = $6 AND title_vi = $7
"""
_INSERT = """
INSERT INTO assessment_round (tenant_id, realm, framework_version_id, block, period, scope_unit_id, title_vi, person_id, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING round_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What an officer opens a round with. `departments`: field code -> unit in charge of its appraisal."""

    title_vi: str
    realm: str
    framework: str
    version: str | None = None
    """None: the version in force on the last day of the period."""
    block: str
    period: str
    scope_unit_id: int | None = None
    """Whose subtree is assessed; None: the authority's own."""
    units: Sequence[int] | None = None
    """None: all units of the block under the scope on the last day of the period."""
    departments: Mapping[str, int]
    deadlines: Mapping[str, dt.datetime]
    note: str = ""


async def open_round(
    database: Database, person: Person, opening: Opening, catalogue: UnitCatalogue, now: dt.datetime
) -> int:
    """Opens the round in its first step and returns its id. Sending the same twice opens one: the second is a Conflict.

    Raises Invalid with every fault of the opening at once, NotFound for an unknown framework.
    """
    person.need("officer")
    async with database.transaction() as connection:
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('parindex-open-round', $1))", person.tenant_id
        )
        authority = await connection.fetchval(_TENANT, person.tenant_id)
        authority = person.tenant_id if authority is None else authority
        period = Period.parse(opening.period)
        version_id, file, plan = await _version(connection, person, authority, opening, period, catalogue)
        scope = authority if opening.scope_unit_id is None else opening.scope_unit_id
        check = _Check(catalogue, opening, period, authority, scope, now)
        findings = [*check.framework(file), *check.scope_findings()]
        units = [] if findings else check.units(file)
        findings += [*check.unit_findings(units), *check.department_findings(plan)]
        findings += deadline_findings(opening.deadlines, now)
        if findings:
            raise Invalid(
                f"Chưa mở được đợt đánh giá: {len(findings)} điểm cần sửa. / {findings[0].message}",
                code="opening_invalid",
                hint="Correct each finding and send it again; nothing was opened.",
                findings=findings[:200],
            )
        row = (person.tenant_id, opening.realm, version_id, opening.block, period.code, scope, opening.title_vi)
        same = await connection.fetchval(_SAME, *row)
        if same is not None:
            raise Conflict(
                f"Đợt đánh giá này đã mở (số {same}). / This round is open already, as {same}.",
                code="round_exists",
                hint="Give another title if a second round over the same units and period is meant.",
            )
        round_id: int = await connection.fetchval(_INSERT, *row, person.person_id, now)
        await connection.execute(
            "INSERT INTO round_unit (tenant_id, round_id, unit_id) SELECT $1, $2, unnest($3::int[])",
            person.tenant_id, round_id, units,
        )  # fmt: skip
        await connection.execute(
            "INSERT INTO round_field (tenant_id, round_id, field_code, unit_id) SELECT $1, $2, * FROM unnest($3::text[], $4::int[])",
            person.tenant_id, round_id, list(opening.departments), list(opening.departments.values()),
        )  # fmt: skip
        detail = {
            "framework": file.name,
            "framework_sha256": file.framework.sha256,
            "block": opening.block,
            "period": period.code,
            "units": units,
            "departments": dict(opening.departments),
            "deadlines": {phase: instant_text(until) for phase, until in opening.deadlines.items()},
        }
        opened = NewEvent(kind="opened", person_id=person.person_id, role="officer", note=opening.note, detail=detail)
        await append(connection, person.tenant_id, round_id, State(), [opened], now)
    return round_id


async def _version(
    connection: asyncpg.Connection,
    person: Person,
    authority: int,
    opening: Opening,
    period: Period,
    catalogue: UnitCatalogue,
) -> tuple[int, FrameworkFile, Plan]:
    """The framework version of the round: of the nation, of the authority, or of an authority above it."""
    above = catalogue.ancestors(authority, local_day(_noon(period))) if authority in catalogue else ()
    rows = await connection.fetch(_VERSIONS, opening.framework, sorted({0, person.tenant_id, authority, *above}))
    files = {row["version"]: read_framework_json(json.loads(row["document"])) for row in rows}
    if not files:
        raise NotFound(
            f"Không có bộ tiêu chí {opening.framework!r}. / There is no framework of that code in force.",
            code="framework_unknown",
            hint="GET /v1/frameworks lists them.",
        )
    versions = CriteriaCatalogue(files.values())
    file = (
        versions.on(opening.framework, period.last)
        if opening.version is None
        else versions.get(opening.framework, opening.version)
    )
    row = next(row for row in rows if row["version"] == file.framework.version)
    _, plan = await compiled_version(connection, row["framework_version_id"], row["sha256"], opening.block)
    return row["framework_version_id"], file, plan


def _noon(period: Period) -> dt.datetime:
    return dt.datetime.combine(period.last, dt.time(5), dt.UTC)


@dataclass(frozen=True, slots=True)
class _Check:
    """Everything that can be wrong with an opening."""

    catalogue: UnitCatalogue
    opening: Opening
    period: Period
    authority: int
    scope: int
    now: dt.datetime

    def framework(self, file: FrameworkFile) -> list[Finding]:
        findings = []
        if file.framework.template and self.opening.realm == "production":
            findings.append(
                Finding(
                    "template_in_production",
                    "framework",
                    f"{file.name} là bộ tiêu chí mẫu, không dùng cho đợt đánh giá chính thức. / A template carries no production round.",
                    "Put the official version into force, or open the round in realm sandbox or synthetic.",
                )
            )
        if _KINDS[self.period.kind] not in file.periods:
            findings.append(
                Finding(
                    "period_kind",
                    "period",
                    f"{file.name} không đánh giá theo kỳ {self.period.code}. / It assesses {', '.join(file.periods)}.",
                    "Name a period of that kind.",
                )
            )
        return findings

    def scope_findings(self) -> list[Finding]:
        if self._inside(self.scope):
            return []
        return [
            Finding(
                "scope_outside",
                "scope_unit_id",
                f"Đơn vị {self.scope} không thuộc phạm vi của cơ quan này. / It is outside the authority's subtree.",
                "Leave it out for the authority's own subtree.",
            )
        ]

    def units(self, file: FrameworkFile) -> list[int]:
        if self.opening.units is not None:
            return sorted(self.opening.units)
        last, realm = self.period.last, self.opening.realm
        return list(self.catalogue.members(self.scope, self.opening.block, last, realm, file.framework.code))

    def unit_findings(self, units: Sequence[int]) -> list[Finding]:
        last = self.period.last
        roots = frozenset({self.scope})
        findings = [
            Finding(
                "unit_outside",
                f"units.{unit_id}",
                f"Đơn vị {unit_id} không tồn tại vào ngày {last:%d/%m/%Y} trong phạm vi đánh giá. / It is no unit of the scope on that day.",
                "Name units that exist on the last day of the period, under the scope and of the realm.",
            )
            for unit_id in units
            if not self._inside(unit_id) or not self.catalogue.in_subtree(roots, unit_id, last)
        ]
        if not units:
            findings.append(
                Finding(
                    "no_units",
                    "units",
                    f"Khối {self.opening.block!r} không có đơn vị nào vào ngày {last:%d/%m/%Y}. / Nobody is in that block.",
                    "Name the units.",
                )
            )
        if len(set(units)) < len(units):
            findings.append(
                Finding("unit_twice", "units", "Có đơn vị nêu hai lần. / A unit stands twice.", "Name each once.")
            )
        return findings

    def department_findings(self, plan: Plan) -> list[Finding]:
        roots = {one.node.code: one.node for one in plan.nodes if one.parent < 0}
        appraised = {
            plan.nodes[one.root].node.code
            for one in plan.nodes
            if one.node.leaf is not None and one.node.leaf.source == "appraised"
        }
        given = self.opening.departments
        findings = [
            Finding(
                "department_missing",
                f"departments.{code}",
                f"Lĩnh vực “{roots[code].title_vi}” chưa có cơ quan thẩm định. / Nobody is in charge of it.",
                "Name the department in charge.",
            )
            for code in roots
            if code in appraised and code not in given
        ]
        findings += [
            Finding(
                "field_unknown",
                f"departments.{code[:60]}",
                f"Bộ tiêu chí không có lĩnh vực {code[:60]!r}. / There is no such field.",
                f"Known: {', '.join(roots)}.",
            )
            for code in given
            if code not in roots
        ]
        today = local_day(self.now)
        return findings + [
            Finding(
                "department_outside",
                f"departments.{code}",
                f"Đơn vị {unit_id} không phải cơ quan đang hoạt động thuộc phạm vi. / It is no unit of the authority today.",
                "Name a department of the authority.",
            )
            for code, unit_id in given.items()
            if code in roots and not (self._inside(unit_id) and self.catalogue.unit(unit_id).on(today))
        ]

    def _inside(self, unit_id: int) -> bool:
        """Whether the unit is the authority's, on the last day of the period or today, and of the realm."""
        catalogue = self.catalogue
        if unit_id not in catalogue or not catalogue.visible(unit_id, self.opening.realm):
            return False
        roots = frozenset({self.authority})
        days = [day for day in (self.period.last, local_day(self.now)) if catalogue.unit(unit_id).on(day)]
        return any(catalogue.in_subtree(roots, unit_id, day) for day in days)

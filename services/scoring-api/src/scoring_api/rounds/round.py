"""A round as it was opened: framework, block, period, units, who is in charge of which field. Never changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import asyncpg

from parindex.engine.criteria import Node, Source
from parindex.engine.period import Period
from parindex.engine.score import Plan, compile_framework
from parindex.errors import NotFound
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_json

_ROUND = """
SELECT r.realm, r.framework_version_id, r.block, r.period, r.scope_unit_id, r.title_vi, v.sha256,
       (SELECT array_agg(unit_id ORDER BY unit_id) FROM round_unit u
         WHERE u.tenant_id = r.tenant_id AND u.round_id = r.round_id) AS units,
       (SELECT jsonb_object_agg(field_code, unit_id) FROM round_field f
         WHERE f.tenant_id = r.tenant_id AND f.round_id = r.round_id)::text AS departments
FROM assessment_round r JOIN framework_version v USING (framework_version_id)
WHERE r.tenant_id = $1 AND r.round_id = $2
"""
_KEPT = 32
_compiled: dict[tuple[str, str], tuple[FrameworkFile, Plan]] = {}
"""By digest and block: what a digest means never changes."""


@dataclass(frozen=True, slots=True)
class Round:
    """One assessment round. `departments`: field code -> unit in charge of its appraisal."""

    tenant_id: int
    round_id: int
    realm: str
    title_vi: str
    framework_version_id: int
    file: FrameworkFile
    plan: Plan
    period: Period
    scope_unit_id: int
    units: tuple[int, ...]
    departments: Mapping[str, int]

    @property
    def block(self) -> str:
        """The framework's block that is assessed."""
        return self.plan.block

    @property
    def digits(self) -> int:
        """Decimals of points."""
        return self.plan.digits

    @property
    def components(self) -> list[Node]:
        """Everything of the block that takes an input, in the order of the decision (branches with an imported score too)."""
        return [one.node for one in self.plan.nodes if one.node.leaf is not None or one.node.inferred_split]

    def node(self, component: str) -> Node:
        """The component of that code. Raises NotFound."""
        place = self.plan.places.get(component)
        node = None if place is None else self.plan.nodes[place].node
        if node is None or (node.leaf is None and not node.inferred_split):
            raise NotFound(
                f"Đợt đánh giá không có tiêu chí thành phần {component[:60]!r}. / The round has no such component.",
                code="component_unknown",
                hint=f"Use a code of {self.file.name}, block {self.block}.",
            )
        return node

    def source(self, component: str) -> Source:
        """Where the component's points come from; an imported score of a branch is external."""
        leaf = self.node(component).leaf
        return "external" if leaf is None else leaf.source

    def field(self, component: str) -> Node:
        """The field (top-level node) that the component belongs to."""
        self.node(component)
        return self.plan.nodes[self.plan.nodes[self.plan.places[component]].root].node

    def need_unit(self, unit_id: int) -> None:
        """Raises NotFound for a unit that is not assessed in the round."""
        if unit_id not in self.units:
            raise NotFound(
                f"Đơn vị {unit_id} không thuộc đợt đánh giá {self.round_id}. / Unit {unit_id} is not in this round.",
                code="unit_not_in_round",
                hint="GET /v1/rounds/{id} lists its units.",
            )

    def text(self, points: Decimal | None) -> str | None:
        """Points with the framework's digits."""
        return None if points is None else f"{points:.{self.digits}f}"


async def load_round(connection: asyncpg.Connection, tenant_id: int, round_id: int) -> Round:
    """The round of an authority. Raises NotFound: rounds of other authorities do not exist for the person who asks."""
    row = await connection.fetchrow(_ROUND, tenant_id, round_id)
    if row is None:
        raise NotFound(
            f"Không có đợt đánh giá {round_id}. / There is no round {round_id}.",
            code="round_unknown",
            hint="GET /v1/rounds lists the rounds of your authority.",
        )
    file, plan = await compiled_version(connection, row["framework_version_id"], row["sha256"], row["block"])
    return Round(
        tenant_id,
        round_id,
        row["realm"],
        row["title_vi"],
        row["framework_version_id"],
        file,
        plan,
        Period.parse(row["period"]),
        row["scope_unit_id"],
        tuple(row["units"]),
        json.loads(row["departments"] or "{}"),
    )


async def compiled_version(
    connection: asyncpg.Connection, framework_version_id: int, sha256: str, block: str
) -> tuple[FrameworkFile, Plan]:
    """A published framework version, read and compiled for a block once a process. Raises Invalid for an unknown block."""
    known = _compiled.get((sha256, block))
    if known is None:
        document = await connection.fetchval(
            "SELECT document::text FROM framework_version WHERE framework_version_id = $1", framework_version_id
        )
        known = await asyncio.to_thread(_compile, document, block)
        if len(_compiled) >= _KEPT:
            _compiled.pop(next(iter(_compiled)))
        _compiled[sha256, block] = known
    return known


def _compile(document: str, block: str) -> tuple[FrameworkFile, Plan]:
    file = read_framework_json(json.loads(document))
    return file, compile_framework(file.framework, block)

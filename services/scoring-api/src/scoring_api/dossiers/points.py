"""Points that framework `qd766` gives each component by itself. The sum of them is nobody's index: others may be missing."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

from parindex.engine.criteria import Node
from parindex.engine.period import Period
from parindex.engine.read_inputs import read_for
from parindex.engine.rounding import half_up_ratio
from parindex.engine.score import Plan, compile_framework
from parindex.errors import Invalid
from parindex.frameworks.criteria_catalogue import load_frameworks
from parindex.frameworks.criteria_file import FrameworkFile
from parindex.units.catalogue import UnitCatalogue
from parindex.units.records import NATION

FRAMEWORK = "qd766"


@lru_cache(maxsize=16)
def plan_of(period: Period, block: str) -> tuple[FrameworkFile, Plan]:
    """The version in force on the period's last day, compiled for a block. Raises Invalid where there is none."""
    file = load_frameworks().on(FRAMEWORK, period.last)
    return file, compile_framework(file.framework, block)


def block_of(units: UnitCatalogue, unit_id: int, period: Period) -> str:
    """The block of the framework that a unit belongs to."""
    kind = units.unit(unit_id).kind
    if kind == "department" and units.ancestors(unit_id, period.last)[:1] == (NATION,):
        return "ministry"
    return kind if kind in ("department", "commune") else "province"


def points_of(plan: Plan, component: str, given: dict[str, Any] | None) -> str | None:
    """Points of a component by its own rule, as published; None without an input, or for one that the rule refuses."""
    node = node_named(plan, component)
    if given is None or node is None or node.leaf is None:
        return None
    try:
        read = read_for(plan, {component: given})[component]
        _, exact = plan.scorers[component].outcome(read)
    except Invalid:
        return None
    if exact is None:
        return None
    return f"{half_up_ratio(exact[0], exact[1] * plan.unit, plan.digits):.{plan.digits}f}"


def node_named(plan: Plan, code: str) -> Node | None:
    """The node of that code in the plan's block."""
    place = plan.places.get(code)
    return None if place is None else plan.nodes[place].node


def given_text(value: Decimal | int) -> str:
    """A figure as an input of the framework."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)

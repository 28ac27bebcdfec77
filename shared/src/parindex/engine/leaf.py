"""One component ready to be scored: which inputs its rule takes, what no data means, and faults in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from parindex.engine import inputs as given
from parindex.engine.criteria import Info, NoData, Node, kind_of
from parindex.engine.numerals import shortest
from parindex.engine.rules import Apply, Exact, Unusable, compile_rule, decimals
from parindex.errors import Finding

State = Literal["scored", "no_data", "not_applicable", "missing", "imported", "info"]
"""What became of a node. `not_applicable` alone leaves the denominator; `missing` makes the score incomplete."""

IMPORTED = frozenset({given.Imported})


@dataclass(frozen=True, slots=True)
class Scorer:
    """A node that takes an input: a leaf, or a branch whose imported score may stand in."""

    node: Node
    accepts: frozenset[type[given.Given]]
    apply: Apply
    on_no_data: NoData | None
    maximum: Decimal
    """Points: the node's own, or less where only part of a branch exists in the block."""
    full: int
    """The same in units of the plan."""

    @property
    def is_info(self) -> bool:
        """Shown, never scored."""
        return self.node.leaf is not None and isinstance(self.node.leaf.rule, Info)

    def outcome(self, value: given.Given) -> tuple[State, Exact | None]:
        """State and exact points of any input; points are None where there are none. Raises Unusable."""
        kind = type(value)
        if kind in self.accepts:
            exact = self.apply(value)
            if exact is not None:
                return ("imported" if kind is given.Imported else "info" if self.is_info else "scored"), exact
        elif self.node.leaf is None or kind not in (given.NoData, given.NotApplicable):
            raise Unusable(
                "input_shape", "", f"an input of the kind {' or '.join(sorted(one.__name__ for one in self.accepts))}"
            )
        if self.is_info:
            return "info", None
        if kind is given.NotApplicable:
            return "not_applicable", None
        match self.on_no_data:
            case "max":
                return "no_data", (self.full, 1)
            case "zero":
                return "no_data", (0, 1)
            case "null":
                return "no_data", None
            case "not_applicable":
                return "not_applicable", None
            case None:
                raise Unusable(
                    "no_data_undeclared",
                    "",
                    "data: the framework does not say what no data means for this component",
                    "Give figures, mark it not applicable, or declare on_no_data in a new framework version.",
                )


def compile_node(
    node: Node, *, scale: int | None = None, digits: int | None = None, in_block: int | None = None
) -> Scorer:
    """The scorer of a leaf, or of a branch for its imported score.

    `scale`: decimals of the plan's units (at least those of the node, which are taken when it is None). `digits`:
    decimals that points given by hand may have; None = any. `in_block`: the maximum of a branch in the block it is
    scored for, in units, where that is less than its own: some of its components may belong to other blocks.
    """
    places = max(decimals(node), digits or 0) if scale is None else scale
    maximum = node.maximum if in_block is None else Decimal(shortest(in_block, places))
    top, unit = maximum.as_integer_ratio()
    full = top * 10**places // unit
    if node.leaf is None:
        return Scorer(node, IMPORTED, _imported(node, maximum, places, digits), None, maximum, full)
    compiled = compile_rule(node.leaf.rule, node.maximum, places, digits)
    return Scorer(node, compiled.accepts, compiled.apply, node.leaf.on_no_data, maximum, full)


def _imported(node: Node, maximum: Decimal, scale: int, digits: int | None) -> Callable[[given.Imported], Exact]:
    def apply(value: given.Imported) -> Exact:
        if not node.inferred_split:
            raise Unusable(
                "import_not_allowed",
                "imported_points",
                "inputs of its components: only a branch whose split is inferred takes an imported score",
            )
        top, unit = value.points.as_integer_ratio()
        if not 0 <= value.points <= maximum:
            raise Unusable("points_outside_maximum", "imported_points", f"points from 0 to {maximum:f}")
        if digits is not None and 10**digits % unit:
            raise Unusable("points_digits", "imported_points", f"points with at most {digits} decimals")
        return top * 10**scale, unit

    return apply


def fault_finding(node: Node, value: Any, fault: Unusable, *, unit: str = "") -> Finding:
    """A fault of one input in words: unit (where known), component, rule, value (JSON), what was expected."""
    rule = kind_of(node.leaf.rule) if node.leaf else "branch"
    at = value.get(fault.key, value) if fault.key and isinstance(value, Mapping) else value
    where = f"{unit}: {node.code}" if unit else node.code
    return Finding(
        fault.code,
        f"inputs.{node.code}.{fault.key}" if fault.key else f"inputs.{node.code}",
        f"{where} (rule {rule}) cannot use {said(at)}: expected {fault.expected}.",
        fault.hint,
    )


def said(value: Any) -> str:
    """A given value, as short as a message needs it."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."

"""The tree of a composite index for one unit: values from the leaves up, then weights and contributions from the root down. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from parindex.engine.composite_tree import Branch, Composite, Indicator
from parindex.engine.irrational import geometric_mean
from parindex.engine.normalise import Normalised
from parindex.engine.rounding import half_up_ratio
from parindex.errors import Finding


@dataclass(frozen=True, slots=True)
class NodeFigure:
    """One node of one unit. Values lie on the common scale (0..100, or z-scores), weights are shares 0..1; all exact."""

    node: Branch | Indicator
    parent: str | None
    depth: int
    value: Fraction | None
    """None: missing, which is not 0."""
    figure: Decimal | None
    """A leaf's figure as given."""
    clamped: bool
    """The figure lay beyond declared bounds and was taken as the bound."""
    all_equal: bool
    """The figures of all units are equal, so everybody has the middle of the scale."""
    coverage: Fraction | None
    """Of a branch: share of its weight whose children have a value."""
    lacking: tuple[str, ...]
    """Of a branch: children without a value."""
    failed: bool
    """Here or below a missing child forbids an index."""
    effective_weight: Fraction | None
    """Share of the parent's mean that the node carries after reweighting; None where it carries none."""
    contribution: Fraction | None
    """Part of the index, where all means from the root down to the node's parent are arithmetic; they sum to the index."""
    counted_as_zero: bool
    raised_to: Decimal | None
    """The floor that stood in for a smaller value in the parent's mean."""
    children: tuple[NodeFigure, ...]

    def walk(self) -> Iterator[NodeFigure]:
        """The node and everything under it, parents first, in the order of the document."""
        yield self
        for child in self.children:
            yield from child.walk()


def unit_tree(
    composite: Composite,
    unit: str,
    figures: Mapping[str, Decimal | None],
    normalised: Mapping[str, Normalised],
    findings: list[Finding],
) -> NodeFigure:
    """The explained root of one unit. Appends a finding for each value that a geometric or harmonic mean cannot take."""
    tree = _Unit(unit, figures, normalised, findings)
    root = tree.evaluate(composite.root)
    if root.value is not None:
        root.effective_weight, root.counted = Fraction(1), root.value
    return tree.explain(root, None, 0, root.effective_weight)


@dataclass(slots=True)
class _Value:
    """A node on the way up, and what its parent's mean made of it."""

    node: Branch | Indicator
    value: Fraction | None
    children: list[_Value]
    coverage: Fraction | None = None
    failed: bool = False
    effective_weight: Fraction | None = None
    counted: Fraction | None = None
    raised_to: Decimal | None = None
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Unit:
    unit: str
    figures: Mapping[str, Decimal | None]
    normalised: Mapping[str, Normalised]
    findings: list[Finding]

    def evaluate(self, node: Branch | Indicator) -> _Value:
        if isinstance(node, Indicator):
            return _Value(node, self.normalised[node.code].values[self.unit], [])
        made = _Value(node, None, [self.evaluate(child) for child in node.children])
        made.lacking = lacking = tuple(child.node.code for child in made.children if child.value is None)
        present = [child.node.weight for child in made.children if child.value is not None]
        made.coverage = _total(present) if lacking else Fraction(1)
        made.failed = any(child.failed for child in made.children) or bool(lacking and node.missing.rule == "fail")
        enough = made.coverage > 0 and made.coverage >= Fraction(node.missing.min_coverage)
        if not made.failed and (node.missing.rule == "zero" or enough):
            made.value = self._mean(node, made)
        return made

    def _mean(self, branch: Branch, at: _Value) -> Fraction | None:
        carried = Fraction(1) if branch.missing.rule == "zero" or at.coverage is None else at.coverage
        floor = None if branch.floor is None else Fraction(branch.floor)
        terms: list[tuple[Fraction, Fraction]] = []
        impossible = False
        for child in at.children:
            value = child.value
            if value is None and branch.missing.rule != "zero":
                continue
            child.counted = value = Fraction(0) if value is None else value
            child.effective_weight = child.node.weight if carried == 1 else child.node.weight / carried
            if floor is not None and value < floor:
                value, child.raised_to = floor, branch.floor
            if branch.mean != "arithmetic" and value.numerator <= 0:
                impossible = True
                self._refuse(branch, child.node.code, value)
            terms.append((child.effective_weight, value))
        if impossible:
            return None
        if branch.mean == "arithmetic":
            return _total([weight * value for weight, value in terms])
        if branch.mean == "geometric":
            return geometric_mean(terms)
        return 1 / _total([weight / value for weight, value in terms])

    def _refuse(self, branch: Branch, code: str, value: Fraction) -> None:
        shown = half_up_ratio(value.numerator, value.denominator, 2)
        self.findings.append(
            Finding(
                "mean_not_positive",
                f"{self.unit}.{code}",
                f"unit {self.unit}, {code}: the value {shown} has no {branch.mean} mean in {branch.code}; expected more than 0.",
                f"Declare a `floor` for {branch.code}, or the arithmetic mean.",
            )
        )

    def explain(self, at: _Value, parent: str | None, depth: int, share: Fraction | None) -> NodeFigure:
        """The node with everything under it; `share` of the index that it carries, None where it does not add up."""
        node = at.node
        leaf = isinstance(node, Indicator)
        by = self.normalised[node.code] if leaf else None
        adds = share is not None and isinstance(node, Branch) and node.mean == "arithmetic"
        return NodeFigure(
            node=node,
            parent=parent,
            depth=depth,
            value=at.value,
            figure=self.figures.get(node.code) if leaf else None,
            clamped=by is not None and self.unit in by.clamped,
            all_equal=by is not None and by.all_equal and at.value is not None,
            coverage=at.coverage,
            lacking=at.lacking,
            failed=at.failed,
            effective_weight=at.effective_weight,
            contribution=None if share is None or at.counted is None else share * at.counted,
            counted_as_zero=at.value is None and at.counted is not None,
            raised_to=at.raised_to,
            children=tuple(
                self.explain(
                    child,
                    node.code,
                    depth + 1,
                    share * child.effective_weight
                    if adds and share is not None and child.effective_weight is not None
                    else None,
                )
                for child in at.children
            ),
        )


def _total(terms: list[Fraction]) -> Fraction:
    """Exact sum in pairs, so that long denominators meet as late as possible; 0 of nothing."""
    while len(terms) > 1:
        terms = [sum(terms[place : place + 2], Fraction(0)) for place in range(0, len(terms), 2)]
    return terms[0] if terms else Fraction(0)

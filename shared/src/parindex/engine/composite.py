"""Composite indices beside the laws, computed: figures normalised over the units given, weighted means, ranks. Pure.

Exact fractions throughout, published figures rounded once, half-up; only z-scores and geometric means are taken at the
34 digits of `irrational`. Neither the order of children nor that of units changes any figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from parindex.engine.composite_tree import Branch, Composite
from parindex.engine.composite_unit import NodeFigure, unit_tree
from parindex.engine.composite_words import words
from parindex.engine.digest import sha256
from parindex.engine.irrational import declared
from parindex.engine.normalise import NORMALISATIONS, Normalisation, Normalised, normalise
from parindex.engine.rank import TIE_RULE_WORDS, Contender, rank
from parindex.engine.rounding import half_up_ratio
from parindex.errors import Finding, Invalid

WEIGHT_DIGITS = 6
"""Decimals of printed weights and coverages (shares 0..1)."""


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """The composite of one unit."""

    unit: str
    index: Decimal | None
    """On the published digits; None: no index, see `blocking`."""
    rank: int | None
    missing: tuple[str, ...]
    """Leaves without a figure, whether or not the index could do without them."""
    blocking: tuple[str, ...]
    """Why there is no index: the missing nodes that a branch insists on, and the branches with too little coverage."""
    root: NodeFigure
    """The explained tree, exact."""


@dataclass(frozen=True, slots=True)
class CompositeResult:
    """A composite of all units given, in the order of their codes."""

    composite: Composite
    input_sha256: str
    units: tuple[UnitFigures, ...]
    normalised: Mapping[str, Normalised]
    """Leaf -> what its figures were measured against."""

    def as_json(self) -> dict[str, Any]:
        """The result document: figures as strings on the published digits, each rounded on its own; canonical, hashable."""
        digits = self.composite.digits
        return {
            "composite": self.composite.name,
            "title_vi": self.composite.title_vi,
            "title_en": self.composite.title_en,
            "composite_sha256": self.composite.sha256,
            "input_sha256": self.input_sha256,
            "digits": digits,
            "tie_rule": self.composite.tie_rule,
            "tie_rule_words": TIE_RULE_WORDS[self.composite.tie_rule],
            "normalisations": [
                _measured(leaf.code, leaf.normalisation, self.normalised[leaf.code])
                for leaf in self.composite.indicators()
            ],
            "units": [
                {
                    "unit": unit.unit,
                    "index": None if unit.index is None else str(unit.index),
                    "rank": unit.rank,
                    "missing": list(unit.missing),
                    "blocking": list(unit.blocking),
                    "nodes": [_node(node, digits) for node in unit.root.walk()],
                }
                for unit in self.units
            ],
        }


def compute(composite: Composite, inputs: Mapping[str, Mapping[str, Decimal | None]]) -> CompositeResult:
    """The composite of each unit with its explained tree and rank; unit -> leaf code -> figure, None or absent = missing.

    A function of its arguments. Raises Invalid with every finding at once: unknown leaves, numbers that are not finite,
    then figures outside declared bounds, then values of 0 or less that a geometric or harmonic mean meets without a floor.
    """
    leaves = composite.indicators()
    _refuse(composite, _unreadable(inputs, {leaf.code for leaf in leaves}))
    findings: list[Finding] = []
    normalised: dict[str, Normalised] = {}
    for leaf in leaves:
        try:
            normalised[leaf.code] = normalise(
                {unit: figures.get(leaf.code) for unit, figures in inputs.items()}, leaf.normalisation, name=leaf.code
            )
        except Invalid as invalid:
            findings += invalid.findings
    _refuse(composite, findings)
    trees = {unit: unit_tree(composite, unit, inputs[unit], normalised, findings) for unit in sorted(inputs)}
    _refuse(composite, findings)
    published = {unit: _rounded(root.value, composite.digits) for unit, root in trees.items()}
    numbers = {unit: number for number, unit in enumerate(trees)}
    ranks = rank(
        (Contender(numbers[unit], index, {}) for unit, index in published.items() if index is not None),
        composite.tie_rule,
        digits=composite.digits,
    )
    return CompositeResult(
        composite,
        input_digest(inputs).hex(),
        tuple(
            UnitFigures(
                unit=unit,
                index=published[unit],
                rank=ranks.get(numbers[unit]),
                missing=tuple(leaf.code for leaf in leaves if inputs[unit].get(leaf.code) is None),
                blocking=() if root.value is not None else tuple(dict.fromkeys(_blocking(root))),
                root=root,
            )
            for unit, root in trees.items()
        ),
        normalised,
    )


def input_digest(inputs: Mapping[str, Mapping[str, Decimal | None]]) -> bytes:
    """SHA-256 of the figures with their digits; their order, and whether a missing one is named, change nothing."""
    return sha256(
        {
            unit: {code: format(figure, "f") for code, figure in figures.items() if figure is not None}
            for unit, figures in inputs.items()
        }
    )


def _unreadable(inputs: Mapping[str, Mapping[str, Decimal | None]], known: set[str]) -> Iterator[Finding]:
    for unit, figures in sorted(inputs.items()):
        for code, figure in sorted(figures.items()):
            if code not in known:
                yield Finding(
                    "leaf_unknown",
                    f"{unit}.{code}",
                    f"unit {unit} gives {code!r}, which is no leaf of this composite.",
                    f"Leaves: {', '.join(sorted(known))}.",
                )
            elif figure is not None and not figure.is_finite():
                yield Finding(
                    "not_finite",
                    f"{unit}.{code}",
                    f"unit {unit}, {code}: {figure} is no finite number.",
                    "Give a number, or null where there is none.",
                )


def _refuse(composite: Composite, findings: Iterable[Finding]) -> None:
    noted = list(findings)
    if noted:
        raise Invalid(
            f"{composite.name} cannot be computed, {len(noted)} findings, the first: {noted[0].message}",
            code=noted[0].code,
            findings=noted,
        )


def _blocking(at: NodeFigure) -> Iterator[str]:
    """From the branch without a value down to what it lacks."""
    if not isinstance(at.node, Branch) or at.value is not None:
        return
    if at.node.missing.rule == "fail":
        yield from (child.node.code for child in at.children if child.value is None and not child.failed)
    elif not at.failed:
        yield at.node.code
    for child in at.children:
        yield from _blocking(child)


def _rounded(value: Fraction | None, digits: int) -> Decimal | None:
    return None if value is None else half_up_ratio(value.numerator, value.denominator, digits)


def _text(value: Fraction | Decimal | None, digits: int) -> str | None:
    rounded = _rounded(None if value is None else Fraction(value), digits)
    return None if rounded is None else str(rounded)


def _node(at: NodeFigure, digits: int) -> dict[str, Any]:
    vi, en = words(at)
    return {
        "code": at.node.code,
        "parent": at.parent,
        "title_vi": at.node.title_vi,
        "title_en": at.node.title_en,
        "depth": at.depth,
        "provenance": at.node.provenance,
        "mean": at.node.mean if isinstance(at.node, Branch) else None,
        "input": None if at.figure is None else format(at.figure, "f"),
        "value": _text(at.value, digits),
        "weight": _text(at.node.weight, WEIGHT_DIGITS),
        "effective_weight": _text(at.effective_weight, WEIGHT_DIGITS),
        "coverage": _text(at.coverage, WEIGHT_DIGITS),
        "contribution": _text(at.contribution, digits),
        "reason_vi": vi,
        "reason_en": en,
    }


def _measured(code: str, method: Normalisation, against: Normalised) -> dict[str, Any]:
    word = next(word for word, kind in NORMALISATIONS.items() if kind is type(method))
    return {
        "code": code,
        "method": word,
        "direction": getattr(method, "direction", None),
        "units": against.units,
        "lowest": None if against.lowest is None else format(against.lowest, "f"),
        "highest": None if against.highest is None else format(against.highest, "f"),
        "mean": None if against.mean is None else format(declared(against.mean), "f"),
        "deviation": None if against.deviation is None else format(declared(against.deviation), "f"),
        "all_equal": against.all_equal,
    }

"""A composite index beside the laws as a tree of weighted means over normalised figures: types only. Pure.

Weights and rules for missing figures exist here alone; a law's criteria tree (`criteria`) has points instead.
`composite_document.read_composite` makes these types from a document and is what checks them; `composite` computes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from parindex.engine.criteria import Provenance
from parindex.engine.normalise import Normalisation

Mean = Literal["arithmetic", "geometric", "harmonic"]


@dataclass(frozen=True, slots=True)
class Missing:
    """What a branch does when a child has no value.

    `reweight`: the others share its weight, if they make up `min_coverage` of it; below that the branch has no value
    either. `fail`: the unit has no index. `zero`: it counts as 0, the worst of the scale.
    """

    rule: Literal["reweight", "fail", "zero"]
    min_coverage: Decimal = Decimal(0)
    """Share 0..1 of the branch's weight, over its own children; at least one child is always needed."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A leaf: one figure of every unit and the way onto the common scale."""

    code: str
    title_vi: str
    title_en: str
    weight: Fraction
    """Share of its parent, 0..1."""
    provenance: Provenance
    normalisation: Normalisation


@dataclass(frozen=True, slots=True)
class Branch:
    """A mean of its children, whose weights sum to exactly 1."""

    code: str
    title_vi: str
    title_en: str
    weight: Fraction
    """Share of its parent, 0..1; 1 for the root."""
    provenance: Provenance
    mean: Mean
    missing: Missing
    floor: Decimal | None
    """Geometric and harmonic only: smaller values of children are raised to it. None: 0 or less is an error."""
    children: tuple[Branch | Indicator, ...]


@dataclass(frozen=True, slots=True)
class Composite:
    """One version of a composite index, as checked by `composite_document.read_composite`."""

    code: str
    version: str
    title_vi: str
    title_en: str
    digits: int
    """Decimals of published figures, on which ranks are taken."""
    tie_rule: Literal["competition", "dense"]
    root: Branch
    sha256: str
    """Hex digest of the document."""
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Code and version as printed beside every figure."""
        return f"{self.code}@{self.version}"

    def indicators(self) -> list[Indicator]:
        """The leaves in the order of the document."""

        def below(node: Branch | Indicator) -> Iterator[Indicator]:
            if isinstance(node, Indicator):
                yield node
            else:
                for child in node.children:
                    yield from below(child)

        return list(below(self.root))

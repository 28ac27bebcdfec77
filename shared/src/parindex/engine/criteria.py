"""A criteria tree (lĩnh vực -> tiêu chí -> tiêu chí thành phần) as the engine knows it: a law turned into data. Pure.

Any depth; points are given on leaves (a component, or a criterion without components). Everything here is immutable
and says nothing about a particular unit: inputs are in `inputs`, rules in `rules`, the scored tree in `score`.
Vocabulary: the rule kinds seen in QĐ 766, PAR INDEX decisions and provincial rules (yes/no, checklist, ratio, steps, ...).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

Source = Literal["appraised", "survey", "external", "data"]
"""Where a leaf's input comes from: the appraisal of documents, a survey, another index or statistic, or raw figures."""

NoData = Literal["max", "zero", "not_applicable", "null"]
"""What nothing occurring in the period means for a leaf; `null` is shown empty, adds no points and keeps its maximum."""

Provenance = Literal["sourced", "memory", "illustrative", "inferred", "declared"]
"""How a number is known; `declared` is a rule of this system or of the authority that adopts the framework."""

Section = Literal["main", "bonus", "penalty"]
RoundingPlace = Literal["component", "criterion", "total"]
RankedOn = Literal["percent", "points"]


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a checklist or choice, with its points."""

    id: str
    points: Decimal
    title_vi: str
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Points for a value in [minimum, maximum): half-open, None = unbounded. Numbers, shares 0..1, or ISO dates."""

    minimum: Decimal | str | None
    maximum: Decimal | str | None
    points: Decimal


@dataclass(frozen=True, slots=True)
class YesNo:
    """Maximum for yes, 0 for no."""


@dataclass(frozen=True, slots=True)
class Checklist:
    """Sum of the ticked options."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Points of the one chosen option."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """Points of the step that the value lies in. `of`: a number as given, a ratio (numerator/denominator), or a day."""

    of: Literal["number", "ratio", "date"]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Linear:
    """min(max, max x numerator / denominator), multiplied first, divided once, rounded once."""


@dataclass(frozen=True, slots=True)
class RatioFloor:
    """0 below the floor, maximum from `full` on, in between maximum x ratio. Shares 0..1."""

    floor: Decimal
    full: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Threshold:
    """min(max, max x ratio / full_at). Share 0..1."""

    full_at: Decimal


@dataclass(frozen=True, slots=True)
class PerItem:
    """min(max, count x points_each)."""

    points_each: Decimal


@dataclass(frozen=True, slots=True)
class Deduct:
    """max(0, maximum - sum of points per event). Event type -> points (positive) and its label."""

    events: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """maximum x share of favourable answers (`top2`) or mean score (`mean`) / 100, pooled over the named items.

    `instrument` and `items` say which questions feed it; no items = the whole of the questionnaire's satisfaction items.
    """

    method: Literal["top2", "mean"]
    instrument: str | None = None
    items: tuple[str, ...] = ()
    factor: str | None = None


@dataclass(frozen=True, slots=True)
class External:
    """maximum x value of another index / its scale, for example SIPAS 82.3 of 100."""

    index: str
    scale: Decimal


@dataclass(frozen=True, slots=True)
class YearOnYear:
    """Maximum when the figure moved the right way against the previous period by more than `tolerance`.

    Within the tolerance either way: `partial` points; otherwise 0.
    """

    direction: Literal["up", "down"]
    tolerance: Decimal = Decimal(0)
    partial: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Manual:
    """Points given by the council, 0 to the maximum."""


@dataclass(frozen=True, slots=True)
class Info:
    """Shown, never scored: 0 points of 0."""


Rule = (
    YesNo
    | Checklist
    | Choice
    | Steps
    | Linear
    | RatioFloor
    | Threshold
    | PerItem
    | Deduct
    | Survey
    | External
    | YearOnYear
    | Manual
    | Info
)

RULE_KINDS: Mapping[str, type[Rule]] = {
    "yes_no": YesNo,
    "checklist": Checklist,
    "choice": Choice,
    "steps": Steps,
    "linear": Linear,
    "ratio_floor": RatioFloor,
    "threshold": Threshold,
    "per_item": PerItem,
    "deduct": Deduct,
    "survey_top2": Survey,
    "survey_mean": Survey,
    "external": External,
    "yoy": YearOnYear,
    "manual": Manual,
    "info": Info,
}
"""Word in framework files -> rule."""


def kind_of(rule: Rule) -> str:
    """The word of a rule in framework files."""
    if isinstance(rule, Survey):
        return f"survey_{rule.method}"
    return next(word for word, kind in RULE_KINDS.items() if kind is type(rule))


@dataclass(frozen=True, slots=True)
class Leaf:
    """What only a scored node has."""

    rule: Rule
    source: Source
    on_no_data: NoData | None
    """None: meeting no data is an error that names the component."""
    evidence_required: str = ""
    """Which documents prove it, in Vietnamese; '' where none are asked for."""


@dataclass(frozen=True, slots=True)
class Node:
    """A field, criterion or component. `leaf` is None for a branch; `maximum` is in points."""

    code: str
    """Unique in the framework, ASCII; never shown as the number."""
    number: str
    """As the decision prints it, for example `3.2.4`; '' where it prints none."""
    title_vi: str
    title_en: str
    maximum: Decimal
    provenance: Provenance
    cites: tuple[str, ...] = ()
    """Keys of the framework's sources: the legal reference."""
    note_vi: str = ""
    note_en: str = ""
    applies_to: frozenset[str] = frozenset()
    """Blocks in which the node exists; empty = all. A node outside its blocks leaves the denominator."""
    section: Section = "main"
    """Only on children of the root: bonus and penalty stand outside the denominator and `maximum` caps them."""
    inferred_split: bool = False
    """The split of this branch's points over its children is not settled: an imported score of the branch may stand in."""
    children: tuple[Node, ...] = ()
    leaf: Leaf | None = None

    def walk(self) -> Iterator[Node]:
        """The node and everything under it, parents first, in the order of the decision."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class GradeCondition:
    """An extra condition of a grade, for example "no late dossier": a leaf must have reached its maximum."""

    component: str
    requires: Literal["maximum"]
    title_vi: str
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade (xếp loại): index percent (or points where ranked on points) from `minimum` inclusive."""

    label_vi: str
    label_en: str
    minimum: Decimal
    conditions: tuple[GradeCondition, ...] = ()
    """All must hold; otherwise the next lower grade is tried."""


@dataclass(frozen=True, slots=True)
class View:
    """Another way to add up the same points, for example 62 (appraised) + 38 (survey and impact)."""

    code: str
    title_vi: str
    title_en: str
    maximum: Decimal | None
    """As declared; None where the decision declares none."""
    leaves: frozenset[str]
    """Codes of the leaves that belong to it."""
    provenance: Provenance = "sourced"


@dataclass(frozen=True, slots=True)
class Framework:
    """One version of a criteria set, ready for the engine. Everything else about it is in its document."""

    code: str
    version: str
    sha256: str
    """Hex digest of the frozen document."""
    maximum: Decimal
    """Declared total of the main section; children that sum to something else are a warning, not an error."""
    digits: int
    rounding_at: RoundingPlace
    index_digits: int
    ranked_on: RankedOn
    blocks: tuple[str, ...]
    roots: tuple[Node, ...]
    """Fields (lĩnh vực) in the order of the decision, bonus and penalty sections among them."""
    grades: Mapping[str, tuple[Grade, ...]] = field(default_factory=dict)
    """Block -> grades, best first; key '' for blocks without their own."""
    views: tuple[View, ...] = ()
    tie_rule: Literal["competition", "dense", "ordinal"] = "competition"
    template: bool = False
    """True for a template or illustration: every answer made with it must say so."""
    document: Mapping[str, Any] = field(default_factory=dict)
    """The version as JSON, numbers as strings with their written digits; what `sha256` is taken of."""

    @property
    def name(self) -> str:
        """Code and version as printed beside every figure, for example `par-province@2017-1`."""
        return f"{self.code}@{self.version}"

    def walk(self) -> Iterator[Node]:
        """Every node, parents first, in the order of the decision."""
        for root in self.roots:
            yield from root.walk()

    def leaves(self, block: str | None = None) -> list[Node]:
        """Scored nodes, of one block (those that apply to it) or of all."""

        def below(node: Node) -> Iterator[Node]:
            if block is not None and node.applies_to and block not in node.applies_to:
                return
            if node.leaf is not None:
                yield node
            for child in node.children:
                yield from below(child)

        return [leaf for root in self.roots for leaf in below(root)]

"""The change of one unit's total taken apart by criterion, so that the parts sum exactly to the whole. Pure.

Points: a part is what the leaf gives now minus what it gave before. Percent, where maxima differ: 100 P/M changes by
100 (p1 - p0)(1/M1 + 1/M0)/2 for the points of a leaf, and by -100 (P1 + P0)/2 x (m1 - m0)/(M1 M0) for its maximum; both
sum exactly over the leaves (rational numbers, nothing divided twice). What the framework rounds in the total is a part of
its own, `rounding`. Printed parts: cut to the digits, then raised by one unit where the remainder is largest (equal
remainders: in the order of the decision) until they sum to the printed change of the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from parindex.editions.words import Words, points_words, signed
from parindex.engine.criteria import Node
from parindex.engine.score import Scored
from parindex.engine.score_summary import contributions
from parindex.errors import Invalid

RULE: Words = {
    "vi": "Các phần được tính chính xác rồi làm tròn sao cho tổng các phần đã in đúng bằng thay đổi đã in "
    "(phần dư lớn nhất được làm tròn lên trước).",
    "en": "The parts are exact; printed, the largest remainders are rounded up first, so that the printed parts sum to "
    "the printed change.",
}
_CAUSES: dict[str, Words] = {
    "result": {"vi": "kết quả thay đổi", "en": "the result changed"},
    "new": {"vi": "tiêu chí mới", "en": "a new criterion"},
    "gone": {"vi": "tiêu chí đã bỏ", "en": "a criterion that was dropped"},
    "maximum": {"vi": "điểm tối đa thay đổi", "en": "the maximum changed"},
    "applies": {"vi": "áp dụng hoặc thôi áp dụng cho đơn vị", "en": "it began or ceased to apply to the unit"},
    "rule": {"vi": "cách chấm điểm thay đổi", "en": "the rule changed"},
}


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf's (or section's) share of a change, exact."""

    code: str
    title_vi: str
    title_en: str
    points: Fraction
    percent: Fraction | None
    causes: tuple[str, ...]


_ROUNDING = Part("rounding", "Làm tròn tổng điểm", "Rounding of the total", Fraction(0), Fraction(0), ())
"""The only part where no criterion changed and the printed totals did."""


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A change of points, and of percent where both sides have an index; parts sum exactly to the wholes."""

    points: Decimal
    percent: Decimal | None
    points_rounding: Fraction
    """What the rounding of the two totals contributes; 0 where components are rounded."""
    percent_rounding: Fraction | None
    parts: tuple[Part, ...]
    digits: int
    index_digits: int

    def document(self) -> dict[str, Any]:
        """As JSON: parts of 0 and without a cause are left out, printed parts sum to the printed whole."""
        shown = [part for part in self.parts if part.points or part.percent or part.causes]
        if not shown and (self.points or self.percent):
            shown = [_ROUNDING]
        points = printed([part.points for part in shown], self.points, self.digits)
        percents = (
            None
            if self.percent is None
            else printed([part.percent or Fraction(0) for part in shown], self.percent, self.index_digits)
        )
        lines = []
        for place, part in enumerate(shown):
            percent = None if percents is None else percents[place]
            lines.append(
                {
                    "code": part.code,
                    "title_vi": part.title_vi,
                    "title_en": part.title_en,
                    "points": signed(points[place]),
                    "points_exact": str(part.points),
                    "percent": None if percent is None else signed(percent),
                    "percent_exact": None if part.percent is None else str(part.percent),
                    "words": points_words(points[place]),
                    "causes": [{"code": cause, **_CAUSES[cause]} for cause in part.causes],
                }
            )
        return {
            "points": signed(self.points),
            "percent": None if self.percent is None else signed(self.percent),
            "rounding": {
                "points_exact": str(self.points_rounding),
                "percent_exact": None if self.percent_rounding is None else str(self.percent_rounding),
            },
            "parts": lines,
            "rule": RULE,
        }


def decompose(now: Scored, before: Scored) -> Decomposition:
    """The change from `before` to `now`.

    Raises Invalid for frameworks that are not declared comparable, for other blocks, and while something is missing on a
    side: a total that is not final has no change.
    """
    _refuse(now, before)
    mine, theirs = _contributions(now), _contributions(before)
    nodes = _nodes(before) | _nodes(now)
    maxima, earlier = _maxima(now), _maxima(before)
    wholes = [Fraction(side.points, side.plan.unit) for side in (now, before)]
    denominators = [Fraction(side.maximum, side.plan.unit) for side in (now, before)]
    percent = now.index - before.index if now.index is not None and before.index is not None else None
    parts = []
    for code in [*mine, *(code for code in theirs if code not in mine)]:
        gained = mine.get(code, Fraction(0)) - theirs.get(code, Fraction(0))
        wider = maxima.get(code, Fraction(0)) - earlier.get(code, Fraction(0))
        share = None
        if percent is not None:
            (m1, m0), (p1, p0) = denominators, wholes
            share = 50 * gained * (1 / m1 + 1 / m0) - 50 * (p1 + p0) * wider / (m1 * m0)
        causes = _causes(code, now, before, moved=bool(gained), wider=bool(wider))
        parts.append(Part(code, nodes[code].title_vi, nodes[code].title_en, gained, share, causes))
    points = now.decimal(now.points) - before.decimal(before.points)
    return Decomposition(
        points,
        percent,
        Fraction(points) - sum(part.points for part in parts),
        None if percent is None else Fraction(percent) - sum(part.percent or Fraction(0) for part in parts),
        tuple(parts),
        now.plan.digits,
        now.plan.framework.index_digits,
    )


def printed(parts: Sequence[Fraction], whole: Decimal, digits: int) -> list[Decimal]:
    """Exact parts on so many digits, summing to the printed whole: largest remainders up first, then the earlier part."""
    unit = 10**digits
    scaled = [part * unit for part in parts]
    units = [floor(part) for part in scaled]
    rest = int(whole.scaleb(digits)) - sum(units)
    order = sorted(range(len(parts)), key=lambda place: (units[place] - scaled[place], place))
    if rest < 0:
        order.reverse()
    for turn in range(abs(rest) if order else 0):
        units[order[turn % len(order)]] += 1 if rest > 0 else -1
    return [Decimal(value).scaleb(-digits) for value in units]


def _refuse(now: Scored, before: Scored) -> None:
    mine, theirs = now.plan.framework, before.plan.framework
    declared = theirs.version in mine.document.get("comparable_with", ()) or mine.version in theirs.document.get(
        "comparable_with", ()
    )
    if mine.sha256 != theirs.sha256 and (mine.code != theirs.code or not declared):
        raise Invalid(
            f"{mine.name} and {theirs.name} are not declared comparable: the change of a total cannot be taken apart.",
            code="not_comparable",
            hint="Comparable versions are named in `comparable_with` of the framework.",
        )
    if now.plan.block != before.plan.block:
        raise Invalid(f"The blocks {now.plan.block} and {before.plan.block} are not comparable.", code="not_comparable")
    for side in (now, before):
        if not side.complete:
            named = ", ".join(side.plan.nodes[index].node.code for index in side.missing[:5])
            raise Invalid(
                f"{len(side.missing)} components of {side.plan.framework.name} are missing ({named}): the total is not final.",
                code="incomplete",
                hint="Take the change apart when every component has a result.",
            )


def _contributions(scored: Scored) -> dict[str, Fraction]:
    """Points of the leaves of the main section, then each bonus and (negative) penalty section as a whole."""
    found = dict(contributions(scored))
    for root in scored.plan.roots:
        section = root.node.section
        if section != "main":
            value = Fraction(scored.values[root.index] or 0, scored.over * scored.plan.unit)
            found[root.node.code] = value if section == "bonus" else -value
    return found


def _nodes(scored: Scored) -> dict[str, Node]:
    return {placed.node.code: placed.node for placed in scored.plan.nodes}


def _maxima(scored: Scored) -> dict[str, Fraction]:
    """What each leaf (or imported branch) of the main section adds to the denominator of the unit."""
    plan = scored.plan
    return {
        placed.node.code: Fraction(scored.maxima[placed.index], plan.unit)
        for placed in plan.nodes
        if plan.section(placed) == "main"
        and (scored.states[placed.index] == "imported") == (placed.node.leaf is None)
        and scored.maxima[placed.index]
    }


def _causes(code: str, now: Scored, before: Scored, *, moved: bool, wider: bool) -> tuple[str, ...]:
    mine, theirs = now.plan.places.get(code), before.plan.places.get(code)
    if theirs is None:
        return ("new",)
    if mine is None:
        return ("gone",)
    causes = ["result"] if moved else []
    new, old = now.plan.nodes[mine].node, before.plan.nodes[theirs].node
    if new.leaf is not None and old.leaf is not None and new.leaf.rule != old.leaf.rule:
        causes.append("rule")
    if now.plan.maxima[mine] * before.plan.unit != before.plan.maxima[theirs] * now.plan.unit:
        causes.append("maximum")
    elif wider:
        causes.append("applies")
    return tuple(causes)


def decompose_printed(
    now: Mapping[str, Any], before: Mapping[str, Any], columns: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]] | None:
    """The change of a printed total by its printed columns; what they do not explain stands as `unexplained`.

    `now` and `before` are rows of two bodies. None where a total or a column is missing on a side.
    """
    totals = now["points"], before["points"]
    cells = [(column, now["parts"].get(column["code"]), before["parts"].get(column["code"])) for column in columns]
    figures = [one["points"] if one else None for _, *pair in cells for one in pair]
    if not cells or None in totals or None in figures:
        return None
    lines = [
        {
            "code": column["code"],
            "title_vi": column["title_vi"],
            "title_en": column["title_en"],
            "points": signed(Decimal(new["points"]) - Decimal(old["points"])),
        }
        for column, new, old in cells
        if new is not None and old is not None
    ]
    whole = Decimal(totals[0]) - Decimal(totals[1])
    rest = whole - sum((Decimal(line["points"]) for line in lines), Decimal(0))
    if rest:
        lines.append(
            {
                "code": "unexplained",
                "title_vi": "Chênh lệch làm tròn của cơ quan công bố",
                "title_en": "Rounding by the publisher",
                "points": signed(rest),
            }
        )
    return lines

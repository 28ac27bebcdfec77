"""What a target asks for: a place, a figure or a grade turned into points that a unit must have. Pure.

Other units are held still. Places are taken on the published figures under the framework's declared tie rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from parindex.engine.criteria import Framework, Grade
from parindex.engine.rank import Contender, rank
from parindex.engine.score import Plan
from parindex.errors import Finding, Invalid

_FORM = '{"place": 15}, {"figure": "80"} or {"grade": "Tốt"}'
_LARGEST_PLACE = 100_000


@dataclass(frozen=True, slots=True)
class Target:
    """Exactly one of: a place (1 = best), a published figure (percent, or points where ranked on points), a grade."""

    place: int | None = None
    figure: Decimal | None = None
    grade: str | None = None

    def words(self, framework: Framework) -> tuple[str, str]:
        """Vietnamese and English."""
        unit_vi, unit_en = ("%", "%") if framework.ranked_on == "percent" else (" điểm", " points")
        if self.place is not None:
            return f"vào nhóm {self.place} đơn vị dẫn đầu", f"among the {self.place} best"
        if self.figure is not None:
            return f"đạt từ {self.figure:f}{unit_vi} trở lên".replace(".", ","), f"{self.figure:f}{unit_en} or more"
        return f"xếp loại từ {self.grade} trở lên", f"grade {self.grade} or better"


def read_target(value: Any) -> Target:
    """The target of a request. Raises Invalid with a finding."""
    match value:
        case {"place": int(place), **rest} if not rest and not isinstance(place, bool) and 1 <= place <= _LARGEST_PLACE:
            return Target(place=place)
        case {"figure": str(text), **rest} if not rest and (figure := _figure(text)) is not None:
            return Target(figure=figure)
        case {"grade": str(label), **rest} if not rest and 0 < len(label) <= 100:
            return Target(grade=label)
    fault = Finding("target_form", "target", f"{str(value)[:80]!r} is no target.", f"Expected {_FORM}.")
    raise Invalid(fault.message, code=fault.code, hint=fault.hint, findings=[fault])


def _figure(text: str) -> Decimal | None:
    whole, _, rest = text.strip().replace(",", ".").partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 6) or (
        rest and not (rest.isascii() and rest.isdigit())
    ):
        return None
    return Decimal(f"{whole}.{rest}" if rest else whole) if len(rest) <= 12 else None


def figure_digits(framework: Framework) -> int:
    """Decimals of the published figure that ranks and grades are taken on."""
    return framework.index_digits if framework.ranked_on == "percent" else framework.digits


def places(framework: Framework, figures: Mapping[int, Decimal]) -> dict[int, int]:
    """Place of each unit by its published figure under the tie rule; equal figures of an ordinal rule in registration order."""
    breakers = ("unit_id",) if framework.tie_rule == "ordinal" else ()
    contenders = [Contender(unit_id, figure, {}) for unit_id, figure in figures.items()]
    return rank(contenders, framework.tie_rule, tie_breakers=breakers, digits=figure_digits(framework))


def figure_for_place(framework: Framework, place: int, unit_id: int, others: Mapping[int, Decimal]) -> Decimal | None:
    """The smallest published figure with which the unit has the place or a better one; None: any figure does."""
    last = Decimal(1).scaleb(-figure_digits(framework))
    steps = sorted({value for figure in others.values() for value in (figure, figure + last)})

    def suffices(figure: Decimal) -> bool:
        return places(framework, {**others, unit_id: figure})[unit_id] <= place

    if not steps or suffices(steps[0] - 1):
        return None
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(steps[middle]) else (middle + 1, high)
    return steps[low]


def total_for(plan: Plan, maximum: int, figure: Decimal) -> int:
    """The fewest points (units of the plan) whose published figure is at least `figure`. `maximum` is the unit's own."""
    framework, unit = plan.framework, 10 ** figure_digits(plan.framework)
    # A figure with more digits than are published is reached by the next published one.
    top, bottom = figure.as_integer_ratio()
    steps = -(-top * unit // bottom)
    if framework.ranked_on == "points":
        units = -(-steps * plan.unit // unit)
    else:
        # Half-up: published from half a last digit below on.
        units = -(-(2 * steps - 1) * maximum // (200 * unit))
    total: int = -(-units // plan.step) * plan.step
    return total


def grades_from(plan: Plan, label: str) -> list[Grade]:
    """The grade of that name and those above it, the nearest first. Raises Invalid naming the grades there are."""
    grades = list(plan.framework.grades.get(plan.block) or plan.framework.grades.get("", ()))
    for place, grade in enumerate(grades):
        if label in (grade.label_vi, grade.label_en):
            return grades[: place + 1][::-1]
    known = ", ".join(grade.label_vi for grade in grades) or "none"
    fault = Finding(
        "grade_unknown", "target.grade", f"{label[:60]!r} is no grade of the framework.", f"Its grades: {known}."
    )
    raise Invalid(fault.message, code=fault.code, hint=fault.hint, findings=[fault])

"""How a unit reaches a target: what is missing, which components have room and why, and the smallest set of gains. Pure.

The form is that of "25 components not at their maximum" (Thừa Thiên Huế, 2018). "Smallest": as few components as
possible, then as few published points as possible. Everything proposed is scored again before it is given out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from parindex.engine.criteria import Grade
from parindex.engine.improve_search import Found, smallest
from parindex.engine.improve_sums import Candidate, candidates
from parindex.engine.improve_target import Target, figure_digits, figure_for_place, grades_from, places, total_for
from parindex.engine.inputs import Inputs, input_json
from parindex.engine.numerals import published
from parindex.engine.score import Plan, Scored
from parindex.engine.score_document import document
from parindex.engine.score_summary import at_maximum, grade, ranked_figure

Others = Mapping[int, Decimal]
"""Published figures of the other ranked units, held still."""
_NO_WAY = {
    "held": ("Giữ nguyên theo yêu cầu.", "Held still, as asked for."),
    "no_data": (
        "Không phát sinh trong kỳ: không cải thiện được.",
        "Nothing occurred in the period: nothing to improve.",
    ),
    "no_better_input": ("Không có mức cao hơn theo quy tắc chấm.", "The rule has nothing better to give."),
}


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to reach the target: what must be at its maximum (conditions of a grade), then the smallest set."""

    changes: Inputs
    gain: int
    lower_bound: int
    least_gain: bool


def improve(
    plan: Plan,
    inputs: Inputs,
    target: Target,
    *,
    unit_id: int = 0,
    others: Others | None = None,
    hold: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """The answer to a target (shape: docs/design.md "Targets and what-if"). Points and percents are published strings.

    `hold`: codes of components to be left as they are. `outcome`: reached, reachable, unreachable, or incomplete (the unit
    has no index while inputs are missing). Raises Invalid for an unknown grade or unusable inputs.
    """
    scored = plan.score(inputs)
    score = document(plan, scored, inputs)
    others = others or {}
    movable = candidates(plan, scored, inputs, hold)
    answer: dict[str, Any] = {
        **{key: score[key] for key in ("framework", "version", "framework_sha256", "template", "block")},
        "ranked_on": plan.framework.ranked_on,
        "target": _target(plan, target),
        "now": standing(plan, scored, unit_id, others),
        "missing": score["missing"],
        "counts": {**score["counts"], "by_source": _by_source(plan, scored)},
        "room": _room(plan, score, movable, hold),
        "lacking": None,
        "plan": None,
        "best": None,
    }
    if scored.index is None:
        return {**answer, "outcome": "incomplete"}
    aims = _aims(plan, scored, target, unit_id, others)
    answer["target"]["figure_needed"] = (
        None if aims[0][0] is None else f"{aims[0][0]:.{figure_digits(plan.framework)}f}"
    )
    if any(_holds(plan, scored, total, of) for _, total, of in aims):
        return {**answer, "outcome": "reached"}
    answer["lacking"] = _lacking(plan, scored, *aims[0][:2])
    ways = [way for _, total, of in aims if (way := _way(plan, scored, inputs, movable, total, of)) is not None]
    if not ways:
        best = plan.score({**inputs, **{one.code: one.ladder.at(one.ladder.length) for one in movable}})
        return {**answer, "outcome": "unreachable", "best": standing(plan, best, unit_id, others)}
    way = min(ways, key=lambda one: (len(one.changes), one.gain))
    return {**answer, "outcome": "reachable", "plan": _plan(plan, scored, inputs, way, unit_id, others)}


def _aims(
    plan: Plan, scored: Scored, target: Target, unit_id: int, others: Others
) -> list[tuple[Decimal | None, int, Grade | None]]:
    """Ways in which the target may be met: figure, total in units, grade whose conditions must hold."""
    if target.grade is not None:
        return [
            (one.minimum, total_for(plan, scored.maximum, one.minimum), one) for one in grades_from(plan, target.grade)
        ]
    figure = target.figure
    if target.place is not None:
        figure = figure_for_place(plan.framework, target.place, unit_id, others)
    total = scored.points if figure is None else total_for(plan, scored.maximum, figure)
    return [(figure, total, None)]


def _holds(plan: Plan, scored: Scored, total: int, of: Grade | None) -> bool:
    return scored.points >= total and not _broken(plan, scored, of)


def _broken(plan: Plan, scored: Scored, of: Grade | None) -> list[str]:
    """Components that a grade wants at their maximum and that are not."""
    codes = [] if of is None else [condition.component for condition in of.conditions]
    return [
        code
        for code in dict.fromkeys(codes)
        if code in plan.places
        and scored.states[plan.places[code]] != "not_applicable"
        and not at_maximum(scored, plan.places[code])
    ]


def _way(
    plan: Plan, scored: Scored, inputs: Inputs, movable: list[Candidate], total: int, of: Grade | None
) -> _Way | None:
    known = {one.code: one for one in movable}
    forced: dict[str, Any] = {}
    gain = 0
    for code in _broken(plan, scored, of):
        if code not in known:
            return None
        one = known[code]
        forced[code] = one.ladder.at(one.ladder.length)
        gain += one.gain(one.ladder.length)
    after = plan.score({**inputs, **forced})
    if _broken(plan, after, of):
        return None
    if after.points >= total:
        return _Way(forced, gain, gain, least_gain=True)
    changed = {**inputs, **forced}
    left = [one for one in candidates(plan, after, changed, frozenset()) if one.code in known.keys() - forced.keys()]
    found: Found | None = smallest(plan, after, changed, left, total)
    if found is None:
        return None
    return _Way({**forced, **found.changes}, gain + found.gain, gain + found.lower_bound, found.least_gain)


def _target(plan: Plan, target: Target) -> dict[str, Any]:
    vi, en = target.words(plan.framework)
    return {
        "place": target.place,
        "figure": None if target.figure is None else f"{target.figure:f}",
        "grade": target.grade,
        "words": {"vi": vi, "en": en},
        "figure_needed": None,
    }


def standing(plan: Plan, scored: Scored, unit_id: int, others: Others) -> dict[str, Any]:
    """Figure, points, grade and place of a unit among the others held still; no figure while something is missing."""
    figure = ranked_figure(scored)
    reached = grade(scored)[0]
    return {
        "figure": None if figure is None else f"{figure:f}",
        "points": _text(plan, scored.points),
        "maximum": _text(plan, scored.maximum),
        "index": None if scored.index is None else f"{scored.index:f}",
        "rank": None if figure is None else places(plan.framework, {**others, unit_id: figure})[unit_id],
        "of": len(others) + (figure is not None),
        "grade": None if reached is None else {"label_vi": reached.label_vi, "label_en": reached.label_en},
    }


def _lacking(plan: Plan, scored: Scored, figure: Decimal | None, total: int) -> dict[str, str]:
    now = ranked_figure(scored)
    assert now is not None
    digits = figure_digits(plan.framework)
    lacks = Decimal(0) if figure is None else max(Decimal(0), figure - now)
    return {"figure": f"{lacks:.{digits}f}", "points": _text(plan, max(0, total - scored.points))}


def _by_source(plan: Plan, scored: Scored) -> dict[str, dict[str, int]]:
    """At maximum or not, by where the points come from: seed figures count appraised components alone."""
    counted: dict[str, dict[str, int]] = {}
    for index in plan.main:
        leaf = plan.nodes[index].node.leaf
        if leaf is not None and scored.states[index] in ("scored", "no_data"):
            line = counted.setdefault(leaf.source, {"at_maximum": 0, "not_at_maximum": 0})
            line["at_maximum" if at_maximum(scored, index) else "not_at_maximum"] += 1
    return dict(sorted(counted.items()))


def _room(plan: Plan, score: Mapping[str, Any], movable: list[Candidate], hold: frozenset[str]) -> list[dict[str, Any]]:
    """Components that are not at their best, in the order of the decision: what they could gain, and why they have not."""
    able = {one.code: one for one in movable}
    lost = {line["code"]: line["lost"] for line in score["not_reached"]}
    lines = []
    for node in score["nodes"]:
        code = node["code"]
        if code not in able and code not in lost:
            continue
        one = able.get(code)
        why = (
            None if one else "held" if code in hold else "no_data" if node["state"] == "no_data" else "no_better_input"
        )
        lines.append(
            {
                **{key: node[key] for key in ("code", "number", "title_vi", "title_en", "section", "source", "points")},
                **{key: node[key] for key in ("maximum", "reason_vi", "reason_en", "provenance")},
                "lost": lost.get(code),
                "room": None if one is None else _text(plan, one.gain(one.ladder.length) * plan.step),
                "fixed": why,
                "fixed_vi": _NO_WAY[why][0] if why else None,
                "fixed_en": _NO_WAY[why][1] if why else None,
            }
        )
    return lines


def _plan(plan: Plan, scored: Scored, inputs: Inputs, way: _Way, unit_id: int, others: Others) -> dict[str, Any]:
    after_inputs = {**inputs, **way.changes}
    after = plan.score(after_inputs)
    before_nodes = {node["code"]: node for node in document(plan, scored, inputs)["nodes"]}
    steps = [
        {
            **{key: node[key] for key in ("code", "number", "title_vi", "title_en", "section", "source")},
            "before": _side(before_nodes[node["code"]], inputs),
            "after": _side(node, after_inputs),
        }
        for node in document(plan, after, after_inputs)["nodes"]
        if node["code"] in way.changes
    ]
    return {
        "components": len(steps),
        "gain": _text(plan, way.gain * plan.step),
        "fewest": True,
        "least_gain": way.least_gain,
        "gain_at_least": _text(plan, way.lower_bound * plan.step),
        "steps": steps,
        "after": standing(plan, after, unit_id, others),
    }


def _side(node: Mapping[str, Any], inputs: Inputs) -> dict[str, Any]:
    given = input_json(inputs[node["code"]])
    shown = None if given is None else {key: value for key, value in given.items() if key != "from"}
    return {
        "input": shown,
        **{key: node[key] for key in ("points", "reason_vi", "reason_en")},
    }


def _text(plan: Plan, units: int) -> str:
    return published(units // plan.step, plan.digits)

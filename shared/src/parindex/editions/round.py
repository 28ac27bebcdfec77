"""Entries of an assessment round: every unit scored again from its final inputs by the framework in the inputs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parindex.editions.entries import Cell, Entries, Entry, Unranked
from parindex.editions.rules import Rules
from parindex.engine.criteria import Framework
from parindex.engine.numerals import published, shortest
from parindex.engine.read_inputs import score_json
from parindex.engine.score import Plan, Scored, compile_framework
from parindex.engine.score_summary import fields, grade, ranked_figure
from parindex.frameworks.criteria_file import read_framework_json

_SECTION_KIND = {"main": "field", "bonus": "bonus", "penalty": "penalty"}
NOTHING_APPLIES = Unranked(
    "nothing_applies",
    "Không xếp hạng: không có tiêu chí nào áp dụng cho đơn vị.",
    "Not ranked: nothing applies to the unit.",
)


def round_entries(inputs: Mapping[str, Any]) -> Entries:
    """One entry a unit of `units`; a unit without inputs has everything missing and is listed with that reason.

    Raises Invalid with every fault of the framework's document, or of a unit's inputs.
    """
    framework = read_framework_json(inputs["framework"], "the edition's framework").framework
    plan = compile_framework(framework, inputs["block"])
    given = inputs["inputs"]
    entries = [_entry(plan, int(unit_id), given.get(unit_id, {})) for unit_id in sorted(inputs["units"], key=int)]
    return Entries(
        _index(framework),
        _rules(framework),
        _columns(plan),
        entries,
        part_digits=framework.index_digits,
    )


def _index(framework: Framework) -> dict[str, Any]:
    document = framework.document
    return {
        "code": framework.code,
        "version": framework.version,
        "title_vi": document["title_vi"],
        "title_en": document["title_en"],
        "sha256": framework.sha256,
        "template": framework.template,
        "maximum": f"{framework.maximum:f}",
        "method": None,
        "status": document["status"],
        "status_note_vi": document.get("status_note_vi") or "",
        "status_note_en": document.get("status_note_en") or "",
        "fragment": False,
    }


def _rules(framework: Framework) -> Rules:
    ties = framework.document.get("ties") or {}
    return Rules(
        name=framework.name,
        sha256=framework.sha256,
        tie_rule=framework.tie_rule,
        tie_breakers=("unit_id",) if framework.tie_rule == "ordinal" else (),
        tie_note_vi=ties.get("note_vi") or "",
        tie_note_en=ties.get("note_en") or "",
        digits=framework.index_digits if framework.ranked_on == "percent" else framework.digits,
        ranked_on=framework.ranked_on,
        bands=(),
        grouping=framework.document.get("grouping"),
        change_digits=framework.index_digits if framework.ranked_on == "percent" else framework.digits,
        comparable_with=tuple(framework.document.get("comparable_with", ())),
        break_words=None,
        baseline=None,
    )


def _columns(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "code": root.node.code,
            "number": root.node.number,
            "title_vi": root.node.title_vi,
            "title_en": root.node.title_en,
            "maximum": shortest(plan.maxima[root.index], plan.scale),
            "kind": _SECTION_KIND[root.node.section],
        }
        for root in plan.roots
    ]


def _entry(plan: Plan, unit_id: int, given: Mapping[str, Any]) -> Entry:
    scored = score_json(plan, given, unit=str(unit_id))
    reached, failed = grade(scored)
    value = ranked_figure(scored)
    return Entry(
        unit_id,
        value,
        _points(scored, scored.points) if scored.complete else None,
        shortest(scored.maximum, plan.scale),
        _parts(scored),
        None if value is not None else _unranked(scored),
        grade=None
        if reached is None
        else {
            "label_vi": reached.label_vi,
            "label_en": reached.label_en,
            "conditions_failed": [
                {"component": one.component, "title_vi": one.title_vi, "title_en": one.title_en} for one in failed
            ],
        },
        more={"percent": None if scored.index is None else f"{scored.index:f}"},
    )


def _parts(scored: Scored) -> dict[str, Cell]:
    plan = scored.plan
    cells = {
        part.code: Cell(
            # Points of what is there so far would read as a figure: something missing is no zero.
            None
            if part.value is None or (part.percent is None and part.maximum)
            else _points(scored, scored.published(part.value)),
            shortest(part.maximum, plan.scale),
            None if part.percent is None else f"{part.percent:f}",
            part.percent,
        )
        for part in fields(scored)
    }
    for root in plan.roots:
        if root.node.section != "main":
            points = _points(scored, scored.published(scored.values[root.index] or 0))
            cells[root.node.code] = Cell(points, shortest(scored.maxima[root.index], plan.scale), None, None)
    return cells


def _points(scored: Scored, units: int) -> str:
    return published(units // scored.plan.step, scored.plan.digits)


def _unranked(scored: Scored) -> Unranked:
    if not scored.missing:
        return NOTHING_APPLIES
    count = len(scored.missing)
    return Unranked(
        "missing",
        f"Chưa xếp hạng: còn {count} tiêu chí thành phần chưa có kết quả.",
        f"Not ranked: {count} components have no result yet.",
        tuple(scored.plan.nodes[index].node.code for index in scored.missing),
    )

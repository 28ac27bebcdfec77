"""A criteria tree written as the JSON of its framework document: numbers with their written digits, defaults left out.

The inverse of the readers: reading what is written here gives the same tree and the same digest.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from parindex.engine.criteria import (
    Checklist,
    Choice,
    Deduct,
    External,
    Grade,
    Node,
    Option,
    PerItem,
    RatioFloor,
    Rule,
    Steps,
    Survey,
    Threshold,
    YearOnYear,
    kind_of,
)


def node_document(node: Node) -> dict[str, Any]:
    """A node and everything under it, with the keys of the framework document."""
    written: dict[str, Any] = {
        "code": node.code,
        "number": node.number,
        "title_vi": node.title_vi,
        "title_en": node.title_en,
        "max": written_digits(node.maximum),
        "provenance": node.provenance,
        "cites": list(node.cites),
    }
    optional: dict[str, Any] = {
        "note_vi": node.note_vi,
        "note_en": node.note_en,
        "applies_to": sorted(node.applies_to),
        "section": "" if node.section == "main" else node.section,
        "inferred_split": node.inferred_split,
        "children": [node_document(child) for child in node.children],
    }
    written |= {key: value for key, value in optional.items() if value}
    if node.leaf is not None:
        written |= {"rule": kind_of(node.leaf.rule), **rule_parameters(node.leaf.rule), "source": node.leaf.source}
        written |= {"on_no_data": node.leaf.on_no_data} if node.leaf.on_no_data else {}
        written |= {"evidence_required": node.leaf.evidence_required} if node.leaf.evidence_required else {}
    return written


def written_digits(value: Decimal) -> str:
    """A number as text with the digits it was written with, never in powers of ten."""
    return format(value, "f")


def rule_parameters(rule: Rule) -> dict[str, Any]:
    """The parameters of a rule as JSON; empty for rules that have none."""
    match rule:
        case Checklist() | Choice():
            return {"options": [_option(option) for option in rule.options]}
        case Deduct():
            return {"events": [_option(event) for event in rule.events]}
        case Steps():
            return {"of": rule.of, "steps": [_step(step.minimum, step.maximum, step.points) for step in rule.steps]}
        case RatioFloor():
            return {"floor": written_digits(rule.floor), "full": written_digits(rule.full)}
        case Threshold():
            return {"full_at": written_digits(rule.full_at)}
        case PerItem():
            return {"points_each": written_digits(rule.points_each)}
        case Survey():
            named = {"instrument": rule.instrument, "items": list(rule.items), "factor": rule.factor}
            return {key: value for key, value in named.items() if value}
        case External():
            return {"index": rule.index, "scale": written_digits(rule.scale)}
        case YearOnYear():
            return {
                "direction": rule.direction,
                "tolerance": written_digits(rule.tolerance),
                "partial": written_digits(rule.partial),
            }
        case _:
            return {}


def grade_document(grade: Grade) -> dict[str, Any]:
    """One grade, with the conditions it has."""
    written: dict[str, Any] = {
        "label_vi": grade.label_vi,
        "label_en": grade.label_en,
        "min": written_digits(grade.minimum),
    }
    if grade.conditions:
        written["conditions"] = [
            {
                "component": one.component,
                "requires": one.requires,
                "title_vi": one.title_vi,
                **({"title_en": one.title_en} if one.title_en else {}),
            }
            for one in grade.conditions
        ]
    return written


def _option(option: Option) -> dict[str, Any]:
    written = {"id": option.id, "points": written_digits(option.points), "title_vi": option.title_vi}
    return written | ({"title_en": option.title_en} if option.title_en else {})


def _step(low: Decimal | str | None, high: Decimal | str | None, points: Decimal) -> dict[str, Any]:
    bounds = {"min": low, "max": high}
    return {key: _bound(value) for key, value in bounds.items() if value is not None} | {
        "points": written_digits(points)
    }


def _bound(value: Decimal | str) -> str:
    return value if isinstance(value, str) else written_digits(value)

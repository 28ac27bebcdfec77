"""A framework document as the rows of its workbook's sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from parindex.engine.criteria import Framework
from parindex.workbooks import framework_sheets as sheets
from parindex.workbooks.rule_sentence import rule_sentence
from parindex.workbooks.words import PARAMETERS

LISTS = {
    "options": {"id": "id", "title_vi": "title_vi", "points": "points", "title_en": "title_en"},
    "events": {"id": "id", "title_vi": "title_vi", "points": "points", "title_en": "title_en"},
    "steps": {"min": "min", "max": "max", "points": "points"},
}
"""Parameters that are lists of objects: key of the object -> column of the sheet `Thang điểm`."""

Rows = list[dict[str, Any]]


def framework_rows(framework: Framework) -> dict[str, Rows]:
    """Sheet -> rows, each a mapping of column keys to JSON values; the general sheet has one row."""
    document = framework.document
    sentences = {node.code: rule_sentence(node) for node in framework.walk()}
    nodes = list(_walk(document["children"], 1))
    grades = document.get("grades") or {}
    scales = {"": grades.get("default", []), **grades.get("blocks", {})}
    return {
        sheets.TREE: [{**node, "level": level, "sentence": sentences[node["code"]]} for level, node in nodes],
        sheets.RULES: [row for _, node in nodes for row in _rule_rows(node)],
        sheets.GENERAL: [{line.key: _at(document, line.key) for line in sheets.GENERAL_LINES}],
        sheets.BLOCKS: document["blocks"],
        sheets.GRADES: [{**grade, "block": block} for block, scale in scales.items() for grade in scale],
        sheets.CONDITIONS: [
            {**condition, "block": block, "label_vi": grade["label_vi"]}
            for block, scale in scales.items()
            for grade in scale
            for condition in grade.get("conditions", ())
        ],
        sheets.GROUPS: (document.get("grouping") or {}).get("labels", []),
        sheets.VIEWS: [
            {**view, "selector": selector, "members": members}
            for view in document.get("views", ())
            for selector, members in view["select"].items()
        ],
        sheets.SOURCES: [{**source, "key": key} for key, source in document.get("sources", {}).items()],
        sheets.GAPS: document.get("gaps", []),
        sheets.INDICES: [{**titles, "code": code} for code, titles in document.get("external_indices", {}).items()],
        sheets.NOT_MODELLED: [{"sentence": sentence} for sentence in document.get("not_modelled", ())],
    }


def _walk(nodes: list[dict[str, Any]], level: int) -> Iterator[tuple[int, dict[str, Any]]]:
    for node in nodes:
        yield level, node
        yield from _walk(node.get("children", []), level + 1)


def _rule_rows(node: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for parameter in PARAMETERS:
        if parameter not in node:
            continue
        head = {"component": node["code"], "title": node["title_vi"], "parameter": parameter}
        value = node[parameter]
        if parameter in LISTS:
            for one in value:
                yield head | {column: one.get(key) for key, column in LISTS[parameter].items()}
        elif isinstance(value, list):
            for one in value:
                yield head | {"value": one}
        else:
            yield head | {"value": value}


def _at(document: Mapping[str, Any], path: str) -> Any:
    value: Any = document
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value

"""JSON Schema (draft 2020-12) of the framework document, for editors and for those who write drafts by program.

It says what single fields look like. What only the whole tells (codes once, options that make the maximum, steps without
a hole, sources that exist) is checked by `criteria_file`, whose findings name the place.
"""

from __future__ import annotations

from typing import Any

from parindex.frameworks.criteria_head import PERIODS, ROUNDING_PLACES, STATUSES
from parindex.frameworks.criteria_marks import GROUPING_SIZES
from parindex.frameworks.criteria_tree import NO_DATA, PROVENANCES, SECTIONS, SOURCES

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "pattern": r"\S"}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_CODE: Schema = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}
_NUMBER: Schema = {
    "description": "Exact number: text with its written digits, or a whole number. Never a binary fraction.",
    "anyOf": [
        {"type": "string", "pattern": "^-?(0|[1-9][0-9]{0,29})(\\.[0-9]{1,30})?$"},
        {"type": "integer", "minimum": -(2**53 - 1), "maximum": 2**53 - 1},
    ],
}
_POINTS: Schema = {
    "description": "Points, 0 or more, at most 4 decimals that are not 0.",
    "anyOf": [
        {"type": "string", "pattern": "^(0|[1-9][0-9]{0,29})(\\.[0-9]{1,4}0{0,26})?$"},
        {"type": "integer", "minimum": 0, "maximum": 100_000},
    ],
}
_SHARE: Schema = {
    "description": "Share 0..1.",
    "anyOf": [
        {"type": "string", "pattern": "^(0(\\.[0-9]{1,30})?|1(\\.0{1,30})?)$"},
        {"type": "integer", "minimum": 0, "maximum": 1},
    ],
}
_RATIO: Schema = {
    "description": "Ratio 0..10, for example 0.8 for 80 percent.",
    "anyOf": [
        {"type": "string", "pattern": "^([0-9](\\.[0-9]{1,30})?|10(\\.0{1,30})?)$"},
        {"type": "integer", "minimum": 0, "maximum": 10},
    ],
}
_DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "format": "date"}
_DIGITS: Schema = {"type": "integer", "minimum": 0, "maximum": 4}
_PROVENANCE: Schema = {
    "description": "How the numbers are known; `sourced` needs a citation.",
    "enum": list(PROVENANCES),
}


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(required: Schema, optional: Schema | None = None) -> Schema:
    return {
        "type": "object",
        "properties": {**required, **{key: _maybe(value) for key, value in (optional or {}).items()}},
        "required": list(required),
        "additionalProperties": False,
    }


def _list(items: Schema, least: int = 0) -> Schema:
    return {"type": "array", "items": items} | ({"minItems": least} if least else {})


def _basis() -> Schema:
    return {"provenance": _PROVENANCE}


def _titled() -> Schema:
    return _object({"code": _CODE, "title_vi": _TEXT}, {"title_en": _MAYBE_TEXT})


def _option() -> Schema:
    return _object({"id": _CODE, "points": _POINTS, "title_vi": _TEXT}, {"title_en": _MAYBE_TEXT})


def _steps(of: str, bound: Schema) -> tuple[Schema, Schema]:
    return {
        "of": {"const": of},
        "steps": _list(_object({"points": _POINTS}, {"min": bound, "max": bound}), 1),
    }, {}


def _survey() -> tuple[Schema, Schema]:
    return {}, {"instrument": _TEXT, "items": _list(_TEXT), "factor": _TEXT}


def _rules() -> list[tuple[str, Schema, Schema]]:
    """Word of each rule with the parameters it needs and those it may have."""
    options = {"options": _list(_option(), 1)}
    return [
        ("yes_no", {}, {}),
        ("checklist", options, {}),
        ("choice", {"options": _list(_option(), 2)}, {}),
        ("steps", *_steps("number", _NUMBER)),
        ("steps", *_steps("ratio", _RATIO)),
        ("steps", *_steps("date", _DAY)),
        ("linear", {}, {}),
        ("ratio_floor", {"floor": _SHARE}, {"full": _SHARE}),
        ("threshold", {"full_at": _SHARE}, {}),
        ("per_item", {"points_each": _POINTS}, {}),
        ("deduct", {"events": _list(_option(), 1)}, {}),
        ("survey_top2", *_survey()),
        ("survey_mean", *_survey()),
        ("external", {"index": _CODE, "scale": _NUMBER}, {}),
        ("yoy", {"direction": {"enum": ["up", "down"]}}, {"tolerance": _NUMBER, "partial": _POINTS}),
        ("manual", {}, {}),
        ("info", {}, {}),
    ]


def _nodes() -> Schema:
    """A node: a branch with children, or a leaf with exactly the parameters of its rule."""
    common: Schema = {"code": _CODE, "title_vi": _TEXT, "max": _POINTS}
    described: Schema = {
        "number": _MAYBE_TEXT,
        "title_en": _MAYBE_TEXT,
        "provenance": _PROVENANCE,
        "cites": _list(_TEXT),
        "note_vi": _MAYBE_TEXT,
        "note_en": _MAYBE_TEXT,
        "applies_to": _list(_CODE),
        "section": {"enum": list(SECTIONS)},
        "inferred_split": {"type": "boolean"},
    }
    branch = _object({**common, "children": _list({"$ref": "#/$defs/node"}, 1)}, described)
    leaves = [
        _object(
            {**common, "rule": {"const": word}, "source": {"enum": list(SOURCES)}, **needed},
            {**described, "evidence_required": _MAYBE_TEXT, **allowed},
        )
        for word, needed, allowed in _rules()
    ]
    for leaf in leaves:
        # Not nullable: null without quotes would be read as no declaration, the word "null" as shown empty.
        leaf["properties"]["on_no_data"] = {"enum": list(NO_DATA)}
    basis = {"anyOf": [{"required": ["provenance"]}, {"required": ["cites"]}]}
    return {"allOf": [basis, {"oneOf": [branch, *leaves]}]}


def _grades() -> Schema:
    condition = _object(
        {"component": _CODE, "requires": {"enum": ["maximum"]}, "title_vi": _TEXT}, {"title_en": _MAYBE_TEXT}
    )
    grade = _object({"label_vi": _TEXT, "min": _POINTS}, {"label_en": _MAYBE_TEXT, "conditions": _list(condition)})
    return _object(
        {**_basis(), "default": _list(grade, 1)},
        {"source": _MAYBE_TEXT, "blocks": {"type": "object", "additionalProperties": _list(grade, 1)}},
    )


def _views() -> Schema:
    selected = {"sources": {"enum": list(SOURCES)}, "fields": _CODE, "leaves": _CODE}
    select = {"oneOf": [_object({key: _list(value, 1)}) for key, value in selected.items()]}
    return _object(
        {"code": _CODE, "title_vi": _TEXT, **_basis(), "select": select},
        {"title_en": _MAYBE_TEXT, "max": _POINTS, "source": _MAYBE_TEXT},
    )


def _grouping() -> Schema:
    label = _object({"label_vi": _TEXT}, {"label_en": _MAYBE_TEXT})
    return _object(
        {"method": {"enum": list(GROUPING_SIZES)}, **_basis(), "labels": _list(label, 1)}, {"source": _MAYBE_TEXT}
    )


def framework_schema() -> Schema:
    """The schema, a fresh copy at each call. Every document that `criteria_file` accepts is valid under it."""
    span = {"from": _DAY}
    source = _object({"title": _TEXT}, {"href": _MAYBE_TEXT, "issued_on": _DAY, "consulted": _DAY})
    required = {
        "code": _CODE,
        "version": {"type": "string", "pattern": r"^(?=.*\S)[^@/]{1,40}$"},
        "title_vi": _TEXT,
        "publisher_vi": _TEXT,
        "status": {"enum": list(STATUSES)},
        "in_force": _object(span, {"to": _DAY}),
        "periods": _list({"enum": list(PERIODS)}, 1) | {"uniqueItems": True},
        "max": _POINTS,
        "rounding": _object({"digits": _DIGITS, "at": {"enum": list(ROUNDING_PLACES)}}, {"mode": {"const": "half_up"}}),
        "index": _object({"digits": _DIGITS, "ranked_on": {"enum": ["percent", "points"]}}),
        "blocks": _list(_titled(), 1),
        "ties": _object(
            {"rule": {"enum": ["competition", "dense"]}, **_basis()},
            {"source": _MAYBE_TEXT, "note_vi": _MAYBE_TEXT, "note_en": _MAYBE_TEXT},
        ),
        "children": _list({"$ref": "#/$defs/node"}, 1),
    }
    optional = {
        "title_en": _MAYBE_TEXT,
        "decision": _object({"number": _TEXT}, {"date": _DAY}),
        "status_note_vi": _MAYBE_TEXT,
        "status_note_en": _MAYBE_TEXT,
        "replaces": _MAYBE_TEXT,
        "comparable_with": _list(_TEXT),
        "gaps": _list(_object({**span, "why": _TEXT}, {"to": _DAY})),
        "grades": _grades(),
        "grouping": _grouping(),
        "views": _list(_views()),
        "sources": {"type": "object", "additionalProperties": source},
        "external_indices": {
            "type": "object",
            "additionalProperties": _object({"title_vi": _TEXT}, {"title_en": _MAYBE_TEXT}),
        },
        "not_modelled": _list(_TEXT),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Framework document",
        "description": "One version of a criteria set: a decision as data. Numbers are text with their written digits.",
        **_object(required, optional),
        "$defs": {"node": _nodes()},
    }

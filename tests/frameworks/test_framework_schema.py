"""The published JSON Schema accepts every shipped document and refuses what single fields may not be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from parindex.engine.criteria import RULE_KINDS
from parindex.frameworks.criteria_catalogue import load_frameworks
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_yaml
from parindex.frameworks.schema import framework_schema
from support.frameworks import EVERY_RULE, framework_text

SCHEMA = Draft202012Validator(framework_schema())
VERSIONS = load_frameworks().files
GRADED = framework_text(
    ("ties:", "grades: {provenance: illustrative, default: [{label_vi: Đạt, min: 0}]}\nties:"),
    ("children:", "views: [{code: all, title_vi: Cả bộ, provenance: declared, select: {leaves: [plan]}}]\nchildren:"),
)


def changed(path: tuple[str | int, ...], value: Any, text: str = GRADED) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(read_framework_yaml(text, "demo.yaml").document))
    at: Any = document
    for step in path[:-1]:
        at = at[step]
    if value is KeyError:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return document


def test_the_schema_is_a_schema_of_draft_2020_12():
    Draft202012Validator.check_schema(framework_schema())


@pytest.mark.parametrize("version", VERSIONS, ids=[version.name for version in VERSIONS])
def test_every_shipped_document_is_valid(version: FrameworkFile):
    assert [error.message for error in SCHEMA.iter_errors(version.document)] == []


@pytest.mark.parametrize("text", [GRADED, EVERY_RULE], ids=["graded", "every rule"])
def test_what_the_reader_accepts_is_valid(text: str):
    assert SCHEMA.is_valid(read_framework_yaml(text, "demo.yaml").document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("code",), "bộ chỉ số"),
        (("code",), KeyError),
        (("version",), 1),
        (("version",), "1@2"),
        (("title_vi",), " "),
        (("status",), "draft"),
        (("in_force", "from"), "01/01/2025"),
        (("in_force", "until"), "2025-01-01"),
        (("periods",), []),
        (("periods",), ["week"]),
        (("max",), 10.5),
        (("max",), "10,5"),
        (("max",), "-1"),
        (("rounding", "digits"), "2"),
        (("rounding", "at"), "leaf"),
        (("rounding", "mode"), "half_even"),
        (("index", "ranked_on"), "grade"),
        (("blocks",), []),
        (("ties", "rule"), "ordinal"),
        (("ties", "provenance"), "official"),
        (("grades", "default"), []),
        (("grades", "default", 0, "min"), 0.5),
        (("views", 0, "select"), {}),
        (("views", 0, "select"), {"leaves": ["plan"], "fields": ["plan"]}),
        (("grouping",), {"method": "thirds", "provenance": "declared", "labels": [{"label_vi": "Cao"}]}),
        (("sources",), {"law": {"href": "https://law.example"}}),
        (("gaps",), [{"from": "2024-01-01"}]),
        (("weight",), 1),
        (("children",), []),
        (("children", 0, "max"), KeyError),
        (("children", 0, "source"), KeyError),
        (("children", 0, "rule"), KeyError),
        (("children", 0, "rule"), "yesno"),
        (("children", 0, "rule"), "threshold"),
        (("children", 0, "floor"), "0.8"),
        (("children", 0, "on_no_data"), None),
        (("children", 0, "on_no_data"), "half"),
        (("children", 0, "section"), "extra"),
        (("children", 0, "children"), []),
        (("children", 0, "inferred_split"), "yes"),
    ],
    ids=lambda part: ".".join(map(str, part)) if isinstance(part, tuple) else "",
)
def test_a_bad_fragment_is_refused(path: tuple[str | int, ...], value: Any):
    assert SCHEMA.is_valid(changed(("title_en",), "Demo"))
    assert not SCHEMA.is_valid(changed(path, value))


@pytest.mark.parametrize("rule", sorted(RULE_KINDS))
def test_a_rule_takes_no_parameter_of_another(rule: str):
    document = read_framework_yaml(EVERY_RULE, "rules.yaml").document
    index = next(number for number, node in enumerate(document["children"]) if node["rule"] == rule)
    assert not SCHEMA.is_valid(changed(("children", index, "nonsense"), "1", EVERY_RULE))

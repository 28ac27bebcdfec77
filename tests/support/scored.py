"""Scores inputs given as JSON with a shipped framework, as the services do."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from parindex.engine.read_inputs import read_for
from parindex.engine.score import Plan, compile_framework
from parindex.engine.score_document import document
from parindex.frameworks.criteria_catalogue import load_frameworks


@cache
def plan_of(code: str, version: str, block: str) -> Plan:
    return compile_framework(load_frameworks().get(code, version).framework, block)


def scored(code: str, version: str, block: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The score document."""
    plan = plan_of(code, version, block)
    read = read_for(plan, inputs)
    return document(plan, plan.score(read), read)


def points(score: Mapping[str, Any], code: str) -> Decimal | None:
    """Points of a node of a score document."""
    found = {node["code"]: node["points"] for node in score["nodes"]}[code]
    return None if found is None else Decimal(found)

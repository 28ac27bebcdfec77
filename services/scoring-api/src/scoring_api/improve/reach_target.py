"""Answers a target, a what-if or a satisfaction target of a request. Nothing is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from parindex.engine.improve import improve
from parindex.engine.improve_satisfaction import Pool, improve_satisfaction
from parindex.engine.improve_target import read_target
from parindex.engine.improve_what_if import changed_inputs, what_if
from parindex.engine.inputs import Given
from parindex.engine.read_inputs import read_for
from parindex.errors import Conflict, Finding, Invalid
from scoring_api.improve.answers import MovedLine, SatisfactionTarget, TargetAnswer, WhatIfAnswer, base_line
from scoring_api.improve.bases import Base, refused

TARGET_KEYS = frozenset({"base", "unit", "target", "hold", "changes"})
WHAT_IF_KEYS = frozenset({"base", "unit", "changes"})
_MOST_FACTORS = 200
_AMOUNT = re.compile(r"[0-9]{1,15}(?:[.,][0-9]{1,9})?")


def need_form(body: Any, keys: frozenset[str], optional: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The object of a request. Raises Invalid naming what is unknown or missing."""
    if not isinstance(body, dict):
        raise refused("The request is no object.", "", f"Expected {', '.join(sorted(keys))}.")
    findings = [Finding("key_unknown", key[:80], "is unknown.", "Leave it out.") for key in sorted(body.keys() - keys)]
    findings += [Finding("missing", key, "is missing.", "See the description.") for key in sorted(keys - optional - body.keys())]  # fmt: skip
    if findings:
        raise Invalid(f"{findings[0].field} {findings[0].message}", code="request_form", findings=findings[:50])
    return body


def answer_target(base: Base, body: Mapping[str, Any]) -> TargetAnswer:
    """What the unit lacks for the target, after the changes (if any were named). Raises Invalid."""
    hold = body.get("hold", [])
    if not isinstance(hold, list) or not all(isinstance(code, str) and code in base.plan.scorers for code in hold):
        raise refused("hold names a component that the block does not have.", "hold", "Expected codes of components.")
    target = read_target(body["target"])
    if target.place is not None and not base.places:
        raise Conflict(
            "Chưa có bảng đã công bố theo phiên bản này nên chưa tính được thứ hạng. / No table under this version is published yet, so there are no places.",
            code="no_published_table",
            hint="Hãy nêu mục tiêu theo điểm hoặc xếp loại. / Ask for a figure or a grade; places come with the published table.",
        )
    inputs = changed_inputs(base.inputs, read_changes(base, body.get("changes", {})))
    made = improve(base.plan, inputs, target, unit_id=base.unit_id, others=base.others, hold=frozenset(hold))
    parts = ("outcome", "target", "now", "lacking", "missing", "counts", "room", "plan", "best")
    if not base.places:
        for one in (made["now"], made["best"], (made["plan"] or {}).get("after")):
            _take_place(one)
    return TargetAnswer(base_line(base), *(made[part] for part in parts))


def answer_what_if(base: Base, body: Mapping[str, Any]) -> WhatIfAnswer:
    """Before and after the changes. Raises Invalid."""
    changes = read_changes(base, body["changes"])
    made = what_if(base.plan, base.inputs, changes, unit_id=base.unit_id, others=base.others)
    moved = None
    if not base.places:
        _take_place(made["before"])
        _take_place(made["after"])
    if base.names is not None:
        moved = [
            MovedLine(line["unit_id"], base.names[line["unit_id"]], line["before"], line["after"])
            for line in made["moved"]
        ]
    parts = (made["before"], made["after"], made["nodes"], moved, len(made["moved"]), made["score"])
    return WhatIfAnswer(base_line(base), *parts)


def _take_place(standing: dict[str, Any] | None) -> None:
    """Where there is no table there is no place in it: not even the first of one."""
    if standing is not None:
        standing["rank"] = standing["of"] = None


def read_changes(base: Base, changes: Any) -> dict[str, Given | None]:
    """Changed inputs; null takes an input away. Raises Invalid with every finding."""
    if not isinstance(changes, dict):
        raise refused("changes is no object.", "changes", "Expected component code -> input, or null.")
    read: dict[str, Given | None] = {**read_for(base.plan, changes)}
    return read | {code: None for code, value in changes.items() if value is None}


def answer_satisfaction(body: Any) -> SatisfactionTarget:
    """{"factors": {code: {"favourable", "answers"}}, "figure": "80"}. Raises Invalid with every finding."""
    given = need_form(body, frozenset({"factors", "figure"}))
    factors, findings, pools = given["factors"], list[Finding](), []
    if not isinstance(factors, dict) or not 0 < len(factors) <= _MOST_FACTORS:
        raise refused("factors is no object with factors.", "factors", "Expected code -> {favourable, answers}.")
    for code, counts in factors.items():
        amounts = (
            [_amount(counts.get(key)) for key in ("favourable", "answers")] if isinstance(counts, dict) else [None]
        )
        if any(amount is None for amount in amounts) or counts.keys() != {"favourable", "answers"}:
            findings.append(
                Finding("counts_form", f"factors.{code[:80]}", "has another form.", 'Expected {"favourable": 820, "answers": 1000}.')
            )  # fmt: skip
        else:
            pools.append(Pool(code, *(amount for amount in amounts if amount is not None)))
    figure = read_target({"figure": given["figure"]}).figure
    if findings or figure is None:
        raise Invalid(f"{len(findings)} factor(s) cannot be read.", code="counts_form", findings=findings[:50])
    made = improve_satisfaction(pools, figure)
    return SatisfactionTarget(**made)


def _amount(value: Any) -> Decimal | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15:
        return Decimal(value)
    if isinstance(value, str) and _AMOUNT.fullmatch(value.strip()):
        return Decimal(value.strip().replace(",", "."))
    return None

"""What one side says on a component: its input read by the component's rule, the points that the rule gives, the words."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from parindex.engine.criteria import Manual
from parindex.engine.inputs import input_json
from parindex.engine.read_inputs import read_for
from parindex.engine.rounding import half_up_ratio
from parindex.errors import Finding, Forbidden, Invalid
from scoring_api.rounds.round import Round

LONGEST_NOTE = 4000
_LARGEST_INPUT = 20_000
_DEEPEST_INPUT = 20
"""Levels of an input with its origin; deeper ones only serve to exhaust whoever reads them."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Spoken:
    """An input as it is kept, and its points (as published, half-up); None where the rule gives none."""

    input: dict[str, Any] | None
    points: Decimal | None


NOTHING = Spoken(None, None)


def clean_note(text: str) -> str:
    """Words of an official: NFC, no control characters. Raises ValueError saying what was expected."""
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) > LONGEST_NOTE or _CONTROL.search(text):
        raise ValueError(f"at most {LONGEST_NOTE} characters, none of them a control character")
    return text


def clean_reason(text: str | None, field: str = "late_reason") -> str | None:
    """A reason as it came with a form; None where there is none. Raises Invalid for what is no words."""
    try:
        return clean_note(text or "") or None
    except ValueError as error:
        fault = Finding(
            "reason_unusable",
            field,
            f"Lý do quá dài (tối đa {LONGEST_NOTE} ký tự) hoặc có ký tự điều khiển. / Expected {error}.",
            "Write it in plain words.",
        )
        raise Invalid(fault.message, code=fault.code, hint=fault.hint, findings=[fault]) from None


def read_spoken(assessed: Round, component: str, value: Any) -> Spoken:
    """The input of a component read by its rule, with its points.

    Raises NotFound for an unknown component and Invalid with every fault of the input; None is nothing said.
    """
    node = assessed.node(component)
    if value is None:
        return NOTHING
    _need_storable(component, value)
    given = read_for(assessed.plan, {component: value})[node.code]
    _, exact = assessed.plan.scorers[component].outcome(given)
    points = None if exact is None else half_up_ratio(exact[0], exact[1] * assessed.plan.unit, assessed.digits)
    return Spoken(input_json(given), points)


def need_no_manual_points(assessed: Round, component: str, value: Any) -> None:
    """Raises Forbidden when a unit types points that only the appraisers and the council give."""
    leaf = assessed.node(component).leaf
    if leaf is not None and isinstance(leaf.rule, Manual) and isinstance(value, dict) and "points" in value:
        raise Forbidden(
            "Điểm của tiêu chí này do cơ quan thẩm định và hội đồng chấm; đơn vị chỉ giải trình."
            " / These points are given by the appraisers and the council.",
            code="manual_points",
            hint="Leave `input` null and explain in `note`.",
        )


def _need_storable(component: str, value: Any) -> None:
    try:
        text = "" if _too_deep(value) else json.dumps(value, ensure_ascii=False)
        text.encode()
    except ValueError:
        text = ""
    if not text or "\\u0000" in text or len(text) > _LARGEST_INPUT:
        fault = Finding(
            "input_not_storable",
            f"inputs.{component}",
            f"Số liệu có ký tự không hợp lệ, quá dài hoặc lồng quá sâu. / The input holds characters that are no text, more than {_LARGEST_INPUT} of them, or more than {_DEEPEST_INPUT} levels.",
            "Send plain text without control characters.",
        )
        raise Invalid(fault.message, code=fault.code, hint=fault.hint, findings=[fault])


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST_INPUT):
        level = [
            child
            for one in level
            if isinstance(one, (dict, list))
            for child in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(level)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person writes on a component: the input (JSON, see docs/design.md), words, and what guards it."""

    input: Any = None
    note: str = ""
    late_reason: str | None = None
    expected_event_no: int | None = None
    """The cell's event that the writer saw; a cell that moved since is refused."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was stored of an entry, under its event."""

    event_no: int
    side: str
    spoken: Spoken
    late: bool

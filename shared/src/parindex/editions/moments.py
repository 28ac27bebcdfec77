"""Figures as known at a moment, and the difference between two moments with its causes. Pure.

A moment knows what was recorded (or, for what others publish, observed) by then. Whoever reads the facts names what
happened in between; this module says what differs and why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from parindex.editions.words import points_words, signed


@dataclass(frozen=True, slots=True)
class Figure:
    """One unit's figure: the total and its parts, with published digits; None is missing or withheld, never 0."""

    name: str
    value: str | None
    parts: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of one table (or one result) at a moment."""

    kind: str
    """`published`, `edition`, `round` or `satisfaction`."""
    as_of: dt.datetime
    """When the figures were observed, published, computed or counted."""
    holder: str
    """What holds them: the observation, edition, run or questionnaire, in words that differ when it differs."""
    rules: str
    """Policy or framework with its version."""
    engine_version: str | None
    figures: Mapping[int, Figure]
    explanation: str = ""
    """What the holder itself says about what it corrects (an erratum)."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why figures differ: stable code, how many facts, words."""

    code: str
    vi: str
    en: str
    n: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As it stands in the answer."""
        return {"code": self.code, "n": self.n, "vi": self.vi, "en": self.en}


FACTS = {
    "new_responses": ("{n} phiếu mới được ghi nhận.", "{n} new responses were recorded."),
    "withdrawn": ("{n} phiếu bị rút.", "{n} responses were withdrawn."),
    "replaced": ("{n} phiếu được thay bằng phiếu khác (đính chính).", "{n} responses were replaced (corrections)."),
    "promoted": ("{n} phiếu được tính lại.", "{n} responses were promoted and count now."),
    "repeat": ("{n} phiếu lặp không được tính.", "{n} repeats were not counted."),
    "round_events": ("{n} sự kiện mới trong đợt đánh giá.", "{n} new events in the round."),
}
"""Facts that readers count, by code."""


def fact(code: str, n: int) -> Cause:
    """A counted fact as a cause."""
    vi, en = FACTS[code]
    return Cause(code, vi.format(n=n), en.format(n=n), n)


def difference(then: Known, now: Known, facts: Sequence[Cause] = ()) -> dict[str, Any]:
    """What differs between two moments: units with their old and new figures, and every cause.

    The same figures at both moments give no units, but the causes (facts that changed no figure) stay.
    """
    lines = [_line(unit_id, then.figures.get(unit_id), now.figures.get(unit_id)) for unit_id in _units(then, now)]
    return {
        "kind": now.kind,
        "then": _said(then),
        "now": _said(now),
        "causes": [cause.as_json() for cause in (*_causes(then, now), *facts)],
        "units": [line for line in lines if line is not None],
        "unchanged": sum(line is None for line in lines),
    }


def _units(then: Known, now: Known) -> list[int]:
    return sorted({*then.figures, *now.figures})


def _said(known: Known) -> dict[str, Any]:
    return {
        "as_of": known.as_of.astimezone(dt.UTC).isoformat(),
        "holder": known.holder,
        "rules": known.rules,
        "engine_version": known.engine_version,
    }


def _line(unit_id: int, then: Figure | None, now: Figure | None) -> dict[str, Any] | None:
    values = then.value if then else None, now.value if now else None
    moved = _parts(then.parts if then else {}, now.parts if now else {})
    if then is not None and now is not None and values[0] == values[1] and not moved:
        return None
    either = now or then
    assert either is not None
    points = None if values[0] is None or values[1] is None else Decimal(values[1]) - Decimal(values[0])
    return {
        "unit_id": unit_id,
        "name": either.name,
        "then": values[0],
        "now": values[1],
        "points": None if points is None else signed(points),
        "parts": moved,
        "words": _words(then, now, points),
    }


def _words(then: Figure | None, now: Figure | None, points: Decimal | None) -> dict[str, str]:
    if then is None:
        return {"vi": "chưa có trong bảng trước đó", "en": "not in the table before"}
    if now is None:
        return {"vi": "không còn trong bảng", "en": "no longer in the table"}
    if points is None:
        return {"vi": "có hoặc mất số liệu", "en": "gained or lost its figure"}
    return points_words(points)


def _parts(then: Mapping[str, str | None], now: Mapping[str, str | None]) -> dict[str, dict[str, str | None]]:
    codes = [*now, *(code for code in then if code not in now)]
    return {code: {"then": then.get(code), "now": now.get(code)} for code in codes if then.get(code) != now.get(code)}


def _causes(then: Known, now: Known) -> list[Cause]:
    causes = []
    if then.rules != now.rules:
        causes.append(
            Cause(
                "new_framework",
                f"Quy tắc khác: {now.rules} thay cho {then.rules}.",
                f"Other rules: {now.rules} instead of {then.rules}.",
            )
        )
    if then.engine_version != now.engine_version:
        causes.append(
            Cause(
                "engine",
                f"Tính lại bằng phiên bản {now.engine_version} thay cho {then.engine_version}.",
                f"Computed by engine version {now.engine_version} instead of {then.engine_version}.",
            )
        )
    if then.holder != now.holder:
        causes.append(_other_holder(then, now))
    return causes


def _other_holder(then: Known, now: Known) -> Cause:
    match now.kind:
        case "published":
            return Cause(
                "restated_import",
                f"Cơ quan công bố in lại số liệu: {now.holder} thay cho {then.holder}.",
                f"The publisher restated its figures: {now.holder} instead of {then.holder}.",
            )
        case "edition":
            return Cause(
                "correction",
                f"Đính chính: {now.holder} thay cho {then.holder}. {now.explanation}".strip(),
                f"Corrected by errata: {now.holder} instead of {then.holder}.",
            )
        case _:
            return Cause(
                "rerun",
                f"Tính lại: {now.holder} thay cho {then.holder}.",
                f"Computed again: {now.holder} instead of {then.holder}.",
            )

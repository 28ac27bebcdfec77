"""Changes of figures and places in words, Vietnamese and English, with the sign convention of a ranking. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from parindex.engine.numerals import vi
from parindex.engine.rank import CHANGE_SIGN_EN, CHANGE_SIGN_VI

Words = dict[str, str]
SIGN: Words = {"vi": CHANGE_SIGN_VI, "en": CHANGE_SIGN_EN}
NOT_COMPARABLE: Words = {"vi": "Không so sánh được", "en": "Not comparable"}


def signed(value: Decimal) -> str:
    """A change as JSON carries it: `+0.65`, `-1.20`, `0.00`."""
    return f"{value:+f}" if value else f"{abs(value):f}"


def points_words(points: Decimal, *, percent: bool = False) -> Words:
    """`tăng 0,65 điểm`. Differences of percents are percentage points."""
    size = f"{abs(points):f}"
    unit_vi, unit_en = ("điểm phần trăm", "percentage points") if percent else ("điểm", "points")
    if not points:
        return {"vi": f"không thay đổi {unit_vi}", "en": f"unchanged in {unit_en}"}
    up = points > 0
    return {
        "vi": f"{'tăng' if up else 'giảm'} {vi(size)} {unit_vi}",
        "en": f"{'up' if up else 'down'} {size} {unit_en}",
    }


def places_words(places: int) -> Words:
    """`giảm 17 bậc`; positive is up: a smaller rank number."""
    if not places:
        return {"vi": "giữ nguyên hạng", "en": "same place"}
    up, size = places > 0, abs(places)
    return {
        "vi": f"{'tăng' if up else 'giảm'} {size} bậc",
        "en": f"{'up' if up else 'down'} {size} {'place' if size == 1 else 'places'}",
    }


def change_words(points: Decimal | None, places: int | None, *, percent: bool = False) -> Words | None:
    """`tăng 0,65 điểm, giảm 17 bậc`; None where neither is known."""
    said = []
    if points is not None:
        said.append(points_words(points, percent=percent))
    if places is not None:
        said.append(places_words(places))
    return join(said) if said else None


def join(parts: list[Words], between: str = ", ") -> Words:
    """Several words as one sentence."""
    return {language: between.join(one[language] for one in parts) for language in ("vi", "en")}


def refusal(reasons: list[Mapping[str, Any]]) -> Words:
    """`Không so sánh được: ...` with every reason."""
    why = join([{"vi": one["vi"], "en": one["en"]} for one in reasons], " ")
    return {language: f"{NOT_COMPARABLE[language]}: {why[language]}" for language in ("vi", "en")}

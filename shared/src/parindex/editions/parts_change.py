"""Changes of a unit's parts (fields, groups of points, factors), and how each part moved over all units. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from parindex.editions.words import change_words, refusal, signed
from parindex.engine.numerals import vi

Row = Mapping[str, Any]
Column = Mapping[str, Any]


def part_changes(
    row: Row, old: Row, columns: Sequence[Column], earlier: Sequence[Column], *, percent: bool
) -> list[dict[str, Any]]:
    """One line a part of `row`, in the order of the columns.

    Points are compared where the unit's maxima agree; where they do not, the percents of the parts are; where the declared
    maxima differ, nothing is. A part that only one side has is new or gone.
    """
    known = {column["code"]: column for column in earlier}
    lines = [
        _line(column, known.get(column["code"]), row["parts"], old["parts"], percent=percent) for column in columns
    ]
    now = {column["code"] for column in columns}
    gone = [column for column in earlier if column["code"] not in now]
    return lines + [_named(column) | _refused("gone", "phần đã bỏ.", "the part was dropped.") for column in gone]


def _named(column: Column) -> dict[str, Any]:
    return {
        "code": column["code"],
        "title_vi": column["title_vi"],
        "title_en": column["title_en"],
        "points": None,
        "percent": None,
        "places": None,
        "reason": None,
        "words": None,
    }


def _refused(code: str, vi_words: str, en_words: str) -> dict[str, Any]:
    reason = {"code": code, "vi": vi_words, "en": en_words}
    return {"reason": reason, "words": refusal([reason])}


def _line(
    column: Column, before: Column | None, mine: Mapping[str, Any], theirs: Mapping[str, Any], *, percent: bool
) -> dict[str, Any]:
    line = _named(column)
    if before is None:
        return line | _refused("new", "phần mới.", "a new part.")
    declared = column["maximum"], before["maximum"]
    if None not in declared and Decimal(declared[0]) != Decimal(declared[1]):
        return line | _refused(
            "other_maximum",
            f"điểm tối đa khác nhau: {vi(declared[1])} và {vi(declared[0])}.",
            f"the maxima differ: {declared[1]} and {declared[0]}.",
        )
    new, old = mine.get(column["code"]), theirs.get(column["code"])
    if new is None or old is None:
        return line | _refused("missing", "thiếu số liệu của phần này.", "a figure of this part is missing.")
    same_maximum = new["maximum"] == old["maximum"]
    points = _difference(new["points"], old["points"]) if same_maximum else None
    percents = _difference(new["percent"], old["percent"])
    shown = percents if percent or points is None else points
    if shown is None:
        return line | _refused("missing", "thiếu số liệu của phần này.", "a figure of this part is missing.")
    places = None if new["rank"] is None or old["rank"] is None else old["rank"] - new["rank"]
    line["points"] = None if points is None else signed(points)
    line["percent"] = None if percents is None else signed(percents)
    line["places"] = places
    line["words"] = change_words(shown, places, percent=shown is not points)
    return line


def _difference(now: str | None, before: str | None) -> Decimal | None:
    return None if now is None or before is None else Decimal(now) - Decimal(before)


def spreads(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How each part moved over the units compared: how many up, down, unchanged, from how much to how much.

    A part in which every unit moved the same way is said to be a shift of the whole table: a rule or an import changed,
    not one unit's work.
    """
    changes: dict[str, list[Decimal]] = {}
    for row in rows:
        for part in row["parts"]:
            moved = part["points"] if part["points"] is not None else part["percent"]
            if moved is not None:
                changes.setdefault(part["code"], []).append(Decimal(moved))
    return [_spread(column, changes[column["code"]]) for column in columns if column["code"] in changes]


def _spread(column: Column, changes: Sequence[Decimal]) -> dict[str, Any]:
    up, down = sum(change > 0 for change in changes), sum(change < 0 for change in changes)
    low, high = min(changes), max(changes)
    shift = len(changes) > 1 and len(changes) in (up, down)
    named = {"vi": column["title_vi"], "en": column["title_en"]}
    if shift:
        words = {
            "vi": f"{named['vi']}: cả {len(changes)} đơn vị đều {'tăng' if up else 'giảm'}, từ {_size(changes, min, 'vi')} đến {_size(changes, max, 'vi')} điểm.",
            "en": f"{named['en']}: all {len(changes)} units went {'up' if up else 'down'}, by {_size(changes, min, 'en')} to {_size(changes, max, 'en')} points.",
        }
    elif not up and not down:
        words = {"vi": f"{named['vi']}: không đơn vị nào thay đổi.", "en": f"{named['en']}: no unit changed."}
    else:
        words = {
            "vi": f"{named['vi']}: {up} đơn vị tăng, {down} giảm, {len(changes) - up - down} không đổi; từ {vi(signed(low))} đến {vi(signed(high))} điểm.",
            "en": f"{named['en']}: {up} units up, {down} down, {len(changes) - up - down} unchanged; from {signed(low)} to {signed(high)} points.",
        }
    return {
        "code": column["code"],
        "title_vi": column["title_vi"],
        "title_en": column["title_en"],
        "up": up,
        "down": down,
        "unchanged": len(changes) - up - down,
        "lowest": signed(low),
        "highest": signed(high),
        "shift_of_all": shift,
        "words": words,
    }


def _size(changes: Sequence[Decimal], which: Any, language: str) -> str:
    size = f"{which(abs(change) for change in changes):f}"
    return vi(size) if language == "vi" else size

"""Entries of a table that a publisher printed: figures digit for digit, our own places beside the printed ones. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from parindex.editions.entries import Cell, Entries, Entry, Unranked
from parindex.editions.rules import Rules
from parindex.engine.numerals import vi
from parindex.engine.rank import part_figures
from parindex.engine.rounding import half_up, half_up_ratio

PERCENT_DIGITS = 2
NOT_PUBLISHED = Unranked(
    "not_published",
    "Chưa tìm thấy số liệu công bố của đơn vị.",
    "No published figure of the unit was found.",
)
NO_TOTAL = Unranked(
    "no_total", "Không xếp hạng: cơ quan công bố không in tổng điểm.", "Not ranked: the publisher printed no total."
)
FRAGMENT = Unranked(
    "fragment",
    "Không xếp hạng: chỉ tìm thấy một phần của bảng công bố; hạng đã in được giữ nguyên.",
    "Not ranked: only a part of the published table was found; the printed rank is kept.",
)


def imported_entries(inputs: Mapping[str, Any]) -> Entries:
    """One entry a unit of `units`; those without a printed row are listed as gaps.

    Where `index.fragment` is true the publisher's table is known in part only: a place taken among the known rows would
    be false, so that only printed places are shown.
    """
    index = inputs["index"]
    rules = Rules.of_policy(inputs["policy"], "points")
    entries = [
        _entry(int(unit_id), inputs["rows"].get(unit_id), index, rules) for unit_id in sorted(inputs["units"], key=int)
    ]
    columns = [
        {
            "code": part["code"],
            "number": part.get("number", ""),
            "title_vi": part["title_vi"],
            "title_en": part["title_en"],
            "maximum": part["maximum"],
            "kind": part.get("kind", "part"),
        }
        for part in index["parts"]
    ]
    about = {
        "code": index["code"],
        "version": index.get("version"),
        "title_vi": index["title_vi"],
        "title_en": index.get("title_en", ""),
        "sha256": index.get("sha256"),
        "template": False,
        "maximum": index["maximum"],
        "method": None,
        "status": "imported",
        "status_note_vi": index.get("note_vi", "Số liệu của cơ quan công bố, giữ nguyên từng chữ số."),
        "status_note_en": index.get("note_en", "Figures of the publisher, kept digit for digit."),
        "fragment": bool(index.get("fragment", False)),
    }
    means = [{"scope": "printed", **mean} for mean in inputs.get("printed_means", ())]
    return Entries(about, rules, columns, entries, part_digits=_most_digits(inputs), means=means)


def _entry(unit_id: int, row: Mapping[str, Any] | None, index: Mapping[str, Any], rules: Rules) -> Entry:
    if row is None:
        parts = {part["code"]: Cell(None, part["maximum"], None, None) for part in index["parts"]}
        return Entry(unit_id, None, None, index["maximum"], parts, NOT_PUBLISHED, more=_printed(None))
    total = row["total"]
    return Entry(
        unit_id,
        None if total is None else half_up(Decimal(total), rules.digits),
        total,
        index["maximum"],
        {part["code"]: _cell(row["parts"].get(part["code"]), part["maximum"]) for part in index["parts"]},
        _unranked(row, index),
        breakers=part_figures(row["parts"]),
        notes=tuple((note["vi"], note["en"]) for note in row.get("notes", ())),
        more=_printed(row),
    )


def _unranked(row: Mapping[str, Any], index: Mapping[str, Any]) -> Unranked | None:
    fragment = bool(index.get("fragment"))
    if row.get("contradicted"):
        values = "; ".join(row["contradicted"])
        return Unranked(
            "contradicted",
            f"Không xếp hạng: các nguồn công bố mâu thuẫn nhau ({vi(values)}), không nguồn nào được chọn.",
            f"Not ranked: the sources contradict each other ({values}) and none is chosen.",
        )
    missing = [part for part in index["parts"] if row["parts"].get(part["code"]) is None]
    if missing and row["parts"] and not fragment:
        named = ", ".join(part["title_vi"] for part in missing)
        named_en = ", ".join(part["title_en"] for part in missing)
        codes = tuple(part["code"] for part in missing)
        return Unranked(
            "missing_parts", f"Không xếp hạng: thiếu điểm {named}.", f"Not ranked: no figure for {named_en}.", codes
        )
    if row["total"] is None:
        return NO_TOTAL
    return FRAGMENT if fragment else None


def _cell(points: str | None, maximum: str | None) -> Cell:
    if points is None:
        return Cell(None, maximum, None, None)
    exact = Decimal(points)
    percent = (
        None
        if maximum is None or not Decimal(maximum)
        else f"{half_up_ratio(100 * exact, Decimal(maximum), PERCENT_DIGITS):f}"
    )
    return Cell(points, maximum, percent, exact)


def _printed(row: Mapping[str, Any] | None) -> dict[str, Any]:
    printed = {key: None if row is None else row[key] for key in ("printed_code", "printed_name", "printed_rank")}
    return {**printed, "printed_change": None if row is None else row.get("printed_change")}


def _most_digits(inputs: Mapping[str, Any]) -> int:
    """As many decimals as any part was printed with: ranks within parts are taken on what was printed."""
    printed = (points for row in inputs["rows"].values() for points in row["parts"].values() if points is not None)
    return max((len(points.partition(".")[2]) for points in printed), default=0)

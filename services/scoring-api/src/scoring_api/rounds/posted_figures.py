"""Figures that an officer posts, each with its source: as JSON, or as CSV with a row for each unit and component. Pure."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping
from typing import Any

from parindex.errors import Finding, Invalid, Unreadable
from scoring_api.rounds.figures import Figure

_TEXTS = (
    "value", "percent", "numerator", "denominator", "favourable", "answers", "sum", "largest", "current", "previous", "date",
    "imported_points",
)  # fmt: skip
_STATES = ("no_data", "not_applicable")
_COLUMNS = ("unit", "component", *_TEXTS, "count", *_STATES)
_YES = frozenset({"x", "1", "true", "có", "co"})
MOST_ROWS = 20_000


def read_csv_figures(body: bytes, units: Mapping[str, int]) -> list[Figure]:
    """Figures of a CSV file (UTF-8, with or without BOM; comma or semicolon), empty cells left out.

    `units`: id or code as text -> unit id. Raises Unreadable or Invalid naming every row at fault; decimals may be
    written `85,30` (in quotes, or with semicolons between the cells).
    """
    try:
        text = unicodedata.normalize("NFC", body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unreadable(
            "Tệp CSV không phải UTF-8. / The CSV is not UTF-8.", code="csv_not_utf8", hint="Save it as CSV UTF-8."
        ) from None
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        names = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        rows = [row for row, _ in zip(reader, range(MOST_ROWS + 1), strict=False)]
    except csv.Error as error:
        raise Unreadable(f"Không đọc được tệp CSV. / The CSV cannot be read: {error}.", code="csv_unreadable") from None
    findings = [
        Finding("column_missing", f"line 1: {name}", f"Thiếu cột {name}. / The column is missing.", "Add it.")
        for name in ("unit", "component")
        if name not in names
    ]
    findings += [
        Finding(
            "column_unknown",
            f"line 1: {name[:40]}",
            f"Cột không rõ: {name[:40]!r}. / Unknown column.",
            f"Known: {', '.join(_COLUMNS)}.",
        )
        for name in names
        if name not in _COLUMNS
    ]
    if len(set(names)) < len(names):
        findings.append(Finding("column_twice", "line 1", "Một cột nêu hai lần. / A column stands twice.", "Keep one."))
    if len(rows) > MOST_ROWS:
        findings.append(Finding("too_many_rows", "", f"Quá {MOST_ROWS} dòng. / Too many rows.", "Send several files."))
    _refuse(findings)
    figures = [_row(f"line {place}", row, units, findings) for place, row in enumerate(rows, start=2)]
    _refuse(findings)
    return [figure for figure in figures if figure is not None]


def _row(place: str, row: Mapping[str | None, Any], units: Mapping[str, int], findings: list[Finding]) -> Figure | None:
    if None in row:
        findings.append(
            Finding("row_too_long", place, "Dòng nhiều ô hơn tiêu đề. / More cells than columns.", "Quote decimals.")
        )
        return None
    cells = {str(name): (value or "").strip() for name, value in row.items()}
    if not any(cells.values()):
        return None
    unit_id = units.get(cells["unit"])
    if unit_id is None:
        findings.append(
            Finding(
                "unit_not_in_round",
                place,
                f"{cells['unit'][:40]!r} không phải đơn vị của đợt. / It is no unit of the round.",
                "Use the unit's id or code as the round lists it.",
            )
        )
        return None
    given: dict[str, Any] = {name: cells[name] for name in _TEXTS if cells.get(name)}
    given |= {name: True for name in _STATES if cells.get(name, "").lower() in _YES}
    if cells.get("count"):
        given["count"] = (
            int(cells["count"])
            if cells["count"].isascii() and cells["count"].isdigit() and len(cells["count"]) < 17
            else cells["count"]
        )
    return Figure(unit_id, cells["component"], given, place)


def _refuse(findings: list[Finding]) -> None:
    if findings:
        raise Invalid(
            f"{len(findings)} lỗi trong tệp CSV, chưa ghép số liệu nào. / {findings[0].message}",
            code="figures_invalid",
            hint="Correct each finding and send the file again; nothing was joined.",
            findings=findings[:200],
        )

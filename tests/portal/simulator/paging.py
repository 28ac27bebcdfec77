"""Pages by number and by cursor, with what goes wrong between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .faults import Fault


@dataclass
class Page:
    """Rows of one page; `first` is the number of its first row, from 1."""

    rows: list[Any]
    first: int
    described: dict[str, int]


def page(rows: Sequence[Any], body: dict[str, Any], most: int, drawn: dict[str, Fault]) -> Page:
    """`currentPage` from 1, `pageSize` at most `most` (a greater one is cut)."""
    number = max(1, _whole(body.get("currentPage"), 1))
    size = min(most, max(1, _whole(body.get("pageSize"), most)))
    start = (number - 1) * size
    if number > 1 and "changing_pages" in drawn:
        rows = rows[1:]  # a row left the set since page 1: everything moved up, and one row is never seen
    found = list(rows[start : start + size])
    if number > 1 and "duplicate_rows" in drawn:
        found = [*rows[start - 1 : start], *found]
    total = len(rows)
    described = {"currentPage": number, "pageSize": size, "total": total, "totalPages": -(-total // size)}
    return Page(found, start + 1, described)


def after(
    rows: Sequence[dict[str, Any]], body: dict[str, Any], most: int, drawn: dict[str, Fault]
) -> tuple[list[dict[str, Any]], str | None]:
    """The rows after `lastId` (by `id`), at most `limit`, and the next cursor; null when there is nothing more."""
    last = body.get("lastId")
    start = next((number for number, row in enumerate(rows, 1) if row["id"] == last), 0 if not last else len(rows))
    limit = min(most, max(1, _whole(body.get("limit"), most)))
    found = list(rows[start : start + limit])
    if start and "duplicate_rows" in drawn:
        found = [rows[start - 1], *found]
    if start and "changing_pages" in drawn:
        found = found[1:]
    more = start + limit < len(rows)
    return found, found[-1]["id"] if more and found else None


def _whole(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise

"""Whose figure or place an erratum moves: two bodies of the same table side by side. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class MovedUnit(msgspec.Struct, frozen=True):
    """A unit whose published figure or place is another one. null: no figure, no place, or not in the table."""

    unit_id: int
    name: str
    value_before: str | None
    value_after: str | None
    rank_before: int | None
    rank_after: int | None
    rank_moved: bool
    words_vi: str


def moved_units(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[MovedUnit]:
    """Every unit that differs, by its new place, then its old one; those whose rank stays stand after those that move."""
    old = {row["unit_id"]: row for row in before["rows"]}
    new = {row["unit_id"]: row for row in after["rows"]}
    found = []
    for unit_id in old.keys() | new.keys():
        one, other = old.get(unit_id), new.get(unit_id)
        was, is_now = _figure(one), _figure(other)
        if was != is_now or (one is None) != (other is None):
            name = (other or one or {})["name"]
            words = f"{_said(one, 'chưa có trong bảng')} → {_said(other, 'không còn trong bảng')}"
            found.append(MovedUnit(unit_id, name, was[0], is_now[0], was[1], is_now[1], was[1] != is_now[1], words))
    return sorted(
        found, key=lambda unit: (not unit.rank_moved, *_place(unit.rank_after), *_place(unit.rank_before), unit.unit_id)
    )


def _figure(row: Mapping[str, Any] | None) -> tuple[str | None, int | None]:
    return (None, None) if row is None else (row["value"], row["rank"])


def _place(rank: int | None) -> tuple[bool, int]:
    return rank is None, rank or 0


def _said(row: Mapping[str, Any] | None, absent: str) -> str:
    if row is None:
        return absent
    figure = "chưa có kết quả" if row["value"] is None else str(row["value"]).replace(".", ",")
    place = "không xếp hạng" if row["rank"] is None else f"hạng {row['rank']}"
    return f"{figure}, {place}"

"""Finding units by name, with and without diacritics. Pure; the index is made once for a snapshot of the register."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from parindex.units.names import fold, spelling_key

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from parindex.units.records import DatedName, UnitRecord

_KIND_ORDER = {"nation": 0, "province": 1, "department": 2, "district": 3, "commune": 4, "office": 5}


class NameIndex:
    """Every name that units bear or bore."""

    def __init__(self, units: Iterable[UnitRecord]) -> None:
        self._entries = [(f" {fold(name.name)} ", name, unit) for unit in units for name in unit.names]

    def search(self, text: str, day: dt.date | None, realm: str, limit: int) -> tuple[int, ...]:
        """Units whose name on that day (None: ever) has the words of `text` in a row, the last one possibly begun only.

        Words with diacritics must agree in them (tone placement apart), words without match any. The whole name comes
        first, then names that begin so, then by kind and id; an ambiguous name gives every bearer, up to `limit`.
        """
        wanted = fold(text)
        if not wanted:
            return ()
        marked = [
            (spelling_key(word), _typed(word))
            for word in text.split()
            if spelling_key(word) != spelling_key(fold(word))
        ]
        found: dict[int, tuple[int, int, int]] = {}
        for folded, name, unit in self._entries:
            if (position := folded.find(" " + wanted)) < 0 or not _on(name, unit, day, realm):
                continue
            if marked and not _agrees(marked, name.name):
                continue
            whole = len(wanted) + 2 == len(folded)
            rank = (0 if whole else 1 if position == 0 else 2, _KIND_ORDER[unit.kind], unit.unit_id)
            found[unit.unit_id] = min(rank, found.get(unit.unit_id, rank))
        return tuple(sorted(found, key=found.__getitem__)[:limit])


def _on(name: DatedName, unit: UnitRecord, day: dt.date | None, realm: str) -> bool:
    return unit.realm in ("production", realm) and (day is None or (unit.on(day) and name.on(day)))


def _typed(word: str) -> str:
    return unicodedata.normalize("NFC", word).casefold()


def _agrees(marked: list[tuple[str, str]], name: str) -> bool:
    words = [(spelling_key(word), _typed(word)) for word in name.split()]
    return all(any(key == whole or begun.startswith(typed) for whole, begun in words) for key, typed in marked)

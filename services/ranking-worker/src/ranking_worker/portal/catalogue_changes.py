"""What changed in a catalogue between two good pulls, and whether that may be believed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from parindex.errors import Finding

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that was opened, changed or closed."""

    code: str
    kind: Literal["opened", "changed", "closed"]
    before: Content | None
    after: Content | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes by code. `held`: why nothing of it may be applied before a person has looked; None: it may."""

    changes: tuple[Change, ...]
    held: Finding | None = None

    def of(self, kind: str) -> tuple[Change, ...]:
        """The changes of one kind."""
        return tuple(change for change in self.changes if change.kind == kind)


def compare(before: Mapping[str, Content], now: Mapping[str, Content], *, largest_drop_percent: int) -> Comparison:
    """The changes from one pull to the next. A catalogue that lost more than the declared share of its entries is held.

    An answer that is too short closes nothing: a cut answer looks exactly like many closures. One entry may always go.
    """
    changes = [Change(code, "opened", None, now[code]) for code in now.keys() - before.keys()]
    changes += [Change(code, "closed", before[code], None) for code in before.keys() - now.keys()]
    changes += [
        Change(code, "changed", before[code], now[code])
        for code in now.keys() & before.keys()
        if before[code] != now[code]
    ]
    lost = len(before.keys() - now.keys())
    held = None
    if lost > 1 and lost * 100 > largest_drop_percent * len(before):
        message = f"{lost} of {len(before)} entries are gone, more than {largest_drop_percent} percent."
        held = Finding("catalogue_dropped", "", message, "Compare with the portal; a cut answer must not close codes.")
    return Comparison(tuple(sorted(changes, key=lambda change: change.code)), held)

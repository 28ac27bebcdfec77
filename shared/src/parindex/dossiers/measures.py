"""What one dossier adds to the counts of QĐ 766: a set of yes/no measures, kept as bits. Pure.

The names are the columns of `dossier_rollup`; the bits stand in `dossier_counted` and never change their meaning: a new
measure takes the next bit.
"""

from __future__ import annotations

from collections.abc import Iterable

MEASURES = (
    "ended",
    "on_time",
    "late",
    "filed_online",
    "online",
    "postal",
    "fee_due",
    "paid_online",
    "paid_on_portal",
    "result_due",
    "result_electronic",
    "digitised",
    "reused",
    "personal_storage",
    "population",
    "of_citizens",
    "timed",
)
BITS = {name: 1 << place for place, name in enumerate(MEASURES)}


def pack(names: Iterable[str]) -> int:
    """The set as a number. Raises KeyError for a name that is no measure."""
    bits = 0
    for name in names:
        bits |= BITS[name]
    return bits


def unpack(bits: int) -> tuple[str, ...]:
    """The names in the set, in their order."""
    return tuple(name for name, bit in BITS.items() if bits & bit)

"""Forms in which a unit is named from outside, read into (scheme, code). Pure; what a code means on a day is the catalogue's.

Sources: QCVN 102:2016/BTTTT (13 characters, levels read right to left), Quyết định 20/2020/QĐ-TTg (dotted, level 1 on
the left, at most 35 characters), the General Statistics Office's numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parindex.errors import Invalid

GSO = "gso"
H_CODE = "h_code"
DVCQG_ID = "dvcqg_id"
SCHEMES = (GSO, H_CODE, DVCQG_ID)

_OLD = re.compile(r"([0-9A-Z]{3})\.([0-9A-Z]{2})\.([0-9A-Z]{2})\.([A-Z][0-9]{2})")
_NEW = re.compile(r"[A-Z][0-9]{2}(?:\.[0-9A-Z]+)*")
_STATISTICAL = re.compile(r"GSO:([0-9]{5}|[0-9]{2,3})")
_LONGEST = 35
_HINT = "Send H44.07 (Quyết định 20/2020/QĐ-TTg), 000.00.07.H44 (the form before it), or gso: with 2, 3 or 5 digits."


@dataclass(frozen=True, slots=True)
class UnitCodeForm:
    """A code in its one canonical form: `h_code` / `H44.07` or `gso` / `08866`."""

    scheme: str
    code: str

    @property
    def text(self) -> str:
        """The canonical text: `H44.07`, `gso:08866`. Reads back to the same form."""
        return f"gso:{self.code}" if self.scheme == GSO else self.code


def parse_unit_code(text: str) -> UnitCodeForm:
    """Reads a unit code in any of its three forms, letter case ignored.

    `000.00.07.H44` is read right to left without its zero groups and gives `H44.07`. Raises Invalid
    (`unit_code_unreadable`) for anything else, also for a lower level under an empty one (`000.05.00.H44`), which
    would otherwise be taken for another unit's code.
    """
    code = text.strip().upper()
    # Asked of the text as sent: upper case turns a dotless i into an I.
    if text.strip().isascii() and len(code) <= _LONGEST:
        if match := _STATISTICAL.fullmatch(code):
            return UnitCodeForm(GSO, match[1])
        if match := _OLD.fullmatch(code):
            levels = list(match.groups()[::-1])
            while not levels[-1].strip("0"):
                levels.pop()
            if all(level.strip("0") for level in levels):
                return UnitCodeForm(H_CODE, ".".join(levels))
        elif _NEW.fullmatch(code):
            return UnitCodeForm(H_CODE, code)
    raise Invalid(f"{text[:40]!r} is not a unit code.", code="unit_code_unreadable", hint=_HINT)


def level_one(code: str) -> str:
    """The level-1 segment of an H code, the province's or ministry's: `H44.07` -> `H44`. `H4` is not a level of `H44`."""
    return code.split(".", 1)[0]

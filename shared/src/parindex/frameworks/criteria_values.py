"""Codes, points and limits of numbers in framework files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from parindex.instruments.fields import UNREAD, UNREAD_NUMBER

if TYPE_CHECKING:
    from parindex.instruments.fields import Fields

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
POINTS_LIMIT = 100_000
POINT_DECIMALS = 4
VALUE_LIMIT = 10**15
VALUE_DECIMALS = 6
SHARE_DECIMALS = 8


def read_code(fields: Fields, key: str) -> str:
    """A code of the file: ASCII, 1 to 64 characters."""
    code = fields.text(key)
    if code != UNREAD and not CODE.fullmatch(code):
        fields.fault(
            key,
            "code_form",
            f"{code!r} is not a code.",
            "Expected 1-64 letters, digits, dots, dashes or underscores without diacritics, beginning with a letter or digit.",
        )
        return UNREAD
    return code


def read_points(
    fields: Fields, key: str, default: Decimal | None = None, most: Decimal | int = POINTS_LIMIT
) -> Decimal:
    """Points, 0 or more; NaN where they could not be read."""
    return fields.bounded(key, 0, most, POINT_DECIMALS, default)


def same_as_maximum(fields: Fields, key: str, what: str, made: Decimal, maximum: Decimal) -> None:
    """A finding where the options or steps make another figure than the declared maximum; silent where one is unread."""
    if not made.is_nan() and not maximum.is_nan() and made != maximum:
        fields.fault(
            key,
            "maximum_not_reached",
            f"{what} {made}, the maximum is {maximum}.",
            "Expected the same figure, so that the maximum can be reached and never passed.",
        )


def most_of(points: Iterable[Decimal]) -> Decimal:
    """The largest of some points; NaN where one could not be read."""
    known = list(points)
    return UNREAD_NUMBER if any(one.is_nan() for one in known) else max(known)

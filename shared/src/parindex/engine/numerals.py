"""Numbers as text: published digits, and arithmetic as officials read it. Pure.

Arithmetic is written once with English separators; Vietnamese swaps them (49.533 and 0,875). An exact value that does not
end is cut and marked with …, so that a share just below a threshold never reads as having reached it.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache


def published(units: int, places: int) -> str:
    """An amount counted in 10**-places with all its decimals, as JSON carries it."""
    if units < 0:
        return "-" + published(-units, places)
    unit = 10**places
    return f"{units // unit}.{units % unit:0{places}d}" if places else str(units)


@lru_cache(maxsize=1024)
def shortest(units: int, places: int) -> str:
    """The same without trailing zeros: how decisions print maxima."""
    text = published(units, places)
    return text.rstrip("0").rstrip(".") if places else text


def vi(text: str) -> str:
    """A number (or arithmetic) with English separators as it is written in Vietnamese."""
    return text.replace(",", "\0").replace(".", ",").replace("\0", ".") if "," in text else text.replace(".", ",")


def figure(value: Decimal | int) -> str:
    """A number with thousands separated, English."""
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"


def written(value: Decimal) -> str:
    """A decimal with its written digits, never with an exponent."""
    text = str(value)
    return f"{value:f}" if "E" in text else text


def cut(top: int, bottom: int, places: int) -> str:
    """The quotient with at most `places` decimals; … where it goes on."""
    whole, rest = divmod(top * 10**places, bottom)
    unit = 10**places
    text = f"{whole // unit:,}.{whole % unit:0{places}d}" if places else f"{whole:,}"
    return text + "…" if rest else text.rstrip("0").rstrip(".") if places else text


def arithmetic(exact: tuple[int, int], unit: int, digits: int, points: str) -> str:
    """The end of a calculation: `= 0.875 → 0.88`, or `= 0.88` where nothing was rounded."""
    top, bottom = exact
    rounded = points.rstrip("0").rstrip(".") if "." in points else points
    if bottom == 1 and not top * 10**digits % unit:
        return f"= {rounded}"  # a whole number of published digits: nothing was divided, nothing rounded
    shown = cut(top, bottom * unit, digits + 2)
    return f"= {shown}" if shown == rounded else f"= {shown} → {points}"

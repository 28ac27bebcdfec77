"""The socio-economic region of a province, as far as published lists say it. Source: `data/regions.csv` (see `data/README.md`)."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parindex.units.catalogue import UnitCatalogue


@cache
def _published() -> dict[int, str]:
    text = (files("parindex.units") / "data" / "regions.csv").read_text("utf-8")
    return {int(row["unit_id"]): row["region"] for row in csv.DictReader(text.splitlines())}


def region_of(units: UnitCatalogue, province_id: int) -> str | None:
    """The region's Vietnamese name.

    A merged province has that of its predecessors where all of them lay in the same one; None where they did not, for
    invented provinces, and for whatever is no province.
    """
    own = _published().get(province_id)
    if own is not None:
        return own
    before = {_published().get(one) for one in units.full_predecessors(province_id)}
    return before.pop() if len(before) == 1 else None

"""Who stood under a unit, and on which days."""

from __future__ import annotations

import datetime as dt

from parindex.units.catalogue import UnitCatalogue
from parindex.units.under import runs_under

BEFORE, MERGED = dt.date(2025, 6, 30), dt.date(2025, 7, 1)


def province(catalogue: UnitCatalogue, code: str, day: dt.date) -> int:
    found = catalogue.resolve("h_code", code, day, "production").unit_id
    assert found is not None
    return found


def test_a_unit_counts_for_whom_it_stood_under_on_the_day(catalogue: UnitCatalogue):
    old, new = province(catalogue, "H62", BEFORE), province(catalogue, "H44", MERGED)
    district, commune = catalogue.children(old, BEFORE)[0], catalogue.children(new, MERGED)[0]
    held = [old, new, district, commune]
    assert runs_under(catalogue, old, held, BEFORE, BEFORE) == [
        (one, BEFORE, BEFORE) for one in sorted({old, district})
    ]
    assert runs_under(catalogue, new, held, MERGED, MERGED) == [(one, MERGED, MERGED) for one in sorted({new, commune})]


def test_a_period_over_a_merger_is_cut_at_it(catalogue: UnitCatalogue):
    new = province(catalogue, "H44", MERGED)
    commune = catalogue.children(new, MERGED)[0]
    first, last = dt.date(2025, 4, 1), dt.date(2025, 9, 30)
    runs = runs_under(catalogue, new, [commune], first, last)
    assert runs[0][1] == MERGED
    assert runs[-1] == (commune, runs[-1][1], last)


def test_the_nation_and_the_unit_itself_have_every_day_once(catalogue: UnitCatalogue):
    first, last = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
    new = province(catalogue, "H44", MERGED)
    for root in (0, new):
        runs = runs_under(catalogue, root, [new], first, last)
        days = [start + dt.timedelta(days=place) for _, start, end in runs for place in range((end - start).days + 1)]
        assert days == [first + dt.timedelta(days=place) for place in range(365)]

"""Lineage, codes and snapshots on small invented registers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from parindex.units.catalogue import Resolution, UnitCatalogue
from parindex.units.lineage import Lineage
from parindex.units.records import Dated, DatedCode, DatedName, LineageLink, UnitRecord

DAY = dt.date(2025, 7, 1)
LATER = dt.date(2027, 1, 1)


def link(predecessor: int, successor: int, extent: str = "full", day: dt.date = DAY) -> LineageLink:
    return LineageLink(predecessor, successor, extent, day, "", "")


def made(
    unit_id: int, start: dt.date | None, end: dt.date | None, *codes: tuple[str, dt.date | None, dt.date | None]
) -> UnitRecord:
    return UnitRecord(
        start,
        end,
        unit_id,
        "commune",
        "production",
        "published",
        "",
        unit_id,
        (DatedName(start, end, f"Xã {unit_id}", "Xã", ""),),
        tuple(DatedCode(since, until, "gso", code, "published", "") for code, since, until in codes),
        (),
        (),
    )


def test_a_chain_of_full_links_is_followed_as_far_as_the_day_allows() -> None:
    lineage = Lineage([link(1, 2), link(2, 3, day=LATER)])
    assert lineage.full_successor(1, dt.date(2025, 6, 30)) is None
    assert lineage.full_successor(1, DAY) == 2
    assert lineage.full_successor(1, LATER) == 3
    assert lineage.full_predecessors(3) == (1, 2)


def test_a_partial_link_is_never_followed_nor_pooled() -> None:
    lineage = Lineage([link(1, 2, "partial"), link(2, 3, day=LATER)])
    assert lineage.full_successor(1, LATER) is None
    assert lineage.full_predecessors(3) == (2,)
    assert lineage.partial_predecessors(3) == (1,)
    assert lineage.ends(1) == {3: LATER}


def test_a_closed_code_whose_heir_was_divided_later_is_ambiguous() -> None:
    units = [
        made(1, None, DAY, ("00001", None, DAY)),
        made(2, DAY, LATER, ("00002", DAY, LATER)),
        made(3, LATER, None),
        made(4, LATER, None),
    ]
    catalogue = UnitCatalogue(1, units, [link(1, 2), link(2, 3, "partial", LATER), link(2, 4, "partial", LATER)])
    assert catalogue.resolve("gso", "00001", DAY, "production") == Resolution("followed", 2)
    assert catalogue.resolve("gso", "00001", LATER, "production") == Resolution("ambiguous", None, (3, 4))


def test_a_code_that_was_taken_from_a_living_unit_is_followed_to_it() -> None:
    catalogue = UnitCatalogue(1, [made(1, None, None, ("00001", None, DAY), ("00009", DAY, None))], [])
    assert catalogue.resolve("gso", "00001", LATER, "production") == Resolution("followed", 1)
    assert catalogue.codes(1, LATER) == {"gso": "00009"}


def test_changed_since_gives_later_revisions_in_the_order_of_the_cursor() -> None:
    units = [
        replace(made(unit_id, None, None), revision=revision) for unit_id, revision in ((1, 3), (2, 2), (3, 3), (4, 1))
    ]
    catalogue = UnitCatalogue(3, units, [])
    assert [unit.unit_id for unit in catalogue.changed_since(1)] == [2, 1, 3]
    assert catalogue.changed_since(3) == ()


edges = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8), st.booleans()), max_size=15)


@given(edges)
def test_predecessors_and_widening_agree_with_the_plain_closure(pairs: list[tuple[int, int, bool]]) -> None:
    links = {(low, high): link(low, high, "full" if full else "partial") for low, high, full in pairs if low < high}
    lineage = Lineage(links.values())
    full = {pair for pair, one in links.items() if one.extent == "full"}
    for _ in range(8):
        full |= {(a, d) for a, b in full for c, d in full if b == c}
    for unit_id in range(1, 9):
        assert set(lineage.full_predecessors(unit_id)) == {a for a, b in full if b == unit_id}
        up = {unit_id} | {b for a, b in full if a == unit_id}
        assert lineage.widened([unit_id]) == up | {a for a, b in full if b in up}


bounds = st.one_of(st.none(), st.dates(dt.date(2024, 1, 1), dt.date(2024, 1, 12)))


@given(bounds, bounds, bounds, bounds)
def test_overlap_and_cover_are_about_days(
    a: dt.date | None, b: dt.date | None, c: dt.date | None, d: dt.date | None
) -> None:
    one, other = Dated(a, b), Dated(c, d)
    days = [dt.date(2023, 12, 25) + dt.timedelta(days=number) for number in range(30)]
    ours, theirs = {day for day in days if one.on(day)}, {day for day in days if other.on(day)}
    if ours and theirs:
        assert one.overlaps(other) == bool(ours & theirs)
        assert one.covers(other) == (theirs <= ours)

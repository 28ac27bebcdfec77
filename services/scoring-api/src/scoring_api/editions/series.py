"""One unit over the standing editions of an index: breaks shown as breaks, boundary changes named, gaps left open."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from parindex.editions.change import compare
from parindex.editions.comparable import not_comparable
from parindex.editions.lineage import Ancestry
from parindex.engine.period import Period
from parindex.errors import Invalid
from parindex.units.catalogue import UnitCatalogue
from parindex.units.records import LineageLink
from scoring_api import asked
from scoring_api.answers import Words, register_standing
from scoring_api.editions.answers import BoundaryChange, EditionSeries, SeriesLine, SeriesPoint, edition_line
from scoring_api.editions.listing import EDITION_BLOCK, INDEX, TENANT
from scoring_api.editions.rows import EditionHead, documents, standing_editions
from scoring_api.places import named_unit
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot

MOST_EDITIONS = 120
_MOST_MISSING = 120
Body = Mapping[str, Any]


async def _read(snapshot: Snapshot, given: Given) -> EditionSeries:
    unit_id = named_unit(snapshot, given["unit"], snapshot.today)
    scope = named_unit(snapshot, given["scope"], snapshot.today) if given["scope"] else None
    units = snapshot.units
    earlier = _earlier(units, unit_id)
    heads = await standing_editions(
        snapshot.connection,
        snapshot.realm,
        given["index"],
        scope=scope,
        block=given["block"],
        tenant=given["tenant"],
        units=[unit_id, *earlier],
    )
    if len(heads) > MOST_EDITIONS:
        raise Invalid(
            f"{len(heads)} editions list the unit; at most {MOST_EDITIONS} are shown together.",
            code="series_too_long",
            hint="Name scope, block or tenant.",
        )
    found = await documents(snapshot.connection, heads)
    bodies = [(head, found[head.tenant_id, head.edition_no]["body"]) for head in heads]
    lines = await asyncio.to_thread(_lines, bodies, unit_id, earlier, Ancestry(units.lineage, {}))
    return EditionSeries(
        **{**register_standing(snapshot), "not_counted": None},
        unit_id=unit_id,
        name=units.name(unit_id, snapshot.today),
        index=given["index"],
        lines=lines,
        boundary_changes=_boundaries(units, [unit_id, *earlier]),
    )


def _earlier(units: UnitCatalogue, unit_id: int) -> list[int]:
    """Every unit that went into it, wholly or in part, directly or through others."""
    whole = units.lineage.full_predecessors(unit_id)
    return [*whole, *(one for one in units.lineage.partial_predecessors(unit_id) if one not in whole)]


def _lines(
    bodies: Sequence[tuple[EditionHead, Body]], unit_id: int, earlier: Sequence[int], ancestry: Ancestry
) -> list[SeriesLine]:
    def table(one: tuple[EditionHead, Body]) -> tuple[int, int, str, str, bool]:
        head, body = one
        return head.tenant_id, head.scope_unit_id, head.block, head.kind, body["period"]["to_date"]

    lines = []
    for key, members in groupby(sorted(bodies, key=lambda one: (table(one), one[0].order)), key=table):
        several = list(members)
        points = []
        for place, (head, body) in enumerate(several):
            before = several[place - 1][1] if place else None
            points.append(_point(head, body, before, unit_id, earlier, ancestry))
        lines.append(SeriesLine(*key, points, _missing([head.period for head, _ in several])))
    return lines


def _point(
    head: EditionHead, body: Body, before: Body | None, unit_id: int, earlier: Sequence[int], ancestry: Ancestry
) -> SeriesPoint:
    row = next((row for row in body["rows"] if row["unit_id"] == unit_id), None)
    change = None
    if before is not None and row is not None:
        # Only the unit and its predecessors: what is said of the whole table is not asked here.
        family = {unit_id, *earlier}
        narrowed = ({**one, "rows": [row for row in one["rows"] if row["unit_id"] in family]} for one in (body, before))
        compared = compare(*narrowed, ancestry=ancestry)
        change = next(row for row in compared["rows"] if row["unit_id"] == unit_id)
    return SeriesPoint(
        edition_line(head),
        body["period"],
        body["observed_at"],
        row,
        body["counts"]["ranked"],
        change,
        [] if before is None else [reason.as_json() for reason in not_comparable(body, before)],
        [] if row is not None else [one for one in body["rows"] if one["unit_id"] in earlier],
    )


def _missing(periods: Sequence[str]) -> list[str]:
    """Periods of the same kind between the first and the last that no edition is about; at most 120."""
    have, first = set(periods), Period.parse(periods[0])
    found: list[str] = []
    one = Period.parse(periods[-1])
    while one.first > first.first and len(found) < _MOST_MISSING:
        if one.code not in have:
            found.append(one.code)
        one = one.previous
    return found[::-1]


def _boundaries(units: UnitCatalogue, family: Sequence[int]) -> list[BoundaryChange]:
    links = {link for unit_id in family for link in units.lineage.predecessors(unit_id)}
    links |= set(units.lineage.successors(family[0]))
    ordered = sorted(links, key=lambda link: (link.effective, link.predecessor_id, link.successor_id))
    return [_boundary(units, link) for link in ordered]


def _boundary(units: UnitCatalogue, link: LineageLink) -> BoundaryChange:
    before, after = link.effective - dt.timedelta(days=1), link.effective
    old, new = units.name(link.predecessor_id, before), units.name(link.successor_id, after)
    whole = link.extent == "full"
    return BoundaryChange(
        link.effective,
        link.predecessor_id,
        old,
        link.successor_id,
        new,
        link.extent,
        Words(
            f"Từ {link.effective:%d/%m/%Y} {'toàn bộ' if whole else 'một phần'} {old} thuộc {new}.",
            f"From {link.effective} {'the whole' if whole else 'a part'} of {old} belongs to {new}.",
        ),
        link.legal_basis,
    )


ROUTES = (
    PublicRoute(
        "/v1/editions/series",
        "Một đơn vị qua các ấn bản",
        "One unit over editions",
        "Standing editions of an index that list the unit or units that went into it, oldest first, one line a table. A break says why instead of a "
        "number, predecessors stand side by side and are never summed, periods without an edition are named.",
        "editions",
        (asked.UNIT, INDEX, asked.optional(asked.SCOPE), asked.optional(EDITION_BLOCK), TENANT),
        _read,
        EditionSeries,
    ),
)

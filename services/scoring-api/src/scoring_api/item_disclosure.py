"""Which items and factors of a unit's result must be withheld, across its siblings and both states of the period."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from parindex.engine.period import Period
from parindex.engine.small_cells import Cell, Suppression, hidden_cells
from parindex.instruments.catalogue import Instrument
from scoring_api.siblings import levels
from scoring_api.snapshot import Snapshot
from scoring_api.stored import STATES, instrument_version_id
from scoring_api.withheld import satisfaction_policy

_SIZES = """
SELECT unit_id, state, (SELECT jsonb_agg(jsonb_build_array(i->'item', i->'option', i->'balance'->'answered')) FROM jsonb_array_elements(document->'items') AS i)::text AS items
FROM unit_result WHERE realm = $1 AND instrument_version_id = $2 AND period = $3 AND unit_id = ANY($4::int[])
"""


def item_key(item: str, option: str | None) -> str:
    """Name of a line of the view by item: the item, or item/option for an option of a multi-select item."""
    return item if option is None else f"{item}/{option}"


async def hidden_items(
    snapshot: Snapshot, instrument: Instrument, unit_id: int, period: Period
) -> dict[str, Suppression]:
    """Line key -> why it is withheld: too few people answered, or a sibling item's or unit's cell would be revealed."""
    minimum = satisfaction_policy(period).rules().small_cell_minimum
    part_of = {item_key(column.item, column.option): _total(instrument, column.item) for column in instrument.columns}
    withheld: dict[str, Suppression] = {}
    for one, siblings in levels(snapshot, unit_id, period.last):
        rows = await snapshot.connection.fetch(
            _SIZES, snapshot.realm, instrument_version_id(instrument), period.code, list(siblings)
        )
        found: dict[str, Suppression] = {}
        for state in STATES:
            sizes = {
                (row["unit_id"], item_key(item, option)): answered
                for row in rows
                if row["state"] == state
                for item, option, answered in msgspec.json.decode(row["items"] or "[]")
                if answered
            }
            forced = {(sibling, key) for sibling in siblings for key in withheld}
            for (sibling, key), reason in _closed(sizes, minimum, forced, part_of).items():
                if sibling == one and found.get(key) != "small_cell":
                    found[key] = reason
        withheld = found
    return withheld


def _closed(
    sizes: Mapping[Cell, int], minimum: int, forced: set[Cell], part_of: Mapping[str, str]
) -> dict[Cell, Suppression]:
    """`hidden_cells`, and where every item of a factor is hidden, all items of that unit: the whole minus the others would tell."""
    while True:
        hidden = hidden_cells(sizes, minimum, forced=forced, part_of=part_of)
        shown = {(unit_id, part_of[key]) for unit_id, key in sizes if (unit_id, key) not in hidden}
        closed = {
            unit_id
            for unit_id, key in hidden
            if (unit_id, part_of[key]) not in shown and part_of[key].startswith("factor ")
        }
        more = {
            (unit_id, key) for unit_id, key in sizes if unit_id in closed and not part_of[key].startswith("item ")
        } - hidden.keys()
        if not more:
            return hidden
        forced = forced | more


def hidden_factors(instrument: Instrument, items: Mapping[str, Suppression]) -> dict[str, Suppression]:
    """Factors none of whose items may be shown: their pool would show what the items must not."""
    hidden: dict[str, Suppression] = {}
    for factor in instrument.factors:
        keys = [
            item_key(column.item, column.option)
            for column in instrument.columns
            if instrument.items[column.item].satisfaction and instrument.items[column.item].factor == factor.code
        ]
        if keys and all(key in items for key in keys):
            hidden[factor.code] = "small_cell" if "small_cell" in (items[key] for key in keys) else "complementary"
    return hidden


def _total(instrument: Instrument, item: str) -> str:
    """The total that an item's answers are added into: its factor, the whole, or, for what enters neither, itself."""
    one = instrument.items[item]
    return f"item {item}" if not one.satisfaction else f"factor {one.factor}" if one.factor else "whole"

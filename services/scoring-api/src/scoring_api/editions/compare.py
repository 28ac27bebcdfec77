"""Up to ten units of one edition side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scoring_api import asked
from scoring_api.answers import register_standing
from scoring_api.editions.answers import ComparedUnits, edition_line
from scoring_api.editions.listing import EDITION_BLOCK, INDEX, TENANT
from scoring_api.editions.rows import documents, latest_edition
from scoring_api.parameters import Parameter, UnitName, unit
from scoring_api.places import named_unit, reading_day
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot

MOST_UNITS = 10


def _units() -> tuple[Callable[[str], Any], dict[str, Any]]:
    one, _ = unit()

    def read(value: str) -> list[UnitName]:
        names = [name for name in value.split(",") if name]
        if not 1 <= len(names) <= MOST_UNITS:
            raise ValueError(f"1 to {MOST_UNITS} units, separated by commas")
        return [one(name) for name in names]

    return read, {"type": "string", "minLength": 1, "maxLength": 400}


async def _read(snapshot: Snapshot, given: Given) -> ComparedUnits:
    day = reading_day(snapshot, given["period"]) if given["period"] else snapshot.today
    head = await latest_edition(
        snapshot.connection,
        snapshot.realm,
        given["index"],
        named_unit(snapshot, given["scope"], day),
        given["block"],
        period=given["period"].code if given["period"] else None,
        tenant=given["tenant"],
    )
    document = (await documents(snapshot.connection, [head]))[head.tenant_id, head.edition_no]
    body = document["body"]
    wanted = dict.fromkeys(named_unit(snapshot, name, day) for name in given["units"])
    rows = {row["unit_id"]: row for row in body["rows"]}
    return ComparedUnits(
        **{**register_standing(snapshot), "not_counted": None},
        edition=edition_line(head),
        columns=body["columns"],
        rows=[rows[unit_id] for unit_id in wanted if unit_id in rows],
        absent=[unit_id for unit_id in wanted if unit_id not in rows],
        means=body["means"],
        counts=body["counts"],
    )


ROUTES = (
    PublicRoute(
        "/v1/editions/compare",
        "So sánh các đơn vị trong một ấn bản",
        "Units of one edition side by side",
        "Up to ten units of the newest standing edition of a table (or of the period named), in the order asked, with every part and its place.",
        "editions",
        (
            Parameter(
                "units",
                *_units(),
                "Các đơn vị, cách nhau bằng dấu phẩy (tối đa 10)",
                "Units, separated by commas (at most 10)",
                "H57,H14",
                required=True,
            ),
            INDEX,
            asked.SCOPE,
            EDITION_BLOCK,
            asked.optional(asked.PERIOD),
            TENANT,
        ),
        _read,
        ComparedUnits,
    ),
)

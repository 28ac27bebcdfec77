"""What league tables exist in a realm."""

from __future__ import annotations

import datetime as dt

import msgspec

from parindex.errors import Invalid
from scoring_api import asked
from scoring_api.answers import Answer, register_standing, standing_columns
from scoring_api.csv_form import Sheet
from scoring_api.parameters import Parameter, one_of, text
from scoring_api.places import named_unit
from scoring_api.questionnaires import named_instrument
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot


class IndexLine(msgspec.Struct, frozen=True):
    """One table that exists."""

    scope_unit_id: int
    scope_name: str
    block: str
    instrument: str
    version: str
    period: str
    state: str
    as_of: dt.datetime
    policy: str


class TableIndex(Answer, kw_only=True):
    """Tables that exist, newest periods of each scope first."""

    tables: list[IndexLine]
    next_cursor: str | None


_SELECT = """
SELECT scope_unit_id, block, instrument_version_id, period, state, as_of, policy FROM league_table
WHERE realm = $1 AND ($2::int IS NULL OR scope_unit_id = $2) AND ($3::text IS NULL OR block = $3)
  AND ($4::int[] IS NULL OR instrument_version_id = ANY($4::int[])) AND ($5::text IS NULL OR period = $5) AND ($6::text IS NULL OR state = $6)
  AND ($7::int IS NULL OR (scope_unit_id, block COLLATE "C", instrument_version_id, period COLLATE "C", state COLLATE "C") > ($7, $8, $9, $10, $11))
ORDER BY scope_unit_id, block COLLATE "C", instrument_version_id, period COLLATE "C", state COLLATE "C" LIMIT $12
"""


async def _read(snapshot: Snapshot, given: Given) -> TableIndex:
    scope = named_unit(snapshot, given["scope"], snapshot.today) if given["scope"] else None
    versions = _versions(snapshot, given)
    after = _place(given["cursor"]) if given["cursor"] else (None, "", 0, "", "")
    rows = await snapshot.connection.fetch(
        _SELECT,
        snapshot.realm,
        scope,
        given["block"],
        versions,
        given["period"].code if given["period"] else None,
        given["state"],
        *after,
        given["limit"] + 1,
    )
    lines = []
    for row in rows[: given["limit"]]:
        instrument = snapshot.instruments.by_id(row["instrument_version_id"])
        name = snapshot.units.name(row["scope_unit_id"], snapshot.today)
        lines.append(
            IndexLine(
                row["scope_unit_id"],
                name,
                row["block"],
                instrument.code,
                instrument.version,
                row["period"],
                row["state"],
                row["as_of"],
                row["policy"],
            )
        )
    last = rows[given["limit"] - 1] if len(rows) > given["limit"] else None
    cursor = (
        None
        if last is None
        else "~".join(
            str(last[name]) for name in ("scope_unit_id", "block", "instrument_version_id", "period", "state")
        )
    )
    return TableIndex(
        **{**register_standing(snapshot), "as_of": snapshot.pulse.merged_as_of}, tables=lines, next_cursor=cursor
    )


def _versions(snapshot: Snapshot, given: Given) -> list[int] | None:
    if given["instrument"] is None:
        if given["version"] is not None:
            raise Invalid(
                "version was given without instrument.",
                code="parameter_missing",
                hint="Name the instrument whose version is meant.",
            )
        return None
    named_instrument(snapshot.instruments, given["instrument"], given["version"])
    return [
        one.instrument_version_id or 0
        for one in snapshot.instruments.instruments
        if one.code == given["instrument"] and given["version"] in (None, one.version)
    ]


def _place(cursor: str) -> tuple[int, str, int, str, str]:
    parts = cursor.split("~")
    if len(parts) != 5 or not all(
        part.isascii() and part.isdigit() and len(part) < 10 for part in (parts[0], parts[2])
    ):
        raise Invalid(
            f"cursor={cursor[:40]!r} is not one that this route gave.",
            code="cursor_unknown",
            hint="Use next_cursor of the page before.",
        )
    return int(parts[0]), parts[1], int(parts[2]), parts[3], parts[4]


def _sheet(answer: TableIndex) -> Sheet:
    columns, repeated = standing_columns(answer)
    names = ["scope_unit_id", "scope_name", "block", "instrument", "version", "period", "state", "as_of", "policy"]
    return [*names[:7], "table_as_of", "policy", *columns], (
        [*(getattr(line, name) for name in names), *repeated] for line in answer.tables
    )


ROUTES = (
    PublicRoute(
        "/v1/league-tables/index",
        "Danh mục các bảng xếp hạng hiện có",
        "League tables that exist",
        "Realm, scope, block, questionnaire, period and state of every table, with the instant of its figures.",
        "league tables",
        (
            asked.optional(asked.SCOPE),
            asked.optional(asked.BLOCK),
            asked.optional(asked.PERIOD),
            asked.optional(asked.INSTRUMENT),
            asked.VERSION,
            Parameter(
                "state",
                *one_of("current", "frozen"),
                "Hiện hành hay đã chốt",
                "Current or frozen; both by default",
                "frozen",
            ),
            asked.LIMIT,
            Parameter(
                "cursor",
                *text(120),
                "Con trỏ trang (next_cursor)",
                "next_cursor of the page before",
                "0~province~1~2026~current",
            ),
        ),
        _read,
        TableIndex,
        _sheet,
    ),
)

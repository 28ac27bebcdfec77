"""League tables: one block under one scope, in one period, by one questionnaire; filtered, sorted, paged by cursor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from parindex.engine.period import Period
from parindex.engine.table import Rules
from parindex.errors import Invalid, Unavailable
from parindex.frameworks.policy import RankingPolicy
from parindex.frameworks.policy_files import load_policies
from parindex.instruments.catalogue import Instrument
from parindex.units.names import fold
from scoring_api import asked
from scoring_api.answers import FigureAnswer, Words, change_sign, figure_standing, standing_columns, tie_rule
from scoring_api.csv_form import Sheet
from scoring_api.figures import ScopeResult, TableCounts, TableRow
from scoring_api.parameters import Parameter, one_of, text
from scoring_api.places import named_unit, reading_day
from scoring_api.questionnaires import named_instrument
from scoring_api.ranking import public_table
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot
from scoring_api.stored import Stored, league_table, no_such_table
from scoring_api.withheld import disclosures


class LeagueTable(FigureAnswer, kw_only=True):
    """One league table, or a page of it."""

    scope_unit_id: int
    scope_name: str
    block: str
    period: str
    previous_period: str
    partial: bool
    """The period is not over yet."""
    state: str
    policy: str
    method: str
    """Which figure the order, the band filter and the CSV columns use; both are in every row."""
    tie_rule: str
    tie_rule_words: Words
    tie_breakers: list[str]
    change_sign: Words
    small_cell_minimum: int
    counts: TableCounts
    matching: int
    """Rows that fit the filters, on all pages."""
    rows: list[TableRow]
    next_cursor: int | None
    """Give it as `cursor` for the following page; null on the last."""
    scope_result: ScopeResult | None


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A stored table with everything that a reader needs around it."""

    scope: int
    instrument: Instrument
    period: Period
    stored: Stored
    document: dict[str, Any]
    """The public view: nothing withheld is in it any more."""
    policy: RankingPolicy
    rules: Rules


async def named_table(snapshot: Snapshot, given: Given) -> NamedTable:
    """The table that a query names, as the public may see it. Raises NotFound naming what exists nearby."""
    period: Period = given["period"]
    instrument = named_instrument(snapshot.instruments, given["instrument"], given["version"])
    scope = named_unit(snapshot, given["scope"], reading_day(snapshot, period))
    stored = await league_table(snapshot, instrument, scope, given["block"], period.code, given["state"])
    if stored is None:
        raise await no_such_table(snapshot, instrument, scope, given["block"], period, given["state"])
    policy = applied_policy(stored.document["policy"])
    rules = policy.rules()
    above = snapshot.units.ancestors_or_lineage(scope, period.last)[0]
    found = await disclosures(snapshot, instrument, [period.code, period.previous.code], [scope, *above])
    now, before = found[period.code], found[period.previous.code]
    public = public_table(
        stored.document,
        rules,
        now.hidden_under(scope),
        before.hidden_under(scope),
        all_hidden=now.from_above(scope, above),
        total_hidden=now.of_unit(scope, above),
    )
    return NamedTable(scope, instrument, period, stored, public, policy, rules)


def applied_policy(name: str) -> RankingPolicy:
    """The policy version that a stored table names, such as `satisfaction@2026-1`."""
    policy_id, _, version = name.partition("@")
    policy = load_policies().get(policy_id, version)
    if policy is None:
        raise Unavailable(
            f"The stored table was ranked by {name}, which this release does not know.",
            code="policy_unknown",
            hint="Deploy the release that has this policy.",
        )
    return policy


async def _read(snapshot: Snapshot, given: Given) -> LeagueTable:
    table = await named_table(snapshot, given)
    document = table.document
    method = given["method"] or document["method_default"]
    matching = [row for row in document["rows"] if _matches(row, given, method)]
    ordered = _ordered(matching, method, given["sort"], given["order"])
    start = 0
    if given["cursor"] is not None:
        places = [place for place, row in enumerate(ordered, start=1) if row["unit_id"] == given["cursor"]]
        if not places:
            raise Invalid(
                f"cursor={given['cursor']} is no unit of this table with these filters.",
                code="cursor_unknown",
                hint="Use next_cursor of the page before with the same filters.",
            )
        start = places[0]
    page = ordered[start : start + given["limit"]]
    more = start + len(page) < len(ordered)
    return LeagueTable(
        **figure_standing(snapshot, table.instrument, table.stored.as_of, frozen=given["state"] == "frozen"),
        scope_unit_id=table.scope,
        scope_name=snapshot.units.name(table.scope, reading_day(snapshot, table.period)),
        block=document["block"],
        period=document["period"],
        previous_period=document["previous_period"],
        partial=table.period.partial_on(snapshot.today),
        state=given["state"],
        policy=table.policy.name,
        method=method,
        tie_rule=table.policy.tie_rule,
        tie_rule_words=tie_rule(table.policy),
        tie_breakers=list(table.policy.tie_breakers),
        change_sign=change_sign(table.policy),
        small_cell_minimum=table.rules.small_cell_minimum,
        counts=msgspec.convert(document["counts"], TableCounts),
        matching=len(matching),
        rows=msgspec.convert(page, list[TableRow]),
        next_cursor=page[-1]["unit_id"] if more and page else None,
        scope_result=msgspec.convert(document["scope_result"], ScopeResult | None),
    )


def _matches(row: Mapping[str, Any], given: Given, method: str) -> bool:
    if given["band"] is not None:
        band = row[method]["band"]
        if band is None or fold(given["band"]) not in (fold(band["vi"]), fold(band["en"])):
            return False
    if given["q"] is not None:
        wanted, name = given["q"].casefold(), row["name"]
        return fold(wanted) in fold(name) if fold(wanted) == wanted else wanted in name.casefold()
    return True


def _ordered(rows: list[dict[str, Any]], method: str, sort: str, order: str | None) -> list[dict[str, Any]]:
    """Rows by the wished column, equal ones by unit id; rows without a value come last in either order."""

    def value(row: Mapping[str, Any]) -> Any:
        match sort:
            case "name":
                return fold(row["name"]), row["name"]
            case "responses":
                return row["responses"]
            case "value" | "change_points":
                found = row[method][sort]
                return None if found is None else Decimal(found)
            case _:
                return row[method][sort]

    ascending = (order or ("asc" if sort in ("rank", "name") else "desc")) == "asc"
    by_id = sorted(rows, key=lambda row: row["unit_id"])
    known = sorted((row for row in by_id if value(row) is not None), key=value, reverse=not ascending)
    return known + [row for row in by_id if value(row) is None]


def _sheet(answer: LeagueTable) -> Sheet:
    columns, repeated = standing_columns(answer)
    columns = ["rank", "unit_id", "name", "h_code", "gso", "value", "band_vi", "responses", "answered", "change_points", "change_places", "previous_value", "previous_rank",
               "suppressed", "unranked_reason", "constructed", "method", "scope_unit_id", "scope_name", "block", "period", "partial", "state", "instrument", "version", "policy",
               "tie_rule", "change_sign_vi", *columns]  # fmt: skip
    repeated = [answer.method, answer.scope_unit_id, answer.scope_name, answer.block, answer.period, answer.partial, answer.state, answer.instrument, answer.version, answer.policy,
                answer.tie_rule, answer.change_sign.vi, *repeated]  # fmt: skip
    rows = []
    for row in answer.rows:
        figure = row.top2 if answer.method == "top2" else row.mean
        rows.append([figure.rank, row.unit_id, row.name, row.codes.get("h_code"), row.codes.get("gso"), figure.value, figure.band.vi if figure.band else None, row.responses,
                     row.balance.answered if row.balance else None, figure.change_points, figure.change_places, figure.previous_value, figure.previous_rank,
                     row.suppressed, row.unranked_reason, row.constructed, *repeated])  # fmt: skip
    return columns, rows


ROUTES = (
    PublicRoute(
        "/v1/league-tables",
        "Bảng xếp hạng mức độ hài lòng",
        "Satisfaction league table",
        "One table: every unit of the block on the period's last day, ranked under the declared tie rule. Small cells show no value and no rank. An open period is partial.",
        "league tables",
        (
            *asked.TABLE,
            asked.METHOD,
            Parameter(
                "band", *text(40), "Xếp loại (tiếng Việt hoặc tiếng Anh)", "Band, in Vietnamese or English", "Tốt"
            ),
            asked.SEARCH,
            Parameter(
                "sort",
                *one_of("rank", "name", "responses", "value", "change_points", "change_places"),
                "Cột sắp xếp",
                "Column to sort by",
                "value",
                default="rank",
            ),
            Parameter(
                "order",
                *one_of("asc", "desc"),
                "Chiều sắp xếp",
                "Direction; rank and name ascend by default, the others descend",
                "desc",
            ),
            asked.LIMIT,
            asked.CURSOR,
        ),
        _read,
        LeagueTable,
        _sheet,
    ),
)

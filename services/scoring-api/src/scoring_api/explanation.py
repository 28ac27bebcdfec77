"""The explanation of one figure of a league table: rule, inputs and counts; for an auditor also the way to the responses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import Response

from parindex.engine.explain import explain
from parindex.engine.period import Period
from parindex.engine.result import unit_result
from parindex.engine.small_cells import WORDS, Suppression
from parindex.engine.table import size
from parindex.errors import NotFound
from parindex.instruments.counting import questionnaire_of
from parindex.web.auth import Authenticator
from parindex.web.problems import problem_openapi
from scoring_api import asked
from scoring_api.answers import FigureAnswer, Words, figure_standing
from scoring_api.audit import audited_unit
from scoring_api.figures import Balance, Exposure, Figure
from scoring_api.item_disclosure import hidden_factors, hidden_items, item_key
from scoring_api.league_tables import NamedTable, named_table
from scoring_api.parameters import Parameter, word
from scoring_api.places import UnitLine, named_unit, reading_day, unit_line
from scoring_api.rendered import Renderings
from scoring_api.route import Given, PublicRoute, add_public_route
from scoring_api.snapshot import Snapshot, Snapshots
from scoring_api.stored import unit_results
from scoring_api.withheld import withheld_units


class AnswerCount(msgspec.Struct, frozen=True):
    """How many gave one answer."""

    value: int
    n: int
    w: str
    """Sum of sampling weights; equal to n in a self-selected design."""
    favourable: bool


class Input(msgspec.Struct, frozen=True):
    """One answer column that went in. With `suppressed` its counts are withheld, though they are in the figure."""

    item: str
    option: str | None
    column: int
    factor: str | None
    favourable: list[int]
    maximum: int | None
    answers: list[AnswerCount]
    figure: Figure | None
    suppressed: str | None = None


class Subject(msgspec.Struct, frozen=True):
    """What the figure is of: the whole, a factor, an item or one option."""

    kind: str
    code: str | None
    option: str | None


class Pooling(msgspec.Struct, frozen=True):
    """Whose responses are in the figure besides the unit's own."""

    constructed: bool
    pooled_unit_ids: list[int]
    partial_predecessors: list[int]
    words: Words


class Ranking(msgspec.Struct, frozen=True):
    """How the figure was ranked, and its change."""

    policy: str
    tie_rule: str
    tie_rule_words: Words
    tie_breakers: list[str]
    digits: int
    small_cell_minimum: int
    suppressed: str | None
    suppressed_words: Words | None
    unranked_reason: str | None
    change_sign: Words
    value: str | None
    rank: int | None
    band: Words | None
    change_points: str | None
    change_places: int | None
    change_reason: str | None
    previous_value: str | None
    previous_rank: int | None


class Explanation(FigureAnswer, kw_only=True):
    """Why a figure is what it is. Public explanations end at counts; response ids need the auditor scope."""

    unit: UnitLine
    scope_unit_id: int
    block: str
    period: str
    partial: bool
    state: str
    subject: Subject
    method: str
    figure: Figure | None
    rule: Words | None
    inputs: list[Input]
    responses: int | None
    balance: Balance | None
    exposure: Exposure | None
    lineage: Pooling
    ranking: Ranking | None
    suppressed: str | None
    suppressed_words: Words | None
    responses_url: str | None
    """For a caller with the auditor scope: where the response ids are."""


async def _public(snapshot: Snapshot, given: Given) -> Explanation:
    return await _explained(snapshot, given, audited=False)


async def _explained(snapshot: Snapshot, given: Given, *, audited: bool) -> Explanation:
    table = await named_table(snapshot, given)
    period = table.period
    unit_id = named_unit(snapshot, given["unit"], reading_day(snapshot, period))
    row = next(
        (row for row in (table.stored.document if audited else table.document)["rows"] if row["unit_id"] == unit_id),
        None,
    )
    if row is None and unit_id != table.scope:
        raise NotFound(
            f"Unit {unit_id} is no row of this table.",
            code="unit_not_in_table",
            hint=f"It ranks block {given['block']} under unit {table.scope} on {period.last}; see /v1/league-tables for its rows.",
        )
    questionnaire = questionnaire_of(table.instrument)
    both = await unit_results(snapshot, table.instrument, [unit_id], [period.code])
    stored = both.get((unit_id, period.code, given["state"]))
    document = (
        stored.document
        if stored
        else unit_result(unit_id, period.code, questionnaire, {}, partial=period.partial_on(snapshot.today))
    )
    method = given["method"] or table.rules.default_method
    made = explain(
        document,
        questionnaire,
        method,
        item=given["item"],
        factor=given["factor"],
        option=given["option"],
        rules=table.rules,
        row=row,
    )
    hidden: Suppression | None = None
    withheld: dict[str, Suppression] = {}
    if not audited:
        sizes = {period.code: [size(one.document) for one in both.values()]}
        hidden = (await withheld_units(snapshot, table.instrument, unit_id, {period.code: period}, sizes)).get(
            period.code
        )
        withheld = {} if hidden else await hidden_items(snapshot, table.instrument, unit_id, period)
        hidden = hidden or _of_subject(table, given, withheld)
    return _answer(snapshot, given, table, unit_id, made, hidden, withheld, audited=audited)


def _of_subject(table: NamedTable, given: Given, withheld: dict[str, Suppression]) -> Suppression | None:
    """Why the figure asked about is withheld although the unit is shown."""
    if given["item"] is not None:
        keys = [
            key
            for key in withheld
            if key == item_key(given["item"], given["option"])
            or (given["option"] is None and key.startswith(given["item"] + "/"))
        ]
        return withheld[keys[0]] if keys else None
    return hidden_factors(table.instrument, withheld).get(given["factor"]) if given["factor"] is not None else None


def _answer(
    snapshot: Snapshot,
    given: Given,
    table: NamedTable,
    unit_id: int,
    made: dict[str, Any],
    hidden: Suppression | None,
    withheld: dict[str, Suppression],
    *,
    audited: bool,
) -> Explanation:
    words = WORDS[hidden] if hidden else None
    inputs = [_input(one, hidden or withheld.get(item_key(one["item"], one["option"]))) for one in made["inputs"]]
    shown: dict[str, Any] = {
        name: None if hidden else made[name] for name in ("figure", "rule", "responses", "balance", "exposure")
    }
    return Explanation(
        **figure_standing(snapshot, table.instrument, table.stored.as_of, frozen=given["state"] == "frozen"),
        unit=unit_line(snapshot.units, unit_id, reading_day(snapshot, table.period)),
        scope_unit_id=table.scope,
        block=given["block"],
        period=table.period.code,
        partial=table.period.partial_on(snapshot.today),
        state=given["state"],
        subject=msgspec.convert(made["subject"], Subject),
        method=made["method"],
        figure=msgspec.convert(shown["figure"], Figure | None),
        rule=msgspec.convert(shown["rule"], Words | None),
        inputs=msgspec.convert(inputs, list[Input]),
        responses=shown["responses"],
        balance=msgspec.convert(shown["balance"], Balance | None),
        exposure=msgspec.convert(shown["exposure"], Exposure | None),
        lineage=msgspec.convert(made["lineage"], Pooling),
        ranking=msgspec.convert(made["ranking"], Ranking | None),
        suppressed=hidden,
        suppressed_words=Words(words["vi"], words["en"]) if words else None,
        responses_url=_responses_url(snapshot, table, unit_id) if audited else None,
    )


def _input(one: dict[str, Any], hidden: Suppression | None) -> dict[str, Any]:
    return one if hidden is None else {**one, "answers": [], "figure": None, "suppressed": hidden}


def _responses_url(snapshot: Snapshot, table: NamedTable, unit_id: int) -> str:
    return f"/v1/results/responses?unit={unit_id}&period={table.period.code}&instrument={table.instrument.code}&version={table.instrument.version}&realm={snapshot.realm}"


ROUTE = PublicRoute(
    "/v1/league-tables/explanation",
    "Giải thích một con số của bảng xếp hạng",
    "Explanation of a figure",
    "Rule in words with values, inputs, counts, lineage, policy, rank and change. With a bearer token of scope `audit` whose subtree contains the unit, nothing is withheld and `responses_url` is given.",
    "league tables",
    (
        *asked.TABLE,
        asked.UNIT,
        asked.METHOD,
        Parameter("item", *word(), "Câu hỏi", "One item instead of the whole", "overall"),
        Parameter("factor", *word(), "Yếu tố", "One factor instead of the whole", "access"),
        Parameter(
            "option", *word(), "Phương án của câu hỏi nhiều lựa chọn", "One option of a multi-select item", "slow"
        ),
    ),
    _public,
    Explanation,
)


def add_route(app: FastAPI, renderings: Renderings, resources: Callable[[], tuple[Snapshots, Authenticator]]) -> None:
    """Makes the explanation answer: the public one from reused bytes, the auditor's made for that caller alone."""

    async def audited(request: Request) -> Response | None:
        authorization = request.headers.get("authorization")
        if authorization is None:
            return None
        given = ROUTE.reading.read(request.scope["query_string"], {})
        snapshots, authenticator = resources()
        caller = await authenticator.caller(authorization)
        async with snapshots.open(given["realm"]) as snapshot:
            period: Period = given["period"]
            audited_unit(snapshot, caller, given["unit"], period)
            answer = await _explained(snapshot, given, audited=True)
        return Response(
            msgspec.json.encode(answer),
            media_type="application/json",
            headers={"Cache-Control": "private, no-store", "Vary": "Authorization"},
        )

    add_public_route(
        app, ROUTE, renderings, lambda: resources()[0], instead=audited, responses=problem_openapi(401, 403)
    )

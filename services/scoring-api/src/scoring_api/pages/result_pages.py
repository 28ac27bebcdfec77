"""Pages of results: the table with its ranks, the variance report, the explained score of a unit."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from scoring_api import csv_form
from scoring_api.dependencies import database_of
from scoring_api.pages.component_inputs import words_of
from scoring_api.pages.notices import notices_of
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import page
from scoring_api.people.session import SignedIn
from scoring_api.rounds import bodies
from scoring_api.rounds.answers import RoundHead, round_head
from scoring_api.rounds.clock import Now
from scoring_api.rounds.events import read_state
from scoring_api.rounds.round import Round, load_round
from scoring_api.rounds.score import round_table, unit_score
from scoring_api.rounds.variance import variance, variance_sheet
from scoring_api.rounds.wire import downloaded

router = APIRouter(prefix="/pages/rounds/{round_id}", include_in_schema=False, route_class=PageRoute)
_STATES = {
    "scored": "",
    "no_data": "không phát sinh",
    "not_applicable": "không áp dụng",
    "missing": "còn thiếu",
    "imported": "lấy điểm đã công bố",
    "info": "chỉ theo dõi",
}


async def _head(request: Request, tenant_id: int, round_id: int) -> tuple[Round, RoundHead]:
    async with database_of(request).transaction() as connection:
        assessed = await load_round(connection, tenant_id, round_id)
        return assessed, round_head(assessed, await read_state(connection, tenant_id, round_id))


@router.get("/table")
async def show_table(request: Request, person: SignedIn, round_id: bodies.RoundPath, now: Now) -> Response:
    """The table, provisional until the round is closed."""
    found = await round_table(database_of(request), person, round_id, now)
    assessed, head = await _head(request, person.tenant_id, round_id)
    titles = {one.node.code: one.node for one in assessed.plan.nodes if one.parent < 0}
    rows = sorted(found.table["rows"], key=lambda row: (row["rank"] is None, row["rank"] or 0, row["unit"]["name"]))
    shown = [code for code in titles if any(part["code"] == code for row in rows for part in row["fields"])]
    return page(
        "table.html",
        person,
        round=head,
        notices=notices_of(head),
        found=found,
        table=found.table,
        rows=[(row, {part["code"]: part for part in row["fields"]}) for row in rows],
        fields=[titles[code] for code in shown],
    )


@router.get("/variance")
async def show_variance(request: Request, person: SignedIn, round_id: bodies.RoundPath) -> Response:
    """Self-assessment against appraisal and final result."""
    report = await variance(database_of(request), person, round_id)
    if request.query_params.get("format") == "csv":
        return downloaded(csv_form.encode(variance_sheet(report)), f"chenh-lech-{round_id}.csv")
    lines = [line for line in report.lines if line.difference is not None and is_not_zero(line.difference)]
    return page(
        "variance.html", person, round=report.round, notices=notices_of(report.round), report=report, lines=lines
    )


def is_not_zero(figure: str) -> bool:
    """Whether an exact figure is something else than zero."""
    return any(digit in figure for digit in "123456789")


@router.get("/units/{unit_id}/score")
async def show_score(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, unit_id: bodies.UnitPath
) -> Response:
    """The score of a unit, node by node with its reasons."""
    found = await unit_score(database_of(request), person, round_id, unit_id)
    assessed, head = await _head(request, person.tenant_id, round_id)
    nodes = {one.node.code: one.node for one in assessed.plan.nodes}
    return page(
        "score.html",
        person,
        round=head,
        notices=notices_of(head),
        found=found,
        score=found.score,
        rows=[(line, words_of(nodes[line["code"]], line["input"])) for line in found.score["nodes"]],
        states=_STATES,
        views={view.code: view.title_vi for view in assessed.file.framework.views},
        titles={code: node.title_vi for code, node in nodes.items()},
        sources={key: source.get("title", key) for key, source in assessed.file.document.get("sources", {}).items()},
    )

"""Routes that read rounds: list, whole state, events, variance, score of a unit, table."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from scoring_api import csv_form
from scoring_api.dependencies import database_of
from scoring_api.people.session import SignedIn
from scoring_api.rounds import bodies
from scoring_api.rounds.answers import EventPage, RoundDocument, RoundList, RoundTable, UnitScore
from scoring_api.rounds.clock import Now
from scoring_api.rounds.event_pages import LARGEST_PAGE, event_page
from scoring_api.rounds.score import round_table, unit_score
from scoring_api.rounds.variance import Variance, variance, variance_sheet
from scoring_api.rounds.whole_state import list_rounds, whole_state
from scoring_api.rounds.wire import answered, documented, downloaded

router = APIRouter(tags=["rounds"])
_Number = Annotated[int, Query(ge=0, le=2_147_483_647)]


@router.get(
    "/v1/rounds",
    summary="Các đợt đánh giá / Rounds",
    description="Rounds of the authority in which one of the person's roles has a part.",
    **documented(RoundList),
)
async def get_rounds(request: Request, person: SignedIn) -> Response:
    """Lists rounds."""
    return answered(await list_rounds(database_of(request), person))


@router.get(
    "/v1/rounds/{round_id}",
    summary="Toàn bộ tình trạng một đợt / Whole state of a round",
    description="Officer, council, auditor: everything; a unit: itself; an appraiser: its fields of all units.",
    **documented(RoundDocument),
)
async def get_round(request: Request, person: SignedIn, round_id: bodies.RoundPath) -> Response:
    """The whole state."""
    document = await whole_state(database_of(request), person, round_id)
    return await asyncio.to_thread(answered, document)


@router.get(
    "/v1/rounds/{round_id}/events",
    summary="Nhật ký đợt đánh giá / Events of a round",
    description="Who did what when and why, in order, from `after` on; of one unit or component where named.",
    **documented(EventPage),
)
async def get_events(
    request: Request,
    person: SignedIn,
    round_id: bodies.RoundPath,
    after: _Number = 0,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 200,
    unit_id: _Number | None = None,
    component: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9._-]{1,120}$")] = None,
) -> Response:
    """A page of events."""
    page = await event_page(
        database_of(request), person, round_id, after=after, limit=limit, unit_id=unit_id, component=component
    )
    return answered(page)


@router.get(
    "/v1/rounds/{round_id}/variance",
    summary="Chênh lệch tự đánh giá và thẩm định / Variance report",
    description="Self-assessment against appraisal and final result, by component, field and unit; JSON, or the lines as CSV.",
    **documented(Variance, media_types=("text/csv",)),
)
async def get_variance(
    request: Request,
    person: SignedIn,
    round_id: bodies.RoundPath,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """The variance report."""
    report = await variance(database_of(request), person, round_id)
    if form == "csv":
        return downloaded(csv_form.encode(variance_sheet(report)), f"chenh-lech-{round_id}.csv")
    return answered(report)


@router.get(
    "/v1/rounds/{round_id}/units/{unit_id}/score",
    summary="Điểm và giải thích của một đơn vị / Explained score of a unit",
    description="From the present final inputs, component by component with reasons; provisional until the round is closed.",
    **documented(UnitScore),
)
async def get_score(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, unit_id: bodies.UnitPath
) -> Response:
    """The explained score."""
    return answered(await unit_score(database_of(request), person, round_id, unit_id))


@router.get(
    "/v1/rounds/{round_id}/table",
    summary="Bảng tạm tính / bảng cuối của đợt / Table of a round",
    description="Provisional until the round is closed. A unit sees its own row, an appraiser the columns of its fields.",
    **documented(RoundTable),
)
async def get_table(request: Request, person: SignedIn, round_id: bodies.RoundPath, now: Now) -> Response:
    """The table."""
    return answered(await round_table(database_of(request), person, round_id, now))

"""Routes about dossiers: public figures, and for officers and auditors what is odd and what was restated."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from scoring_api import asked
from scoring_api.dependencies import resources_of
from scoring_api.dossiers import on_time, satisfaction, side_by_side
from scoring_api.dossiers.quality import Findings, Restatements, read_findings, read_restatements
from scoring_api.parameters import Parameter, Parameters, word
from scoring_api.people.session import SignedIn
from scoring_api.rounds.wire import answered, documented
from scoring_api.route import REALM

ROUTES = (*side_by_side.ROUTES, *satisfaction.ROUTES, *on_time.ROUTES)
ANSWERS: tuple[type, ...] = (Findings, Restatements)
router = APIRouter(prefix="/v1/dossiers", tags=["dossiers"])
_OF_UNIT = Parameters(asked.UNIT, asked.PERIOD, REALM)
_CODE = Parameter(
    "code", *word(), "Chỉ liệt kê hồ sơ có vấn đề này", "Only dossiers with this finding", "due_date_reset"
)
_FINDINGS = Parameters(asked.UNIT, asked.PERIOD, _CODE, REALM)


@router.get(
    "/findings",
    summary="Hồ sơ có điểm bất thường / What is odd in dossiers",
    description="Counts by finding and the codes of dossiers, of the reader's own authority. For officers and auditors.",
    operation_id="dossier_findings",
    openapi_extra={"parameters": _FINDINGS.openapi()},
    **documented(Findings),
)
async def get_findings(request: Request, person: SignedIn) -> Response:
    """Findings of a unit and period."""
    given = _FINDINGS.read(request.scope["query_string"], {})
    async with resources_of(request).snapshots.open(given["realm"]) as snapshot:
        return answered(await read_findings(snapshot, person, given))


@router.get(
    "/restatements",
    summary="Thay đổi sau khi kỳ đã chốt / What changed in a closed period",
    description="Dossiers that count otherwise than when the period closed, with the cause (a due date put back, ...). The frozen "
    "figures stay. For officers and auditors.",
    operation_id="dossier_restatements",
    openapi_extra={"parameters": _OF_UNIT.openapi()},
    **documented(Restatements),
)
async def get_restatements(request: Request, person: SignedIn) -> Response:
    """Restatements of a unit and period."""
    given = _OF_UNIT.read(request.scope["query_string"], {})
    async with resources_of(request).snapshots.open(given["realm"]) as snapshot:
        return answered(await read_restatements(snapshot, person, given))

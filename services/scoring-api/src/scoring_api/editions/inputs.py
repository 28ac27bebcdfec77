"""What an edition was computed from, as far as the public may see it; whole for the authority's own officials.

Public: printed tables whole; of a round the final inputs, which decide the ranks, without their origins (evidence, joins)
and without survey counts below the small-cell minimum; of satisfaction tables everything but the counts of answers, which
would undo the protection of small cells. The complete inputs re-derive the edition: officer, council and auditor have them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.engine.digest import canonical_json
from parindex.engine.period import Period
from parindex.frameworks.policy_files import load_policies
from parindex.web.problems import problem_openapi
from scoring_api.dependencies import database_of
from scoring_api.editions.answers import EditionInputsAnswer, WithheldInputs
from scoring_api.editions.edition_route import EDITION, FOREVER, IMMUTABLE, TENANT, UNDER, EditionRoute, Given, Shown
from scoring_api.editions.rows import unknown_edition
from scoring_api.people.session import SignedIn

if TYPE_CHECKING:
    from scoring_api.app import Resources

_INPUTS = "SELECT document, sha256 FROM edition_inputs WHERE tenant_id = $1 AND edition_no = $2"
ORIGINS = WithheldInputs(
    "inputs.*.*.from",
    "Nguồn gốc từng số liệu (hồ sơ, kết quả khảo sát) không công khai.",
    "Where a figure came from (evidence, surveys) is not public.",
)
FEW_ANSWERS = WithheldInputs(
    "inputs.*.*",
    "Số đếm khảo sát dưới mức tối thiểu không công khai.",
    "Survey counts below the small-cell minimum are withheld.",
)
COUNTS = WithheldInputs(
    "results, scope_result, siblings, withheld",
    "Số đếm theo từng câu trả lời không công khai, để bảo vệ các đơn vị có ít phiếu.",
    "Counts by answer are withheld: they would undo the protection of small cells.",
)


def public_view(inputs: Mapping[str, Any]) -> tuple[dict[str, Any], list[WithheldInputs]]:
    """The inputs without what must be withheld, and what that is. Nothing withheld: the view is the whole. Pure."""
    if inputs["kind"] == "satisfaction":
        hidden = [name for name in ("results", "scope_result", "siblings", "withheld") if inputs.get(name)]
        return {key: value for key, value in inputs.items() if key not in hidden}, [COUNTS] if hidden else []
    if inputs["kind"] != "round":
        return dict(inputs), []
    minimum = load_policies().on("satisfaction", Period.parse(inputs["period"]).last).rules().small_cell_minimum
    withheld: list[WithheldInputs] = []

    def shown(given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        counted = given.get("answers")
        if counted is not None and 0 < int(counted) < minimum:
            withheld.append(FEW_ANSWERS)
            return {"withheld": True}
        if "from" in given:
            withheld.append(ORIGINS)
        return {key: value for key, value in given.items() if key != "from"}

    units = {
        unit_id: {component: shown(given) for component, given in said.items()}
        for unit_id, said in inputs["inputs"].items()
    }
    return {**inputs, "inputs": units}, [one for one in (ORIGINS, FEW_ANSWERS) if one in withheld]


async def _row(connection: asyncpg.Connection, tenant_id: int, edition_no: int) -> asyncpg.Record:
    row = await connection.fetchrow(_INPUTS, tenant_id, edition_no)
    if row is None:
        raise unknown_edition(tenant_id, edition_no)
    return row


async def _read(resources: Resources, given: Given) -> Shown:
    key = given["tenant_id"], given["edition_no"]
    async with resources.database.connection() as connection:
        row = await _row(connection, *key)
    return await asyncio.to_thread(_shown, key, row["document"], row["sha256"])


def _shown(key: tuple[int, int], document: str, sha256: str) -> Shown:
    view, withheld = public_view(json.loads(document))
    text = canonical_json(view)
    return Shown(msgspec.json.encode(EditionInputsAnswer(*key, sha256, not withheld, withheld, msgspec.Raw(text))))


ROUTES = (
    EditionRoute(
        f"{UNDER}/inputs",
        "Số liệu đầu vào của một ấn bản (phần công khai)",
        "Inputs of an edition, as far as they are public",
        "Printed tables whole; of a round the final inputs without their origins; of satisfaction tables no counts. `complete` says whether "
        "these inputs re-derive the edition; what is left out is named with the reason.",
        (TENANT, EDITION),
        _read,
        EditionInputsAnswer,
        IMMUTABLE,
        FOREVER,
    ),
)
router = APIRouter(tags=["editions"])


@router.get(
    f"{UNDER}/inputs/complete",
    summary="Toàn bộ số liệu đầu vào, để tính lại ấn bản / Complete inputs, to re-derive the edition",
    description="For officer, council and auditor of the authority that published it: exactly the bytes whose SHA-256 the edition names.",
    operation_id="editions_tenant_id_edition_no_inputs_complete",
    response_class=Response,
    responses={
        200: {"description": "Inputs document", "content": {"application/json": {"schema": {"type": "object"}}}},
        **problem_openapi(401, 403, 404, 422, 503),
    },
    openapi_extra={"parameters": [TENANT.openapi(), EDITION.openapi()]},
)
async def get_complete_inputs(request: Request, person: SignedIn) -> Response:
    """The complete inputs."""
    person.need("officer", "council", "auditor")
    key = (int(request.path_params["tenant_id"]), int(request.path_params["edition_no"]))
    if key[0] != person.tenant_id:
        raise unknown_edition(*key)
    async with database_of(request).connection() as connection:
        row = await _row(connection, *key)
    headers = {"Cache-Control": "private, no-store", "ETag": f'"{row["sha256"]}"'}
    return Response(row["document"].encode(), 200, headers, media_type="application/json")

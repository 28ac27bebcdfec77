"""Public routes: the frameworks in force, their workbooks, differences and schema; validating; trying a computation."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from parindex.engine.period import local_day
from parindex.errors import Finding, Invalid
from parindex.frameworks.criteria_catalogue import CriteriaCatalogue
from parindex.frameworks.criteria_file import FrameworkFile
from parindex.frameworks.diff import diff
from parindex.frameworks.examine import examine_time
from parindex.frameworks.schema import framework_schema
from parindex.instruments.json_text import decode_json
from parindex.register.framework_received import Received
from parindex.register.frameworks import load_frameworks_from_database
from parindex.web.openapi import ref
from parindex.web.problems import problem_openapi
from parindex.workbooks.framework_workbook import write_framework_workbook
from parindex.workbooks.opening import MEDIA_TYPE as XLSX
from scoring_api.dependencies import database_of
from scoring_api.frameworks import wire
from scoring_api.frameworks.compute import compute, compute_composite
from scoring_api.frameworks.received_body import REQUEST_BODY, received_body
from scoring_api.frameworks.turns import TURNS
from scoring_api.rounds.body_limit import LimitedBodyRoute

router = APIRouter(prefix="/v1", tags=["frameworks"], route_class=LimitedBodyRoute)
_HEADERS = {"Cache-Control": "public, no-cache"}
_OBJECT_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}
CodePath = Annotated[str, Path(max_length=64, description="Mã bộ tiêu chí / code", examples=["par-province"])]
VersionPath = Annotated[str, Path(max_length=40, description="Phiên bản / version", examples=["2017-1"])]
Named = Annotated[str, Query(max_length=110, description="code@version", examples=["par-province@2017-1"])]


def _documented(kind: type, *problems: int) -> dict[str, Any]:
    answer = {
        "description": (kind.__doc__ or "").split("\n", 1)[0],
        "content": {"application/json": {"schema": ref(kind)}},
    }
    return {"response_class": Response, "responses": {200: answer, **problem_openapi(*problems, 503)}}


def _answer(value: Any) -> Response:
    return Response(msgspec.json.encode(value), headers=_HEADERS, media_type="application/json")


async def _catalogue(request: Request) -> CriteriaCatalogue:
    async with database_of(request).connection() as connection:
        return await load_frameworks_from_database(connection)


@router.get(
    "/frameworks",
    summary="Các bộ tiêu chí đã ban hành / Framework versions in force",
    operation_id="frameworks",
    **_documented(wire.FrameworksAnswer),
)
async def list_frameworks(request: Request) -> Response:
    """Every version that is or was in force, with how official it is."""
    catalogue = await _catalogue(request)
    return _answer(wire.FrameworksAnswer([wire.framework_line(one, catalogue) for one in catalogue.files]))


@router.get(
    "/frameworks/schema",
    summary="JSON Schema của bộ tiêu chí / JSON Schema of the framework document",
    operation_id="frameworks_schema",
    response_class=Response,
    responses={200: {"description": "JSON Schema, draft 2020-12", "content": {"application/schema+json": {}}}},
)
async def schema() -> Response:
    """For editors, and for programs that write drafts."""
    return Response(msgspec.json.encode(framework_schema()), headers=_HEADERS, media_type="application/schema+json")


@router.get(
    "/frameworks/diff",
    summary="So sánh hai phiên bản / What moved between two versions",
    operation_id="frameworks_diff",
    **_documented(wire.DiffAnswer, 404, 422),
)
async def compare(
    request: Request, old: Annotated[Named, Query(alias="from")], new: Annotated[Named, Query(alias="to")]
) -> Response:
    """Every difference, in words, and whether it can change anybody's points."""
    catalogue = await _catalogue(request)
    before, after = _by_name(catalogue, old), _by_name(catalogue, new)
    changes = await TURNS.take(diff, before.framework, after.framework)
    lines = [wire.ChangeLine(**change.document()) for change in changes]
    return _answer(wire.DiffAnswer(before.name, after.name, lines))


@router.post(
    "/frameworks/validate",
    summary="Kiểm tra bộ tiêu chí (không lưu) / Validate a framework, all findings at once",
    operation_id="frameworks_validate",
    openapi_extra=REQUEST_BODY,
    **_documented(wire.Validation, 400, 413, 422),
)
async def validate(request: Request) -> Response:
    """Stores nothing. Findings name a line (YAML), a field path (JSON) or a cell (Excel)."""
    try:
        received = await received_body(request)
    except Invalid as invalid:
        if not invalid.findings:
            raise
        return _answer(wire.Validation(False, None, None, wire.finding_lines(invalid.findings), [], []))
    return _answer(await _validated(request, received))


@router.get(
    "/frameworks/{code}",
    summary="Các phiên bản của một bộ tiêu chí / Versions of one framework",
    operation_id="framework_versions",
    **_documented(wire.FrameworkVersionsAnswer, 404, 422),
)
async def versions(
    request: Request,
    code: CodePath,
    on: Annotated[dt.date | None, Query(description="Local day; default: today in Vietnam")] = None,
) -> Response:
    """Which version holds on a day, and the days that none covers, with the reason."""
    catalogue = await _catalogue(request)
    known, day = catalogue.versions(code), on or local_day(dt.datetime.now(dt.UTC))
    try:
        in_force = catalogue.on(code, day).framework.version
    except Invalid:
        in_force = None
    gaps = [wire.GapLine(gap.start, gap.until, gap.why) for gap in catalogue.gaps(code)]
    lines = [wire.framework_line(one, catalogue) for one in known]
    return _answer(wire.FrameworkVersionsAnswer(code, day, in_force, lines, gaps))


@router.get(
    "/frameworks/{code}/{version}",
    summary="Một phiên bản đầy đủ / One version whole",
    operation_id="framework",
    **_documented(wire.FrameworkAnswer, 404, 422),
)
async def show(request: Request, code: CodePath, version: VersionPath) -> Response:
    """The document as it was put in force: every figure with its provenance, sources and notes."""
    catalogue = await _catalogue(request)
    file = catalogue.get(code, version)
    line, warnings = wire.framework_line(file, catalogue), wire.finding_lines(file.warnings)
    return _answer(wire.FrameworkAnswer(line, file.document, warnings))


@router.get(
    "/frameworks/{code}/{version}/workbook",
    summary="Tải bộ tiêu chí (Excel) / The framework as a workbook",
    operation_id="framework_workbook",
    response_class=Response,
    responses={
        200: {"description": "The workbook", "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}},
        **problem_openapi(404, 422, 503),
    },
)
async def workbook(request: Request, code: CodePath, version: VersionPath) -> Response:
    """In the layout of Vietnamese decisions; edited, it can be validated and sent as a draft."""
    file = (await _catalogue(request)).get(code, version)
    body = await TURNS.take(write_framework_workbook, file.framework)
    name = "".join(
        sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "-" for sign in f"{code}-{version}"
    )
    disposition = {"Content-Disposition": f'attachment; filename="{name}.xlsx"', "X-Content-Type-Options": "nosniff"}
    return Response(body, headers={**_HEADERS, **disposition}, media_type=XLSX)


@router.post(
    "/computations",
    summary="Tính thử chỉ số (không lưu) / Try a computation",
    operation_id="computation",
    openapi_extra=_OBJECT_BODY,
    **_documented(wire.Computation, 400, 404, 413, 422),
)
async def try_computation(request: Request) -> Response:
    """`framework` with `version` or `period` (the version in force on its last day), or a `document`; `block`; `units`."""
    body, catalogue = await request.body(), await _catalogue(request)
    return _answer(await TURNS.take(lambda: compute(decode_json(body, "the computation"), catalogue)))


@router.post(
    "/computations/composite",
    summary="Tính thử chỉ số tổng hợp (không lưu) / Try a composite index",
    operation_id="composite_computation",
    openapi_extra=_OBJECT_BODY,
    **_documented(wire.CompositeComputation, 400, 413, 422),
)
async def try_composite(request: Request) -> Response:
    """`composite`: its document, `inputs`: unit -> leaf -> figure as text."""
    body = await request.body()
    return _answer(await TURNS.take(lambda: compute_composite(decode_json(body, "the computation"))))


def _by_name(catalogue: CriteriaCatalogue, name: str) -> FrameworkFile:
    code, at, version = name.partition("@")
    if not at:
        raise Invalid(f"{name!r} is no code@version.", code="name_form", hint="For example par-province@2017-1.")
    return catalogue.get(code, version)


async def _validated(request: Request, received: Received) -> wire.Validation:
    in_time: list[Finding] = []
    if received.file is not None:
        known = [one for one in (await _catalogue(request)).files if one.framework.code == received.file.framework.code]
        in_time = examine_time([received.file], known, local_day(dt.datetime.now(dt.UTC)))
    return wire.Validation(
        received.file is not None,
        received.file.name if received.file else None,
        received.file.framework.sha256 if received.file else None,
        wire.finding_lines(received.faults),
        wire.finding_lines(received.warnings),
        wire.finding_lines(in_time),
    )

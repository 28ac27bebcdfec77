"""Public routes of one edition's files: table.csv, table.xlsx, table.parquet, and portal.json for QĐ 766.

An edition never changes, so its files are rendered once, kept while there is room, and cached by everyone for good.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import Response

from parindex.web.openapi import ref
from parindex.web.problems import problem_openapi
from parindex.workbooks.opening import MEDIA_TYPE as XLSX
from scoring_api import csv_form
from scoring_api.editions.edition_route import EDITION, FOREVER, HEADERS, IMMUTABLE, RENEWED, TENANT, UNDER
from scoring_api.editions.rows import EditionHead, edition_head, unaltered
from scoring_api.exports import edition_parquet
from scoring_api.exports.edition_csv import edition_csv
from scoring_api.exports.edition_parquet import edition_parquet as parquet_bytes
from scoring_api.exports.edition_table import notices_of
from scoring_api.exports.edition_workbook import edition_workbook
from scoring_api.exports.portal_shape import PortalTable, portal_table
from scoring_api.parameters import Parameters
from scoring_api.rendered import Rendered, Renderings

if TYPE_CHECKING:
    from scoring_api.app import Resources

_PARAMETERS = Parameters(TENANT, EDITION)


@dataclass(frozen=True, slots=True)
class FileForm:
    """One file of an edition: the end of its path, what it is, and how its bytes are made (in a thread)."""

    name: str
    title_vi: str
    title_en: str
    description: str
    media_type: str
    write: Callable[[dict[str, Any], EditionHead], bytes]
    schema: dict[str, Any]
    cache_control: str = IMMUTABLE


def _portal(document: dict[str, Any], head: EditionHead) -> bytes:
    return msgspec.json.encode(portal_table(document, head.sha256, " ".join(notices_of(document["body"]))))


_BINARY = {"type": "string", "format": "binary"}
FORMS = (
    FileForm(
        "table.csv",
        "Bảng của một ấn bản (CSV)",
        "Table of an edition as CSV",
        "UTF-8 with BOM, RFC 4180. A row a unit; points and percents with their published digits; every row names edition, SHA-256, realm and notices.",
        csv_form.MEDIA_TYPE,
        lambda document, head: edition_csv(document, head.sha256),
        {"type": "string"},
    ),
    FileForm(
        "table.xlsx",
        "Bảng của một ấn bản (Excel, thể thức văn bản)",
        "Table of an edition as an Excel workbook in the official layout",
        "Issuing body, the nation's name, title, decision, period, table with numbers as numbers and frozen panes, means, NGƯỜI TỔNG HỢP. Templates and invented data say so.",
        XLSX,
        lambda document, head: edition_workbook(document, head.sha256, head.authority),
        _BINARY,
    ),
    FileForm(
        "table.parquet",
        "Bảng của một ấn bản (Parquet)",
        "Table of an edition as Parquet",
        "Decimals are decimal128 with the published digits; the file's metadata names edition and SHA-256, each column's its Vietnamese title.",
        edition_parquet.MEDIA_TYPE,
        lambda document, head: parquet_bytes(document, head.sha256),
        _BINARY,
    ),
    FileForm(
        "portal.json",
        "Bảng QĐ 766 theo dạng của Cổng Dịch vụ công quốc gia",
        "A QĐ 766 table in the portal's own shape",
        "ROW_STT, CKMB, TDGQ, CLGQ, TTTT, MDSH, MDHL, TONG_SCORE; the other names come from a mapping file, and `unconfirmed` lists those that are not known from the portal.",
        "application/json",
        _portal,
        ref(PortalTable),
        RENEWED,
    ),
)


async def _render(form: FileForm, path: dict[str, str], query: bytes, resources: Resources) -> Rendered:
    given = _PARAMETERS.read(query, path)
    async with resources.database.connection() as connection, connection.transaction(isolation="repeatable_read"):
        head = await edition_head(connection, given["tenant_id"], given["edition_no"])
        stored = await connection.fetchval(
            "SELECT document FROM edition WHERE tenant_id = $1 AND edition_no = $2", head.tenant_id, head.edition_no
        )

    def made() -> bytes:
        signed = unaltered(head.tenant_id, head.edition_no, stored, head.sha256)
        return form.write(json.loads(signed), head)

    name = f"{head.index_code}-{head.period}-{head.tenant_id}-{head.edition_no}.{form.name.partition('.')[2]}"
    more = [] if form.name.endswith(".json") else [(b"content-disposition", f'attachment; filename="{name}"'.encode())]
    more.append((b"link", f'<{head.href}/standing>; rel="describedby"'.encode()))
    return Rendered.of(
        await asyncio.to_thread(made), form.media_type, cache_control=form.cache_control, fresh_until=FOREVER, more=more
    )


def add_edition_files(app: FastAPI, renderings: Renderings, resources: Callable[[], Resources]) -> None:
    """Makes the routes of every form answer."""
    for form in FORMS:
        _add(app, form, renderings, resources)


def _add(app: FastAPI, form: FileForm, renderings: Renderings, resources: Callable[[], Resources]) -> None:
    async def endpoint(request: Request) -> Response:
        key = (request.scope["path"], request.scope["query_string"], False)
        rendered = renderings.fresh(key)
        if rendered is None:
            path = {name: str(value) for name, value in request.path_params.items()}
            rendered = await renderings.renew(key, lambda: _render(form, path, key[1], resources()))
        if_none_match = request.headers.get("if-none-match")
        return rendered.response(None if if_none_match is None else if_none_match.encode("latin-1"))

    app.add_api_route(
        f"{UNDER}/{form.name}",
        endpoint,
        methods=["GET"],
        tags=["exports"],
        summary=f"{form.title_vi} / {form.title_en}",
        description=form.description,
        operation_id="edition_" + form.name.replace(".", "_"),
        response_class=Response,
        responses={
            200: {
                "description": form.title_en,
                "content": {form.media_type.partition(";")[0]: {"schema": form.schema}},
                "headers": HEADERS,
            },
            304: {"description": "Not modified: the caller's If-None-Match names these bytes.", "headers": HEADERS},
            **problem_openapi(404, 422, 503),
        },
        openapi_extra={"parameters": _PARAMETERS.openapi()},
    )

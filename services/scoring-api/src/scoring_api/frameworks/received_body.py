"""A framework in a request body: YAML, JSON or Excel by its content type."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from parindex.errors import Unreadable
from parindex.register.framework_received import Form, Received, receive
from parindex.workbooks.opening import MEDIA_TYPE as XLSX
from scoring_api.frameworks.turns import TURNS

FORMS: dict[str, Form] = {
    "application/json": "json",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
    XLSX: "workbook",
}
_NAMES: dict[Form, str] = {"json": "the document", "yaml": "framework.yaml", "workbook": "workbook.xlsx"}
REQUEST_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The framework document: JSON, the same as strict YAML, or the Excel workbook exported here.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "application/yaml": {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


async def received_body(request: Request) -> Received:
    """What a request carries, read in its turn. Raises Unreadable for another content type, and as `receive` and `TURNS` do."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    form = FORMS.get(given)
    if form is None:
        raise Unreadable(
            f"The content type {given[:80]!r} is no form of a framework.",
            code="content_type_unknown",
            hint=f"Send one of {', '.join(FORMS)}.",
        )
    return await TURNS.take(receive, await request.body(), form, _NAMES[form])

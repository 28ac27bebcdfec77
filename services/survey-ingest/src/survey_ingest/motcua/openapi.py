"""OpenAPI entries of the dialect's routes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parindex.web.openapi import ref
from survey_ingest.motcua import wire

_XML = {"application/xml": {"schema": {"type": "string"}}}
_WORDS = {
    400: "Không đọc được",
    401: "Chưa có mã truy cập hợp lệ",
    403: "Ngoài phạm vi hoặc thiếu quyền",
    404: "Không tìm thấy",
    409: "Xung đột, hoặc lô đang được xử lý",
    413: "Quá lớn",
    422: "Đọc được nhưng không chấp nhận được",
    429: "Vượt hạn mức, xem Retry-After",
    503: "Bận hoặc bảo trì, xem Retry-After",
}


def envelope_openapi(
    kinds: dict[int, type], *failures: int, failure: type = wire.Failure, xml: bool = False
) -> dict[int | str, dict[str, Any]]:
    """`responses`: envelopes by status, and a `failure` for the other statuses; a status may be both."""
    entries: dict[int | str, dict[str, Any]] = {}
    for status in sorted({*kinds, *failures}):
        shapes = [ref(kind) for kind in ([kinds[status]] if status in kinds else [])]
        if status in failures:
            shapes.append(ref(failure))
        schema: dict[str, Any] = shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
        described = kinds[status].__doc__ if status in kinds else _WORDS[status]
        content = {"application/json": {"schema": schema}, **(_XML if xml else {})}
        entries[status] = {"description": described, "content": content}
    return entries


def json_openapi(schema: dict[str, Any], *, example: Any = None, also: Sequence[str] = ()) -> dict[str, Any]:
    """A JSON request body; `also` names the other media types that it may come in."""
    content: dict[str, Any] = {"application/json": {"schema": schema, **({"example": example} if example else {})}}
    content |= {kind: {"schema": {"type": "string"}} for kind in also}
    return {"requestBody": {"required": True, "content": content}}

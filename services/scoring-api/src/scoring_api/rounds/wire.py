"""How the routes of rounds answer, and how their answers are documented."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from parindex.web.openapi import ref
from parindex.web.problems import problem_openapi
from scoring_api import csv_form
from scoring_api.rounds.answers import written_out

_HEADERS = {"Cache-Control": "private, no-store"}
"""Nothing of a round is public."""


def answered(value: Any, status: int = 200) -> Response:
    """JSON of a wire form."""
    return Response(msgspec.json.encode(value, enc_hook=written_out), status, _HEADERS, media_type="application/json")


def downloaded(body: bytes, name: str, media_type: str = csv_form.MEDIA_TYPE) -> Response:
    """A file to keep."""
    headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(body, 200, headers, media_type=media_type)


def documented(kind: type, status: int = 200, *more: int, media_types: tuple[str, ...] = ()) -> dict[str, Any]:
    """Keyword arguments of a route: its answer, and the problems that it may answer with."""
    content: dict[str, Any] = {"application/json": {"schema": ref(kind)}}
    content |= {media_type: {"schema": {"type": "string"}} for media_type in media_types}
    problems = problem_openapi(*sorted({401, 403, 404, 422, 503, *more}))
    answer = {"description": (kind.__doc__ or "").split("\n", 1)[0], "content": content}
    return {"response_class": Response, "responses": {status: answer, **problems}}

"""Answers of our own services, read by the launcher: the JSON, or the problem as an error with its sentence."""

from __future__ import annotations

from typing import Any

import httpx

from parindex.errors import ParindexError


def read_json(client: httpx.Client, url: str, **parameters: str) -> dict[str, Any]:
    """GET. Raises ParindexError with the problem's own words."""
    return checked(client.get(url, params=parameters))


def checked(answer: httpx.Response) -> dict[str, Any]:
    """The answer's JSON object. Raises ParindexError with the problem's own words for 4xx and 5xx."""
    if answer.is_success:
        found: dict[str, Any] = answer.json()
        return found
    problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    raise ParindexError(
        f"{answer.request.method} {answer.request.url} was answered {answer.status_code}: {problem.get('detail', answer.text[:200])}",
        code=problem.get("code"),
        hint=problem.get("hint", ""),
    )

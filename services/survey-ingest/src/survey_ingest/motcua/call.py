"""One call of a service by name (`{session, madonvi, service, ...}`) and its answer: what every handler takes and gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request

from parindex.web.auth import Caller
from survey_ingest.motcua.translate import code_of
from survey_ingest.resources import Resources
from survey_ingest.routing import within_rate
from survey_ingest.words import truth


class Reply(msgspec.Struct, frozen=True):
    """The answer: these clients read `error_code` and the words of `message` ("thành công", "đã tồn tại")."""

    error_code: int
    message: str
    result: Any = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose session holds. `body` is the whole request without its session."""

    request: Request
    resources: Resources
    caller: Caller
    body: dict[str, Any]

    def text(self, name: str) -> str:
        """A field as text without blanks at its ends; '' where it is missing or no text."""
        return code_of(self.body.get(name))

    @property
    def updating(self) -> bool:
        """`isUpdating`: "True", true or 1."""
        return truth(self.body.get("isUpdating")) is True

    def records(self) -> list[Any]:
        """`data`: a list, or one object alone."""
        data = self.body.get("data")
        return data if isinstance(data, list) else [] if data is None else [data]

    def take(self, items: int) -> None:
        """Takes a request with that many items from the sender's rate. Raises TooMany."""
        within_rate(self.request, self.caller, items)


Handler = Callable[[Call], Awaitable[Reply]]
"""Raises parindex.errors for what it refuses: the route answers them in words."""

"""The program: one ASGI application that finds the front of a request, lets faults strike, and keeps the books."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import MutableMapping
from email.utils import format_datetime
from typing import Any, Protocol

from . import control, effects, privacy, wire
from .adapter import Adapter
from .books import Call
from .faults import Fault
from .lgsp import Hub
from .reporting import Reporting
from .state import State
from .wire import Answer, Receive, Request, Send

CONTROL, BOOKS = "/__dieu-khien", "/__so-sach"
WITHOUT_COMMIT = ("text_500", "gateway_502", "maintenance_503", "error_200", "waf_page", "too_many_429")


class Front(Protocol):
    """One of the portal's interfaces."""

    def endpoint(self, request: Request) -> str | None: ...
    def revoke(self, request: Request) -> None: ...
    def answer(self, request: Request, call: Call, drawn: dict[str, Fault]) -> Answer: ...


class Portal:
    """The ASGI application."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.generation = -1

    def _fronts(self) -> list[Front]:
        if self.generation != self.state.generation:
            self.generation = self.state.generation
            self.fronts: list[Front] = [Adapter(self.state), Hub(self.state), Reporting(self.state)]
        return self.fronts

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        try:
            request = await wire.read(scope, receive)
        except ConnectionError:
            return None
        if request.path == CONTROL:
            return await self._sent(send, request, control.answered(self.state, request), {})
        if request.path == BOOKS:
            return await self._sent(send, request, Answer(self.state.books.shown(request.query)), {})
        for front in self._fronts():
            if (endpoint := front.endpoint(request)) is not None:
                return await self._served(send, request, front, endpoint)
        return await self._sent(send, request, wire.html("404 Not Found", 404), {})

    async def _served(self, send: Send, request: Request, front: Front, endpoint: str) -> None:
        """One call of a client: in the books from its first moment to its last."""
        books = self.state.books
        call = books.begin(endpoint, request.method, request.path, request.body)
        for hit in privacy.hits(request.body, request.query, request.headers) if endpoint[0] in "AB" else []:
            books.privacy.append({"call": call.number, "endpoint": endpoint, **hit})
        drawn = self.state.faults.drawn(endpoint, self.state.clock.now())
        call.faults = list(drawn)
        outcome = "simulator error"  # unless the next lines come to an end
        try:
            outcome = await self._struck(send, request, front, call, drawn)
        finally:
            books.end(call, outcome)
        if request.transport.is_closing():
            await asyncio.sleep(0.01)  # the server learns that the connection is gone, and writes no answer of its own

    async def _struck(self, send: Send, request: Request, front: Front, call: Call, drawn: dict[str, Fault]) -> str:
        """What became of the call, as the books name it. A client that gives up waiting is not noticed: its request counts."""
        generation, gone = self.state.generation, False
        if "latency" in drawn:
            gone = not await wire.wait(request, self.state.faults.latency(drawn["latency"]))
        if "hang_before" in drawn:
            await wire.wait(request, drawn["hang_before"].parameter("seconds"))
            return _reset(request, "hang")
        if "reset_before" in drawn:
            return _reset(request, "reset")
        if self.state.generation != generation:
            return _reset(request, "reset")  # the simulator was reset while the call waited: it belongs to no books
        if "revoke" in drawn:
            front.revoke(request)
        instead = next((_refused(drawn[kind]) for kind in WITHOUT_COMMIT if kind in drawn), None)
        answer = instead or front.answer(request, call, drawn)
        if answer.status == wire.RESET:
            await wire.wait(request, answer.body)
            return _reset(request, "reset")
        if "hang_after" in drawn and not await wire.wait(request, drawn["hang_after"].parameter("seconds")):
            return "hang"
        if "reset_after" in drawn:
            return _reset(request, "reset")
        if gone:
            return "client gone"
        if "gateway_after" in drawn:
            answer = wire.html("502 Bad Gateway", 502)
        await self._sent(send, request, effects.spoilt(answer, drawn), drawn)
        return "truncated" if "truncated" in drawn else str(answer.status)

    async def _sent(self, send: Send, request: Request, answer: Answer, drawn: dict[str, Fault]) -> None:
        skew = drawn["date_skew"].parameter("seconds") if "date_skew" in drawn else 0
        date = (self.state.clock.now() + dt.timedelta(seconds=skew)).astimezone(dt.UTC)
        slow = drawn["slow_body"].parameter("seconds") if "slow_body" in drawn else 0
        await wire.send_answer(
            send, answer, format_datetime(date, usegmt=True),
            slow_seconds=slow, cut="truncated" in drawn, transport=request.transport,
        )  # fmt: skip


def _reset(request: Request, outcome: str) -> str:
    wire.reset(request.transport)
    return outcome


def _refused(fault: Fault) -> Answer:
    """The answers that stand before the portal and commit nothing."""
    wait = fault.parameter("retry_after") if fault.kind in {"maintenance_503", "too_many_429"} else None
    headers = {} if wait is None else {"Retry-After": str(wait)}
    if fault.kind == "text_500":
        return Answer(fault.parameter("text"), 500, "text/plain; charset=utf-8")
    if fault.kind == "error_200":
        return Answer({"error_code": fault.parameter("code"), "message": fault.parameter("text")})
    if fault.kind == "waf_page":
        return wire.html("Request Rejected", fault.parameter("status"))
    status, text = {
        "gateway_502": (502, "502 Bad Gateway"),
        "maintenance_503": (503, "Hệ thống đang bảo trì"),
        "too_many_429": (429, "Too Many Requests"),
    }[fault.kind]
    answer = wire.html(text, status)
    answer.headers = headers
    return answer

"""Front D: the portal's public reporting API."""

from __future__ import annotations

from .books import Call
from .state import State
from .wire import Answer, Request


class Reporting:
    """Endpoints of the public 766 pages."""

    def __init__(self, state: State) -> None:
        self.state = state

    def endpoint(self, _request: Request) -> str | None:
        return None

    def revoke(self, _request: Request) -> None:
        """Nobody signs in here."""

    def answer(self, request: Request, call: Call, *, keep: int | None = None) -> Answer:
        raise NotImplementedError

"""The one port to the National Public Service Portal. Each kind of connection implements what it offers of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Protocol

from parindex.errors import Conflict
from ranking_worker.portal.answer import Answer
from ranking_worker.portal.guard import Cleared


class NotOffered(Conflict):
    """Neither the kind of connection nor the site has the operation."""


class Portal(Protocol):
    """Every operation. All raise NotNow (`call.py`) when the other side may not be called, NotOffered when it has no such call.

    None raises for what the other side does: that stands in the `Answer`.
    """

    async def sign_in(self) -> None:
        """Makes sure that there is a token or session. Raises NotNow when the sign-in was refused."""
        ...

    async def catalogue(self, name: str, cursor: str | None = None) -> Answer:
        """`agencies`, `sectors` or `procedures`; `cursor` where the kind of connection has pages."""
        ...

    async def procedure(self, code: str) -> Answer:
        """The details of one procedure."""
        ...

    async def dossier(self, code: str) -> Answer:
        """One dossier as the portal has it (TraCuuHoSo)."""
        ...

    async def push_votes(self, content: Cleared) -> Answer:
        """Monthly aggregates of one organisation."""
        ...

    async def push_ratings(self, contents: Sequence[Cleared]) -> Answer:
        """Single ratings, at most 100."""
        ...

    async def ask(self, kind: str, values: Mapping[str, str]) -> Answer:
        """What the portal has of something that was sent (`votes`, `rating`); `values` fill the parameters of the profile's `ask`."""
        ...

    async def metrics(self, group: str, body: Mapping[str, Any]) -> Answer:
        """One page of an endpoint of the 766 reporting interface."""
        ...

    async def close(self) -> None:
        """Closes what is open."""
        ...


class Unoffered:
    """Refuses every operation; kinds of connection override what they have."""

    kind = "this connection"

    def _refuse(self, operation: str) -> NoReturn:
        raise NotOffered(
            f"{self.kind} has no {operation}.",
            code="portal_not_offered",
            hint="Use a profile of another kind, or name the path in this one.",
        )

    async def sign_in(self) -> None:
        """Nothing to do."""

    async def catalogue(self, name: str, cursor: str | None = None) -> Answer:  # noqa: ARG002
        """Not offered."""
        self._refuse(f"catalogue {name}")

    async def procedure(self, code: str) -> Answer:  # noqa: ARG002
        """Not offered."""
        self._refuse("procedure details")

    async def dossier(self, code: str) -> Answer:  # noqa: ARG002
        """Not offered."""
        self._refuse("look-up of dossiers")

    async def push_votes(self, content: Cleared) -> Answer:  # noqa: ARG002
        """Not offered."""
        self._refuse("push of aggregates")

    async def push_ratings(self, contents: Sequence[Cleared]) -> Answer:  # noqa: ARG002
        """Not offered."""
        self._refuse("push of ratings")

    async def ask(self, kind: str, values: Mapping[str, str]) -> Answer:  # noqa: ARG002
        """Not offered."""
        self._refuse(f"look-up of {kind}")

    async def metrics(self, group: str, body: Mapping[str, Any]) -> Answer:  # noqa: ARG002
        """Not offered."""
        self._refuse(f"metrics {group}")

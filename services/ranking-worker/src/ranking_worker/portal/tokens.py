"""Tokens and sessions: kept until shortly before their end, fetched by one sign-in at a time, dropped when refused."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ranking_worker.portal.clock import Clock

MARGIN = dt.timedelta(seconds=60)
"""A token is not used in its last minute."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token and how long it lives from the moment it was given."""

    text: str
    life: dt.timedelta


class TokenCache:
    """The token of one profile in this process."""

    def __init__(self, clock: Clock, fetch: Callable[[], Awaitable[Token]]) -> None:
        self._clock = clock
        self._fetch = fetch
        self._token = ""
        self._good_until = dt.datetime.min.replace(tzinfo=dt.UTC)
        self._refresh = asyncio.Lock()

    async def get(self) -> str:
        """A token that is good now. Raises what the sign-in raises."""
        if self._clock.now() < self._good_until:
            return self._token
        async with self._refresh:
            if self._clock.now() < self._good_until:
                return self._token  # Somebody else fetched it meanwhile.
            asked_at = self._clock.now()
            token = await self._fetch()
            self._token, self._good_until = token.text, asked_at + token.life - MARGIN
            return token.text

    def drop(self, token: str) -> None:
        """Forgets a token that was refused; a newer one stays."""
        if token == self._token:
            self._good_until = dt.datetime.min.replace(tzinfo=dt.UTC)

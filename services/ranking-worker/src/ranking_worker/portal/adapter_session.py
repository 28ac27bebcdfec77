"""Kind A: a security server in front, a session in the body, the verb in `service`, the meaning in Vietnamese words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ranking_worker.portal.answer import Answer
from ranking_worker.portal.call import Caller, Request
from ranking_worker.portal.guard import Cleared
from ranking_worker.portal.port import Unoffered
from ranking_worker.portal.sign_in import accepted, refused
from ranking_worker.portal.tokens import MARGIN, Token, TokenCache

SERVICES = {"agencies": "LayDanhMucCoQuan", "sectors": "LayDanhMucLinhVuc", "procedures": "LayDanhSachTTHC"}


class AdapterSession(Unoffered):
    """The portal through an agency's own adapter."""

    kind = "an adapter with a session"

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._profile = caller.profile
        # What is read says its success by the code; the words belong to what is pushed.
        self._reading = replace(self._profile.words, success_contains=())
        self._sessions = TokenCache(caller.clock, self._fetch)

    async def sign_in(self) -> None:
        """A session is there afterwards."""
        await self._sessions.get()

    async def catalogue(self, name: str, cursor: str | None = None) -> Answer:  # noqa: ARG002  (one whole answer)
        """The whole catalogue in one answer."""
        if name not in SERVICES:
            self._refuse(f"catalogue {name}")
        return await self._service(name, SERVICES[name], {}, reading=True)

    async def procedure(self, code: str) -> Answer:
        """LayThuTuc."""
        return await self._service("procedure", "LayThuTuc", {"maTTHC": code}, reading=True)

    async def dossier(self, code: str) -> Answer:
        """TraCuuHoSo."""
        return await self._service("dossier", "TraCuuHoSo", {"mahoso": code}, reading=True)

    async def push_ratings(self, contents: Sequence[Cleared]) -> Answer:
        """DongBoDanhGia, in the envelope that the mapper names."""
        ratings = self._profile.ratings
        if ratings is None:
            self._refuse("push of ratings: it is switched off")
        records = [content.document for content in contents]
        return await self._service("ratings", ratings.mapper.service, {ratings.mapper.items: records})

    async def ask(self, kind: str, values: Mapping[str, str]) -> Answer:
        """The service that the profile names."""
        ask = self._profile.ratings.ask if self._profile.ratings and kind == "rating" else None
        if ask is None:
            self._refuse(f"look-up of {kind}")
        parameters = {name: form.format_map(values) for name, form in ask.parameters.items()}
        return await self._service("ask", ask.name, parameters, reading=True)

    async def close(self) -> None:
        """Closes what is open."""
        await self._caller.close()

    async def _service(
        self, operation: str, service: str, fields: Mapping[str, Any], *, reading: bool = False
    ) -> Answer:
        """One call; where the session turns out to have ended it signs in again, once."""
        words = self._reading if reading else self._profile.words
        session = await self._sessions.get()
        answer = await self._call(operation, service, session, fields, words)
        if answer.outcome != "session":
            return answer
        self._sessions.drop(session)
        return await self._call(operation, service, await self._sessions.get(), fields, words)

    async def _call(self, operation: str, service: str, session: str, fields: Mapping[str, Any], words: Any) -> Answer:
        envelope = {"session": session, "madonvi": self._profile.unit_code, "service": service, **fields}
        return await self._caller.call(
            Request(operation, "POST", self._profile.paths["call"], json=envelope), words=words
        )

    async def _fetch(self) -> Token:
        account = {name: self._profile.secret(name) for name in ("username", "password")}
        request = Request("sign_in", "POST", self._profile.paths["sign_in"], json=account)
        answer = await self._caller.call(request, words=self._reading)
        session = answer.document.get("session") if isinstance(answer.document, dict) else None
        if answer.outcome != "received" or not isinstance(session, str) or not session:
            await refused(self._caller, answer)
        await accepted(self._caller)
        return Token(session, max(self._profile.session, dt.timedelta()) + MARGIN)

"""Kind B: a province's LGSP behind a WSO2 gateway. OAuth2 client credentials, or (B') the lgspaccesstoken of a partner."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from ranking_worker.portal.answer import Answer, Words
from ranking_worker.portal.call import Caller, Request
from ranking_worker.portal.guard import Cleared
from ranking_worker.portal.port import Unoffered
from ranking_worker.portal.sign_in import accepted, refused
from ranking_worker.portal.tokens import Token, TokenCache

TOKEN_WORDS = Words(("token_type",), ("error_description",), frozenset({"Bearer", "bearer"}), (), ())
"""A token's answer has no envelope: what it gives is a bearer token, or the reason why not (RFC 6749)."""
LONGEST_LIFE = 24 * 3600


class Lgsp(Unoffered):
    """The provincial hub."""

    kind = "a provincial LGSP"

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._profile = caller.profile
        self._reading = replace(self._profile.words, success_contains=())
        self._tokens = TokenCache(caller.clock, self._fetch)

    async def sign_in(self) -> None:
        """A token is there afterwards, where the site has any."""
        if self._profile.access != "authorization":
            await self._tokens.get()

    async def catalogue(self, name: str, cursor: str | None = None) -> Answer:  # noqa: ARG002  (one whole answer)
        """The province's proxy of a catalogue, where the profile names its path."""
        return await self._read(name, {})

    async def procedure(self, code: str) -> Answer:
        """The province's proxy of LayThuTuc."""
        return await self._read("procedure", {"maTTHC": code})

    async def push_votes(self, content: Cleared) -> Answer:
        """/Vote/UpdateVote."""
        votes = self._profile.votes
        if votes is None:
            self._refuse("push of aggregates: the profile has no section votes")
        document = [content.document] if votes.envelope == "array" else content.document
        return await self._call(Request("votes", "POST", votes.path, json=document), self._profile.words)

    async def ask(self, kind: str, values: Mapping[str, str]) -> Answer:
        """The look-up that the profile names."""
        ask = self._profile.votes.ask if self._profile.votes and kind == "votes" else None
        if ask is None:
            self._refuse(f"look-up of {kind}")
        query = {name: form.format_map(values) for name, form in ask.parameters.items()}
        return await self._call(Request("ask", "GET", ask.name, query=query), self._reading)

    async def close(self) -> None:
        """Closes what is open."""
        await self._caller.close()

    async def _read(self, operation: str, query: Mapping[str, str]) -> Answer:
        path = self._profile.paths.get(operation)
        if path is None:
            self._refuse(f"{operation}: the profile names no path for it")
        return await self._call(Request(operation, "GET", path, query=query), self._reading)

    async def _call(self, request: Request, words: Words) -> Answer:
        """One call; where the token turns out to be refused a new one is fetched, once."""
        if self._profile.access == "authorization":
            return await self._caller.call(replace(request, headers={"authorization": self._partner()}), words=words)
        token = await self._tokens.get()
        answer = await self._caller.call(self._with(request, token), words=words)
        if answer.outcome != "session":
            return answer
        self._tokens.drop(token)
        return await self._caller.call(self._with(request, await self._tokens.get()), words=words)

    def _with(self, request: Request, token: str) -> Request:
        own = {"lgspaccesstoken": self._partner()} if self._profile.access == "header" else {}
        return replace(request, headers={"authorization": f"Bearer {token}", **own})

    def _partner(self) -> str:
        """base64 of the JSON {AccessKey, SecretKey, AppName, PartnerCode, PartnerCodeCus}."""
        return base64.b64encode(self._profile.secret("access").encode()).decode()

    async def _fetch(self) -> Token:
        account = f"{self._profile.secret('client_id')}:{self._profile.secret('client_secret')}"
        request = Request(
            "sign_in",
            "POST",
            self._profile.paths["token"],
            headers={"authorization": "Basic " + base64.b64encode(account.encode()).decode()},
            form={"grant_type": "client_credentials"},
        )
        answer = await self._caller.call(request, words=TOKEN_WORDS)
        given = answer.document if isinstance(answer.document, dict) else {}
        token, life = given.get("access_token"), str(given.get("expires_in", ""))
        if answer.reply.status != 200 or not isinstance(token, str) or not token:
            await refused(self._caller, answer)
        await accepted(self._caller)
        return Token(token, dt.timedelta(seconds=min(int(life), LONGEST_LIFE) if life.isdecimal() else 0))

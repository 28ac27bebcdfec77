"""Who speaks, in the ways that one-stop software knows: bearer token, `lgspaccesstoken`, scopes by Vietnamese names."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import time
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request

from parindex.errors import Unauthenticated
from parindex.settings import Settings
from parindex.web.auth import Caller
from survey_ingest.motcua.trusted import is_trusted, read_networks
from survey_ingest.resources import Resources
from survey_ingest.routing import sending_system
from survey_ingest.tokens import issue_token
from survey_ingest.wire import Token

HEADER = "lgspaccesstoken"
_EARLIER = 60.0
"""Seconds before its end at which a token held for an LGSP is given up."""
_MOST_HELD = 1000

SCOPES = {"phieu:ghi": "ingest", "phieu:doc": "ingest", "danhmuc:doc": "ingest", "phieu:ghi-bosung": "backfill"}
"""Scopes of this dialect -> ours."""
_GATEWAYS_OWN = frozenset({"default", "am_application_scope", "openid"})
"""Scopes that clients of a WSO2 gateway ask for by habit; they mean nothing here."""


def our_scopes(wanted: list[str]) -> list[str]:
    """Wanted scopes in our names; unknown ones stay as they are, to be refused by name."""
    return [SCOPES.get(scope, scope) for scope in wanted if scope not in _GATEWAYS_OWN]


def their_scopes(token: Token) -> Token:
    """The token with the scopes of this dialect beside what it grants."""
    granted = token.scope.split()
    names = [name for name, ours in SCOPES.items() if ours in granted]
    return msgspec.structs.replace(token, scope=" ".join([*names, *(one for one in granted if one == "audit")]))


class LgspKeys(msgspec.Struct, rename={"access": "AccessKey", "secret": "SecretKey"}):
    """What `lgspaccesstoken` packs: client id and secret under the LGSP's names; its other fields are not used."""

    access: str
    secret: str


def unpack(packed: str) -> LgspKeys | None:
    """The keys of a packed header, or None where it is none."""
    try:
        return msgspec.json.decode(base64.b64decode(packed.strip(), validate=True), type=LgspKeys)
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError):
        return None


class Gate:
    """Which callers the dialect lets in. One per process."""

    def __init__(self, settings: Settings, resources: Resources) -> None:
        self._lgsp = read_networks(settings.lgsp_addresses, "PARINDEX_LGSP_ADDRESSES")
        self._proxies = read_networks(settings.trusted_proxies, "PARINDEX_TRUSTED_PROXIES")
        self._resources = resources
        self._held: dict[bytes, tuple[float, str]] = {}

    async def caller(self, request: Request) -> Caller:
        """The sending system of a request. Raises Unauthenticated or Forbidden."""
        authorization = request.headers.get("authorization")
        packed = request.headers.get(HEADER)
        if packed is None and authorization is not None and unpack(authorization) is not None:
            packed, authorization = authorization, None
        if packed is None:
            return await sending_system(self._resources, authorization)
        peer = None if request.client is None else request.client.host
        if is_trusted(peer, request.headers.getlist("x-forwarded-for"), self._lgsp, self._proxies):
            return await self._of_lgsp(packed)
        if authorization is None:
            raise Unauthenticated(
                "lgspaccesstoken is taken from the declared LGSP addresses only.",
                code="lgsp_address_untrusted",
                hint="Get a token at POST /token.",
            )
        return await sending_system(self._resources, authorization)

    async def _of_lgsp(self, packed: str) -> Caller:
        """The caller behind packed keys.

        They are exchanged for a token that every request is verified by: a revoked credential ends as soon as everywhere.
        """
        keys = unpack(packed)
        if keys is None:
            raise Unauthenticated(
                "lgspaccesstoken is not base64 of JSON with AccessKey and SecretKey.", code="lgsp_unreadable"
            )
        name = hashlib.sha256(packed.encode()).digest()
        held = self._held.get(name)
        if held is not None and held[0] > time.monotonic():
            try:
                return await sending_system(self._resources, f"Bearer {held[1]}")
            except Unauthenticated:
                self._held.pop(name, None)
        token = await self.granted(keys.access, keys.secret, [])
        if len(self._held) >= _MOST_HELD:
            self._held.clear()
        self._held[name] = (time.monotonic() + token.expires_in - _EARLIER, token.access_token)
        return await sending_system(self._resources, f"Bearer {token.access_token}")

    async def granted(self, client: str, secret: str, wanted: list[str]) -> Token:
        """A token for client id and secret, with our scopes. Raises as `issue_token`."""
        seconds = self._resources.settings.token_seconds
        now = dt.datetime.now(dt.UTC)

        async def issue(connection: Any) -> Token:
            return await issue_token(connection, client, secret, our_scopes(wanted), seconds=seconds, now=now)

        return await self._resources.committer.committed(issue)

    async def of_session(self, session: Any) -> Caller:
        """The caller behind the session of a request body. Raises Unauthenticated (`session_invalid`) or Forbidden."""
        # Without blanks: what is remembered of a session is as long as the session, not as long as the body.
        token = f"Bearer {session.strip()}" if isinstance(session, str) else None
        try:
            return await sending_system(self._resources, token)
        except Unauthenticated as error:
            if error.code == "not_a_system":
                raise
            raise Unauthenticated(
                "The session is unknown or has expired.", code="session_invalid", hint="Log in again at mapi/login."
            ) from None


def gate_of(request: Request) -> Gate:
    """The process's gate."""
    gate: Gate = request.app.state.motcua_gate
    return gate


async def caller_of(request: Request) -> Caller:
    """The sending system behind a request of the dialect."""
    return await gate_of(request).caller(request)


DialectSender = Annotated[Caller, Depends(caller_of)]

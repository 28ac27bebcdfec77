"""Speaks with an OpenID Connect issuer: discovery, authorization code with PKCE (S256), keys. Knows no database.

Any issuer by configuration; it is reached when somebody signs in, never at start. Nothing it answers is logged.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from parindex.errors import Invalid, Unavailable
from parindex.settings import Settings
from scoring_api.people.id_token import Identity, read_id_token, refused

RETURN_PATH = "/v1/sign-in/oidc/return"
REMEMBER_SECONDS = 3600
"""How long the discovery document and the keys are remembered; an unknown key is looked for at once."""
_TIMEOUT_SECONDS = 10
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def _by_https_or_loopback(address: object) -> bool:
    try:
        parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"))


class OidcIssuer:
    """One issuer and our registration with it. One per process."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, redirect_uri: str) -> None:
        self.issuer, self.client_id, self._secret, self._redirect_uri = issuer, client_id, client_secret, redirect_uri
        self._discovered: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    @classmethod
    def configured(cls, settings: Settings) -> OidcIssuer | None:
        """The issuer of the settings; None where there is none. Raises Invalid for one that cannot be trusted."""
        if not settings.oidc_issuer:
            return None
        if not settings.oidc_client_id or not _by_https_or_loopback(settings.oidc_issuer):
            raise Invalid(
                "PARINDEX_OIDC_ISSUER needs https (http only on this machine) and PARINDEX_OIDC_CLIENT_ID beside it.",
                code="setting_invalid",
                hint="See deploy/env.example.",
            )
        redirect_uri = settings.public_url.rstrip("/") + RETURN_PATH
        return cls(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, redirect_uri)

    async def authorization_url(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where the browser is sent. Raises Unavailable where the issuer does not answer as it must."""
        url: str = prepare_grant_uri(
            (await self._metadata())["authorization_endpoint"],
            client_id=self.client_id,
            response_type="code",
            redirect_uri=self._redirect_uri,
            scope="openid email profile",
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return url

    async def identity(self, *, code: str, verifier: str, nonce: str) -> Identity:
        """Whom the code stands for. Raises Unauthenticated where it does not hold, Unavailable where the issuer is away."""
        token = await self._exchanged(code, verifier)
        expected: dict[str, Any] = {
            "issuer": self.issuer,
            "client_id": self.client_id,
            "nonce": nonce,
            "now": time.time(),
        }
        try:
            return read_id_token(token, await self._key_set(), **expected)
        except InvalidKeyIdError:
            self._keys = None
        try:
            return read_id_token(token, await self._key_set(), **expected)
        except InvalidKeyIdError:
            raise refused("the ID token is signed with a key that the issuer does not publish.") from None

    async def _exchanged(self, code: str, verifier: str) -> str:
        metadata = await self._metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic: httpx.BasicAuth | None = None
        if self._secret and "client_secret_basic" in methods:
            basic = httpx.BasicAuth(self.client_id, self._secret)
        else:
            form |= {"client_id": self.client_id, **({"client_secret": self._secret} if self._secret else {})}
        answer = await self._asked("POST", metadata["token_endpoint"], data=form, auth=basic)
        if 400 <= answer.status_code < 500:
            raise refused("the issuer does not accept the code (used, expired or not ours).")
        token = self._object(answer).get("id_token")
        if not isinstance(token, str):
            raise refused("the issuer gave no ID token.")
        return token

    async def _metadata(self) -> dict[str, Any]:
        if self._discovered is None or self._discovered[0] < time.monotonic():
            address = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
            document = self._object(await self._asked("GET", address))
            if document.get("issuer") != self.issuer:
                raise self._away("its discovery document names another issuer")
            if not all(_by_https_or_loopback(document.get(name)) for name in _ENDPOINTS):
                raise self._away("its discovery document lacks an endpoint reached by https")
            self._discovered = (time.monotonic() + REMEMBER_SECONDS, document)
        return self._discovered[1]

    async def _key_set(self) -> KeySet:
        if self._keys is None or self._keys[0] < time.monotonic():
            document: Any = self._object(await self._asked("GET", (await self._metadata())["jwks_uri"]))
            try:
                keys = KeySet.import_key_set(document)
            except (JoseError, ValueError, TypeError, KeyError):
                raise self._away("its key set cannot be read") from None
            self._keys = (time.monotonic() + REMEMBER_SECONDS, keys)
        return self._keys[1]

    async def _asked(
        self, method: str, url: str, *, data: Mapping[str, str] | None = None, auth: httpx.BasicAuth | None = None
    ) -> httpx.Response:
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, follow_redirects=False) as client:
                return await client.request(method, url, data=data, auth=auth, headers={"Accept": "application/json"})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._away(f"{type(error).__name__}") from None

    def _object(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            value = answer.json()
        except ValueError:
            value = None
        if answer.status_code != 200 or not isinstance(value, dict):
            raise self._away(f"it answered {answer.status_code} where a JSON object was expected")
        return value

    def _away(self, why: str) -> Unavailable:
        return Unavailable(
            f"Nhà cung cấp danh tính không trả lời đúng. / The OIDC issuer {self.issuer} does not answer as it must: {why}.",
            code="oidc_issuer_unavailable",
            hint="Try again later, or sign in with password and code.",
            retry_after=30,
        )

"""A small OpenID Connect issuer of our own, on a real socket of this machine, signing with real keys.

It keeps to the protocol (discovery, authorization code with PKCE, token endpoint, key set) as far as a relying party can
see it, and lies only where a test tells it to.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from support.served import served

CLIENT_ID, CLIENT_SECRET = "parindex-scoring", "a secret of the test"
Claims = dict[str, Any]


def unsigned(claims: Claims) -> str:
    """The claims as a token of algorithm `none`."""
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, ""])


@dataclass
class Issuer:
    """What the issuer knows, and how a test bends it."""

    url: str = ""
    subject: str = "subject-1"
    email: str = "an.nguyen@noivu.example.vn"
    email_verified: bool = True
    bend: Callable[[Claims], Claims] = lambda claims: claims
    """Changes the claims before they are signed."""
    sign: Callable[[Claims], str] | None = None
    """Signs instead of the issuer."""
    algorithm: str = "RS256"
    published: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Paths that were asked for, in order."""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rotate()

    def rotate(self, *, keep: bool = False) -> None:
        """A new signing key under a new id; the old one stays published where told so."""
        parameters = {"kid": secrets.token_hex(4), "use": "sig"}
        self.key = (
            RSAKey.generate_key(2048, parameters)
            if self.algorithm == "RS256"
            else ECKey.generate_key("P-256", parameters)
        )
        self.published = [*(self.published if keep else []), self.key]

    def signed(self, claims: Claims) -> str:
        return jwt.encode({"alg": self.algorithm, "kid": self.key.kid}, claims, self.key, algorithms=[self.algorithm])

    async def discovery(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [self.algorithm],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    async def keys(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return JSONResponse(KeySet(self.published).as_dict(private=False))

    async def authorize(self, request: Request) -> Response:
        """Whoever comes is the one person, and agrees at once."""
        asked = dict(request.query_params)
        fits = (
            asked["response_type"] == "code"
            and asked["client_id"] == CLIENT_ID
            and asked["code_challenge_method"] == "S256"
            and "openid" in asked["scope"].split()
        )
        if not fits:
            return JSONResponse({"error": "invalid_request"}, 400)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"], "iss": self.url})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 302)

    async def token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        begun = self._codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        holds = (
            begun is not None
            and request.headers.get("authorization") == f"Basic {basic}"
            and begun["code_challenge"] == challenge.decode().rstrip("=")
            and begun["redirect_uri"] == form.get("redirect_uri")
        )
        if begun is None or not holds:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": begun["nonce"],
            "email": self.email,
            "email_verified": self.email_verified,
        }
        token = (self.sign or self.signed)(self.bend(claims))
        return JSONResponse({"access_token": "unused", "token_type": "Bearer", "id_token": token})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/keys", self.keys),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
            ]
        )


@contextmanager
def running_issuer(algorithm: str = "RS256") -> Iterator[Issuer]:
    """The issuer, reachable while the block runs."""
    issuer = Issuer(algorithm=algorithm)
    with served(issuer.app()) as url:
        issuer.url = url
        yield issuer


def returned(location: str) -> dict[str, str]:
    """The parameters of the address that the issuer sends the browser back to."""
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

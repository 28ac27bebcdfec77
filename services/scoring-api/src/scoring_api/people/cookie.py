"""Cookies of the pages, and the guard that no other site's page acts with them.

The sign-in's cookie is SameSite=Strict: no page elsewhere ever causes it to be sent. The sealed state of a sign-in at an
OIDC issuer must survive the way back from there, so that one is Lax, short-lived and sent to the OIDC routes alone.
"""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import Response

from parindex.errors import Forbidden

COOKIE = "parindex_sign_in"
FLOW_COOKIE = "parindex_oidc"
_FLOW_PATH = "/v1/sign-in/oidc"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def set_sign_in(response: Response, token: str, expires_at: dt.datetime, *, secure: bool) -> None:
    """Gives the browser the sign-in, for as long as it lasts."""
    seconds = max(0, int((expires_at - dt.datetime.now(dt.UTC)).total_seconds()))
    response.set_cookie(COOKIE, token, max_age=seconds, path="/", secure=secure, httponly=True, samesite="strict")


def clear_sign_in(response: Response, *, secure: bool) -> None:
    """Takes the sign-in from the browser."""
    response.delete_cookie(COOKIE, path="/", secure=secure, httponly=True, samesite="strict")


def set_flow(response: Response, sealed: str, seconds: int, *, secure: bool) -> None:
    """Lets the browser carry the state of a sign-in at the issuer."""
    response.set_cookie(
        FLOW_COOKIE, sealed, max_age=seconds, path=_FLOW_PATH, secure=secure, httponly=True, samesite="lax"
    )


def clear_flow(response: Response, *, secure: bool) -> None:
    """Takes it back: it serves once."""
    response.delete_cookie(FLOW_COOKIE, path=_FLOW_PATH, secure=secure, httponly=True, samesite="lax")


def bearer_of(request: Request) -> str | None:
    """The bearer token that a request carries in its Authorization header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def guard_cookie(request: Request, public_url: str) -> None:
    """Raises Forbidden where a request would change something on the strength of the cookie alone, from elsewhere.

    Programs send a bearer token, which no page elsewhere can add to a request, and need no such proof.
    """
    if request.method not in _SAFE and bearer_of(request) is None and COOKIE in request.cookies:
        refuse_foreign_page(request, public_url)


def refuse_foreign_page(request: Request, public_url: str) -> None:
    """Raises Forbidden unless the browser says that a page of ours sent the request: Sec-Fetch-Site, else Origin."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        own = site == "same-origin"
    else:
        # Browsers leave Sec-Fetch-Site out where the page came by plain http from another machine.
        parts = urlsplit(public_url)
        own = request.headers.get("origin") == f"{parts.scheme}://{parts.netloc}"
    if not own:
        raise Forbidden(
            "Yêu cầu không đến từ trang của hệ thống này. / The request does not come from a page of this service.",
            code="foreign_page",
            hint="Open the page anew and send the form from there; programs send 'Authorization: Bearer ...'.",
        )

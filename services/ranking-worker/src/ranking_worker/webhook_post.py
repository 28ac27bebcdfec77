"""Sends one message to one address: to public addresses only, without redirects, within a time, hearing little of the answer."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import email.utils
import socket
from dataclasses import dataclass

import httpx

from parindex.web.receivers import is_public

SECONDS = 10.0
"""How long one attempt may take, from looking the name up to the answer's head."""
MOST_HEARD = 1024
"""Bytes of a refusal that are read; the rest stays with the receiver."""
LONGEST_WAIT = dt.timedelta(hours=24)
"""A receiver's Retry-After beyond it is cut to it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an attempt."""

    status: int | None
    """None: no answer came."""
    error: str
    """Why it is no delivery, for the officer; empty when it is one. Holds no URL and no secret."""
    retry_after: dt.timedelta | None = None
    """What a receiver that is busy (429, 503) asks for."""

    @property
    def delivered(self) -> bool:
        """A 2xx answer."""
        return self.status is not None and 200 <= self.status < 300


class AddressRefused(httpx.ConnectError):
    """The name leads to an address that webhooks must not reach."""


class GuardedTransport(httpx.AsyncBaseTransport):
    """Connects to an address that was looked up and found public, and to no other: the name is not looked up again.

    TLS is checked against the name. Connections are not kept: two names at one address never share one.
    """

    def __init__(self, *, private: bool, inner: httpx.AsyncBaseTransport | None = None) -> None:
        self._private = private
        self._inner = inner or httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends to the first of the name's addresses that takes the connection."""
        host = request.url.host
        failed: httpx.ConnectError | None = None
        for address in await self._addresses(host, request.url.port):
            there = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return await self._inner.handle_async_request(there)
            except httpx.ConnectError as error:
                failed = error
        raise failed or httpx.ConnectError("the name has no address")

    async def _addresses(self, host: str, port: int | None) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise httpx.ConnectError("the name has no address") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        # One private address is enough to refuse the name: whoever mixes them chooses which one answers.
        if not self._private and not all(is_public(address) for address in addresses):
            raise AddressRefused("the name leads to a private address")
        return addresses

    async def aclose(self) -> None:
        """Closes what is open."""
        await self._inner.aclose()


def webhook_client(*, private: bool) -> httpx.AsyncClient:
    """The client of all deliveries: no proxy and no password from the environment, no redirects."""
    return httpx.AsyncClient(
        transport=GuardedTransport(private=private),
        timeout=SECONDS,
        follow_redirects=False,
        trust_env=False,
        headers={"user-agent": "parindex-webhooks/1"},
    )


async def post(client: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str]) -> Answered:
    """One attempt. Never raises for what a receiver or the network does."""
    try:
        async with asyncio.timeout(SECONDS), client.stream("POST", url, content=body, headers=headers) as response:
            status = response.status_code
            if 200 <= status < 300:
                return Answered(status, "")
            return Answered(status, f"HTTP {status}{await _said(response)}", _retry_after(response))
    except (TimeoutError, httpx.TimeoutException):
        return Answered(None, f"no answer within {SECONDS:.0f} seconds")
    except AddressRefused as error:
        return Answered(None, f"refused by us: {error}")
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
        # The error's own words may hold the URL.
        return Answered(None, f"no answer: {type(error).__name__}")


async def _said(response: httpx.Response) -> str:
    """The beginning of a refusal, as it came; text only, without line breaks."""
    heard = b""
    with contextlib.suppress(httpx.HTTPError, httpx.StreamError):
        async for part in response.aiter_raw(MOST_HEARD):
            heard += part
            if len(heard) >= MOST_HEARD:
                break
    words = "".join(c if c.isprintable() else " " for c in heard[:MOST_HEARD].decode(errors="replace"))
    return f": {' '.join(words.split())}" if words.strip() else ""


def _retry_after(response: httpx.Response) -> dt.timedelta | None:
    given = response.headers.get("retry-after", "").strip()
    if response.status_code not in {429, 503} or not given:
        return None
    if given.isascii() and given.isdigit():
        return min(dt.timedelta(seconds=min(int(given), 10**6)), LONGEST_WAIT)
    try:
        wait = email.utils.parsedate_to_datetime(given) - dt.datetime.now(dt.UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(dt.timedelta(), min(wait, LONGEST_WAIT))

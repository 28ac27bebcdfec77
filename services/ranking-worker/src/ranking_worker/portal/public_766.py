"""Kind D: the public interface behind the portal's own pages. Read only, no sign-in, a wall in front of it.

Source: recorded requests of the portal's pages (September 2026). Answers come with HTTP 201; a page is visited first, as a
browser would, because the wall sets a cookie there; a refusal (403, 429, an HTML page) ends the work for a while (`call.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ranking_worker.portal.answer import Answer
from ranking_worker.portal.call import Caller, Request
from ranking_worker.portal.catalogue_entries import read_entries
from ranking_worker.portal.endpoints_766 import (
    AGENCIES,
    BY_NAME,
    EVALUATION,
    FORMALITIES,
    FORMALITIES_PAGE_SIZE,
    FORMALITY,
    FORMALITY_LIST,
    NATIONAL,
)
from ranking_worker.portal.port import Unoffered

START_PAGE = "/danh-gia-chat-luong-phuc-vu"
COOKIE_LASTS = dt.timedelta(minutes=30)
CURSOR_PAGE = 100
_HEADERS = {
    "accept-language": "vi-VN,vi;q=0.9",
    "user-agent": "Mozilla/5.0 (compatible; parindex)",
}
"""What the wall wants to see; a profile's `headers` go before these."""
_LISTS = {"agencies": AGENCIES, "procedures": FORMALITY_LIST}


class Public766(Unoffered):
    """The portal as everybody may read it."""

    kind = "the public interface"

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._visited: dt.datetime | None = None
        self._headers = {
            **_HEADERS, "origin": caller.profile.address, "referer": caller.profile.address + START_PAGE,
            **caller.profile.headers,
        }  # fmt: skip

    async def sign_in(self) -> None:
        """Visits the page whose cookie the wall wants; again after half an hour. Raises NotNow."""
        now = self._caller.clock.now()
        if self._visited is None or now - self._visited > COOKIE_LASTS:
            request = Request("start_page", "GET", START_PAGE, headers={**self._headers, "accept": "text/html"})
            reply = await self._caller.visit(request)
            if reply.status is not None:
                self._visited = now

    async def catalogue(self, name: str, cursor: str | None = None) -> Answer:
        """One page of agencies or procedures after the cursor."""
        if name not in _LISTS:
            self._refuse(f"catalogue {name}")
        body = (
            {"levels": [], "lastId": cursor or "", "limit": CURSOR_PAGE}
            if name == "agencies"
            else {"q": "", "lastId": cursor or "", "limit": CURSOR_PAGE}
        )
        return await self._post(name, _LISTS[name], body)

    async def procedure(self, code: str) -> Answer:
        """One procedure: its id is looked up by its code first. `absent` where no procedure has exactly that code."""
        listed = await self._post(
            "procedure", FORMALITIES, {"q": code, "currentPage": 1, "pageSize": FORMALITIES_PAGE_SIZE}
        )
        if listed.outcome != "received":
            return listed
        found = read_entries("procedure", listed.document).by_code.get(code)
        if found is None or not found.get("id"):
            return replace(listed, outcome="absent", detail=f"no procedure has the code {code}")
        return await self._post("procedure", FORMALITY, {"id": found["id"]})

    async def metrics(self, group: str, body: Mapping[str, Any]) -> Answer:
        """One page of an endpoint of the 766 report."""
        if group not in BY_NAME and group != NATIONAL:
            self._refuse(f"metrics {group}")
        return await self._post(f"766/{group}", EVALUATION + group, dict(body))

    async def close(self) -> None:
        """Closes what is open."""
        await self._caller.close()

    async def _post(self, operation: str, path: str, body: Mapping[str, Any]) -> Answer:
        await self.sign_in()
        return await self._caller.call(Request(operation, "POST", path, headers=self._headers, json=body))

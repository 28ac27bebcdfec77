"""Posts the steps of the afternoon over real HTTP as their sending systems would: token, batch, withdrawal, retry."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx

from parindex.local.afternoon import Post, Step
from parindex.local.answers import checked
from parindex.local.senders import Sender

BUSY = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}
ATTEMPTS = 20


class Posting:
    """Sends steps and counts the verdicts. What is sent twice is answered `duplicate`, so a pass broken off anywhere may go on."""

    def __init__(self, client: httpx.Client, ingest_url: str, sender_of: Callable[[str], Sender]) -> None:
        self.client = client
        self.url = ingest_url
        self.sender_of = sender_of
        self.verdicts: Counter[str] = Counter()
        self._tokens: dict[str, str] = {}

    def send(self, step: Step) -> None:
        """Sends one step until it has its verdicts. Raises ParindexError when it is refused as a whole."""
        if isinstance(step, Post):
            answer = self._request(step.province, "/v1/responses/batch", step.items)
            self.verdicts.update(result["verdict"] for result in answer["results"])
        else:
            self._request(step.province, f"/v1/responses/{step.response_id}/withdrawal", {"reason": step.reason})
            self.verdicts["withdrawn"] += 1

    def _request(self, province: str, path: str, body: object) -> dict[str, Any]:
        for _ in range(ATTEMPTS):
            answer = self.client.post(
                self.url + path, json=body, headers={"Authorization": f"Bearer {self._token(province)}"}
            )
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                self._tokens.pop(province)
            elif answer.status_code in BUSY:
                time.sleep(float(answer.headers.get("Retry-After", "1")))
            else:
                break
        return checked(answer)

    def _token(self, province: str) -> str:
        if province not in self._tokens:
            sender = self.sender_of(province)
            form = {
                "grant_type": "client_credentials",
                "client_id": sender.client_id,
                "client_secret": sender.client_secret,
            }
            self._tokens[province] = str(checked(self.client.post(f"{self.url}/v1/token", data=form))["access_token"])
        return self._tokens[province]

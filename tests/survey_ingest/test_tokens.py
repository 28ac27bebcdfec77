"""Tokens: client credentials as form, JSON or Basic; who may do what; and how soon a credential ends."""

from __future__ import annotations

import base64
import datetime as dt
import time
from typing import Any

import asyncpg
import httpx
import pytest

from parindex.web import auth
from support.ingest import Sender, item
from survey_ingest.credentials import create_auditor, revoke, rotate
from survey_ingest.resources import Resources

pytestmark = pytest.mark.database


def basic(user: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}


def fields(sender: Sender, **more: str) -> dict[str, str]:
    return {"client_id": sender.issued.credential_id, "client_secret": sender.issued.secret, **more}


async def test_a_token_is_given_for_a_form_json_or_a_basic_header(sender: Sender, client: httpx.AsyncClient):
    grant = {"grant_type": "client_credentials"}
    answers = [
        await client.post("/v1/token", data=fields(sender, **grant, scope="ingest")),
        await client.post("/v1/token", json=fields(sender, **grant)),
        await client.post("/v1/token", data=grant, headers=basic(sender.issued.credential_id, sender.issued.secret)),
    ]
    for answer in answers:
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        token = answer.json()
        assert (token["token_type"], token["scope"], token["expires_in"]) == ("Bearer", "ingest", 1800)
        posted = await client.post(
            "/v1/responses", json=item(), headers={"Authorization": f"bearer {token['access_token']}"}
        )
        assert posted.status_code == 201
    assert len({answer.json()["access_token"] for answer in answers}) == 3


async def test_neither_secret_nor_token_is_stored(sender: Sender, facts: asyncpg.Connection):
    for table in ("credential", "access_token", "credential_event"):
        rows = await facts.fetch(f"SELECT t::text FROM {table} t")
        assert not any(secret in row[0] for row in rows for secret in (sender.issued.secret, sender.token))


@pytest.mark.parametrize("secret", ["wrong", "\ud83d", "é", "x" * 10_000])
async def test_a_wrong_secret_is_401(sender: Sender, client: httpx.AsyncClient, secret: str):
    body = '{{"client_id": "{}", "client_secret": "{}"}}'.format(
        sender.issued.credential_id,
        secret.encode("unicode-escape").decode().replace("\\x", "\\u00"),
    )
    answer = await client.post("/v1/token", content=body, headers={"Content-Type": "application/json"})
    expected = (400, "invalid_request") if secret == "\ud83d" else (401, "invalid_client")
    assert (answer.status_code, answer.json()["code"]) == expected


@pytest.mark.parametrize(
    "identity", ["c1-0000000000000000", "nobody", "c99999999999-0000000000000000", "c١-0000000000000000", "\u0000"]
)
async def test_an_unknown_client_is_401(client: httpx.AsyncClient, identity: str):
    answer = await client.post("/v1/token", json={"client_id": identity, "client_secret": "x"})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_client")
    assert "www-authenticate" in answer.headers


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/x-www-form-urlencoded", 400),
        (b"grant_type=password&client_id=a&client_secret=b", "application/x-www-form-urlencoded", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"client_id": 1}', "application/json", 400),
        (b"[" * 5000, "application/JSON", 400),
        (b"\xff=\xff", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a=b" for _ in range(100)), "application/x-www-form-urlencoded", 400),
        (b"a" * 20_000, "application/x-www-form-urlencoded", 413),
    ],
)
async def test_a_request_for_a_token_that_cannot_be_read_is_refused(
    client: httpx.AsyncClient, body: bytes, content_type: str, status: int
):
    answer = await client.post("/v1/token", content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize("header", [b"Basic \xe9", b"Basic a", b"Basic /w==", b"basic"])
async def test_a_basic_header_that_cannot_be_read_is_refused(client: httpx.AsyncClient, header: bytes):
    answer = await client.post("/v1/token", content=b"", headers=[(b"Authorization", header)])
    assert answer.status_code == 400


async def test_a_scope_that_the_credential_lacks_is_refused(sender: Sender, client: httpx.AsyncClient):
    answer = await client.post("/v1/token", data=fields(sender, scope="ingest backfill"))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    "header",
    [
        None,
        b"",
        b"Bearer",
        b"Bearer x",
        b"Token t1.abc",
        b"Bearer t1." + b"a" * 43,
        b"Bearer \xe9",
        b"Bearer t99999999999." + b"a" * 43,
    ],
)
async def test_without_a_token_that_holds_nothing_is_taken(client: httpx.AsyncClient, header: bytes | None):
    headers = [] if header is None else [(b"Authorization", header)]
    for answer in (
        await client.post("/v1/responses", json=item(), headers=headers),
        await client.post("/v1/responses/batch", json=[item()], headers=headers),
        await client.get("/v1/balance?from=2026-11-01&to=2026-11-02", headers=headers),
        await client.get("/v1/catalogues/codes", headers=headers),
        await client.get("/v1/responses/a", headers=headers),
        await client.post("/v1/exposures", json=[], headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


class Later:
    """The clock of the authenticator, moved ahead."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def monotonic(self) -> float:
        return time.monotonic() + self.seconds


async def test_a_revoked_credential_ends_within_5_seconds_everywhere(
    sender: Sender, facts: asyncpg.Connection, resources: Resources, monkeypatch: pytest.MonkeyPatch
):
    await sender.post(item())
    assert await revoke(facts, sender.issued.credential_id, reason="test", now=dt.datetime.now(dt.UTC))
    assert not await revoke(facts, sender.issued.credential_id, reason="again", now=dt.datetime.now(dt.UTC))
    with pytest.raises(auth.Unauthenticated):
        await auth.Authenticator(resources.database).caller(sender.headers["Authorization"])
    monkeypatch.setattr(auth, "time", Later(5.0))
    answer = await sender.send(item())
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    answer = await sender.client.post("/v1/token", data=fields(sender))
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_client")
    kinds = await facts.fetch(
        "SELECT kind, detail->>'reason' FROM credential_event WHERE credential_id = $1 ORDER BY event_id",
        sender.issued.credential_id,
    )
    assert [tuple(row) for row in kinds] == [("created", None), ("revoked", "test")]


async def test_a_rotated_credential_holds_through_the_overlap_and_then_ends(
    sender: Sender, facts: asyncpg.Connection, client: httpx.AsyncClient
):
    now = dt.datetime.now(dt.UTC)
    issued = await rotate(facts, sender.issued.credential_id, overlap=dt.timedelta(seconds=100), now=now)
    old = (await client.post("/v1/token", data=fields(sender))).json()
    assert 0 < old["expires_in"] <= 100
    successor = Sender(client, issued)
    await successor.renew_token()
    sent = item()
    assert (await sender.post(sent))["verdict"] == "accepted"
    assert (await successor.post(sent))["verdict"] == "duplicate"
    await facts.execute(
        "UPDATE credential SET expires_at = $2 WHERE credential_id = $1", sender.issued.credential_id, now
    )
    assert (await client.post("/v1/token", data=fields(sender))).status_code == 401


async def test_an_expired_token_is_401(sender: Sender, facts: asyncpg.Connection):
    await facts.execute(
        "UPDATE access_token SET expires_at = now() - interval '1 second' WHERE credential_id = $1",
        sender.issued.credential_id,
    )
    answer = await sender.send(item())
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    await sender.renew_token()
    assert (await sender.post(item()))["verdict"] == "accepted"


async def test_an_auditor_cannot_send(register: Any, facts: asyncpg.Connection, client: httpx.AsyncClient):
    issued = await create_auditor(
        facts,
        name="Thanh tra",
        work_address="tt@example.vn",
        realm="synthetic",
        unit_ids=[990000],
        now=dt.datetime.now(dt.UTC),
    )
    auditor = Sender(client, issued)
    await auditor.renew_token()
    for answer in (
        await auditor.send(item()),
        await auditor.send([item()], "/v1/responses/batch"),
        await auditor.get("/v1/catalogues/codes"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")

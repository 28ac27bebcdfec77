"""Who speaks in the một-cửa dialect: tokens as WSO2 and iGate clients ask for them, and packed keys from the LGSP alone."""

from __future__ import annotations

import base64
import datetime as dt
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from parindex.errors import Invalid
from parindex.settings import Settings
from parindex.web import auth
from support.ingest import Sender
from support.motcua import sheet
from survey_ingest.app import create_app
from survey_ingest.credentials import create_auditor, revoke
from survey_ingest.motcua.trusted import is_trusted, read_networks
from survey_ingest.resources import opened

pytestmark = pytest.mark.database
ONE = "/api/v1/phieu-danh-gia"
LGSP, PROXY, ELSEWHERE = "10.20.1.5", "10.1.0.1", "203.0.113.9"


def keys(sender: Sender) -> dict[str, str]:
    return {"client_id": sender.issued.credential_id, "client_secret": sender.issued.secret}


async def test_a_token_is_given_as_wso2_and_as_igate_clients_ask_for_it(sender: Sender, client: httpx.AsyncClient):
    grant = {"grant_type": "client_credentials"}
    basic = (sender.issued.credential_id, sender.issued.secret)
    for answer in (
        await client.post("/token", data=grant, auth=basic),
        await client.post("/token", data={**grant, "scope": "am_application_scope default"}, auth=basic),
        await client.post("/token", data={**grant, **keys(sender), "scope": "phieu:ghi danhmuc:doc"}),
        await client.post("/token", json=keys(sender)),
    ):
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        token = answer.json()
        assert (token["token_type"], token["scope"]) == ("Bearer", "phieu:ghi phieu:doc danhmuc:doc")
        assert token["expires_in"] == 1800
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        assert (await client.post(ONE, json=sheet(), headers=headers)).status_code == 201


async def test_expires_in_is_the_truth(sender: Sender, facts: asyncpg.Connection, client: httpx.AsyncClient):
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=100)
    await facts.execute(
        "UPDATE credential SET expires_at = $1 WHERE credential_id = $2", ends, sender.issued.credential_id
    )
    assert 0 < (await client.post("/token", json=keys(sender))).json()["expires_in"] <= 100


async def test_scopes_have_this_dialects_names(register: Any, client: httpx.AsyncClient):
    sender = await register(scopes=("ingest", "backfill"))
    assert (await client.post("/token", json=keys(sender))).json()["scope"].split() == [
        "phieu:ghi",
        "phieu:doc",
        "danhmuc:doc",
        "phieu:ghi-bosung",
    ]


@pytest.mark.parametrize(
    ("changes", "status", "code", "word"),
    [
        ({"client_secret": "sai"}, 401, -20, "invalid_client"),
        ({"client_id": "ai"}, 401, -20, "invalid_client"),
        ({"client_id": ""}, 400, -11, "invalid_request"),
        ({"grant_type": "password"}, 400, -11, "unsupported_grant_type"),
        ({"scope": "phieu:ghi-bosung"}, 400, -11, "invalid_scope"),
        ({"scope": "quantri"}, 400, -11, "invalid_scope"),
    ],
)
async def test_what_is_not_granted_is_said_in_the_envelope_and_in_the_words_of_rfc_6749(
    sender: Sender, client: httpx.AsyncClient, changes: dict[str, str], status: int, code: int, word: str
):
    answer = await client.post("/token", json={**keys(sender), **changes})
    told = answer.json()
    assert (answer.status_code, told["error_code"], told["error"]) == (status, code, word)
    assert told["error_description"] == told["message"]


@pytest.mark.parametrize(
    ("body", "kind"), [(b"{", "application/json"), (b"[1]", "application/json"), (b"\xff", "text/plain")]
)
async def test_a_request_for_a_token_that_cannot_be_read_is_refused(client: httpx.AsyncClient, body: bytes, kind: str):
    answer = await client.post("/token", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_an_auditor_may_read_no_list_of_senders(facts: asyncpg.Connection, client: httpx.AsyncClient):
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
    answer = await client.get("/api/v1/danh-muc/kenh", headers=auditor.headers)
    assert (answer.status_code, answer.json()["error_code"], answer.json()["Ma"]) == (403, -21, "scope_missing")


# lgspaccesstoken.


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted"),
    [
        (LGSP, [], True),
        (f"::ffff:{LGSP}", [], True),
        (ELSEWHERE, [], False),
        (None, [], False),
        ("không phải địa chỉ", [], False),
        # A stranger's word about itself is worth nothing.
        (ELSEWHERE, [LGSP], False),
        (LGSP, [ELSEWHERE], True),
        (PROXY, [], False),
        (PROXY, [LGSP], True),
        (PROXY, [ELSEWHERE], False),
        (PROXY, [f"{LGSP}, {ELSEWHERE}"], False),
        (PROXY, [f"{ELSEWHERE}, {LGSP}"], True),
        (PROXY, [ELSEWHERE, LGSP], True),
        (PROXY, [f"{LGSP}, 10.1.0.2"], True),
        (PROXY, [f"{LGSP}:8080"], False),
        (PROXY, [""], False),
    ],
)
def test_an_address_is_trusted_as_far_as_our_own_proxies_saw_it(peer: str | None, forwarded: list[str], trusted: bool):
    lgsp, proxies = read_networks("10.20.0.0/16, 2001:db8::/32", "A"), read_networks("10.1.0.0/24", "B")
    assert is_trusted(peer, forwarded, lgsp, proxies) is trusted
    assert is_trusted(peer, forwarded, (), proxies) is False


def test_a_network_that_cannot_be_read_is_named_with_its_setting():
    with pytest.raises(Invalid, match=r"PARINDEX_LGSP_ADDRESSES holds '10\.1\.0\.0/99'"):
        read_networks("10.0.0.1,10.1.0.0/99", "PARINDEX_LGSP_ADDRESSES")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lgsp_app(shared_settings: Settings) -> AsyncIterator[Any]:
    """A process where an LGSP is declared."""
    settings = shared_settings.model_copy(update={"lgsp_addresses": "10.20.0.0/16", "trusted_proxies": PROXY})
    async with opened(settings) as resources:
        yield create_app(settings, resources=resources)


def from_address(app: Any, address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url="http://ingest")


def packed(sender: Sender, **changes: Any) -> str:
    fields = {
        "AccessKey": sender.issued.credential_id,
        "SecretKey": sender.issued.secret,
        "AppName": "mot-cua",
        "PartnerCode": "H99",
        "PartnerCodeCus": "H99",
        **changes,
    }
    return base64.b64encode(json.dumps(fields).encode()).decode()


async def test_packed_keys_are_taken_from_the_lgsp_and_from_nobody_else(
    sender: Sender, lgsp_app: Any, client: httpx.AsyncClient, facts: asyncpg.Connection
):
    header = {"lgspaccesstoken": packed(sender)}
    sent = sheet()
    async with from_address(lgsp_app, LGSP) as lgsp:
        # The gateway's own bearer token stands beside it, or the same keys stand in its place.
        answers = [
            await lgsp.post(ONE, json=sent, headers={**header, "Authorization": "Bearer eyJhbGciOi"}),
            await lgsp.post(ONE, json=sent, headers=header),
            await lgsp.post(ONE, json=sent, headers={"Authorization": packed(sender)}),
        ]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    issued = await facts.fetchval(
        "SELECT count(*) FROM access_token WHERE credential_id = $1", sender.issued.credential_id
    )
    assert issued == 2  # the sender's own, and one for all three calls
    async with from_address(lgsp_app, PROXY) as proxy:
        behind = await proxy.post(ONE, json=sheet(), headers={**header, "X-Forwarded-For": LGSP})
        assert behind.status_code == 201
    async with from_address(lgsp_app, ELSEWHERE) as stranger:
        for headers in (header, {**header, "X-Forwarded-For": LGSP}, {"Authorization": packed(sender)}):
            refused = await stranger.post(ONE, json=sheet(), headers=headers)
            told = refused.json()
            assert (refused.status_code, told["error_code"], told["Ma"]) == (401, -20, "lgsp_address_untrusted")
        assert (await stranger.post(ONE, json=sheet(), headers={**header, **sender.headers})).status_code == 201
    nowhere = await client.post(ONE, json=sheet(), headers=header)
    assert (nowhere.status_code, nowhere.json()["Ma"]) == (401, "lgsp_address_untrusted")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("???", "lgsp_unreadable"),
        (base64.b64encode(b"[]").decode(), "lgsp_unreadable"),
        (base64.b64encode(b'{"AccessKey": 1, "SecretKey": "x"}').decode(), "lgsp_unreadable"),
        (base64.b64encode(b'{"AccessKey": "\xff"}').decode(), "lgsp_unreadable"),
        (base64.b64encode(b'{"AccessKey": "ai", "SecretKey": "x"}').decode(), "invalid_client"),
    ],
)
async def test_packed_keys_that_do_not_hold_are_401(lgsp_app: Any, header: str, code: str):
    async with from_address(lgsp_app, LGSP) as lgsp:
        answer = await lgsp.post(ONE, json=sheet(), headers={"lgspaccesstoken": header})
    assert (answer.status_code, answer.json()["error_code"], answer.json()["Ma"]) == (401, -20, code)


class Later:
    """The clock of the authenticator, moved ahead."""

    def monotonic(self) -> float:
        return time.monotonic() + 5


async def test_packed_keys_end_with_their_credential_within_5_seconds(
    sender: Sender, lgsp_app: Any, facts: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
):
    header = {"lgspaccesstoken": packed(sender)}
    async with from_address(lgsp_app, LGSP) as lgsp:
        assert (await lgsp.post(ONE, json=sheet(), headers=header)).status_code == 201
        await facts.execute("DELETE FROM access_token WHERE credential_id = $1", sender.issued.credential_id)
        monkeypatch.setattr(auth, "time", Later())
        # A token that was lost is only asked for again.
        assert (await lgsp.post(ONE, json=sheet(), headers=header)).status_code == 201
        await revoke(facts, sender.issued.credential_id, reason="test", now=dt.datetime.now(dt.UTC))
        monkeypatch.setattr(auth, "time", type("Later", (), {"monotonic": lambda _: time.monotonic() + 10})())
        ended = await lgsp.post(ONE, json=sheet(), headers=header)
    assert (ended.status_code, ended.json()["Ma"]) == (401, "invalid_client")

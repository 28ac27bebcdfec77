"""Officers keep the webhook endpoints of their authority, and see what became of each change."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator

import pytest
from cryptography.fernet import Fernet
from structlog.testing import capture_logs

from parindex.db.session import Database
from ranking_worker.change_feed import Change, append_changes
from ranking_worker.deliveries import Deliveries
from ranking_worker.metrics import Metrics
from scoring_api.people.seal import Seal
from scoring_api.webhooks.endpoints import MOST_ENDPOINTS, reseal_secrets
from support.people import SignedPerson, make_person
from support.webhook_receiver import Receiver, receiving

H98, H99 = 980_000, 990_000
GIVEN = {"url": "https://so.example.vn/parindex?key=geheim", "kinds": ["edition_published"], "realm": "synthetic"}


@pytest.fixture
def settings(make_settings):
    return make_settings(secret_keys=Fernet.generate_key().decode(), webhook_private=True)


@pytest.fixture
async def officer(connection, client) -> SignedPerson:
    return await make_person(connection, H99, "Trần Thị Quản", ["officer"])


@pytest.fixture
async def deliveries(settings) -> AsyncIterator[Deliveries]:
    database = Database.for_service(settings, "ranking-worker")
    deliveries = Deliveries(settings, database, Metrics())
    yield deliveries
    await deliveries.close()
    await database.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def ask(client, officer):
    """One request as the officer, or as somebody else."""

    async def send(
        method: str, path: str = "", body: dict | None = None, *, by: SignedPerson | None = officer, status: int = 200
    ):
        headers = {} if by is None else by.headers
        response = await client.request(method, f"/v1/webhooks{path}", json=body, headers=headers)
        assert response.status_code == status, response.text
        assert status >= 400 or response.headers["cache-control"] == "no-store"
        return response.json() if response.content else None

    return send


async def publish(connection, *names: str) -> list[int]:
    async with connection.transaction():
        return await append_changes(
            connection, [Change("edition_published", "synthetic", {"title_vi": name}) for name in names]
        )


async def work(deliveries: Deliveries) -> None:
    await deliveries.step()
    await deliveries.settle()


async def test_an_endpoint_is_made_tried_told_rotated_and_disabled(connection, ask, deliveries, receiver):
    made = await ask("POST", "", {**GIVEN, "url": receiver.url + "/hook?key=geheim"}, status=201)
    number = made["endpoint_id"]
    (listed,) = (await ask("GET"))["endpoints"]
    assert (listed["state"], listed["made_by"], listed["change_no"]) == ("active", "Trần Thị Quản", 0)
    assert listed["url"] == receiver.url + "/hook?…"

    await ask("POST", f"/{number}/test", status=202)
    await work(deliveries)
    assert receiver.received[0].signed_with(made["secret"])
    assert json.loads(receiver.received[0].body)["type"] == "webhook_test"

    await publish(connection, "một")
    await work(deliveries)
    shown = (await ask("GET", f"/{number}/deliveries"))["deliveries"]
    assert [(one["change_no"], one["kind"], one["state"], one["last_status"]) for one in shown] == [
        (1, "edition_published", "delivered", 204),
        (0, "webhook_test", "delivered", 204),
    ]

    rotated = await ask("POST", f"/{number}/rotation")
    assert rotated["secret"] != made["secret"]
    assert rotated["old_secret_until"] is not None
    await publish(connection, "hai")
    await work(deliveries)
    assert receiver.received[-1].signed_with(made["secret"])
    assert receiver.received[-1].signed_with(rotated["secret"])

    for _ in range(2):
        await ask("POST", f"/{number}/disable", status=204)
    await publish(connection, "ba")
    await work(deliveries)
    assert len(receiver.received) == 3
    assert (await ask("GET"))["endpoints"][0]["state"] == "disabled"
    for action in ("rotation", "test"):
        assert (await ask("POST", f"/{number}/{action}", status=409))["code"] == "webhook_disabled"


async def test_dead_letters_are_shown_and_sent_again_on_request(connection, ask, deliveries, receiver):
    number = (await ask("POST", "", {**GIVEN, "url": receiver.url}, status=201))["endpoint_id"]
    await publish(connection, "một", "hai", "ba")
    receiver.will_answer(204, 400, body=b"khong hieu")
    await work(deliveries)
    await connection.execute(
        "UPDATE webhook_delivery SET attempts = 9, next_at = now() WHERE state = 'waiting' AND change_no = 2"
    )
    receiver.will_answer(400, body=b"khong hieu")
    await work(deliveries)
    assert (await ask("GET"))["endpoints"][0]["dead"] == 1
    (dead,) = (await ask("GET", f"/{number}/deliveries?state=dead"))["deliveries"]
    assert (dead["change_no"], dead["attempts"], dead["last_status"], dead["last_error"]) == (
        2,
        10,
        400,
        "HTTP 400: khong hieu",
    )
    again = await ask("POST", f"/{number}/replays", {}, status=202)
    assert again == {"endpoint_id": number, "replay_no": 1}
    await work(deliveries)
    assert receiver.ids[-1] == f"msg_{H99}_{number}_2"
    assert (await ask("GET", f"/{number}/deliveries?state=dead"))["deliveries"] == []
    assert (await ask("GET"))["endpoints"][0]["dead"] == 0


async def test_an_endpoint_stopped_by_410_is_shown_and_restarted_by_a_replay(connection, ask, deliveries, receiver):
    number = (await ask("POST", "", {**GIVEN, "url": receiver.url}, status=201))["endpoint_id"]
    receiver.will_answer(410)
    await publish(connection, "một")
    await work(deliveries)
    assert (await ask("GET"))["endpoints"][0]["state"] == "stopped"
    await ask("POST", f"/{number}/replays", {"from_change_no": 1}, status=202)
    await work(deliveries)
    assert receiver.ids == [f"msg_{H99}_{number}_1"] * 2
    assert (await ask("GET"))["endpoints"][0]["state"] == "active"


async def test_an_endpoint_may_begin_in_the_past(connection, ask, deliveries, receiver):
    await publish(connection, "một", "hai", "ba")
    number = (await ask("POST", "", {**GIVEN, "url": receiver.url, "after": 1}, status=201))["endpoint_id"]
    await work(deliveries)
    assert receiver.ids == [f"msg_{H99}_{number}_2", f"msg_{H99}_{number}_3"]


async def test_everything_wrong_with_an_address_is_named_at_once(ask):
    problem = await ask(
        "POST", "", {**GIVEN, "url": "http://an:mat@so.example.vn/#x", "realm": "production"}, status=422
    )
    assert [finding["code"] for finding in problem["findings"]] == ["url_not_https", "url_userinfo", "url_fragment"]


@pytest.mark.parametrize(
    "wrong",
    [{"url": ""}, {"kinds": []}, {"kinds": ["alles"]}, {"realm": "x"}, {"after": -1}, {"seit": 1}],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_a_body_that_does_not_fit_is_refused(ask, wrong):
    assert (await ask("POST", "", {**GIVEN, **wrong}, status=422))["code"] in {"request_invalid", "url_unreadable"}


async def test_without_leave_private_addresses_are_refused_when_given(connection, make_settings, registers):
    import httpx

    from scoring_api.app import Resources, create_app

    settings = make_settings(secret_keys=Fernet.generate_key().decode())
    resources = Resources.open(settings)
    app = create_app(settings, resources=resources)
    somebody = await make_person(connection, H99, "Lê Văn Cán", ["officer"])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://s", headers=somebody.headers
    ) as client:
        refused = await client.post("/v1/webhooks", json={**GIVEN, "url": "https://10.0.0.1/hook"})
    await resources.close()
    assert (refused.status_code, refused.json()["code"]) == (422, "url_private")
    assert await connection.fetchval("SELECT count(*) FROM webhook_endpoint") == 0


@pytest.mark.parametrize("role", [None, "unit", "appraiser", "council", "auditor", "officer"])
async def test_officers_keep_endpoints_auditors_look_and_nobody_else_does_either(connection, client, ask, role):
    number = (await ask("POST", "", GIVEN, status=201))["endpoint_id"]
    unit = 990_001 if role in {"unit", "appraiser"} else None
    somebody = None if role is None else await make_person(connection, H99, "Ai đó", [(role, unit)])
    refused = 401 if role is None else 403
    keeps, looks = role == "officer", role in {"officer", "auditor"}
    for method, path, body, done in [
        ("GET", "", None, 200),
        ("GET", f"/{number}/deliveries", None, 200),
        ("POST", "", GIVEN, 201),
        ("POST", f"/{number}/rotation", None, 200),
        ("POST", f"/{number}/test", None, 202),
        ("POST", f"/{number}/replays", {}, 202),
        ("POST", f"/{number}/disable", None, 204),
    ]:
        allowed = looks if method == "GET" else keeps
        await ask(method, path, body, by=somebody, status=done if allowed else refused)


async def test_another_authority_s_endpoints_are_unknown(connection, ask):
    number = (await ask("POST", "", GIVEN, status=201))["endpoint_id"]
    other = await make_person(connection, H98, "Người khác", ["officer"])
    assert (await ask("GET", by=other))["endpoints"] == []
    for method, path, body in [
        ("GET", f"/{number}/deliveries", None),
        ("POST", f"/{number}/rotation", None),
        ("POST", f"/{number}/test", None),
        ("POST", f"/{number}/replays", {}),
        ("POST", f"/{number}/disable", None),
    ]:
        assert (await ask(method, path, body, by=other, status=404))["code"] == "webhook_unknown"


async def test_secrets_are_sealed_shown_once_and_in_no_log(connection, ask):
    with capture_logs() as lines:
        made = await ask("POST", "", GIVEN, status=201)
        rotated = await ask("POST", f"/{made['endpoint_id']}/rotation")
    stored = str(
        await connection.fetchrow("SELECT * FROM webhook_endpoint WHERE endpoint_id = $1", made["endpoint_id"])
    )
    listed = json.dumps(await ask("GET"))
    for secret in (made["secret"], rotated["secret"]):
        assert secret.startswith("whsec_")
        assert secret not in stored
        assert secret not in listed
        assert secret not in json.dumps(lines, default=str)
    assert "geheim" not in listed
    assert "geheim" not in json.dumps(lines, default=str)
    assert [line["what"] for line in lines if line["event"] == "webhook_endpoint"] == ["made", "secret_rotated"]


async def test_secrets_are_sealed_anew_with_the_first_key(connection, ask, settings):
    made = await ask("POST", "", GIVEN, status=201)
    rotated = await ask("POST", f"/{made['endpoint_id']}/rotation")
    key = Fernet.generate_key().decode()
    assert await reseal_secrets(connection, Seal(f"{key},{settings.secret_keys}")) == 1
    row = await connection.fetchrow("SELECT secret_sealed, old_secret_sealed FROM webhook_endpoint")
    assert [Seal(key).open(sealed).decode() for sealed in row] == [rotated["secret"], made["secret"]]


async def test_an_authority_has_a_bounded_number_of_endpoints(ask):
    numbers = [(await ask("POST", "", GIVEN, status=201))["endpoint_id"] for _ in range(MOST_ENDPOINTS)]
    assert (await ask("POST", "", GIVEN, status=409))["code"] == "webhooks_too_many"
    await ask("POST", f"/{numbers[0]}/disable", status=204)
    await ask("POST", "", GIVEN, status=201)


async def test_a_replay_that_goes_too_far_back_is_refused(connection, ask):
    number = (await ask("POST", "", GIVEN, status=201))["endpoint_id"]
    await connection.execute(
        "INSERT INTO change_entry (tenant_id, change_no, kind, realm, subject, recorded_at) VALUES (0, 100001, 'edition_published', 'synthetic', '{}', now())"
    )
    assert (await ask("POST", f"/{number}/replays", {"from_change_no": 0}, status=422))["code"] == "replay_too_long"
    await ask("POST", f"/{number}/replays", {"from_change_no": 1}, status=202)

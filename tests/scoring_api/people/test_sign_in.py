"""Local sign-in: one answer to every failure, codes that work once, locks in the row, cookies that no other page can use."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import unicodedata

import httpx
import pytest
import structlog
from argon2 import PasswordHasher
from cryptography.fernet import Fernet

from parindex.errors import Invalid, TooMany, Unavailable
from scoring_api.app import create_app
from scoring_api.people import sign_in
from scoring_api.people.limits import Knocks
from scoring_api.people.local_proof import wait_after
from scoring_api.people.passwords import Passwords
from scoring_api.people.seal import Seal
from support.people import make_person

H01 = 101
WRONG = "một mật khẩu khác hẳn"


def answer_of(response) -> tuple[int, dict]:
    """Status and problem without the request's id."""
    problem = response.json()
    del problem["request_id"]
    return response.status_code, problem


async def test_who_accepted_an_invitation_signs_in_and_is_known(join, client, kinds):
    an = await join()
    answer = await an.sign_in()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    given = answer.json()
    assert (given["person_id"], given["tenant_id"], given["token_type"]) == (an.person_id, 990_000, "Bearer")
    me = await client.get("/v1/me", headers={"Authorization": f"Bearer {given['token']}"})
    assert me.status_code == 200
    assert (me.json()["name"], me.json()["work_address"]) == ("Nguyễn Thị An", "an.nguyen@noivu.example.vn")
    assert await kinds(an.person_id) == ["added", "invited", "secret_set", "succeeded", "succeeded"]


async def test_a_sign_in_lasts_as_long_as_set_and_only_its_hash_is_stored(join, connection):
    an = await join()
    token = (await an.sign_in()).json()["token"]
    row = await connection.fetchrow("SELECT *, sign_in::text AS text FROM sign_in ORDER BY started_at DESC LIMIT 1")
    assert row["expires_at"] - row["started_at"] == dt.timedelta(minutes=60)
    assert token not in row["text"]
    assert len(row["token_sha256"]) == 32


async def test_address_and_password_are_compared_however_they_are_spelled(join):
    an = await join()
    loud = await an.sign_in(
        work_address="  AN.NGUYEN@NOIVU.example.vn ", password=unicodedata.normalize("NFD", an.password)
    )
    assert loud.status_code == 200


async def test_every_failure_has_the_same_answer_and_costs_one_look_at_a_password(
    join, client, connection, monkeypatch
):
    an = await join()
    verify, looked = Passwords._is_right, []
    monkeypatch.setattr(Passwords, "_is_right", lambda *given: looked.append(1) or verify(*given))
    answers, work = [], []

    async def fail(**body):
        looked.clear()
        answers.append(answer_of(await an.sign_in(**body)))
        work.append(len(looked))

    await fail(work_address="nobody@noivu.example.vn")
    await fail(password=WRONG)
    await fail(code="000000" if an.code() != "000000" else "111111")
    await fail(tenant=H01)
    await connection.execute("UPDATE person_secret SET locked_until = now() + interval '1 hour'")
    await fail()
    await connection.execute("UPDATE person_secret SET locked_until = NULL")
    await connection.execute("UPDATE person SET disabled_at = now() WHERE person_id = $1", an.person_id)
    await fail()
    assert answers == [answers[0]] * 6
    assert answers[0][0] == 401
    assert answers[0][1]["code"] == "sign_in_refused"
    assert work == [1] * 6


async def test_a_code_works_once(join, connection):
    an = await join()
    code = an.code()
    assert (await an.sign_in(code=code)).status_code == 200
    assert (await an.sign_in(code=code)).status_code == 401
    assert (await an.sign_in(ahead=1)).status_code == 200
    # The step before one that was accepted is over too.
    assert (await an.sign_in(code=code)).status_code == 401


async def test_of_two_at_once_with_one_code_only_one_gets_in(join):
    an = await join()
    code = an.code()
    answers = await asyncio.gather(*(an.sign_in(code=code) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_failures_lock_the_row_and_a_success_clears_them(join, connection, kinds):
    an = await join()
    for _ in range(5):
        assert (await an.sign_in(password=WRONG)).status_code == 401
    row = await connection.fetchrow(
        "SELECT failures, locked_until FROM person_secret WHERE person_id = $1", an.person_id
    )
    assert row["failures"] == 5
    assert row["locked_until"] > dt.datetime.now(dt.UTC)
    assert (await an.sign_in()).status_code == 401
    assert (await kinds(an.person_id))[-7:] == ["failed"] * 5 + ["locked", "failed"]
    failures = await connection.fetchval("SELECT failures FROM person_secret WHERE person_id = $1", an.person_id)
    assert failures == 5, "an attempt during the wait makes it no longer"
    await connection.execute("UPDATE person_secret SET locked_until = now() - interval '1 second'")
    assert (await an.sign_in()).status_code == 200
    row = await connection.fetchrow(
        "SELECT failures, locked_until FROM person_secret WHERE person_id = $1", an.person_id
    )
    assert tuple(row) == (0, None)


def test_waits_grow_from_one_minute_to_an_hour():
    waits = [wait_after(failures) for failures in (1, 4, 5, 6, 7, 10, 11, 1000)]
    minutes = [None if wait is None else wait.total_seconds() / 60 for wait in waits]
    assert minutes == [None, None, 1, 2, 4, 32, 60, 60]


async def test_knocking_too_often_under_one_address_is_429_for_known_and_unknown_alike(client):
    body = {"work_address": "nobody@noivu.example.vn", "password": "x", "code": "123456"}
    statuses = [(await client.post("/v1/sign-in", json=body)).status_code for _ in range(10)]
    assert statuses == [401] * 10
    refused = await client.post("/v1/sign-in", json={**body, "work_address": "NOBODY@noivu.example.vn"})
    assert (refused.status_code, refused.json()["code"]) == (429, "sign_in_rate")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert (await client.post("/v1/sign-in", json={**body, "work_address": "else@noivu.example.vn"})).status_code == 401


async def test_an_address_in_two_authorities_needs_the_authority_named(join, connection):
    an = await join()
    other = await make_person(connection, H01, "Trần Văn Hai", ["officer"])
    twin = await join(by=other)
    assert twin.work_address == an.work_address
    assert (await an.sign_in()).status_code == 401
    assert (await an.sign_in(tenant=990_000)).json()["person_id"] == an.person_id
    assert (await twin.sign_in(tenant=H01)).json()["person_id"] == twin.person_id


async def test_signing_out_ends_the_sign_in_and_no_other(join, client):
    an = await join()
    other = (await an.sign_in()).json()["token"]
    assert (await client.post("/v1/sign-out", headers=an.headers)).status_code == 204
    assert (await client.get("/v1/me", headers=an.headers)).json()["code"] == "sign_in_over"
    assert (await client.post("/v1/sign-out", headers=an.headers)).status_code == 401
    assert (await client.get("/v1/me", headers={"Authorization": f"Bearer {other}"})).status_code == 200


async def test_a_new_password_needs_the_old_one_and_a_code_and_ends_every_sign_in(join, client, kinds):
    an = await join()
    change = {"password": an.password, "new_password": "năm từ khác để nhớ lâu", "code": an.code()}
    wrong = await client.post("/v1/me/password", json={**change, "password": WRONG}, headers=an.headers)
    assert (wrong.status_code, wrong.json()["code"]) == (401, "sign_in_refused")
    weak = await client.post("/v1/me/password", json={**change, "new_password": "ngắn"}, headers=an.headers)
    assert (weak.status_code, weak.json()["code"]) == (422, "password_weak")
    assert (await client.post("/v1/me/password", json=change, headers=an.headers)).status_code == 204
    assert (await client.get("/v1/me", headers=an.headers)).status_code == 401
    assert (await an.sign_in(ahead=1)).status_code == 401
    assert (await an.sign_in(ahead=1, password=change["new_password"])).status_code == 200
    assert "password_changed" in await kinds(an.person_id)


async def test_a_hash_made_with_old_parameters_is_renewed_at_the_next_sign_in(join, client, connection):
    client.app.state.door.passwords = Passwords()
    an = await join()
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(an.password)
    await connection.execute("UPDATE person_secret SET password_hash = $1 WHERE person_id = $2", old, an.person_id)
    assert (await an.sign_in()).status_code == 200
    renewed = await connection.fetchval("SELECT password_hash FROM person_secret WHERE person_id = $1", an.person_id)
    assert renewed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert (await an.sign_in(ahead=1)).status_code == 200


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("ngắn quá", ["password_short"]),
        ("an@noivu.example.vn 1", ["password_is_address"]),
        ("aaaaaaaaaaaa", ["password_repeats"]),
        ("abab", ["password_short", "password_repeats"]),
    ],
)
async def test_everything_wrong_with_a_password_is_said_at_once_and_the_password_never(
    client, officer, password, codes
):
    person = {"name": "An", "work_address": "an@noivu.example.vn", "why": "vào ngành"}
    added = await client.post("/v1/persons", json=person, headers=officer.headers)
    body = {"invitation": added.json()["invitation"], "password": password}
    refused = await client.post("/v1/invitations", json=body)
    assert refused.status_code == 422
    assert [finding["code"] for finding in refused.json()["findings"]] == codes
    assert password not in refused.text


@pytest.mark.parametrize("address", ["a\x00b@x.vn", "\ud800@x.vn", "x" * 300, 7, None])
async def test_what_cannot_be_an_address_is_named_and_not_repeated(client, address):
    body = json.dumps({"work_address": address, "password": "một bí mật", "code": "123456", "more": 1})
    refused = await client.post("/v1/sign-in", content=body, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (422, "request_invalid")
    assert {finding["field"] for finding in refused.json()["findings"]} == {"body.work_address", "body.more"}
    assert "một bí mật" not in refused.text


async def test_a_large_body_is_refused_before_anybody_looks_at_it(client):
    refused = await client.post("/v1/sign-in", content=b"[" * 20_000, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")


async def test_neither_address_nor_password_nor_code_reaches_a_log_or_an_event(join, client, connection):
    with structlog.testing.capture_logs() as lines:
        an = await join()
        codes = [an.code(), an.code(1)]
        await an.sign_in(password=WRONG)
        await an.sign_in()
        await an.sign_in(work_address="khong.ai@noivu.example.vn")
        await client.get("/v1/me", headers=an.headers)
    rows = await connection.fetch("SELECT detail::text AS text FROM sign_in_event")
    secrets = await connection.fetchval("SELECT string_agg(person_secret::text, ' ') FROM person_secret")
    said = json.dumps(lines, default=str) + " ".join(row["text"] for row in rows)
    assert lines
    for secret in (an.work_address, "khong.ai", WRONG, an.password, an.secret, an.token, *codes):
        assert secret not in said
    for secret in (an.password, an.secret, an.token):
        assert secret not in secrets


async def test_without_secret_keys_local_sign_in_says_what_to_set(make_settings, resources):
    app = create_app(make_settings(), resources=resources)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://scoring") as bare:
        body = {"work_address": "an@noivu.example.vn", "password": "x", "code": "123456"}
        refused = await bare.post("/v1/sign-in", json=body)
    assert (refused.status_code, refused.json()["code"]) == (503, "secret_keys_missing")
    assert "PARINDEX_SECRET_KEYS" in refused.json()["hint"]


def test_the_first_key_seals_and_all_of_them_open():
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    sealed = Seal(old).seal(b"secret")
    both = Seal(f"{new}, {old}")
    assert both.open(sealed) == b"secret"
    resealed = both.reseal(sealed)
    assert Seal(new).open(resealed) == b"secret"
    assert Fernet(new).decrypt(both.seal(b"x")) == b"x"
    assert Seal(new).open_young(sealed, 60) is None
    with pytest.raises(Unavailable, match="None of the secret keys"):
        Seal(new).open(sealed)


def test_a_setting_that_is_no_key_is_named_by_its_place_and_never_shown():
    with pytest.raises(Invalid, match="Entry 2") as refused:
        Seal(f"{Fernet.generate_key().decode()},not-a-key")
    assert "not-a-key" not in str(refused.value)


def test_a_process_counts_every_knock_and_each_address_by_itself():
    knocks = Knocks(per_address=2, per_process=5)
    for who in ("a", "a", "b", "b", None):
        knocks.take(who)
    with pytest.raises(TooMany) as refused:
        knocks.take("c")
    assert 1 <= refused.value.retry_after <= 60
    one = Knocks(per_address=2, per_process=50)
    for _ in range(2):
        one.take("a")
    with pytest.raises(TooMany):
        one.take("a")
    one.take("b")


async def test_what_came_of_attempts_is_counted_and_names_nobody(join, client):
    an = await join()
    await an.sign_in(password=WRONG)
    await an.sign_in(work_address="khong.ai@noivu.example.vn")
    await an.sign_in()
    text = (await client.get("/metrics")).text
    lines = [line for line in text.splitlines() if line.startswith("parindex_sign_in_attempts_total")]
    counted = {line.split("outcome=")[1].split('"')[1]: float(line.split()[-1]) for line in lines}
    assert counted == {"succeeded": 2.0, "refused": 2.0}, "why would tell everybody whose address is known"
    assert "@" not in text


async def test_every_refusal_leaves_on_the_beat_whether_or_not_somebody_is_there(join, client, monkeypatch):
    an, waits = await join(), []

    async def wait(began: float) -> None:
        waits.append(began)

    monkeypatch.setattr("scoring_api.people.sign_in._wait_for_the_next_refusal", wait)
    assert (await an.sign_in(password=WRONG)).status_code == 401
    assert (await an.sign_in(work_address="khong.ai@noivu.example.vn")).status_code == 401
    assert (await an.sign_in(code="000000")).status_code == 401
    assert len(waits) == 3
    assert (await an.sign_in()).status_code == 200
    assert len(waits) == 3


async def test_a_wait_ends_on_a_whole_beat(monkeypatch):
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(sign_in.asyncio, "sleep", sleep)
    monkeypatch.setattr(sign_in.time, "monotonic", lambda: 10.3)
    await sign_in._wait_for_the_next_refusal(10.0)
    assert slept == [pytest.approx(0.2)]

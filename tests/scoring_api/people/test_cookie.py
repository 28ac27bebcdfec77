"""The pages' cookie: what browsers are told about it, and that no page elsewhere acts with it."""

from __future__ import annotations

import httpx
import pytest

from scoring_api.app import create_app
from scoring_api.people.cookie import COOKIE

OWN = {"Sec-Fetch-Site": "same-origin"}


async def test_the_cookie_is_kept_from_scripts_and_from_other_sites(join):
    an = await join()
    answer = await an.sign_in(cookie=True, headers=OWN)
    assert answer.status_code == 200
    assert answer.json()["token"] is None
    told = answer.headers["set-cookie"]
    assert told.startswith(f"{COOKIE}=p990000.")
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(told.split("; "))
    assert "Secure" not in told, "the public address of this test is plain http"


async def test_the_cookie_goes_by_nothing_but_https_where_the_service_is_reached_by_it(
    make_settings, settings, resources, join
):
    an = await join()
    secure = make_settings(secret_keys=settings.secret_keys, public_url="https://scoring")
    app = create_app(secure, resources=resources)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://scoring") as client:
        an.client = client
        answer = await an.sign_in(cookie=True, headers=OWN)
    assert "Secure" in answer.headers["set-cookie"].split("; ")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 204),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://scoring"}, 403),
        ({"Origin": "http://scoring"}, 204),
        ({"Origin": "http://scoring.evil.example"}, 403),
        ({"Origin": "https://scoring"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_only_a_page_of_ours_changes_something_with_the_cookie(client, officer, headers, status):
    client.cookies.set(COOKIE, officer.token)
    assert (await client.get("/v1/me")).status_code == 200
    answer = await client.post("/v1/sign-out", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "foreign_page"
        assert (await client.get("/v1/me")).status_code == 200


async def test_a_program_with_a_bearer_token_needs_no_such_proof(client, officer):
    headers = {**officer.headers, "Sec-Fetch-Site": "cross-site"}
    assert (await client.post("/v1/sign-out", headers=headers)).status_code == 204


async def test_a_bearer_token_that_does_not_hold_is_not_replaced_by_the_cookie(client, officer):
    client.cookies.set(COOKIE, officer.token)
    answer = await client.post("/v1/sign-out", headers={"Authorization": "Bearer x"})
    assert answer.status_code == 401
    assert (await client.get("/v1/me", headers={"Authorization": "Basic eA=="})).status_code == 200


async def test_another_site_cannot_sign_a_browser_in(join):
    an = await join()
    answer = await an.sign_in(cookie=True, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_page")
    assert "set-cookie" not in answer.headers

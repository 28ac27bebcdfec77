"""Sign-in at an OIDC issuer over real sockets: the right person, once, and nobody by a token that does not hold."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from parindex.errors import Invalid
from scoring_api.app import create_app
from scoring_api.people.cookie import COOKIE, FLOW_COOKIE
from support.oidc_issuer import CLIENT_ID, CLIENT_SECRET, Issuer, returned, running_issuer, unsigned
from support.people import SignedPerson, make_person

H99 = 990_000
ADDRESS = "an.nguyen@noivu.example.vn"
START, BACK = "/v1/sign-in/oidc", "/v1/sign-in/oidc/return"


@pytest.fixture(scope="module")
def module_issuer() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(module_issuer: Issuer) -> Issuer:
    """The issuer as it is when nothing is bent."""
    fresh = Issuer(url=module_issuer.url)
    module_issuer.__dict__.update(fresh.__dict__)
    return module_issuer


@pytest.fixture
def oidc_settings(make_settings, settings, issuer):
    return make_settings(
        secret_keys=settings.secret_keys,
        public_url="http://scoring",
        oidc_issuer=issuer.url,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
    )


@pytest.fixture
async def browser(oidc_settings, resources) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(oidc_settings, resources=resources)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://scoring") as browser:
        yield browser


@pytest.fixture
async def an(connection) -> SignedPerson:
    return await make_person(connection, H99, "Nguyễn Thị An", ["officer"], work_address=ADDRESS)


async def at_the_issuer(browser: httpx.AsyncClient, **parameters) -> dict[str, str]:
    """Begins a sign-in and comes as far as the issuer's answer: what the browser is sent back with."""
    there = await browser.get(START, params=parameters)
    assert there.status_code == 302, there.text
    async with httpx.AsyncClient(trust_env=False) as network:
        answer = await network.get(there.headers["location"])
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(f"http://scoring{BACK}?")
    return returned(answer.headers["location"])


async def sign_in(browser: httpx.AsyncClient, **parameters) -> httpx.Response:
    return await browser.get(BACK, params=await at_the_issuer(browser, **parameters))


async def test_a_verified_address_finds_its_person_and_the_subject_ever_after(browser, issuer, an, connection, kinds):
    answer = await sign_in(browser, next="/pages/rounds?year=2026")
    assert answer.status_code == 200, answer.text
    assert 'url=/pages/rounds?year=2026"' in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert (await browser.get("/v1/me")).json()["person_id"] == an.person_id
    assert await kinds(an.person_id) == ["identity_linked", "succeeded"]
    issuer.email, issuer.email_verified = "elsewhere@example.vn", False
    assert (await sign_in(browser)).status_code == 200
    assert await kinds(an.person_id) == ["identity_linked", "succeeded", "succeeded"]
    assert await connection.fetchval("SELECT count(*) FROM person") == 1


async def test_what_the_browser_carries_is_sealed_short_lived_and_sent_to_these_routes_alone(browser, an):
    told = (await browser.get(START)).headers["set-cookie"]
    assert told.startswith(f"{FLOW_COOKIE}=gAAAA")
    assert {"HttpOnly", "Max-Age=600", f"Path={START}", "SameSite=lax"} <= set(told.split("; "))
    answer = await sign_in(browser)
    strict = [line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{COOKIE}=")]
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(strict[0].split("; "))


@pytest.mark.parametrize(
    ("bend", "why"),
    [
        (lambda claims: {**claims, "nonce": "another"}, "nonce"),
        (lambda claims: {name: value for name, value in claims.items() if name != "nonce"}, "nonce"),
        (lambda claims: {**claims, "aud": "another-client"}, "another client"),
        (lambda claims: {**claims, "aud": [CLIENT_ID, "other"]}, "azp"),
        (lambda claims: {**claims, "azp": "other"}, "azp"),
        (lambda claims: {**claims, "iss": "http://127.0.0.1:9"}, "another issuer"),
        (lambda claims: {**claims, "exp": int(time.time()) - 61}, "expired"),
        (lambda claims: {name: value for name, value in claims.items() if name != "exp"}, "expired"),
        (lambda claims: {**claims, "iat": int(time.time()) + 120}, "future"),
        (lambda claims: {**claims, "sub": ""}, "nobody"),
        (lambda claims: {**claims, "email_verified": False}, "no enabled person"),
        (lambda claims: {**claims, "email_verified": "true"}, "no enabled person"),
        (lambda claims: {**claims, "email": "nobody@noivu.example.vn"}, "no enabled person"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_token_that_does_not_fit_signs_nobody_in(browser, issuer, an, connection, bend, why):
    issuer.bend = bend
    answer = await sign_in(browser)
    assert (answer.status_code, answer.json()["code"]) == (401, "oidc_refused")
    assert why in answer.json()["detail"]
    assert COOKIE not in answer.headers.get("set-cookie", "")
    assert await connection.fetchval("SELECT count(*) FROM sign_in WHERE method = 'oidc'") == 0


@pytest.mark.parametrize(
    "bend",
    [
        lambda claims: {**claims, "exp": int(time.time()) - 30},
        lambda claims: {**claims, "iat": int(time.time()) + 30},
        lambda claims: {**claims, "aud": [CLIENT_ID, "other"], "azp": CLIENT_ID},
        lambda claims: {**claims, "email": ADDRESS.upper()},
    ],
    ids=["expired within the skew", "issued within the skew", "one of two audiences", "address in capitals"],
)
async def test_a_token_that_fits_in_another_way_signs_in(browser, issuer, an, bend):
    issuer.bend = bend
    assert (await sign_in(browser)).status_code == 200


async def test_an_unsigned_token_signs_nobody_in(browser, issuer, an):
    issuer.sign = unsigned
    answer = await sign_in(browser)
    assert (answer.status_code, answer.json()["code"]) == (401, "oidc_refused")


async def test_a_token_signed_with_the_public_key_as_a_secret_signs_nobody_in(browser, issuer, an):
    secret = OctKey.import_key(issuer.key.as_pem(private=False).hex())

    def sign(claims):
        return jwt.encode({"alg": "HS256", "kid": issuer.key.kid}, claims, secret, algorithms=["HS256"])

    issuer.sign = sign
    assert (await sign_in(browser)).status_code == 401


async def test_a_token_of_a_stranger_who_takes_the_key_id_signs_nobody_in(browser, issuer, an):
    stranger = RSAKey.generate_key(2048, {"kid": issuer.key.kid})
    issuer.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": issuer.key.kid}, claims, stranger)
    assert (await sign_in(browser)).status_code == 401


async def test_keys_are_remembered_and_fetched_anew_for_one_that_is_not_known(browser, issuer, an):
    for _ in range(2):
        assert (await sign_in(browser)).status_code == 200
    assert issuer.asked.count("/keys") == 1
    assert len(issuer.asked) == 2, "discovery and keys, each once"
    issuer.rotate()
    assert (await sign_in(browser)).status_code == 200
    assert issuer.asked.count("/keys") == 2
    unpublished = issuer.published
    issuer.rotate()
    issuer.published = unpublished
    answer = await sign_in(browser)
    assert (answer.status_code, issuer.asked.count("/keys")) == (401, 3)


async def test_an_issuer_that_signs_with_elliptic_curves_is_as_good(make_settings, oidc_settings, resources, an):
    with running_issuer("ES256") as issuer:
        app = create_app(oidc_settings.model_copy(update={"oidc_issuer": issuer.url}), resources=resources)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://scoring") as browser:
            assert (await sign_in(browser)).status_code == 200


async def test_a_state_serves_once(browser, issuer, an, connection):
    back = await at_the_issuer(browser)
    carried = browser.cookies[FLOW_COOKIE]
    assert (await browser.get(BACK, params=back)).status_code == 200
    assert FLOW_COOKIE not in browser.cookies
    again = await browser.get(BACK, params=back, headers={"Cookie": f"{FLOW_COOKIE}={carried}"})
    assert again.status_code == 401
    # Not only the issuer sees to it: even with a fresh code for the same nonce the state was used up.
    assert issuer._codes == {}
    fresh = await at_the_issuer(browser)
    issuer._codes[fresh["code"]] |= remembered_of(browser, carried)
    replayed = {**back, "code": fresh["code"]}
    answer = await browser.get(BACK, params=replayed, headers={"Cookie": f"{FLOW_COOKIE}={carried}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "oidc_refused")
    assert "used before" in answer.json()["detail"]
    assert await connection.fetchval("SELECT count(*) FROM sign_in WHERE method = 'oidc'") == 1


def remembered_of(browser: httpx.AsyncClient, carried: str) -> dict[str, str]:
    """What the issuer would have remembered of the sign-in that the cookie carries."""
    flow = json.loads(browser._transport.app.state.door.seal.open(carried.encode()))
    return {"nonce": flow["nonce"], "code_challenge": create_s256_code_challenge(flow["verifier"])}


@pytest.mark.parametrize("change", [{"state": "another"}, {"iss": "http://127.0.0.1:9"}, {"code": "never-given"}])
async def test_what_comes_back_changed_signs_nobody_in(browser, an, change):
    back = await at_the_issuer(browser)
    answer = await browser.get(BACK, params={**back, **change})
    assert (answer.status_code, answer.json()["code"]) == (401, "oidc_refused")


async def test_who_did_not_begin_here_is_not_signed_in_here(browser, an):
    back = await at_the_issuer(browser)
    browser.cookies.clear()
    assert (await browser.get(BACK, params=back)).status_code == 401
    forged = {"Cookie": f"{FLOW_COOKIE}=gAAAAABforged"}
    assert (await browser.get(BACK, params=back, headers=forged)).status_code == 401


async def test_what_the_issuer_refused_is_said(browser, an):
    for parameters in ({"error": "access_denied", "state": "x"}, {"state": "x"}, {}):
        answer = await browser.get(BACK, params=parameters)
        assert (answer.status_code, answer.json()["code"]) == (401, "oidc_refused")


async def test_a_disabled_person_is_nobody(browser, an, connection):
    await connection.execute("UPDATE person SET disabled_at = now()")
    assert (await sign_in(browser)).status_code == 401


async def test_an_address_that_passed_to_somebody_else_at_the_issuer_does_not_open_the_old_account(browser, issuer, an):
    assert (await sign_in(browser)).status_code == 200
    issuer.subject = "subject-2"
    assert (await sign_in(browser)).status_code == 401


async def test_an_address_in_two_authorities_needs_the_authority_named(browser, an, connection):
    twin = await make_person(connection, 101, "Nguyễn Thị An", work_address=ADDRESS)
    assert (await sign_in(browser)).status_code == 401
    assert (await sign_in(browser, tenant=101)).status_code == 200
    assert (await browser.get("/v1/me")).json()["person_id"] == twin.person_id


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "pages", '/"><script>']
)
async def test_the_way_back_never_leads_elsewhere(browser, path):
    answer = await browser.get(START, params={"next": path})
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


async def test_an_issuer_that_is_away_is_said_and_can_be_tried_again(oidc_settings, resources):
    app = create_app(oidc_settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:9"}), resources=resources)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://scoring") as browser:
        answer = await browser.get(START)
    assert (answer.status_code, answer.json()["code"]) == (503, "oidc_issuer_unavailable")
    assert "retry-after" in answer.headers


async def test_without_an_issuer_the_way_says_what_to_set(client):
    answer = await client.get(START)
    assert (answer.status_code, answer.json()["code"]) == (503, "oidc_not_configured")


@pytest.mark.parametrize("change", [{"oidc_issuer": "http://idp.example.vn"}, {"oidc_client_id": ""}])
def test_an_issuer_that_cannot_be_trusted_is_refused_at_start(oidc_settings, resources, change):
    with pytest.raises(Invalid, match="PARINDEX_OIDC_ISSUER"):
        create_app(oidc_settings.model_copy(update=change), resources=resources)

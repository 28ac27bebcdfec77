"""What all routes share: bytes kept 250 ms, ETag and 304, strict parameters, no 5xx on strange input, the document."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from sqlalchemy import event

from parindex.settings import Settings
from scoring_api.app import PUBLIC_ROUTES
from support.scoring_facts import DEPARTMENTS, kiosk

pytestmark = pytest.mark.database
TABLE = "/v1/league-tables?scope=H99&block=department&period=2026-01&instrument=KIOSK3&realm=synthetic"


@pytest.fixture
async def table(facts):
    await facts.month("2026-01", {unit: kiosk({5: 30, 2: 10}) for unit in DEPARTMENTS})


@pytest.fixture
def transactions(resources):
    """Connections taken from the pool so far: every query needs one."""
    taken = []
    event.listen(resources.database.engine.sync_engine.pool, "checkout", lambda *_: taken.append(1))
    return taken


async def test_within_250_ms_the_same_question_costs_no_query(client, table, transactions, renewal):
    first = await client.get(TABLE)
    before = len(transactions)
    again = await asyncio.gather(*(client.get(TABLE) for _ in range(20)))
    assert len(transactions) == before
    assert {(one.content, one.headers["etag"]) for one in again} == {(first.content, first.headers["etag"])}


async def test_many_who_ask_at_once_cost_one_look(client, table, transactions, renewal):
    await client.get(TABLE)
    renewal()
    before = len(transactions)
    await asyncio.gather(*(client.get(TABLE) for _ in range(20)))
    assert len(transactions) == before + 1


async def test_after_250_ms_the_table_is_looked_at_again(client, facts, table, renewal):
    first = await client.get(TABLE)
    await facts.month("2026-01", {unit: kiosk({5: 35, 2: 5}) for unit in DEPARTMENTS})
    assert (await client.get(TABLE)).content == first.content
    renewal()
    second = await client.get(TABLE)
    assert second.json()["rows"][0]["top2"]["value"] == "87.50"
    assert second.headers["etag"] != first.headers["etag"]


async def test_a_renewal_that_finds_nothing_new_keeps_the_bytes_and_the_etag(client, table, renewal):
    first = await client.get(TABLE)
    renewal()
    second = await client.get(TABLE)
    assert (second.content, second.headers["etag"]) == (first.content, first.headers["etag"])


async def test_if_none_match_gives_304_until_something_changes(client, facts, table, renewal):
    first = await client.get(TABLE)
    tag = {"If-None-Match": first.headers["etag"]}
    same = await client.get(TABLE, headers=tag)
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    assert first.headers["cache-control"] == same.headers["cache-control"] == "public, no-cache"
    await facts.unmerged(DEPARTMENTS[0])
    renewal()
    changed = await client.get(TABLE, headers=tag)
    assert (changed.status_code, changed.json()["not_counted"]) == (200, 1)


async def test_json_and_csv_are_kept_apart_and_vary_by_accept(client, table):
    as_json, as_csv = await client.get(TABLE), await client.get(TABLE, headers={"Accept": "text/csv"})
    assert as_json.headers["content-type"] == "application/json"
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert as_json.headers["etag"] != as_csv.headers["etag"]
    assert "Accept" in as_json.headers["vary"]
    assert as_csv.headers["content-disposition"] == 'attachment; filename="league-tables.csv"'


def sample(route):
    path = route.path
    for parameter in route.parameters:
        if parameter.place == "path":
            path = path.replace("{" + parameter.name + "}", parameter.example)
    asked = {
        parameter.name: parameter.example
        for parameter in route.parameters
        if parameter.required and parameter.place == "query"
    }
    return path, asked


@pytest.mark.parametrize("route", PUBLIC_ROUTES, ids=lambda route: route.path)
async def test_every_route_refuses_what_it_does_not_know(client, route):
    path, asked = sample(route)
    answer = await client.get(path, params={**asked, "nonsense": "1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "parameter_unknown")
    assert answer.json()["findings"][0]["field"] == "nonsense"
    answer = await client.get(path, params={**asked, "realm": "Production"})
    assert (answer.status_code, answer.json()["code"]) == (422, "parameter_invalid")


@pytest.mark.parametrize("route", PUBLIC_ROUTES, ids=lambda route: route.path)
async def test_every_answer_names_its_realm_and_where_its_figures_stand(client, facts, table, route):
    path, asked = sample(route)
    answer = await client.get(path, params={**asked, "realm": "synthetic"})
    assert answer.status_code in (200, 404)
    if answer.status_code == 200:
        body = answer.json()
        assert body["realm"] == "synthetic"
        assert body["notice"]["vi"].startswith("DỮ LIỆU GIẢ LẬP")
        assert {"as_of", "not_counted", "register_revision"} <= body.keys()
    default = await client.get(path, params=asked)
    assert default.status_code != 200 or (default.json()["realm"], default.json()["notice"]) == ("production", None)


STRANGE = [
    "%00",
    "%ff",
    "9" * 40,
    "-1",
    "0x10",
    "1e9",
    "٣",
    "' OR 1=1 --",
    "NaN",
    "null",
    "[]",
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    "a" * 300,
    "%F0%9F%92%A9",
    "\u202e",
]


@pytest.mark.parametrize("route", PUBLIC_ROUTES, ids=lambda route: route.path)
async def test_strange_input_is_answered_and_never_a_5xx(client, facts, table, route):
    path, asked = sample(route)
    for parameter in route.reading.all:
        for value in STRANGE:
            if parameter.place == "path":
                strange = (
                    route.path.replace("{" + parameter.name + "}", value.replace("/", ""))
                    .replace("{version}", "1")
                    .replace("{code}", "KIOSK3")
                )
                answer = await client.get(strange)
            else:
                query = "&".join(f"{name}={given}" for name, given in {**asked, parameter.name: value}.items())
                answer = await client.get(f"{path}?{query}")
            assert answer.status_code in (200, 404, 422), (answer.url, answer.text)


async def test_a_very_long_query_is_refused(client):
    answer = await client.get("/v1/units?q=" + "a" * 5000)
    assert (answer.status_code, answer.json()["code"]) == (422, "query_too_long")


async def test_another_method_and_another_path_are_problems_too(client):
    assert (await client.post("/v1/units")).status_code == 405
    missing = await client.get("/v1/nothing")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")


async def test_head_answers_what_get_answers_without_the_body(client, table):
    whole = await client.get(TABLE)
    head = await client.head(TABLE)
    assert (head.status_code, head.content) == (200, b"")
    assert [head.headers[name] for name in ("etag", "content-length", "content-type")] == [
        whole.headers[name] for name in ("etag", "content-length", "content-type")
    ]
    assert (await client.head(TABLE, headers={"If-None-Match": whole.headers["etag"]})).status_code == 304
    assert (await client.head("/v1/nothing")).status_code == 404


@pytest.mark.parametrize("period", ["\uff12\uff10\uff12\uff16", "2026-\u0660\u0661", "2026-01\n"])
async def test_a_period_in_other_digits_is_refused(client, table, period):
    answer = await client.get("/v1/league-tables/index", params={"period": period})
    assert answer.status_code == 422


async def test_the_document_is_openapi_3_1_with_titles_in_two_languages_and_an_example_for_every_parameter(client):
    document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    for route in PUBLIC_ROUTES:
        operation = document["paths"][route.path]["get"]
        assert " / " in operation["summary"]
        names = [parameter["name"] for parameter in operation["parameters"]]
        assert len(names) == len(set(names))
        assert all("example" in parameter for parameter in operation["parameters"])
    assert {"/v1/league-tables/explanation", "/v1/results/responses", "/v1/published/qd766/tables"} <= document[
        "paths"
    ].keys()


async def test_origins_are_those_of_the_settings(make_settings, resources):
    import httpx

    from scoring_api.app import create_app

    settings: Settings = make_settings(cors_origins="https://dashboard.example")
    app = create_app(settings, resources=resources)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://scoring") as client,
    ):
        ours = await client.get("/v1/instruments", headers={"Origin": "https://dashboard.example"})
        other = await client.get("/v1/instruments", headers={"Origin": "https://elsewhere.example"})
    assert ours.headers["access-control-allow-origin"] == "https://dashboard.example"
    assert "access-control-allow-origin" not in other.headers


async def test_an_unreachable_database_is_503_with_retry_after(redis_url):
    import httpx

    from scoring_api.app import create_app

    app = create_app(Settings(database_url="postgresql://nobody:x@127.0.0.1:1/none", redis_url=redis_url))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://scoring") as client,
    ):
        for path in ("/v1/units", TABLE, "/health/ready"):
            answer = await client.get(path)
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
        assert (await client.get("/health/live")).status_code == 200


async def test_metrics_count_requests_by_route(client, table):
    await client.get(TABLE)
    assert (
        'parindex_http_requests_total{route="/v1/league-tables",status="200"} 1.0'
        in (await client.get("/metrics")).text
    )


async def test_metrics_tell_how_fresh_each_realm_is_that_was_looked_at(client, facts, table, renewal):
    await facts.unmerged(DEPARTMENTS[0])
    answer = (await client.get(TABLE)).json()
    metrics = {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in (await client.get("/metrics")).text.splitlines()
        if line.startswith("parindex_scoring_")
    }
    assert metrics['parindex_scoring_not_counted{realm="synthetic"}'] == answer["not_counted"] == 1
    as_of = dt.datetime.fromisoformat(answer["as_of"]).timestamp()
    assert metrics['parindex_scoring_as_of_seconds{realm="synthetic"}'] == pytest.approx(as_of, abs=1)
    assert not any("production" in name for name in metrics)


async def test_the_service_may_read_what_it_needs_and_write_nothing(resources, table):
    import asyncpg

    async with resources.database.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM league_table")

"""`/docs` is readable on a network without internet, and on every service the same."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager

import httpx
import pytest
from prometheus_client import CollectorRegistry

from parindex.settings import Settings
from parindex.web.app import create_base_app


@pytest.fixture
async def client():
    @asynccontextmanager
    async def lifespan(_app):
        yield

    async def ready():
        return {}

    app = create_base_app(
        title="parindex test",
        description="",
        settings=Settings(redis_url="redis://127.0.0.1:1/0"),
        lifespan=lifespan,
        ready=ready,
        registry=CollectorRegistry(),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://here") as client:
        yield client


async def test_the_page_names_no_address_but_its_own(client):
    page = (await client.get("/docs")).text
    assert re.findall(r"https?://[^\s\"'<>]+|['\"]//\w[^'\"]*", page) == []
    assert '"validatorUrl": null' in page


async def test_everything_that_the_page_loads_is_served_here(client):
    page = (await client.get("/docs")).text
    loaded = re.findall(r"(?:href|src)=\"([^\"]+)\"", page) + re.findall(r"url: '([^']+)'", page)
    assert len(loaded) == 4
    kinds = {}
    for address in loaded:
        answer = await client.get(httpx.URL("http://here/docs").join(address))
        assert (answer.status_code, len(answer.content) > 300) == (200, True)
        kinds[address.rpartition(".")[2]] = answer.headers["content-type"].partition(";")[0]
    assert kinds == {
        "css": "text/css",
        "js": "text/javascript",
        "png": "image/png",
        "json": "application/json",
    }


async def test_an_asset_that_does_not_exist_is_a_problem_like_any_other(client):
    answer = await client.get("/docs/assets/../../secret")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    answer = await client.get("/docs/assets/nothing.js")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")

"""The application on the test's own database, its lifespan run by hand (httpx runs none)."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import jsonschema
import pytest

from parindex.settings import Settings
from scoring_api.app import Resources, create_app
from scoring_api.rendered import RENEW_SECONDS
from scoring_api.snapshot import Registers
from support.scoring_facts import Facts
from support.scoring_fixtures import openapi, registers, resources, with_quick_passwords
from support.worker_fixtures import template_registers

__all__ = ["openapi", "registers", "resources", "template_registers"]


class Documented:
    """Holds every answer of the application against its OpenAPI document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.paths = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"), path)
            for path in sorted(self.document["paths"], key=lambda path: path.count("{"))
        ]

    async def __call__(self, response: httpx.Response) -> None:
        await response.aread()
        path = next((path for pattern, path in self.paths if pattern.match(response.request.url.path)), None)
        if path is None or response.request.method != "GET":
            return
        documented = self.document["paths"][path]["get"]["responses"]
        assert str(response.status_code) in documented, (
            f"{path} answers {response.status_code}, which is not documented"
        )
        media_type = response.headers.get("content-type", "").split(";")[0]
        content = documented[str(response.status_code)].get("content")
        if content is None:
            assert response.content == b""
            return
        assert media_type in content
        if "json" in media_type:
            schema = {**content[media_type].get("schema", {}), "components": self.document["components"]}
            jsonschema.Draft202012Validator(schema).validate(response.json())


@pytest.fixture
async def client(settings: Settings, resources: Resources, openapi: dict[str, Any]) -> AsyncIterator[httpx.AsyncClient]:
    app = with_quick_passwords(create_app(settings, resources=resources))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://scoring") as client,
    ):
        client.app = app
        client.event_hooks = {"response": [Documented(openapi)]}
        yield client


@pytest.fixture
async def facts(connection, client, registers: dict[int, Registers]) -> Facts:
    """KIOSK3 in realm synthetic."""
    return await Facts.of(connection, next(iter(registers.values())))


@pytest.fixture
def renewal(monkeypatch):
    """The clock of the renderings stands still; call it and 250 ms are over: every rendered answer is old."""
    now = [time.monotonic()]
    clock = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr("scoring_api.rendered.time", clock)
    monkeypatch.setattr("scoring_api.route.time", clock)

    def renew() -> None:
        now[0] += RENEW_SECONDS + 0.01

    return renew

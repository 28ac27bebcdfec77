"""The pages over HTTP: a round in progress, people signed in by their cookie, and a reader of forms that knows no shortcuts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from parindex.settings import Settings
from scoring_api.app import Resources, create_app
from scoring_api.people.cookie import COOKIE
from support.forms import Page, read_page
from support.people import SignedPerson
from support.rounds import Stage
from support.scoring_fixtures import registers, resources, with_quick_passwords
from support.worker_fixtures import template_registers

__all__ = ["registers", "resources", "template_registers"]

ORIGIN = "http://127.0.0.1:8020"


@pytest.fixture
def settings(make_settings: Callable[..., Settings], tmp_path: Path) -> Settings:
    return make_settings(
        secret_keys=Fernet.generate_key().decode(),
        evidence_store=(tmp_path / "evidence").as_uri(),
        public_url=ORIGIN,
    )


@pytest.fixture
async def client(settings: Settings, resources: Resources) -> AsyncIterator[httpx.AsyncClient]:
    app = with_quick_passwords(create_app(settings, resources=resources))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client,
    ):
        client.app = app
        yield client


@pytest.fixture
async def stage(client, connection) -> Stage:
    stage = await Stage.of(client, connection)
    await stage.open()
    return stage


class Browser:
    """One person's browser: carries the cookie and an origin, follows redirects, reads pages."""

    def __init__(self, client: httpx.AsyncClient, who: SignedPerson | None) -> None:
        self._client = client
        self._headers = {"Origin": ORIGIN} | ({"Cookie": f"{COOKIE}={who.token}"} if who else {})

    async def get(self, path: str, status: int = 200) -> Page:
        answer = await self._follow(await self._client.get(path, headers=self._headers))
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
        return read_page(answer)

    async def _follow(self, answer: httpx.Response) -> httpx.Response:
        while answer.is_redirect:
            answer = await self._client.get(answer.headers["location"], headers=self._headers)
        return answer

    async def send(self, page: Page, action: str, status: int = 200, file=None, **fields: str | list[str]) -> Page:
        """Sends the page's form with that action, its fields as they stand but those named; every name must be in it."""
        form = page.form(action)
        if form.method == "get":
            answer = await self._client.get(form.action, params=form.filled(fields), headers=self._headers)
            assert answer.status_code == status, f"{form.action}: {answer.status_code} {answer.text}"
            return read_page(answer)
        answer = await self._client.post(
            form.action,
            data=form.filled(fields),
            files={"file": file} if file else None,
            headers=self._headers,
        )
        answer = await self._follow(answer)
        assert answer.status_code == status, f"{form.action}: {answer.status_code} {answer.text}"
        return read_page(answer)


@pytest.fixture
def browser(client) -> Callable[[SignedPerson | None], Browser]:
    return lambda who: Browser(client, who)

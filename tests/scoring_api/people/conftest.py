"""Officials who sign in through the door: an authority, its officer, and people with password and authenticator."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pyotp
import pytest
from cryptography.fernet import Fernet
from sqlalchemy.engine import make_url

from parindex.settings import Settings
from support.people import SignedPerson, make_person

H99 = 990_000
PASSWORD = "bốn từ dễ nhớ 2026"


@dataclass
class Official:
    """A person who set password and authenticator by an invitation."""

    client: httpx.AsyncClient
    person_id: int
    work_address: str
    secret: str
    token: str
    """Of the sign-in that the invitation ended in."""
    password: str = PASSWORD

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def code(self, ahead: int = 0) -> str:
        """The code of this moment, or of so many steps later."""
        return pyotp.TOTP(self.secret).at(int(time.time()) + 30 * ahead)

    async def sign_in(self, *, ahead: int = 0, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        given = {"work_address": self.work_address, "password": self.password, "code": self.code(ahead), **body}
        return await self.client.post("/v1/sign-in", json=given, headers=headers)


@pytest.fixture(scope="session")
async def shared_database(server_url: str, template: str) -> AsyncIterator[str]:
    """One database for this folder: what these tests write is little, and emptied before each."""
    name = f"people_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def database_url(shared_database: str) -> str:
    connection = await asyncpg.connect(shared_database)
    await connection.execute(
        "TRUNCATE tenant, person, person_secret, person_identity, person_role, sign_in, sign_in_event"
    )
    await connection.close()
    return shared_database


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(secret_keys=Fernet.generate_key().decode(), public_url="http://scoring")


@pytest.fixture
async def officer(connection, client) -> SignedPerson:
    """The officer of the invented province H99."""
    return await make_person(connection, H99, "Trần Thị Quản", ["officer"])


async def accept(client: httpx.AsyncClient, invitation: str, password: str = PASSWORD) -> tuple[str, httpx.Response]:
    """Accepts an invitation with a password and the first code: the authenticator's secret, and the last answer."""
    setup = await client.post("/v1/invitations", json={"invitation": invitation, "password": password})
    assert setup.status_code == 200, setup.text
    secret = pyotp.parse_uri(setup.json()["otpauth_uri"]).secret
    code = pyotp.TOTP(secret).now()
    return secret, await client.post("/v1/invitations", json={"invitation": invitation, "code": code})


@pytest.fixture
def join(connection, client, officer):
    """Adds a person, accepts the invitation, and makes every code usable again."""

    async def make(work_address: str = "An.Nguyen@noivu.example.vn", by: SignedPerson = officer) -> Official:
        added = await client.post(
            "/v1/persons",
            json={"name": "Nguyễn Thị An", "work_address": work_address, "why": "vào ngành"},
            headers=by.headers,
        )
        assert added.status_code == 201, added.text
        secret, done = await accept(client, added.json()["invitation"])
        assert done.status_code == 200, done.text
        await connection.execute("UPDATE person_secret SET totp_last_step = 0")
        token = done.json()["sign_in"]["token"]
        return Official(client, added.json()["person_id"], work_address.lower(), secret, token)

    return make


@pytest.fixture
def kinds(connection):
    """Kinds of events about a person, in order."""

    async def of(person_id: int) -> list[str]:
        rows = await connection.fetch(
            "SELECT kind FROM sign_in_event WHERE person_id = $1 ORDER BY recorded_at, sign_in_event_id", person_id
        )
        return [row["kind"] for row in rows]

    return of

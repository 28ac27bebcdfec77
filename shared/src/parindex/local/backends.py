"""The database and the Redis server of a run: exactly the given ones, else embedded ones in the state folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

import asyncpg

from parindex.db.address import postgres_url
from parindex.db.ownership import ROLES
from parindex.errors import Unavailable
from parindex.local.servers import EmbeddedPostgres, EmbeddedValkey
from parindex.local.state import RunFolder

DATABASE = "parindex"


@dataclass(frozen=True, slots=True)
class Backends:
    """What the services connect to. Never a fallback: a given server that does not answer is an error."""

    owner_url: str
    redis_url: str
    service_urls: Mapping[str, str]
    """Environment name -> URL of the service's own login; empty for a given database without such logins."""
    login_passwords: Mapping[str, str] = field(default_factory=dict)
    """Service -> generated password, for the embedded database only."""

    @property
    def separated(self) -> bool:
        """Whether every service has a login of its own."""
        return len(self.service_urls) == len(ROLES)

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded one in the state folder."""
        return bool(self.login_passwords)

    @property
    def name(self) -> str:
        """Short name of the database, for what is remembered about it in the state folder."""
        return "embedded" if self.embedded else hashlib.sha256(self.owner_url.encode()).hexdigest()[:12]

    @property
    def environment(self) -> dict[str, str]:
        """Environment of the commands and services: the given or generated URLs."""
        return {"DATABASE_URL": self.owner_url, "REDIS_URL": self.redis_url, **self.service_urls}

    def environment_of(self, service: str) -> dict[str, str]:
        """What one service gets: its own login and nobody else's; the owner's only where it has none."""
        own = url_variable(service)
        database = {own: self.service_urls[own]} if own in self.service_urls else {"DATABASE_URL": self.owner_url}
        return {"REDIS_URL": self.redis_url, **database}


def url_variable(service: str) -> str:
    """Environment variable of a service's own login."""
    return f"{service.replace('-', '_').upper()}_DATABASE_URL"


async def open_backends(
    folder: RunFolder, given: Mapping[str, str], stack: ExitStack, say: Callable[[str], None]
) -> Backends:
    """Starts what was not given and registers its end with the stack. Raises Unavailable with a clear sentence."""
    redis_url = given.get("REDIS_URL") or _embedded_valkey(folder, stack)
    say(
        "Redis: the one of REDIS_URL"
        if given.get("REDIS_URL")
        else "embedded Valkey runs (doorbell only, nothing is kept in it)"
    )
    if owner_url := given.get("DATABASE_URL"):
        await _answers(owner_url)
        own = {name: given[name] for name in map(url_variable, ROLES) if given.get(name)}
        say(
            "database: the one of DATABASE_URL"
            + (
                ""
                if len(own) == len(ROLES)
                else "; services without a login of their own SET ROLE on it, so their separation is not enforced"
            )
        )
        return Backends(owner_url, redis_url, own)
    server = EmbeddedPostgres(folder.path / "postgres")
    stack.callback(server.stop)
    server.start()
    await _ensure_database(server)
    passwords = {service: folder.secret(service) for service in ROLES}
    urls = {url_variable(service): server.url(DATABASE, role, passwords[service]) for service, role in ROLES.items()}
    say("embedded Postgres runs; each service has its own login")
    return Backends(server.url(DATABASE), redis_url, urls, passwords)


def _embedded_valkey(folder: RunFolder, stack: ExitStack) -> str:
    valkey = EmbeddedValkey(folder.path / "valkey")
    stack.callback(valkey.stop)
    valkey.start()
    return valkey.url


async def _answers(url: str) -> None:
    try:
        connection = await asyncpg.connect(postgres_url(url).render_as_string(hide_password=False), timeout=10)
        await connection.close()
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise Unavailable(
            f"The database of DATABASE_URL does not answer ({error}).",
            hint="Start it or correct DATABASE_URL; without DATABASE_URL an embedded Postgres is used.",
        ) from None


async def _ensure_database(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()

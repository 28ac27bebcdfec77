"""Real service processes for tests: started, killed, ended by the process object that was started, never by name.

A `Site` is one deployment: owner's database URL, Redis URL, and the services of one test on ports of their own.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import asyncpg
import httpx

from parindex.local.servers import free_port
from parindex.register.roles import acting_as
from support.until import until
from survey_ingest import credentials

STOP_SECONDS = 30


@dataclass
class ServiceProcess:
    """One service as a child process. `start` may follow `kill` or `terminate`: the port stays the same."""

    module: str
    environment: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Starts the process and returns when it says that it is ready."""
        self.process = self._launched()
        async with httpx.AsyncClient(base_url=self.url, timeout=5) as client:
            try:
                await until(lambda: self._ready(client))
            except TimeoutError:
                self._fail()

    def _launched(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", self.module, "--port", str(self.port)],
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _fail(self) -> NoReturn:
        assert self.process is not None
        message = f"{self.module} is not ready (exit code {self.process.poll()}): {self.last_words()}"
        raise AssertionError(message)

    async def _ready(self, client: httpx.AsyncClient) -> bool:
        if self.process is None or self.process.poll() is not None:
            self._fail()
        try:
            return (await client.get("/health/ready")).status_code == 200
        except httpx.TransportError:
            return False

    async def metric(self, name: str) -> float:
        """Value of a metric without labels, as /metrics prints it."""
        async with httpx.AsyncClient(base_url=self.url, timeout=5) as client:
            text = (await client.get("/metrics")).text
        (line,) = [line for line in text.splitlines() if line.startswith(f"{name} ")]
        return float(line.split()[1])

    def kill(self) -> None:
        """SIGKILL: nothing of the process's own runs any more."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(STOP_SECONDS)

    async def terminate(self) -> int:
        """SIGTERM, then waits for the end. The exit code; raises subprocess.TimeoutExpired when it does not end."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, STOP_SECONDS)

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])


@dataclass
class Site:
    """One deployment of the product under test."""

    owner_url: str
    redis_url: str
    folder: Path
    logins: Mapping[str, str] = field(default_factory=dict)
    """Environment name -> URL of a service's own login; without one the service takes its role on the owner's URL."""
    started: list[ServiceProcess] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PARINDEX_", "TEST_"))}
        return {**kept, "DATABASE_URL": self.owner_url, "REDIS_URL": self.redis_url, **self.logins}

    def service(self, module: str, **environment: str) -> ServiceProcess:
        """A service of this site that is not started yet; it ends with the site at the latest."""
        number = len(self.started)
        service = ServiceProcess(module, {**self.environment, **environment}, self.folder / f"{module}-{number}.log")
        self.started.append(service)
        return service

    async def start(self, *modules: str) -> list[ServiceProcess]:
        """Starts services at the same time; returns them in the order named."""
        services = [self.service(module) for module in modules]
        await asyncio.gather(*(service.start() for service in services))
        return services

    def command(self, *arguments: str) -> str:
        """Runs the `parindex` command as an operator would; what it printed. Fails with what it said when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "parindex.cli", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"parindex {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """An owner's connection, opened for the block only: the server may be killed between two blocks."""
        connection = await asyncpg.connect(self.owner_url)
        try:
            yield connection
        finally:
            await connection.close(timeout=5)

    async def register_system(self, name: str, unit_ids: Sequence[int], realm: str) -> credentials.IssuedCredential:
        """A sending system with its credential."""
        async with self.connection() as connection, connection.transaction(), acting_as(connection, "survey-ingest"):
            return await credentials.create_system(
                connection, name=name, realm=realm, unit_ids=unit_ids, now=dt.datetime.now(dt.UTC)
            )

    async def drained(self) -> None:
        """Returns when the worker has merged and renewed everything that is committed."""
        async with self.connection() as connection:
            await until(lambda: _nothing_waits(connection))

    def end(self) -> None:
        """Kills what still runs of the services started here."""
        for service in self.started:
            service.kill()


async def _nothing_waits(connection: asyncpg.Connection) -> bool:
    waits = await connection.fetchval("SELECT EXISTS (SELECT FROM response_delta) OR EXISTS (SELECT FROM due)")
    return not waits

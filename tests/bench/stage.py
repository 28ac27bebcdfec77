"""What every measurement stands on: embedded servers, a migrated database, service processes, a token, synthetic items."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from parindex.db.catalogue import load_units
from parindex.db.migrate import migrate
from parindex.local.servers import EmbeddedPostgres, EmbeddedValkey, free_port
from parindex.register.load import load_everything
from survey_ingest.credentials import create_system

ROOT = Path(__file__).resolve().parents[2]
UNITS = [f"H99.{number}" for number in range(101, 125)] + [f"H99.{number:02d}" for number in range(1, 9)]


@dataclass
class Stage:
    """Running servers and processes; `close` ends exactly these."""

    folder: Path
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The owner's URL."""
        return self.postgres.url("parindex")

    @property
    def psql(self) -> list[str]:
        """psql of the same server version, connected as the owner."""
        return [str(self.postgres._binaries / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", self.url]

    def start(self, name: str, *command: str, port: int | None = None) -> int:
        """Starts a process that serves on a port; returns when it answers there."""
        port = port or free_port()
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "DATABASE_URL": self.url,
            "REDIS_URL": self.valkey.url,
            "PARINDEX_LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT / "tests"),
        }
        for service, role in (
            ("SURVEY_INGEST", "parindex_survey_ingest"),
            ("SCORING_API", "parindex_scoring_api"),
            ("RANKING_WORKER", "parindex_ranking_worker"),
        ):
            environment[f"{service}_DATABASE_URL"] = self.postgres.url("parindex", role, "bench")
        log = (self.folder / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            [sys.executable, *command, "--port", str(port)], env=environment, stdout=log, stderr=log
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=2).status_code == 200:
                    self.ports[name] = port
                    return port
            except httpx.TransportError:
                pass
            if self.processes[name].poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"{name} did not start: see {self.folder / (name + '.log')}")

    def stop(self, name: str) -> None:
        """Ends one process in order."""
        process = self.processes.pop(name)
        process.terminate()
        process.wait(30)

    def close(self) -> None:
        """Ends everything that was started and removes the folder."""
        for name in list(self.processes):
            self.stop(name)
        self.valkey.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def token(self, port: int, name: str = "bench", realm: str = "synthetic") -> str:
        """A bearer token of a new sending system for the invented province H99."""
        connection = await asyncpg.connect(self.url)
        try:
            units = await load_units(connection)
            root = units.resolve("h_code", "H99", dt.datetime.now(dt.UTC).date(), realm).unit_id
            async with connection.transaction():
                issued = await create_system(
                    connection,
                    name=f"{name}-{time.time_ns()}",
                    realm=realm,
                    unit_ids=[root],
                    now=dt.datetime.now(dt.UTC),
                )
                await connection.execute(
                    "UPDATE sending_system SET items_per_minute = 100000000, requests_per_minute = 100000000"
                )
        finally:
            await connection.close()
        async with httpx.AsyncClient() as client:
            answer = await client.post(
                f"http://127.0.0.1:{port}/v1/token",
                data={
                    "grant_type": "client_credentials",
                    "client_id": issued.credential_id,
                    "client_secret": issued.secret,
                },
            )
            answer.raise_for_status()
            return str(answer.json()["access_token"])


@contextmanager
def staged() -> Iterator[Stage]:
    """A stage with a migrated and loaded database. Durable as in production: fsync and synchronous_commit on."""
    folder = ROOT / ".state" / "bench" / str(os.getpid())
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(
        folder,
        EmbeddedPostgres(folder / "postgres", {"shared_buffers": "1GB", "max_wal_size": "8GB"}),
        EmbeddedValkey(folder / "valkey"),
    )
    try:
        stage.postgres.start()
        stage.valkey.start()
        asyncio.run(_prepare(stage))
        yield stage
    finally:
        stage.close()


async def _prepare(stage: Stage) -> None:
    connection = await asyncpg.connect(stage.postgres.url("postgres"))
    await connection.execute("CREATE DATABASE parindex")
    await connection.close()
    await migrate(
        stage.url,
        today=dt.datetime.now(dt.UTC).date(),
        login_passwords=dict.fromkeys(("survey-ingest", "scoring-api", "ranking-worker"), "bench"),
    )
    await load_everything(stage.url)


def items(count: int, *, seed: int, days: int = 30) -> Iterator[dict[str, object]]:
    """Synthetic counter responses by rule and seed: KIOSK3 with a dossier code each."""
    chance = random.Random(seed)
    now = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(minutes=1)
    for number in range(count):
        unit = UNITS[chance.randrange(len(UNITS))]
        answered = now - dt.timedelta(seconds=chance.randrange(days * 86400))
        yield {
            "response_id": f"{seed}-{number}",
            "unit_code": unit,
            "instrument": "KIOSK3",
            "instrument_version": "1",
            "answered_at": answered.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "stage": "result",
            "collected_via": "kiosk",
            "mode": "self",
            "overall": chance.choices((5, 4, 2), (70, 26, 4))[0],
            "dossier_code": f"{unit}-{answered:%y%m%d}-{seed % 100:02d}{number:05d}",
            "procedure_code": f"1.{chance.randrange(300):06d}",
            "service_channel": "direct",
        }


def batches(count: int, size: int, *, seed: int, days: int = 1) -> list[bytes]:
    """Bodies of whole batches."""
    source = items(count * size, seed=seed, days=days)
    return [json.dumps([next(source) for _ in range(size)]).encode() for _ in range(count)]

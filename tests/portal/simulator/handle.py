"""For tests: a simulator as a child process, with its control API and its books. Needs httpx and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

TESTS = Path(__file__).resolve().parents[2]
START_SECONDS = 60
DSTCODE = "VN:GOV:000.00.00.G22:vpcpdvcprovider"


@dataclass
class Simulator:
    """A running simulator. `control` and `books` speak to it as a person would; a product under test only gets `url`."""

    url: str
    client: httpx.Client = field(repr=False)
    secure_url: str | None = None

    def control(self, **wanted: Any) -> dict[str, Any]:
        """`POST /__dieu-khien`. Fails with what the simulator says does not fit."""
        response = self.client.post("/__dieu-khien", json=wanted)
        assert response.status_code == 200, response.text
        return response.json()

    def reset(self, seed: int = 1, **wanted: Any) -> dict[str, Any]:
        """As if just started, then the rest of `control`."""
        return self.control(reset=True, seed=seed, **wanted)

    def fault(self, kind: str, endpoint: str = "*", **wanted: Any) -> None:
        """One more fault, as the control API names it (`calls=1`, `probability=0.2`, `**{"from": ...}`)."""
        self.control(add_faults=[{"kind": kind, "endpoint": endpoint, **wanted}])

    def books(self, **query: Any) -> dict[str, Any]:
        """`GET /__so-sach`, narrowed by `kind`, `endpoint`; with the items' bodies for `bodies=1`."""
        return self.client.get("/__so-sach", params=query).raise_for_status().json()

    def committed(self, kind: str) -> list[tuple[str, str]]:
        """(key, digest) of every committed item of a kind, in order: an item committed twice stands there twice."""
        return [(entry["key"], entry["digest"]) for entry in self.books(kind=kind)["committed"]]


@contextmanager
def running(
    seed: int = 1, *, small: bool = True, at: str | None = None, rate: float = 1.0, tls_folder: Path | None = None
) -> Iterator[Simulator]:
    """Starts a simulator and ends it by its process. `at` and `rate` set its clock (`control(clock=...)` later).

    With `tls_folder` it answers at `secure_url` too; a client trusts `ca.pem` there.
    """
    command = [sys.executable, "-m", "portal.simulator", "--port", "0", "--seed", str(seed), "--say-only-address"]
    command += ["--rate", str(rate), *(["--at", at] if at else []), *(["--small"] if small else [])]
    command += ["--tls-folder", str(tls_folder)] if tls_folder else []
    process = subprocess.Popen(
        command, cwd=TESTS, env={**os.environ, "PYTHONPATH": str(TESTS)}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        url, *secure = process.stdout.readline().split()
        with httpx.Client(base_url=url, timeout=30, trust_env=False, verify=False) as client:
            _answering(client)
            yield Simulator(url, client, *secure)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _answering(client: httpx.Client) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            client.get("/__dieu-khien").raise_for_status()
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return

"""The three services as child processes of `make run`: started together, watched, ended in order."""

from __future__ import annotations

import base64
import hashlib
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from parindex.editions.keys import new_key
from parindex.errors import Conflict, Unavailable
from parindex.local.processes import end, mark_of, read_mark
from parindex.local.state import RunFolder

READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ServiceProcess:
    """How one service is started: its module and the port it answers on."""

    name: str
    module: str
    port: int
    option: str
    """The launcher's option that chooses the port."""

    @property
    def url(self) -> str:
        """Base URL on this machine."""
        return f"http://127.0.0.1:{self.port}"


def the_services(ingest_port: int, scoring_port: int, worker_port: int) -> list[ServiceProcess]:
    """The three services in the order in which they are ended: no new response first, then nothing to merge, then no reader."""
    return [
        ServiceProcess("survey-ingest", "survey_ingest", ingest_port, "--ingest-port"),
        ServiceProcess("ranking-worker", "ranking_worker", worker_port, "--worker-port"),
        ServiceProcess("scoring-api", "scoring_api", scoring_port, "--scoring-port"),
    ]


def settings_of_scoring(folder: RunFolder, url: str, given: Mapping[str, str]) -> dict[str, str]:
    """What signing in, evidence and webhooks to this machine need, for scoring-api and the worker, kept in the run's folder and the same at every start; given settings go before."""
    key = hashlib.sha256(folder.secret("secret-keys").encode()).digest()
    own = {
        "PARINDEX_SECRET_KEYS": base64.urlsafe_b64encode(key).decode(),
        "PARINDEX_PUBLIC_URL": url,
        "PARINDEX_EVIDENCE_STORE": f"file://{folder.path / 'evidence'}",
        "PARINDEX_WEBHOOK_PRIVATE": "True",
    }
    return {name: given.get(name) or value for name, value in own.items()}


def settings_of_worker(folder: RunFolder, given: Mapping[str, str]) -> dict[str, str]:
    """The key that signs editions, kept in the run's folder and the same at every start; a given one goes before."""
    if given.get("PARINDEX_SIGNING_KEY_FILE"):
        return {}
    key = folder.path / "signing-key.pem"
    if not key.exists():
        new_key(key)
    return {"PARINDEX_SIGNING_KEY_FILE": str(key)}


def refuse_taken_ports(services: list[ServiceProcess]) -> None:
    """Raises Conflict naming each port that another program listens on."""
    taken = [service for service in services if _taken(service.port)]
    if taken:
        named = ", ".join(f"port {service.port} ({service.name})" for service in taken)
        raise Conflict(
            f"Another program already uses {named}.",
            code="port_taken",
            hint=f"End it, or choose other ports: make run ARGS='{' '.join(f'{service.option} {service.port + 100}' for service in taken)}'",
        )


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


@dataclass
class RunningServices:
    """The service processes that one start of the launcher made."""

    folder: RunFolder
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def end_leftovers(self, services: list[ServiceProcess]) -> list[str]:
        """Ends exactly the services that an earlier, killed start recorded and left running. Returns their names."""
        left = [(service.name, mark) for service in services if (mark := read_mark(self.folder.record(service.name)))]
        for _, mark in left:
            end(mark)
        return [name for name, _ in left]

    def start(self, service: ServiceProcess, environment: Mapping[str, str]) -> None:
        """Starts one service in a session of its own, so that the terminal's Ctrl-C reaches only the launcher."""
        command = [sys.executable, "-m", "parindex.local.child", str(self.folder.record(service.name))]
        command += [sys.executable, "-m", service.module, "--host", "127.0.0.1", "--port", str(service.port)]
        with self.folder.log(service.name).open("ab") as log:
            self.processes[service.name] = subprocess.Popen(
                command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def wait_until_ready(self, services: list[ServiceProcess], client: httpx.Client) -> None:
        """Returns when every service says that it is ready. Raises Unavailable with the last words of one that is not."""
        deadline = time.monotonic() + READY_SECONDS
        waiting = list(services)
        while waiting:
            self.raise_if_one_ended()
            waiting = [service for service in waiting if not _ready(service, client)]
            if waiting and time.monotonic() > deadline:
                raise Unavailable(
                    f"{waiting[0].name} did not become ready within {READY_SECONDS} seconds: {self._last_words(waiting[0].name)}",
                    hint=f"Its log is {self.folder.log(waiting[0].name)}.",
                )
            time.sleep(0.05 if waiting else 0)

    def raise_if_one_ended(self) -> None:
        """Raises Unavailable when a service ended by itself, with its last words."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise Unavailable(
                    f"{name} ended by itself (exit code {process.returncode}): {self._last_words(name)}",
                    hint=f"Its log is {self.folder.log(name)}.",
                )

    def stop(self) -> None:
        """Ends every service in order: each finishes what it acknowledged."""
        for name, process in self.processes.items():
            if process.poll() is None and (mark := mark_of(process.pid)):
                end(mark)
                process.wait()
            self.folder.record(name).unlink(missing_ok=True)
        self.processes.clear()

    def _last_words(self, name: str) -> str:
        lines = [line for line in self.folder.log(name).read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1][-600:] if lines else "it said nothing"


def _ready(service: ServiceProcess, client: httpx.Client) -> bool:
    try:
        return client.get(f"{service.url}/health/ready", timeout=2).status_code == 200
    except httpx.TransportError:
        return False

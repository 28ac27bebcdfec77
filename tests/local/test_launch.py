"""`parindex run` as a newcomer meets it: started, killed, started again, run twice, stopped; real processes throughout."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from parindex.local.afternoon import Post, afternoon
from parindex.local.processes import read_mark, started
from parindex.local.servers import free_port
from parindex.local.state import RunFolder

pytestmark = pytest.mark.processes
CHILDREN = ("survey-ingest", "ranking-worker", "scoring-api")


class Run:
    """One `parindex run` with ports of its own, whose words are read line by line."""

    def __init__(self, state: Path, *options: str, ports: list[int] | None = None, terminal: bool = False) -> None:
        self.ports = ports or [free_port() for _ in range(3)]
        self.state = state
        without = ("DATABASE_URL", "REDIS_URL", "FORCE_COLOR")
        kept = {name: value for name, value in os.environ.items() if not name.endswith(without)}
        if terminal:
            kept["FORCE_COLOR"] = "1"
        named = zip(("--ingest-port", "--scoring-port", "--worker-port"), map(str, self.ports), strict=True)
        command = [
            sys.executable,
            "-m",
            "parindex.cli",
            "run",
            "--state",
            str(state),
            *(part for pair in named for part in pair),
            *options,
        ]
        self.process = subprocess.Popen(
            command, env=kept, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        self.said = ""

    def until(self, words: str) -> str:
        """Reads until a line holds the words; fails with everything said when the run ends first."""
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return line
        raise AssertionError(f"{words!r} was never said, but:\n{self.said}")

    def end(self, how: signal.Signals | None = None) -> int:
        if how is not None:
            self.process.send_signal(how)
        self.said += self.process.stdout.read() if how != signal.SIGKILL else ""
        self.process.stdout.close()
        return self.process.wait(60)

    def running_children(self) -> list[str]:
        return [name for name in CHILDREN if read_mark(self.state / "processes" / f"{name}.json")]

    def table(self, period: str) -> dict:
        query = {"scope": "H99", "block": "department", "period": period, "instrument": "KIOSK3", "realm": "synthetic"}
        return httpx.get(f"http://127.0.0.1:{self.ports[1]}/v1/league-tables", params=query, trust_env=False).json()


@pytest.fixture
def state(session_folder: Path) -> Iterator[Path]:
    path = session_folder / f"run-{uuid.uuid4().hex[:6]}"
    yield path
    for name in CHILDREN:
        if mark := read_mark(path / "processes" / f"{name}.json"):
            os.kill(mark.pid, signal.SIGKILL)
    for server in (path / "postgres", path / "valkey"):
        for pid in leftover_servers(server):
            os.kill(pid, signal.SIGKILL)
    if (note := path / "postgres" / "postgres-folder").exists():
        shutil.rmtree(note.read_text(), ignore_errors=True)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def start(state: Path) -> Iterator[Callable[..., Run]]:
    """Starts runs on the test's state folder; whatever the test leaves running is ended."""
    runs: list[Run] = []

    def begin(*options: str, **choices: Any) -> Run:
        runs.append(Run(state, *options, **choices))
        return runs[-1]

    yield begin
    for run in runs:
        run.process.kill()
        run.process.wait()
        run.process.stdout.close()


def leftover_servers(folder: Path) -> list[int]:
    note = folder / "postgres-folder"
    home = Path(note.read_text()) if note.exists() else folder
    found = [int(path.read_text().splitlines()[0]) for path in home.glob("postgres-*/postmaster.pid")]
    found += [mark.pid for path in folder.glob("valkey.json") if (mark := read_mark(path))]
    return [pid for pid in found if started(pid)]


def counted_departments(day: str) -> int:
    """By the contract's rules, worked out from the items alone: one response per dossier, less one withdrawn by its citizen."""
    items = [item for step in afternoon_of(day) if isinstance(step, Post) for item in step.items]
    return len({item["dossier_code"] for item in items if re.fullmatch(r"H99\.0\d", item["unit_code"])}) - 1


def afternoon_of(day: str):
    import datetime as dt

    return afternoon(dt.date.fromisoformat(day))


def test_a_run_killed_in_the_middle_is_healed_finished_once_and_ends_quietly(state, start):
    first = start(terminal=True)
    first.until("14:0")
    assert "\x1b[" in first.said, "the live display was meant"
    first.end(signal.SIGKILL)
    assert first.running_children() == list(CHILDREN)
    assert len(leftover_servers(state / "postgres") + leftover_servers(state / "valkey")) == 2

    second = start("--exit-after-demo")
    second.until("ended ranking-worker, left by a run that was killed")
    second.until("it goes on from there")
    assert second.end() == 0, second.said
    assert "duplicate" in second.said
    assert "client_secret=" in second.said
    assert second.running_children() == []
    assert leftover_servers(state / "postgres") + leftover_servers(state / "valkey") == []

    third = start()
    third.until("was posted by an earlier start")
    third.until("Ctrl-C ends everything")
    day = RunFolder(state).fact("afternoon-embedded")["day"]
    table = third.table(day[:7])
    assert sum(row["responses"] for row in table["rows"]) == counted_departments(day)

    other = start()
    assert other.end() == 2
    assert f"pid {third.process.pid}) already runs" in other.said

    commands = [line.strip() for line in third.said.splitlines() if line.startswith("  curl")]
    assert len(commands) == 2
    posted, read = (
        subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout for command in commands
    )
    assert '"verdict":"accepted"' in posted
    assert '"realm":"synthetic"' in read

    assert third.end(signal.SIGTERM) == 0
    assert third.said.endswith("Everything that was started has ended.\n")
    assert third.running_children() == []
    assert leftover_servers(state / "postgres") + leftover_servers(state / "valkey") == []


def test_a_first_start_killed_while_it_prepares_is_healed_by_the_next(state, start):
    first = start("--no-demo")
    first.until("embedded Postgres runs")
    first.end(signal.SIGKILL)
    second = start("--no-demo", "--exit-after-demo")
    second.until("units added")
    second.until("ready after")
    assert second.end() == 0, second.said


def test_a_taken_port_is_a_sentence_and_nothing_stays_running(state, start):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = start(ports=[free_port(), port, free_port()])
        assert run.end() == 2
    assert f"port {port} (scoring-api)" in run.said
    assert "Traceback" not in run.said
    assert leftover_servers(state / "postgres") == []


def test_a_given_database_that_is_away_is_never_replaced_by_another(state, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"postgresql://owner@127.0.0.1:{free_port()}/parindex")
    command = [sys.executable, "-m", "parindex.cli", "run", "--state", str(state)]
    ports = [option for name in ("ingest", "scoring", "worker") for option in (f"--{name}-port", str(free_port()))]
    answer = subprocess.run([*command, *ports], capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "The database of DATABASE_URL does not answer" in answer.stderr
    assert not (state / "postgres").exists()

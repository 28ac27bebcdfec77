"""Processes known by pid and start time, so that nobody else's process is ever ended after a pid was used again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mark:
    """Which process: its pid and when the system says that it started (an opaque text)."""

    pid: int
    started: str


def started(pid: int) -> str | None:
    """When the process started, as the system tells it; None when there is no such process (a zombie counts as none)."""
    if sys.platform == "linux":
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return None if after_name[0] == "Z" else f"{boot}/{after_name[19]}"
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    state, _, since = answer.partition(" ")
    return since.strip() if since and not state.startswith("Z") else None


def command_line(pid: int) -> str:
    """The process's command line, or '' when there is no such process."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except (FileNotFoundError, ProcessLookupError):
            return ""
    return subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()


def mark_of(pid: int) -> Mark | None:
    """The mark of a running process, or None."""
    since = started(pid)
    return Mark(pid, since) if since else None


def write_mark(path: Path, mark: Mark) -> None:
    """Records the mark in a file, whole or not at all."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps({"pid": mark.pid, "started": mark.started}))
    unfinished.replace(path)


def read_mark(path: Path) -> Mark | None:
    """The mark recorded in a file, if that very process still runs."""
    try:
        known = json.loads(path.read_text())
        mark = Mark(int(known["pid"]), str(known["started"]))
    except (FileNotFoundError, ValueError, KeyError):
        return None
    return mark if started(mark.pid) == mark.started else None


def end(mark: Mark, *, how: signal.Signals = signal.SIGTERM, seconds: float = 20) -> None:
    """Ends that very process: asks with `how`, and after `seconds` kills it. Does nothing when it is gone already."""
    for signal_number, limit in ((how, seconds), (signal.SIGKILL, 10.0)):
        if started(mark.pid) != mark.started:
            return
        try:
            os.kill(mark.pid, signal_number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline and started(mark.pid) == mark.started:
            time.sleep(0.02)

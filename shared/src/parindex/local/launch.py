"""`make run` from start to end: servers, schema, registers, services, the demonstration, and a quiet stop in order."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import httpx
from rich.console import Console

from parindex.local.backends import Backends, open_backends
from parindex.local.demonstration import Demonstration
from parindex.local.places import Places
from parindex.local.prepare import prepare
from parindex.local.services import (
    RunningServices,
    ServiceProcess,
    refuse_taken_ports,
    settings_of_scoring,
    settings_of_worker,
    the_services,
)
from parindex.local.state import RunFolder

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PLAIN_WIDTH = 120


class Stop(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal: everything started is to be ended, in order."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `parindex run` was asked."""

    state: Path
    ingest_port: int = 8010
    scoring_port: int = 8020
    worker_port: int = 8030
    demo: bool = True
    exit_after_demo: bool = False


class Launch:
    """One run of everything on this machine."""

    def __init__(self, options: Options, console: Console | None = None) -> None:
        self.options = options
        self.console = console or Console(highlight=False)
        if not self.console.is_terminal:
            self.console = Console(file=self.console.file, highlight=False, width=PLAIN_WIDTH)
        self.services = the_services(options.ingest_port, options.scoring_port, options.worker_port)

    def run(self) -> int:
        """Runs until Ctrl-C. Returns the exit code; raises ParindexError with a clear sentence after ending what it started."""
        handlers = {number: signal.signal(number, _raise_stop) for number in STOP_SIGNALS}
        stack = ExitStack()
        try:
            try:
                self._start_and_show(stack)
            finally:
                _ignore_signals()
                stack.close()
        except Stop:
            self.console.print("Everything that was started has ended.")
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        return 0

    def _start_and_show(self, stack: ExitStack) -> None:
        began = time.monotonic()
        folder = RunFolder(self.options.state)
        folder.take()
        stack.callback(folder.release)
        folder.sign(os.getpid())
        running = RunningServices(folder)
        for name in running.end_leftovers(self.services):
            self._say(f"ended {name}, left by a run that was killed")
        refuse_taken_ports(self.services)
        backends = asyncio.run(open_backends(folder, os.environ, stack, self._say))
        urls = {service.name: service.url for service in self.services}
        people = settings_of_scoring(folder, urls["scoring-api"], os.environ)
        self._write_environment(folder, {**backends.environment, **people})
        prepare(backends, folder, self._say)
        client = stack.enter_context(httpx.Client(timeout=30, trust_env=False))
        stack.callback(running.stop)
        for service in self.services:
            more = {} if service.name == "survey-ingest" else people
            if service.name == "ranking-worker":
                more = {**more, **settings_of_worker(folder, os.environ)}
            running.start(service, {**self._environment_of(service, backends), **more})
        running.wait_until_ready(self.services, client)
        self._say(
            f"ready after {time.monotonic() - began:.1f} s: {', '.join(f'{service.name} {service.url}' for service in self.services)}"
        )
        if self.options.demo:
            places = Places(ingest=urls["survey-ingest"], scoring=urls["scoring-api"], worker=urls["ranking-worker"])
            Demonstration(self.console, client, folder, backends.name, backends.environment, places).show()
        if self.options.exit_after_demo:
            return
        self.console.print("\nRunning. Ctrl-C ends everything that was started.")
        while True:
            running.raise_if_one_ended()
            time.sleep(0.5)

    def _environment_of(self, service: ServiceProcess, backends: Backends) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name != "PARINDEX_STATE" and not name.endswith(("DATABASE_URL", "REDIS_URL"))
        }
        return {**kept, **backends.environment_of(service.name)}

    def _write_environment(self, folder: RunFolder, environment: Mapping[str, str]) -> None:
        """For commands in another terminal: `set -a; . .state/run/env; set +a`."""
        folder.write_private("env", "".join(f"{name}={shlex.quote(value)}\n" for name, value in environment.items()))

    def _say(self, sentence: str) -> None:
        self.console.print("·" if self.console.is_terminal else "-", sentence, markup=False, soft_wrap=True)


def _raise_stop(_number: int, _frame: FrameType | None) -> None:
    raise Stop


def _ignore_signals() -> None:
    """While things are being ended, a second Ctrl-C changes nothing."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)

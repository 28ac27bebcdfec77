"""The one folder that `make run` keeps its state in, and the lock that only one run at a time may hold."""

from __future__ import annotations

import fcntl
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from parindex.errors import Conflict
from parindex.local.servers import remembered_secret, writable_folder


@dataclass
class RunFolder:
    """Paths and small remembered facts. Every file is written whole or not at all, so a kill leaves nothing half-done."""

    path: Path
    _lock: TextIO | None = None

    def take(self) -> None:
        """Makes the folder and takes its lock. Raises ParindexError where it cannot be written, Conflict while another run holds it."""
        self.path = writable_folder(self.path).resolve()
        for name in ("logs", "processes"):
            writable_folder(self.path / name)
        lock = (self.path / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise Conflict(
                f"Another `make run` (pid {holder or 'unknown'}) already runs on {self.path}.",
                code="already_running",
                hint="End it with Ctrl-C, or give this one its own folder and ports (see `parindex run --help`).",
            ) from None
        self._lock = lock

    def sign(self, pid: int) -> None:
        """Writes the holder's pid into the lock file, for the sentence that a second run prints."""
        assert self._lock is not None, "take() comes first"
        self._lock.truncate(0)
        self._lock.write(f"{pid}\n")
        self._lock.flush()

    def release(self) -> None:
        """Gives the lock back."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def record(self, name: str) -> Path:
        """Where the mark of the child `name` stands."""
        return self.path / "processes" / f"{name}.json"

    def log(self, name: str) -> Path:
        """Log file of the child `name`."""
        return self.path / "logs" / f"{name}.log"

    def secret(self, name: str) -> str:
        """A generated secret, the same at every start."""
        return remembered_secret(self.path, name)

    def fact(self, name: str) -> Any:
        """A remembered JSON value, or None."""
        try:
            return json.loads((self.path / f"{name}.json").read_text())
        except FileNotFoundError:
            return None

    def remember(self, name: str, value: Any) -> None:
        """Remembers a JSON value, readable by the owner only."""
        self.write_private(f"{name}.json", json.dumps(value, ensure_ascii=False, indent=1))

    def write_private(self, name: str, text: str) -> Path:
        """Writes a file that only its owner may read, whole or not at all."""
        path = self.path / name
        unfinished = path.with_name(path.name + ".unfinished")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        unfinished.write_text(text)
        return unfinished.replace(path)

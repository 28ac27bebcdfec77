"""The invented sending systems of the afternoon, one per invented province: made once by the same command an operator uses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parindex.errors import ParindexError
from parindex.local.state import RunFolder

REALM = "synthetic"
SYSTEM_EXISTS = "already has a system"


@dataclass(frozen=True, slots=True)
class Sender:
    """A credential of one sending system."""

    client_id: str
    client_secret: str


class Senders:
    """Credentials of this run's database, remembered in the state folder (readable by its owner only)."""

    def __init__(self, folder: RunFolder, database: str, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.fact = f"senders-{database}"
        self.environment = environment

    def sender(self, province: str) -> Sender:
        """The credential for the province with this code; made on first use. Raises ParindexError when the command refuses."""
        known: dict[str, Any] = self.folder.fact(self.fact) or {}
        if province not in known:
            issued = json.loads(self._create(f"Một cửa minh họa {province}", province))
            known[province] = {"client_id": issued["client_id"], "client_secret": issued["client_secret"]}
            self.folder.remember(self.fact, known)
        return Sender(**known[province])

    def _create(self, name: str, province: str) -> str:
        created = self._command("create", name, "--unit", province, "--realm", REALM, "--json")
        if created.returncode and SYSTEM_EXISTS in created.stderr:
            created = self._command("rotate", self._credential_of(name), "--overlap-hours", "0", "--json")
        if created.returncode:
            raise ParindexError(f"The sending system {name!r} could not be made: {created.stderr.strip()}")
        return created.stdout

    def _credential_of(self, name: str) -> str:
        """A credential that still holds of a system whose secret was lost when an earlier start was killed."""
        lines = self._command("list").stdout.splitlines()
        holding = [line.split()[0] for line in lines if f"  {name}  " in line and line.endswith("holds")]
        if not holding:
            raise ParindexError(
                f"The sending system {name!r} has no credential that holds.", hint="See: parindex systems list"
            )
        return holding[-1]

    def _command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        inherited = {name: value for name, value in os.environ.items() if name != "PARINDEX_STATE"}
        environment = {**inherited, **self.environment, "COLUMNS": "400"}
        return subprocess.run(
            [sys.executable, "-m", "parindex.cli", "systems", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

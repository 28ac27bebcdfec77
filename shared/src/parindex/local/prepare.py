"""Brings the run's database to the newest schema and registers; on the embedded one only when something may have changed."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path

import parindex
from parindex.engine.period import local_day
from parindex.local.backends import Backends
from parindex.local.state import RunFolder

FACT = "prepared"


def prepare(backends: Backends, folder: RunFolder, say: Callable[[str], None]) -> None:
    """Migrates and loads. A given database is always asked; the embedded one lies beside the note of what it holds."""
    today = local_day(dt.datetime.now(dt.UTC))
    wanted = fingerprint(today)
    if backends.embedded and folder.fact(FACT) == wanted:
        say("schema and registers are as the last start left them")
        return
    from parindex.db.migrate import migrate  # noqa: PLC0415 (a quick second start does without Alembic)
    from parindex.register.load import load_everything  # noqa: PLC0415

    asyncio.run(migrate(backends.owner_url, today=today, login_passwords=dict(backends.login_passwords)))
    say("schema at its newest form")
    for sentence in asyncio.run(load_everything(backends.owner_url)):
        say(sentence)
    folder.remember(FACT, wanted)


def fingerprint(today: dt.date) -> str:
    """Digest of every file of this package (code, migrations, data) and of the month that partitions are made for."""
    root = Path(parindex.__file__).parent
    digest = hashlib.sha256(f"{today:%Y-%m}".encode())
    for path in sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()

"""`parindex evidence` as the operator runs it."""

from __future__ import annotations

import asyncio

import pytest
from typer.testing import CliRunner

from scoring_api.evidence.cli import app

from .conftest import Town


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["erase-due"], "0 file(s) erased."),
        (["sweep", "--grace-hours", "0"], "1 object(s) kept, 0 removed (0 bytes)."),
        (["reseal"], "1 key(s) sealed anew."),
    ],
)
async def test_each_command_says_what_it_did(town: Town, settings, monkeypatch, command, says):
    assert (await town.attach()).status_code == 201
    for name, value in {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PARINDEX_SECRET_KEYS": settings.secret_keys,
        "PARINDEX_EVIDENCE_STORE": settings.evidence_store,
    }.items():
        monkeypatch.setenv(name, value)
    done = await asyncio.to_thread(CliRunner().invoke, app, command)
    assert done.exit_code == 0, done.output
    assert says in done.output


async def test_a_store_that_lost_a_file_fails_the_sweep(town: Town, settings, store_folder, monkeypatch):
    line = (await town.attach()).json()
    for path in store_folder.rglob("*"):
        if path.is_file():
            path.unlink()
    for name, value in {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PARINDEX_EVIDENCE_STORE": settings.evidence_store,
    }.items():
        monkeypatch.setenv(name, value)
    await town.connection.execute("UPDATE evidence_content SET recorded_at = recorded_at - interval '1 hour'")
    done = await asyncio.to_thread(CliRunner().invoke, app, ["sweep", "--grace-hours", "0"])
    assert done.exit_code == 1
    assert line["sha256"] in done.output

import asyncio

import pytest
from typer.testing import CliRunner

from parindex.settings import NAMES
from ranking_worker.cli import app
from support.facts import respond_many

pytestmark = pytest.mark.database


@pytest.fixture
def command(settings):
    environment = {NAMES["database_url"]: settings.database_url, NAMES["redis_url"]: settings.redis_url}

    async def run(*arguments):
        return await asyncio.to_thread(CliRunner().invoke, app, arguments, env=environment)

    return run


async def test_recount_reports_and_fails_on_a_mismatch(connection, command, work):
    await respond_many(connection, {5: 6})
    await work()
    told = await command("recount")
    assert (told.exit_code, "synthetic: 6 responses" in told.output) == (0, True)
    await connection.execute("UPDATE rollup SET n = 7 WHERE item = 0")
    told = await command("recount")
    assert told.exit_code == 1
    assert '"kept": 7' in told.output
    assert (await command("rebuild")).exit_code == 0
    assert (await command("recount")).exit_code == 0


async def test_close_merges_first_and_may_run_twice(connection, command):
    await respond_many(connection, {5: 6})
    told = await command("close")
    assert "closed 2026-03 of realm synthetic" in told.output
    assert "no period is waiting" in (await command("close")).output

"""`parindex history publish` as the operator runs it."""

import asyncio

import asyncpg
import pytest
from typer.testing import CliRunner

from parindex.db.session import Database
from parindex.editions.keys import new_key
from parindex.errors import Invalid
from parindex.settings import NAMES
from ranking_worker.cli import history
from ranking_worker.drafts import DraftBook, build_drafts
from ranking_worker.publish import RefusalBook, publish_approved
from ranking_worker.registers import RegisterCache
from support.wishes import publication, review_and_approve

pytestmark = pytest.mark.database


@pytest.fixture
def publish(settings):
    async def run(key_file: str = ""):
        environment = {
            NAMES["database_url"]: settings.database_url,
            NAMES["redis_url"]: settings.redis_url,
            NAMES["signing_key_file"]: key_file,
        }
        return await asyncio.to_thread(CliRunner().invoke, history, ["publish"], env=environment)

    return run


async def test_without_a_signing_key_nothing_is_published_and_the_command_says_how_to_make_one(publish, connection):
    told = await publish()
    assert isinstance(told.exception, Invalid)
    assert "parindex editions new-key FILE" in told.exception.hint
    assert await connection.fetchval("SELECT count(*) FROM publication") == 0


async def test_the_history_is_published_once_however_often_it_is_asked_for_and_waits_for_a_worker_at_the_same_draft(
    publish, connection, settings, monkeypatch, tmp_path
):
    file = tmp_path / "editions.pem"
    new_key(file)
    worker = iter([True])

    async def beside_a_worker(*given):
        if not next(worker, False):
            return await build_drafts(*given)
        other = await asyncpg.connect(settings.database_url)
        await other.execute("SELECT pg_advisory_lock(hashtextextended('parindex-draft/0/1', 0))")
        drafted = await build_drafts(*given)
        await other.close()
        return drafted

    monkeypatch.setattr("ranking_worker.history.build_drafts", beside_a_worker)
    first = await publish(str(file))
    assert next(worker, None) is None
    assert first.exit_code == 0, first.output
    assert "published  Chỉ số PAPI, các tỉnh, thành phố, năm 2017 (số liệu đã công bố)" in first.output
    count = await connection.fetchval("SELECT count(*) FROM edition")
    again = await publish(str(file))
    assert (again.exit_code, again.output.count("already published")) == (0, count)
    assert await connection.fetchval("SELECT count(*) FROM edition") == count == len(first.output.splitlines())
    people = "SELECT count(*) FROM publication_event WHERE person_id IS NOT NULL"
    assert await connection.fetchval(people) == 0


async def test_a_table_that_officials_published_themselves_is_left_to_them(publish, connection, settings, tmp_path):
    file = tmp_path / "editions.pem"
    key = new_key(file)
    tables = "SELECT imported_table_id FROM imported_table WHERE block = 'province' AND framework = 'qd766' AND period = '2025-10'"
    newest = await connection.fetchval(f"{tables} ORDER BY observed_at DESC LIMIT 1")
    database = Database.for_service(settings, "ranking-worker")
    try:
        wish = await publication(connection, 0, {"kind": "imported", "imported_table_id": newest})
        await build_drafts(database, RegisterCache(), DraftBook())
        await review_and_approve(connection, 0, wish)
        (signed,) = await publish_approved(database, key, RefusalBook())
    finally:
        await database.close()
    told = await publish(str(file))
    assert told.exit_code == 0, told.output
    stands = f"0/{signed.edition_no}  stands already, published by officials"
    assert told.output.count(stands) == len(await connection.fetch(tables)) == 2
    same = "SELECT count(*) FROM edition WHERE index_code = 'qd766' AND block = 'province' AND period = '2025-10' AND tenant_id = 0"
    assert await connection.fetchval(same) == 1

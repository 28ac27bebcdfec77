"""GET /v1/changes: nobody who goes from `next` to `next` misses a change, and who waits holds nothing."""

from __future__ import annotations

import asyncio

import asyncpg
import httpx
import pytest

from parindex.db.session import Database
from ranking_worker.change_feed import CHANGE_FEED_LOCK, Change, append_changes
from scoring_api.app import Resources, create_app
from scoring_api.feed.watch import FeedWatch


async def publish(
    connection: asyncpg.Connection, *names: str, kind="edition_published", realm="production"
) -> list[int]:
    async with connection.transaction():
        return await append_changes(connection, [Change(kind, realm, {"title_vi": name}) for name in names])


async def read(client: httpx.AsyncClient, **parameters) -> dict:
    response = await client.get("/v1/changes", params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


def titles(page: dict) -> list[str]:
    return [change["subject"]["title_vi"] for change in page["changes"]]


async def test_an_empty_feed_ends_at_nought(client):
    assert await read(client) == {"realm": "production", "notice": None, "changes": [], "next": 0, "full": False}


async def test_a_change_shows_its_number_kind_realm_instant_and_subject(client, connection):
    await publish(connection, "Bảng xếp hạng năm 2025", realm="synthetic")
    page = await read(client, realm="synthetic")
    (change,) = page["changes"]
    assert change.pop("recorded_at") <= (await connection.fetchval("SELECT now()")).isoformat()
    assert change == {
        "change_no": 1,
        "kind": "edition_published",
        "realm": "synthetic",
        "subject": {"title_vi": "Bảng xếp hạng năm 2025"},
    }
    assert "GIẢ LẬP" in page["notice"]["vi"]


async def test_pages_follow_one_another_without_gap_or_repetition(client, connection):
    names = [f"bảng {n}" for n in range(25)]
    await publish(connection, *names)
    seen, after = [], 0
    while True:
        page = await read(client, after=after, limit=10)
        seen += titles(page)
        after = page["next"]
        if not page["full"]:
            break
    assert seen == names
    assert after == 25


async def test_kinds_and_realms_are_told_apart_and_the_cursor_passes_what_was_not_asked_for(client, connection):
    await publish(connection, "một")
    await publish(connection, "hai", kind="provisional_table_changed")
    await publish(connection, "ba", realm="sandbox")
    assert titles(await read(client)) == ["một", "hai"]
    page = await read(client, kinds="edition_published")
    assert (titles(page), page["next"]) == (["một"], 3)
    assert titles(await read(client, kinds="provisional_table_changed,edition_published", after=1)) == ["hai"]
    assert titles(await read(client, realm="sandbox")) == ["ba"]


async def test_a_full_page_may_be_kept_for_ever_and_the_last_one_is_asked_for_again(client, connection):
    await publish(connection, "một", "hai", "ba")
    full = await client.get("/v1/changes?limit=2")
    assert full.headers["cache-control"] == "public, max-age=31536000, immutable"
    last = await client.get("/v1/changes?after=2&limit=2")
    assert last.headers["cache-control"] == "public, no-cache"
    unchanged = await client.get("/v1/changes?after=2&limit=2", headers={"If-None-Match": last.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    await publish(connection, "bốn", "năm")
    assert (await client.get("/v1/changes?limit=2")).content == full.content
    assert (
        await client.get("/v1/changes?after=2&limit=2", headers={"If-None-Match": last.headers["etag"]})
    ).status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [("after=-1", "after"), ("limit=0", "limit"), ("limit=1001", "limit"), ("kinds=alles", "kinds"), ("wait=26", "wait"), ("realm=x", "realm"), ("seit=1", "seit")],
)  # fmt: skip
async def test_what_cannot_be_asked_is_named(client, query, field):
    response = await client.get(f"/v1/changes?{query}")
    assert response.status_code == 422
    assert [finding["field"] for finding in response.json()["findings"]] == [field]


async def test_a_cursor_that_the_feed_has_not_reached_is_refused_instead_of_waiting_in_vain(client, connection):
    await publish(connection, "một")
    response = await client.get("/v1/changes?after=2")
    assert (response.status_code, response.json()["code"]) == (409, "cursor_ahead")


async def test_no_reader_misses_a_change_of_writers_at_the_same_time(client, database_url):
    """Six writers commit 20 transactions each, some after a pause with the number taken; a reader follows from page to page."""
    writers, rounds = 6, 20
    done = asyncio.Event()

    async def write(writer: int) -> None:
        connection = await asyncpg.connect(database_url)
        try:
            for turn in range(rounds):
                async with connection.transaction():
                    await append_changes(connection, [Change("edition_published", "production", {"title_vi": f"{writer}/{turn}/{part}"}) for part in (0, 1)])  # fmt: skip
                    await asyncio.sleep(0.002 * (turn % 3))
        finally:
            await connection.close()

    async def follow() -> list[dict]:
        seen, after = [], 0
        while True:
            over = done.is_set()
            page = await read(client, after=after, limit=7)
            seen += page["changes"]
            after = page["next"]
            if over and not page["full"]:
                return seen

    following = asyncio.create_task(follow())
    await asyncio.gather(*(write(writer) for writer in range(writers)))
    done.set()
    seen = await following
    assert [change["change_no"] for change in seen] == list(range(1, writers * rounds * 2 + 1))
    for writer in range(writers):
        own = [title for title in (change["subject"]["title_vi"] for change in seen) if title.startswith(f"{writer}/")]
        assert own == [f"{writer}/{turn}/{part}" for turn in range(rounds) for part in (0, 1)]


async def test_a_number_is_seen_only_when_every_smaller_one_is_committed(client, connection, database_url):
    other = await asyncpg.connect(database_url)
    slow = connection.transaction()
    await slow.start()
    await append_changes(connection, [Change("edition_published", "production", {"title_vi": "trước"})])
    second = asyncio.create_task(publish(other, "sau"))
    waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = ($1::bigint & 4294967295)::oid)"
    watcher = await asyncpg.connect(database_url)
    async with asyncio.timeout(30):
        while not await watcher.fetchval(waits, CHANGE_FEED_LOCK):  # noqa: ASYNC110 (seen in the database only)
            await asyncio.sleep(0.02)
    assert (await read(client))["next"] == 0
    await slow.commit()
    assert await second == [2]
    assert titles(await read(client)) == ["trước", "sau"]
    await other.close()
    await watcher.close()


async def test_who_waits_is_answered_by_the_next_change_that_was_asked_for(client, connection):
    waiting = asyncio.create_task(read(client, wait=25, kinds="edition_published"))
    await asyncio.sleep(0.1)
    await publish(connection, "không hỏi", kind="provisional_table_changed")
    await asyncio.sleep(0.6)
    assert not waiting.done()
    await publish(connection, "có hỏi")
    page = await waiting
    assert (titles(page), page["next"]) == (["có hỏi"], 2)


async def test_who_waits_in_vain_gets_an_empty_page(client, connection):
    await publish(connection, "một")
    assert await read(client, after=1, wait=1) == {
        "realm": "production", "notice": None, "changes": [], "next": 1, "full": False,
    }  # fmt: skip


async def test_those_who_wait_hold_no_connection(make_settings, connection):
    """A pool of one connection serves twenty who wait, and others beside them."""
    settings = make_settings(database_pool=1)
    resources = Resources.open(settings)
    app = create_app(settings, resources=resources)
    transport = httpx.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://s") as client:
        waiting = [asyncio.create_task(read(client, wait=25)) for _ in range(20)]
        async with asyncio.timeout(30):
            while app.state.feed.waiting < 20:  # noqa: ASYNC110 (a number, not an event)
                await asyncio.sleep(0.02)
        assert (await read(client))["changes"] == []
        idle = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'scoring-api' AND datname = current_database() AND xact_start IS NOT NULL AND state LIKE 'idle in transaction%'"
        assert await connection.fetchval(idle) == 0
        await publish(connection, "một")
        assert [titles(page) for page in await asyncio.gather(*waiting)] == [["một"]] * 20
    await resources.close()


async def test_one_too_many_to_wait_is_answered_at_once(settings):
    database = Database.for_service(settings, "scoring-api")
    watch = FeedWatch(lambda: database, most_waiting=1)
    first = asyncio.create_task(watch.beyond(0, 25))
    await asyncio.sleep(0)
    assert await watch.beyond(0, 25) is False
    assert not first.done()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await watch.close()
    await database.close()
    assert watch.waiting == 0

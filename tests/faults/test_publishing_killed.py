"""kill -9 of the worker while it publishes: between its statements, after a commit it was not told of, again and again."""

from __future__ import annotations

import json
from itertools import cycle
from pathlib import Path

import pytest

from parindex.db.editions import stored_chain
from parindex.editions.edition_file import read_editions
from parindex.editions.keys import new_key
from parindex.editions.verify import verify
from support.moments import commits_are_not_told, committed_untold, gone, stands_still, writing_stops_at
from support.processes import ServiceProcess, Site
from support.until import until
from support.wishes import latest_draft, publication, review_and_approve

pytestmark = pytest.mark.processes
NATION = 0
WRITTEN = ("edition", "edition_inputs", "signing_key", "change_entry")


@pytest.fixture
def worker(site: Site, tmp_path: Path) -> ServiceProcess:
    key = tmp_path / "signing-key.pem"
    new_key(key)
    return site.service("ranking_worker", PARINDEX_SIGNING_KEY_FILE=str(key))


async def drafted(site: Site, year: int = 2011) -> int:
    """A wish whose draft the running worker has built: the published table of that year."""
    papi = {"kind": "figures", "framework": "papi", "scope_unit_id": NATION, "block": "province", "period": str(year)}
    async with site.connection() as connection:
        wish = await publication(connection, NATION, papi)

        async def built() -> bool:
            return await latest_draft(connection, wish) is not None

        await until(built)
    return wish


async def approved(site: Site, wish: int) -> None:
    async with site.connection() as connection, connection.transaction():
        await review_and_approve(connection, NATION, wish)


async def numbers(site: Site) -> dict[str, int]:
    async with site.connection() as connection:
        return {
            table: await connection.fetchval(
                f"SELECT count(*) FROM {table}"
                + (" WHERE kind = 'edition_published'" if table == "change_entry" else "")
            )
            for table in WRITTEN
        }


async def editions_are(site: Site, number: int) -> None:
    async def there() -> bool:
        return (await numbers(site))["edition"] >= number

    await until(there)
    assert await numbers(site) == {
        "edition": number,
        "edition_inputs": number,
        "signing_key": 1,
        "change_entry": number,
    }
    async with site.connection() as connection:
        forms = [one.file_form(inputs=True) for one in await stored_chain(connection, NATION)]
    assert verify(read_editions(json.dumps(forms))).holds
    assert [form["document"]["publication"]["edition_no"] for form in forms] == list(range(1, number + 1))


@pytest.mark.parametrize("table", ["edition", "edition_inputs", "change_entry"])
async def test_a_worker_killed_between_its_statements_has_published_nothing_and_then_exactly_one(
    site: Site, worker: ServiceProcess, table: str
) -> None:
    await worker.start()
    wish = await drafted(site)
    async with writing_stops_at(site, table):
        await approved(site, wish)
        await stands_still(site, "ranking-worker")
        worker.kill()
    await gone(site, "ranking-worker")
    assert set((await numbers(site)).values()) == {0}
    await worker.start()
    await editions_are(site, 1)


async def test_an_edition_that_was_committed_when_its_worker_was_killed_is_not_published_again(
    site: Site, worker: ServiceProcess
) -> None:
    await worker.start()
    wish = await drafted(site)
    worker.kill()
    await gone(site, "ranking-worker")
    await approved(site, wish)
    async with commits_are_not_told(site):
        # The draft is up to date: the edition is the only thing that this start has to write.
        await worker.start()
        await committed_untold(site, "ranking-worker")
        worker.kill()
    await gone(site, "ranking-worker")
    await worker.start()
    next_wish = await drafted(site, 2012)
    await approved(site, next_wish)
    await editions_are(site, 2)


async def test_two_workers_killed_in_turn_publish_every_wish_once_in_one_chain(
    site: Site, worker: ServiceProcess
) -> None:
    other = site.service("ranking_worker", PARINDEX_SIGNING_KEY_FILE=worker.environment["PARINDEX_SIGNING_KEY_FILE"])
    await worker.start()
    await other.start()
    wishes = [await drafted(site, year) for year in range(2011, 2015)]
    for wish, turn in zip(wishes, cycle((worker, other)), strict=False):
        await approved(site, wish)
        turn.kill()
        await turn.start()
    await editions_are(site, len(wishes))

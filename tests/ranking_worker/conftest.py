import pytest

from parindex.db.session import Database
from parindex.settings import Settings
from ranking_worker.merge import merge
from ranking_worker.recompute import recompute
from support.worker_fixtures import registers, template_registers

__all__ = ["registers", "template_registers"]


@pytest.fixture
async def database(settings: Settings):
    database = Database.for_service(settings, "ranking-worker")
    yield database
    await database.close()


@pytest.fixture
def work(database, registers):
    """Merges everything that waits and renews what is due; returns what the recompute did."""

    async def run(limit=10_000):
        while (await merge(database, registers, limit=limit)).full:
            pass
        return await recompute(database, registers)

    return run

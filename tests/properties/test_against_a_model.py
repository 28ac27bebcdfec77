"""Random careless senders against an independent model of the contract: verdicts, states, receipts, balance, counts."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest

from parindex.register.import_units import import_units
from parindex.settings import Settings
from support.ingest import Sender, app_client, owner
from support.vendor_stream import Stream
from survey_ingest.resources import Resources, opened

pytestmark = pytest.mark.database
HEADER = "code,name,unit_type,kind,parent_code,valid_from,valid_to,source"
_COUNTS = """
SELECT u.code, cell.code AS level, sum(cell.n)::int AS n
FROM response_delta d CROSS JOIN unnest(d.items, d.codes, d.n) AS cell(item, code, n) JOIN unit_code u ON u.unit_id = d.unit_id AND u.scheme = 'h_code'
WHERE cell.item = 1 GROUP BY 1, 2 HAVING sum(cell.n) <> 0
"""


@pytest.fixture
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    async with opened(settings) as held:
        yield held


@pytest.fixture
async def client(settings: Settings, resources: Resources) -> AsyncIterator[httpx.AsyncClient]:
    async with app_client(settings, resources) as client:
        yield client


async def test_every_answer_is_the_one_that_the_contract_gives(
    client: httpx.AsyncClient, resources: Resources, database_url: str
) -> None:
    connection = await owner(database_url)
    expected: Counter[tuple[str, int]] = Counter()
    verdicts: Counter[str] = Counter()
    for seed in range(3):
        code = f"H99.{6000 + seed}"

        async def learn(code: str = code) -> None:
            row = f"{code},Xã Thử nghiệm {code},Xã,commune,H99,2025-07-01,,test"
            assert not (await import_units(connection, f"{HEADER}\n{row}\n", realm="synthetic")).findings
            await resources.catalogues.load()
            await resources.replay()

        senders = [await Sender.register(client, database_url) for _ in range(2)]
        stream = Stream(random.Random(seed), senders, code, learn)
        await stream.run(200)
        expected += stream.model.counting()
        for balance in stream.model.balance.values():
            verdicts += balance
    counts = {(row["code"], row["level"]): row["n"] for row in await connection.fetch(_COUNTS)}
    await connection.close()
    assert counts == expected
    seen = ("accepted", "duplicate", "repeat", "quarantined", "conflict", "refused")
    assert all(verdicts[name] > 4 for name in (*seen, "released", "superseded", "withdrawn")), verdicts
    assert verdicts["rejected_later"], verdicts

"""Two transactions that quarantine other contents under one id: the later one looks again instead of leaving two waiting."""

from __future__ import annotations

import asyncpg
import pytest

from parindex.web.auth import Authenticator
from support.ingest import Sender, item, new_id
from support.invariants import assert_invariants
from survey_ingest import facts as facts_module
from survey_ingest import quarantine
from survey_ingest.check import check_item
from survey_ingest.interpret import Unknown, interpret
from survey_ingest.item import Item
from survey_ingest.resources import Resources

pytestmark = pytest.mark.database
BOTH_DIALECTS = True


async def test_an_item_quarantined_after_the_look_is_not_left_beside_a_second_one(
    sender: Sender, resources: Resources, facts: asyncpg.Connection
):
    identity = new_id()
    caller = await Authenticator(resources.database).caller(f"Bearer {sender.token}")
    mine = check_item(item(response_id=identity, unit_code="H99.9999", overall=5))
    assert isinstance(mine, Item)
    unknown = interpret(mine, caller, resources.catalogues.current)
    assert isinstance(unknown, Unknown)
    async with resources.database.connection() as connection:
        key = (caller.tenant_id, caller.system_id, identity)
        assert await quarantine.held_under(connection, [key]) == {}
        first = await sender.post(item(response_id=identity, unit_code="H99.9999", overall=2))
        assert first["verdict"] == "quarantined"
        transaction = connection.transaction()
        await transaction.start()
        with pytest.raises(asyncpg.SerializationError, match="meanwhile"):
            await quarantine.keep(
                connection,
                caller,
                unknown,
                mine.digest(),
                receipt_id=facts_module.new_id(),
                position=0,
                received_at=await connection.fetchval("SELECT clock_timestamp()"),
                supersedes=None,
            )
        await transaction.rollback()
    second = await sender.post(item(response_id=identity, unit_code="H99.9999", overall=5))
    assert second["verdict"] == "quarantined"
    await assert_invariants(facts)

"""The invariants see what breaks them: each forged row is found under the name of what it breaks."""

from __future__ import annotations

import asyncpg
import pytest

from support.ingest import Sender, item, new_dossier, new_id
from support.invariants import INVARIANTS, violations

pytestmark = pytest.mark.database
BOTH_DIALECTS = True

COUNTED = "(SELECT receipt_id FROM response WHERE response_id = '<counted>')"


def forged_change(whose: str, kind: str, delta: int) -> str:
    return (
        "INSERT INTO response_change (tenant_id, change_id, system_id, response_id, realm, kind, delta, received_at,"
        f" position, recorded_at, credential_id, principal_id) SELECT tenant_id, gen_random_uuid(), system_id, {whose},"
        f" realm, '{kind}', {delta}, received_at, position, recorded_at, 'c', 1 FROM response"
        " WHERE response_id = '<counted>'"
    )


FORGERIES = {
    "a response counts once or not at all": forged_change("response_id", "promoted", 1),
    "at most one response counts in a slot": "DELETE FROM response_change WHERE response_id = '<repeat>'",
    "a change belongs to a response that is stored": forged_change("'nobody'", "withdrawn", 0),
    "the slot table is what the facts say": "UPDATE slot SET response_id = '<repeat>' WHERE response_id = '<counted>'",
    "a receipt's counts are what its request stored": (
        f"UPDATE receipt SET accepted = accepted + 1, items = items + 1 WHERE receipt_id = {COUNTED}"
    ),
    "everything stored has its receipt": f"DELETE FROM receipt WHERE receipt_id = {COUNTED}",
    "at most one quarantined item waits under an id": (
        "INSERT INTO quarantine SELECT (jsonb_populate_record(q, jsonb_build_object('revision', 2))).*"
        " FROM quarantine q WHERE response_id = '<waiting>'"
    ),
    "what was released from quarantine is stored": (
        "INSERT INTO quarantine_outcome SELECT tenant_id, system_id, response_id, revision, 'released', '[]', received_at"
        " FROM quarantine WHERE response_id = '<waiting>'"
    ),
    "rollup and unmerged deltas are the recount": (
        "DELETE FROM response_delta WHERE delta_id = (SELECT max(delta_id) FROM response_delta)"
    ),
    "procedure rollup and unmerged deltas are the recount": (
        "UPDATE response_delta SET procedures = array_fill('1.999999'::text, ARRAY[cardinality(procedures)])"
    ),
}


def test_every_invariant_has_its_forgery():
    assert set(FORGERIES) == set(INVARIANTS)


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forged_row_is_found(sender: Sender, facts: asyncpg.Connection, name: str):
    dossier, waiting = new_dossier(), item(unit_code="H99.796")
    counted, repeat = (item(dossier_code=dossier, response_id=new_id(), procedure_code="1.000894") for _ in range(2))
    await sender.batch([counted, repeat, waiting])
    ids = {"counted": counted["response_id"], "repeat": repeat["response_id"], "waiting": waiting["response_id"]}
    forgery = facts.transaction()
    await forgery.start()
    try:
        assert await violations(facts) == []
        statement = FORGERIES[name]
        for role, response_id in ids.items():
            statement = statement.replace(f"<{role}>", response_id)
        await facts.execute(statement)
        assert name in {violation.partition(":")[0] for violation in await violations(facts)}
    finally:
        await forgery.rollback()

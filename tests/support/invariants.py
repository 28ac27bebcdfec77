"""The invariants that hold at every moment, computed by SQL from the facts alone, without any code of the product.

`violations` names each row that breaks one; `assert_invariants` fails with them.
"""

from __future__ import annotations

import asyncpg

_FACTS = """
WITH fact AS (
    SELECT r.*, 1 + coalesce(c.total, 0) AS counts
    FROM response r LEFT JOIN (
        SELECT tenant_id, system_id, response_id, sum(delta) AS total FROM response_change GROUP BY 1, 2, 3
    ) c USING (tenant_id, system_id, response_id)
)
"""
_KEY = (
    "tenant_id, realm, unit_id, instrument_version_id, local_day, service_channel, collected_via, mode, stage,"
    " respondent_kind, field_base, item, code"
)
_PROCEDURE_KEY = "tenant_id, realm, unit_id, instrument_version_id, procedure_base, month, item, code"
_CELLS = """
cell AS (
    SELECT f.*, date_trunc('month', local_day)::date AS month, a.item::int, a.code::int, coalesce(f.weight, 1) AS one_w
    FROM fact f CROSS JOIN LATERAL (
        SELECT 0 AS item, 0 AS code
        UNION ALL
        SELECT place, CASE WHEN answer IS NULL THEN -3 WHEN answer <= -100 THEN -4 ELSE answer END
        FROM unnest(f.answers) WITH ORDINALITY AS given(answer, place)
    ) a WHERE f.counts <> 0
),
queued AS (
    SELECT d.*, date_trunc('month', local_day)::date AS month, u.*
    FROM response_delta d
    CROSS JOIN LATERAL unnest(procedures, items, codes, n, w, w2) AS u(procedure_base, item, code, one_n, one_w, one_w2)
)
"""


def _differences(key: str, rollup: str, among: str = "true") -> str:
    """SQL of every count that the facts and (rollup + unmerged deltas) do not agree on."""
    return f"""{_FACTS}, {_CELLS},
expected AS (
    SELECT {key}, sum(counts) AS n, sum(counts * one_w) AS w, sum(counts * one_w * one_w) AS w2
    FROM cell WHERE {among} GROUP BY {key}
),
held AS (
    SELECT {key}, sum(n) AS n, sum(w) AS w, sum(w2) AS w2 FROM (
        SELECT {key}, one_n AS n, one_w AS w, one_w2 AS w2 FROM queued WHERE {among}
        UNION ALL SELECT {key}, n, w, w2 FROM {rollup}
    ) both_sides GROUP BY {key} HAVING sum(n) <> 0 OR sum(w) <> 0 OR sum(w2) <> 0
)
SELECT {key}, expected.n AS expected_n, held.n AS held_n, expected.w AS expected_w, held.w AS held_w,
       expected.w2 AS expected_w2, held.w2 AS held_w2
FROM expected FULL JOIN held USING ({key})
WHERE (expected.n, expected.w, expected.w2) IS DISTINCT FROM (held.n, held.w, held.w2)"""


INVARIANTS: dict[str, str] = {
    "a response counts once or not at all": f"{_FACTS} SELECT tenant_id, system_id, response_id, counts FROM fact WHERE counts NOT IN (0, 1)",
    "at most one response counts in a slot": f"{_FACTS} SELECT tenant_id, realm, slot_key, array_agg(response_id) FROM fact WHERE counts = 1 AND slot_key IS NOT NULL GROUP BY 1, 2, 3 HAVING count(*) > 1",
    "a change belongs to a response that is stored": """
        SELECT c.* FROM response_change c LEFT JOIN response r USING (tenant_id, system_id, response_id) WHERE r.response_id IS NULL""",
    "the slot table is what the facts say": f"""{_FACTS},
        derived AS (
            SELECT tenant_id, realm, slot_key, system_id, response_id, false AS tombstone FROM fact WHERE counts = 1 AND slot_key IS NOT NULL
            UNION ALL
            SELECT f.tenant_id, f.realm, f.slot_key, f.system_id, f.response_id, true FROM fact f
            JOIN response_change c USING (tenant_id, system_id, response_id)
            WHERE f.slot_key IS NOT NULL AND c.kind = 'withdrawn' AND c.delta = -1 AND c.reason = 'citizen_request'
        )
        SELECT * FROM (
            (TABLE derived EXCEPT SELECT tenant_id, realm, slot_key, system_id, response_id, tombstone FROM slot)
            UNION ALL
            (SELECT tenant_id, realm, slot_key, system_id, response_id, tombstone FROM slot EXCEPT TABLE derived)
        ) difference""",
    "a receipt's counts are what its request stored": """
        SELECT t.tenant_id, t.receipt_id, t.items, t.accepted, t.repeat, t.quarantined, t.refused, r.stored, q.kept, f.refused AS refusals
        FROM receipt t
        CROSS JOIN LATERAL (
            SELECT count(*) AS stored FROM response r WHERE r.tenant_id = t.tenant_id AND r.receipt_id = t.receipt_id
            AND NOT EXISTS (SELECT 1 FROM quarantine_outcome o JOIN quarantine q USING (tenant_id, system_id, response_id, revision)
                WHERE o.outcome IN ('released', 'repeat') AND q.tenant_id = r.tenant_id AND q.receipt_id = r.receipt_id AND q.position = r.position)
        ) r
        CROSS JOIN LATERAL (SELECT count(*) AS kept FROM quarantine q WHERE q.tenant_id = t.tenant_id AND q.receipt_id = t.receipt_id) q
        CROSS JOIN LATERAL (SELECT count(*) AS refused FROM refusal f WHERE f.tenant_id = t.tenant_id AND f.receipt_id = t.receipt_id) f
        WHERE r.stored <> t.accepted + t.repeat OR q.kept <> t.quarantined OR f.refused <> t.refused
           OR t.items <> t.accepted + t.duplicate + t.repeat + t.quarantined + t.conflict + t.refused""",
    "everything stored has its receipt": """
        SELECT tenant_id, receipt_id, position FROM (
            SELECT tenant_id, receipt_id, position FROM response
            UNION ALL SELECT tenant_id, receipt_id, position FROM quarantine
            UNION ALL SELECT tenant_id, receipt_id, position FROM refusal f WHERE NOT EXISTS (
                SELECT 1 FROM dossier_receipt d WHERE d.tenant_id = f.tenant_id AND d.receipt_id = f.receipt_id AND position < records)
        ) stored LEFT JOIN receipt USING (tenant_id, receipt_id) WHERE receipt.items IS NULL OR position NOT BETWEEN 0 AND items - 1""",
    "at most one quarantined item waits under an id": """
        SELECT tenant_id, system_id, response_id FROM quarantine LEFT JOIN quarantine_outcome o USING (tenant_id, system_id, response_id, revision)
        WHERE o.outcome IS NULL GROUP BY 1, 2, 3 HAVING count(*) > 1""",
    "what was released from quarantine is stored": """
        SELECT o.* FROM quarantine_outcome o LEFT JOIN response r USING (tenant_id, system_id, response_id)
        WHERE o.outcome IN ('released', 'repeat') AND r.response_id IS NULL""",
    "rollup and unmerged deltas are the recount": _differences(_KEY, "rollup"),
    "procedure rollup and unmerged deltas are the recount": _differences(
        _PROCEDURE_KEY, "rollup_procedure", "procedure_base <> ''"
    ),
}


async def violations(connection: asyncpg.Connection) -> list[str]:
    """Every row that breaks an invariant, in one snapshot of the database (or in the transaction that is open)."""
    if not connection.is_in_transaction():
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await violations(connection)
    return [f"{name}: {dict(row)}" for name, query in INVARIANTS.items() for row in await connection.fetch(query)]


async def assert_invariants(connection: asyncpg.Connection) -> None:
    """Fails naming every violation."""
    found = await violations(connection)
    assert not found, "\n".join(found[:20])


async def recount(
    connection: asyncpg.Connection, system_id: int | None = None
) -> dict[tuple[object, ...], tuple[int, str, str]]:
    """(unit, questionnaire, day, circumstances, item, code) -> (n, w, w2) of the counted responses, of one system if named."""
    rows = await connection.fetch(
        f"{_FACTS}, {_CELLS} SELECT {_KEY}, sum(counts)::bigint, sum(counts * one_w)::text, sum(counts * one_w * one_w)::text"
        f" FROM cell WHERE $1::int IS NULL OR system_id = $1 GROUP BY {_KEY}",
        system_id,
    )
    return {tuple(row.values())[:-3]: (row[-3], row[-2], row[-1]) for row in rows}

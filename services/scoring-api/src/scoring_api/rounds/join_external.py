"""Figures of external components from league tables as their publishers printed them."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from parindex.engine.criteria import External, Node
from scoring_api.rounds.figures import Absent, Figure, Found
from scoring_api.rounds.round import Round

_ROWS = """
SELECT DISTINCT ON (row.unit_id) row.unit_id, row.total, row.printed_code, t.imported_table_id, t.observed_at, t.source, t.sha256, t.to_date
FROM imported_table t JOIN imported_row row USING (tenant_id, imported_table_id)
WHERE t.realm = $1 AND t.framework = $2 AND t.period = $3 AND row.unit_id = ANY($4::int[]) AND row.total IS NOT NULL
ORDER BY row.unit_id, t.to_date, t.observed_at DESC, t.imported_table_id DESC
"""


async def external_figures(connection: asyncpg.Connection, assessed: Round, components: Sequence[Node]) -> Found:
    """The total of each unit in the newest observation of each component's index for the round's period and realm.

    An observation of the whole period goes before those made while it was open.
    """
    figures: list[Figure] = []
    absent: list[Absent] = []
    for node in components:
        assert node.leaf is not None
        rule = node.leaf.rule
        assert isinstance(rule, External)
        rows = {
            row["unit_id"]: row
            for row in await connection.fetch(
                _ROWS, assessed.realm, rule.index, assessed.period.code, list(assessed.units)
            )
        }
        for unit_id in assessed.units:
            row = rows.get(unit_id)
            if row is None:
                absent.append(
                    Absent(
                        unit_id,
                        node.code,
                        f"Chưa có số liệu {rule.index} kỳ {assessed.period.code} đã nhập.",
                        f"No imported table of {rule.index} for {assessed.period.code} names the unit.",
                    )
                )
                continue
            origin = {
                "kind": "imported_table",
                "framework": rule.index,
                "imported_table_id": row["imported_table_id"],
                "printed_code": row["printed_code"],
                "to_date": row["to_date"],
                "observed_at": row["observed_at"].isoformat(),
                "source": row["source"],
                "sha256": row["sha256"],
            }
            given = {"value": f"{row['total']:f}", "from": origin}
            figures.append(Figure(unit_id, node.code, given, node.code))
    return Found(tuple(figures), tuple(absent))

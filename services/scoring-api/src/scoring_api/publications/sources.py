"""What a publication may be made of: a round, a satisfaction table or a printed table of the authority; every fault at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg

from parindex.engine.period import Period
from parindex.errors import Finding, Invalid
from scoring_api.asked import BLOCKS
from scoring_api.snapshot import Registers

SOURCE_WORDS_VI = {"round": "đợt đánh giá", "satisfaction": "bảng mức độ hài lòng", "imported": "bảng đã nhập"}


async def source_findings(
    connection: asyncpg.Connection, registers: Registers, tenant_id: int, source: Mapping[str, Any]
) -> list[Finding]:
    """What is wrong with the source. Whether its figures are ready is not asked here: the draft says so when it is built."""
    match source["kind"]:
        case "round":
            known = await connection.fetchval(
                "SELECT EXISTS (SELECT FROM assessment_round WHERE tenant_id = $1 AND round_id = $2)",
                tenant_id,
                source["round_id"],
            )
            return [] if known else [_unknown("source.round_id", "đợt đánh giá", "round", source["round_id"])]
        case "imported":
            known = await connection.fetchval(
                "SELECT EXISTS (SELECT FROM imported_table WHERE tenant_id = $1 AND imported_table_id = $2)",
                tenant_id,
                source["imported_table_id"],
            )
            number = source["imported_table_id"]
            return [] if known else [_unknown("source.imported_table_id", "bảng đã nhập", "imported table", number)]
        case _:
            authority = await connection.fetchval("SELECT unit_id FROM tenant WHERE tenant_id = $1", tenant_id)
            return _of_satisfaction(registers, tenant_id if authority is None else authority, source)


def _of_satisfaction(registers: Registers, authority: int, source: Mapping[str, Any]) -> list[Finding]:
    found = []
    scope, code, version = source["scope_unit_id"], source["instrument"], source["version"]
    if registers.instruments.get(code, version) is None:
        found.append(_unknown("source.instrument", "bộ câu hỏi", "questionnaire", f"{code} {version}"))
    if source["block"] not in BLOCKS:
        found.append(
            Finding(
                "block_unknown",
                "source.block",
                f"Không có khối {source['block']!r}. / There is no such block.",
                f"Known: {', '.join(BLOCKS)}.",
            )
        )
    try:
        period = Period.parse(source["period"])
    except Invalid as error:
        return [*found, Finding(error.code, "source.period", error.message, error.hint)]
    units = registers.units
    if (
        scope not in units
        or not units.visible(scope, source["realm"])
        or not units.in_subtree(frozenset({authority}), scope, period.last)
    ):
        found.append(
            Finding(
                "scope_outside",
                "source.scope_unit_id",
                f"Đơn vị {scope} không thuộc phạm vi của cơ quan này trong kỳ. / Unit {scope} is outside the authority in that period.",
                "Name the authority's own unit, or one under it.",
            )
        )
    return found


def _unknown(field: str, vi: str, en: str, name: object) -> Finding:
    return Finding(
        "source_unknown", field, f"Không có {vi} {name}. / The authority has no {en} {name}.", "Name one that it has."
    )

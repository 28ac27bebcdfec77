"""Figures of data components of QĐ 766 as the portal showed them: the newest good observation of each, with its snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg

from parindex.dossiers.portal_metrics import GROUP_OF_TOTAL, ONLINE, SYNC
from parindex.engine.criteria import Node
from parindex.errors import Invalid
from scoring_api.portal.observed import Observed, newest
from scoring_api.rounds.figures import Absent, Figure, Found
from scoring_api.rounds.round import Round

FRAMEWORK = "qd766"


def data_components(assessed: Round) -> list[Node]:
    """The data components of a round of QĐ 766. Raises Invalid for a round of anything else."""
    nodes = [node for node in assessed.components if node.leaf is not None and node.leaf.source == "data"]
    if assessed.file.framework.code != FRAMEWORK or not nodes:
        raise Invalid(
            "Đợt đánh giá không dùng bộ chỉ số Quyết định 766. / The round is not of QĐ 766.",
            code="nothing_to_join",
            hint=f"Dossiers and the portal give figures for framework {FRAMEWORK} only; post others with their source.",
        )
    return nodes


async def portal_figures(connection: asyncpg.Connection, assessed: Round) -> Found:
    """Each component of each unit from the portal: its counts, its ratio where it prints that alone, or why there is none.

    The split of group 3a is inferred, so its printed score stands for the whole group where the portal gives one.
    """
    nodes = data_components(assessed)
    observed = await newest(connection, assessed.realm, assessed.units, assessed.period.code)
    branches = {branch: metric for metric, branch in GROUP_OF_TOTAL.items()}
    split = [node for node in assessed.components if node.inferred_split and node.code in branches]
    figures: list[Figure] = []
    absent: list[Absent] = []
    for unit_id in assessed.units:
        shown, whole = observed[unit_id], set[str]()
        for node in split:
            total = shown.get(branches[node.code])
            if total is not None and total.score is not None:
                whole |= {below.code for below in node.walk()}
                given = {"imported_points": f"{total.score:f}", "from": total.origin}
                figures.append(Figure(unit_id, node.code, given, node.code))
        for node in nodes:
            if node.code in whole:
                continue
            given_or_why = _input(node.code, shown)
            if isinstance(given_or_why, dict):
                figures.append(Figure(unit_id, node.code, given_or_why, node.code))
            else:
                absent.append(Absent(unit_id, node.code, *given_or_why))
    return Found(tuple(figures), tuple(absent))


def _input(code: str, shown: Mapping[str, Observed]) -> dict[str, Any] | tuple[str, str]:
    """The input of a component, or why there is none (Vietnamese, English)."""
    one = shown.get(code.upper())
    if one is None:
        return "Chưa lấy được số liệu của Cổng cho kỳ này.", "The portal's figure of this period was not pulled."
    origin = one.origin
    if one.counts is None:
        if one.ratio is None:
            return "Cổng để trống chỉ tiêu này.", "The portal leaves it empty."
        return {"percent": f"{one.ratio:f}", "from": origin}
    numerator, denominator = one.counts
    if code == ONLINE:
        sync = shown[SYNC].counts if SYNC in shown else None
        if sync is None:
            return "Thiếu tỷ lệ đồng bộ (1.4) của Cổng để nhân.", "The portal's ratio of 1.4 is missing."
        numerator, denominator = numerator * min(sync), denominator * sync[1]
        origin = {**origin, "times": shown[SYNC].origin}
    if code == SYNC.lower():
        # More than the denominator counts as the denominator (formula document, 1.4).
        numerator = min(numerator, denominator)
    if numerator > denominator:
        return "Cổng ghi tử số lớn hơn mẫu số.", "The portal prints a numerator above its denominator."
    return {"numerator": str(numerator), "denominator": str(denominator), "from": origin}

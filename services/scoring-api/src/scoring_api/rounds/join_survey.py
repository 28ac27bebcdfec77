"""Figures of survey components from the satisfaction results of the survey side: pooled answers of a unit in the period."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import asyncpg

from parindex.engine.aggregate import plain
from parindex.engine.criteria import Node, Survey
from parindex.engine.rounding import exact_sum
from parindex.errors import Finding, Invalid
from scoring_api.rounds.figures import Absent, Figure, Found
from scoring_api.rounds.round import Round

_RESULTS = """
SELECT DISTINCT ON (r.unit_id) r.unit_id, r.period, r.state, r.as_of, r.document::text AS document,
       encode(r.sha256, 'hex') AS sha256
FROM unit_result r JOIN instrument_version v USING (instrument_version_id)
WHERE r.realm = $1 AND r.unit_id = ANY($2::int[]) AND r.period = $3 AND v.document->>'instrument' = $4
  AND ($5::text IS NULL OR v.document->>'version' = $5)
ORDER BY r.unit_id, r.state = 'frozen' DESC, v.document->>'valid_from' DESC, r.instrument_version_id DESC
"""
_WORDS = {"top2": ("favourable", "answers"), "mean": ("sum", "largest")}


async def survey_figures(
    connection: asyncpg.Connection, assessed: Round, components: Sequence[Node], instrument: str | None
) -> Found:
    """Answers of each unit pooled over each component's items, as counted in the frozen result, else the current one.

    `instrument` (code, or code@version) stands in where the framework names none. Raises Invalid where neither does.
    """
    figures: list[Figure] = []
    absent: list[Absent] = []
    for node in components:
        assert node.leaf is not None
        rule = node.leaf.rule
        assert isinstance(rule, Survey)
        name = rule.instrument or instrument
        if name is None:
            raise _unnamed(node)
        code, _, version = name.partition("@")
        rows = await connection.fetch(
            _RESULTS, assessed.realm, list(assessed.units), assessed.period.code, code, version or None
        )
        results = {row["unit_id"]: row for row in rows}
        for unit_id in assessed.units:
            row = results.get(unit_id)
            pooled = None if row is None else _pooled(json.loads(row["document"]), rule)
            if row is None or pooled is None:
                absent.append(_absent(unit_id, node, name, assessed, counted=row is not None))
            else:
                given = dict(zip(_WORDS[rule.method], pooled, strict=True))
                figures.append(Figure(unit_id, node.code, {**given, "from": _origin(row, rule)}, node.code))
    return Found(tuple(figures), tuple(absent))


def _pooled(document: dict[str, Any], rule: Survey) -> tuple[str, str] | None:
    """Numerator and denominator over the rule's items, its factor, or the whole; None without any answer."""
    if rule.items:
        parts = [line[rule.method] for line in document["items"] if line["item"] in rule.items]
    elif rule.factor is not None:
        parts = [line[rule.method] for line in document["factors"] if line["factor"] == rule.factor]
    else:
        parts = [document["whole"][rule.method]]
    numerator, denominator = _sum(parts, "numerator"), _sum(parts, "denominator")
    return None if denominator == "0" else (numerator, denominator)


def _sum(parts: Iterable[dict[str, Any]], key: str) -> str:
    return plain(exact_sum(Decimal(part[key]) for part in parts))


def _origin(row: asyncpg.Record, rule: Survey) -> dict[str, Any]:
    document = json.loads(row["document"])
    return {
        "kind": "survey",
        "instrument": f"{document['instrument']}@{document['version']}",
        "items": list(rule.items),
        "factor": rule.factor,
        "method": rule.method,
        "period": row["period"],
        "state": row["state"],
        "responses": document["responses"],
        "constructed": document["constructed"],
        "as_of": row["as_of"].isoformat(),
        "sha256": row["sha256"],
    }


def _absent(unit_id: int, node: Node, instrument: str, assessed: Round, *, counted: bool) -> Absent:
    if counted:
        return Absent(
            unit_id,
            node.code,
            "Không có câu trả lời nào tính được cho các câu hỏi của tiêu chí.",
            "Nobody answered the items of the component.",
        )
    return Absent(
        unit_id,
        node.code,
        f"Chưa có kết quả khảo sát {instrument} kỳ {assessed.period.code}.",
        f"There is no result of {instrument} for {assessed.period.code} in realm {assessed.realm}.",
    )


def _unnamed(node: Node) -> Invalid:
    finding = Finding(
        "instrument_missing",
        node.code,
        f"“{node.title_vi}”: bộ tiêu chí không nêu bộ câu hỏi. / The framework names no questionnaire for {node.code}.",
        "Name it in `instrument`, for example KIOSK3 or KIOSK3@1.",
    )
    return Invalid(finding.message, code=finding.code, hint=finding.hint, findings=[finding])

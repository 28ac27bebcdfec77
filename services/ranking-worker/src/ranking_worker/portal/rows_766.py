"""Reads answers of the portal's public 766 reporting: strict about what is known, keeping what is not. Pure.

A known field that is missing or of another type is a surprise: the answer is kept as it came, but it is not understood.
Fields that nobody has seen yet are kept under `further`. null stays null; figures are Decimal, never floats.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from parindex.errors import Finding
from ranking_worker.portal.endpoints_766 import Endpoint

Known = Mapping[str, tuple[type, ...]]
NUMBER, TEXT = (int, Decimal), (str,)
_FIGURES: Known = dict.fromkeys(("numerator", "denominator", "ratio", "score", "maxScore"), NUMBER)
AGENCY: Known = {"departmentId": TEXT, "departmentName": TEXT}
_ROW_MORE: Known = {
    "stt": NUMBER, "departmentCode": TEXT, "departmentType": TEXT, "departmentLevel": TEXT, "agencyLevel": TEXT,
    "level": TEXT, "scoreDelta": NUMBER, "totalOverdue": NUMBER, "totalCompleted": NUMBER, "avgProcessingDays": NUMBER,
}  # fmt: skip
"""Fields that some endpoints leave out, but that have a type where they stand."""
SAID = frozenset({*AGENCY, "departmentCode", "totalScore", "totalMaxScore", "score", "maxScore", "ratio", "metrics"})


@dataclass(frozen=True, slots=True)
class Observation:
    """One metric of one agency as printed. `metric` is the portal's code, a tree's share, or `TOTAL.<endpoint>`."""

    department_id: str
    printed_code: str | None
    printed_name: str
    metric: str
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    ratio: Decimal | None = None
    """Percent as printed."""
    score: Decimal | None = None
    max_score: Decimal | None = None
    quality: str | None = None
    further: Mapping[str, Any] = field(default_factory=dict)


def decode(text: str) -> Any:
    """JSON with figures as Decimal. Raises ValueError for what is no JSON, and for NaN and Infinity."""
    return json.loads(text, parse_float=Decimal, parse_constant=_no_number)


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no JSON number")


def surprise(where: str, message: str) -> Finding:
    """A known field that is missing or of another type."""
    return Finding("schema_surprise", where, message, "The last good answer holds; compare with the portal's page.")


def need_list(data: dict[str, Any], key: str, where: str, findings: list[Finding]) -> list[Any]:
    """The list under a key; [] with a finding where there is none."""
    value = data.get(key)
    if isinstance(value, list):
        return value
    if data:
        findings.append(surprise(f"{where}.{key}", "A list was expected."))
    return []


def need(
    row: dict[str, Any],
    known: Known,
    where: str,
    findings: list[Finding],
    *,
    null: Iterable[str] = (),
    absent: bool = False,
) -> None:
    """Every known field is there and of its type. `null`: fields that may be null. `absent`: they may also be left out."""
    for name, types in known.items():
        if name not in row:
            if not absent:
                findings.append(surprise(f"{where}.{name}", "The field is missing."))
        elif not (isinstance(row[name], types) and not isinstance(row[name], bool)) and not (
            row[name] is None and name in null
        ):
            findings.append(
                surprise(
                    f"{where}.{name}", f"A {type(row[name]).__name__} was found, {types[0].__name__} was expected."
                )
            )


def read_row(endpoint: Endpoint, row: dict[str, Any], where: str, findings: list[Finding]) -> Iterable[Observation]:
    """Everything that one row of a group says, its total last."""
    need(row, AGENCY, where, findings)
    need(row, _ROW_MORE, where, findings, null=_ROW_MORE, absent=True)
    score, most = ("totalScore", "totalMaxScore") if "totalScore" in row else ("score", "maxScore")
    need(row, {score: NUMBER, most: NUMBER, "ratio": NUMBER}, where, findings, null=(score, most, "ratio"))
    if endpoint.tree:
        need(row, {"departmentCode": TEXT}, where, findings)
        shares = list(_shares(endpoint, row, where, findings))
    else:
        shares = list(_metrics(row, where, findings))
    counted = {name for share in endpoint.shares for name in (*share.numerator, share.denominator)}
    further = {key: value for key, value in row.items() if key not in SAID | counted}
    total = Observation(
        *who(row),
        f"TOTAL.{endpoint.name}",
        ratio=figure(row.get("ratio")),
        score=figure(row.get(score)),
        max_score=figure(row.get(most)),
        further=further,
    )
    return [*shares, total]


def who(row: dict[str, Any]) -> tuple[str, str | None, str]:
    """The portal's id of the agency, its code where the row has one, and its name as printed."""
    code = row.get("departmentCode")
    return str(row.get("departmentId")), code if isinstance(code, str) else None, str(row.get("departmentName"))


def _metrics(row: dict[str, Any], where: str, findings: list[Finding]) -> Iterable[Observation]:
    seen: set[str] = set()
    for place, metric in enumerate(need_list(row, "metrics", where, findings)):
        at = f"{where}.metrics[{place}]"
        if not isinstance(metric, dict) or not isinstance(metric.get("code"), str):
            findings.append(surprise(at, "A metric with a code was expected."))
            continue
        need(metric, _FIGURES, at, findings, null=_FIGURES)
        need(metric, {"dataQualityStatus": TEXT}, at, findings, null=("dataQualityStatus",), absent=True)
        if metric["code"] in seen:
            findings.append(surprise(at, f"The metric {metric['code']} stands twice."))
        seen.add(metric["code"])
        quality = metric.get("dataQualityStatus")
        yield Observation(
            *who(row),
            metric["code"],
            figure(metric.get("numerator")),
            figure(metric.get("denominator")),
            figure(metric.get("ratio")),
            figure(metric.get("score")),
            figure(metric.get("maxScore")),
            quality=quality if isinstance(quality, str) else None,
            further={
                key: value for key, value in metric.items() if key not in {*_FIGURES, "code", "dataQualityStatus"}
            },
        )


def _shares(endpoint: Endpoint, row: dict[str, Any], where: str, findings: list[Finding]) -> Iterable[Observation]:
    """Shares of a tree row. Some rows have only the total: a share none of whose fields is there is left out."""
    for share in endpoint.shares:
        names = (*share.numerator, share.denominator)
        if not any(name in row for name in names):
            continue
        need(row, dict.fromkeys(names, NUMBER), where, findings, null=names)
        parts = [figure(row.get(name)) for name in share.numerator]
        numerator = None if any(part is None for part in parts) else sum(part for part in parts if part is not None)
        alone = len(endpoint.shares) == 1
        yield Observation(
            *who(row),
            share.metric,
            None if numerator is None else Decimal(numerator),
            figure(row.get(share.denominator)),
            ratio=figure(row.get("ratio")) if alone else None,
            score=figure(row.get("totalScore", row.get("score"))) if alone else None,
            max_score=figure(row.get("totalMaxScore", row.get("maxScore"))) if alone else None,
        )


def figure(value: Any) -> Decimal | None:
    """The figure digit for digit; null stays None."""
    return Decimal(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else None

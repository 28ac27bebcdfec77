"""Reads pages of the portal's public 766 reporting and decides whether they may be believed together. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parindex.errors import Finding
from ranking_worker.portal.endpoints_766 import NATIONAL, Endpoint
from ranking_worker.portal.rows_766 import (
    AGENCY,
    NUMBER,
    SAID,
    Observation,
    figure,
    need,
    need_list,
    read_row,
    surprise,
    who,
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page, understood: its root, its rows, what it says of the others. `findings`: why it may not be believed."""

    root: str | None
    rows: tuple[str, ...]
    """Agencies of the page, in its order, without the root."""
    observations: tuple[Observation, ...]
    total: int | None
    """Rows of all pages; None: the endpoint does not say."""
    pages: int | None
    number: int | None
    findings: tuple[Finding, ...]
    nothing: bool = False
    """The root is null and there are no rows: the portal has no figures (yet) for what was asked."""


def read_page(endpoint: Endpoint, document: Any) -> Page:
    """One answer of a group. What is wrong is a finding each; nothing is guessed."""
    findings: list[Finding] = []
    data = _data(document, findings)
    root_key, rows_key = ("parent", "children") if endpoint.tree else ("overview", "evaluation")
    if root_key in data and data[root_key] is None and data.get(rows_key) == []:
        return Page(None, (), (), 0, 1, 1, (), nothing=True)
    root = _dict(data, root_key, "data", findings)
    rows = need_list(data, rows_key, "data", findings)
    observations = list(read_row(endpoint, root, f"data.{root_key}", findings)) if root else []
    if root and (gone := endpoint.expected - {one.metric for one in observations}):
        findings += [surprise(f"data.{root_key}", f"The metric {metric} is missing.") for metric in sorted(gone)]
    names: list[str] = []
    for place, row in enumerate(rows):
        where = f"data.{rows_key}[{place}]"
        if not isinstance(row, dict):
            findings.append(surprise(where, "A row is no object."))
            continue
        observations += read_row(endpoint, row, where, findings)
        names.append(str(row.get("departmentId")))
    findings += _twice(names, f"data.{rows_key}")
    total, pages, number = _pagination(data, findings, needed=not endpoint.tree)
    return Page(
        root.get("departmentId") if isinstance(root.get("departmentId"), str) else None,
        tuple(names),
        tuple(observations),
        total,
        pages,
        number,
        tuple(findings),
    )


def read_national(document: Any) -> Page:
    """The national list: each province's total and its six groups (`GROUP.CKMB`, ...)."""
    findings: list[Finding] = []
    data = _data(document, findings)
    observations: list[Observation] = []
    names: list[str] = []
    for place, row in enumerate(need_list(data, "evaluation", "data", findings)):
        where = f"data.evaluation[{place}]"
        if not isinstance(row, dict) or not isinstance(row.get("groupScores"), dict):
            findings.append(surprise(where, "A province has no groupScores."))
            continue
        need(row, {**AGENCY, "totalScore": NUMBER}, where, findings, null=("totalScore",))
        need(
            row["groupScores"],
            dict.fromkeys(row["groupScores"], NUMBER),
            f"{where}.groupScores",
            findings,
            null=tuple(row["groupScores"]),
        )
        scores = {
            f"TOTAL.{NATIONAL}": row.get("totalScore"),
            **{f"GROUP.{code}": score for code, score in row["groupScores"].items()},
        }
        further = {key: value for key, value in row.items() if key not in {*SAID, "groupScores"}}
        names.append(str(row.get("departmentId")))
        observations += [
            Observation(*who(row), metric, score=figure(score), further=further if metric.startswith("TOTAL") else {})
            for metric, score in scores.items()
        ]
    findings += _twice(names, "data.evaluation")
    return Page(None, tuple(names), tuple(observations), len(names), 1, 1, tuple(findings))


def join_pages(asked_root: str, pages: Sequence[Page]) -> tuple[tuple[Observation, ...], tuple[Finding, ...]]:
    """What all pages together say, with every reason not to believe them.

    The root is the one asked for; the pages speak of one set: totals do not move, no agency stands twice, none is missing.
    """
    if pages and all(page.nothing for page in pages):
        return (), ()
    findings = [finding for page in pages for finding in page.findings]
    for page in pages:
        if page.root != asked_root:
            message = f"Agency {asked_root} was asked for, the answer is of {page.root}."
            findings.append(Finding("root_differs", "data", message, "Nothing of it is used; pull again."))
            break
    totals = {(page.total, page.pages) for page in pages}
    rows = Counter(row for page in pages for row in page.rows)
    if len(totals) > 1:
        findings.append(_moved(f"Totals differ between pages: {sorted(map(str, totals))}."))
    twice = sorted(row for row, times in rows.items() if times > 1)
    if twice and len(pages) > 1:
        findings.append(_moved(f"{len(twice)} agencies stand on more than one page, first {twice[0]}."))
    total = pages[0].total if pages else None
    if total is not None and len(totals) == 1 and sum(rows.values()) != total:
        findings.append(_moved(f"{total} agencies were announced, {sum(rows.values())} came."))
    if any(page.number is not None and page.number != place for place, page in enumerate(pages, 1)):
        findings.append(_moved("A page bears another number than the one asked for."))
    # The root stands on every page: once is enough.
    observations = {(one.department_id, one.metric): one for page in reversed(pages) for one in page.observations}
    return tuple(observations.values()), tuple(findings)


def _twice(names: Sequence[str], where: str) -> list[Finding]:
    return [
        Finding("rows_twice", where, f"Agency {name} stands {times} times.", "Pull again.", retry=True)
        for name, times in Counter(names).items()
        if times > 1
    ]


def _moved(message: str) -> Finding:
    return Finding("pages_not_one_set", "data.pagination", message, "Pull all pages again.", retry=True)


def _data(document: Any, findings: list[Finding]) -> dict[str, Any]:
    if not isinstance(document, dict) or document.get("code") != "OK" or not isinstance(document.get("data"), dict):
        findings.append(surprise("", 'The envelope {"code": "OK", "data": {...}} was expected.'))
        return {}
    data: dict[str, Any] = document["data"]
    return data


def _dict(data: dict[str, Any], key: str, where: str, findings: list[Finding]) -> dict[str, Any]:
    value = data.get(key)
    if isinstance(value, dict):
        return value
    if data:
        findings.append(surprise(f"{where}.{key}", "An object was expected."))
    return {}


def _pagination(
    data: dict[str, Any], findings: list[Finding], *, needed: bool
) -> tuple[int | None, int | None, int | None]:
    pagination = data.get("pagination")
    if pagination is None and not needed:
        return None, None, None
    if not isinstance(pagination, dict):
        if data:
            findings.append(surprise("data.pagination", "An object was expected."))
        return None, None, None
    names = ("total", "totalPages", "currentPage")
    need(pagination, dict.fromkeys(names, (int,)), "data.pagination", findings)
    total, pages, number = (value if isinstance(value := pagination.get(name), int) else None for name in names)
    return total, pages, number

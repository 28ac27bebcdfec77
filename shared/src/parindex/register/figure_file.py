"""Reads single published figures from CSV: each with its source and how it is known, every faulty row named at once. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from parindex.engine.period import Period
from parindex.errors import Invalid
from parindex.register.csv_table import Findings, Line, read_lines

EVIDENCE = ("published", "derived", "rank_only", "missing")
"""Printed; computed from printed figures (the note says how); only a place was printed; known not to exist."""
BLOCKS = ("province", "nation", "ministry", "department", "district", "commune")
COLUMNS = (
    "framework",
    "block",
    "period",
    "scope",
    "unit_code",
    "printed_name",
    "measure",
    "value",
    "maximum",
    "printed_rank",
    "printed_grade",
    "evidence",
    "note",
    "source_match",
    "source",
    "observed_at",
)
PAPI_MEASURES = {
    "participation": "d1_participation",
    "transparency": "d2_transparency",
    "accountability": "d3_vertical_accountability",
    "corruption": "d4_corruption_control",
    "procedures": "d5_admin_procedures",
    "services": "d6_service_delivery",
    "points": "total_unweighted",
}
"""Component of the framework `papi` (or the total) -> column of the file."""
_PAPI_OTHER = (
    "year",
    "gso_code",
    "province",
    "d7_environment",
    "d8_egovernance",
    "max_total",
    "rank_among_complete",
    "n_complete",
    "missing_subdimensions",
    "source",
)
_PAPI_READ_AT = dt.datetime.fromisoformat("2026-11-22T00:00:00+07:00")
_NUMBER = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,6})?")
_CHANGE = re.compile(r"-?[0-9]{1,7}(?:\.[0-9]{1,6})?")
CHANGES = "change_"
"""Measures that begin so are changes as printed: `change_points`, `change_places` (positive: up); they may be negative."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as its source gives it; `value` and `maximum` keep their printed digits."""

    line: int
    framework: str
    block: str
    period: str
    scope: str
    """Code of the province whose units these are; '' = the nation."""
    unit_code: str
    """GSO code or H code in the period; '' where the register has no such unit."""
    printed_name: str
    measure: str
    value: Decimal | None
    maximum: Decimal | None
    printed_rank: str | None
    printed_grade: str | None
    evidence: str
    note: str
    source_match: str
    source: str
    observed_at: dt.datetime


def read_figures(csv_text: str, file: str) -> list[Figure]:
    """The figures of a CSV file with the columns `COLUMNS`. Raises Invalid naming every fault with its line."""
    findings = Findings()
    figures = [_figure(line, findings) for line in read_lines(csv_text, COLUMNS, (), findings)]
    _refuse(findings, file)
    return figures


def read_papi(csv_text: str, file: str) -> list[Figure]:
    """Dimensions and totals of PAPI, a province and year a row; what was not published is a figure `missing`.

    Raises Invalid naming every fault with its line.
    """
    findings = Findings()
    lines = read_lines(csv_text, (*PAPI_MEASURES.values(), *_PAPI_OTHER), (), findings)
    figures = [figure for line in lines for figure in _papi_figures(line, findings)]
    _refuse(findings, file)
    return figures


def _figure(line: Line, findings: Findings) -> Figure:
    given = line.values
    evidence = line.one_of("evidence", EVIDENCE, findings)
    value, maximum = _number(line, "value", findings), _number(line, "maximum", findings)
    if evidence and (not given["value"]) != (evidence in {"rank_only", "missing"}):
        findings.add(
            line.number,
            "value",
            "value_and_evidence",
            f"a row {evidence} {'with' if given['value'] else 'without'} a value was found.",
            "published and derived have a value, rank_only and missing have none.",
        )
    return Figure(
        line=line.number,
        framework=line.required("framework", findings),
        block=line.one_of("block", BLOCKS, findings),
        period=_period(line, "period", findings),
        scope=given["scope"],
        unit_code=given["unit_code"],
        printed_name=line.required("printed_name", findings),
        measure=line.required("measure", findings),
        value=value,
        maximum=maximum,
        printed_rank=given["printed_rank"] or None,
        printed_grade=given["printed_grade"] or None,
        evidence=evidence,
        note=given["note"],
        source_match=line.one_of("source_match", ("exact", "probable"), findings),
        source=line.required("source", findings),
        observed_at=_instant(line, findings),
    )


def _papi_figures(line: Line, findings: Findings) -> Iterator[Figure]:
    missing = line.values["missing_subdimensions"]
    period = _period(line, "year", findings)
    for measure, column in PAPI_MEASURES.items():
        value = _number(line, column, findings)
        yield Figure(
            line=line.number,
            framework="papi",
            block="province",
            period=period,
            scope="",
            unit_code=line.values["gso_code"],
            printed_name=line.values["province"],
            measure=measure,
            value=value,
            maximum=Decimal(line.values["max_total"] if measure == "points" else 10),
            printed_rank=None,
            printed_grade=None,
            evidence="published" if value is not None else "missing",
            note="" if value is not None else f"not published; sub-dimensions missing: {missing.replace('|', ', ')}",
            source_match="exact",
            source=line.values["source"],
            observed_at=_PAPI_READ_AT,
        )


def _number(line: Line, column: str, findings: Findings) -> Decimal | None:
    written = line.values[column]
    if not written:
        return None
    form = _CHANGE if column == "value" and line.values.get("measure", "").startswith(CHANGES) else _NUMBER
    if not form.fullmatch(written):
        message = f"{written!r} was found, a number such as 85.30 was expected."
        findings.add(line.number, column, "number_unreadable", message, "Write digits with a point, as printed.")
        return None
    return Decimal(written)


def _period(line: Line, column: str, findings: Findings) -> str:
    try:
        return Period.parse(line.values[column]).code
    except Invalid as error:
        findings.add(line.number, column, error.code, error.message, error.hint)
        return ""


def _instant(line: Line, findings: Findings) -> dt.datetime:
    written = line.values["observed_at"]
    try:
        instant = dt.datetime.fromisoformat(written)
        if instant.tzinfo is not None:
            return instant
    except ValueError:
        pass
    message = f"{written!r} was found, an instant with offset was expected."
    findings.add(line.number, "observed_at", "instant_unreadable", message, "Write 2016-11-04T09:03:22+07:00.")
    return dt.datetime.max.replace(tzinfo=dt.UTC)


def _refuse(findings: Findings, file: str) -> None:
    if found := findings.by_line:
        raise Invalid(
            f"{file} has {len(found)} fault(s), the first at {found[0].field}: {found[0].message}",
            code="data_file_invalid",
            hint="Correct every line named and load the file again; nothing was stored.",
            findings=list(found),
        )

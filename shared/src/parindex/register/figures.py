"""Stores single published figures (PAR INDEX, SIPAS, PAPI, provinces' own rankings): each observation once, never overwritten.

Units are those that bore the printed code on the last day of the period: 63 provinces until mid-2025. What the register
does not know (ministries, most departments) is kept under its printed name.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from parindex.engine.period import Period
from parindex.errors import Conflict, Finding, Invalid
from parindex.register.figure_file import Figure, read_figures, read_papi
from parindex.register.revision import hold_register_lock, next_revision
from parindex.register.roles import acting_as
from parindex.units.codes import H_CODE

if TYPE_CHECKING:
    import asyncpg

REALM = "production"
NATION = 0
REGISTER = "published-figures"
UNCHANGED = "single published figures: nothing changed"
SHIPPED = {"published_figures.csv": read_figures, "papi_by_province_2011_2017.csv": read_papi}

_COLUMNS = ("tenant_id", "realm", "framework", "period", "block", "scope_unit_id", "printed_name", "measure", "source",
            "observed_at", "unit_id", "value", "maximum", "printed_rank", "printed_grade", "evidence", "note", "source_match")  # fmt: skip
_KEY = 10
"""The first columns are the key: what was observed, where and when; the others are what was read."""
_TYPES = ("int", "text", "text", "text", "text", "int", "text", "text", "text", "timestamptz", "int", "numeric", "numeric",
          "text", "text", "text", "text", "text")  # fmt: skip
_INSERT = (
    f"INSERT INTO published_figure ({', '.join(_COLUMNS)}, recorded_at) SELECT given.*, clock_timestamp()"
    f" FROM unnest({', '.join(f'${number}::{kind}[]' for number, kind in enumerate(_TYPES, 1))}) AS given"
)

_BEARERS = """
SELECT asked.scheme, asked.code, asked.day, held.unit_id
FROM unnest($1::text[], $2::text[], $3::date[]) AS asked (scheme, code, day)
JOIN unit_code held ON held.scheme = asked.scheme AND held.code = asked.code AND held.valid @> asked.day
JOIN unit ON unit.unit_id = held.unit_id AND unit.realm = $4
"""

_Row = tuple[Any, ...]
_Code = tuple[str, str, dt.date]
"""Scheme, code, day."""


async def load_single_figures(connection: asyncpg.Connection) -> list[str]:
    """Stores the shipped figures that the database does not have. Returns what changed, in sentences.

    May run twice: files that were loaded before are not read again. Raises Invalid naming every row that cannot be read
    or whose unit is unknown in its period, and Conflict when another figure is stored for the same observation.
    """
    folder = files("parindex.register") / "data"
    texts = {name: (folder / name).read_text("utf-8") for name in SHIPPED}
    digest = hashlib.sha256("".join(texts.values()).encode()).hexdigest()
    await hold_register_lock(connection)
    last = "SELECT sha256 FROM register_load WHERE register = $1 ORDER BY revision DESC LIMIT 1"
    if await connection.fetchval(last, REGISTER) == digest:
        return [UNCHANGED]
    figures = [(name, figure) for name, read in SHIPPED.items() for figure in read(texts[name], name)]
    return await store_figures(connection, figures, digest)


async def store_figures(connection: asyncpg.Connection, figures: list[tuple[str, Figure]], digest: str) -> list[str]:
    """Stores figures (each with the name of its file) that the database does not have, in the caller's transaction.

    `digest`: hex digest of the files. May run twice. Raises Invalid for codes that nobody bore in the period, Conflict
    when another figure is stored for the same observation.
    """
    rows = _placed(figures, await _bearers(connection, figures))
    stored = {
        tuple(row)[:_KEY]: tuple(row)[_KEY:]
        for row in await connection.fetch(f"SELECT {', '.join(_COLUMNS)} FROM published_figure WHERE realm = $1", REALM)
    }
    seen: dict[_Row, _Row] = dict(stored)
    differing = [row for row in rows if seen.setdefault(row[:_KEY], row[_KEY:]) != row[_KEY:]]
    if differing:
        first = differing[0]
        raise Conflict(
            f"Other figures are already stored for {len(differing)} observation(s), the first: {first[2]} {first[3]} {first[6]} {first[7]}. Nothing was stored.",
            code="published_figures_differ",
            hint="What was observed never changes: give what was read later its own observed_at, or put the figure back.",
        )
    new = list(dict.fromkeys(row for row in rows if row[:_KEY] not in stored))
    if not new:
        return [UNCHANGED]
    counts: dict[str, int] = {}
    for row in new:
        counts[row[2]] = counts.get(row[2], 0) + 1
    await next_revision(connection, REGISTER, digest, {"figures": counts})
    async with acting_as(connection, "ranking-worker"):
        await connection.execute(_INSERT, *zip(*new, strict=True))
    return [f"single published figures: {code}, {count} figures" for code, count in counts.items()]


async def _bearers(connection: asyncpg.Connection, figures: list[tuple[str, Figure]]) -> dict[_Code, int]:
    """The units that bore the codes of the figures on the last day of their periods."""
    codes = {_code(code, one) for _, one in figures for code in (one.scope, one.unit_code) if code}
    rows = await connection.fetch(_BEARERS, *zip(*codes, strict=True), REALM) if codes else []
    return {(row["scheme"], row["code"], row["day"]): row["unit_id"] for row in rows}


def _code(code: str, one: Figure) -> _Code:
    return (H_CODE if code.startswith("H") else "gso", code, Period.parse(one.period).last)


def _placed(figures: list[tuple[str, Figure]], bearers: dict[_Code, int]) -> list[_Row]:
    findings: list[Finding] = []

    def unit(code: str, file: str, one: Figure) -> int | None:
        named = _code(code, one)
        if named not in bearers:
            message = f"the code {code} of {one.printed_name} means no unit on {named[2]}."
            findings.append(
                Finding("unit_unknown", f"{file}:{one.line}", message, "Expected a code borne on that day.")
            )
        return bearers.get(named)

    rows = []
    for file, one in figures:
        scope = unit(one.scope, file, one) if one.scope else NATION
        bearer = unit(one.unit_code, file, one) if one.unit_code else NATION if one.block == "nation" else None
        rows.append(
            (scope, REALM, one.framework, one.period, one.block, scope, one.printed_name, one.measure, one.source,
             one.observed_at, bearer, one.value, one.maximum, one.printed_rank, one.printed_grade, one.evidence, one.note, one.source_match)
        )  # fmt: skip
    if findings:
        raise Invalid(
            f"{len(findings)} published figure(s) cannot be placed, the first at {findings[0].field}: {findings[0].message}",
            code="units_unknown",
            hint="Correct the codes; nothing was stored.",
            findings=findings,
        )
    return rows

"""SQL that counts everything again from the facts: one pass over `response` by answer column, plus its later changes.

Every response counts once; `response_change` then adds its deltas. The big table is neither unnested nor joined: the
changes, which are few, look up their responses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parindex.engine.aggregate import AUTOMATIC, DONT_KNOW, NOT_ANSWERED, NOT_APPLICABLE
from parindex.instruments.catalogue import Instrument

ROLLUP_KEYS = (
    "tenant_id",
    "realm",
    "unit_id",
    "local_day",
    "service_channel",
    "collected_via",
    "mode",
    "stage",
    "respondent_kind",
    "field_base",
)
"""What a rollup row is keyed by, beside questionnaire version, item and code."""
PROCEDURE_KEYS = ("tenant_id", "realm", "unit_id", "procedure_base", "month")
_EXPRESSIONS = {"month": "date_trunc('month', local_day)::date"}
SELECTED = {key: f"{expression} AS {key}" for key, expression in _EXPRESSIONS.items()}
"""How a key is selected that is no column of `response`."""
_CELLS_A_PASS = 400
"""Counts taken in one pass: Postgres allows 1,664 columns, and a weighted count takes three."""


def recount(instrument: Instrument, keys: Sequence[str], *, where: str = "true", changed_before: str = "") -> str:
    """SQL of (keys..., item, code, n, w, w2) for one questionnaire version, whose row id is parameter $1.

    `where` limits the responses (columns of `response`, parameters from $2); `changed_before` likewise limits the
    changes (columns of `response_change` as `change`). Rows may repeat a key: sum them up. Cells of n = 0 may occur.
    """
    cells = [(0, 0, "true")] + [
        cell for column in instrument.columns for cell in _cells(column.number, instrument.items[column.item].values)
    ]
    passes = [cells[start : start + _CELLS_A_PASS] for start in range(0, len(cells), _CELLS_A_PASS)]
    parts = [_pass(instrument, keys, part, where) for part in passes]
    return "\nUNION ALL\n".join([*parts, _changes(instrument, keys, where, changed_before)])


def bare_aggregate(instrument: Instrument, keys: Sequence[str], *, where: str = "true") -> str:
    """The floor that a recount is measured against: the same counts of the same groups, and nothing else."""
    cells = [
        cell for column in instrument.columns for cell in _cells(column.number, instrument.items[column.item].values)
    ]
    return f"SELECT {', '.join(keys)}, count(*), {_sums(instrument, cells)} FROM {_source(instrument, keys, cells, where)} GROUP BY {', '.join(keys)}"


def _cells(column: int, values: Iterable[int]) -> list[tuple[int, int, str]]:
    answer = f"answer_{column}"
    conditions = [(value, f"{answer} = {value}") for value in (*sorted(values), DONT_KNOW, NOT_APPLICABLE)]
    conditions += [(NOT_ANSWERED, f"{answer} IS NULL"), (AUTOMATIC, f"{answer} <= -100")]
    return [(column, code, condition) for code, condition in conditions]


def _source(instrument: Instrument, keys: Sequence[str], cells: Sequence[tuple[int, int, str]], where: str) -> str:
    selected = [f"{_EXPRESSIONS[key]} AS {key}" if key in _EXPRESSIONS else key for key in keys]
    selected += [f"answers[{column}] AS answer_{column}" for column in sorted({column for column, _, _ in cells} - {0})]
    if instrument.design == "probability":
        selected += ["coalesce(weight, 1) AS w", "coalesce(weight * weight, 1) AS w2"]
    # OFFSET 0 keeps Postgres from taking each answer out of its array once per count.
    return f"(SELECT {', '.join(selected)} FROM response WHERE instrument_version_id = $1 AND {where} OFFSET 0) AS fact"


def _sums(instrument: Instrument, cells: Sequence[tuple[int, int, str]]) -> str:
    sums = []
    for place, (_, _, condition) in enumerate(cells):
        sums.append(f"count(*) FILTER (WHERE {condition}) AS n{place}")
        if instrument.design == "probability":
            sums += [
                f"coalesce(sum({weight}) FILTER (WHERE {condition}), 0) AS {weight}_{place}" for weight in ("w", "w2")
            ]
    return ", ".join(sums)


def _pass(instrument: Instrument, keys: Sequence[str], cells: Sequence[tuple[int, int, str]], where: str) -> str:
    weighted = instrument.design == "probability"
    listed = ", ".join(keys)
    values = ", ".join(
        f"({item}, {code}, n{place}, {f'w_{place}, w2_{place}' if weighted else f'n{place}, n{place}'})"
        for place, (item, code, _) in enumerate(cells)
    )
    return f"""SELECT {listed}, cell.item::smallint, cell.code::smallint, cell.n::bigint, cell.w::numeric, cell.w2::numeric
FROM (SELECT {listed}, {_sums(instrument, cells)} FROM {_source(instrument, keys, cells, where)} GROUP BY {listed}) AS grouped
CROSS JOIN LATERAL (VALUES {values}) AS cell(item, code, n, w, w2)
WHERE cell.n <> 0"""


def _changes(instrument: Instrument, keys: Sequence[str], where: str, changed_before: str) -> str:
    weight = "coalesce(fact.weight, 1)" if instrument.design == "probability" else "1"
    qualified = ", ".join(f"fact.{key}" for key in keys)
    month = ", date_trunc('month', local_day)::date AS month" if "month" in keys else ""
    condition = f"AND {changed_before}" if changed_before else ""
    return f"""SELECT {qualified}, cell.item::smallint, cell.code::smallint, sum(change.delta)::bigint,
       sum(change.delta * {weight})::numeric, sum(change.delta * {weight} * {weight})::numeric
FROM response_change AS change
JOIN LATERAL (
  SELECT *{month} FROM response
  WHERE response.tenant_id = change.tenant_id AND response.system_id = change.system_id AND response.response_id = change.response_id
    AND instrument_version_id = $1 AND {where}
) AS fact ON true
CROSS JOIN LATERAL (
  SELECT 0 AS item, 0 AS code
  UNION ALL
  SELECT place, CASE WHEN answer IS NULL THEN {NOT_ANSWERED} WHEN answer <= -100 THEN {AUTOMATIC} ELSE answer END
  FROM unnest(fact.answers) WITH ORDINALITY AS given(answer, place)
) AS cell
WHERE change.delta <> 0 {condition}
GROUP BY {qualified}, cell.item, cell.code"""

"""Entries of a satisfaction table: results counted again from the stored counts, small cells protected as in every table. Pure.

A whole result is withheld by `small_cells.suppress` (and where another public table of the period withholds it already,
which the inputs say); a factor of a shown unit by `small_cells.hidden_cells`, so that no difference gives one away.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from parindex.editions.entries import Cell, Entries, Entry, Unranked
from parindex.editions.rules import Rules
from parindex.engine.aggregate import METHODS, Method
from parindex.engine.result import Lineage, Questionnaire, cells_of, unit_result
from parindex.engine.small_cells import WORDS, Suppression, hidden_cells, suppress, total_reveals
from parindex.engine.table import size
from parindex.instruments.catalogue import Instrument
from parindex.instruments.counting import questionnaire_of

NO_RESPONSES = Unranked(
    "no_responses", "Không xếp hạng: chưa có phiếu nào về đơn vị.", "Not ranked: nobody answered about the unit."
)
NO_ANSWERS = Unranked(
    "no_answers",
    "Không xếp hạng: không có câu trả lời nào tính được tỷ lệ.",
    "Not ranked: no answer that a share can be taken of.",
)
_WITHHELD = {
    reason: Unranked(reason, f"Không xếp hạng. {words['vi']}", f"Not ranked. {words['en']}")
    for reason, words in WORDS.items()
}
PERCENT = "100"
Result = Mapping[str, Any]


def satisfaction_entries(inputs: Mapping[str, Any]) -> Entries:
    """One entry a unit of `units`, from the counts in `results`; `scope_result` gives the pooled figure of the scope.

    `siblings` (unit id -> responses) are units of the scope in other blocks; `withheld` (unit id -> reason) are units
    that another public table of the period withholds.
    """
    instrument = Instrument.from_document(inputs["instrument"])
    questionnaire = questionnaire_of(instrument)
    method = cast("Method", inputs["method"])
    minimum: int = inputs["policy"]["small_cell_minimum"]
    units = sorted(int(unit_id) for unit_id in inputs["units"])
    results = {unit_id: _result(unit_id, inputs, questionnaire) for unit_id in units}
    sizes = {int(unit_id): int(n) for unit_id, n in inputs.get("siblings", {}).items()}
    sizes |= {unit_id: size(result) for unit_id, result in results.items()}
    hidden: dict[int, Suppression] = suppress(sizes, minimum)
    for unit_id, reason in inputs.get("withheld", {}).items():
        hidden.setdefault(int(unit_id), reason)
    hidden_parts = _hidden_factors(results, hidden, instrument, minimum)
    return Entries(
        _index(instrument, method),
        Rules.of_policy(inputs["policy"], "percent"),
        _columns(instrument),
        [_entry(unit_id, results[unit_id], hidden, hidden_parts, instrument, method) for unit_id in units],
        part_digits=inputs["policy"]["digits"],
        means=[_pooled(inputs, questionnaire, method, sizes, minimum)],
    )


def _result(unit_id: int, inputs: Mapping[str, Any], questionnaire: Questionnaire) -> Result | None:
    counted = inputs["results"].get(str(unit_id))
    if counted is None:
        return None
    lineage = Lineage(tuple(counted.get("pooled_unit_ids", ())), bool(counted.get("constructed", False)), ())
    return unit_result(unit_id, inputs["period"], questionnaire, cells_of(counted), partial=False, lineage=lineage)


def _index(instrument: Instrument, method: Method) -> dict[str, Any]:
    return {
        "code": f"satisfaction.{instrument.code}",
        "version": instrument.version,
        "title_vi": instrument.title_vi,
        "title_en": instrument.title_en,
        "sha256": instrument.sha256,
        "template": False,
        "maximum": PERCENT,
        "method": method,
        "status": "survey",
        "status_note_vi": "",
        "status_note_en": "",
        "fragment": False,
    }


def _columns(instrument: Instrument) -> list[dict[str, Any]]:
    asked = {item.factor for item in instrument.satisfaction_items}
    return [
        {
            "code": factor.code,
            "number": "",
            "title_vi": factor.title_vi,
            "title_en": factor.title_en,
            "maximum": PERCENT,
            "kind": "factor",
        }
        for factor in instrument.factors
        if factor.code in asked
    ]


def _hidden_factors(
    results: Mapping[int, Result | None], hidden: Mapping[int, Suppression], instrument: Instrument, minimum: int
) -> set[tuple[int, str]]:
    """Factors of units that must not be shown: an item of theirs is small, or a difference would reveal one that is.

    The size of a factor is that of its least answered item, since readers may see items beside their factor.
    """
    factor_of = {item.code: item.factor for item in instrument.satisfaction_items if item.factor is not None}
    sizes: dict[tuple[int, str], int] = {}
    for unit_id, result in results.items():
        for line in result["items"] if result is not None else ():
            factor, answered = factor_of.get(line["item"]), line["balance"]["answered"]
            if factor is not None and answered:
                sizes[unit_id, factor] = min(answered, sizes.get((unit_id, factor), answered))
    forced = [cell for cell in sizes if cell[0] in hidden]
    return set(hidden_cells(sizes, minimum, forced=forced))


def _entry(
    unit_id: int,
    result: Result | None,
    hidden: Mapping[int, Suppression],
    hidden_parts: set[tuple[int, str]],
    instrument: Instrument,
    method: Method,
) -> Entry:
    nothing = {column["code"]: Cell(None, None, None, None) for column in _columns(instrument)}
    if result is None or result["responses"] == 0:
        return Entry(unit_id, None, None, None, nothing, NO_RESPONSES, more={"responses": 0})
    if unit_id in hidden:
        unranked = _WITHHELD[hidden[unit_id]]
        return Entry(unit_id, None, None, None, nothing, unranked, more={"responses": None})
    whole = result["whole"]
    figures = {one["factor"]: one[method]["value"] for one in result["factors"]}
    parts = {code: nothing[code] if (unit_id, code) in hidden_parts else _cell(figures.get(code)) for code in nothing}
    value = whole[method]["value"]
    return Entry(
        unit_id,
        None if value is None else Decimal(value),
        None,
        None,
        parts,
        NO_ANSWERS if value is None else None,
        breakers={**{name: _decimal(whole[name]["value"]) for name in METHODS}, "responses": result["responses"]},
        constructed=result["constructed"],
        more={"responses": result["responses"]},
    )


def _cell(value: str | None) -> Cell:
    return Cell(None, None, value, _decimal(value))


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _pooled(
    inputs: Mapping[str, Any],
    questionnaire: Questionnaire,
    method: Method,
    sizes: Mapping[int, int],
    minimum: int,
) -> dict[str, Any]:
    """The figure of all responses of the scope together; withheld where it would reveal a small unit."""
    scope, counted = inputs["scope"], inputs.get("scope_result")
    value = None
    if counted is not None and not inputs.get("scope_withheld"):
        result = unit_result(scope["unit_id"], inputs["period"], questionnaire, cells_of(counted), partial=False)
        if size(result) >= minimum and not total_reveals(sizes, minimum):
            value = result["whole"][method]["value"]
    return {
        "scope": "pooled",
        "title_vi": f"{scope['name']} (gộp mọi phiếu)",
        "title_en": f"{scope['name']} (all responses together)",
        "value": value,
        "units": sum(n > 0 for n in sizes.values()),
    }

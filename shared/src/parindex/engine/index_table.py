"""The table of an assessment: units by index with their ranks, ranks of each field, means, and who is not ranked and why. Pure.

Made of score documents (docs/design.md), so that a stored score serves as well as a fresh one. Ranks are taken on the
published figures under the framework's declared tie rule; the order of the documents changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from parindex.engine.criteria import Framework
from parindex.engine.rank import TIE_RULE_WORDS, Contender, rank
from parindex.engine.rounding import exact_sum, half_up_ratio

_MISSING = {
    "vi": "Chưa xếp hạng: còn {count} tiêu chí thành phần chưa có kết quả.",
    "en": "Not ranked: {count} components have no result yet.",
}
_NOTHING = {
    "vi": "Chưa xếp hạng: không có tiêu chí nào áp dụng cho đơn vị.",
    "en": "Not ranked: nothing applies to the unit.",
}


def index_table(framework: Framework, documents: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """The table of the units' score documents: ranked units by rank, then those not ranked, each by unit id.

    `documents`: unit id -> score document of this framework and of one block. Points and percents are strings with their
    published digits. Raises Invalid when the tie rule is ordinal and leaves a tie.
    """
    figure = "index" if framework.ranked_on == "percent" else "points"
    ranked = {unit_id: one for unit_id, one in documents.items() if one["complete"] and one["index"] is not None}
    places = _ranks(framework, {unit_id: Decimal(one[figure]) for unit_id, one in ranked.items()})
    field_places = {
        code: _ranks(framework, values) for code, values in _field_values(framework, ranked.items()).items()
    }
    rows = [_row(unit_id, one, places, field_places) for unit_id, one in documents.items()]
    return {
        "framework": framework.code,
        "version": framework.version,
        "framework_sha256": framework.sha256,
        "template": framework.template,
        "ranked_on": framework.ranked_on,
        "tie_rule": framework.tie_rule,
        "tie_rule_words": dict(TIE_RULE_WORDS[framework.tie_rule]),
        "fields": [
            {
                "code": node.code,
                "number": node.number,
                "title_vi": node.title_vi,
                "title_en": node.title_en,
                "maximum": f"{node.maximum:f}",
                "section": node.section,
                "provenance": node.provenance,
            }
            for node in framework.roots
        ],
        "mean": _mean(framework, [Decimal(one[figure]) for one in ranked.values()]),
        "ranked": len(ranked),
        "not_ranked": len(documents) - len(ranked),
        "rows": sorted(rows, key=lambda row: (row["rank"] is None, row["rank"] or 0, row["unit_id"])),
    }


def _ranks(framework: Framework, values: Mapping[int, Decimal]) -> dict[int, int]:
    contenders = [Contender(unit_id, value, {}) for unit_id, value in values.items()]
    # An ordinal rule without further criteria falls back on the order of registration, which the rule's words say.
    breakers = ("unit_id",) if framework.tie_rule == "ordinal" else ()
    digits = max(framework.index_digits, framework.digits)
    return rank(contenders, framework.tie_rule, tie_breakers=breakers, digits=digits)


def _field_values(
    framework: Framework, documents: Iterable[tuple[int, Mapping[str, Any]]]
) -> dict[str, dict[int, Decimal]]:
    values: dict[str, dict[int, Decimal]] = {node.code: {} for node in framework.roots if node.section == "main"}
    for unit_id, document in documents:
        for line in document["fields"]:
            if line["code"] in values and line["percent"] is not None:
                values[line["code"]][unit_id] = Decimal(line["percent"])
    return values


def _row(
    unit_id: int, document: Mapping[str, Any], places: Mapping[int, int], field_places: Mapping[str, Mapping[int, int]]
) -> dict[str, Any]:
    return {
        "unit_id": unit_id,
        "rank": places.get(unit_id),
        "not_ranked": None if unit_id in places else _reason(document),
        **{
            key: document[key]
            for key in ("points", "maximum", "index", "bonus", "penalty", "complete", "grade", "counts", "views")
        },
        "fields": [{**line, "rank": field_places.get(line["code"], {}).get(unit_id)} for line in document["fields"]],
        "missing": document["missing"],
        "input_sha256": document["input_sha256"],
    }


def _reason(document: Mapping[str, Any]) -> dict[str, str]:
    if document["missing"]:
        return {
            "code": "missing",
            **{language: words.format(count=len(document["missing"])) for language, words in _MISSING.items()},
        }
    return {"code": "nothing_applies", **_NOTHING}


def _mean(framework: Framework, values: list[Decimal]) -> str | None:
    """Plain mean of the ranked units' figures, rounded once; None when nobody is ranked."""
    if not values:
        return None
    digits = framework.index_digits if framework.ranked_on == "percent" else framework.digits
    return f"{half_up_ratio(exact_sum(values), len(values), digits):f}"

"""Why a figure is what it is: the rule in words, the counts that went in, and the arithmetic, as one document. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parindex.engine.aggregate import ColumnSpec, Method, answers_by_column, plain, satisfaction
from parindex.engine.rank import CHANGE_SIGN_EN, CHANGE_SIGN_VI, TIE_RULE_WORDS
from parindex.engine.result import Questionnaire, cells_of
from parindex.engine.small_cells import WORDS
from parindex.engine.table import Rules
from parindex.errors import NotFound

_RULE = {
    "top2": {
        "vi": "Tỷ lệ hài lòng = 100 x số câu trả lời hài lòng / tổng số câu trả lời có nội dung",
        "en": "Satisfied share = 100 x favourable answers / all answers with content",
    },
    "mean": {
        "vi": "Điểm trung bình = 100 x tổng (mức x số câu trả lời) / tổng (mức cao nhất x số câu trả lời)",
        "en": "Mean score = 100 x sum of (value x answers) / sum of (largest value x answers)",
    },
}
_POOL = {
    "vi": "Cộng tử số và mẫu số của các câu hỏi rồi chia một lần; làm tròn một lần, 2 chữ số, nửa lên.",
    "en": "Numerators and denominators of the items are added, then divided once; rounded once, 2 decimals, half-up.",
}
_WEIGHTED = {
    False: {"vi": "Mỗi câu trả lời tính là 1.", "en": "Every answer counts as 1."},
    True: {"vi": "Mỗi câu trả lời tính theo trọng số mẫu.", "en": "Every answer counts with its sampling weight."},
}
_EXCLUDED = {
    "vi": "Không tính: không biết, không áp dụng, không trả lời, phần mềm tự điền.",
    "en": "Not counted: don't know, not applicable, not answered, filled in by software.",
}
_CONSTRUCTED = {
    "vi": "Có gộp phiếu của đơn vị tiền thân nhập toàn bộ vào đơn vị này (số liệu dựng lại); đơn vị nhập một phần chỉ nêu tên, không cộng.",
    "en": "Responses of units merged wholly into this one are pooled (a constructed figure); units merged in part are listed, not carried.",
}
_OWN = {"vi": "Chỉ gồm phiếu của chính đơn vị.", "en": "The unit's own responses only."}


def explain(
    document: Mapping[str, Any],
    questionnaire: Questionnaire,
    method: Method,
    *,
    item: str | None = None,
    factor: str | None = None,
    option: str | None = None,
    rules: Rules | None = None,
    row: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Explanation of one figure of a `unit_result` document: of the whole, one factor, one item or one option.

    `row` is the unit's row in a league table and `rules` the policy applied there; then rank, tie rule and change are
    explained too. The figure is computed again from the stored counts. Raises NotFound for an item, factor or option
    that the questionnaire does not have.
    """
    columns = _columns(questionnaire, item, factor, option)
    cells = cells_of(document)
    figure = satisfaction(cells, columns, method, weighted=questionnaire.weighted)
    return {
        "unit_id": document["unit_id"],
        "period": document["period"],
        "partial": document["partial"],
        "instrument": document["instrument"],
        "version": document["version"],
        "subject": {
            "kind": "item" if item else "factor" if factor else "whole",
            "code": item or factor,
            "option": option,
        },
        "method": method,
        "figure": figure.as_json(),
        "rule": {language: _words(language, figure.as_json(), questionnaire, method) for language in ("vi", "en")},
        "inputs": [
            _input(column, answers_by_column(cells).get(column.number, {}), method, questionnaire) for column in columns
        ],
        "responses": document["responses"],
        "balance": document["balance"],
        "exposure": document["exposure"],
        "lineage": {
            "constructed": document["constructed"],
            "pooled_unit_ids": document["pooled_unit_ids"],
            "partial_predecessors": document["partial_predecessors"],
            "words": _CONSTRUCTED if document["constructed"] else _OWN,
        },
        "ranking": None if row is None or rules is None else _ranking(row, rules, method),
    }


def _columns(
    questionnaire: Questionnaire, item: str | None, factor: str | None, option: str | None
) -> list[ColumnSpec]:
    if item is not None:
        columns = [
            column for column in questionnaire.columns if column.item == item and option in (None, column.option)
        ]
    elif factor is not None:
        columns = [column for column in questionnaire.columns if column.satisfaction and column.factor == factor]
    else:
        return [column for column in questionnaire.columns if column.satisfaction]
    if not columns:
        raise NotFound(
            f"{questionnaire.instrument} {questionnaire.version} has no {'item' if item else 'factor'} {item or factor!r}{f' with option {option!r}' if option else ''}.",
            code="subject_unknown",
            hint=f"Items: {', '.join(dict.fromkeys(column.item for column in questionnaire.columns))}.",
        )
    return columns


def _words(language: str, figure: Mapping[str, Any], questionnaire: Questionnaire, method: Method) -> str:
    if figure["value"] is None:
        arithmetic = {"vi": "Không có giá trị (khác với 0).", "en": "There is no value (which is not zero)."}[language]
    else:
        arithmetic = f"100 x {figure['numerator']} / {figure['denominator']} = {figure['value']}."
    return " ".join(
        [
            f"{_RULE[method][language]}: {arithmetic}",
            _POOL[language],
            _WEIGHTED[questionnaire.weighted][language],
            _EXCLUDED[language],
        ]
    )


def _input(
    column: ColumnSpec, answers: Mapping[int, Any], method: Method, questionnaire: Questionnaire
) -> dict[str, Any]:
    return {
        "item": column.item,
        "option": column.option,
        "column": column.number,
        "factor": column.factor,
        "favourable": sorted(column.favourable),
        "maximum": column.maximum,
        "answers": [
            {"value": value, "n": n, "w": plain(w), "favourable": value in column.favourable}
            for value, (n, w, _) in sorted(answers.items())
        ],
        "figure": satisfaction(
            {(column.number, value): cell for value, cell in answers.items()},
            [column],
            method,
            weighted=questionnaire.weighted,
        ).as_json(),
    }


def _ranking(row: Mapping[str, Any], rules: Rules, method: Method) -> dict[str, Any]:
    suppressed = row["suppressed"]
    return {
        "policy": rules.policy,
        "tie_rule": rules.tie_rule,
        "tie_rule_words": TIE_RULE_WORDS[rules.tie_rule],
        "tie_breakers": list(rules.tie_breakers),
        "digits": rules.digits,
        "small_cell_minimum": rules.small_cell_minimum,
        "suppressed": suppressed,
        "suppressed_words": None if suppressed is None else WORDS[suppressed],
        "unranked_reason": row["unranked_reason"],
        "change_sign": {"vi": CHANGE_SIGN_VI, "en": CHANGE_SIGN_EN},
        **row[method],
    }

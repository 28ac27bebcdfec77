"""Readers of the answers of one item: `answers` and `overall`. Pure."""

from __future__ import annotations

import re
from typing import Any

from parindex import privacy
from parindex.errors import Finding
from survey_ingest import words
from survey_ingest.reading import Context, Fault, free_text, kind_of, refuse_personal, text_of

MAX_ANSWERS = 200
LARGEST_VALUE = 30_000
"""No scale of a questionnaire goes further; a longer number is none, but may be somebody's."""
_OPTION = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_ITEM = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)


def overall_of(value: Any, context: Context) -> int:
    """The level 1..5 of `overall`."""
    level = (
        words.satisfaction_level(value)
        if isinstance(value, str)
        else value
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5
        else None
    )
    if level is None:
        raise Fault(
            "value_outside_scale", "Expected 1 to 5, or words such as 'Hài lòng'.", "See GET /v1/catalogues/codes."
        )
    _keep_words("overall", value, context)
    return level


def _keep_words(where: str, value: Any, context: Context) -> None:
    """An answer word such as 'Chưa hài lòng' is kept beside the level it means."""
    if isinstance(value, str) and words.is_number(value) is None:
        context.as_given[where] = text_of(value, 64)


def _answer_value(value: Any) -> Any:
    """An integer, an option id, a list of option ids, or None where not answered."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return None if value is None else _on_some_scale(value)
    if isinstance(value, str):
        if (number := words.is_number(value)) is not None:
            return _on_some_scale(number)
        text = text_of(value, 64)
        if text in ("", words.NO_ANSWER):
            return None
        level = words.satisfaction_level(text)
        return level if level is not None else _option(text)
    if isinstance(value, list):
        if len(value) > MAX_ANSWERS:
            raise Fault("too_many", f"At most {MAX_ANSWERS} options.", "", "value")
        options = sorted({_option(text_of(option, 64)) for option in value} - {""})
        return options or None
    raise Fault(
        "wrong_type", f"Expected an integer, an option id or a list of option ids, got {kind_of(value)}.", "", "value"
    )


def _on_some_scale(value: int) -> int:
    if abs(value) > LARGEST_VALUE:
        raise Fault("out_of_range", "The number is out of range.", "Send a value of the item's scale.", "value")
    return value


def _option(text: str) -> str:
    """An option id, known or not: other words are no answer, and may be somebody's name."""
    if text and not _OPTION.fullmatch(text):
        raise Fault(
            "option_form",
            "Expected a value of the scale, the id of an option, or words such as 'Hài lòng'.",
            "See GET /v1/catalogues/instruments.",
            "value",
        )
    return refuse_personal(text, "value", lambda option: privacy.masked(option) != option)


def answers_of(value: Any, context: Context) -> list[dict[str, Any]]:
    """The canonical answers, sorted by item; what was not answered is left out."""
    if not isinstance(value, list):
        raise Fault(
            "wrong_type", f"Expected a list of answers, got {kind_of(value)}.", '[{"item": "overall", "value": 5}]'
        )
    if len(value) > MAX_ANSWERS:
        raise Fault("too_many", f"{len(value)} answers; at most {MAX_ANSWERS}.", "One answer per item.")
    read: list[dict[str, Any]] = []
    seen: set[str] = set()
    for index, raw in enumerate(value):
        where = f"answers[{index}]"
        try:
            answer = _answer(raw, context, where)
        except Fault as fault:
            inner = f".{fault.field}" if fault.field else ""
            context.findings.append(Finding(fault.code, where + inner, fault.message, fault.hint))
            continue
        if answer is None:
            continue
        if answer["item"] in seen:
            context.findings.append(
                Finding("item_twice", where, f"Item {answer['item']} is answered twice.", "Send one answer per item.")
            )
        seen.add(answer["item"])
        read.append(answer)
    if len(read) > 1:
        read.sort(key=lambda answer: answer["item"])
    return read


ANSWER_FIELDS = frozenset({"item", "value", "text", "automatic"})


def _answer(raw: Any, context: Context, where: str) -> dict[str, Any] | None:
    """The canonical answer, or None where nothing was answered."""
    if not isinstance(raw, dict):
        raise Fault("wrong_type", f"Expected an object, got {kind_of(raw)}.", '{"item": "overall", "value": 5}')
    item = raw.get("item")
    if not isinstance(item, str) or not _ITEM.fullmatch(item):
        raise Fault(
            "item_form",
            "Expected the code of an item of the questionnaire.",
            "See GET /v1/catalogues/instruments.",
            "item",
        )
    refuse_personal(item, "item")
    answer: dict[str, Any] = {"item": item}
    value = _answer_value(raw.get("value"))
    if value is not None:
        answer["value"] = value
        if isinstance(value, int):
            _keep_words(item, raw["value"], context)
    text = raw.get("text")
    if text is not None and text != "" and (safe := free_text(text, context, f"{where}.text")):
        answer["text"] = safe
    automatic = words.truth(raw.get("automatic"))
    if automatic is None:
        raise Fault("wrong_type", "Expected true or false.", "true where software filled the answer.", "automatic")
    if automatic:
        answer["automatic"] = True
    for key in raw:
        if key not in ANSWER_FIELDS:
            context.ignore(key, where)
    return answer if len(answer) > 1 and ("value" in answer or "text" in answer) else None

"""Puts checked answers into the answer columns of a questionnaire version, or says why they do not fit. Pure."""

from __future__ import annotations

from typing import Any

from parindex.errors import Finding
from parindex.instruments.catalogue import Instrument
from parindex.instruments.catalogue import Item as Question
from parindex.web.auth import Caller
from survey_ingest.item import KIND_AS_SENT, Item
from survey_ingest.words import SPECIAL_CODES

AUTOMATIC_BASE = -100
"""A value that software filled is stored as AUTOMATIC_BASE - value and never counted."""
RESPONDENT_KINDS = frozenset({"citizen", "business", "state_agency", "other"})


def fill(cells: list[int | None], question: Question, value: Any, automatic: bool) -> tuple[str, str, str] | None:
    """Puts an answer into its columns; a fault as (code, message, hint)."""
    if isinstance(value, str) and value in SPECIAL_CODES:
        # Where software says that it does not know, nobody has answered.
        for column in () if automatic else question.columns:
            cells[column - 1] = SPECIAL_CODES[value]
        return None
    if question.kind == "text":
        return "value_not_taken", f"Item {question.code} takes text only.", "Send the words in text."
    if question.kind == "multi":
        chosen = value if isinstance(value, list) else [str(value)]
        known = {option.id: column for option, column in zip(question.options, question.columns, strict=True)}
        if unknown := [str(option) for option in chosen if option not in known]:
            return (
                "option_unknown",
                f"Item {question.code} has no option {', '.join(unknown)[:60]}.",
                f"Known: {', '.join(known)}.",
            )
        for option, column in known.items():
            _put(cells, column, int(option in chosen), automatic)
        return None
    if isinstance(value, list):
        return "not_multi_select", f"Item {question.code} takes one answer.", "Send one value."
    if question.kind == "choice":
        by_id = {option.id: option.value for option in question.options}
        if not isinstance(value, str) and value in question.values:
            number = value
        elif value in by_id:
            number = by_id[value]
        else:
            return (
                "option_unknown",
                f"Item {question.code} has no option {str(value)[:40]}.",
                f"Known: {', '.join(by_id)}.",
            )
    elif isinstance(value, int) and value in question.values:
        number = value
    else:
        return (
            "value_outside_scale",
            f"{str(value)[:40]} is not on the scale of item {question.code}.",
            f"Expected one of {', '.join(map(str, sorted(question.values)))}.",
        )
    _put(cells, question.columns[0], number, automatic)
    return None


def _put(cells: list[int | None], column: int, value: int, automatic: bool) -> None:
    cells[column - 1] = AUTOMATIC_BASE - value if automatic else value


def fill_overall(cells: list[int | None], instrument: Instrument, level: int) -> list[Finding]:
    """`overall` is the answer to the item whose role is overall; given in both places and different: refused."""
    question = instrument.overall
    if question is None:
        return [
            Finding(
                "no_overall_item", "overall", f"{instrument.code} has no overall item.", "Send the answer in answers."
            )
        ]
    if level not in question.values:
        return [
            Finding(
                "value_outside_scale",
                "overall",
                f"{level} is not on the scale of {instrument.code}.",
                f"Expected one of {', '.join(map(str, sorted(question.values)))}.",
            )
        ]
    column = question.columns[0]
    before = cells[column - 1]
    if before is not None and before > AUTOMATIC_BASE and before != level:
        return [
            Finding(
                "overall_differs",
                "overall",
                f"overall is {level} but the answer to item {question.code} is {before}.",
                "Send it in one place.",
            )
        ]
    cells[column - 1] = level
    return []


def sample_faults(content: dict[str, Any], instrument: Instrument) -> list[Finding]:
    """What is amiss with the place in a sample: a probability design needs round and weight, a self-selected one takes none."""
    sample = content.get("sample")
    if instrument.design == "probability":
        missing = [name for name in ("round", "weight") if not sample or name not in sample]
        return [
            Finding(
                "missing",
                f"sample.{name}",
                f"{instrument.code} is a probability sample and needs sample.{name}.",
                "Send the sampling round and weight.",
            )
            for name in missing
        ]
    if sample:
        return [
            Finding(
                "sample_not_taken",
                "sample",
                f"{instrument.code} is self-selected; sampling weights do not belong to it.",
                "Leave sample out.",
            )
        ]
    return []


def respondent_kind(item: Item, caller: Caller, findings: list[Finding]) -> str:
    """Our kind of respondent: as sent, or mapped from the vendor's own code; '' where not given."""
    sent: str | None = item.content.get("respondent_kind")
    if sent is None:
        return ""
    own = item.as_given.get(KIND_AS_SENT, sent)
    kind = caller.respondent_kinds.get(own, caller.respondent_kinds.get(sent, sent.lower()))
    if kind not in RESPONDENT_KINDS:
        findings.append(
            Finding(
                "unknown_value",
                "respondent_kind",
                "Expected citizen, business, state_agency or other.",
                "Or have your own codes mapped for this sending system.",
            )
        )
    return kind

"""What a checked item means in the catalogues of the day: unit, questionnaire, answer columns, slot. Pure.

Order of the contract: scope -> (identity) -> (time window) -> catalogue. Scope faults are final here; what only the
catalogue does not know yet leads to quarantine; what it knows to be wrong is refused.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from dataclasses import dataclass, field
from typing import Any

from parindex.engine.period import local_day
from parindex.errors import Finding
from parindex.instruments.catalogue import Instrument, InstrumentCatalogue
from parindex.instruments.catalogue import Item as Question
from parindex.units.catalogue import UnitCatalogue
from parindex.units.codes import level_one
from parindex.web.auth import Caller
from survey_ingest.check import DOSSIER_PATTERN
from survey_ingest.item import Item, Refused
from survey_ingest.words import SPECIAL_CODES

AUTOMATIC_BASE = -100
"""A value that software filled is stored as AUTOMATIC_BASE - value and never counted."""
RESPONDENT_KINDS = frozenset({"citizen", "business", "state_agency", "other"})
_PROCEDURE = re.compile(r"([123])\.(\d{6})(?:\..*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Catalogues:
    """The snapshot that a request is interpreted with."""

    units: UnitCatalogue
    instruments: InstrumentCatalogue
    procedures: frozenset[str] = frozenset()
    """Known national base codes."""


@dataclass(slots=True)
class Meaning:
    """An item whose unit and questionnaire are known and whose answers fit: ready to be stored."""

    item: Item
    unit_id: int
    day: dt.date
    instrument: Instrument
    answers: list[int | None]
    slot_key: str | None
    respondent_kind: str
    procedure_base: str
    texts: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Unfit:
    """An item that contradicts the catalogue: refused, unless its id is claimed already (identity comes before catalogue)."""

    item: Item
    findings: list[Finding]


@dataclass(slots=True)
class Unknown:
    """An item that the catalogue does not know enough for: it goes to quarantine."""

    item: Item
    reason: str
    finding: Finding
    candidates: list[str] = field(default_factory=list)


@functools.lru_cache(maxsize=65536)
def procedure_base(code: str) -> str:
    """National base code of a procedure code: `1.000894.000.00.00.H56` -> `1.000894`; '' for a code off the scheme."""
    match = _PROCEDURE.fullmatch(code)
    return f"{match[1]}.{match[2]}" if match else ""


@functools.lru_cache(maxsize=65536)
def field_base(code: str) -> str:
    """Base form of a sector code (`G15-TP01`): upper case without blanks."""
    return code.replace(" ", "").upper()


def interpret(item: Item, caller: Caller, catalogues: Catalogues) -> Meaning | Unknown | Unfit | Refused:
    """What the item means for this caller; quarantine or refusal with named findings otherwise."""
    day = local_day(item.answered_at)
    place = _place(item, day, caller, catalogues.units)
    if isinstance(place, Refused):
        return place
    content = item.content
    instrument = catalogues.instruments.get(content["instrument"], content["instrument_version"])
    if isinstance(place, Unknown):
        return place
    if instrument is None:
        return _unknown_instrument(item, catalogues.instruments)
    return _answers(item, caller, place, day, instrument, catalogues)


def _place(item: Item, day: dt.date, caller: Caller, units: UnitCatalogue) -> int | Unknown | Refused:
    """The unit id; Unknown where the catalogue cannot say; Refused where the token does not reach."""
    form = item.unit
    code = item.content["unit_code"]
    resolution = units.resolve(form.scheme, form.code, day, caller.realm)
    if resolution.unit_id is not None:
        if not units.in_subtree(caller.scope_unit_ids, resolution.unit_id, day):
            return _outside(item, code)
        if resolution.status == "followed":
            item.warnings.append(
                Finding("unit_code_closed", "unit_code", f"Code {code} was closed before {day}; its successor {units.name(resolution.unit_id, day)} was taken.", "Send the successor's code.")
            )
        return resolution.unit_id
    if resolution.status == "ambiguous":
        if not any(units.in_subtree(caller.scope_unit_ids, candidate, day) for candidate in resolution.candidates):
            return _outside(item, code)
        names = [_named(units, candidate, day) for candidate in resolution.candidates]
        finding = Finding("unit_ambiguous", "unit_code", f"Code {code} was closed and its area went to several units: {'; '.join(names)}.", "Send the code of the unit that holds the dossier.")
        return Unknown(item, "unit_ambiguous", finding, names)
    if form.scheme == "h_code" and level_one(form.code) not in units.level_one_codes(caller.scope_unit_ids):
        return _outside(item, code)
    return Unknown(item, "unit_unknown", Finding("unit_unknown", "unit_code", f"Code {code} is not in the register on {day}.", "It is kept and checked again when the register knows the code; see GET /v1/catalogues/units."))


def _named(units: UnitCatalogue, unit_id: int, day: dt.date) -> str:
    codes = units.codes(unit_id, day)
    code = codes.get("h_code") or (f"gso:{codes['gso']}" if "gso" in codes else "no code")
    return f"{units.name(unit_id, day)} ({code})"


def _outside(item: Item, code: str) -> Refused:
    finding = Finding("unit_out_of_scope", "unit_code", f"Unit {code} lies outside what this credential may speak for.", "Use the credential of that authority.")
    return Refused([finding], item.response_id, item.warnings, item.position, forbidden=True)


def _unknown_instrument(item: Item, instruments: InstrumentCatalogue) -> Unknown:
    code, version = item.content["instrument"], item.content["instrument_version"]
    known = instruments.latest(code)
    if known is None:
        finding = Finding("instrument_unknown", "instrument", f"Questionnaire {code} is not in the catalogue.", "It is kept and checked again when the catalogue knows it; see GET /v1/catalogues/instruments.")
        return Unknown(item, "instrument_unknown", finding)
    finding = Finding("instrument_version_unknown", "instrument_version", f"Version {version} of {code} is not in the catalogue (newest: {known.version}).", "It is kept and checked again when the catalogue knows it.")
    return Unknown(item, "instrument_version_unknown", finding)


def _answers(item: Item, caller: Caller, unit_id: int, day: dt.date, instrument: Instrument, catalogues: Catalogues) -> Meaning | Unfit:
    content = item.content
    findings: list[Finding] = []
    if not (instrument.valid_from <= day and (instrument.valid_to is None or day < instrument.valid_to)):
        findings.append(Finding("instrument_not_valid", "instrument_version", f"{instrument.code} version {instrument.version} was not in use on {day}.", "Send the version that was shown to the citizen."))
    cells: list[int | None] = [None] * len(instrument.columns)
    texts: list[tuple[str, str]] = [("", content["comment"])] if "comment" in content else []
    for index, answer in enumerate(content.get("answers", ())):
        question = instrument.items.get(answer["item"])
        where = f"answers[{index}]"
        if question is None:
            findings.append(Finding("item_unknown", where, f"{instrument.code} {instrument.version} has no item {answer['item']}.", f"Known: {', '.join(list(instrument.items)[:30])}."))
            continue
        if "text" in answer:
            texts.append((question.code, answer["text"]))
        if "value" in answer and (fault := _fill(cells, question, answer["value"], bool(answer.get("automatic")))):
            findings.append(Finding(fault[0], f"{where}.value", fault[1], fault[2]))
    if "overall" in content:
        findings.extend(_overall(cells, instrument, content["overall"]))
    if instrument.dossier_required and "dossier_code" not in content:
        findings.append(Finding("missing", "dossier_code", f"{instrument.code} belongs to a dossier.", "Send the dossier's code."))
    findings.extend(_sample(content, instrument))
    kind = _respondent_kind(content, caller, findings)
    if findings:
        return Unfit(item, findings)
    base = ""
    if (procedure := content.get("procedure_code")) is not None:
        base = procedure_base(procedure)
        if base not in catalogues.procedures:
            item.warnings.append(Finding("procedure_unknown", "procedure_code", f"Procedure {procedure} is not in the catalogue; the response counts all the same.", "See GET /v1/catalogues/procedures."))
    return Meaning(item, unit_id, day, instrument, cells, slot_key(content, unit_id), kind, base, texts)


def slot_key(content: dict[str, Any], unit_id: int) -> str | None:
    """Which rating this is: instrument, stage, dossier; an off-pattern dossier code also takes the unit. None without a dossier."""
    dossier = content.get("dossier_code")
    if dossier is None:
        return None
    of_unit = 0 if DOSSIER_PATTERN.fullmatch(dossier) else unit_id
    return f"{content['instrument']}/{content['stage']}/{of_unit}/{dossier}"


def _fill(cells: list[int | None], question: Question, value: Any, automatic: bool) -> tuple[str, str, str] | None:
    """Puts an answer into its columns; a fault as (code, message, hint)."""
    if isinstance(value, str) and value in SPECIAL_CODES:
        for column in question.columns:
            cells[column - 1] = SPECIAL_CODES[value]
        return None
    if question.kind == "text":
        return "value_not_taken", f"Item {question.code} takes text only.", "Send the words in text."
    if question.kind == "multi":
        chosen = value if isinstance(value, list) else [value]
        known = {option.id: column for option, column in zip(question.options, question.columns, strict=True)}
        if unknown := [str(option) for option in chosen if option not in known]:
            return "option_unknown", f"Item {question.code} has no option {', '.join(unknown)[:60]}.", f"Known: {', '.join(known)}."
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
            return "option_unknown", f"Item {question.code} has no option {str(value)[:40]}.", f"Known: {', '.join(by_id)}."
    elif isinstance(value, int) and value in question.values:
        number = value
    else:
        return "value_outside_scale", f"{str(value)[:40]} is not on the scale of item {question.code}.", f"Expected one of {', '.join(map(str, sorted(question.values)))}."
    _put(cells, question.columns[0], number, automatic)
    return None


def _put(cells: list[int | None], column: int, value: int, automatic: bool) -> None:
    cells[column - 1] = AUTOMATIC_BASE - value if automatic else value


def _overall(cells: list[int | None], instrument: Instrument, level: int) -> list[Finding]:
    """`overall` is the answer to the item whose role is overall; given in both places and different: refused."""
    question = instrument.overall
    if question is None:
        return [Finding("no_overall_item", "overall", f"{instrument.code} has no overall item.", "Send the answer in answers.")]
    if level not in question.values:
        return [Finding("value_outside_scale", "overall", f"{level} is not on the scale of {instrument.code}.", f"Expected one of {', '.join(map(str, sorted(question.values)))}.")]
    column = question.columns[0]
    before = cells[column - 1]
    if before is not None and before > AUTOMATIC_BASE and before != level:
        return [Finding("overall_differs", "overall", f"overall is {level} but the answer to item {question.code} is {before}.", "Send it in one place.")]
    cells[column - 1] = level
    return []


def _sample(content: dict[str, Any], instrument: Instrument) -> list[Finding]:
    sample = content.get("sample")
    if instrument.design == "probability":
        missing = [name for name in ("round", "weight") if not sample or name not in sample]
        return [Finding("missing", f"sample.{name}", f"{instrument.code} is a probability sample and needs sample.{name}.", "Send the sampling round and weight.") for name in missing]
    if sample:
        return [Finding("sample_not_taken", "sample", f"{instrument.code} is self-selected; sampling weights do not belong to it.", "Leave sample out.")]
    return []


def _respondent_kind(content: dict[str, Any], caller: Caller, findings: list[Finding]) -> str:
    sent: str | None = content.get("respondent_kind")
    if sent is None:
        return ""
    kind = caller.respondent_kinds.get(sent, sent.lower())
    if kind not in RESPONDENT_KINDS:
        findings.append(Finding("unknown_value", "respondent_kind", "Expected citizen, business, state_agency or other.", "Or have your own codes mapped for this sending system."))
    return kind

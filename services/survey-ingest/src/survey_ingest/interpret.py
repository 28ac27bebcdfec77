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
from parindex.units.catalogue import UnitCatalogue
from parindex.units.codes import level_one
from parindex.web.auth import Caller
from survey_ingest.answer_columns import fill, fill_overall, respondent_kind, sample_faults
from survey_ingest.fields import DOSSIER_PATTERN
from survey_ingest.item import Item, Refused

_MOST_PLACES = 100_000
_PROCEDURE = re.compile(r"([123])\.(\d{6})(?:\..*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Catalogues:
    """The snapshot that a request is interpreted with."""

    units: UnitCatalogue
    instruments: InstrumentCatalogue
    procedures: frozenset[str] = frozenset()
    """Known national base codes."""
    information_only: frozenset[str] = frozenset()
    """Of them those whose online service only gives information: nothing can be submitted online."""
    places: dict[tuple[Any, ...], int] = field(default_factory=dict)
    """Units found before with these catalogues, by code, day, realm and scope: senders repeat themselves."""


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
    known = (item.content["unit_code"], day, caller.realm, caller.scope_unit_ids)
    place = catalogues.places.get(known) or _place(item, day, caller, catalogues.units)
    if isinstance(place, Refused):
        return place
    content = item.content
    instrument = catalogues.instruments.get(content["instrument"], content["instrument_version"])
    if isinstance(place, Unknown):
        return place
    if not item.warnings and len(catalogues.places) < _MOST_PLACES:
        catalogues.places[known] = place
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
                Finding(
                    "unit_code_closed",
                    "unit_code",
                    f"Code {code} was closed before {day}; its successor {units.name(resolution.unit_id, day)} was taken.",
                    "Send the successor's code.",
                )
            )
        return resolution.unit_id
    if resolution.status == "ambiguous":
        if not any(units.in_subtree(caller.scope_unit_ids, candidate, day) for candidate in resolution.candidates):
            return _outside(item, code)
        names = [_named(units, candidate, day) for candidate in resolution.candidates]
        finding = Finding(
            "unit_ambiguous",
            "unit_code",
            f"Code {code} was closed and its area went to several units: {'; '.join(names)}.",
            "Send the code of the unit that holds the dossier.",
        )
        return Unknown(item, "unit_ambiguous", finding, names)
    if form.scheme == "h_code" and level_one(form.code) not in units.level_one_codes(caller.scope_unit_ids):
        return _outside(item, code)
    return Unknown(
        item,
        "unit_unknown",
        Finding(
            "unit_unknown",
            "unit_code",
            f"Code {code} is not in the register on {day}.",
            "It is kept and checked again when the register knows the code; see GET /v1/catalogues/units.",
        ),
    )


def _named(units: UnitCatalogue, unit_id: int, day: dt.date) -> str:
    codes = units.codes(unit_id, day)
    code = codes.get("h_code") or (f"gso:{codes['gso']}" if "gso" in codes else "no code")
    return f"{units.name(unit_id, day)} ({code})"


def _outside(item: Item, code: str) -> Refused:
    finding = Finding(
        "unit_out_of_scope",
        "unit_code",
        f"Unit {code} lies outside what this credential may speak for.",
        "Use the credential of that authority.",
    )
    return Refused([finding], item.response_id, item.warnings, item.position, forbidden=True)


def _unknown_instrument(item: Item, instruments: InstrumentCatalogue) -> Unknown:
    code, version = item.content["instrument"], item.content["instrument_version"]
    known = instruments.latest(code)
    if known is None:
        finding = Finding(
            "instrument_unknown",
            "instrument",
            f"Questionnaire {code} is not in the catalogue.",
            "It is kept and checked again when the catalogue knows it; see GET /v1/catalogues/instruments.",
        )
        return Unknown(item, "instrument_unknown", finding)
    finding = Finding(
        "instrument_version_unknown",
        "instrument_version",
        f"Version {version} of {code} is not in the catalogue (newest: {known.version}).",
        "It is kept and checked again when the catalogue knows it.",
    )
    return Unknown(item, "instrument_version_unknown", finding)


def _answers(
    item: Item, caller: Caller, unit_id: int, day: dt.date, instrument: Instrument, catalogues: Catalogues
) -> Meaning | Unfit:
    content = item.content
    findings: list[Finding] = []
    if not (instrument.valid_from <= day and (instrument.valid_to is None or day < instrument.valid_to)):
        findings.append(
            Finding(
                "instrument_not_valid",
                "instrument_version",
                f"{instrument.code} version {instrument.version} was not in use on {day}.",
                "Send the version that was shown to the citizen.",
            )
        )
    cells: list[int | None] = [None] * len(instrument.columns)
    texts: list[tuple[str, str]] = [("", content["comment"])] if "comment" in content else []
    for index, answer in enumerate(content.get("answers", ())):
        question = instrument.items.get(answer["item"])
        where = f"answers[{index}]"
        if question is None:
            findings.append(
                Finding(
                    "item_unknown",
                    where,
                    f"{instrument.code} {instrument.version} has no item {answer['item']}.",
                    f"Known: {', '.join(list(instrument.items)[:30])}.",
                )
            )
            continue
        if "text" in answer:
            texts.append((question.code, answer["text"]))
        if "value" in answer and (fault := fill(cells, question, answer["value"], bool(answer.get("automatic")))):
            findings.append(Finding(fault[0], f"{where}.value", fault[1], fault[2]))
    if "overall" in content:
        findings.extend(fill_overall(cells, instrument, content["overall"]))
    if instrument.dossier_required and "dossier_code" not in content:
        findings.append(
            Finding("missing", "dossier_code", f"{instrument.code} belongs to a dossier.", "Send the dossier's code.")
        )
    findings.extend(sample_faults(content, instrument))
    kind = respondent_kind(item, caller, findings)
    if findings:
        return Unfit(item, findings)
    base = ""
    if (procedure := content.get("procedure_code")) is not None:
        base = procedure_base(procedure)
        if base not in catalogues.procedures:
            item.warnings.append(
                Finding(
                    "procedure_unknown",
                    "procedure_code",
                    f"Procedure {procedure} is not in the catalogue; the response counts all the same.",
                    "See GET /v1/catalogues/procedures.",
                )
            )
    return Meaning(item, unit_id, day, instrument, cells, slot_key(content, unit_id), kind, base, texts)


def slot_key(content: dict[str, Any], unit_id: int) -> str | None:
    """Which rating this is: instrument, stage, dossier; an off-pattern dossier code also takes the unit. None without a dossier."""
    dossier = content.get("dossier_code")
    if dossier is None:
        return None
    of_unit = 0 if DOSSIER_PATTERN.fullmatch(dossier) else unit_id
    return f"{content['instrument']}/{content['stage']}/{of_unit}/{dossier}"

"""Readers of the fields of one item of the canonical dialect: each gives the canonical value or raises `Fault`. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from parindex import privacy
from parindex.errors import Invalid
from parindex.units.codes import UnitCodeForm, parse_unit_code
from survey_ingest import times, words
from survey_ingest.answer_fields import answers_of, overall_of
from survey_ingest.reading import (
    Context,
    Fault,
    free_text,
    integer_of,
    kind_of,
    one_of,
    reference,
    refuse_personal,
    text_of,
)

STAGES = ("intake", "supplement", "result", "after")
COLLECTED_VIA = ("kiosk", "qr", "sms", "zalo", "web", "paper", "phone", "other")
MODES = ("self", "assisted", "from_paper")
SERVICE_CHANNELS = {
    "direct": "direct",
    "online": "online",
    "postal": "postal",
    "1": "direct",
    "2": "online",
    "3": "postal",
}
RESPONSE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)
DOSSIER_PATTERN = re.compile(r"[0-9A-Z]{1,3}(?:\.[0-9A-Z]{1,3}){0,4}-(?:\d{6}|\d{8})-\d{3,7}", re.ASCII)
"""Mã số hồ sơ, Thông tư 01/2018/TT-VPCP Điều 19, with the lengths seen in the wild."""
_WEIGHT = re.compile(r"\d{1,12}(?:\.\d{1,12})?", re.ASCII)


def _response_id(value: Any, _context: Context) -> str:
    if not isinstance(value, str) or not RESPONSE_ID.fullmatch(value):
        raise Fault("response_id_form", "Expected 1 to 64 characters of A-Z a-z 0-9 . _ -", "A UUID is a good choice.")
    return value


def _replaces(value: Any, context: Context) -> str:
    return refuse_personal(_response_id(value, context))


def _holds_personal(text: str) -> bool:
    return privacy.masked(text) != text


@functools.lru_cache(maxsize=65536)
def _parsed_unit(text: str) -> tuple[UnitCodeForm, str]:
    form = parse_unit_code(text)
    refuse_personal(form.code, looks=_holds_personal)
    return form, f"gso:{form.code}" if form.scheme == "gso" else form.code


def _unit_code(value: Any, context: Context) -> str:
    try:
        context.unit, canonical = _parsed_unit(value.strip() if isinstance(value, str) else text_of(value, 35))
    except Invalid as error:
        # Its message repeats the value, which may be anything.
        raise Fault(error.code, "This is not a unit code.", error.hint) from None
    return canonical


def _code(value: Any, _context: Context) -> str:
    return _checked_code(text_of(value, 40))


@functools.lru_cache(maxsize=4096)
def _checked_code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise Fault("code_form", "Expected a code of A-Z a-z 0-9 . _ -", "See GET /v1/catalogues/instruments.")
    return refuse_personal(text)


def _answered_at(value: Any, context: Context) -> str:
    moment = times.instant(value) if isinstance(value, str) else None
    if moment is None:
        raise Fault(
            "time_unreadable",
            "Expected an instant: ISO 8601 or yyyyMMddHHmmss (no offset means +07:00).",
            "For example 2026-11-22T08:15:30+07:00.",
        )
    context.answered_at = moment
    return moment.isoformat()


def _sent_at(value: Any, context: Context) -> None:
    if isinstance(value, str) and value.startswith(times.SENTINEL):
        return
    moment = times.instant(value) if isinstance(value, str) else None
    if moment is None:
        raise Fault(
            "time_unreadable",
            "Expected an instant: ISO 8601 or yyyyMMddHHmmss (no offset means +07:00).",
            "Or leave sent_at out.",
        )
    context.sent_at = moment


def _channel(value: Any, _context: Context) -> str:
    key = str(value).strip().lower() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if key not in SERVICE_CHANNELS:
        raise Fault(
            "unknown_value",
            "Expected direct, online, postal or the portal's codes 1, 2, 3.",
            "See GET /v1/catalogues/codes.",
        )
    return SERVICE_CHANNELS[key]


def _dossier_code(value: Any, context: Context) -> str:
    text = text_of(value, 50)
    if not DOSSIER_PATTERN.fullmatch(text):
        refuse_personal(text, looks=privacy.is_somebodys)
        context.warn(
            "dossier_off_pattern",
            "dossier_code",
            "The dossier code does not follow the national form; kept as sent.",
            "Thông tư 01/2018/TT-VPCP Điều 19: H01.15-251001-0001.",
        )
    return text


def _sample(value: Any, context: Context) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Fault("wrong_type", f"Expected an object with round, stratum, cluster, weight, got {kind_of(value)}.", "")
    sample: dict[str, Any] = {}
    for key, inner in value.items():
        if inner is None or inner == "":
            continue
        if key == "weight":
            sample["weight"] = _weight(inner)
        elif key in ("round", "stratum", "cluster"):
            if said := reference(64)(inner, context):
                sample[key] = said
        else:
            context.ignore(key, "sample")
    return sample


def _weight(value: Any) -> str:
    if not isinstance(value, str) or not _WEIGHT.fullmatch(value.strip()):
        raise Fault(
            "weight_form",
            "Expected a decimal string > 0 with at most 12 digits on each side.",
            'For example "1.25".',
            "weight",
        )
    try:
        weight = Decimal(value.strip())
    except InvalidOperation:
        raise Fault("weight_form", "Expected a decimal string > 0.", "", "weight") from None
    if weight <= 0:
        raise Fault("weight_form", "A sampling weight must be above 0.", "", "weight")
    return format(weight.normalize(), "f")


def _privacy_notice(value: Any, context: Context) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Fault("wrong_type", f"Expected an object with version and shown, got {kind_of(value)}.", "")
    notice: dict[str, Any] = {}
    if value.get("version") not in (None, "") and (version := text_of(value["version"], 40)):
        notice["version"] = refuse_personal(version, "version")
    if value.get("shown") is not None:
        shown = words.truth(value["shown"])
        if shown is None:
            raise Fault("wrong_type", "Expected true or false.", "", "shown")
        notice["shown"] = shown
    for key in value:
        if key not in ("version", "shown"):
            context.ignore(key, "privacy_notice")
    return notice


FIELDS: dict[str, Callable[[Any, Context], Any]] = {
    "response_id": _response_id,
    "unit_code": _unit_code,
    "instrument": _code,
    "instrument_version": _code,
    "answered_at": _answered_at,
    "stage": one_of(STAGES),
    "collected_via": one_of(COLLECTED_VIA),
    "mode": one_of(MODES),
    "answers": answers_of,
    "overall": overall_of,
    "dossier_code": _dossier_code,
    "procedure_code": reference(64),
    "field_code": reference(40),
    "service_channel": _channel,
    "replaces": _replaces,
    "sample": _sample,
    "comment": lambda value, context: free_text(value, context, "comment"),
    "sent_at": _sent_at,
    "device_id": reference(64),
    "device_seq": lambda value, _context: integer_of(value),
    "counter_id": reference(64),
    "staff_ref": reference(64, privacy.looks_like_a_person),
    "respondent_kind": reference(40),
    "privacy_notice": _privacy_notice,
}

"""Checks one item of the canonical dialect by itself: privacy, then shape. Pure: no clock, no catalogue, no database.

Every fault becomes a named finding; nothing raises. Unknown fields are ignored and named in a warning, unless their
name says that they hold personal data.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from parindex.errors import Finding, Invalid
from parindex.units.codes import UnitCodeForm, parse_unit_code
from survey_ingest import privacy, times, words
from survey_ingest.item import Item, Refused

STAGES = ("intake", "supplement", "result", "after")
COLLECTED_VIA = ("kiosk", "qr", "sms", "zalo", "web", "paper", "phone", "other")
MODES = ("self", "assisted", "from_paper")
SERVICE_CHANNELS = {"direct": "direct", "online": "online", "postal": "postal", "1": "direct", "2": "online", "3": "postal"}
MAX_TEXT = 2000
MAX_ANSWERS = 200
_LARGEST = 2**53 - 1

_RESPONSE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)
_ITEM = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)
DOSSIER_PATTERN = re.compile(r"[0-9A-Z]{1,3}(?:\.[0-9A-Z]{1,3}){0,4}-(?:\d{6}|\d{8})-\d{3,7}", re.ASCII)
"""Mã số hồ sơ, Thông tư 01/2018/TT-VPCP Điều 19, with the lengths seen in the wild."""
_WEIGHT = re.compile(r"\d{1,12}(?:\.\d{1,12})?", re.ASCII)


class _Fault(Exception):
    def __init__(self, code: str, message: str, hint: str = "", field: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.hint, self.field = code, message, hint, field


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str):
        raise _Fault("wrong_type", f"Expected text, got {_kind(value)}.", "Send it as a JSON string.")
    normal = value if value.isascii() else unicodedata.normalize("NFC", value)
    if "\x00" in normal:
        raise _Fault("null_character", "The text contains U+0000.", "Remove the character.")
    normal = normal.strip()
    if len(normal) > longest:
        raise _Fault("too_long", f"The text has {len(normal)} characters; at most {longest} are kept.", "Shorten it.")
    return normal


def _kind(value: Any) -> str:
    return {bool: "true/false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}.get(type(value), "something else")


def _integer(value: Any) -> int:
    if isinstance(value, str) and (number := re.fullmatch(r"\s*-?\d{1,17}\s*", value, re.ASCII)):
        value = int(number[0])
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Fault("wrong_type", f"Expected a whole number, got {_kind(value)}.", "Send an integer.")
    if abs(value) > _LARGEST:
        raise _Fault("out_of_range", "The number is out of range.", f"At most {_LARGEST}.")
    return value


def _one_of(allowed: tuple[str, ...]) -> Callable[[Any, _Context], str]:
    names = ", ".join(allowed)
    quick = frozenset(allowed)

    def read(value: Any, _context: _Context) -> str:
        if isinstance(value, str):
            if value in quick:
                return value
            if (normal := value.strip().lower()) in quick:
                return normal
        raise _Fault("unknown_value", f"Expected one of: {names}.", "See GET /v1/catalogues/codes.")

    return read


class _Context:
    """What reading one item collects."""

    __slots__ = ("answered_at", "as_given", "findings", "sent_at", "unit", "warnings")

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.warnings: list[Finding] = []
        self.unit: UnitCodeForm | None = None
        self.answered_at: dt.datetime | None = None
        self.sent_at: dt.datetime | None = None
        self.as_given: dict[str, str] = {}

    def warn(self, code: str, field: str, message: str, hint: str = "") -> None:
        self.warnings.append(Finding(code, field, message, hint))


def _response_id(value: Any, _context: _Context) -> str:
    if not isinstance(value, str) or not _RESPONSE_ID.fullmatch(value):
        raise _Fault("response_id_form", "Expected 1 to 64 characters of A-Z a-z 0-9 . _ -", "A UUID is a good choice.")
    return value


@functools.lru_cache(maxsize=65536)
def _parsed_unit(text: str) -> tuple[UnitCodeForm, str]:
    form = parse_unit_code(text)
    return form, f"gso:{form.code}" if form.scheme == "gso" else form.code


def _unit_code(value: Any, context: _Context) -> str:
    try:
        context.unit, canonical = _parsed_unit(value if isinstance(value, str) else _text(value, 35))
    except Invalid as error:
        raise _Fault(error.code, error.message, error.hint) from None
    return canonical


def _code(value: Any, _context: _Context) -> str:
    text = _text(value, 40)
    if not _CODE.fullmatch(text):
        raise _Fault("code_form", "Expected a code of A-Z a-z 0-9 . _ -", "See GET /v1/catalogues/instruments.")
    return text


def _answered_at(value: Any, context: _Context) -> str:
    moment = times.instant(value) if isinstance(value, str) else None
    if moment is None:
        raise _Fault("time_unreadable", "Expected an instant: ISO 8601 or yyyyMMddHHmmss (no offset means +07:00).", "For example 2026-11-22T08:15:30+07:00.")
    context.answered_at = moment
    return moment.isoformat()


def _sent_at(value: Any, context: _Context) -> None:
    if isinstance(value, str) and value.startswith(times.SENTINEL):
        return
    moment = times.instant(value) if isinstance(value, str) else None
    if moment is None:
        raise _Fault("time_unreadable", "Expected an instant: ISO 8601 or yyyyMMddHHmmss (no offset means +07:00).", "Or leave sent_at out.")
    context.sent_at = moment


def _channel(value: Any, _context: _Context) -> str:
    key = str(value).strip().lower() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if key not in SERVICE_CHANNELS:
        raise _Fault("unknown_value", "Expected direct, online, postal or the portal's codes 1, 2, 3.", "See GET /v1/catalogues/codes.")
    return SERVICE_CHANNELS[key]


def _dossier_code(value: Any, context: _Context) -> str:
    text = _text(value, 50)
    if privacy.looks_personal(text):
        raise _Fault("personal_data", "The dossier code looks like an identity number, a phone number or an e-mail address.", "Send the dossier's own code.")
    if not DOSSIER_PATTERN.fullmatch(text):
        context.warn("dossier_off_pattern", "dossier_code", "The dossier code does not follow the national form; kept as sent.", "Thông tư 01/2018/TT-VPCP Điều 19: H01.15-251001-0001.")
    return text


def _plain_text(longest: int) -> Callable[[Any, _Context], str]:
    return lambda value, _context: _text(value, longest)


def _reference(longest: int) -> Callable[[Any, _Context], str]:
    def read(value: Any, _context: _Context) -> str:
        text = _text(value, longest)
        if privacy.looks_personal(text):
            raise _Fault("personal_data", "This reference looks like an identity number, a phone number or an e-mail address.", "Send an opaque code that means nothing outside your system.")
        return text

    return read


def _free_text(value: Any, context: _Context, where: str) -> str:
    text = _text(value, MAX_TEXT)
    safe = privacy.masked(text)
    if safe != text:
        context.warn("personal_data_masked", where, "A phone number, identity number or e-mail address in the text was masked.", "Ask citizens not to write them.")
    return safe


def _overall(value: Any, context: _Context) -> int:
    level = words.satisfaction_level(value) if isinstance(value, str) else value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5 else None
    if level is None:
        raise _Fault("value_outside_scale", "Expected 1 to 5, or words such as 'Hài lòng'.", "See GET /v1/catalogues/codes.")
    _keep_words("overall", value, context)
    return level


def _keep_words(where: str, value: Any, context: _Context) -> None:
    """An answer word such as 'Chưa hài lòng' is kept beside the level it means."""
    if isinstance(value, str) and words.is_number(value) is None:
        context.as_given[where] = _text(value, 64)


def _answer_value(value: Any) -> Any:
    """An integer, an option id, a list of option ids, or None where not answered."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        if value is not None and abs(value) > _LARGEST:
            raise _Fault("out_of_range", "The number is out of range.", "Send a value of the item's scale.", "value")
        return value
    if isinstance(value, str):
        if (number := words.is_number(value)) is not None:
            return number
        text = _text(value, 64)
        if text in ("", words.NO_ANSWER):
            return None
        level = words.satisfaction_level(text)
        return level if level is not None else text
    if isinstance(value, list):
        if len(value) > MAX_ANSWERS:
            raise _Fault("too_many", f"At most {MAX_ANSWERS} options.", "", "value")
        options = sorted({_text(option, 64) for option in value} - {""})
        return options or None
    raise _Fault("wrong_type", f"Expected an integer, an option id or a list of option ids, got {_kind(value)}.", "", "value")


def _answers(value: Any, context: _Context) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise _Fault("wrong_type", f"Expected a list of answers, got {_kind(value)}.", "[{\"item\": \"overall\", \"value\": 5}]")
    if len(value) > MAX_ANSWERS:
        raise _Fault("too_many", f"{len(value)} answers; at most {MAX_ANSWERS}.", "One answer per item.")
    read: list[dict[str, Any]] = []
    seen: set[str] = set()
    for index, raw in enumerate(value):
        where = f"answers[{index}]"
        try:
            answer = _answer(raw, context, where)
        except _Fault as fault:
            inner = f".{fault.field}" if fault.field else ""
            context.findings.append(Finding(fault.code, where + inner, fault.message, fault.hint))
            continue
        if answer is None:
            continue
        if answer["item"] in seen:
            context.findings.append(Finding("item_twice", where, f"Item {answer['item']} is answered twice.", "Send one answer per item."))
        seen.add(answer["item"])
        read.append(answer)
    if len(read) > 1:
        read.sort(key=lambda answer: answer["item"])
    return read


_ANSWER_FIELDS = frozenset({"item", "value", "text", "automatic"})


def _answer(raw: Any, context: _Context, where: str) -> dict[str, Any] | None:
    """The canonical answer, or None where nothing was answered."""
    if not isinstance(raw, dict):
        raise _Fault("wrong_type", f"Expected an object, got {_kind(raw)}.", '{"item": "overall", "value": 5}')
    item = raw.get("item")
    if not isinstance(item, str) or not _ITEM.fullmatch(item):
        raise _Fault("item_form", "Expected the code of an item of the questionnaire.", "See GET /v1/catalogues/instruments.", "item")
    answer: dict[str, Any] = {"item": item}
    value = _answer_value(raw.get("value"))
    if value is not None:
        answer["value"] = value
        if isinstance(value, int):
            _keep_words(item, raw["value"], context)
    text = raw.get("text")
    if text is not None and text != "" and (safe := _free_text(text, context, f"{where}.text")):
        answer["text"] = safe
    automatic = words.truth(raw.get("automatic"))
    if automatic is None:
        raise _Fault("wrong_type", "Expected true or false.", "true where software filled the answer.", "automatic")
    if automatic:
        answer["automatic"] = True
    for key in raw:
        if key not in _ANSWER_FIELDS:
            context.warn("unknown_field", f"{where}.{key[:40]}", "This field is not known and was ignored.")
    return answer if len(answer) > 1 and ("value" in answer or "text" in answer) else None


def _sample(value: Any, context: _Context) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Fault("wrong_type", f"Expected an object with round, stratum, cluster, weight, got {_kind(value)}.", "")
    sample: dict[str, Any] = {}
    for key, inner in value.items():
        if inner is None or inner == "":
            continue
        if key == "weight":
            sample["weight"] = _weight(inner)
        elif key in ("round", "stratum", "cluster"):
            sample[key] = _reference(64)(inner, context)
        else:
            context.warn("unknown_field", f"sample.{str(key)[:40]}", "This field is not known and was ignored.")
    return sample


def _weight(value: Any) -> str:
    if not isinstance(value, str) or not _WEIGHT.fullmatch(value.strip()):
        raise _Fault("weight_form", "Expected a decimal string > 0 with at most 12 digits on each side.", 'For example "1.25".', "weight")
    try:
        weight = Decimal(value.strip())
    except InvalidOperation:
        raise _Fault("weight_form", "Expected a decimal string > 0.", "", "weight") from None
    if weight <= 0:
        raise _Fault("weight_form", "A sampling weight must be above 0.", "", "weight")
    text = format(weight.normalize(), "f")
    return text


def _privacy_notice(value: Any, context: _Context) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Fault("wrong_type", f"Expected an object with version and shown, got {_kind(value)}.", "")
    notice: dict[str, Any] = {}
    if value.get("version") not in (None, ""):
        notice["version"] = _text(value["version"], 40)
    if value.get("shown") is not None:
        shown = words.truth(value["shown"])
        if shown is None:
            raise _Fault("wrong_type", "Expected true or false.", "", "shown")
        notice["shown"] = shown
    for key in value:
        if key not in ("version", "shown"):
            context.warn("unknown_field", f"privacy_notice.{str(key)[:40]}", "This field is not known and was ignored.")
    return notice


FIELDS: dict[str, Callable[[Any, _Context], Any]] = {
    "response_id": _response_id,
    "unit_code": _unit_code,
    "instrument": _code,
    "instrument_version": _code,
    "answered_at": _answered_at,
    "stage": _one_of(STAGES),
    "collected_via": _one_of(COLLECTED_VIA),
    "mode": _one_of(MODES),
    "answers": _answers,
    "overall": _overall,
    "dossier_code": _dossier_code,
    "procedure_code": _plain_text(64),
    "field_code": _plain_text(40),
    "service_channel": _channel,
    "replaces": _response_id,
    "sample": _sample,
    "comment": lambda value, context: _free_text(value, context, "comment"),
    "sent_at": _sent_at,
    "device_id": _reference(64),
    "device_seq": lambda value, _context: _integer(value),
    "counter_id": _reference(64),
    "staff_ref": _reference(64),
    "respondent_kind": _plain_text(40),
    "privacy_notice": _privacy_notice,
}
REQUIRED = ("response_id", "unit_code", "instrument", "instrument_version", "answered_at", "stage", "collected_via", "mode")


def check_item(raw: Any, *, personal_data: str = "refuse", position: int = 0) -> Item | Refused:
    """The item, or every reason why it is refused.

    `personal_data` is the sending system's policy: `refuse` (default) or `strip` with a warning.
    """
    if not isinstance(raw, dict):
        return Refused([Finding("item_unreadable", "", f"Expected an object, got {_kind(raw)}.", "One JSON object per response.")], position=position, unreadable=True)
    context = _Context()
    content: dict[str, Any] = {}
    personal = _personal(raw)
    if personal and personal_data != "strip":
        identity = raw.get("response_id")
        safe = identity if isinstance(identity, str) and _RESPONSE_ID.fullmatch(identity) and not privacy.looks_personal(identity) else None
        findings = [Finding("personal_data", where, "This field holds personal data, which is never accepted.", "Remove the field before sending.") for where in personal]
        return Refused(findings, safe, position=position)
    for where in personal:
        context.warn("personal_data_stripped", where, "This field holds personal data and was removed.", "Remove the field before sending.")
    for key, value in raw.items():
        reader = FIELDS.get(key)
        if reader is None:
            if key not in personal:
                context.warn("unknown_field", key[:40], "This field is not known and was ignored.")
            continue
        if value is None or value == "":
            continue
        try:
            canonical = reader(value, context)
        except _Fault as fault:
            where = f"{key}.{fault.field}" if fault.field else key
            context.findings.append(Finding(fault.code, where, fault.message, fault.hint))
            continue
        if canonical is not None and canonical != "" and canonical != [] and canonical != {}:
            content[key] = canonical
    return _whole(raw, content, context, position)


def _personal(raw: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for key, value in raw.items():
        if key not in FIELDS:
            if privacy.is_personal_name(key):
                found.append(key[:40])
            elif isinstance(value, (dict, list)):
                found.extend(privacy.personal_fields(value, key[:40]))
        elif isinstance(value, dict):
            found.extend(privacy.personal_fields(value, key))
        elif key == "answers" and isinstance(value, list):
            for index, answer in enumerate(value):
                if isinstance(answer, dict) and not answer.keys() <= _ANSWER_FIELDS:
                    found.extend(privacy.personal_fields(answer, f"answers[{index}]"))
    return found


def _whole(raw: dict[str, Any], content: dict[str, Any], context: _Context, position: int) -> Item | Refused:
    """The checks that need all fields: what is required, and an answer by a person."""
    identity: str | None = content.get("response_id")
    if identity is not None and privacy.looks_personal(identity):
        return Refused([Finding("personal_data", "response_id", "The id looks like an identity or phone number.", "Use an id of your own, for example a UUID.")], position=position)
    named = {finding.field.partition("[")[0].partition(".")[0] for finding in context.findings}
    for name in REQUIRED:
        if name not in content and name not in named:
            context.findings.append(Finding("missing", name, "This field is required.", "See POST /v1/responses in /docs."))
    if "answers" not in named and "overall" not in named and "overall" not in content and not any("automatic" not in answer for answer in content.get("answers", ())):
        if content.get("answers"):
            context.findings.append(Finding("only_automatic_answers", "answers", "Every answer was filled by software; at least one must be given by a person.", "Send only what the citizen answered."))
        else:
            context.findings.append(Finding("missing", "answers", "At least one answer given by a person, in answers or overall, is required.", "Leave out responses that nobody answered."))
    if content.get("replaces") is not None and content.get("replaces") == identity:
        context.findings.append(Finding("replaces_itself", "replaces", "A response cannot replace itself.", "A correction has a new response_id."))
    if context.findings:
        return Refused(context.findings, identity, context.warnings, position)
    assert context.unit is not None and context.answered_at is not None
    return Item(content, context.unit, context.answered_at, context.sent_at, context.warnings, position, context.as_given)

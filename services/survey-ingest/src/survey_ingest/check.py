"""Checks one item of the canonical dialect by itself: privacy, then shape. Pure: no clock, no catalogue, no database.

Every fault becomes a named finding; nothing raises. Unknown fields are ignored and named in a warning, unless their
name says that they hold personal data.
"""

from __future__ import annotations

from typing import Any

from parindex import privacy
from parindex.errors import Finding
from survey_ingest.answer_fields import ANSWER_FIELDS
from survey_ingest.fields import FIELDS, RESPONSE_ID
from survey_ingest.item import Item, Refused
from survey_ingest.reading import Context, Fault, kind_of

NESTED = frozenset({"answers", "sample", "privacy_notice"})
"""Fields with fields inside."""
_REMEMBERED: dict[str, dict[str, str]] = {
    name: {}
    for name in (
        "instrument",
        "instrument_version",
        "stage",
        "collected_via",
        "mode",
        "procedure_code",
        "field_code",
        "service_channel",
        "respondent_kind",
    )
}
"""Texts read before -> canonical value, of fields that read the same in every item: most need no more than this look."""
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 4096, 64
REQUIRED = (
    "response_id",
    "unit_code",
    "instrument",
    "instrument_version",
    "answered_at",
    "stage",
    "collected_via",
    "mode",
)

_REQUIRED = frozenset(REQUIRED)


def check_item(raw: Any, *, personal_data: str = "refuse", position: int = 0) -> Item | Refused:
    """The item, or every reason why it is refused.

    `personal_data` is the sending system's policy: `refuse` (default) or `strip` with a warning.
    """
    if not isinstance(raw, dict):
        return Refused(
            [
                Finding(
                    "item_unreadable", "", f"Expected an object, got {kind_of(raw)}.", "One JSON object per response."
                )
            ],
            position=position,
            unreadable=True,
        )
    context = Context()
    content: dict[str, Any] = {}
    personal = _personal(raw) if not raw.keys() <= FIELDS.keys() or not NESTED.isdisjoint(raw) else []
    if personal and personal_data != "strip":
        identity = raw.get("response_id")
        safe = (
            identity
            if isinstance(identity, str) and RESPONSE_ID.fullmatch(identity) and not privacy.looks_personal(identity)
            else None
        )
        return Refused([_holds_personal(where) for where in personal], safe, position=position)
    for where in personal:
        context.warn(
            "personal_data_stripped",
            where,
            "This field holds personal data and was removed.",
            "Remove the field before sending.",
        )
    for key, value in raw.items():
        reader = FIELDS.get(key)
        if reader is None:
            if not personal or not privacy.is_personal_name(key):
                context.ignore(key)
            continue
        if value is None or value == "":
            continue
        remembered = _REMEMBERED.get(key) if type(value) is str else None
        if remembered is not None and (before := remembered.get(value)) is not None:
            content[key] = before
            continue
        try:
            canonical = reader(value, context)
        except Fault as fault:
            where = f"{key}.{fault.field}" if fault.field else key
            context.findings.append(Finding(fault.code, where, fault.message, fault.hint))
            if key not in NESTED:
                context.findings += [_holds_personal(inner) for inner in privacy.personal_fields(value, key)]
            continue
        if canonical is not None and canonical not in ("", [], {}):
            content[key] = canonical
            if remembered is not None and len(remembered) < _MOST_REMEMBERED and len(value) <= _LONGEST_REMEMBERED:
                remembered[value] = canonical
    context.count_ignored()
    return _whole(content, context, position)


def _holds_personal(where: str) -> Finding:
    return Finding(
        "personal_data",
        where,
        "This field holds personal data, which is never accepted.",
        "Remove the field before sending.",
    )


def _personal(raw: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for key, value in raw.items():
        if key not in FIELDS and privacy.is_personal_name(key):
            found.append(privacy.shown_name(key))
        elif isinstance(value, (dict, list)) and not (key == "answers" and _plain_answers(value)):
            found.extend(privacy.personal_fields(value, privacy.shown_name(key)))
        if len(found) >= privacy.MOST_NAMED:
            break
    return found


def _plain_answers(answers: Any) -> bool:
    """Whether the answers have their own fields only and nothing inside those but lists of options: the usual case."""
    return isinstance(answers, list) and all(
        isinstance(answer, dict)
        and answer.keys() <= ANSWER_FIELDS
        and all(type(value) not in (dict, list) or _texts(value) for value in answer.values())
        for answer in answers
    )


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(option, str) for option in value)


def _whole(content: dict[str, Any], context: Context, position: int) -> Item | Refused:
    """The checks that need all fields: what is required, and an answer by a person."""
    identity: str | None = content.get("response_id")
    if identity is not None and privacy.looks_personal(identity):
        return Refused(
            [
                Finding(
                    "personal_data",
                    "response_id",
                    "The id looks like an identity or phone number.",
                    "Use an id of your own, for example a UUID.",
                )
            ],
            position=position,
        )
    if context.findings or not (content.keys() >= _REQUIRED and "overall" in content and "replaces" not in content):
        _require(content, context)
    if context.findings:
        return Refused(context.findings, identity, context.warnings, position)
    assert context.unit is not None
    assert context.answered_at is not None
    return Item(
        content, context.unit, context.answered_at, context.sent_at, context.warnings, position, context.as_given
    )


def _require(content: dict[str, Any], context: Context) -> None:
    """Names every required field that is missing and was not named before."""
    named = {finding.field.partition("[")[0].partition(".")[0] for finding in context.findings}
    for name in REQUIRED:
        if name not in content and name not in named:
            context.findings.append(
                Finding("missing", name, "This field is required.", "See POST /v1/responses in /docs.")
            )
    if (
        "answers" not in named
        and "overall" not in named
        and "overall" not in content
        and not any("automatic" not in answer for answer in content.get("answers", ()))
    ):
        if content.get("answers"):
            context.findings.append(
                Finding(
                    "only_automatic_answers",
                    "answers",
                    "Every answer was filled by software; at least one must be given by a person.",
                    "Send only what the citizen answered.",
                )
            )
        else:
            context.findings.append(
                Finding(
                    "missing",
                    "answers",
                    "At least one answer given by a person, in answers or overall, is required.",
                    "Leave out responses that nobody answered.",
                )
            )
    if content.get("replaces") is not None and content.get("replaces") == content.get("response_id"):
        context.findings.append(
            Finding(
                "replaces_itself",
                "replaces",
                "A response cannot replace itself.",
                "A correction has a new response_id.",
            )
        )

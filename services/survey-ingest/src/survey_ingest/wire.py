"""Wire types of the canonical dialect beside the verdicts: they document the interface; the checks read items field by field."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

WithdrawalReason = Literal["test", "entered_in_error", "citizen_request"]

Id = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9._-]+$",
        description="Id of the response in the sending system; a UUID is a good choice.",
    ),
]
Instant = Annotated[str, msgspec.Meta(max_length=40, description="ISO 8601 or yyyyMMddHHmmss; no offset means +07:00.")]


class Answer(msgspec.Struct, omit_defaults=True):
    """Answer to one item of the questionnaire."""

    item: Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]
    value: int | str | list[str] | None = None
    """Integer of the item's scale, an option id, option ids where the item is multi-select, or not_answered, dont_know, not_applicable."""
    text: Annotated[str, msgspec.Meta(max_length=2000)] | None = None
    automatic: bool | None = None
    """true where software filled the answer: kept, never counted."""


class Sample(msgspec.Struct, omit_defaults=True):
    """Place in a probability sample; only for instruments of that design."""

    round: str | None = None
    stratum: str | None = None
    cluster: str | None = None
    weight: (
        Annotated[str, msgspec.Meta(pattern=r"^\s*\d{1,12}(\.\d{1,12})?\s*$", description="Decimal string > 0.")] | None
    ) = None


class PrivacyNotice(msgspec.Struct, omit_defaults=True):
    """Which notice was shown to the citizen."""

    version: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    shown: bool | None = None


class ResponseItem(msgspec.Struct, omit_defaults=True):
    """One citizen's answered questionnaire, without personal data. Unknown fields are ignored and named in a warning."""

    response_id: Id
    unit_code: Annotated[
        str,
        msgspec.Meta(
            min_length=1,
            max_length=35,
            description="H01.15, 000.00.15.H01 or gso:30292; resolved on the day of answered_at.",
        ),
    ]
    instrument: Annotated[
        str, msgspec.Meta(min_length=1, max_length=40, description="KIOSK3, HL5, TT01-2018, SIPAS-2017, ...")
    ]
    instrument_version: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    answered_at: Instant
    stage: Literal["intake", "supplement", "result", "after"]
    collected_via: Literal["kiosk", "qr", "sms", "zalo", "web", "paper", "phone", "other"]
    mode: Literal["self", "assisted", "from_paper"]
    answers: Annotated[list[Answer], msgspec.Meta(max_length=200)] | None = None
    overall: (
        Annotated[int, msgspec.Meta(ge=1, le=5)]
        | Literal["Rất hài lòng", "Hài lòng", "Bình thường", "Không hài lòng", "Chưa hài lòng", "Rất không hài lòng"]
        | None
    ) = None
    """1..5, or the Vietnamese words in any Unicode form and case."""
    dossier_code: Annotated[str, msgspec.Meta(max_length=50)] | None = None
    procedure_code: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    field_code: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    service_channel: Literal["direct", "online", "postal", "1", "2", "3"] | None = None
    replaces: Id | None = None
    sample: Sample | None = None
    comment: Annotated[str, msgspec.Meta(max_length=2000)] | None = None
    sent_at: Instant | None = None
    device_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    device_seq: int | None = None
    counter_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    staff_ref: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    respondent_kind: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    """citizen, business, state_agency, other, or a code mapped for the sending system."""
    privacy_notice: PrivacyNotice | None = None


class Withdrawal(msgspec.Struct):
    """Why a response is withdrawn."""

    reason: WithdrawalReason


class ExposureItem(msgspec.Struct):
    """People offered and asked to answer, per unit, channel and local day."""

    unit_code: str
    collected_via: Literal["kiosk", "qr", "sms", "zalo", "web", "paper", "phone", "other"]
    local_day: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    offered: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    asked: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class ExposureResult(msgspec.Struct):
    """What is recorded for one unit, channel and day; sending the same again changes nothing."""

    unit_code: str
    collected_via: str
    local_day: str
    offered: int
    asked: int
    revision: int
    changed: bool


class ExposureResults(msgspec.Struct):
    """One line per item, in the order sent."""

    results: list[ExposureResult]


class Token(msgspec.Struct):
    """A short-lived opaque bearer token (RFC 6749)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str
    realm: str
    """production, sandbox or synthetic: where everything sent with this token belongs."""


class BalanceLine(msgspec.Struct):
    """Counts of one local day of receipt: received = accepted + duplicate + conflict + repeat + refused + quarantined."""

    day: str
    received: int
    accepted: int
    duplicate: int
    conflict: int
    repeat: int
    refused: int
    quarantined: int
    released: int
    superseded: int
    rejected_later: int
    withdrawn: int


class Balance(msgspec.Struct):
    """Reconciliation of one sending system over local days (Asia/Ho_Chi_Minh), both ends included."""

    system: str
    realm: str
    from_day: str
    to_day: str
    days: list[BalanceLine]
    total: BalanceLine


class CataloguePage(msgspec.Struct):
    """A page of a code list. `next_cursor` is null on the last page; `revision` may be given as `since` next time."""

    catalogue: str
    revision: int
    entries: list[dict[str, Any]]
    next_cursor: str | None


class ServerTime(msgspec.Struct):
    """The server's clock, for kiosks to compare theirs with."""

    utc: str
    vietnam: str
    compact: str
    """yyyyMMddHHmmss in Asia/Ho_Chi_Minh."""

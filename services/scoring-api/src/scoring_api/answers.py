"""Wire forms that every answer shares: where the figures stand, the realm, and the notice on invented figures."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from parindex.engine.rank import TIE_RULE_WORDS
from parindex.frameworks.policy import RankingPolicy
from parindex.instruments.catalogue import Instrument
from scoring_api.snapshot import Snapshot


class Words(msgspec.Struct, frozen=True):
    """One sentence in Vietnamese and English."""

    vi: str
    en: str


NOTICES = {
    "synthetic": Words(
        "DỮ LIỆU GIẢ LẬP: mọi số liệu trong phạm vi này được sinh theo quy tắc để dùng thử, không phải kết quả thật.",
        "SYNTHETIC DATA: every figure of this realm is invented by rule for trials; none is a real result.",
    ),
    "sandbox": Words(
        "MÔI TRƯỜNG THỬ NGHIỆM: số liệu do các hệ thống đang thử kết nối gửi.",
        "SANDBOX: figures sent by systems that are trying out their connection.",
    ),
}


class Answer(msgspec.Struct, kw_only=True):
    """What every answer carries."""

    realm: str
    """production, sandbox or synthetic; realms never mix."""
    notice: Words | None
    """What must be known before these figures are used; null in production."""
    register_revision: int
    """Revision of the registers of units and questionnaires that the answer was read with."""
    as_of: dt.datetime | None
    """The instant up to which merged responses are in the figures; null while there are none."""
    not_counted: int | None
    """Responses and withdrawals of this realm acknowledged but not in the figures yet; null where responses do not enter."""


class FigureAnswer(Answer, kw_only=True):
    """What every answer with satisfaction figures carries besides."""

    recompute_due: bool
    """Merged counts of the realm wait for their tables to be computed again; then `as_of` is that of the stored figures."""
    instrument: str
    version: str


def register_standing(snapshot: Snapshot) -> dict[str, Any]:
    """The fields of `Answer` for registers and published figures: as of the last load."""
    return {
        "realm": snapshot.realm,
        "notice": NOTICES.get(snapshot.realm),
        "register_revision": snapshot.pulse.revision,
        "as_of": snapshot.pulse.registers_as_of,
        "not_counted": snapshot.pulse.not_counted,
    }


def figure_standing(
    snapshot: Snapshot, instrument: Instrument, stored_as_of: dt.datetime | None = None, *, frozen: bool = False
) -> dict[str, Any]:
    """The fields of `FigureAnswer`: as of the last merge, or as of the stored figures where those are older."""
    older = stored_as_of is not None and (frozen or snapshot.pulse.recompute_due)
    return {
        **register_standing(snapshot),
        "as_of": stored_as_of if older else snapshot.pulse.merged_as_of,
        "recompute_due": snapshot.pulse.recompute_due,
        "instrument": instrument.code,
        "version": instrument.version,
    }


def standing_columns(answer: Answer) -> tuple[list[str], list[Any]]:
    """The same for a sheet: column names and the values that every row repeats."""
    notice = answer.notice.vi if answer.notice else None
    return ["realm", "as_of", "not_counted", "register_revision", "notice_vi"], [
        answer.realm,
        answer.as_of,
        answer.not_counted,
        answer.register_revision,
        notice,
    ]


def change_sign(policy: RankingPolicy) -> Words:
    """What a positive change means, in the words of the policy."""
    return Words(policy.change_sign_vi, policy.change_sign_en)


def tie_rule(policy: RankingPolicy) -> Words:
    """How equal figures are ranked, in words."""
    words = TIE_RULE_WORDS[policy.tie_rule]
    return Words(words["vi"], words["en"])

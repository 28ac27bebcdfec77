"""Whether figures of two editions may be compared, and in words why not. Decided here and nowhere else. Pure.

What may be compared is declared by the policy or framework (`comparable_with`); nothing is inferred from equal names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from parindex.engine.numerals import vi
from parindex.engine.period import Period

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there is no number."""

    code: str
    vi: str
    en: str

    def as_json(self) -> dict[str, str]:
        """As it stands in a change document."""
        return {"code": self.code, "vi": self.vi, "en": self.en}


def not_comparable(now: Body, before: Body) -> list[Reason]:
    """Every reason that keeps the figures of two bodies apart; empty: they may be compared."""
    reasons = [
        _other(now, before, "realm", "other_realm", "hai phạm vi dữ liệu khác nhau", "two different realms"),
        _other(now, before, "block", "other_block", "hai khối đơn vị khác nhau", "two different blocks of units"),
        _scope(now, before),
        _index(now, before),
        _version(now, before),
        _maximum(now, before),
        _scale(now, before),
        _period(now, before),
    ]
    return [reason for reason in reasons if reason is not None]


def _other(now: Body, before: Body, key: str, code: str, vi_words: str, en_words: str) -> Reason | None:
    if now[key] == before[key]:
        return None
    return Reason(code, f"{vi_words} ({before[key]}, {now[key]}).", f"{en_words} ({before[key]}, {now[key]}).")


def _scope(now: Body, before: Body) -> Reason | None:
    if now["scope"]["unit_id"] == before["scope"]["unit_id"]:
        return None
    names = before["scope"]["name"], now["scope"]["name"]
    return Reason(
        "other_scope", f"hai phạm vi xếp hạng khác nhau ({', '.join(names)}).", f"two scopes ({', '.join(names)})."
    )


def _index(now: Body, before: Body) -> Reason | None:
    one, other = now["index"], before["index"]
    if one["code"] != other["code"]:
        return Reason(
            "other_index",
            f"hai bộ chỉ số khác nhau: {other['title_vi']}; {one['title_vi']}.",
            f"two indices: {other['code']}; {one['code']}.",
        )
    if one["template"] != other["template"]:
        return Reason(
            "template",
            "một bảng theo bộ tiêu chí mẫu, không phải văn bản chính thức.",
            "one table follows a template, not the official criteria.",
        )
    if one["method"] != other["method"]:
        return Reason("other_method", "hai cách tính khác nhau.", "two methods of computation.")
    return None


def _version(now: Body, before: Body) -> Reason | None:
    """Another version of the rules that is not declared comparable: a break in the series."""
    if now["index"]["code"] != before["index"]["code"]:
        return None
    rules = now["policy"], before["policy"]
    policies = tuple(policy["name"].rpartition("@")[2] for policy in rules)
    versions = (now["index"]["version"], before["index"]["version"]) if now["kind"] != "imported" else policies
    for one, other in (versions, policies):
        declared = other in rules[0].get("comparable_with", ()) or one in rules[1].get("comparable_with", ())
        if one != other and not declared:
            words = rules[0].get("break_words") or rules[1].get("break_words")
            return Reason(
                "break_in_series",
                words["vi"] if words else f"hai phiên bản ({other}, {one}) không được công bố là so sánh được.",
                words["en"] if words else f"the versions {other} and {one} are not declared comparable.",
            )
    return None


def _maximum(now: Body, before: Body) -> Reason | None:
    one, other = now["index"]["maximum"], before["index"]["maximum"]
    if one is None or other is None or Decimal(one) == Decimal(other):
        return None
    return Reason(
        "other_maximum",
        f"điểm tối đa khác nhau: {vi(other)} và {vi(one)}.",
        f"the maxima differ: {other} and {one}.",
    )


def _scale(now: Body, before: Body) -> Reason | None:
    if now["policy"]["ranked_on"] == before["policy"]["ranked_on"]:
        return None
    return Reason("other_scale", "một bảng theo điểm, một bảng theo phần trăm.", "one table in points, one in percent.")


def _period(now: Body, before: Body) -> Reason | None:
    one, other = now["period"], before["period"]
    kinds = Period.parse(one["code"]).kind, Period.parse(other["code"]).kind
    if kinds[0] == kinds[1] and (one["to_date"] == other["to_date"] or one["code"] == other["code"]):
        return None
    return Reason(
        "other_period",
        f"hai kỳ không cùng loại ({_said(other)}, {_said(one)}).",
        f"periods of different kinds ({other['code']}, {one['code']}).",
    )


def _said(period: Mapping[str, Any]) -> str:
    return f"{period['code']} lũy kế" if period["to_date"] else str(period["code"])

"""Codes of one sending system -> the portal's: status, channel, kind of applicant. Pure.

Not every vendor uses the portal's lists, so each sending system may carry a map of its own (`parindex systems codes`).
The map lies over the portal's list: a code that it names means what it says (null: nothing known), any other code
means what the portal's list says.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parindex.dossiers.records import STATUS_TITLES, Channel
from parindex.errors import Finding, Invalid
from survey_ingest.fields import DOSSIER_PATTERN
from survey_ingest.words import plain

APPLICANTS = {"1": "citizen", "2": "business", "3": "state_agency", "4": "other"}
"""`LoaiDoiTuong` as most exporters send it; some vendors number it otherwise."""
LISTS: dict[str, frozenset[str]] = {
    "TrangThaiHoSo": frozenset(str(int(status)) for status in STATUS_TITLES),
    "KenhThucHien": frozenset(str(int(channel)) for channel in Channel),
    "LoaiDoiTuong": frozenset(APPLICANTS),
}
"""Field -> the portal's codes."""
_STATUS_WORDS = {plain(title): int(status) for status, title in STATUS_TITLES.items()}
_LONGEST = 20
_agencies: set[str] = set()
"""Agency parts of codes of the national pattern."""
_MOST_AGENCIES = 16_384
_DIGITS = "0123456789"


def code_text(value: Any) -> str:
    """A code as text, whatever it was sent as: 4, "4", " 04 " and 4.0 are "4"; '' for what is no code."""
    if type(value) is str and len(value) == 1 and value in _DIGITS:
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**15 else ""
    if not isinstance(value, str):
        return ""
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST:
        return text.lstrip("0") or "0"
    return text


def agency_in(dossier_code: str) -> str:
    """The agency part of a dossier code (at most 50 characters) of the national pattern; '' off the pattern."""
    agency, _, rest = dossier_code.partition("-")
    if agency not in _agencies:
        if not DOSSIER_PATTERN.fullmatch(dossier_code):
            return ""
        if len(_agencies) >= _MOST_AGENCIES:
            _agencies.clear()
        _agencies.add(agency)
        return agency
    day, _, number = rest.partition("-")
    # What the pattern says of the rest, faster than it: nearly all codes are of agencies seen before.
    right = len(day) in (6, 8) and 3 <= len(number) <= 7 and day.isdigit() and number.isdigit() and rest.isascii()
    return agency if right else ""


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """What the codes of one sending system mean. A code that means nothing is None (applicant: '')."""

    statuses: Mapping[str, int | None]
    channels: Mapping[str, int | None]
    applicants: Mapping[str, str]

    @classmethod
    def of(cls, dossier_codes: Mapping[str, Mapping[str, str | None]]) -> Codes:
        """The portal's lists with the system's own map over them; the same map gives the same object."""
        return _codes(tuple(tuple(dossier_codes.get(field, {}).items()) for field in LISTS))

    def status(self, code: str) -> int | None:
        """The portal's status of a code, or of its title in words; None: unknown."""
        if code in self.statuses:
            return self.statuses[code]
        return _STATUS_WORDS.get(plain(code))


@functools.lru_cache(maxsize=1024)
def _codes(own: tuple[tuple[tuple[str, str | None], ...], ...]) -> Codes:
    statuses, channels, applicants = own

    def number(portal: str | None) -> int | None:
        return None if portal is None else int(portal)

    return Codes(
        {code: int(code) for code in LISTS["TrangThaiHoSo"]} | {code: number(portal) for code, portal in statuses},
        {code: int(code) for code in LISTS["KenhThucHien"]} | {code: number(portal) for code, portal in channels},
        APPLICANTS | {code: APPLICANTS.get(portal or "", "") for code, portal in applicants},
    )


def checked_codes(document: Any) -> dict[str, dict[str, str | None]]:
    """A map as an operator writes it, in its stored form. Raises Invalid with every fault at once.

    Form: {"TrangThaiHoSo": {"12": "4", "13": null}, "LoaiDoiTuong": {"0": "1"}}; the right side is the portal's code.
    """
    if not isinstance(document, dict):
        raise Invalid(
            "The map is not a set of fields.",
            code="codes_unreadable",
            hint=f"Fields: {', '.join(LISTS)}; under each the vendor's code and the portal's.",
        )
    findings: list[Finding] = []
    checked: dict[str, dict[str, str | None]] = {}
    for field, pairs in document.items():
        known = LISTS.get(field) if isinstance(field, str) else None
        if known is None:
            findings.append(Finding("field_unknown", str(field)[:40], "This field has no codes.", ", ".join(LISTS)))
        elif not isinstance(pairs, dict) or not pairs:
            findings.append(Finding("wrong_type", field, "Expected the vendor's codes with the portal's."))
        else:
            checked[field] = _checked_pairs(field, pairs, known, findings)
    if findings:
        raise Invalid(
            f"The map of codes has {len(findings)} fault{'s' if len(findings) > 1 else ''}; nothing was changed.",
            code="codes_invalid",
            findings=findings,
        )
    return checked


def _checked_pairs(
    field: str, pairs: dict[Any, Any], known: frozenset[str], findings: list[Finding]
) -> dict[str, str | None]:
    checked: dict[str, str | None] = {}
    for theirs, ours in pairs.items():
        code, portal = code_text(theirs), None if ours is None else code_text(ours)
        where = f"{field}.{code or theirs}"[:80]
        if not code or len(code) > _LONGEST or not code.isprintable():
            findings.append(Finding("code_form", where, f"A code has 1 to {_LONGEST} characters."))
        elif portal is not None and portal not in known:
            expected = ", ".join(sorted(known, key=int))
            findings.append(
                Finding("code_unknown", where, f"{portal!r} is no code of the portal.", f"One of {expected}, or null.")
            )
        elif code in checked:
            findings.append(Finding("code_twice", where, "This code stands there twice."))
        else:
            checked[code] = portal
    return checked

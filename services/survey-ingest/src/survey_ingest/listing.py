"""Code lists for senders: units, procedures, questionnaires, fixed codes; with a cursor, a `since` revision and an ETag.

The cursor is (revision, key): revisions are given by one writer in commit order, so nothing is ever skipped.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from typing import Any, Literal, get_args

import asyncpg

from parindex.errors import Finding, Invalid
from parindex.web.problems import STATUS
from survey_ingest import fields, words
from survey_ingest.answer_columns import RESPONDENT_KINDS
from survey_ingest.interpret import Catalogues
from survey_ingest.verdicts import VERDICTS
from survey_ingest.wire import CataloguePage, WithdrawalReason

CatalogueName = Literal["units", "procedures", "instruments", "codes"]
PAGE = 1000

Entry = tuple[int, str, dict[str, Any]]
"""Revision, key within it, entry."""


def read_cursor(text: str | None) -> tuple[int, str]:
    """The place after which a page begins. Raises Invalid for a cursor that we did not give."""
    if not text:
        return 0, ""
    try:
        revision, _, key = base64.urlsafe_b64decode(text.encode("ascii")).decode().partition("|")
        number = int(revision)
    except (binascii.Error, UnicodeError, ValueError):
        raise Invalid(
            "The cursor was not given by this service.",
            code="cursor_unreadable",
            findings=[Finding("cursor_unreadable", "cursor", "Send next_cursor of the page before, unchanged.")],
        ) from None
    return number, key


def _cursor(revision: int, key: str) -> str:
    return base64.urlsafe_b64encode(f"{revision}|{key}".encode()).decode()


def page_of(name: CatalogueName, entries: list[Entry], revision: int, since: int, cursor: str | None) -> CataloguePage:
    """The page of entries changed after revision `since`, from the cursor on."""
    after = read_cursor(cursor)
    due = sorted(
        (entry for entry in entries if entry[0] > since and (entry[0], entry[1]) > after), key=lambda entry: entry[:2]
    )
    following = due[PAGE : PAGE + 1]
    page = due[:PAGE]
    return CataloguePage(
        name, revision, [entry for _, _, entry in page], _cursor(page[-1][0], page[-1][1]) if following else None
    )


def unit_entries(catalogues: Catalogues, realm: str, today: dt.date) -> list[Entry]:
    """Every unit that a sender of that realm may name, with all its codes and their dates."""
    units = catalogues.units
    entries: list[Entry] = []
    for unit in units.changed_since(-1):
        if not units.visible(unit.unit_id, realm):
            continue
        codes = [
            {
                "scheme": code.scheme,
                "code": f"gso:{code.code}" if code.scheme == "gso" else code.code,
                "valid_from": _day(code.start),
                "valid_to": _day(code.end),
            }
            for code in unit.codes
        ]
        day = min(today, unit.end - dt.timedelta(days=1)) if unit.end else today
        name = units.name(unit.unit_id, max(day, unit.start) if unit.start else day)
        entry = {
            "unit_id": unit.unit_id,
            "kind": unit.kind,
            "name": name,
            "codes": codes,
            "valid_from": _day(unit.start),
            "valid_to": _day(unit.end),
        }
        entries.append((unit.revision, f"{unit.unit_id:010d}", entry))
    return entries


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def instrument_entries(catalogues: Catalogues) -> list[Entry]:
    """Every questionnaire version with its items, scales and options."""
    return [
        (
            instrument.revision,
            f"{instrument.code}|{instrument.version}",
            {**instrument.document, "sha256": instrument.sha256},
        )
        for instrument in catalogues.instruments.changed_since(-1)
    ]


async def procedure_entries(connection: asyncpg.Connection) -> list[Entry]:
    """Every procedure of the catalogue."""
    rows = await connection.fetch(
        "SELECT revision, base_code, name, field_code, lower(valid) AS valid_from, upper(valid) AS valid_to FROM procedure"
    )
    return [
        (
            row["revision"],
            row["base_code"],
            {
                "code": row["base_code"],
                "name": row["name"],
                "field_code": row["field_code"],
                "valid_from": _day(row["valid_from"]),
                "valid_to": _day(row["valid_to"]),
            },
        )
        for row in rows
    ]


def code_entries() -> list[Entry]:
    """The fixed codes of the contract, list by list."""
    lists: dict[str, list[Any]] = {
        "stage": list(fields.STAGES),
        "collected_via": list(fields.COLLECTED_VIA),
        "mode": list(fields.MODES),
        "service_channel": [
            {"code": code, "portal": portal} for code, portal in (("direct", "1"), ("online", "2"), ("postal", "3"))
        ],
        "respondent_kind": sorted(RESPONDENT_KINDS),
        "withdrawal_reason": list(get_args(WithdrawalReason)),
        "answer_code": list(words.SPECIAL_CODES),
        "overall": [
            {"value": value, "vi": label}
            for value, label in (
                (1, "Rất không hài lòng"),
                (2, "Không hài lòng"),
                (3, "Bình thường"),
                (4, "Hài lòng"),
                (5, "Rất hài lòng"),
            )
        ],
        "verdict": list(VERDICTS),
        "problem_kind": [{"kind": kind, "status": status} for kind, status in STATUS.items()],
    }
    return [(1, name, {"list": name, "codes": codes}) for name, codes in sorted(lists.items())]

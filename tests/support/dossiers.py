"""Dossiers written by hand for tests: short times, versions in the order given, the shipped calendar and rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

from parindex.dossiers.history import History, history
from parindex.dossiers.portal_rules import Settled, settle
from parindex.dossiers.procedures import Procedure
from parindex.dossiers.records import Step, Version
from parindex.dossiers.rules import Rules, portal_766
from parindex.dossiers.work_calendar import shipped_calendar
from parindex.engine.period import VIETNAM

KEY = "H99.101-260901-0001"
PROCEDURES = {
    "1.000001": Procedure("1.000001", "full", Decimal(3), "working_day", True, True, True, True),
    "1.000002": Procedure("1.000002", "partial", Decimal(8), "hour", False, False, False, True),
    "1.000003": Procedure("1.000003", "information", Decimal(5), "calendar_day", None, None, None, False),
}
"""Three working days with fee and result; eight hours without either; five calendar days."""


def at(text: str) -> dt.datetime:
    """`21/9 08:15` of 2026 in Viet Nam; `21/9` is 08:00; a year may be written."""
    date, _, time = text.partition(" ")
    day, month, year = [*date.split("/"), "2026"][:3]
    hour, minute = (time or "08:00").split(":")
    return dt.datetime(int(year), int(month), int(day), int(hour), int(minute), tzinfo=VIETNAM)


def _when(value: str | dt.datetime | None) -> dt.datetime | None:
    return at(value) if isinstance(value, str) else value


_TIMES = {"accepted_at", "due_at", "finished_at", "returned_at", "refused_at", "submitted_at", "recorded_at"}


def version(number: int = 1, status: int | None = 2, **given: Any) -> Version:
    """A version accepted on 1/9 and due on 4/9 17:00 unless said otherwise; received on day `number` of October."""
    values: dict[str, Any] = {
        "dossier_key": KEY,
        "recorded_at": f"{number}/10",
        "unit_id": 1,
        "procedure_base": "1.000001",
        "accepted_at": "1/9",
        "due_at": "4/9 17:00",
        **given,
    }
    asked = values.pop("supplements", [])
    values |= {name: _when(values[name]) for name in _TIMES if name in values}
    return Version(
        version_no=number,
        status=status,
        supplement_from=tuple(at(one) for one, _ in asked),
        supplement_to=tuple(_when(two) for _, two in asked),
        **values,
    )


def step(status: int | None, when: str | None, *, recorded: str = "1/10", position: int = 0, raw: str = "") -> Step:
    """A progress step."""
    return Step(KEY, at(recorded), position, _when(when), status, raw)


def told(versions: list[Version], steps: list[Step] | None = None) -> History:
    """The history of the given versions and steps."""
    made = history(versions, steps or [])
    assert made is not None
    return made


def settled(
    versions: list[Version], steps: list[Step] | None = None, *, rules: Rules | None = None, **switches: str
) -> Settled:
    """Settled under the shipped rules, with other switches where named."""
    chosen = replace(rules or portal_766(), **switches)
    return settle(told(versions, steps), shipped_calendar(), PROCEDURES, chosen)

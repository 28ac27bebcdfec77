"""Reads how long a league table may be disputed (`frameworks/appeals/*.yaml`, strict YAML)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from parindex.engine.period import VIETNAM, local_day
from parindex.errors import NotFound
from parindex.instruments.fields import UNREAD, Fields
from parindex.instruments.strict_yaml import read_strict

_PROVENANCE = ("sourced", "memory", "inferred", "illustrative", "declared")


@dataclass(frozen=True, slots=True)
class AppealWindows:
    """One version of the windows, in calendar days of Asia/Ho_Chi_Minh. `valid_to` is the day after the last, None while open."""

    name: str
    version: str
    valid_from: dt.date
    valid_to: dt.date | None
    days_draft: int
    days_published: int
    note_vi: str
    note_en: str
    provenance: str
    source: str

    def closes_at(self, opened_at: dt.datetime, *, published: bool) -> dt.datetime:
        """The first instant after the window (UTC): the day of the draft or publication does not count, the last counts whole."""
        days = self.days_published if published else self.days_draft
        last = local_day(opened_at) + dt.timedelta(days=days)
        return dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), VIETNAM).astimezone(dt.UTC)


@cache
def _load() -> tuple[AppealWindows, ...]:
    folder = files("parindex.frameworks") / "appeals"
    return tuple(
        read_windows(entry.read_text("utf-8"), entry.name) for entry in folder.iterdir() if entry.name.endswith(".yaml")
    )


def windows_on(day: dt.date) -> AppealWindows:
    """The windows in force on a day (local). Raises NotFound outside every validity: no window is made up."""
    for one in _load():
        if one.valid_from <= day and (one.valid_to is None or day < one.valid_to):
            return one
    raise NotFound(
        f"Không có quy định thời hạn khiếu nại cho ngày {day:%d/%m/%Y}. / No windows for disputes are declared for {day.isoformat()}.",
        code="windows_undeclared",
        hint="Windows are declared in parindex/frameworks/appeals.",
    )


def read_windows(text: str, file: str) -> AppealWindows:
    """The windows of one file. Raises Invalid with every fault (file, line, node, expected)."""
    strict = read_strict(text, file)
    if not isinstance(strict.value, dict):
        strict.refuse_faults()
    top = Fields.of(strict)
    declared = top.mapping("sources")
    sources = {key: declared.text(key) for key in declared.names}
    in_force = top.mapping("in_force")
    valid_from, valid_to = in_force.date("from"), in_force.optional_date("to")
    in_force.close()
    name, version = top.text("appeals"), top.quoted_text("version")
    top.text("title_vi")
    top.text("title_en")
    windows = top.mapping("windows")
    windows.word("days", ("calendar",))
    days = {key: windows.integer(key) for key in ("days_draft", "days_published")}
    for key, number in days.items():
        if not 1 <= number <= 365:
            windows.fault(key, "days_range", f"{number} days.", "Expected 1 to 365.")
    notes = windows.text("note_vi"), windows.text("note_en")
    provenance, source = windows.word("provenance", _PROVENANCE), windows.text("source")
    if source != UNREAD and source not in sources:
        windows.fault("source", "unknown_source", f"{source!r} is not declared.", "Expected a key of sources.")
    windows.close()
    declared.close()
    top.close()
    strict.refuse_faults()
    return AppealWindows(
        name,
        version,
        valid_from,
        valid_to,
        days["days_draft"],
        days["days_published"],
        *notes,
        provenance,
        sources[source],
    )

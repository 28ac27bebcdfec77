"""What a framework file says before its tree: names, time, rounding, blocks, sources."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parindex.frameworks.criteria_values import read_code
from parindex.instruments.fields import UNREAD

if TYPE_CHECKING:
    from parindex.instruments.fields import Fields
    from parindex.instruments.strict_yaml import StrictDocument

STATUSES = ("official", "template", "example")
PERIODS = ("year", "half_year", "quarter", "month")
ROUNDING_PLACES = ("component", "criterion", "total")
_MOST_DIGITS = 4
_LONGEST_VERSION = 40


@dataclass(frozen=True, slots=True)
class Gap:
    """Days on which a framework has no version, and why; `until` is the day after the last, None while not known."""

    start: dt.date
    until: dt.date | None
    why: str


class HeadReader:
    """Reads the fields above the tree, each method its own; what is wrong is noted in the document."""

    def __init__(self, top: Fields, strict: StrictDocument) -> None:
        self.top, self.strict = top, strict

    def head(self) -> dict[str, Any]:
        """Names, publisher, decision and status."""
        top = self.top
        version = top.quoted_text("version")
        if len(version) > _LONGEST_VERSION or "@" in version or "/" in version:
            top.fault(
                "version", "version_form", f"{version!r} is not a version.", "Expected up to 40 signs without @ or /."
            )
        status = top.word("status", STATUSES)
        notes = {key: top.optional_text(key) or "" for key in ("status_note_vi", "status_note_en")}
        if status in {"template", "example"} and not notes["status_note_vi"]:
            top.fault(
                "status_note_vi",
                "status_note_missing",
                f"a {status} says nowhere that it is not official.",
                "Expected a sentence that is printed beside every figure, such as: Mẫu, không phải văn bản chính thức.",
            )
        decision = top.mapping("decision", optional=True)
        written = None
        if top.has("decision"):
            day = decision.optional_date("date")
            written = {"number": decision.text("number"), "date": day.isoformat() if day else None}
            decision.close()
        return {
            "version": version,
            "title_vi": top.text("title_vi"),
            "title_en": top.optional_text("title_en") or "",
            "publisher_vi": top.text("publisher_vi"),
            "decision": written,
            "status": status,
            **notes,
        }

    def in_force(self) -> tuple[dt.date, dt.date | None, dict[str, Any]]:
        """First day, day after the last, and both as JSON."""
        fields = self.top.mapping("in_force")
        start, end = fields.date("from"), fields.optional_date("to")
        fields.close()
        self._span(fields, start, end)
        return start, end, {"from": start.isoformat(), "to": end.isoformat() if end else None}

    def gap(self, entry: Fields) -> Gap:
        """Days without a version."""
        gap = Gap(entry.date("from"), entry.optional_date("to"), entry.text("why"))
        entry.close()
        self._span(entry, gap.start, gap.until)
        return gap

    def _span(self, fields: Fields, start: dt.date, end: dt.date | None) -> None:
        if end is not None and end <= start != dt.date.max:
            fields.fault(
                "to", "empty_validity", f"{end} is not after {start}.", "Expected the day after the last day, or null."
            )

    def periods(self) -> tuple[str, ...]:
        """Kinds of period that may be assessed."""
        periods = self.top.texts("periods")
        for period in periods:
            if period not in PERIODS:
                self.top.fault(
                    "periods",
                    "unknown_word",
                    f"{period!r} is no kind of period.",
                    f"Expected some of {', '.join(PERIODS)}.",
                )
        if len(set(periods)) < len(periods):
            self.top.fault("periods", "duplicate_code", "a kind of period stands twice.", "Keep one.")
        return tuple(periods)

    def rounding(self) -> tuple[int | None, str, str]:
        """Digits (None: unread), mode and place."""
        fields = self.top.mapping("rounding")
        digits, mode = self._digits(fields), fields.word("mode", ("half_up",), "half_up")
        place = fields.word("at", ROUNDING_PLACES)
        fields.close()
        return digits, mode, place

    def index(self) -> tuple[int | None, str]:
        """Digits of the index (None: unread) and what ranks are taken on."""
        fields = self.top.mapping("index")
        digits, ranked_on = self._digits(fields), fields.word("ranked_on", ("percent", "points"))
        fields.close()
        return digits, ranked_on

    def _digits(self, fields: Fields) -> int | None:
        known = len(self.strict.findings)
        digits = fields.integer("digits")
        if not 0 <= digits <= _MOST_DIGITS:
            fields.fault("digits", "digits_range", f"{digits} decimals.", f"Expected 0 to {_MOST_DIGITS}.")
        return digits if len(self.strict.findings) == known else None

    def titled(self, key: str) -> list[dict[str, str]]:
        """A list of codes with titles."""
        rows: list[dict[str, str]] = []
        for entry in self.top.entries(key):
            row = {
                "code": read_code(entry, "code"),
                "title_vi": entry.text("title_vi"),
                "title_en": entry.optional_text("title_en") or "",
            }
            entry.close()
            if row["code"] in {other["code"] for other in rows} - {UNREAD}:
                entry.fault("code", "duplicate_code", f"{row['code']!r} stands twice.", "Expected each code once.")
            rows.append(row)
        return rows

    def sources(self, valid_from: dt.date) -> dict[str, dict[str, str]]:
        """Every law once, by the key that nodes cite."""
        declared = self.top.mapping("sources", optional=True)
        sources = {}
        for key in declared.names:
            fields = declared.mapping(key)
            issued, consulted = fields.optional_date("issued_on"), fields.optional_date("consulted")
            if issued is not None and issued > valid_from:
                fields.fault(
                    "issued_on",
                    "issued_after_in_force",
                    f"issued on {issued}, but the framework is in force from {valid_from}.",
                    "Expected a source that existed on that day, or a later in_force.from.",
                )
            given = {
                "title": fields.text("title"),
                "href": fields.optional_text("href"),
                "issued_on": issued.isoformat() if issued else None,
                "consulted": consulted.isoformat() if consulted else None,
            }
            fields.close()
            sources[key] = {name: value for name, value in given.items() if value}
        return sources

    def external(self, key: str) -> dict[str, str]:
        """One index of others that external leaves read."""
        fields = self.top.mapping("external_indices").mapping(key)
        row = {"title_vi": fields.text("title_vi"), "title_en": fields.optional_text("title_en") or ""}
        fields.close()
        return row

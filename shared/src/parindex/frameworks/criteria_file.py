"""Framework files: a decision on criteria as strict YAML, or the JSON of a draft, turned into a tree the engine scores.

Every fault of a file comes at once with its place, its node (by codes) and what was expected. The document that results is
plain JSON, written out the same way from YAML and from JSON, so that its digest depends on nothing but its content:
reading it again gives the same framework.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from parindex.engine.criteria import Framework, RankedOn, RoundingPlace
from parindex.engine.digest import sha256 as digest
from parindex.errors import Finding
from parindex.frameworks.criteria_document import node_document, written_digits
from parindex.frameworks.criteria_marks import read_grades, read_grouping, read_ties, read_views
from parindex.frameworks.criteria_rules import POINT_DECIMALS, POINTS_LIMIT, read_code, read_points
from parindex.frameworks.criteria_tree import TreeReader
from parindex.instruments.fields import UNREAD, Fields
from parindex.instruments.strict_json import read_strict_json
from parindex.instruments.strict_yaml import read_strict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

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


@dataclass(frozen=True, slots=True)
class FrameworkFile:
    """One version of a criteria set as read: what the engine scores, when it holds, what is worth knowing."""

    file: str
    """Name of the file, or of the draft, in messages."""
    framework: Framework
    valid_from: dt.date
    valid_to: dt.date | None
    """The day after the last; None until another version replaces it."""
    replaces: str | None
    """The version that ends when this one begins."""
    gaps: tuple[Gap, ...]
    periods: tuple[str, ...]
    """Kinds of period that may be assessed: year, half_year, quarter, month."""
    warnings: tuple[Finding, ...]

    @property
    def name(self) -> str:
        """Code and version, for example `par-province@2017-1`."""
        return self.framework.name

    @property
    def document(self) -> dict[str, Any]:
        """The version as JSON; what its digest is taken of."""
        return cast("dict[str, Any]", self.framework.document)

    @property
    def status(self) -> str:
        """official, template or example."""
        return str(self.document["status"])


def read_framework_yaml(text: str, file: str) -> FrameworkFile:
    """The framework of a YAML file. Raises Invalid with every fault (file and line, node, what was expected, what to do)."""
    return _read(read_strict(text, file))


def read_framework_json(document: Any, name: str = "the draft") -> FrameworkFile:
    """The framework of a stored document or of a draft; numbers are text, floats are refused.

    Raises Invalid with every fault, each with the path of its field.
    """
    return _read(read_strict_json(document, name))


def shipped_folders() -> list[Traversable]:
    """One folder a framework shipped with this package, by its code; empty when none is."""
    root = files("parindex.frameworks") / "indices"
    return sorted((one for one in root.iterdir() if one.is_dir()), key=lambda one: one.name) if root.is_dir() else []


def shipped_files() -> Iterator[tuple[str, str]]:
    """Name (`code/version.yaml`) and text of each version shipped, in alphabetical order."""
    for folder in shipped_folders():
        for entry in sorted(folder.iterdir(), key=lambda one: one.name):
            if entry.name.endswith(".yaml"):
                yield f"{folder.name}/{entry.name}", entry.read_text("utf-8")


@cache
def shipped_codes() -> frozenset[str]:
    """Codes of the frameworks shipped with this package."""
    return frozenset(folder.name for folder in shipped_folders())


def _read(strict: StrictDocument) -> FrameworkFile:
    if not isinstance(strict.value, dict):
        strict.refuse_faults()
    read = _Reader(Fields.of(strict), strict).file()
    strict.refuse_faults()
    return read


class _Reader:
    def __init__(self, top: Fields, strict: StrictDocument) -> None:
        self.top, self.strict = top, strict

    def file(self) -> FrameworkFile:
        top = self.top
        code = read_code(top, "code")
        head = self._head()
        valid_from, valid_to, in_force = self._in_force()
        replaces, gaps = (
            top.optional_text("replaces"),
            tuple(self._gap(entry) for entry in top.entries("gaps", optional=True)),
        )
        if replaces == head["version"]:
            top.fault(
                "replaces", "replaces_itself", "a version replaces itself.", "Expected the version before, or null."
            )
        periods = self._periods()
        maximum = read_points(top, "max")
        digits, mode, place = self._rounding()
        index_digits, ranked_on = self._index()
        blocks = self._titled("blocks")
        sources = self._sources(valid_from)
        indices = {key: self._external(key) for key in top.mapping("external_indices", optional=True).names}
        tree = TreeReader(
            self.strict,
            sources=sources,
            blocks=[block["code"] for block in blocks],
            indices=(shipped_codes() | indices.keys()) - {code},
            digits=POINT_DECIMALS if digits is None else digits,
        )
        roots = tree.roots(top)
        tree.sum_warning(("max",), maximum, [root for root in roots if root.section == "main"])
        most = 100 if ranked_on == "percent" else POINTS_LIMIT if maximum.is_nan() else maximum
        grades, grades_document = read_grades(top, tree, most=most)
        ties, ties_document = read_ties(top, tree)
        grouping = read_grouping(top, tree)
        views, views_document = read_views(top, tree, roots)
        not_modelled = top.texts("not_modelled", optional=True)
        for key in sorted(sources.keys() - tree.cited):
            top.mapping("sources").fault(
                key, "unused_source", "nothing cites this source.", "Expected some node with it, or no such source."
            )
        top.close()
        self.strict.refuse_faults()
        document = {
            "code": code,
            **head,
            "in_force": in_force,
            "replaces": replaces,
            "gaps": [
                {"from": gap.start.isoformat(), "to": gap.until.isoformat() if gap.until else None, "why": gap.why}
                for gap in gaps
            ],
            "periods": list(periods),
            "max": written_digits(maximum),
            "rounding": {"digits": digits, "mode": mode, "at": place},
            "index": {"digits": index_digits, "ranked_on": ranked_on},
            "blocks": blocks,
            "ties": ties_document,
            "grades": grades_document,
            "grouping": grouping,
            "views": views_document,
            "sources": sources,
            "external_indices": indices,
            "not_modelled": not_modelled,
            "children": [node_document(root) for root in roots],
        }
        framework = Framework(
            code=code,
            version=head["version"],
            sha256=digest(document).hex(),
            maximum=maximum,
            digits=digits or 0,
            rounding_at=cast("RoundingPlace", place),
            index_digits=index_digits or 0,
            ranked_on=cast("RankedOn", ranked_on),
            blocks=tuple(block["code"] for block in blocks),
            roots=roots,
            grades=grades,
            views=views,
            tie_rule=ties,
            template=head["status"] != "official",
            document=document,
        )
        return FrameworkFile(
            self.strict.file, framework, valid_from, valid_to, replaces, gaps, periods, tuple(self.strict.warnings)
        )

    def _head(self) -> dict[str, Any]:
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

    def _in_force(self) -> tuple[dt.date, dt.date | None, dict[str, Any]]:
        fields = self.top.mapping("in_force")
        start, end = fields.date("from"), fields.optional_date("to")
        fields.close()
        self._span(fields, start, end)
        return start, end, {"from": start.isoformat(), "to": end.isoformat() if end else None}

    def _gap(self, entry: Fields) -> Gap:
        gap = Gap(entry.date("from"), entry.optional_date("to"), entry.text("why"))
        entry.close()
        self._span(entry, gap.start, gap.until)
        return gap

    def _span(self, fields: Fields, start: dt.date, end: dt.date | None) -> None:
        if end is not None and end <= start != dt.date.max:
            fields.fault(
                "to", "empty_validity", f"{end} is not after {start}.", "Expected the day after the last day, or null."
            )

    def _periods(self) -> tuple[str, ...]:
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

    def _rounding(self) -> tuple[int | None, str, str]:
        fields = self.top.mapping("rounding")
        digits, mode = self._digits(fields), fields.word("mode", ("half_up",), "half_up")
        place = fields.word("at", ROUNDING_PLACES)
        fields.close()
        return digits, mode, place

    def _index(self) -> tuple[int | None, str]:
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

    def _titled(self, key: str) -> list[dict[str, str]]:
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

    def _sources(self, valid_from: dt.date) -> dict[str, dict[str, str]]:
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

    def _external(self, key: str) -> dict[str, str]:
        fields = self.top.mapping("external_indices").mapping(key)
        row = {"title_vi": fields.text("title_vi"), "title_en": fields.optional_text("title_en") or ""}
        fields.close()
        return row

"""Reads what a profile pushes and pulls: aggregates, single ratings, catalogues and metrics (parts of `profile_file.py`)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import cast

from parindex.errors import Invalid
from parindex.instruments.fields import Fields
from ranking_worker.portal.mapper import DEFAULT, Mapper, read_mapper
from ranking_worker.portal.profiles import Ask, Envelope, Organisations, Pulls, Ratings, Resend, State, Votes

LEVELS = ("very_good", "good", "bad")
"""The portal's three levels (PercentVeryGood, PercentGood, PercentBad), best first."""
CATALOGUES = ("agencies", "sectors", "procedures")
METRICS = (
    "service-results", "transparency", "handling-satisfaction", "dossier-digitized", "dvc-progress-tree",
    "provide-online-tree", "formality-online-payment-tree",
)  # fmt: skip
"""Endpoints under `evaluation/` of the 766 reporting interface."""
_RESEND = ("replaces", "refused", "person")


def read_votes(top: Fields) -> Votes:
    """The section `votes`."""
    levels_at = top.mapping("levels")
    levels: dict[int, str] = {}
    for level in LEVELS:
        for value in levels_at.integers(level):
            if value in levels:
                levels_at.fault(
                    level, "value_twice", f"{value} is also {levels[value]}.", "Each answer value has one level."
                )
            levels[value] = level
    levels_at.close()
    first = _first_of_month(top, "first_month")
    votes = Votes(
        path=top.optional_text("path") or "/Vote/UpdateVote",
        envelope=cast("Envelope", top.word("envelope", ("object", "array"), "object")),
        instrument=top.text("instrument"),
        version=top.quoted_text("version"),
        first=first,
        organisations=cast("Organisations", top.word("organisations", ("level_1", "level_2"), "level_1")),
        state=cast("State", top.word("state", ("frozen", "current"), "frozen")),
        levels=levels,
        questions=tuple(top.texts("questions", optional=True)),
        percent_digits=_whole(top, "percent_digits", 0, 4, 2),
        minimum=_whole(top, "minimum", 1, 100, 5),
        ask=_ask(top, ("organisation", "month")),
        resend=cast("Resend", top.word("resend", _RESEND, "person")),
    )
    top.close()
    return votes


def read_ratings(top: Fields, folder: Path) -> Ratings | None:
    """The section `ratings`; None while its switch is off. Its faults are found all the same."""
    enabled = top.boolean("enabled", default=False)
    mapper = _mapper(top, folder)
    ratings = Ratings(
        mapper=mapper,
        instruments=tuple(top.texts("instruments")),
        first=top.date("first_day"),
        batch=_whole(top, "batch", 1, 100, 100),
        whole_batches=top.boolean("whole_batches", default=False),
        ask=_ask(top, ("dossier", "unit")),
        resend=cast("Resend", top.word("resend", _RESEND, "person")),
    )
    top.close()
    return ratings if enabled else None


def read_pulls(top: Fields) -> Pulls:
    """The section `pulls`."""
    pulls = Pulls(
        catalogues=_each_of(top, "catalogues", CATALOGUES),
        catalogues_every=dt.timedelta(days=_whole(top, "whole_every_days", 1, 31, 7)),
        largest_drop_percent=_whole(top, "largest_drop_percent", 0, 100, 10),
        metrics=_each_of(top, "metrics", METRICS),
        first_period=_first_of_month(top, "first_month") if top.has("first_month") else None,
        units=tuple(top.texts("units", optional=True)),
        tries=_whole(top, "tries", 1, 10, 3),
    )
    if pulls.metrics and pulls.first_period is None:
        top.fault(
            "first_month", "missing", "is missing.", "Metrics need the first month that is pulled, such as 2026-01-01."
        )
    top.skip("first_month")
    top.close()
    return pulls


def _ask(top: Fields, known: tuple[str, ...]) -> Ask | None:
    """The look-up; its parameters are forms such as `{month}` that know only the names in `known`."""
    if not top.has("ask"):
        top.skip("ask")
        return None
    entry = top.mapping("ask")
    parameters = entry.mapping("parameters")
    found = {key: parameters.text(key) for key in parameters.names}
    for key, form in found.items():
        try:
            form.format_map(dict.fromkeys(known, ""))
        except (KeyError, ValueError, IndexError, AttributeError):
            names = ", ".join(f"{{{name}}}" for name in known)
            parameters.fault(key, "unknown_placeholder", f"{form!r} cannot be filled in.", f"Known here: {names}.")
    parameters.close()
    ask = Ask(
        name=entry.text("name"),
        parameters=found,
        rows=entry.text("rows"),
        row=entry.optional_text("row"),
        after=dt.timedelta(seconds=_whole(entry, "after_seconds", 0, 86_400, 60)),
    )
    entry.close()
    return ask


def _mapper(top: Fields, folder: Path) -> Mapper:
    named = top.optional_text("mapper")
    if not named:
        return DEFAULT
    try:
        return read_mapper((folder / named).read_text("utf-8"), named)
    except (OSError, UnicodeDecodeError) as error:
        top.fault(
            "mapper",
            "file_unreadable",
            f"{folder / named} cannot be read: {type(error).__name__}.",
            "Expected a mapper file.",
        )
    except Invalid as error:
        for finding in error.findings:
            top.fault("mapper", finding.code, f"{finding.field}: {finding.message}", finding.hint)
    return DEFAULT


def _each_of(top: Fields, key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(top.texts(key, optional=True))
    for name in found:
        if name not in allowed:
            top.fault(key, "unknown_word", f"{name!r} is not known here.", f"Expected some of {', '.join(allowed)}.")
    return found


def _first_of_month(top: Fields, key: str) -> dt.date:
    day = top.date(key)
    if day != dt.date.max and day.day != 1:
        top.fault(key, "month_form", f"{day} is not the first of a month.", "Expected a day such as 2026-01-01.")
    return day


def _whole(top: Fields, key: str, least: int, most: int, default: int) -> int:
    value = top.bounded(key, least, most, 0, Decimal(default))
    return int(value) if value.is_finite() else default

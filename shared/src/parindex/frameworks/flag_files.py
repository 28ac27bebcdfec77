"""Reads what is called out in survey results (`frameworks/flags/*.yaml`, strict YAML) and finds it in results."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from parindex.errors import Invalid
from parindex.instruments.fields import Fields
from parindex.instruments.strict_yaml import read_strict

_PROVENANCE = ("sourced", "memory", "inferred", "illustrative", "declared")


@dataclass(frozen=True, slots=True)
class Flag:
    """One rule: results of a kind below a percentage are called out. `source` in words."""

    code: str
    of: str
    """`factor`: factors of a questionnaire, and survey components that pool some of its items."""
    below: Decimal
    title_vi: str
    title_en: str
    provenance: str
    source: str


@dataclass(frozen=True, slots=True)
class Flags:
    """One version of the rules. `valid_to` is the day after the last, None while open."""

    name: str
    version: str
    valid_from: dt.date
    valid_to: dt.date | None
    rules: tuple[Flag, ...]

    def find(self, of: str, results: Iterable[tuple[str, str, str, str | None]]) -> list[dict[str, Any]]:
        """Results (code, Vietnamese title, English title, published percent) that are called out, with the reason in words.

        Percentages are compared as published; None (no figure, or withheld) is never called out.
        """
        return [
            {
                "flag": flag.code,
                "policy": f"{self.name}@{self.version}",
                "of": flag.of,
                "code": code,
                "title_vi": title_vi,
                "title_en": title_en,
                "percent": percent,
                "below": f"{flag.below:f}",
                "words_vi": f"{title_vi}: đạt {percent.replace('.', ',')}%, dưới {flag.below:f}%.",
                "words_en": f"{title_en or title_vi}: {percent}%, below {flag.below:f}%.",
                "provenance": flag.provenance,
                "source": flag.source,
            }
            for code, title_vi, title_en, percent in results
            for flag in self.rules
            if flag.of == of and percent is not None and Decimal(percent) < flag.below
        ]


@cache
def _load() -> tuple[Flags, ...]:
    folder = files("parindex.frameworks") / "flags"
    return tuple(
        read_flags(entry.read_text("utf-8"), entry.name) for entry in folder.iterdir() if entry.name.endswith(".yaml")
    )


def flags_on(day: dt.date) -> Flags:
    """The rules in force on a day; none outside every validity."""
    for one in _load():
        if one.valid_from <= day and (one.valid_to is None or day < one.valid_to):
            return one
    return Flags("survey-flags", "none", day, None, ())


def read_flags(text: str, file: str) -> Flags:
    """The rules of one file. Raises Invalid with every fault (file, line, node, expected)."""
    strict = read_strict(text, file)
    if not isinstance(strict.value, dict):
        strict.refuse_faults()
    top = Fields.of(strict)
    in_force, declared = top.mapping("in_force"), top.mapping("sources")
    valid_from, valid_to = in_force.date("from"), in_force.optional_date("to")
    in_force.close()
    sources = {key: declared.text(key) for key in declared.names}
    declared.close()
    name, version = top.text("flags"), top.quoted_text("version")
    top.text("title_vi")
    top.text("title_en")
    rules = []
    for one in top.entries("rules"):
        below = one.decimal("below")
        if below.is_finite() and not 0 < below <= 100:
            one.fault("below", "percent_range", f"{below} is no percentage.", "Expected above 0, at most 100.")
        source = one.word("source", tuple(sources))
        rules.append(
            Flag(
                one.text("code"),
                one.word("of", ("factor",)),
                below,
                one.text("title_vi"),
                one.text("title_en"),
                one.word("provenance", _PROVENANCE),
                sources.get(source, source),
            )
        )
        one.close()
    top.close()
    strict.refuse_faults()
    if not rules:
        raise Invalid(f"{file} declares no rule.", code="flags_empty", hint="Declare at least one rule under `rules`.")
    return Flags(name, version, valid_from, valid_to, tuple(rules))

"""What a unit gives for one component: light typed values, their JSON and their digest. Pure.

Three things are never one another: a missing input is absent (None), `NoData` says that nothing occurred in the period
(không phát sinh), `NotApplicable` that the component does not exist for the unit (không áp dụng). A zero is a figure.
`origin` (JSON key `from`) says where an input came from; it is kept and hashed, never scored.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from parindex.engine.digest import canonical_json
from parindex.engine.numerals import written


@dataclass(frozen=True, slots=True, kw_only=True)
class Given(ABC):
    """Base of all inputs."""

    origin: Mapping[str, Any] | None = None

    @abstractmethod
    def content(self) -> dict[str, Any]:
        """The input as JSON, without its origin."""


@dataclass(frozen=True, slots=True)
class NoData(Given):
    """Nothing occurred in the period: the framework's `on_no_data` decides."""

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {"no_data": True}


@dataclass(frozen=True, slots=True)
class NotApplicable(Given):
    """The component does not exist for this unit: its maximum leaves the denominator."""

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {"not_applicable": True}


@dataclass(frozen=True, slots=True)
class Imported(Given):
    """Points of a whole branch as its publisher gave them."""

    points: Decimal

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {"imported_points": written(self.points)}


@dataclass(frozen=True, slots=True)
class Flag(Given):
    """Yes or no."""

    value: bool

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {"value": self.value}


@dataclass(frozen=True, slots=True)
class Ticked(Given):
    """The ticked options of a checklist, each once, sorted: their order says nothing."""

    options: tuple[str, ...]

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {"ticked": list(self.options)}


@dataclass(frozen=True, slots=True)
class Chosen(Given):
    """The one chosen option."""

    option: str

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {"chosen": self.option}


@dataclass(frozen=True, slots=True)
class Number(Given):
    """A figure as given: a value in steps, or the value of another index."""

    value: Decimal

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {"value": written(self.value)}


@dataclass(frozen=True, slots=True)
class Day(Given):
    """A local day, ISO 8601."""

    date: str

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {"date": self.date}


@dataclass(frozen=True, slots=True, init=False)
class Ratio(Given):
    """A numerator and a denominator, never divided before the points are; 0/0 means that nothing occurred."""

    numerator: Decimal
    denominator: Decimal
    words: tuple[str, str] = ("numerator", "denominator")
    """The JSON keys: survey results call them favourable/answers or sum/largest."""
    top: int = field(init=False, repr=False, compare=False)
    bottom: int = field(init=False, repr=False, compare=False)
    """The same ratio in integers."""

    # By hand: about half of all inputs are ratios, and a generated one sets its fields through two calls.
    def __init__(
        self,
        numerator: Decimal,
        denominator: Decimal,
        words: tuple[str, str] = ("numerator", "denominator"),
        *,
        origin: Mapping[str, Any] | None = None,
    ) -> None:
        """Brings both onto one integer scale."""
        top, top_unit = numerator.as_integer_ratio()
        bottom, bottom_unit = denominator.as_integer_ratio()
        keep = object.__setattr__
        keep(self, "numerator", numerator)
        keep(self, "denominator", denominator)
        keep(self, "words", words)
        keep(self, "origin", origin)
        keep(self, "top", top * bottom_unit)
        keep(self, "bottom", bottom * top_unit)

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {self.words[0]: written(self.numerator), self.words[1]: written(self.denominator)}


@dataclass(frozen=True, slots=True)
class Percent(Given):
    """A published percentage, 0..100, where its publisher gives no counts."""

    percent: Decimal
    top: int = field(init=False, repr=False, compare=False)
    bottom: int = field(init=False, repr=False, compare=False)
    """The percentage as a share in integers."""

    def __post_init__(self) -> None:
        """Brings it onto an integer scale."""
        top, unit = self.percent.as_integer_ratio()
        object.__setattr__(self, "top", top)
        object.__setattr__(self, "bottom", 100 * unit)

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {"percent": written(self.percent)}


@dataclass(frozen=True, slots=True)
class Count(Given):
    """A number of items."""

    count: int

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {"count": self.count}


@dataclass(frozen=True, slots=True)
class Events(Given):
    """How often each event to deduct for happened: (event id, count), sorted."""

    events: tuple[tuple[str, int], ...]

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {"events": dict(self.events)}


@dataclass(frozen=True, slots=True)
class Comparison(Given):
    """A figure of this period and of the previous one."""

    current: Decimal
    previous: Decimal

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {"current": written(self.current), "previous": written(self.previous)}


@dataclass(frozen=True, slots=True)
class Points(Given):
    """Points given by the council."""

    points: Decimal

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {"points": written(self.points)}


@dataclass(frozen=True, slots=True)
class Shown(Given):
    """A text or figure that is shown and never scored."""

    value: str

    def content(self) -> dict[str, Any]:
        """See the base."""
        return {"value": self.value}


Inputs = Mapping[str, Given | None]
"""Code of a component (or of a branch with an imported score) -> input; None or absent = missing."""


def input_json(value: Given | None) -> dict[str, Any] | None:
    """The JSON of an input: what `parindex.engine.read_inputs` reads back to the same value."""
    if value is None:
        return None
    content = value.content()
    if value.origin is not None:
        content["from"] = dict(value.origin)
    return content


def input_digest(inputs: Inputs) -> str:
    """Hex SHA-256 over all given inputs; their order, and missing ones, change nothing."""
    return content_digest({code: input_json(value) for code, value in inputs.items() if value is not None})


def content_digest(contents: Mapping[str, dict[str, Any] | None]) -> str:
    """The same from the JSON of the inputs."""
    text = json.dumps(contents, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    # Texts in ASCII sort alike by code point and by UTF-16, and no input holds a float: these bytes are canonical.
    canonical = text.encode() if text.isascii() else canonical_json(contents)
    return hashlib.sha256(canonical).hexdigest()

"""Published questionnaire versions in memory: what ingest checks answers against and what the worker counts by. Pure.

An `Instrument` is made from the stored document (`instrument_version.document`), which `parindex.instruments.document`
writes from a strict YAML file; both never change once published.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from parindex.engine.digest import sha256 as digest
from parindex.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ItemKind = Literal["scale", "choice", "multi", "text"]
Design = Literal["self_selected", "probability"]
AnsweredBy = Literal["citizen", "unit", "preset"]


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """One element of `response.answers`: the item's value, or 1/0 for one option of a multi-select item."""

    number: int
    """1-based, in the order of items and options in the document."""
    item: str
    option: str | None


@dataclass(frozen=True, slots=True)
class Option:
    """A level of a scale (id = the value as text), an option of a choice, or an option of a multi-select item."""

    id: str
    title_vi: str
    title_en: str
    value: int
    """What is stored in the answer column; 1 (ticked) for every option of a multi-select item, 0 being not ticked."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A group of items whose answers are pooled into one figure."""

    code: str
    title_vi: str
    title_en: str


@dataclass(frozen=True, slots=True)
class Item:
    """One question."""

    code: str
    title_vi: str
    title_en: str
    kind: ItemKind
    values: frozenset[int]
    """Values that an answer column of the item may hold (0 and 1 for multi; none for text)."""
    levels: int | None
    """Number of levels of a scale; a 3-level satisfaction scale has the canonical values 5, 4, 2."""
    options: tuple[Option, ...]
    """In the order shown; for multi parallel to `columns`."""
    columns: tuple[int, ...]
    """Answer columns: one, one per option of a multi-select item, none for text (kept apart, not counted)."""
    factor: str | None
    role: Literal["overall"] | None
    favourable: frozenset[int]
    satisfaction: bool
    """Whether the answers enter the satisfaction figures of the factor and of the whole."""
    maximum: int | None
    """Highest value of a scale: the denominator of the mean-score method."""
    answered_by: AnsweredBy
    """Who answers on the form; `unit` and `preset` are no citizen's opinion."""
    provenance: str
    """Of the wording: sourced, memory or inferred."""
    source: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire version. `version` is text; `valid_to` is the day after the last, None while open."""

    instrument_version_id: int | None
    """Row of `instrument_version`; None for a document that is not stored."""
    code: str
    version: str
    title_vi: str
    title_en: str
    design: Design
    dossier_required: bool
    valid_from: dt.date
    valid_to: dt.date | None
    items: Mapping[str, Item]
    """By code, in the order of the form."""
    factors: tuple[Factor, ...]
    columns: tuple[AnswerColumn, ...]
    """Answer column n is `columns[n - 1]`."""
    overall: Item | None
    """The item that `overall` of a posted response answers; None where the form has none."""
    document: dict[str, Any]
    sha256: str
    """Hex digest of the document (RFC 8785)."""
    revision: int
    """Register load that published it; 0 for a document that is not stored."""

    @classmethod
    def from_document(
        cls, document: dict[str, Any], *, instrument_version_id: int | None = None, revision: int = 0
    ) -> Instrument:
        """The instrument of a stored document. Raises Invalid when it does not have the form that `document.py` writes."""
        try:
            items, columns = _items(document)
            return cls(
                instrument_version_id=instrument_version_id,
                code=document["instrument"],
                version=document["version"],
                title_vi=document["title_vi"],
                title_en=document["title_en"],
                design=document["design"],
                dossier_required=document["dossier_required"],
                valid_from=dt.date.fromisoformat(document["valid_from"]),
                valid_to=dt.date.fromisoformat(document["valid_to"]) if document["valid_to"] else None,
                items=MappingProxyType(items),
                factors=tuple(Factor(row["code"], row["title_vi"], row["title_en"]) for row in document["factors"]),
                columns=columns,
                overall=next((item for item in items.values() if item.role == "overall"), None),
                document=document,
                sha256=digest(document).hex(),
                revision=revision,
            )
        except (KeyError, TypeError, ValueError) as error:
            name = (
                f"{document.get('instrument')} version {document.get('version')}"
                if isinstance(document, dict)
                else "a questionnaire"
            )
            raise Invalid(
                f"The stored document of {name} cannot be read: {type(error).__name__} {error}.",
                code="instrument_document_invalid",
                hint="Documents are written by `parindex instruments import` only; restore the row from a backup.",
            ) from error

    def valid_on(self, day: dt.date) -> bool:
        """Whether the version is in use on a local day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    @property
    def satisfaction_items(self) -> tuple[Item, ...]:
        """The items pooled into the satisfaction figure of the whole, in the order of the form."""
        return tuple(item for item in self.items.values() if item.satisfaction)

    def column(self, number: int) -> AnswerColumn:
        """Answer column by its 1-based number. Raises IndexError beyond the last."""
        if number < 1:
            raise IndexError(number)
        return self.columns[number - 1]


def _items(document: dict[str, Any]) -> tuple[dict[str, Item], tuple[AnswerColumn, ...]]:
    items: dict[str, Item] = {}
    columns: list[AnswerColumn] = []
    for row in document["items"]:
        kind: ItemKind = row["kind"]
        options = tuple(
            Option(option["id"], option["title_vi"], option["title_en"], option["value"]) for option in row["options"]
        )
        held: list[str | None] = {"multi": [option.id for option in options], "text": []}.get(kind, [None])  # type: ignore[assignment]
        first = len(columns) + 1
        columns += [AnswerColumn(first + offset, row["code"], option) for offset, option in enumerate(held)]
        values = frozenset({0, 1}) if kind == "multi" else frozenset(option.value for option in options)
        items[row["code"]] = Item(
            code=row["code"],
            title_vi=row["title_vi"],
            title_en=row["title_en"],
            kind=kind,
            values=values,
            levels=len(options) if kind == "scale" else None,
            options=options,
            columns=tuple(range(first, first + len(held))),
            factor=row["factor"],
            role=row["role"],
            favourable=frozenset(row["favourable"]),
            satisfaction=row["satisfaction"],
            maximum=max(values) if kind == "scale" else None,
            answered_by=row["answered_by"],
            provenance=row["provenance"],
            source=row["source"],
        )
    return items, tuple(columns)


@dataclass(frozen=True, slots=True)
class InstrumentCatalogue:
    """Every published questionnaire version as of one revision of the registers. Immutable; renewed as a whole."""

    revision: int
    """Largest register load seen: a service renews its catalogue when the database has a larger one."""
    instruments: tuple[Instrument, ...]
    _by_name: dict[tuple[str, str], Instrument] = field(init=False, repr=False, compare=False)
    _by_id: dict[int, Instrument] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {(one.code, one.version): one for one in self.instruments})
        object.__setattr__(
            self,
            "_by_id",
            {one.instrument_version_id: one for one in self.instruments if one.instrument_version_id is not None},
        )

    def get(self, code: str, version: str) -> Instrument | None:
        """The version of that name, or None: then the instrument or its version is unknown (see `codes`)."""
        return self._by_name.get((code, version))

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the instruments, each once, in alphabetical order."""
        return tuple(sorted({one.code for one in self.instruments}))

    def by_id(self, instrument_version_id: int) -> Instrument:
        """The version stored under that row id. Raises KeyError when this catalogue is older than the row."""
        return self._by_id[instrument_version_id]

    def latest(self, code: str) -> Instrument | None:
        """The version of the instrument that came into use last, or None when the instrument is unknown."""
        return max(
            (one for one in self.instruments if one.code == code),
            key=lambda one: (one.valid_from, one.revision, one.instrument_version_id or 0),
            default=None,
        )

    def changed_since(self, revision: int) -> Iterable[Instrument]:
        """Versions published by a later load, in the order of publication."""
        return sorted(
            (one for one in self.instruments if one.revision > revision),
            key=lambda one: (one.revision, one.instrument_version_id or 0),
        )

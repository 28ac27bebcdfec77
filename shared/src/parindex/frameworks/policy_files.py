"""Reads ranking policies from strict YAML files, every fault of a file at once."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from parindex.engine.digest import sha256 as digest
from parindex.engine.rank import PART, TIE_BREAKERS, Band, is_tie_breaker
from parindex.errors import Finding, Invalid
from parindex.frameworks.policy import Part, PolicyCatalogue, RankingPolicy
from parindex.frameworks.policy_comparison import read_change_digits, read_declarations
from parindex.instruments.fields import UNREAD, Fields
from parindex.instruments.strict_yaml import read_strict

if TYPE_CHECKING:
    from collections.abc import Iterable

_PROVENANCE = ("sourced", "memory", "inferred", "illustrative", "declared")
_BLOCKS = ("province", "department", "district", "commune")


@cache
def load_policies() -> PolicyCatalogue:
    """Every policy shipped with this package. Raises Invalid naming the faults of the files."""
    folders = (folder for folder in (files("parindex.frameworks") / "data").iterdir() if folder.is_dir())
    shipped = [
        (f"{folder.name}/{entry.name}", entry.read_text("utf-8"))
        for folder in folders
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    ]
    return catalogue_of(read_policy(text, file) for file, text in shipped)


def catalogue_of(policies: Iterable[RankingPolicy]) -> PolicyCatalogue:
    """A catalogue in which at most one version of a policy is in force on any day. Raises Invalid otherwise."""
    catalogue = PolicyCatalogue(policies)
    findings = [
        Finding(
            "validity_overlap",
            later.name,
            f"is in force from {later.valid_from}, when {earlier.name} still is.",
            f"End {earlier.version} on that day in a new file, or begin later.",
        )
        for earlier, later in pairwise(catalogue.policies)
        if earlier.id == later.id and (earlier.valid_to is None or later.valid_from < earlier.valid_to)
    ]
    if findings:
        raise Invalid(
            f"{len(findings)} ranking policies overlap in time, the first: {findings[0].field} {findings[0].message}",
            code="validity_overlap",
            findings=findings,
        )
    return catalogue


def read_policy(text: str, file: str) -> RankingPolicy:
    """The policy of one file. Raises Invalid with every fault (file, line, node, expected)."""
    strict = read_strict(text, file)
    if not isinstance(strict.value, dict):
        strict.refuse_faults()
    policy = _Reader(Fields.of(strict)).policy()
    strict.refuse_faults()
    return policy


class _Reader:
    def __init__(self, top: Fields) -> None:
        self.top = top
        declared = top.mapping("sources")
        self.sources = {key: declared.text(key) for key in declared.names}
        self.declared = declared
        self.provenance: dict[str, str] = {}
        self.citations: dict[str, str] = {}

    def policy(self) -> RankingPolicy:
        top = self.top
        in_force = top.mapping("in_force")
        valid_from, valid_to = in_force.date("from"), in_force.optional_date("to")
        in_force.close()
        if valid_to is not None and valid_to <= valid_from:
            in_force.fault(
                "to",
                "empty_validity",
                f"{valid_to} is not after {valid_from}.",
                "Expected the day after the last day in force, or null.",
            )
        precision = top.mapping("precision")
        digits, rounding = precision.integer("digits"), precision.word("rounding", ("half_up",))
        if not 0 <= digits <= 6:
            precision.fault("digits", "digits_range", f"{digits} decimals.", "Expected 0 to 6.")
        precision.close()
        rule, breakers, tie_vi, tie_en = self._ties(top.mapping("ties"))
        change = top.mapping("change")
        sign_vi, sign_en = change.text("sign_vi"), change.text("sign_en")
        declared = read_change_digits(change)
        change.close()
        declared |= read_declarations(top, self._cite)
        blocks = top.texts("blocks")
        for block in blocks:
            if block not in _BLOCKS:
                top.fault(
                    "blocks", "unknown_word", f"{block!r} is no block.", f"Expected some of {', '.join(_BLOCKS)}."
                )
        parts, maximum = self._parts()
        self._know_parts(breakers, parts)
        method, method_vi, method_en = self._method()
        made: dict[str, Any] = {
            "id": top.text("policy"),
            "version": top.quoted_text("version"),
            "title_vi": top.text("title_vi"),
            "title_en": top.text("title_en"),
            "valid_from": valid_from,
            "valid_to": valid_to,
            "tie_rule": rule,
            "tie_breakers": breakers,
            "tie_note_vi": tie_vi,
            "tie_note_en": tie_en,
            "digits": digits,
            "rounding": rounding,
            "bands": self._bands(top.mapping("bands")) if top.has("bands") else (),
            "small_cell_minimum": self._small_cells(),
            "default_method": method,
            "method_note_vi": method_vi,
            "method_note_en": method_en,
            "blocks": tuple(blocks),
            "change_sign_vi": sign_vi,
            "change_sign_en": sign_en,
            "parts": parts,
            "maximum": maximum,
            "sources": MappingProxyType(self.sources),
            "citations": MappingProxyType(self.citations),
            "provenance": MappingProxyType(self.provenance),
        }
        for key in sorted(self.sources.keys() - self.citations.values()):
            self.declared.fault(
                key, "unused_source", "nothing cites this source.", "Expected some node with it, or no such source."
            )
        top.close()
        document = {name: _plain(value) for name, value in made.items()} | declared
        return RankingPolicy(**made, document=document, sha256=digest(document).hex())

    def _cite(self, fields: Fields) -> None:
        """Takes provenance and source of a node, and closes it."""
        source = fields.text("source")
        if source != UNREAD and source not in self.sources:
            fields.fault(
                "source",
                "unknown_source",
                f"{source!r} is not declared.",
                f"Expected a key of sources: {', '.join(sorted(self.sources))}.",
            )
        self.citations[str(fields.path[-1])] = source
        self.provenance[str(fields.path[-1])] = fields.word("provenance", _PROVENANCE)
        fields.close()

    def _ties(self, fields: Fields) -> tuple[str, tuple[str, ...], str, str]:
        rule = fields.word("rule", ("competition", "dense", "ordinal"))
        breakers = fields.texts("then", optional=True)
        for name in breakers:
            if not is_tie_breaker(name):
                fields.fault(
                    "then",
                    "unknown_word",
                    f"{name!r} is no tie-breaker.",
                    f"Expected some of {', '.join(sorted(TIE_BREAKERS))}, {PART}<code of a part>.",
                )
        if (rule == "ordinal") != bool(breakers):
            fields.fault(
                "then",
                "tie_breakers",
                f"the rule {rule} stands with {len(breakers)} tie-breaker(s).",
                "Expected tie-breakers with the rule ordinal, and with no other.",
            )
        notes = fields.text("note_vi"), fields.text("note_en")
        self._cite(fields)
        return rule, tuple(breakers), *notes

    def _know_parts(self, breakers: tuple[str, ...], parts: tuple[Part, ...]) -> None:
        """Only points that every table of the policy has may break a tie; cells of survey answers may be withheld."""
        codes = [] if self.top.has("method") else [part.code for part in parts]
        for name in breakers:
            if name.startswith(PART) and name.removeprefix(PART) not in codes:
                self.top.mapping("ties").fault(
                    "then",
                    "unknown_part",
                    f"{name!r} names no part of the policy.",
                    f"Expected one of {', '.join(codes) or 'none: the policy ranks survey answers, or declares no parts'}.",
                )

    def _bands(self, fields: Fields) -> tuple[Band, ...]:
        bands = []
        for level in fields.entries("levels"):
            bands.append(Band(level.text("label_vi"), level.text("label_en"), level.decimal("min")))
            level.close()
        minima = [band.minimum for band in bands]
        if minima != sorted(set(minima), reverse=True) or (minima and minima[-1] != 0):
            fields.fault(
                "levels",
                "bands_order",
                f"the minima are {', '.join(map(str, minima))}.",
                "Expected them falling, each once, down to 0, so that every figure has one band.",
            )
        self._cite(fields)
        return tuple(bands)

    def _small_cells(self) -> int | None:
        fields = self.top.mapping("small_cells", optional=True)
        if not self.top.has("small_cells"):
            return None
        minimum = fields.integer("minimum")
        if minimum < 1:
            fields.fault("minimum", "minimum_range", f"{minimum} answers.", "Expected 1 or more.")
        self._cite(fields)
        return minimum

    def _method(self) -> tuple[str | None, str | None, str | None]:
        fields = self.top.mapping("method", optional=True)
        if self.top.has("method") != self.top.has("small_cells"):
            self.top.fault(
                None,
                "method_and_small_cells",
                "method and small_cells belong together.",
                "Expected both (answers are counted) or none (totals are published by others).",
            )
        if not self.top.has("method"):
            return None, None, None
        method = fields.word("default", ("top2", "mean"))
        notes = fields.text("note_vi"), fields.text("note_en")
        self._cite(fields)
        return method, *notes

    def _parts(self) -> tuple[tuple[Part, ...], Decimal | None]:
        fields = self.top.mapping("parts", optional=True)
        if not self.top.has("parts"):
            return (), None
        parts = []
        for group in fields.entries("groups"):
            parts.append(Part(group.text("code"), group.text("title_vi"), group.text("title_en"), group.decimal("max")))
            group.close()
        total = fields.decimal("total")
        if len({part.code for part in parts}) != len(parts):
            fields.fault("groups", "duplicate_code", "two groups have the same code.", "Expected each code once.")
        if sum(part.maximum for part in parts) != total:
            fields.fault(
                "total",
                "maxima_sum",
                f"the maxima of the groups sum to {sum(part.maximum for part in parts)}, not {total}.",
                "Expected the sum.",
            )
        self._cite(fields)
        return tuple(parts), total


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return str(value)
        case Band():
            return {"label_vi": value.label_vi, "label_en": value.label_en, "minimum": str(value.minimum)}
        case Part():
            return {
                "code": value.code,
                "title_vi": value.title_vi,
                "title_en": value.title_en,
                "maximum": str(value.maximum),
            }
        case tuple():
            return [_plain(element) for element in value]
        case MappingProxyType():
            return dict(value)
        case None | str() | int():
            return value
        case _:
            return value.isoformat()

"""Reads the document of a composite index and the figures of its units from JSON, every fault at once. Pure.

Decimals are strings with their digits (or whole numbers), never floats. `docs/design.md` lists the keys.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

from parindex.engine.composite_tree import Branch, Composite, Indicator, Mean, Missing
from parindex.engine.criteria import Provenance
from parindex.engine.digest import canonical_json, sha256
from parindex.engine.json_reader import JsonReader
from parindex.engine.normalise import AsGiven, DistanceToTarget, MinMax, Normalisation, RankScore, ZScore
from parindex.engine.rounding import exact_sum

MOST_LEAVES, MOST_LEVELS = 500, 12
"""Exact means of more leaves take longer than a request may; nobody reads deeper trees."""

_CHILDREN = ("code", "title_vi", "title_en", "weight", "parts", "provenance")


def read_composite(value: Any) -> Composite:
    """The composite of a document. Raises Invalid with every finding: field path, what was found, what was expected."""
    reader = _Reader()
    composite = reader.composite(value)
    reader.refuse()
    return composite


def read_inputs(value: Any, composite: Composite) -> dict[str, dict[str, Decimal | None]]:
    """Unit -> leaf -> figure of `{unit: {leaf: "12.5" | 12 | null}}`. Raises Invalid with every finding."""
    reader = JsonReader("The inputs")
    known = {leaf.code for leaf in composite.indicators()}
    inputs: dict[str, dict[str, Decimal | None]] = {}
    for unit, figures in reader.mapping(value, "inputs").items():
        path = f"inputs.{unit}" if unit.isprintable() else f"inputs.{unit!r}"
        if not unit.strip() or len(unit) > 64 or not unit.isprintable():
            reader.fault(
                "wrong_kind", path, f"{unit[:80]!r} is no unit.", "Expected a code of 1 to 64 printable characters."
            )
        name = unicodedata.normalize("NFC", unit)
        if name in inputs:
            reader.fault(
                "repeated",
                path,
                f"the unit {name!r} is given twice (in two spellings of the same letters).",
                "Give it once.",
            )
        fields = reader.mapping(figures, path)
        reader.unknown(fields, known, path)
        inputs[name] = {
            code: None if figure is None else reader.number(figure, f"{path}.{code}")
            for code, figure in fields.items()
            if code in known
        }
    reader.refuse()
    return inputs


class _Reader(JsonReader):
    def __init__(self) -> None:
        super().__init__("The composite index")
        self.codes: dict[str, str] = {}
        self.leaves: list[Indicator] = []

    def composite(self, value: Any) -> Composite:
        fields = self.mapping(value, "")
        self.unknown(fields, ("code", "version", "title_vi", "title_en", "digits", "ties", "root"), "")
        digits = fields.get("digits")
        if not isinstance(digits, int) or isinstance(digits, bool) or not 0 <= digits <= 6:
            self.fault(
                "wrong_kind", "digits", f"{digits!r:.80} is no number of decimals.", "Expected a whole number 0 to 6."
            )
            digits = 0
        root = self.branch(self.mapping(fields.get("root"), "root"), "root", Fraction(1), 1)
        if len(self.leaves) > MOST_LEAVES:
            self.fault("too_large", "root", f"has {len(self.leaves)} leaves.", f"Expected {MOST_LEAVES} at most.")
        made = {
            "code": self.code(fields, ""),
            "version": self.text(fields, "version", ""),
            "title_vi": self.text(fields, "title_vi", ""),
            "title_en": self.text(fields, "title_en", "", default=""),
            "tie_rule": self.word(fields, "ties", ("competition", "dense"), ""),
        }
        document = {} if self.findings else json.loads(unicodedata.normalize("NFC", canonical_json(value).decode()))
        return Composite(**made, digits=digits, root=root, sha256=sha256(document).hex(), document=document)

    def branch(self, fields: Mapping[str, Any], path: str, weight: Fraction, level: int) -> Branch:
        above = _CHILDREN if level > 1 else [key for key in _CHILDREN if key not in ("weight", "parts")]
        self.unknown(fields, (*above, "mean", "missing", "floor", "children"), path)
        mean: Mean = self.word(fields, "mean", get_args(Mean), path)
        missing = self.missing(self.mapping(fields.get("missing"), f"{path}.missing"), f"{path}.missing")
        floor = self.optional_number(fields, "floor", path)
        if floor is not None and (floor <= 0 or mean == "arithmetic"):
            self.fault(
                "floor_useless",
                f"{path}.floor",
                f"a floor of {floor} in the {mean} mean.",
                "Expected more than 0, in a geometric or harmonic mean.",
            )
        if missing.rule == "zero" and mean in ("geometric", "harmonic") and floor is None:
            self.fault(
                "zero_without_floor",
                f"{path}.missing.rule",
                f"counts missing children as 0, of which there is no {mean} mean.",
                "Declare a `floor`, or another rule.",
            )
        before = len(self.leaves)
        code, title_vi, title_en, provenance = self.named(fields, path)
        children = self.children(fields.get("children"), f"{path}.children", level)
        kinds = {isinstance(leaf.normalisation, ZScore) for leaf in self.leaves[before:]}
        if len(kinds) > 1 and level == 1:
            self.fault(
                "scales_mixed",
                path,
                "z-scores (around 0) stand beside figures on 0..100.",
                "Expected z_score for every leaf or for none.",
            )
        if missing.rule == "zero" and True in kinds:
            self.fault(
                "zero_is_average",
                f"{path}.missing.rule",
                "counts missing children as 0, which among z-scores is the average, not the worst.",
                "Expected reweight or fail.",
            )
        return Branch(code, title_vi, title_en, weight, provenance, mean, missing, floor, children)

    def children(self, value: Any, path: str, level: int) -> tuple[Branch | Indicator, ...]:
        if not isinstance(value, list) or not value:
            self.fault("missing", path, "is no list of children.", "Expected at least one branch or leaf.")
            return ()
        if level == MOST_LEVELS:
            self.fault("too_large", path, f"lies below level {MOST_LEVELS}.", f"Expected {MOST_LEVELS} levels at most.")
            return ()
        nodes = [(self.mapping(child, f"{path}[{place}]"), f"{path}[{place}]") for place, child in enumerate(value)]
        weights = self.weights(nodes, path)
        return tuple(
            self.branch(fields, at, weight, level + 1) if "children" in fields else self.leaf(fields, at, weight)
            for (fields, at), weight in zip(nodes, weights, strict=True)
        )

    def weights(self, nodes: list[tuple[Mapping[str, Any], str]], path: str) -> list[Fraction]:
        """Shares of the siblings: `weight` (shares that sum to exactly 1) or `parts` (any positive numbers), all alike."""
        key = (
            "parts" if nodes and all("parts" in fields and "weight" not in fields for fields, _ in nodes) else "weight"
        )
        given = []
        for fields, at in nodes:
            if "parts" in fields and key == "weight":
                self.fault(
                    "weights_mixed",
                    f"{at}.parts",
                    "stands beside weights.",
                    "Expected `weight` for every child of a parent, or `parts` for every one.",
                )
                continue
            number = self.required_number(fields, key, at)
            if number is not None and number <= 0:
                self.fault(
                    "weight_not_positive",
                    f"{at}.{key}",
                    f"is {number}.",
                    "Expected more than 0; leave the node out otherwise.",
                )
            elif number is not None:
                given.append(number)
        if len(given) < len(nodes):
            return [Fraction(1)] * len(nodes)
        total = exact_sum(given)
        if key == "weight" and total != 1:
            self.fault(
                "weights_sum",
                path,
                f"the weights sum to {total:f}.",
                "Expected exactly 1; `parts` takes numbers of any sum.",
            )
        return [Fraction(number) / Fraction(total) for number in given]

    def missing(self, fields: Mapping[str, Any], path: str) -> Missing:
        if not fields and self.noted(path):
            return Missing("fail")
        rule = self.word(fields, "rule", ("reweight", "fail", "zero"), path)
        self.unknown(fields, ("rule", "min_coverage") if rule == "reweight" else ("rule",), path)
        if rule != "reweight":
            return Missing(rule)
        coverage = self.required_number(fields, "min_coverage", path)
        if coverage is not None and not 0 <= coverage <= 1:
            self.fault("share_range", f"{path}.min_coverage", f"is {coverage}.", "Expected a share from 0 to 1.")
        return Missing(rule, coverage or Decimal(0))

    def leaf(self, fields: Mapping[str, Any], path: str, weight: Fraction) -> Indicator:
        self.unknown(fields, (*_CHILDREN, "normalise"), path)
        code, title_vi, title_en, provenance = self.named(fields, path)
        method = self.normalisation(self.mapping(fields.get("normalise"), f"{path}.normalise"), f"{path}.normalise")
        leaf = Indicator(code, title_vi, title_en, weight, provenance, method)
        self.leaves.append(leaf)
        return leaf

    def normalisation(self, fields: Mapping[str, Any], path: str) -> Normalisation:
        keys: dict[str, tuple[str, ...]] = {
            "min_max": ("direction", "lowest", "highest", "outside"),
            "z_score": ("direction", "deviation"),
            "rank": ("direction",),
            "distance_to_target": ("start", "target", "outside"),
            "as_given": (),
        }
        if not fields and self.noted(path):
            return AsGiven()
        method = self.word(fields, "method", keys, path)
        if method not in keys:
            return AsGiven()
        self.unknown(fields, ("method", *keys[method]), path)
        direction: Any = (
            self.word(fields, "direction", ("higher", "lower"), path) if "direction" in keys[method] else ""
        )
        match method:
            case "min_max":
                return self.min_max(fields, path, direction)
            case "z_score":
                return ZScore(direction, self.word(fields, "deviation", ("population", "sample"), path))
            case "rank":
                return RankScore(direction)
            case "distance_to_target":
                start, target = (self.required_number(fields, key, path) for key in ("start", "target"))
                if start is not None and start == target:
                    self.fault(
                        "bounds_order",
                        f"{path}.target",
                        f"is {target}, as the start is.",
                        "Expected another number than the start.",
                    )
                outside = self.word(fields, "outside", ("refuse", "clamp"), path, default="refuse")
                return DistanceToTarget(start or Decimal(0), target or Decimal(0), outside)
        return AsGiven()

    def min_max(self, fields: Mapping[str, Any], path: str, direction: Any) -> MinMax:
        lowest, highest = self.optional_number(fields, "lowest", path), self.optional_number(fields, "highest", path)
        if (fields.get("lowest") is None) != (fields.get("highest") is None):
            self.fault(
                "bounds_incomplete",
                path,
                "declares one bound.",
                "Expected both `lowest` and `highest`, or neither (the extremes of the units given).",
            )
        if lowest is not None and highest is not None and lowest >= highest:
            self.fault(
                "bounds_order",
                f"{path}.highest",
                f"is {highest}, not above the lowest, {lowest}.",
                "Expected a larger number.",
            )
        if lowest is None and "outside" in fields:
            self.fault(
                "bounds_incomplete",
                f"{path}.outside",
                "needs declared bounds.",
                "Declare `lowest` and `highest`, or leave it out.",
            )
        return MinMax(
            direction, lowest, highest, self.word(fields, "outside", ("refuse", "clamp"), path, default="refuse")
        )

    def named(self, fields: Mapping[str, Any], path: str) -> tuple[str, str, str, Any]:
        code = self.code(fields, path)
        if code in self.codes:
            self.fault(
                "code_repeated",
                f"{path}.code",
                f"{code} is the code of {self.codes[code]} too.",
                "Expected a code of its own.",
            )
        elif code:
            self.codes[code] = path
        title_vi = self.text(fields, "title_vi", path)
        title_en = self.text(fields, "title_en", path, default="")
        return code, title_vi, title_en, self.word(fields, "provenance", get_args(Provenance), path, default="declared")

"""The nodes of a criteria tree: read from a framework file and checked one by one and against their parents."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from parindex.engine.criteria import Deduct, Info, Leaf, NoData, Node, Provenance, Rule, Section, Source
from parindex.engine.rounding import exact_sum
from parindex.frameworks.criteria_rules import read_rule
from parindex.frameworks.criteria_values import read_code, read_points
from parindex.instruments.fields import UNREAD

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal

    from parindex.instruments.fields import Fields
    from parindex.instruments.strict_yaml import Path, StrictDocument

PROVENANCES = ("sourced", "memory", "illustrative", "inferred", "declared")
SOURCES = ("appraised", "survey", "external", "data")
NO_DATA = ("max", "zero", "not_applicable", "null")
SECTIONS = ("main", "bonus", "penalty")
EXPECTED_WORDS = frozenset({"points", "maximum", "index", "grade", "bonus", "penalty", "complete", "missing"})
"""Keys of what a worked case expects besides the points of nodes; no node has such a code but the section it means."""
_DEEPEST = 8


class TreeReader:
    """Reads nodes; keeps what the rest of the file is checked against: codes, leaves, cited sources."""

    def __init__(
        self,
        document: StrictDocument,
        *,
        sources: Collection[str],
        blocks: Collection[str],
        indices: Collection[str],
        digits: int,
    ) -> None:
        self.document = document
        self.sources, self.blocks, self.indices, self.digits = sources, blocks, indices, digits
        self.cited: set[str] = set()
        self.leaves: dict[str, Node] = {}
        self._first: dict[str, str] = {}

    def roots(self, top: Fields) -> tuple[Node, ...]:
        """The fields (lĩnh vực) at the top of the tree, bonus and penalty sections among them."""
        roots = tuple(self._node(entry, ()) for entry in top.entries("children"))
        if roots and all(root.section != "main" for root in roots):
            top.fault(
                "children", "no_main_section", "nothing but bonus and penalty.", "Expected at least one main field."
            )
        return roots

    def sum_warning(self, path: Path, declared: Decimal, children: Collection[Node]) -> None:
        """Warns where the children's maxima give neither in all nor for some block the maximum declared."""
        if declared.is_nan() or any(child.maximum.is_nan() for child in children):
            return
        whole = exact_sum(child.maximum for child in children)
        by_block = (
            exact_sum(child.maximum for child in children if not child.applies_to or block in child.applies_to)
            for block in self.blocks
        )
        if declared not in {whole, *by_block}:
            self.document.warn(
                path,
                "maxima_differ",
                f"the maxima below sum to {whole}, declared is {declared}.",
                "The declared maximum caps nothing: check the decision, or say in a note why they differ.",
            )

    def _node(self, entry: Fields, above: tuple[str, ...]) -> Node:
        code = read_code(entry, "code")
        called = (*above, code)
        if code != UNREAD:
            self.document.names[entry.path] = "/".join(called)
        provenance, cites = self._basis(entry)
        section = cast("Section", entry.word("section", SECTIONS, "main"))
        self._unique(entry, code, called, section)
        if section != "main" and above:
            entry.fault(
                "section", "section_below_top", f"a {section} section below {above[-1]}.", "Expected it at the top."
            )
        applies_to = entry.texts("applies_to", optional=True)
        for block in applies_to:
            if block not in self.blocks:
                entry.fault(
                    "applies_to",
                    "unknown_block",
                    f"{block!r} is no block of the framework.",
                    f"Expected some of {', '.join(sorted(self.blocks))}.",
                )
        maximum = read_points(entry, "max")
        if not maximum.is_nan() and maximum != round(maximum, self.digits):
            entry.fault(
                "max",
                "maximum_digits",
                f"{maximum} has more decimals than points are rounded to ({self.digits}).",
                "Expected a maximum that rounding leaves as it is.",
            )
        number, title_vi = entry.optional_text("number") or "", entry.text("title_vi")
        title_en = entry.optional_text("title_en") or ""
        note_vi, note_en = entry.optional_text("note_vi") or "", entry.optional_text("note_en") or ""
        inferred_split = entry.boolean("inferred_split", default=False)
        leaf, children = self._below(entry, maximum, called, inferred_split=inferred_split)
        if leaf is not None and section == "penalty":
            self._no_deduct(entry, leaf.rule)
        entry.close()
        node = Node(
            code=code,
            number=number,
            title_vi=title_vi,
            title_en=title_en,
            maximum=maximum,
            provenance=provenance,
            cites=cites,
            note_vi=note_vi,
            note_en=note_en,
            applies_to=frozenset(applies_to),
            section=section,
            inferred_split=inferred_split,
            children=children,
            leaf=leaf,
        )
        if leaf is not None:
            self.leaves.setdefault(code, node)
        elif section == "main":
            self.sum_warning(entry.path, maximum, children)
        elif section == "penalty":
            for child in (one for branch in children for one in branch.walk() if one.leaf is not None):
                self._no_deduct(entry, child.leaf.rule if child.leaf else None)
        return node

    def _below(
        self, entry: Fields, maximum: Decimal, called: tuple[str, ...], *, inferred_split: bool
    ) -> tuple[Leaf | None, tuple[Node, ...]]:
        if entry.has("rule") and entry.has("children"):
            entry.fault(
                "rule",
                "rule_and_children",
                "a node with children has a rule.",
                "Expected a rule or children, not both.",
            )
            entry.skip(*(key for key in entry.names if key != "children"))
        if entry.has("children"):
            if len(called) >= _DEEPEST:
                entry.fault("children", "too_deep", f"more than {_DEEPEST} levels.", "Expected fewer.")
                entry.skip("children")
                return None, ()
            return None, tuple(self._node(child, called) for child in entry.entries("children"))
        if inferred_split:
            entry.fault(
                "inferred_split",
                "split_of_a_leaf",
                "a leaf has nothing to split.",
                "Expected it on a node with children.",
            )
        if not entry.has("rule"):
            entry.fault(
                None,
                "rule_missing",
                "neither a rule nor children.",
                "Expected `rule` and `source` for a scored component, or `children`.",
            )
            entry.skip(*entry.names)
            return None, ()
        return self._leaf(entry, maximum), ()

    def _leaf(self, entry: Fields, maximum: Decimal) -> Leaf | None:
        if "on_no_data" in entry.names and not entry.has("on_no_data"):
            entry.fault(
                "on_no_data",
                "null_without_quotes",
                "null says nothing.",
                'Write "null" in quotes for shown empty, or leave the key out for an error.',
            )
            entry.skip("on_no_data")
        no_data = entry.word("on_no_data", NO_DATA) if entry.has("on_no_data") else None
        source = cast("Source", entry.word("source", SOURCES))
        evidence = entry.optional_text("evidence_required") or ""
        rule = read_rule(entry, maximum, self.indices)
        if rule is None:
            return None
        if isinstance(rule, Info) and maximum > 0:
            entry.fault("max", "info_with_points", f"{maximum} points that are never given.", "Expected max: 0.")
        elif not isinstance(rule, Info) and maximum == 0:
            entry.fault("max", "no_points", "0 points for a scored component.", "Expected more, or rule: info.")
        return Leaf(rule, source, cast("NoData | None", no_data), evidence)

    def _unique(self, entry: Fields, code: str, called: tuple[str, ...], section: str) -> None:
        if code == UNREAD:
            return
        # A bonus section called bonus is what the figure of that name is made of.
        if code in EXPECTED_WORDS and code != section:
            entry.fault("code", "reserved_code", f"{code!r} means a figure of the whole.", "Expected another code.")
        if code in self._first:
            entry.fault(
                "code",
                "duplicate_code",
                f"the code {code!r} stands twice, the first time as {self._first[code]}.",
                "Expected each code once in the framework.",
            )
        self._first.setdefault(code, "/".join(called))

    def _basis(self, entry: Fields) -> tuple[Provenance, tuple[str, ...]]:
        """Citation or provenance: a law is cited, or the provenance says why not."""
        cites = self.cite(entry, "cites", entry.texts("cites", optional=True))
        if not entry.has("provenance") and not cites:
            entry.skip("provenance")
            entry.fault(
                None,
                "no_basis",
                "neither a citation nor a provenance.",
                f"Expected cites: [source], or provenance: one of {', '.join(PROVENANCES)}.",
            )
            return "sourced", cites
        provenance = cast("Provenance", entry.word("provenance", PROVENANCES, "sourced"))
        if provenance == "sourced" and not cites:
            entry.fault(
                "provenance", "sourced_without_citation", "sourced, but from where?", "Expected cites: [source]."
            )
        return provenance, cites

    def cite(self, entry: Fields, key: str, cites: list[str]) -> tuple[str, ...]:
        """Notes which sources are used; a finding for each that is not declared or cited twice."""
        for cited in cites:
            if cited not in self.sources:
                entry.fault(
                    key,
                    "unknown_source",
                    f"{cited!r} is not declared.",
                    f"Expected a key of sources: {', '.join(sorted(self.sources)) or '(none)'}.",
                )
        if len(set(cites)) < len(cites):
            entry.fault(key, "cited_twice", "a source is cited twice.", "Keep one.")
        self.cited.update(cites)
        return tuple(cites)

    def _no_deduct(self, entry: Fields, rule: Rule | None) -> None:
        if isinstance(rule, Deduct):
            entry.fault(
                None,
                "deduct_in_penalty",
                "a deduction inside a penalty takes points from those who did nothing wrong.",
                "Expected per_item, choice or manual: what is scored here is subtracted.",
            )

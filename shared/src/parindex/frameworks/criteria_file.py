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
from parindex.frameworks.criteria_head import Gap, HeadReader
from parindex.frameworks.criteria_marks import read_grades, read_grouping, read_ties, read_views
from parindex.frameworks.criteria_tree import TreeReader
from parindex.frameworks.criteria_values import POINT_DECIMALS, POINTS_LIMIT, read_code, read_points
from parindex.instruments.fields import Fields
from parindex.instruments.strict_json import read_strict_json
from parindex.instruments.strict_yaml import read_strict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from parindex.instruments.strict_yaml import StrictDocument


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


class _Reader(HeadReader):
    def file(self) -> FrameworkFile:
        top = self.top
        code = read_code(top, "code")
        head = self.head()
        valid_from, valid_to, in_force = self.in_force()
        replaces, gaps = (
            top.optional_text("replaces"),
            tuple(self.gap(entry) for entry in top.entries("gaps", optional=True)),
        )
        if replaces == head["version"]:
            top.fault(
                "replaces", "replaces_itself", "a version replaces itself.", "Expected the version before, or null."
            )
        comparable = top.texts("comparable_with", optional=True)
        periods = self.periods()
        maximum = read_points(top, "max")
        digits, mode, place = self.rounding()
        index_digits, ranked_on = self.index()
        blocks = self.titled("blocks")
        sources = self.sources(valid_from)
        indices = {key: self.external(key) for key in top.mapping("external_indices", optional=True).names}
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
            # Only where declared, so that the digest of a version that compares with nothing is what it was.
            **({"comparable_with": comparable} if comparable else {}),
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

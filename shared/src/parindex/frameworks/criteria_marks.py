"""What is said over a criteria tree as a whole: grades per block, ties, other views of the same points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from parindex.engine.criteria import Grade, GradeCondition, Node, View
from parindex.frameworks.criteria_document import grade_document, written_digits
from parindex.frameworks.criteria_tree import PROVENANCES, SOURCES
from parindex.frameworks.criteria_values import POINT_DECIMALS, read_code, read_points
from parindex.instruments.fields import UNREAD

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from decimal import Decimal

    from parindex.engine.criteria import Provenance
    from parindex.frameworks.criteria_tree import TreeReader
    from parindex.instruments.fields import Fields

GROUPING_SIZES = {"quartiles": 4}
"""Ways to form groups by rank -> how many groups there are."""
_SELECTORS = ("sources", "fields", "leaves")


def read_grades(
    top: Fields, tree: TreeReader, *, most: Decimal | int
) -> tuple[dict[str, tuple[Grade, ...]], dict[str, Any] | None]:
    """Grades by block (key '' for the default) and their document; nothing where the framework gives no grades."""
    fields = top.mapping("grades", optional=True)
    if not top.has("grades"):
        return {}, None
    basis = _basis(fields, tree)
    grades = {"": _scale(fields, "default", tree, most)}
    by_block = fields.mapping("blocks", optional=True)
    for block in by_block.names:
        if block not in tree.blocks:
            by_block.fault(
                block,
                "unknown_block",
                f"{block!r} is no block of the framework.",
                f"Expected some of {', '.join(sorted(tree.blocks))}.",
            )
        grades[block] = _scale(by_block, block, tree, most)
    fields.close()
    written: dict[str, Any] = {**basis, "default": [grade_document(grade) for grade in grades[""]]}
    own = {block: [grade_document(grade) for grade in scale] for block, scale in grades.items() if block}
    return grades, written | ({"blocks": own} if own else {})


def _scale(fields: Fields, key: str, tree: TreeReader, most: Decimal | int) -> tuple[Grade, ...]:
    grades = []
    for entry in fields.entries(key):
        conditions = tuple(
            _condition(condition, tree.leaves) for condition in entry.entries("conditions", optional=True)
        )
        grades.append(
            Grade(
                entry.text("label_vi"),
                entry.optional_text("label_en") or "",
                entry.bounded("min", 0, most, POINT_DECIMALS),
                conditions,
            )
        )
        entry.close()
    minima = [grade.minimum for grade in grades]
    if minima and not any(minimum.is_nan() for minimum in minima):
        if minima != sorted(set(minima), reverse=True) or minima[-1] != 0:
            fields.fault(
                key,
                "grades_order",
                f"the minima are {', '.join(map(str, minima))}.",
                "Expected them falling, each once, down to 0, so that every figure has one grade.",
            )
        if grades[-1].conditions:
            fields.fault(
                key, "last_grade_conditional", "the lowest grade has a condition.", "Expected one that all can have."
            )
    labels = [grade.label_vi for grade in grades if grade.label_vi != UNREAD]
    if len(set(labels)) < len(labels):
        fields.fault(key, "duplicate_grade", "two grades have the same label_vi.", "Expected each label once.")
    return tuple(grades)


def _condition(entry: Fields, leaves: Mapping[str, Node]) -> GradeCondition:
    component = read_code(entry, "component")
    if component not in {*leaves, UNREAD}:
        entry.fault(
            "component", "unknown_component", f"{component!r} is no scored component.", "Expected the code of a leaf."
        )
    condition = GradeCondition(
        component,
        cast("Literal['maximum']", entry.word("requires", ("maximum",))),
        entry.text("title_vi"),
        entry.optional_text("title_en") or "",
    )
    entry.close()
    return condition


def read_ties(top: Fields, tree: TreeReader) -> tuple[Literal["competition", "dense"], dict[str, Any]]:
    """How equal figures are ranked, and the document of it. A framework declares no tie-breakers, so no ordinal ranks."""
    fields = top.mapping("ties")
    rule = cast("Literal['competition', 'dense']", fields.word("rule", ("competition", "dense")))
    basis = _basis(fields, tree)
    notes = {key: fields.optional_text(key) or "" for key in ("note_vi", "note_en")}
    fields.close()
    return rule, {"rule": rule, **basis, **notes}


def read_grouping(top: Fields, tree: TreeReader) -> dict[str, Any] | None:
    """Groups by place in the ranking (quartiles), best first; None where the framework forms none."""
    fields = top.mapping("grouping", optional=True)
    if not top.has("grouping"):
        return None
    method, basis, labels = fields.word("method", tuple(GROUPING_SIZES)), _basis(fields, tree), []
    for entry in fields.entries("labels"):
        labels.append({"label_vi": entry.text("label_vi"), "label_en": entry.optional_text("label_en") or ""})
        entry.close()
    if labels and method != UNREAD and len(labels) != GROUPING_SIZES[method]:
        fields.fault(
            "labels",
            "grouping_labels",
            f"{len(labels)} labels for {method}.",
            f"Expected {GROUPING_SIZES[method]}, best first.",
        )
    fields.close()
    return {"method": method, **basis, "labels": labels}


def read_views(top: Fields, tree: TreeReader, roots: Collection[Node]) -> tuple[tuple[View, ...], list[dict[str, Any]]]:
    """Other ways to add up the same points, with their documents; the sum of their leaves' maxima is compared."""
    views: list[View] = []
    documents: list[dict[str, Any]] = []
    for entry in top.entries("views", optional=True):
        code = read_code(entry, "code")
        if code != UNREAD:
            tree.document.names[entry.path] = f"views/{code}"
        if code in {view.code for view in views}:
            entry.fault("code", "duplicate_code", f"the view {code!r} stands twice.", "Expected each code once.")
        titles = {"title_vi": entry.text("title_vi"), "title_en": entry.optional_text("title_en") or ""}
        maximum = read_points(entry, "max") if entry.has("max") else None
        if maximum is None:
            entry.skip("max")
        basis = _basis(entry, tree)
        select, leaves = _select(entry, tree, roots)
        entry.close()
        if maximum is not None and leaves:
            tree.sum_warning(entry.path, maximum, [tree.leaves[leaf] for leaf in sorted(leaves)])
        views.append(View(code=code, **titles, maximum=maximum, leaves=leaves, provenance=_provenance(basis)))
        written = None if maximum is None else written_digits(maximum)
        documents.append({"code": code, **titles, "max": written, **basis, "select": select})
    return tuple(views), documents


def _select(entry: Fields, tree: TreeReader, roots: Collection[Node]) -> tuple[dict[str, list[str]], frozenset[str]]:
    fields = entry.mapping("select")
    chosen = [key for key in _SELECTORS if fields.has(key)]
    if len(chosen) != 1:
        fields.skip(*_SELECTORS)
        fields.close()
        if entry.has("select"):
            fields.fault(
                None, "view_selector", f"{len(chosen)} selectors.", f"Expected one of {', '.join(_SELECTORS)}."
            )
        return {}, frozenset()
    (key,) = chosen
    values = fields.texts(key)
    fields.skip(*_SELECTORS)
    fields.close()
    main = {leaf.code: leaf for root in roots if root.section == "main" for leaf in root.walk() if leaf.leaf}
    branches = {node.code: node for root in roots if root.section == "main" for node in root.walk()}
    known: Collection[str] = {"sources": SOURCES, "fields": branches, "leaves": main}[key]
    for value in values:
        if value not in known:
            fields.fault(
                key,
                "unknown_in_view",
                f"{value!r} is not among the {key} of the tree.",
                "Expected sources of leaves, codes of fields, or codes of leaves outside bonus and penalty.",
            )
    found = [value for value in values if value in known]
    if key == "sources":
        selected = {code for code, leaf in main.items() if leaf.leaf and leaf.leaf.source in found}
    elif key == "fields":
        selected = {one.code for value in found for one in branches[value].walk() if one.leaf}
    else:
        selected = set(found)
    if not selected and len(found) == len(values):
        fields.fault(key, "empty_view", "no leaf belongs to the view.", "Expected at least one.")
    return {key: values}, frozenset(selected & tree.leaves.keys())


def _basis(fields: Fields, tree: TreeReader) -> dict[str, Any]:
    """Provenance and source of a part of the framework: what is sourced says from where."""
    provenance = fields.word("provenance", PROVENANCES)
    source = fields.optional_text("source")
    if source is not None:
        tree.cite(fields, "source", [source])
    elif provenance == "sourced":
        fields.fault("provenance", "sourced_without_citation", "sourced, but from where?", "Expected source: KEY.")
    return {"provenance": provenance, "source": source}


def _provenance(basis: dict[str, Any]) -> Provenance:
    return cast("Provenance", basis["provenance"])

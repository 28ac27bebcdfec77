"""What both rounds and editions say of a component: its rule in words, where it stands, what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parindex.engine.criteria import kind_of
from parindex.engine.score import Plan
from parindex.frameworks.criteria_file import FrameworkFile
from parindex.workbooks.rule_sentence import rule_sentence
from scoring_api.letters.cell import Basis, CellResult, CellSubject, FrameworkOf


def framework_of(file: FrameworkFile) -> FrameworkOf:
    """The criteria set with its decision."""
    document = file.document
    decision = document.get("decision")
    return FrameworkOf(
        file.name,
        document["title_vi"],
        document.get("publisher_vi") or "",
        f"{decision['number']} ngày {_day(decision['date'])}" if decision else None,
        file.status,
        document.get("status_note_vi") or "",
        file.framework.sha256,
    )


def subject_of(file: FrameworkFile, plan: Plan, code: str, maximum: str | None) -> CellSubject:
    """A node of the tree, with the sources that it cites (or that the nodes above it cite)."""
    placed = plan.nodes[plan.places[code]]
    node = placed.node
    sources = file.document.get("sources") or {}
    cites, above = node.cites, placed
    while not cites and above.parent >= 0:
        above = plan.nodes[above.parent]
        cites = above.node.cites
    return CellSubject(
        code,
        node.number,
        node.title_vi,
        node.title_en,
        plan.nodes[placed.root].node.title_vi,
        kind_of(node.leaf.rule) if node.leaf else None,
        rule_sentence(node) or "Cộng điểm của các tiêu chí thành phần.",
        node.leaf.source if node.leaf else None,
        maximum,
        node.provenance,
        node.leaf.evidence_required if node.leaf else "",
        node.note_vi,
        [Basis(key, sources[key]["title"], sources[key].get("href")) for key in cites if key in sources],
    )


def result_of(node: Mapping[str, Any], side: str | None = None) -> CellResult:
    """A node of a score document."""
    return CellResult(
        node["state"],
        node["points"],
        node["maximum"],
        None,
        None,
        node["reason_vi"],
        node["reason_en"],
        side,
    )


def _day(iso: str) -> str:
    return "/".join(reversed(iso.split("-")))

"""What moved between two versions of a criteria set, in words, and whose points change by it.

Nodes are matched by code. A node that keeps title and rule under another code is said to be recoded, because the
comparison of periods breaks there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from parindex.engine.criteria import Framework, Node, kind_of
from parindex.frameworks.criteria_document import rule_parameters, written_digits
from parindex.frameworks.criteria_words import comma, parameter_vi, said_en, said_vi

_DOCUMENT_PARTS: tuple[tuple[str, str, str], ...] = (
    ("title_vi", "tên bộ chỉ số", "title"),
    ("status", "trạng thái", "status"),
    ("decision", "quyết định", "decision"),
    ("in_force", "hiệu lực", "validity"),
    ("periods", "kỳ đánh giá", "periods"),
    ("comparable_with", "phiên bản so sánh được", "comparable versions"),
    ("max", "tổng điểm tối đa", "declared total"),
    ("rounding", "cách làm tròn", "rounding"),
    ("index", "chỉ số và căn cứ xếp hạng", "index and ranking"),
    ("blocks", "khối đơn vị", "blocks"),
    ("ties", "quy tắc đồng hạng", "tie rule"),
    ("grades", "thang xếp loại", "grades"),
    ("grouping", "cách phân nhóm", "grouping"),
    ("views", "cách nhìn điểm", "views"),
    ("sources", "nguồn", "sources"),
    ("external_indices", "chỉ số bên ngoài", "external indices"),
    ("not_modelled", "phần chưa mô hình hóa", "what is not modelled"),
)
SILENT_PARTS = frozenset(
    {"comparable_with", "title_vi", "status", "decision", "in_force", "periods", "blocks", "grouping", "sources"}
) | {
    "external_indices",
    "not_modelled",
}
"""Parts of the document that change nobody's points, index, grade or rank."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `kind` is stable for programs; `before` and `after` are JSON of the document, None = absent."""

    kind: str
    node: str
    """Code of the node; '' for the framework as a whole."""
    vi: str
    en: str
    before: Any
    after: Any
    scores: bool
    """Whether it can change points, maximum, index, grade or rank of a unit."""

    def document(self) -> dict[str, Any]:
        """The change as JSON."""
        return {
            "kind": self.kind,
            "node": self.node,
            "message_vi": self.vi,
            "message_en": self.en,
            "before": self.before,
            "after": self.after,
            "scores": self.scores,
        }


def diff(old: Framework, new: Framework) -> list[Change]:
    """Every difference of two versions (or of two frameworks), in the order of the new decision; empty for equal content."""
    changes = [_whole(*part, old, new) for part in _DOCUMENT_PARTS if _part(old, part[0]) != _part(new, part[0])]
    before, after = _placed(old), _placed(new)
    recoded = _recoded(before, after)
    for code, (node, parent) in after.items():
        if code in before:
            changes += _node(*before[code], node, parent)
        elif code in recoded:
            previous, above = before[recoded[code]]
            changes.append(
                Change(
                    "recoded",
                    code,
                    f"{_named(node)}: mã {previous.code} thành {code}.",
                    f"{_named(node)}: code {previous.code} is now {code}.",
                    previous.code,
                    code,
                    scores=False,
                )
            )
            changes += _node(previous, above, node, parent)
        else:
            most = written_digits(node.maximum)
            changes.append(
                Change(
                    "added",
                    code,
                    f"Thêm {_named(node)} (tối đa {comma(most)} điểm) dưới {parent or 'gốc'}.",
                    f"Added {_named(node)} (at most {most} points) below {parent or 'the root'}.",
                    None,
                    most,
                    scores=node.maximum > 0,
                )
            )
    for code, (node, _) in before.items():
        if code not in after and code not in recoded.values():
            most = written_digits(node.maximum)
            changes.append(
                Change(
                    "removed",
                    code,
                    f"Bỏ {_named(node)} (tối đa {comma(most)} điểm).",
                    f"Removed {_named(node)} (at most {most} points).",
                    most,
                    None,
                    scores=node.maximum > 0,
                )
            )
    return changes


_Described = tuple[str, str, str, Callable[[Node], Any], bool]
_NODE_PARTS: tuple[_Described, ...] = (
    ("renamed", "tên", "title", lambda node: node.title_vi, False),
    ("renumbered", "số thứ tự", "number", lambda node: node.number, False),
    ("maximum", "điểm tối đa", "maximum", lambda node: written_digits(node.maximum), True),
    ("rule", "cách chấm", "rule", lambda node: kind_of(node.leaf.rule) if node.leaf else None, True),
    ("source", "nguồn điểm", "source of points", lambda node: node.leaf.source if node.leaf else None, False),
    (
        "no_data",
        "xử lý khi không phát sinh",
        "points when nothing occurred",
        lambda node: node.leaf.on_no_data if node.leaf else None,
        True,
    ),
    (
        "evidence",
        "tài liệu kiểm chứng",
        "evidence demanded",
        lambda node: node.leaf.evidence_required if node.leaf else None,
        False,
    ),
    ("applies_to", "khối áp dụng", "blocks it applies to", lambda node: sorted(node.applies_to), True),
    ("section", "phần điểm", "section", lambda node: node.section, True),
    ("inferred_split", "cho phép nhập điểm nhóm", "imported score allowed", lambda node: node.inferred_split, True),
    ("provenance", "mức chắc chắn", "provenance", lambda node: node.provenance, False),
    ("cites", "căn cứ", "legal reference", lambda node: list(node.cites), False),
    ("note", "ghi chú", "note", lambda node: [node.note_vi, node.note_en], False),
)


def _node(old: Node, old_parent: str, new: Node, parent: str) -> list[Change]:
    changes = []
    if old_parent != parent:
        changes.append(
            Change(
                "moved",
                new.code,
                f"{_named(new)}: chuyển từ {old_parent or 'gốc'} sang {parent or 'gốc'}.",
                f"{_named(new)}: moved from {old_parent or 'the root'} to {parent or 'the root'}.",
                old_parent,
                parent,
                scores=True,
            )
        )
    for kind, vi, en, value, scores in _NODE_PARTS:
        before, after = value(old), value(new)
        if before == after or (kind == "maximum" and Decimal(before) == Decimal(after)):
            continue
        changes.append(
            Change(
                kind,
                new.code,
                f"{_named(new)}: {vi} {said_vi(kind, before)} thành {said_vi(kind, after)}.",
                f"{_named(new)}: {en} {said_en(before)} is now {said_en(after)}.",
                before,
                after,
                scores=scores,
            )
        )
    if old.leaf and new.leaf and kind_of(old.leaf.rule) == kind_of(new.leaf.rule) and old.leaf.rule != new.leaf.rule:
        changes += _parameters(new, rule_parameters(old.leaf.rule), rule_parameters(new.leaf.rule))
    return changes


def _parameters(node: Node, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    old, new = _flat(before), _flat(after)
    return [
        Change(
            "threshold",
            node.code,
            f"{_named(node)}: {parameter_vi(key)} {said_vi(key, old.get(key))} thành {said_vi(key, new.get(key))}.",
            f"{_named(node)}: {key} {said_en(old.get(key))} is now {said_en(new.get(key))}.",
            old.get(key),
            new.get(key),
            scores=not key.endswith(("title_vi", "title_en")),
        )
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def _flat(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a rule with each option by its id, so that one option's points are one change."""
    flat: dict[str, Any] = {}
    for key, value in parameters.items():
        if key in {"options", "events"}:
            flat |= {
                f"{option['id']}.{name}": said for option in value for name, said in option.items() if name != "id"
            }
        else:
            flat[key] = value
    return flat


def _whole(key: str, vi: str, en: str, old: Framework, new: Framework) -> Change:
    before, after = _part(old, key), _part(new, key)
    return Change(
        key,
        "",
        f"Thay đổi {vi}: {said_vi(key, before)} thành {said_vi(key, after)}.",
        f"Changed {en}: {said_en(before)} is now {said_en(after)}.",
        before,
        after,
        scores=key not in SILENT_PARTS,
    )


def _part(framework: Framework, key: str) -> Any:
    return framework.document.get(key)


def _placed(framework: Framework) -> dict[str, tuple[Node, str]]:
    """Code -> node and the code of its parent, in the order of the decision."""
    placed: dict[str, tuple[Node, str]] = {}

    def add(node: Node, parent: str) -> None:
        placed[node.code] = (node, parent)
        for child in node.children:
            add(child, node.code)

    for root in framework.roots:
        add(root, "")
    return placed


def _recoded(before: Mapping[str, tuple[Node, str]], after: Mapping[str, tuple[Node, str]]) -> dict[str, str]:
    """New code -> old code of nodes with the same title and the same kind of rule, where exactly one fits."""

    def signs(nodes: Mapping[str, tuple[Node, str]], others: Mapping[str, Any]) -> dict[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for code, (node, _) in nodes.items():
            if code not in others:
                sign = (node.title_vi, kind_of(node.leaf.rule) if node.leaf else "")
                found.setdefault(sign, []).append(code)
        return found

    gone, come = signs(before, after), signs(after, before)
    return {codes[0]: gone[sign][0] for sign, codes in come.items() if len(codes) == 1 and len(gone.get(sign, [])) == 1}


def _named(node: Node) -> str:
    return f"{node.number} {node.title_vi}".strip() + f" [{node.code}]"

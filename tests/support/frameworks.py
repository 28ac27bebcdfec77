"""Small framework files for tests: one good file to change, and one with every rule kind."""

from __future__ import annotations

_BASE = """code: demo
version: "1"
title_vi: Bộ chỉ số mẫu
publisher_vi: Sở Nội vụ
status: template
status_note_vi: Mẫu, không phải văn bản chính thức
in_force: {from: 2025-01-01, to: null}
periods: [year]
max: 10
rounding: {digits: 2, at: component}
index: {digits: 2, ranked_on: percent}
blocks:
  - {code: department, title_vi: Sở}
ties: {rule: competition, provenance: declared}
children:
  - {code: plan, title_vi: Kế hoạch, max: 10, rule: yes_no, source: appraised, provenance: illustrative}
"""

_RULES = (
    "yes_no",
    "checklist, options: [{id: a, points: 2.5, title_vi: Một}, {id: b, points: 7.5, title_vi: Hai, title_en: Two}]",
    "choice, options: [{id: full, points: 10, title_vi: Đủ}, {id: none, points: 0, title_vi: Không}]",
    "steps, of: number, steps: [{max: 20, points: 0}, {min: 20, max: 30, points: 5}, {min: 30, points: 10}]",
    "steps, of: ratio, steps: [{min: 0.8, points: 10}, {min: 0, max: 0.8, points: 1}]",
    "steps, of: date, steps: [{max: 2025-01-01, points: 10}, {min: 2025-01-01, points: 0}]",
    "linear",
    "ratio_floor, floor: 0.8",
    "threshold, full_at: 0.90",
    "per_item, points_each: 0.5",
    "deduct, events: [{id: late, points: 1, title_vi: Trễ}]",
    "survey_top2, instrument: SIPAS-2017, factor: access",
    'survey_mean, instrument: SIPAS-2017, items: ["1.1"]',
    "external, index: grdp, scale: 100",
    "yoy, direction: up, tolerance: 0.1, partial: 5",
    "manual",
    "info",
)


def framework_text(*replaced: tuple[str, str]) -> str:
    """The good file with pieces of it replaced, each of which must be there."""
    text = _BASE
    for old, new in replaced:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def with_children(*nodes: str, head: tuple[tuple[str, str], ...] = ()) -> str:
    """The good file with other children, each the inside of a YAML mapping without the common keys."""
    rows = "".join(
        f"  - {{code: c{number}, title_vi: Mục {number}, source: appraised, provenance: illustrative, {node}}}\n"
        for number, node in enumerate(nodes)
    )
    return framework_text(*head).partition("children:")[0] + "children:\n" + rows


EVERY_RULE = with_children(
    *(f"max: {0 if rule == 'info' else 10}, on_no_data: zero, rule: {rule}" for rule in _RULES),
    head=(("ties:", "external_indices: {grdp: {title_vi: Tổng sản phẩm}}\nties:"),),
)

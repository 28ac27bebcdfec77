"""Rules in one Vietnamese sentence, as decisions print them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from parindex.engine.criteria import (
    RULE_KINDS,
    Checklist,
    Choice,
    Deduct,
    External,
    Info,
    Leaf,
    Linear,
    Manual,
    Node,
    Option,
    PerItem,
    RatioFloor,
    Rule,
    Step,
    Steps,
    Survey,
    Threshold,
    YearOnYear,
    YesNo,
)
from parindex.workbooks.rule_sentence import rule_sentence

HALF, ONE, TWO = Decimal("0.5"), Decimal(1), Decimal("1.50")
A, B = Option("a", HALF, "Ý một"), Option("b", ONE, "Ý hai")
CASES: list[tuple[Rule, str]] = [
    (YesNo(), "Có: 1,50 điểm. Không: 0 điểm."),
    (Checklist((A, B)), "Cộng điểm các ý đạt: (a) Ý một: 0,5; (b) Ý hai: 1."),
    (Choice((B, A)), "Chọn một mức: (b) Ý hai: 1; (a) Ý một: 0,5."),
    (
        Steps("ratio", (Step(Decimal("0.30"), None, ONE), Step(Decimal("0.2"), Decimal("0.30"), HALF), Step(None, Decimal("0.2"), Decimal(0)))),
        "Từ 30% trở lên: 1; từ 20% đến dưới 30%: 0,5; dưới 20%: 0.",
    ),
    (
        Steps("date", (Step(None, "2025-01-01", ONE), Step("2025-01-01", "2025-04-01", HALF), Step("2025-04-01", None, Decimal(0)))),
        "Trước 1/1/2025: 1; từ 1/1/2025 đến trước 1/4/2025: 0,5; từ 1/4/2025 trở đi: 0.",
    ),
    (Steps("number", (Step(None, None, ONE),)), "Mọi giá trị: 1."),
    (Linear(), "Điểm = 1,50 × tỷ lệ đạt."),
    (RatioFloor(Decimal("0.80")), "Dưới 80%: 0 điểm; từ 80% đến dưới 100%: 1,50 × tỷ lệ đạt; từ 100% trở lên: 1,50 điểm."),
    (Threshold(Decimal("0.125")), "Từ 12,5% trở lên: 1,50 điểm; dưới 12,5%: 1,50 × tỷ lệ đạt / 12,5%."),
    (PerItem(HALF), "Mỗi trường hợp 0,5 điểm, nhiều nhất 1,50 điểm."),
    (Deduct((A,)), "Bắt đầu từ 1,50 điểm, trừ mỗi trường hợp: (a) Ý một: 0,5; không dưới 0 điểm."),
    (Survey("top2"), "Điểm = 1,50 × tỷ lệ câu trả lời hài lòng trong khảo sát."),
    (Survey("mean"), "Điểm = 1,50 × điểm trung bình khảo sát trên thang cao nhất."),
    (External("sipas", Decimal(100)), "Điểm = 1,50 × chỉ số sipas / 100."),
    (YearOnYear("up", Decimal("0.1"), HALF), "Tăng hơn 0,1 so với kỳ trước: 1,50 điểm; chênh không quá 0,1: 0,5 điểm; còn lại: 0 điểm."),
    (YearOnYear("down"), "Giảm so với kỳ trước: 1,50 điểm; không đổi: 0 điểm; còn lại: 0 điểm."),
    (Manual(), "Hội đồng cho điểm từ 0 đến 1,50."),
    (Info(), "Chỉ theo dõi, không chấm điểm."),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "sentence"), CASES, ids=[sentence[:30] for _, sentence in CASES])
def test_a_rule_is_said_with_its_figures(rule: Rule, sentence: str):
    node = Node("c", "1", "Tiêu chí", "", TWO, "declared", leaf=Leaf(rule, "appraised", None))
    assert rule_sentence(node) == sentence


def test_every_kind_of_rule_has_words():
    assert {type(rule) for rule, _ in CASES} == set(RULE_KINDS.values())


def test_a_branch_has_no_rule():
    assert rule_sentence(Node("c", "1", "Tiêu chí", "", TWO, "declared")) == ""

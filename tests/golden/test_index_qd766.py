"""QĐ 766 against what the National Public Service Portal published: every component, group and total, without tolerance.

Data: tests/golden/data/qd766_golden_phutho_2026*.csv (https://github.com/ChippedTopaz/qd766 tests/fixtures, answers of the
API of dichvucong.gov.vn, Phú Thọ, year 2026, captured 2026-09-26), qd766_components.csv (formula documents of the same
repository), qd766_scores_other.csv (sources by row); qd766_scores_2025_10.csv is shipped with the register.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from parindex.engine.rounding import exact_sum
from parindex.frameworks.criteria_catalogue import load_frameworks
from support.scored import points, scored

DATA = Path(__file__).parent / "data"
COLUMNS = {
    "transparency": "transparency_18",
    "progress": "progress_20",
    "online": "online_12",
    "payment": "payment_10",
    "digitization": "digitization_22",
    "satisfaction": "satisfaction_18",
}
PAYMENT = re.compile(r"PAYMENT_TOTAL \(A=(\d+)/(\d+); B=(\d+)/(\d+); C=(\d+)/(\d+)\)")
ONLINE = re.compile(
    r"ONLINE_TOTAL \(TTHC (\d+) partial \+ (\d+) full of (\d+); services with dossiers (\d+)/(\d+); online dossiers (\d+)/(\d+)\)"
)


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


VECTORS = rows_of("qd766_golden_phutho_2026.csv")
GROUPS = {row["unit"]: row for row in rows_of("qd766_golden_phutho_2026_groups.csv")}
FRAMEWORK = load_frameworks().get("qd766", "2022-1").framework


def block_of(unit: str) -> str:
    return "province" if unit.startswith("Tỉnh ") else "commune" if unit[:2] in {"P.", "X."} else "department"


def share(numerator: str, denominator: str) -> dict[str, str]:
    return {"numerator": numerator, "denominator": denominator}


def inputs_of(row: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """The node whose official score the row prints, and the inputs it prints for it."""
    metric = row["metric"]
    if match := PAYMENT.fullmatch(metric):
        a, b, c = (share(*match.group(first, first + 1)) for first in (1, 3, 5))
        return "payment", {
            "dossier_online_payment": a,
            "formality_with_online_payment": b,
            "fee_formality_integrated": c,
        }
    if match := ONLINE.fullmatch(metric):
        partial, full, procedures = match.group(1, 2, 3)
        offered = share(str(int(partial) + int(full)), procedures)
        return "online", {
            "formality_online": offered,
            "service_with_dossier": share(*match.group(4, 5)),
            "dossier_online": share(*match.group(6, 7)),
        }
    code = metric.lower()
    if not row["numerator"]:
        assert row["check"] == "official: numerator and denominator null, ratio 100"
        return code, {code: {"percent": "100"}}
    return code, {code: share(row["numerator"], row["denominator"])}


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: f"{row['unit']}-{row['metric'].split()[0]}")
def test_every_official_score_of_phu_tho_2026_is_reproduced(row: dict[str, str]):
    node, inputs = inputs_of(row)
    score = scored("qd766", "2022-1", block_of(row["unit"]), inputs)
    assert points(score, node) == Decimal(row["official_score"]) == Decimal(row["recomputed"])


def test_of_the_96_vectors_88_recompute_7_have_a_ratio_alone_and_1_rests_on_the_inferred_split():
    kinds = Counter(
        "inferred" if "inferred" in row["check"] else "ratio" if row["check"].startswith("official") else row["check"]
        for row in VECTORS
    )
    assert kinds == {"exact": 88, "ratio": 7, "inferred": 1}


def gathered() -> dict[str, dict[str, Any]]:
    inputs: dict[str, dict[str, Any]] = {}
    for row in VECTORS:
        inputs.setdefault(row["unit"], {}).update(inputs_of(row)[1])
    return inputs


def complete_groups(inputs: dict[str, Any]) -> list[str]:
    """Groups all of whose scored components are given."""
    return [
        root.code
        for root in FRAMEWORK.roots
        if all(node.code in inputs or node.maximum == 0 for node in root.walk() if node.leaf is not None)
    ]


def test_every_group_whose_components_are_all_published_has_the_published_score():
    seen = Counter[str]()
    for unit, inputs in gathered().items():
        if unit not in GROUPS:
            continue
        score = scored("qd766", "2022-1", block_of(unit), inputs)
        for group in complete_groups(inputs):
            assert points(score, group) == Decimal(GROUPS[unit][COLUMNS[group]]), (unit, group)
            seen[group] += 1
    assert seen == {"transparency": 1, "progress": 7, "online": 1, "payment": 7, "digitization": 7, "satisfaction": 7}


def test_phu_tho_is_computed_from_all_its_components_to_the_published_total():
    score = scored("qd766", "2022-1", "province", gathered()["Tỉnh Phú Thọ"])
    row = GROUPS["Tỉnh Phú Thọ"]
    assert {field["code"]: Decimal(field["points"]) for field in score["fields"]} == {
        group: Decimal(row[column]) for group, column in COLUMNS.items()
    }
    assert (Decimal(score["points"]), score["maximum"], score["complete"]) == (Decimal(row["total"]), "100", True)
    assert Decimal(score["points"]) == Decimal("61.89")
    assert score["grade"]["label_vi"] == "Trung bình"


@pytest.mark.parametrize("unit", GROUPS)
def test_each_published_total_is_the_sum_of_its_six_groups(unit: str):
    row = GROUPS[unit]
    assert exact_sum(Decimal(row[column]) for column in COLUMNS.values()) == Decimal(row["total"])


def test_the_inferred_split_gives_way_to_the_official_score_of_the_group():
    inputs = gathered()["Tỉnh Phú Thọ"]
    split = {"formality_online", "service_with_dossier", "dossier_online"}
    official = {code: value for code, value in inputs.items() if code not in split}
    score = scored("qd766", "2022-1", "province", {**official, "online": {"imported_points": "7.31"}})
    assert (points(score, "online"), Decimal(score["points"])) == (Decimal("7.31"), Decimal("60.64"))


def test_a_department_without_petitions_has_six_points_each_and_one_with_four_unanswered_has_none():
    office = scored("qd766", "2022-1", "department", gathered()["Văn phòng UBND tỉnh"])
    assert points(office, "satisfaction") == 18
    education = {
        "petition_processing_on_time": share("0", "4"),
        "petition_handling_satisfaction": share("0", "4"),
        "dossier_receiving_satisfaction": share("755", "1120"),
    }
    score = scored("qd766", "2022-1", "department", education)
    assert points(score, "satisfaction") == Decimal(GROUPS["Sở GDĐT"]["satisfaction_18"]) == Decimal("4.49")


def test_the_370_published_totals_of_october_2025_are_the_sums_of_the_frameworks_six_groups():
    text = (files("parindex.register") / "data" / "qd766_scores_2025_10.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    maxima = {root.code: root.maximum for root in FRAMEWORK.roots}
    assert (len(rows), list(maxima)) == (370, list(COLUMNS))
    for row in rows:
        parts = {group: Decimal(row[column]) for group, column in COLUMNS.items()}
        assert exact_sum(parts.values()) == Decimal(row["total"])
        assert all(part <= maxima[group] for group, part in parts.items())


def test_quang_nam_2024_sums_to_80_1_and_is_tot():
    row = next(row for row in rows_of("qd766_scores_other.csv") if row["unit"] == "Quảng Nam")
    total = exact_sum(Decimal(row[column]) for column in COLUMNS.values())
    assert (total, row["rank"]) == (Decimal(row["total"]), "21/63")
    assert total == Decimal("80.1")
    reached = next(grade for grade in FRAMEWORK.grades[""] if total >= grade.minimum)
    assert reached.label_vi == row["grade"] == "Tốt"


def test_the_framework_has_the_24_components_of_the_formula_documents_with_their_numbers_and_maxima():
    documented = {
        row["code"].lower(): (row["ref"], Decimal(row["max_points"])) for row in rows_of("qd766_components.csv")
    }
    held = {leaf.code: (leaf.number, leaf.maximum) for leaf in FRAMEWORK.leaves()}
    assert (held, len(held)) == (documented, 24)
    assert exact_sum(leaf.maximum for leaf in FRAMEWORK.leaves()) == 100


def test_the_local_variant_has_five_groups_of_4_2_6_6_4_components_of_which_one_of_group_two_is_for_analysis():
    local = load_frameworks().get("qd766-local", "2023-1").framework
    assert [len(root.children) for root in local.roots] == [4, 2, 6, 6, 4]
    assert [child.maximum for child in local.roots[1].children] == [20, 0]
    assert exact_sum(root.maximum for root in local.roots) == 100
    assert local.template

"""The frameworks shipped against what is sourced about them: counts, maxima, years that are gaps, and what is said of the rest."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from parindex.engine.criteria import Info
from parindex.engine.rounding import exact_sum
from parindex.errors import Invalid
from parindex.frameworks.criteria_catalogue import load_frameworks

SHIPPED = load_frameworks()


@pytest.mark.parametrize(
    ("code", "counts"),
    [("par-department", (7, 40, 64)), ("par-commune", (7, 34, 51))],
)
def test_a_local_template_has_the_fields_criteria_and_components_of_the_decision_it_is_shaped_after(code, counts):
    framework = SHIPPED.get(code, "2025-1").framework
    fields = [root for root in framework.roots if root.section == "main"]
    criteria = [criterion for root in fields for criterion in root.children]
    components = [leaf for root in fields for leaf in root.walk() if leaf.leaf is not None]
    assert (len(fields), len(criteria), len(components)) == counts
    assert exact_sum(leaf.maximum for leaf in components) == framework.maximum == 100
    capped = {root.section: root.maximum for root in framework.roots if root.section != "main"}
    assert capped == {"bonus": 5, "penalty": 5}


def test_par_index_2017_has_the_sourced_maxima_of_its_eight_fields():
    framework = SHIPPED.get("par-province", "2017-1").framework
    assert [root.maximum for root in framework.roots] == [
        Decimal(points) for points in ("10", "10", "14.5", "11", "16", "7", "16", "15.5")
    ]
    assert all(root.provenance == "sourced" for root in framework.roots)
    sourced = [leaf.code for leaf in framework.leaves() if leaf.provenance == "sourced"]
    assert sourced == ["dossier_results_public", "sipas"]


def test_par_index_2022_has_61_5_appraised_and_38_5_of_impact_in_three_sourced_parts():
    framework = SHIPPED.get("par-province", "2022-1").framework
    assert [root.maximum for root in framework.roots] == [Decimal("61.5"), Decimal("38.5")]
    assert [part.maximum for part in framework.roots[1].children] == [10, 22, Decimal("6.5")]


@pytest.mark.parametrize(
    ("code", "year", "words"),
    [
        ("par-province", 2016, "4361/QĐ-BNV"),
        ("par-province", 2018, "2636/QĐ-BNV"),
        ("par-province", 2019, "1150/QĐ-BNV"),
        ("par-province", 2021, "1149/QĐ-BNV"),
        ("par-province", 2024, "76/NQ-CP"),
        ("par-ministry", 2017, "2948/QĐ-BNV"),
        ("sipas", 2023, "1001/QĐ-BNV"),
        ("tt01-2018", 2025, "118/2025/NĐ-CP"),
        ("qd766-local", 2025, "Lâm Đồng"),
    ],
)
def test_a_year_whose_criteria_were_not_found_names_the_decision_and_is_not_scored(code, year, words):
    with pytest.raises(Invalid, match="No version of") as caught:
        SHIPPED.on(code, dt.date(year, 12, 31))
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("code", "year", "version"),
    [
        ("par-province", 2012, "2012-1"),
        ("par-province", 2015, "2012-1"),
        ("par-province", 2017, "2017-1"),
        ("par-province", 2023, "2022-1"),
        ("par-ministry", 2021, "2020-1"),
        ("par-ministry", 2022, "2022-1"),
        ("sipas", 2017, "2017-1"),
        ("sipas", 2020, "2017-1"),
        ("papi", 2017, "2011-1"),
        ("papi", 2018, "2018-1"),
        ("papi", 2026, "2018-1"),
        ("qd766", 2022, "2022-1"),
        ("qd766", 2026, "2022-1"),
    ],
)
def test_a_year_is_scored_by_the_version_in_force_on_its_last_day(code, year, version):
    assert SHIPPED.on(code, dt.date(year, 12, 31)).framework.version == version


def test_whatever_is_not_the_text_of_a_decision_says_so_wherever_it_is_shown():
    for file in SHIPPED.files:
        note = file.document["status_note_vi"]
        assert note
        assert ("không phải văn bản chính thức" in note) == file.framework.template
    official = {file.framework.code for file in SHIPPED.files if not file.framework.template}
    assert official == {"qd766", "sipas", "papi"}


def test_every_node_says_how_its_number_is_known():
    for file in SHIPPED.files:
        for node in file.framework.walk():
            assert node.provenance
            assert node.provenance != "sourced" or node.cites, f"{file.name} {node.code}"


def test_a_field_whose_maximum_was_not_found_is_shown_and_given_no_points():
    for code, version in (("par-province", "2012-1"), ("par-ministry", "2022-1")):
        (fields,) = [root for root in SHIPPED.get(code, version).framework.roots if root.code == "fields"]
        assert fields.maximum == 0
        assert all(isinstance(field.leaf.rule, Info) for field in fields.children)

"""The four shipped questionnaires say what the law and the screens they come from say, and never change."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from parindex.errors import Invalid
from parindex.instruments.catalogue import AnswerColumn, Instrument, InstrumentCatalogue
from parindex.instruments.document import read_instrument, shipped

PUBLISHED = {
    ("HL5", "1"): "a22d12724919c0d3fdb000c9a7794d67e7a4d8787760b930bfc2fe8d4f95f2a1",
    ("KIOSK3", "1"): "509c3243c19f305918e723cbaaf51f702361abf1729434c24ce74bc61ae68eea",
    ("SIPAS-2017", "1"): "c30f1ad9f569483bfe90c4feaf9257ded3301c7ac312eee3556da00cf6aa62ac",
    ("TT01-2018", "1"): "577b472a6608b0d1d776e11a161ba2384c5c6678b43e7b6d94081371a536209f",
}
"""Digests of what was published. A questionnaire whose digest would change is a new version in a file of its own."""


@pytest.fixture(scope="module")
def catalogue() -> InstrumentCatalogue:
    documents = [read_instrument(text, name) for name, text in shipped()]
    return InstrumentCatalogue(
        7,
        tuple(
            Instrument.from_document(document, instrument_version_id=n, revision=n)
            for n, document in enumerate(documents, 1)
        ),
    )


def test_the_published_versions_are_frozen(catalogue: InstrumentCatalogue):
    assert {(one.code, one.version): one.sha256 for one in catalogue.instruments} == PUBLISHED


def test_the_file_name_is_the_code_and_the_version():
    for name, text in shipped():
        document = read_instrument(text, name)
        assert name == f"{document['instrument']}-{document['version']}.yaml"


def test_kiosk3_is_one_overall_question_with_the_canonical_values_5_4_2(catalogue: InstrumentCatalogue):
    kiosk = catalogue.get("KIOSK3", "1")
    assert [option.value for option in kiosk.overall.options] == [5, 4, 2]
    assert [option.title_vi for option in kiosk.overall.options] == ["Rất hài lòng", "Hài lòng", "Không hài lòng"]
    assert (list(kiosk.items), kiosk.overall.levels, kiosk.overall.favourable, kiosk.overall.maximum) == (
        ["overall"],
        3,
        {4, 5},
        5,
    )
    assert (kiosk.design, kiosk.dossier_required) == ("self_selected", False)


def test_sipas_2017_is_a_probability_sample_of_five_factors_with_4_5_6_3_4_items(catalogue: InstrumentCatalogue):
    sipas = catalogue.get("SIPAS-2017", "1")
    per_factor = Counter(item.factor for item in sipas.items.values())
    assert [per_factor[factor.code] for factor in sipas.factors] == [4, 5, 6, 3, 4]
    assert [factor.title_vi for factor in sipas.factors] == [
        "Tiếp cận dịch vụ",
        "Thủ tục hành chính",
        "Công chức trực tiếp giải quyết",
        "Kết quả dịch vụ",
        "Tiếp nhận, giải quyết góp ý, phản ánh, kiến nghị",
    ]
    assert (sipas.design, sipas.overall, len(sipas.satisfaction_items)) == ("probability", None, 22)
    assert {(item.favourable, item.values, item.provenance) for item in sipas.items.values()} == {
        (frozenset({4, 5}), frozenset({1, 2, 3, 4, 5}), "memory")
    }


def test_tt01_2018_has_nine_point_indices_of_which_the_citizen_answers_four(catalogue: InstrumentCatalogue):
    sheet = catalogue.get("TT01-2018", "1")
    indices = [sheet.items[str(number)] for number in range(1, 10)]
    assert {index.values for index in indices} == {frozenset({0, 1, 2})}
    assert sum(index.maximum for index in indices) == 18
    assert [index.code for index in sheet.items.values() if index.answered_by == "citizen"] == [
        "3",
        "4",
        "6",
        "7",
        "10",
        "11",
    ]
    assert [index.code for index in indices if index.answered_by == "preset"] == ["1", "2"]
    assert [index.code for index in indices if index.answered_by == "unit"] == ["5", "8", "9"]
    assert [item.code for item in sheet.satisfaction_items] == ["10", "11"]
    assert (sheet.dossier_required, sheet.overall.code, sheet.overall.levels) == (True, "11", 3)


def test_what_a_unit_or_a_clock_answers_is_never_satisfaction(catalogue: InstrumentCatalogue):
    counted = [item for one in catalogue.instruments for item in one.satisfaction_items]
    assert counted
    assert {item.answered_by for item in counted} == {"citizen"}


def test_hl5_has_a_choice_a_multi_select_and_a_text_item_outside_satisfaction(catalogue: InstrumentCatalogue):
    form = catalogue.get("HL5", "1")
    harassment, reasons, suggestion = (
        form.items[code] for code in ("harassment", "dissatisfaction_reasons", "suggestion")
    )
    assert [(option.id, option.value) for option in harassment.options] == [("none", 1), ("some", 2), ("many", 3)]
    assert (harassment.kind, harassment.values, len(harassment.columns)) == ("choice", {1, 2, 3}, 1)
    assert (reasons.kind, reasons.values, len(reasons.columns)) == ("multi", {0, 1}, len(reasons.options))
    assert (suggestion.kind, suggestion.columns, suggestion.values) == ("text", (), frozenset())
    assert not any(item.satisfaction for item in (harassment, reasons, suggestion))
    assert form.overall.levels == 5


def test_answer_columns_are_numbered_from_one_in_the_order_of_items_and_options(catalogue: InstrumentCatalogue):
    for one in catalogue.instruments:
        assert [column.number for column in one.columns] == list(range(1, len(one.columns) + 1))
        assert [number for item in one.items.values() for number in item.columns] == list(
            range(1, len(one.columns) + 1)
        )
    form = catalogue.get("HL5", "1")
    assert form.column(5) == AnswerColumn(5, "harassment", None)
    assert [form.column(number).option for number in form.items["dissatisfaction_reasons"].columns] == [
        option.id for option in form.items["dissatisfaction_reasons"].options
    ]
    with pytest.raises(IndexError):
        form.column(0)


def test_every_item_has_both_titles_a_provenance_and_a_source(catalogue: InstrumentCatalogue):
    for one in catalogue.instruments:
        for item in one.items.values():
            assert item.title_vi
            assert item.title_en
            assert item.source
            assert item.provenance in {"sourced", "memory", "inferred"}


def test_the_catalogue_finds_by_name_and_row_and_says_what_is_newer(catalogue: InstrumentCatalogue):
    assert catalogue.codes == ("HL5", "KIOSK3", "SIPAS-2017", "TT01-2018")
    assert catalogue.get("KIOSK3", "2") is None
    assert catalogue.get("KIOSK4", "1") is None
    assert catalogue.by_id(2) is catalogue.get("KIOSK3", "1")
    assert [one.code for one in catalogue.changed_since(2)] == ["SIPAS-2017", "TT01-2018"]


def test_the_latest_version_is_the_one_that_came_into_use_last(catalogue: InstrumentCatalogue):
    document = catalogue.get("KIOSK3", "1").document
    second = Instrument.from_document(
        {**document, "version": "2", "valid_from": "2026-01-01"}, instrument_version_id=9, revision=9
    )
    both = InstrumentCatalogue(9, (second, *catalogue.instruments))
    assert both.latest("KIOSK3") is second
    assert catalogue.latest("KIOSK3").version == "1"
    assert both.latest("nothing") is None


def test_a_version_is_valid_from_its_first_day_to_the_day_before_its_end(catalogue: InstrumentCatalogue):
    document = {**catalogue.get("KIOSK3", "1").document, "valid_from": "2025-01-01", "valid_to": "2026-01-01"}
    one = Instrument.from_document(document)
    days = [dt.date(2024, 12, 31), dt.date(2025, 1, 1), dt.date(2025, 12, 31), dt.date(2026, 1, 1)]
    assert [one.valid_on(day) for day in days] == [False, True, True, False]


def test_the_digest_does_not_depend_on_comments_or_on_the_order_of_keys(catalogue: InstrumentCatalogue):
    text = dict(shipped())["KIOSK3-1.yaml"]
    lines = text.splitlines()
    moved = "\n".join(["# another comment", *lines[2:4], lines[1], *lines[4:]]) + "\n"
    assert moved != text
    assert Instrument.from_document(read_instrument(moved, "moved.yaml")).sha256 == catalogue.get("KIOSK3", "1").sha256


def test_a_stored_document_that_lost_a_part_is_refused_by_name(catalogue: InstrumentCatalogue):
    broken = {key: value for key, value in catalogue.get("KIOSK3", "1").document.items() if key != "items"}
    with pytest.raises(Invalid, match="KIOSK3 version 1"):
        Instrument.from_document(broken)

"""What a checked item means in the catalogues of the day: unit, questionnaire, answer columns, slot, sample, respondent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from parindex.instruments.catalogue import Instrument, InstrumentCatalogue
from parindex.instruments.document import read_instrument, shipped
from parindex.units.catalogue import UnitCatalogue
from parindex.units.shipped import read_shipped
from parindex.web.auth import Caller
from support.ingest import H99, item
from support.motcua import spelled
from survey_ingest.check import check_item
from survey_ingest.interpret import Catalogues, Meaning, Unfit, Unknown, field_base, interpret, procedure_base
from survey_ingest.item import Item, Refused
from survey_ingest.motcua import sheets

HA_NOI = 101
TUYEN_QUANG = 208
"""Merged on 1/7/2025 from Hà Giang (GSO 02, H22) and the old Tuyên Quang."""
LATEST = dt.datetime.max.replace(tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def catalogues() -> Catalogues:
    register = read_shipped()
    documents = [read_instrument(text, name) for name, text in shipped()]
    instruments = tuple(
        Instrument.from_document(document, instrument_version_id=number, revision=1)
        for number, document in enumerate(documents, 1)
    )
    return Catalogues(
        UnitCatalogue(1, register.units, register.lineage),
        InstrumentCatalogue(1, instruments),
        frozenset({"1.000894"}),
    )


def caller(*roots: int, realm: str = "production", kinds: dict[str, str] | None = None) -> Caller:
    return Caller(
        roots[0], "c", 1, 1, realm, frozenset({"ingest"}), frozenset(roots), LATEST, respondent_kinds=kinds or {}
    )


SENDER = caller(H99, realm="synthetic")


def said(catalogues: Catalogues, who: Caller = SENDER, **fields: Any) -> Meaning | Unknown | Unfit | Refused:
    checked = check_item(item(**fields))
    assert isinstance(checked, Item), checked.findings
    return interpret(checked, who, catalogues)


def means(catalogues: Catalogues, who: Caller = SENDER, **fields: Any) -> Meaning:
    meaning = said(catalogues, who, **fields)
    assert isinstance(meaning, Meaning), meaning
    return meaning


def faults(catalogues: Catalogues, **fields: Any) -> list[tuple[str, str]]:
    unfit = said(catalogues, **fields)
    assert isinstance(unfit, Unfit), unfit
    return [(finding.field, finding.code) for finding in unfit.findings]


def reason(catalogues: Catalogues, who: Caller = SENDER, **fields: Any) -> str:
    unknown = said(catalogues, who, **fields)
    assert isinstance(unknown, Unknown), unknown
    return unknown.reason


def is_forbidden(outcome: object) -> bool:
    return (
        isinstance(outcome, Refused)
        and outcome.forbidden
        and [(finding.field, finding.code) for finding in outcome.findings] == [("unit_code", "unit_out_of_scope")]
    )


# Units and scope.


def test_a_unit_of_the_subtree_is_found(catalogues: Catalogues):
    assert catalogues.units.codes(means(catalogues).unit_id, dt.date(2026, 11, 1))["h_code"] == "H99.101"


def test_a_unit_outside_the_subtree_is_refused_as_forbidden(catalogues: Catalogues):
    assert is_forbidden(said(catalogues, unit_code="H98.101"))
    assert is_forbidden(said(catalogues, caller(HA_NOI), unit_code="gso:08"))


def test_an_invented_unit_means_nothing_in_production(catalogues: Catalogues):
    assert is_forbidden(said(catalogues, caller(HA_NOI), unit_code="H99.101"))


def test_an_unknown_h_code_of_the_own_province_waits_and_of_another_is_forbidden(catalogues: Catalogues):
    assert reason(catalogues, unit_code="H99.999") == "unit_unknown"
    assert is_forbidden(said(catalogues, unit_code="H98.999"))


def test_past_level_1_codes_of_the_own_province_count_as_its_own(catalogues: Catalogues):
    assert reason(catalogues, caller(TUYEN_QUANG), unit_code="H22.999") == "unit_unknown"
    assert is_forbidden(said(catalogues, caller(HA_NOI), unit_code="H22.999"))


def test_an_unknown_statistical_code_always_waits(catalogues: Catalogues):
    assert reason(catalogues, unit_code="gso:99999") == "unit_unknown"


def test_a_closed_code_follows_its_full_successor_with_a_warning(catalogues: Catalogues):
    for code in ("gso:02", "H22"):
        followed = means(catalogues, caller(TUYEN_QUANG), unit_code=code)
        assert followed.unit_id == TUYEN_QUANG
        assert [(warning.field, warning.code) for warning in followed.item.warnings] == [
            ("unit_code", "unit_code_closed")
        ]


def test_a_code_means_what_it_meant_on_the_day_of_the_answer(catalogues: Catalogues):
    before = means(catalogues, caller(TUYEN_QUANG), unit_code="gso:02", answered_at="2025-06-30T23:59:59")
    after = means(catalogues, caller(TUYEN_QUANG), unit_code="gso:02", answered_at="2025-07-01T00:00:00")
    assert (before.unit_id, before.day) == (102, dt.date(2025, 6, 30))
    assert (after.unit_id, after.day) == (TUYEN_QUANG, dt.date(2025, 7, 1))


def test_a_closed_code_with_several_successors_waits_with_the_candidates(catalogues: Catalogues):
    unknown = said(catalogues, caller(HA_NOI), unit_code="gso:00007")
    assert isinstance(unknown, Unknown)
    assert unknown.reason == "unit_ambiguous"
    assert len(unknown.candidates) == 2
    assert all(candidate in unknown.finding.message for candidate in unknown.candidates)


def test_a_closed_code_none_of_whose_successors_is_in_reach_is_forbidden(catalogues: Catalogues):
    assert is_forbidden(said(catalogues, caller(TUYEN_QUANG), unit_code="gso:00007"))


def test_the_local_day_decides_at_half_past_midnight(catalogues: Catalogues):
    assert means(catalogues, answered_at="2026-11-01T00:30:00+07:00").day == dt.date(2026, 11, 1)
    assert means(catalogues, answered_at="2026-10-31T17:30:00Z").day == dt.date(2026, 11, 1)


def test_what_one_item_was_found_to_mean_holds_for_the_next_of_that_day_only(catalogues: Catalogues):
    first = means(catalogues, caller(TUYEN_QUANG), unit_code="gso:08", answered_at="2025-07-02T00:00:00")
    assert (
        means(catalogues, caller(TUYEN_QUANG), unit_code="gso:08", answered_at="2025-07-02T09:00:00").unit_id
        == first.unit_id
    )
    assert means(catalogues, caller(TUYEN_QUANG), unit_code="gso:08", answered_at="2025-06-02T09:00:00").unit_id == 108
    assert is_forbidden(said(catalogues, caller(HA_NOI), unit_code="gso:08", answered_at="2025-07-02T00:00:00"))


# Questionnaires.


def test_an_unknown_questionnaire_or_version_waits(catalogues: Catalogues):
    assert reason(catalogues, instrument="KIOSK9") == "instrument_unknown"
    assert reason(catalogues, instrument_version="9") == "instrument_version_unknown"


def test_scope_comes_before_the_questionnaire(catalogues: Catalogues):
    assert is_forbidden(said(catalogues, unit_code="H98.101", instrument="KIOSK9"))


def test_a_version_that_was_not_in_use_on_the_day_is_refused(catalogues: Catalogues):
    unfit = said(catalogues, caller(HA_NOI), unit_code="gso:01", answered_at="2017-06-01T00:00:00")
    assert isinstance(unfit, Unfit)
    assert [finding.code for finding in unfit.findings] == ["instrument_not_valid"]


def hl5(catalogues: Catalogues, *answers: dict[str, Any], **fields: Any) -> Meaning:
    return means(catalogues, instrument="HL5", overall=None, answers=list(answers), **fields)


def column(catalogues: Catalogues, meaning: Meaning, code: str, option: str | None = None) -> int | None:
    for one in meaning.instrument.columns:
        if (one.item, one.option) == (code, option):
            return meaning.answers[one.number - 1]
    raise AssertionError((code, option))


def test_a_choice_is_given_by_its_id_or_its_value(catalogues: Catalogues):
    for value in ("many", 3, "3"):
        assert column(catalogues, hl5(catalogues, {"item": "harassment", "value": value}), "harassment") == 3


def test_a_multi_select_item_has_one_column_per_option(catalogues: Catalogues):
    meaning = hl5(catalogues, {"item": "dissatisfaction_reasons", "value": ["late", "other"]})
    chosen = [one.option for one in meaning.instrument.columns if one.option and meaning.answers[one.number - 1] == 1]
    assert chosen == ["late", "other"]
    assert column(catalogues, meaning, "dissatisfaction_reasons", "attitude") == 0
    single = hl5(catalogues, {"item": "dissatisfaction_reasons", "value": "late"})
    assert column(catalogues, single, "dissatisfaction_reasons", "late") == 1


def test_not_answered_dont_know_and_not_applicable_are_three_codes(catalogues: Catalogues):
    meaning = hl5(
        catalogues,
        {"item": "overall", "value": "not_answered"},
        {"item": "convenience", "value": "dont_know"},
        {"item": "on_time", "value": "not_applicable"},
        {"item": "dissatisfaction_reasons", "value": "not_applicable"},
    )
    assert [column(catalogues, meaning, code) for code in ("overall", "convenience", "on_time")] == [None, -1, -2]
    assert column(catalogues, meaning, "dissatisfaction_reasons", "late") == -2


def test_what_software_filled_is_marked(catalogues: Catalogues):
    meaning = hl5(
        catalogues,
        {"item": "overall", "value": 4},
        {"item": "convenience", "value": 5, "automatic": True},
        {"item": "dissatisfaction_reasons", "value": ["late"], "automatic": True},
    )
    assert column(catalogues, meaning, "convenience") == -105
    assert column(catalogues, meaning, "dissatisfaction_reasons", "late") == -101
    assert column(catalogues, meaning, "dissatisfaction_reasons", "other") == -100


def test_software_that_says_dont_know_has_answered_for_nobody(catalogues: Catalogues):
    meaning = hl5(
        catalogues, {"item": "overall", "value": 4}, {"item": "convenience", "value": "dont_know", "automatic": True}
    )
    assert column(catalogues, meaning, "convenience") is None


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"item": "overall", "value": 0}, "value_outside_scale"),
        ({"item": "overall", "value": 6}, "value_outside_scale"),
        ({"item": "overall", "value": "late"}, "value_outside_scale"),
        ({"item": "overall", "value": ["5"]}, "not_multi_select"),
        ({"item": "harassment", "value": "often"}, "option_unknown"),
        ({"item": "harassment", "value": 4}, "option_unknown"),
        ({"item": "dissatisfaction_reasons", "value": ["late", "rain"]}, "option_unknown"),
        ({"item": "dissatisfaction_reasons", "value": 1}, "option_unknown"),
        ({"item": "suggestion", "value": "none"}, "value_not_taken"),
    ],
)
def test_an_answer_off_its_scale_is_refused(catalogues: Catalogues, answer: dict[str, Any], code: str):
    assert faults(catalogues, instrument="HL5", overall=None, answers=[answer]) == [("answers[0].value", code)]


def test_an_item_that_the_questionnaire_does_not_have_is_refused(catalogues: Catalogues):
    assert faults(catalogues, instrument="HL5", answers=[{"item": "weather", "value": 1}]) == [
        ("answers[0]", "item_unknown")
    ]


def test_a_kiosk_knows_no_middle_level(catalogues: Catalogues):
    assert faults(catalogues, overall=3) == [("overall", "value_outside_scale")]


def test_overall_answers_the_item_whose_role_it_is(catalogues: Catalogues):
    meaning = means(catalogues, instrument="TT01-2018", overall=4, dossier_code="H99.101-261122-0001")
    assert column(catalogues, meaning, "11") == 4


def test_overall_in_both_places_must_agree(catalogues: Catalogues):
    both = {"instrument": "HL5", "overall": 4}
    assert column(catalogues, means(catalogues, **both, answers=[{"item": "overall", "value": "4"}]), "overall") == 4
    assert faults(catalogues, **both, answers=[{"item": "overall", "value": 5}]) == [("overall", "overall_differs")]
    assert faults(catalogues, **both, answers=[{"item": "overall", "value": "dont_know"}]) == [
        ("overall", "overall_differs")
    ]


def test_overall_by_a_person_goes_before_an_automatic_answer(catalogues: Catalogues):
    meaning = means(
        catalogues, instrument="HL5", overall=4, answers=[{"item": "overall", "value": 5, "automatic": True}]
    )
    assert column(catalogues, meaning, "overall") == 4


def test_overall_is_refused_where_there_is_no_such_item(catalogues: Catalogues):
    sample = {"round": "2026-1", "weight": "1"}
    assert faults(catalogues, instrument="SIPAS-2017", overall=4, sample=sample) == [("overall", "no_overall_item")]


def test_texts_are_kept_apart_from_the_answers(catalogues: Catalogues):
    meaning = hl5(
        catalogues,
        {"item": "suggestion", "text": "Thêm ghế"},
        {"item": "overall", "value": 4, "text": "vì chờ lâu"},
        comment="ok",
    )
    assert sorted(meaning.texts) == [("", "ok"), ("overall", "vì chờ lâu"), ("suggestion", "Thêm ghế")]


def test_a_probability_sample_needs_its_round_and_weight(catalogues: Catalogues):
    sipas = {"instrument": "SIPAS-2017", "overall": None, "answers": [{"item": "1.1", "value": 4}]}
    assert faults(catalogues, **sipas) == [("sample.round", "missing"), ("sample.weight", "missing")]
    assert faults(catalogues, **sipas, sample={"round": "1"}) == [("sample.weight", "missing")]
    assert means(catalogues, **sipas, sample={"round": "1", "weight": "1.5"})


def test_a_self_selected_questionnaire_takes_no_sample(catalogues: Catalogues):
    assert faults(catalogues, sample={"round": "1", "weight": "1"}) == [("sample", "sample_not_taken")]


def test_a_dossier_is_required_where_the_questionnaire_belongs_to_one(catalogues: Catalogues):
    assert faults(catalogues, instrument="TT01-2018", overall=4) == [("dossier_code", "missing")]


def test_respondent_kinds_are_ours_or_the_vendors_mapped_ones(catalogues: Catalogues):
    mapped = caller(H99, realm="synthetic", kinds={"0": "citizen", "business": "state_agency"})
    assert means(catalogues).respondent_kind == ""
    assert means(catalogues, respondent_kind="Business").respondent_kind == "business"
    assert means(catalogues, mapped, respondent_kind="0").respondent_kind == "citizen"
    assert means(catalogues, mapped, respondent_kind="business").respondent_kind == "state_agency"
    assert faults(catalogues, respondent_kind="0") == [("respondent_kind", "unknown_value")]


# Slots and procedures.


def test_a_slot_is_dossier_questionnaire_and_stage_whatever_the_version_the_unit_and_the_system(catalogues: Catalogues):
    dossier = "H99.101-261122-0001"
    assert means(catalogues).slot_key is None
    key = means(catalogues, dossier_code=dossier).slot_key
    assert key == f"KIOSK3/result/0/{dossier}"
    assert means(catalogues, dossier_code=dossier, unit_code="H99.102").slot_key == key
    assert means(catalogues, dossier_code=dossier, stage="after").slot_key != key
    assert means(catalogues, dossier_code=dossier, instrument="HL5").slot_key != key


def test_an_off_pattern_dossier_code_also_takes_the_unit(catalogues: Catalogues):
    here = means(catalogues, dossier_code="17/2026")
    there = means(catalogues, dossier_code="17/2026", unit_code="H99.102")
    assert here.slot_key == f"KIOSK3/result/{here.unit_id}/17/2026"
    assert there.slot_key != here.slot_key


def test_an_unknown_procedure_is_a_warning_and_counts_all_the_same(catalogues: Catalogues):
    known = means(catalogues, procedure_code="1.000894.000.00.00.H56")
    assert (known.procedure_base, known.item.warnings) == ("1.000894", [])
    unknown = means(catalogues, procedure_code="2.999999")
    assert unknown.procedure_base == "2.999999"
    assert [(warning.field, warning.code) for warning in unknown.item.warnings] == [
        ("procedure_code", "procedure_unknown")
    ]
    assert means(catalogues, procedure_code="TTHC-17").procedure_base == ""


@pytest.mark.parametrize(
    ("code", "base"),
    [
        ("1.000894", "1.000894"),
        ("3.000001.H01", "3.000001"),
        ("4.000001", ""),
        ("1.00089", ""),
        ("1.0008941", ""),
        ("", ""),
    ],
)
def test_the_base_of_a_procedure_code_is_its_national_part(code: str, base: str):
    assert procedure_base(code) == base


def test_the_base_of_a_field_code_is_upper_case_without_blanks():
    assert field_base("g15 - tp01") == "G15-TP01"


@pytest.mark.parametrize(
    ("kinds", "code", "kind"),
    [
        ({}, "1", "citizen"),
        ({}, 4, "other"),
        ({"0": "citizen", "1": "business", "2": "business"}, "0", "citizen"),
        ({"0": "citizen", "1": "business", "2": "business"}, "1", "business"),
        ({"0": "citizen", "1": "business", "2": "business"}, 2, "business"),
        ({"0": "citizen"}, "3", "state_agency"),
    ],
)
def test_a_respondents_code_of_the_dialect_means_what_the_senders_own_table_says(
    catalogues: Catalogues, kinds: dict[str, str], code: Any, kind: str
):
    sheet = {**spelled(item(response_id="p")), "LoaiDoiTuong": code}
    meaning = sheets.said(sheet, caller(H99, realm="synthetic", kinds=kinds), catalogues, 0)
    assert isinstance(meaning, Meaning)
    assert meaning.respondent_kind == kind
    without = sheets.said(sheet, caller(H99, realm="synthetic", kinds={"0": "other"}), catalogues, 0)
    assert isinstance(without, Meaning | Unfit)
    # The digest knows no table of any sender: a table that is completed later makes no conflict.
    assert without.item.digest() == meaning.item.digest()

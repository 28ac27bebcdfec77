"""Figures of QĐ 766 from sums, procedures and petitions: exact shares, and a reason wherever one cannot be said."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.dossiers.figures import (
    REASONS,
    Petitions,
    gather,
    offered_by,
    on_time_share,
    percent_of,
    sync_share,
)
from parindex.dossiers.measures import BITS, MEASURES, pack, unpack
from parindex.dossiers.procedures import Procedure
from parindex.dossiers.sums import NAMES, Sums, added, judged_on, sums_of
from parindex.engine.period import Period
from parindex.errors import Invalid
from parindex.frameworks.criteria_catalogue import load_frameworks
from support.dossiers import PROCEDURES, at, settled, version
from support.scored import points, scored

FULL = {
    "1.000001": Sums(
        n=10, ended=8, on_time=6, late=1, open_within=2, open_late=1, filed_online=5, online=4, fee_due=8, paid_online=6,
        paid_on_portal=0, result_due=10, result_electronic=7, digitised=3, reused=5, population=2, timed=4, working_minutes=2400,
    ),
    "1.000002": Sums(n=2, on_time=2),
}  # fmt: skip
PETITIONS = Petitions(10, 4, 3, 8, 5, 4, 1)
SHARES = {
    "dossier_sync": (12, 15),
    "progress_on_time": (10, 12),
    "avg_processing_time": (2400, 4 * 480),
    "formality_online": (2, 3),
    "service_with_dossier": (1, 2),
    "dossier_online": (4 * 12, 12 * 15),
    "fee_formality_integrated": (1, 1),
    "formality_with_online_payment": (1, 1),
    "dossier_online_payment": (6, 8),
    "original_result_available": (7, 10),
    "so_hoa_giay_to_giai_quyet": (3, 12),
    "reused_digitized_data": (5, 12),
    "synced_with_dvcqg_personal_storage": (0, 12),
    "citizen_data_connected_dossier": (2, 12),
    "citizen_data_connected_formality": (1, 2),
    "petition_classification_tthc": (4, 10),
    "petition_classification_staff": (3, 10),
    "petition_processing_on_time": (5, 8),
    "petition_handling_satisfaction": (4, 8),
    "dossier_receiving_satisfaction": (12 - 2 - 1, 12),
}


def test_every_component_that_dossiers_can_give_is_given_exactly():
    figures = gather(FULL, PROCEDURES, PETITIONS, sync=(12, 15))
    assert {code: (one.numerator, one.denominator) for code, one in figures.items()} == SHARES
    assert {one.missing for one in figures.values()} == {""}
    components = {leaf.code for leaf in load_frameworks().get("qd766", "2022-1").framework.leaves()}
    not_ours = {"publish_on_time", "public_update_on_time", "public_content_full", "electronic_certified_copy"}
    assert components - set(figures) == not_ours


def test_the_framework_takes_every_figure_as_its_input():
    inputs = {code: one.input_json() for code, one in gather(FULL, PROCEDURES, PETITIONS, sync=(12, 15)).items()}
    given = {code: value for code, value in inputs.items() if code not in _INFO}
    score = scored("qd766", "2022-1", "province", given)
    assert points(score, "dossier_online") == Decimal("3.2")
    assert points(score, "progress_on_time") == Decimal("16.67")


_INFO = {"avg_processing_time", "petition_classification_tthc", "petition_classification_staff"}


@pytest.mark.parametrize(
    ("sums", "procedures", "petitions", "missing"),
    [
        ({}, PROCEDURES, PETITIONS, {"progress_on_time": "no_dossiers", "dossier_online": "no_dossiers", "dossier_sync": "report_unknown", "avg_processing_time": "nothing_timed", "dossier_receiving_satisfaction": "no_dossiers"}),
        (FULL, {}, PETITIONS, {"formality_online": "procedures_unknown", "fee_formality_integrated": "procedures_unknown", "dossier_online": "sync_unknown"}),
        (FULL, {"a": Procedure("a")}, PETITIONS, {"formality_online": "levels_unknown", "formality_with_online_payment": "fees_unknown", "citizen_data_connected_formality": "subjects_unknown"}),
        (FULL, PROCEDURES, None, {"petition_processing_on_time": "petitions_unknown", "petition_classification_staff": "petitions_unknown", "dossier_receiving_satisfaction": "petitions_unknown"}),
    ],
)  # fmt: skip
def test_what_cannot_be_said_has_a_reason_and_is_no_zero(sums, procedures, petitions, missing: dict[str, str]):
    figures = gather(sums, procedures, petitions)
    for code, reason in missing.items():
        assert figures[code].missing == reason
        assert (figures[code].input_json(), figures[code].percent) == (None, None)
        assert figures[code].reason_vi == REASONS[reason]
        assert figures[code].denominator is None or reason == "sync_unknown"


def test_without_the_national_report_synchronised_dossiers_are_counted_but_not_shared():
    one = gather(FULL, PROCEDURES, PETITIONS)["dossier_sync"]
    assert (one.numerator, one.denominator, one.missing) == (12, None, "report_unknown")


def test_nothing_to_count_is_shown_as_the_portal_does():
    quiet = gather({"1.000002": Sums(n=3)}, PROCEDURES, Petitions(0, 0, 0, 0, 0, 0, 0))
    for code, full in (("petition_processing_on_time", "6"), ("dossier_online_payment", "0")):
        assert (quiet[code].numerator, quiet[code].denominator, quiet[code].percent) == (0, 0, None)
        score = scored("qd766", "2022-1", "province", {code: quiet[code].input_json()})
        assert points(score, code) == Decimal(full)


@pytest.mark.parametrize(
    ("reported", "previous", "period", "expected"),
    [
        (15, None, "2026-Q3", (12, 15)),
        (10, 999, "2026-Q3", (12, 12)),
        (None, 60, "2026-Q3", (48, 60)),
        (0, 60, "2026-07", (60, 60)),
        (None, 60, "2026", (12, 60)),
        (None, 60, "2026-H2", (24, 60)),
        (None, None, "2026", None),
        (0, 0, "2026", None),
    ],
)
def test_the_share_of_synchronised_dossiers(reported, previous, period: str, expected):
    assert sync_share(12, Period.parse(period), reported=reported, previous_year=previous) == expected


def test_procedures_of_which_the_catalogue_is_silent_are_named_not_taken_for_no():
    procedures = {**PROCEDURES, "9.1": Procedure("9.1")}
    figure = gather(FULL, procedures, None)["formality_online"]
    assert (figure.numerator, figure.denominator, figure.notes) == (
        2,
        4,
        ("1 thủ tục trong danh mục chưa có thông tin này.",),
    )


def test_a_service_has_dossiers_when_any_was_filed_online_whatever_became_of_it():
    sums = {"1.000001": Sums(n=1, filed_online=1), "1.000002": Sums(n=1)}
    assert gather(sums, PROCEDURES, None)["service_with_dossier"].numerator == 1


def test_missing_months_of_petitions_are_named():
    figure = gather(FULL, {}, Petitions(1, 0, 0, 1, 1, 1, 0, months_missing=2))["petition_processing_on_time"]
    assert figure.notes == ("Thiếu số liệu của 2 tháng trong kỳ.",)


def test_a_procedure_is_offered_by_the_agencies_that_it_names_or_by_everyone():
    named = {
        "a": Procedure("a", units=frozenset({"H99.01"})),
        "b": Procedure("b"),
        "c": Procedure("c", units=frozenset()),
    }
    assert set(offered_by(named, frozenset({"H99.01", "H99"}))) == {"a", "b"}
    assert set(offered_by(named, frozenset({"H99.02"}))) == {"b"}


def test_the_published_form_of_on_time_has_one_digit_and_no_share_of_nothing():
    share = on_time_share(Sums(n=2000, on_time=1900, open_within=71, late=29))
    assert (share.received, share.on_time, share.late, share.percent) == (2000, 1971, 29, Decimal("98.6"))
    assert share.sentence_vi == "Tiếp nhận, giải quyết 2.000 hồ sơ, 98,6% đúng hạn."
    with pytest.raises(Invalid, match="Không nhận được hồ sơ nào"):
        on_time_share(Sums())


@given(st.integers(1, 10**9), st.data(), st.integers(0, 4))
def test_percents_are_rounded_half_up_once(denominator: int, data: st.DataObject, digits: int):
    numerator = data.draw(st.integers(0, denominator))
    shown = percent_of(numerator, denominator, digits)
    error = shown * denominator - 100 * numerator
    half = Decimal(denominator) / 2 / 10**digits
    assert -half < error <= half
    assert -shown.as_tuple().exponent == digits


def test_measures_keep_their_bits():
    assert list(BITS.values()) == [2**place for place in range(len(MEASURES))]
    assert MEASURES[:4] == ("ended", "on_time", "late", "filed_online")
    assert unpack(pack(["late", "online"])) == ("late", "online")
    assert set(MEASURES) < set(NAMES)


def test_a_dossier_is_summed_as_it_stands_on_the_day():
    one = settled([version(1, 4)])
    on_4, on_3 = sums_of(one, at("4/9").date()), sums_of(one, at("3/9").date())
    assert (on_3.open_within, on_3.all_late, on_4.open_within, on_4.all_late) == (1, 0, 0, 1)
    assert sums_of(settled([version(1, 3)]), at("4/9").date()) == Sums()
    done = sums_of(settled([version(1, 9, finished_at="3/9 09:00")]), at("4/9").date())
    assert (done.timed, done.working_minutes, added([done, on_3]).n) == (1, 120, 2)


def test_open_dossiers_are_judged_on_the_last_whole_day():
    quarter = Period.parse("2026-Q3")
    assert judged_on(quarter, dt.date(2026, 8, 15)) == dt.date(2026, 8, 14)
    assert judged_on(quarter, dt.date(2026, 11, 22)) == dt.date(2026, 9, 30)

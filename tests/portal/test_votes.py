"""Votes as the hub takes them: exact shares that sum to 100, no share of too few, nothing invented for what nobody answered."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.engine.period import Period
from parindex.errors import Invalid
from parindex.instruments.catalogue import Instrument
from parindex.instruments.document import read_instrument
from ranking_worker.portal.guard import clear
from ranking_worker.portal.profiles import Votes
from ranking_worker.portal.shares import percentages
from ranking_worker.portal.votes import ALLOWED, mvotes, neutral_votes

SEPTEMBER = Period.parse("2026-09")
PHU_THO = {"code": "H44", "name": "Ủy ban nhân dân tỉnh Phú Thọ"}
FIVE = {5: "very_good", 4: "good", 3: "good", 2: "bad", 1: "bad"}


def instrument(name):
    text = (files("parindex.instruments") / "data" / f"{name}.yaml").read_text("utf-8")
    return Instrument.from_document(read_instrument(text, name), instrument_version_id=1)


def votes(code="KIOSK3", levels=None, **changes):
    given = {
        "path": "/Vote/UpdateVote", "envelope": "object", "instrument": code, "version": "1", "first": dt.date(2026, 1, 1),
        "organisations": "level_1", "state": "frozen", "levels": levels or {5: "very_good", 4: "good", 2: "bad"}, "questions": (),
        "percent_digits": 2, "minimum": 5, "ask": None, "resend": "person",
    }  # fmt: skip
    return Votes(**{**given, **changes})


def cells(*columns):
    """One mapping {code: n} a column."""
    return {
        str(number): {str(code): [n, str(n), str(n)] for code, n in column.items()}
        for number, column in enumerate(columns, 1)
    }


def kiosk(counts, **changes):
    return neutral_votes(votes(**changes), instrument("KIOSK3-1"), SEPTEMBER, PHU_THO, cells(counts))


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=6), st.integers(0, 4))
def test_shares_sum_to_a_hundred_and_each_is_less_than_a_unit_off(counts, digits):
    shares = percentages(counts, digits)
    if sum(counts) == 0:
        assert set(shares) == {0}
        return
    assert sum(shares) == 100
    assert all(-share.as_tuple().exponent == digits for share in shares)
    unit = Fraction(1, 10**digits)
    assert all(
        abs(Fraction(share) - Fraction(100 * count, sum(counts))) < unit
        for share, count in zip(shares, counts, strict=True)
    )
    assert all(share == 0 for share, count in zip(shares, counts, strict=True) if count == 0)


def test_three_thirds_give_the_odd_hundredth_to_the_best_level():
    assert [f"{share}" for share in percentages([1, 1, 1], 2)] == ["33.34", "33.33", "33.33"]


def test_a_negative_count_is_no_vote():
    with pytest.raises(ValueError, match="below zero"):
        percentages([1, -1], 2)


def test_a_month_in_which_nobody_voted_is_zeros_and_never_nan():
    document = mvotes(neutral_votes(votes(), instrument("KIOSK3-1"), SEPTEMBER, PHU_THO, None))
    assert (document["TotalVoted"], document["Questions"]) == (0, [])
    assert {document[name] for name in ("PercentVeryGood", "PercentGood", "PercentBad")} == {0}


@pytest.mark.parametrize(("counts", "shown"), [({5: 4}, False), ({5: 5}, True), ({5: 3, 2: 1, -3: 90}, False)])
def test_a_month_of_too_few_answers_is_not_pushed(counts, shown):
    assert (kiosk(counts) is not None) == shown


def test_dont_know_and_what_software_filled_in_are_no_votes():
    assert kiosk({5: 6, -1: 100, -2: 5, -3: 7, -4: 1000})["answers"] == 6


def test_five_levels_become_three_as_the_profile_says():
    answers = {5: 40, 4: 30, 3: 10, 2: 15, 1: 5}
    hl5 = instrument("HL5-1")
    shown = neutral_votes(votes("HL5", FIVE), hl5, SEPTEMBER, PHU_THO, cells(*[answers] * len(hl5.columns)))
    assert shown["shares"] == ["40.00", "40.00", "20.00"]


def test_a_question_with_too_few_answers_is_left_out_and_the_others_stay():
    hl5 = instrument("HL5-1")
    each = [{5: 10}] * len(hl5.columns)
    whole = neutral_votes(votes("HL5", FIVE), hl5, SEPTEMBER, PHU_THO, cells(*each))
    quiet = next(item for item in whole["questions"] if item["item"] != hl5.overall.code)["item"]
    each[hl5.items[quiet].columns[0] - 1] = {5: 4}
    fewer = neutral_votes(votes("HL5", FIVE), hl5, SEPTEMBER, PHU_THO, cells(*each))
    assert {item["item"] for item in whole["questions"]} - {item["item"] for item in fewer["questions"]} == {quiet}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"levels": {5: "very_good", 4: "good"}}, "say nothing of the values"),
        ({"questions": ("nothing",)}, "no item nothing"),
    ],
)
def test_levels_that_do_not_fit_the_questionnaire_are_refused(changes, said):
    with pytest.raises(Invalid, match=said):
        kiosk({5: 10}, **changes)


def test_a_probability_sample_is_no_vote():
    with pytest.raises(Invalid, match="probability"):
        neutral_votes(votes("SIPAS-2017", FIVE), instrument("SIPAS-2017-1"), SEPTEMBER, PHU_THO, None)


def test_the_form_is_the_hubs_with_its_date_and_passes_the_guard():
    document = mvotes(kiosk({5: 900, 4: 80, 2: 20}))
    assert document["DateCreated"] == "2026-09-30T23:59:59.000+0700"
    assert document["OrganizationInchargeIdLevel1"] == "H44"
    assert document["PercentVeryGood"] == Decimal("90.00")
    assert clear(document, ALLOWED).document == document

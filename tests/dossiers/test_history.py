"""Versions and steps as a history: order, pauses from several sources, and each oddity as a finding with a sentence."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.dossiers.findings import SENTENCES
from parindex.dossiers.history import history
from parindex.dossiers.records import Step, Version
from support.dossiers import at, settled, step, told, version

ODD: dict[str, tuple[list[Version], list[Step]]] = {
    "status_unknown": ([version(1, None, status_raw="17")], []),
    "backwards_move": ([version(1, 4), version(2, 2)], []),
    "reopened": ([version(1, 10, finished_at="3/9"), version(2, 4)], []),
    "resumed": ([version(1, 8), version(2, 4)], []),
    "step_undated": ([version()], [step(4, None)]),
    "accepted_date_reset": ([version(), version(2, 4, accepted_at="2/9")], []),
    "due_date_reset": ([version(), version(2, 4, due_at="9/9")], []),
    "end_date_reset": ([version(1, 9, finished_at="8/9"), version(2, 9, finished_at="4/9")], []),
    "date_dropped": ([version(), version(2, 4, due_at=None)], []),
    "unit_moved": ([version(), version(2, 4, unit_id=2)], []),
    "procedure_changed": ([version(), version(2, 4, procedure_base="1.000002")], []),
    "accepted_missing": ([version(1, 4, accepted_at=None)], []),
    "accepted_in_future": ([version(1, 4, accepted_at="1/11")], []),
    "finished_without_end": ([version(1, 9)], []),
    "end_while_open": ([version(1, 4, finished_at="3/9")], []),
    "end_before_acceptance": ([version(1, 9, finished_at="30/8")], []),
    "end_in_future": ([version(1, 9, finished_at="1/11")], []),
    "end_differs_from_step": ([version(1, 9, finished_at="3/9")], [step(9, "8/9")]),
    "result_before_end": ([version(1, 10, finished_at="4/9", returned_at="3/9")], []),
    "supplement_reversed": ([version(1, 4, supplements=[("3/9", "2/9")])], []),
    "supplement_unanswered": ([version(1, 9, finished_at="4/9", supplements=[("3/9", None)])], []),
    "supplements_repeated": ([version(1, 5, supplements=[("2/9", "2/9 09:00"), ("3/9", None)])], []),
    "due_missing": ([version(1, 4, due_at=None)], []),
    "due_without_time": ([version(1, 4, due_at="5/9 00:00")], []),
    "limit_unknown": ([version(1, 4, due_at=None, procedure_base="")], []),
    "calendar_missing": ([version(1, 4, due_at=None, accepted_at="30/12 09:00")], []),
    "procedure_unknown": ([version(1, 4, procedure_base="9.999999")], []),
    "fee_list_missing": ([version(1, 4)], []),
    "fee_unexpected": ([version(1, 4, procedure_base="1.000002", fee_lines=1, fee_due=True)], []),
    "paid_without_fee": ([version(1, 4, procedure_base="1.000002", payment=1)], []),
}


def test_every_finding_has_its_case():
    assert set(ODD) == set(SENTENCES)


@pytest.mark.parametrize("code", ODD)
def test_an_oddity_is_a_finding_with_a_sentence_and_refuses_nothing(code: str):
    one = settled(*ODD[code])
    sentences = [finding.message for finding in one.findings if finding.code == code]
    assert len(sentences) == 1
    assert sentences[0].endswith(".")
    assert "{" not in sentences[0]


@pytest.mark.parametrize("code", sorted(set(ODD) - {"fee_list_missing"}))
def test_an_ordinary_dossier_has_none_of_them(code: str):
    ordinary = version(1, 9, finished_at="4/9", fee_lines=1, fee_due=True, payment=1)
    steps = [step(2, "1/9"), step(4, "1/9 09:00"), step(9, "4/9")]
    assert code not in settled([ordinary], steps).codes


def test_supplement_loops_are_no_backwards_moves():
    steps = [step(status, f"{day}/9") for day, status in enumerate([2, 4, 5, 4, 5, 2, 4, 6, 4, 9, 10], 1)]
    assert told([version()], steps).findings == ()


def test_the_newest_given_value_holds_and_an_empty_list_takes_nothing_back():
    one = told(
        [
            version(1, 4, channel=2, fee_lines=2, fee_due=True, results=1, results_electronic=1, digitised=True),
            version(
                2,
                9,
                finished_at="3/9",
                fee_lines=0,
                fee_due=False,
                results=None,
                results_electronic=None,
                digitised=False,
            ),
        ]
    ).record
    assert (one.channel, one.fee_lines, one.fee_due, one.results_electronic, one.digitised) == (2, 2, True, 1, False)


@pytest.mark.parametrize(
    ("listed", "walked", "answered", "waiting", "requests"),
    [
        ([("2/9", "3/9")], [], [("2/9", "3/9")], [], 1),
        ([], [(5, "2/9"), (4, "3/9")], [("2/9", "3/9")], [], 1),
        ([("2/9", "3/9")], [(5, "2/9 08:05"), (2, "3/9 09:00")], [("2/9", "3/9 09:00")], [], 1),
        ([("2/9", None)], [(5, "2/9 08:05"), (4, "3/9")], [("2/9", "3/9")], [], 1),
        ([("2/9", "3/9")], [(5, "2/9 08:05")], [("2/9", "3/9")], [], 1),
        ([("2/9", None)], [(5, "2/9 08:05")], [], ["2/9"], 1),
        ([("2/9", "3/9"), ("5/9", None)], [(5, "2/9"), (4, "3/9"), (5, "5/9")], [("2/9", "3/9")], ["5/9"], 2),
        ([("2/9", None), ("3/9", None)], [], [], ["2/9", "3/9"], 2),
        ([], [(5, "2/9"), (5, "3/9"), (4, "4/9")], [("2/9", "4/9")], [], 1),
        ([], [(5, "2/9"), (9, "3/9")], [], ["2/9"], 1),
        ([("2/9", "4/9"), ("3/9", "5/9")], [], [("2/9", "5/9")], [], 2),
        ([("2/9", "3/9"), ("3/9", "4/9")], [], [("2/9", "4/9")], [], 2),
        ([("2/9", "3/9"), ("3/9", None)], [], [("2/9", "3/9")], ["3/9"], 2),
        ([("2/9", "3/9")], [(5, "5/9")], [("2/9", "3/9")], ["5/9"], 2),
        ([("3/9", "2/9")], [], [], ["3/9"], 1),
    ],
)  # fmt: skip
def test_requests_told_twice_are_counted_once(listed: Any, walked: Any, answered: Any, waiting: Any, requests: int):
    pauses = told([version(1, 4, supplements=listed)], [step(*one) for one in walked]).pauses
    assert pauses.answered == tuple((at(one), at(two)) for one, two in answered)
    assert pauses.open == tuple(at(one) for one in waiting)
    assert pauses.requests == requests


def test_versions_tell_of_a_request_only_where_nothing_else_does():
    versions = [version(1, 4), version(2, 5), version(3, 4)]
    assert told(versions).pauses.answered == ((at("2/10"), at("3/10")),)
    assert told(versions, [step(5, "2/9"), step(4, "3/9")]).pauses.answered == ((at("2/9"), at("3/9")),)


def test_what_was_recorded_later_is_not_known_before():
    versions = [version(1, 4), version(2, 9, finished_at="3/9")]
    assert history(versions, [], before=at("1/10")) is None
    earlier = history(versions, [], before=at("2/10"))
    assert earlier is not None
    assert earlier.record.status == 4


def test_a_backfill_received_on_one_day_moves_nothing_backwards():
    versions = [
        version(1, 4, recorded_at="20/11"),
        version(2, 10, recorded_at="20/11", finished_at="3/9", returned_at="4/9"),
    ]
    assert settled(versions).end == at("3/9")
    assert told(versions).findings == ()


STATUSES = st.sampled_from([2, 4, 5, 6, 8, 9, 10])
MOMENTS = st.integers(0, 60 * 24 * 20).map(lambda minutes: at("1/9") + dt.timedelta(minutes=minutes))
STEPS = st.lists(st.tuples(STATUSES, MOMENTS), max_size=6)
VERSIONS = st.lists(
    st.tuples(st.sampled_from([None, 1, 2, 3, 4, 5, 7, 8, 9, 10]), st.none() | MOMENTS, st.none() | MOMENTS),
    min_size=1,
    max_size=4,
)


def made(rows: Any, walked: Any) -> tuple[list[Version], list[Step]]:
    versions = [
        version(number, status, due_at=due, finished_at=finished, status_raw="" if status else "x")
        for number, (status, due, finished) in enumerate(rows, 1)
    ]
    return versions, [
        step(status, None) if when is None else _step(status, when, place)
        for place, (status, when) in enumerate(walked)
    ]


def _step(status: int, when: dt.datetime, place: int) -> Step:
    return Step("H99.101-260901-0001", at("1/10"), place, when, status, "")


@given(VERSIONS, STEPS, st.randoms(use_true_random=False))
def test_in_whatever_order_rows_are_read_and_steps_arrive_the_outcome_is_the_same(
    rows: Any, walked: Any, chance: random.Random
):
    versions, steps = made(rows, walked)
    first = settled(versions, steps)
    chance.shuffle(versions)
    arrival = [
        Step(one.dossier_key, at(f"{chance.randrange(1, 9)}/10"), place, one.at, one.status, "")
        for place, one in enumerate(steps)
    ]
    chance.shuffle(arrival)
    second = settled(versions, [*arrival, *arrival])
    assert (first.outcome, first.end, first.late_from, first.measures, first.codes) == (
        second.outcome,
        second.end,
        second.late_from,
        second.measures,
        second.codes,
    )


@given(MOMENTS, st.lists(MOMENTS, max_size=4, unique=True), MOMENTS)
def test_a_request_that_nobody_answered_never_makes_a_finished_dossier_better(
    finished: dt.datetime, moments: list[dt.datetime], asked: dt.datetime
):
    ordered = sorted(moments)
    answered = tuple(zip(ordered[::2], ordered[1::2], strict=False))
    base = version(1, 9, finished_at=finished)
    before = replace(
        base, supplement_from=tuple(one for one, _ in answered), supplement_to=tuple(two for _, two in answered)
    )
    late = max([asked, *(two for _, two in answered)])
    after = replace(
        before, supplement_from=(*before.supplement_from, late), supplement_to=(*before.supplement_to, None)
    )
    assert (settled([before]).outcome, settled([after]).outcome) != ("late", "on_time")


@given(VERSIONS, STEPS)
def test_it_is_either_settled_or_open_and_on_the_books_once(rows: Any, walked: Any):
    one = settled(*made(rows, walked))
    assert (one.outcome == "not_counted") == (one.accepted_day is None)
    assert one.late_from is None or one.outcome == "open"
    assert one.working_minutes is None or one.working_minutes >= 0

"""Each rule of the portal at its edges: end, pauses, due dates, channel, fee, result."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.dossiers.measures import unpack
from parindex.dossiers.portal_rules import Settled, settle
from parindex.dossiers.procedures import Procedure
from parindex.dossiers.rules import PROVENANCE, SWITCHES, portal_766, read_rules
from parindex.dossiers.work_calendar import shipped_calendar
from parindex.engine.period import VIETNAM
from parindex.errors import Invalid
from support.dossiers import at, settled, step, told, version


def day(text: str) -> dt.date:
    return at(text).date()


def has(one: Settled, name: str) -> bool:
    return name in unpack(one.measures)


@pytest.mark.parametrize(("finished", "outcome"), [("4/9 17:00", "on_time"), ("4/9 17:01", "late"), ("3/9", "on_time")])
def test_a_dossier_is_on_time_up_to_the_minute_of_its_due_date(finished: str, outcome: str):
    assert settled([version(1, 9, finished_at=finished)]).outcome == outcome


def test_an_open_dossier_is_late_from_the_end_of_the_day_it_was_due():
    one = settled([version(1, 4)])
    assert (one.outcome, one.end, one.late_from) == ("open", None, day("4/9"))
    assert [one.late_on(day(last)) for last in ("3/9", "4/9")] == [False, True]


def test_a_due_date_at_midnight_is_kept_by_the_day_before():
    one = settled([version(1, 4, due_at="5/9 00:00")])
    assert (one.late_from, "due_without_time" in one.codes) == (day("5/9"), True)
    assert settled([version(1, 9, due_at="4/9 00:00", finished_at="4/9 10:00")]).outcome == "late"
    allowed = {"due_without_time": "end_of_day"}
    assert settled([version(1, 9, due_at="4/9 00:00", finished_at="4/9 23:59")], **allowed).outcome == "on_time"


def test_done_wins_over_returned():
    both = settled([version(1, 10, finished_at="4/9 16:00", returned_at="8/9")])
    assert (both.outcome, both.end) == ("on_time", at("4/9 16:00"))
    steps = [step(10, "8/9"), step(9, "4/9 16:00")]
    assert settled([version(1, 10, returned_at="8/9")], steps).end == at("4/9 16:00")


def test_without_done_the_handing_over_ends_it():
    one = settled([version(1, 10, returned_at="8/9")])
    assert (one.outcome, one.end) == ("late", at("8/9"))


@pytest.mark.parametrize("status", [3, 7, 8])
def test_a_stop_ends_an_accepted_dossier(status: int):
    one = settled([version(1, 2), version(2, status, refused_at="3/9", finished_at="3/9")])
    assert (one.outcome, one.end, one.working_minutes) == ("on_time", at("3/9"), None)
    assert has(one, "ended")
    assert not has(one, "timed")


def test_a_refusal_of_what_was_never_accepted_counts_nowhere():
    one = settled([version(1, 3, refused_at="3/9")])
    assert (one.outcome, one.accepted_day, one.measures) == ("not_counted", None, 0)


def test_a_result_after_a_stop_is_the_end():
    one = settled([version(1, 8, finished_at="3/9"), version(2, 9, finished_at="8/9")])
    assert (one.end, one.outcome) == (at("8/9"), "late")


def test_a_stop_that_was_resumed_is_no_end():
    steps = [step(8, "2/9"), step(4, "3/9")]
    assert settled([version(1, 4)], steps).outcome == "open"
    assert settled([version(1, 4)], steps, after_stop="end_stands").end == at("2/9")


def test_a_stop_and_work_at_one_instant_are_a_stop():
    assert settled([version(1, None)], [step(4, "2/9"), step(8, "2/9")]).end == at("2/9")


def test_a_dossier_that_was_opened_again_after_its_result_is_not_ended_by_an_older_stop():
    steps = [step(8, "2/9"), step(9, "3/9"), step(4, "4/9")]
    opened = {"after_finish": "open_again", "after_stop": "end_stands"}
    assert settled([version(1, None)], steps, **opened).outcome == "open"


def test_a_version_that_says_accepted_once_more_opens_it_when_it_was_received():
    versions, steps = [version(1, 9, finished_at="3/9"), version(2, 2)], [step(9, "3/9")]
    assert settled(versions, steps, after_finish="open_again").outcome == "open"
    assert settled(versions[:1], steps, after_finish="open_again").outcome == "on_time"


def test_one_request_that_nobody_answered_ends_the_clock():
    one = settled([version(1, 5, supplements=[("3/9", None)])])
    assert (one.outcome, one.end, one.late_from) == ("on_time", at("3/9"), None)
    assert not has(one, "ended")
    assert settled([version(1, 5, supplements=[("8/9", None)])]).outcome == "late"


def test_an_answered_request_lets_the_clock_go_on():
    one = settled([version(1, 4, supplements=[("2/9", "3/9")])])
    assert (one.outcome, one.late_from) == ("open", day("5/9"))
    assert settled([version(1, 4, supplements=[("2/9", "3/9")])], answered_supplement="ends").end == at("2/9")


def test_two_requests_without_a_result_are_late_even_before_the_due_date():
    one = settled([version(1, 5, supplements=[("1/9 09:00", "1/9 10:00"), ("2/9", None)])])
    assert (one.outcome, one.end, one.late_from) == ("late", None, None)
    assert "supplements_repeated" in one.codes
    for answered in ("2/9 09:00", None):
        many = [("1/9 09:00", "1/9 10:00"), ("2/9", answered)]
        assert settled([version(1, 4, supplements=many)], repeated_supplement="goes_on").outcome == "open"


def test_two_requests_before_a_result_are_only_taken_off():
    many = [("1/9 09:00", "1/9 10:00"), ("2/9", "3/9")]
    assert settled([version(1, 9, finished_at="5/9 18:00", supplements=many)]).outcome == "on_time"
    assert settled([version(1, 9, finished_at="5/9 18:01", supplements=many)]).outcome == "late"


def test_the_time_of_requests_is_taken_off_also_where_there_is_a_due_date_unless_the_switch_says_otherwise():
    late = version(1, 9, finished_at="5/9 16:00", supplements=[("2/9", "3/9")])
    assert settled([late]).outcome == "on_time"
    assert settled([late], supplement_time="kept").outcome == "late"


def test_a_request_that_was_never_answered_takes_nothing_off_a_result():
    one = settled([version(1, 9, finished_at="7/9", supplements=[("1/9 09:00", None)])])
    assert (one.outcome, "supplement_unanswered" in one.codes) == ("late", True)


def test_what_lies_after_the_end_is_not_taken_off():
    assert settled([version(1, 9, finished_at="5/9", supplements=[("6/9", "9/9")])]).outcome == "late"


@pytest.mark.parametrize(("finished", "outcome"), [("7/9 08:00", "on_time"), ("7/9 08:01", "late")])
def test_without_a_due_date_working_time_is_held_against_the_longest(finished: str, outcome: str):
    # Accepted on Tuesday 1 September 2026, a day off; 2 September too: three working days are 3, 4 and 7 September.
    one = settled([version(1, 9, due_at=None, finished_at="7/9 17:00")])
    assert (one.outcome, one.working_minutes, "due_missing" in one.codes) == ("on_time", 1440, True)
    half = [("3/9 07:00", "3/9 08:00")]
    moved = {"accepted_at": "3/9 07:00", "due_at": None, "procedure_base": "1.000002"}
    assert settled([version(1, 9, finished_at="4/9 08:00", supplements=half, **moved)]).outcome == "on_time"
    assert settled([version(1, 9, finished_at="4/9 08:01", supplements=half, **moved)]).outcome == "late"
    shifted = version(
        1, 9, due_at=None, finished_at=finished.replace("7/9", "8/9"), supplements=[("3/9 07:00", "3/9 08:00")]
    )
    assert settled([shifted]).outcome == outcome


def test_without_a_due_date_an_open_dossier_is_late_when_its_limit_is_exceeded_at_the_end_of_a_day():
    assert settled([version(1, 4, due_at=None)]).late_from == day("8/9")
    assert settled([version(1, 4, due_at=None, accepted_at="3/9 09:00")]).late_from == day("8/9")
    paused = version(1, 4, due_at=None, supplements=[("3/9 07:00", "4/9 17:00")])
    assert settled([paused]).late_from == day("10/9")
    hours = {"due_at": None, "procedure_base": "1.000002", "accepted_at": "3/9 09:00"}
    assert settled([version(1, 4, **hours)]).late_from == day("4/9")


def test_a_limit_in_calendar_days_ends_at_closing_time():
    given = {"due_at": None, "procedure_base": "1.000003", "accepted_at": "3/9 09:00"}
    assert settled([version(1, 9, finished_at="8/9 17:00", **given)]).outcome == "on_time"
    assert settled([version(1, 9, finished_at="8/9 17:01", **given)]).outcome == "late"
    assert settled([version(1, 4, **given)]).late_from == day("8/9")


def test_without_due_date_and_limit_it_is_on_time_and_says_so():
    one = settled([version(1, 4, due_at=None, procedure_base="")])
    assert (one.outcome, one.late_from, one.late_on(day("30/12"))) == ("open", None, False)
    assert {"limit_unknown", "procedure_unknown"} <= set(one.codes)
    assert settled([version(1, 9, due_at=None, procedure_base="", finished_at="30/9")]).outcome == "on_time"


def test_outside_the_calendar_nothing_is_guessed():
    one = settled([version(1, 9, due_at=None, accepted_at="1/9/2012", finished_at="3/9/2012")])
    assert (one.outcome, one.working_minutes, "calendar_missing" in one.codes) == ("on_time", None, True)
    assert not has(one, "timed")
    late = settled([version(1, 4, due_at=None, accepted_at="30/12/2026 09:00")])
    assert (late.outcome, late.late_from, "calendar_missing" in late.codes) == ("open", None, True)


def test_by_day_the_day_it_was_due_is_on_time_to_its_end():
    assert settled([version(1, 9, finished_at="4/9 23:00")], compare="day").outcome == "on_time"
    assert settled([version(1, 9, finished_at="5/9 00:00")], compare="day").outcome == "late"
    assert settled([version(1, 4)], compare="day").late_from == day("5/9")


def test_a_result_without_any_date_ends_when_it_was_received():
    one = settled([version(1, 9)])
    assert (one.end, "finished_without_end" in one.codes) == (at("1/10"), True)


def test_a_reopened_dossier_keeps_its_first_result_unless_the_switch_opens_it():
    versions = [version(1, 10, finished_at="3/9", returned_at="3/9"), version(2, 2)]
    one = settled(versions)
    assert (one.outcome, one.end, {"reopened", "backwards_move"} <= set(one.codes)) == ("on_time", at("3/9"), True)
    assert settled(versions, after_finish="open_again").outcome == "open"


def test_the_record_names_the_end_and_a_step_of_another_day_is_a_finding():
    versions, steps = [version(1, 9, finished_at="4/9 17:00")], [step(9, "8/9")]
    one = settled(versions, steps)
    assert (one.outcome, "end_differs_from_step" in one.codes) == ("on_time", True)
    assert settled(versions, steps, end_from="steps").outcome == "late"


def test_without_a_date_of_acceptance_it_counts_nowhere_and_says_so():
    one = settled([version(1, 4, accepted_at=None)])
    assert (one.accepted_day, one.outcome, "accepted_missing" in one.codes) == (None, "not_counted", True)


def test_it_belongs_to_the_local_day_of_its_acceptance():
    late_evening = dt.datetime(2026, 9, 30, 17, 30, tzinfo=dt.UTC)
    assert settled([version(1, 4, accepted_at=late_evening)]).accepted_day == day("1/10")


@pytest.mark.parametrize(
    ("channel", "electronic", "procedure", "expected"),
    [
        (2, 1, "1.000001", {"filed_online", "online", "result_due", "result_electronic"}),
        (2, 0, "1.000001", {"filed_online", "result_due"}),
        (2, None, "1.000002", {"filed_online", "online"}),
        (1, 1, "1.000001", {"result_due", "result_electronic"}),
        (None, 1, "1.000001", {"result_due", "result_electronic"}),
        (3, 0, "1.000001", {"postal", "result_due"}),
    ],
)
def test_online_counts_only_with_an_electronic_result_where_one_is_due(
    channel: int | None, electronic: int | None, procedure: str, expected: set[str]
):
    given = {"channel": channel, "results": electronic, "results_electronic": electronic, "procedure_base": procedure}
    one = settled([version(1, 4, fee_lines=1, fee_due=False, **given)])
    assert set(unpack(one.measures)) == expected


@pytest.mark.parametrize(
    ("procedure", "lines", "due", "payment", "expected", "code"),
    [
        ("1.000001", 2, True, 1, {"fee_due", "paid_online", "paid_on_portal"}, None),
        ("1.000001", 2, True, 2, {"fee_due", "paid_online"}, None),
        ("1.000001", 2, True, 3, {"fee_due"}, None),
        ("1.000001", 2, False, 1, set(), "paid_without_fee"),
        ("1.000001", None, None, None, {"fee_due"}, "fee_list_missing"),
        ("1.000001", 0, False, 0, {"fee_due"}, "fee_list_missing"),
        ("1.000002", 1, True, 3, set(), "fee_unexpected"),
        ("1.000003", 1, True, 1, {"fee_due", "paid_online", "paid_on_portal"}, None),
        ("1.000003", None, None, None, set(), None),
    ],
)
def test_obliged_is_who_has_a_fee_unless_every_line_costs_nothing(
    procedure: str, lines: int | None, due: bool | None, payment: int | None, expected: set[str], code: str | None
):
    one = settled([version(1, 4, procedure_base=procedure, fee_lines=lines, fee_due=due, payment=payment)])
    assert set(unpack(one.measures)) & {"fee_due", "paid_online", "paid_on_portal"} == expected
    if code:
        assert code in one.codes


def test_digitised_needs_the_electronic_result_and_reuse_is_either_mark():
    both = settled([version(1, 4, digitised=True, results=1, results_electronic=1)])
    assert (has(both, "digitised"), has(both, "reused")) == (True, True)
    alone = version(1, 4, digitised=True, results=1, results_electronic=0)
    assert not has(settled([alone]), "digitised")
    assert has(settled([alone], digitised_needs_result="paper_only"), "digitised")
    assert has(settled([version(1, 4, reused=True)]), "reused")
    assert not has(settled([version(1, 4, reused=True)], reused_by="digitised"), "reused")


ANY_TIME = st.none() | st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2200, 1, 1), timezones=st.just(VIETNAM))  # noqa: DTZ001
ANY_PROCEDURE = st.builds(
    Procedure,
    base_code=st.just("1.000001"),
    limit=st.none() | st.decimals(0, 10**9, places=2),
    limit_unit=st.sampled_from([None, "working_day", "calendar_day", "hour"]),
)


@given(
    st.lists(st.tuples(st.integers(1, 10), ANY_TIME, ANY_TIME, ANY_TIME, ANY_TIME), min_size=1, max_size=3),
    ANY_PROCEDURE,
)
def test_no_dossier_however_odd_stops_the_counting(rows: list[tuple[Any, ...]], procedure: Procedure):
    versions = [
        version(number, status, accepted_at=accepted, due_at=due, finished_at=finished, returned_at=returned)
        for number, (status, accepted, due, finished, returned) in enumerate(rows, 1)
    ]
    one = settle(told(versions), shipped_calendar(), {"1.000001": procedure}, portal_766())
    assert one.outcome in ("on_time", "late", "open", "not_counted")


def test_every_switch_is_declared_with_its_reason_and_the_labels_of_a_count_move_with_it():
    rules = portal_766()
    assert set(rules.reasons) == set(SWITCHES)
    assert {reason.provenance for reason in rules.reasons.values()} == set(PROVENANCE)
    assert rules.label == "portal-766@2026-1"
    assert settled([version()]).rules != settled([version()], compare="day").rules
    assert settled([version()]).rules != settled([version(1, 2, procedure_base="1.000002")]).rules


def test_a_rules_file_names_every_fault_at_once():
    with pytest.raises(Invalid) as refused:
        read_rules(
            "rules: x\nversion: 2026\nstatuses: {accepted: [12], source: a}\nswitches: {compare: {value: hour}}", "x"
        )
    codes = {finding.code for finding in refused.value.findings}
    assert {"status_range", "unknown_word", "missing"} <= codes

"""The invented afternoon: the same every time, inside the contract, and showing each of its mechanisms."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter

import pytest

from parindex.engine.period import VIETNAM
from parindex.local.afternoon import SILENT_UNIT, SMALL_UNIT, UNITS, Post, Withdraw, afternoon, day_of
from survey_ingest.check import check_item
from survey_ingest.item import Item

DAY = dt.date(2026, 11, 20)
STEPS = afternoon(DAY)
ITEMS = {item["response_id"]: item for step in STEPS if isinstance(step, Post) for item in step.items}


def value(item: dict) -> int:
    return item["answers"][0]["value"]


def test_the_same_day_and_seed_give_the_same_afternoon():
    assert afternoon(DAY) == STEPS
    assert afternoon(DAY, seed=1) != STEPS


def test_another_day_has_other_ids_so_that_nothing_is_answered_as_a_duplicate():
    other = {
        item["response_id"]
        for step in afternoon(dt.date(2026, 11, 19))
        if isinstance(step, Post)
        for item in step.items
    }
    assert other.isdisjoint(ITEMS)


def test_about_three_thousand_responses_of_which_about_97_in_100_are_favourable():
    assert 2500 <= len(ITEMS) <= 3500
    assert 0.95 <= sum(value(item) >= 4 for item in ITEMS.values()) / len(ITEMS) <= 0.985


def test_units_differ_so_that_there_is_something_to_rank():
    counts = Counter(item["unit_code"] for item in ITEMS.values())
    shares = {
        code: sum(value(item) >= 4 for item in ITEMS.values() if item["unit_code"] == code) / count
        for code, count in counts.items()
        if count > 40
    }
    assert max(shares.values()) - min(shares.values()) > 0.05


def test_every_answer_falls_between_one_and_five_in_the_afternoon_of_its_day():
    start, end = dt.datetime(2026, 11, 20, 13, tzinfo=VIETNAM), dt.datetime(2026, 11, 20, 17, tzinfo=VIETNAM)
    assert all(start <= dt.datetime.fromisoformat(item["answered_at"]) <= end for item in ITEMS.values())


def test_only_invented_units_speak_and_each_for_its_own_province():
    for step in STEPS:
        if isinstance(step, Post):
            assert {item["unit_code"].split(".")[0] for item in step.items} == {step.province}
    known = {code for codes in UNITS.values() for code in codes}
    assert {item["unit_code"] for item in ITEMS.values()} - known == {"H99.777"}
    assert known - {item["unit_code"] for item in ITEMS.values()} == {SILENT_UNIT}
    assert sum(item["unit_code"] == SMALL_UNIT for item in ITEMS.values()) == 3


def test_ids_and_batches_keep_the_contract():
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,64}", response_id) for response_id in ITEMS)
    assert all(1 <= len(step.items) <= 500 for step in STEPS if isinstance(step, Post))


def test_every_item_passes_the_check_of_the_contract_without_a_finding():
    found = [check_item(item) for item in ITEMS.values()]
    assert all(isinstance(item, Item) for item in found)
    assert {warning.code for item in found for warning in item.warnings} == set()


def test_repeats_a_correction_a_withdrawal_with_a_promotion_and_a_blind_retry_are_there():
    dossiers = Counter(item["dossier_code"] for item in ITEMS.values() if "replaces" not in item)
    assert sum(count == 2 for count in dossiers.values()) == 3
    corrections = [item for item in ITEMS.values() if "replaces" in item]
    assert [ITEMS[item["replaces"]]["dossier_code"] for item in corrections] == [
        item["dossier_code"] for item in corrections
    ]
    assert len(corrections) == 1
    withdrawals = [step for step in STEPS if isinstance(step, Withdraw)]
    assert {step.reason for step in withdrawals} == {"entered_in_error", "citizen_request"}
    promoted = next(step for step in withdrawals if step.reason == "entered_in_error")
    assert dossiers[ITEMS[promoted.response_id]["dossier_code"]] == 2
    posts = [step.items for step in STEPS if isinstance(step, Post)]
    assert sum(len(items) for items in posts) - len(ITEMS) == len(posts[0])


def test_what_is_withdrawn_was_posted_before():
    seen: set[str] = set()
    for step in STEPS:
        if isinstance(step, Post):
            seen |= {item["response_id"] for item in step.items}
        else:
            assert step.response_id in seen


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-20T09:59:00+00:00", dt.date(2026, 11, 19)),
        ("2026-11-20T10:00:00+00:00", dt.date(2026, 11, 20)),
        ("2026-11-20T18:00:00+00:00", dt.date(2026, 11, 20)),
        ("2026-12-01T01:00:00+00:00", dt.date(2026, 11, 30)),
    ],
)
def test_the_day_is_the_newest_whose_afternoon_is_over_in_vietnam(now, day):
    assert day_of(dt.datetime.fromisoformat(now)) == day

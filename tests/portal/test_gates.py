"""Tokens, breaker, pauses and marks: the parts that keep calls decent, by themselves."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking_worker.portal.asking import alike
from ranking_worker.portal.breaker import BreakerState
from ranking_worker.portal.mapper import DEFAULT
from ranking_worker.portal.outbox import GIVE_UP, next_try
from ranking_worker.portal.profiles import Breaker
from ranking_worker.portal.tokens import Token, TokenCache

NOON = dt.datetime(2026, 10, 1, 5, tzinfo=dt.UTC)
RULES = Breaker(5, dt.timedelta(minutes=15))


class Hand:
    """A clock that is set by hand."""

    def __init__(self):
        self.at = NOON

    def now(self):
        return self.at

    async def sleep(self, seconds):
        self.at += dt.timedelta(seconds=seconds)

    def draw(self):
        return 0.5


class Issuer:
    """Gives numbered tokens of a life in seconds, slowly."""

    def __init__(self, life):
        self.life = dt.timedelta(seconds=life)
        self.given = 0

    async def __call__(self):
        await asyncio.sleep(0)
        self.given += 1
        return Token(f"t{self.given}", self.life)


async def test_one_sign_in_serves_everybody_who_waits():
    issuer = Issuer(3600)
    cache = TokenCache(Hand(), issuer)
    assert set(await asyncio.gather(*(cache.get() for _ in range(20)))) == {"t1"}
    assert issuer.given == 1


async def test_a_token_is_left_alone_in_its_last_minute():
    clock, issuer = Hand(), Issuer(3600)
    cache = TokenCache(clock, issuer)
    await cache.get()
    clock.at = NOON + dt.timedelta(seconds=3539)
    assert await cache.get() == "t1"
    clock.at = NOON + dt.timedelta(seconds=3540)
    assert await cache.get() == "t2"


async def test_a_token_with_seconds_to_live_is_used_once_and_not_kept():
    issuer = Issuer(1)
    cache = TokenCache(Hand(), issuer)
    assert [await cache.get(), await cache.get()] == ["t1", "t2"]


async def test_a_refused_token_is_dropped_and_a_newer_one_stays():
    cache = TokenCache(Hand(), Issuer(3600))
    first = await cache.get()
    cache.drop(first)
    assert await cache.get() == "t2"
    cache.drop(first)
    assert await cache.get() == "t2"


def after(state, now, *, failed):
    return state.after(now, failed=failed, rules=RULES)


def test_the_breaker_opens_at_the_fifth_failure_in_a_row_and_no_sooner():
    state = BreakerState()
    for number in range(1, 6):
        state, turned = after(state, NOON, failed=True)
        assert turned == ("opened" if number == 5 else None)
    assert state.open_until == NOON + dt.timedelta(minutes=15)


def test_one_success_between_failures_starts_the_count_anew():
    state = BreakerState()
    for failed in (True, True, True, True, False, True, True, True, True):
        state, turned = after(state, NOON, failed=failed)
        assert turned is None


def test_the_trial_after_the_pause_closes_it_or_opens_it_again_for_the_whole_pause():
    opened = BreakerState(5, NOON)
    later = NOON + dt.timedelta(minutes=16)
    assert after(opened, later, failed=False) == (BreakerState(), "closed")
    again, turned = after(opened, later, failed=True)
    assert (again.open_until, turned) == (later + dt.timedelta(minutes=15), None)


@given(st.integers(0, 30), st.booleans())
def test_the_breaker_survives_being_kept(failures, is_open):
    state = BreakerState(failures, NOON if is_open else None)
    assert BreakerState.of(state.as_json()) == state


@given(st.integers(1, 40), st.integers(0, 30 * 3600), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_at_least_what_was_promised_and_nothing_is_tried_after_a_day(attempts, seconds, draw):
    now = NOON + dt.timedelta(seconds=seconds)
    at = next_try(attempts, NOON, now, draw)
    promised = dt.timedelta(minutes={1: 1, 2: 5, 3: 15}.get(attempts, 60))
    if at is None:
        assert now + promised * 1.1 - NOON > GIVE_UP
    else:
        assert promised <= at - now <= promised * 1.1
        assert at - NOON <= GIVE_UP


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ({"a": 1}, {"a": "1.0", "b": 2}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": [{"b": "x"}]}, {"a": [{"b": "x", "c": None}]}, True),
        ({"a": []}, {"a": None}, False),
        ({"a": "5"}, {"a": 5}, False),
        ({"a": 0}, {"a": False}, False),
        ({"a": 1}, {}, False),
        ({"a": 1}, None, False),
    ],
)
def test_their_record_is_ours_when_it_holds_every_field_of_ours(ours, theirs, same):
    assert alike(ours, theirs) is same


def test_a_time_is_written_in_vietnam_whatever_its_offset():
    assert DEFAULT.rating({"ThoiDiemDanhGia": "2026-09-30T17:30:00+00:00"}) == {"ThoiDiemDanhGia": "20261001003000"}

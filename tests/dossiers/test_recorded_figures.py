"""Recorded formulas reproduce: histories by rule and seed are settled, counted again independently, and scored by `qd766`.

Published: Phú Thọ, quarter 3 of 2026 (recorded answers of the portal's reporting API), counts and scores only. What the
portal counted them from is not published: the histories are synthetic, the counts are outcomes of settling them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest

from parindex.dossiers.figures import Petitions, gather, on_time_share
from parindex.dossiers.history import history
from parindex.dossiers.portal_rules import Settled, settle
from parindex.dossiers.rules import portal_766
from parindex.dossiers.sums import NAMES, Sums, added, sums_of
from parindex.dossiers.work_calendar import shipped_calendar
from support.dossier_lives import Life, lives, shares
from support.dossiers import PROCEDURES
from support.naive_dossiers import recount
from support.scored import points, scored

FIRST, LAST = dt.date(2026, 7, 1), dt.date(2026, 9, 30)
NO_PETITIONS = Petitions(0, 0, 0, 0, 0, 0, 0)


def settled(life: Life) -> Settled:
    told = history(life.versions, life.steps)
    assert told is not None
    return settle(told, shipped_calendar(), PROCEDURES, portal_766())


def counted(made: list[tuple[Life, int]], last: dt.date = LAST) -> Sums:
    """Sums of lives with their multiplicities, checked against the independent recount and what each was built for."""
    parts: list[Sums] = []
    for life, times in made:
        one = settled(life)
        sums = sums_of(one, last)
        naive = recount(life.versions, life.steps, PROCEDURES, last)
        assert (sums.all_on_time, sums.all_late) == (int(life.on_time), int(not life.on_time)), life.kind
        ours = {"n": sums.n, "ended": sums.ended, "on_time": sums.all_on_time, "late": sums.all_late}
        ours |= {
            name: getattr(sums, name)
            for name in ("online", "fee_due", "paid_online", "result_due", "result_electronic")
        }
        ours |= {name: getattr(sums, name) for name in ("digitised", "reused", "personal_storage", "population")}
        assert {name: value for name, value in ours.items() if value} == dict(naive), life.kind
        parts.append(Sums(**{name: getattr(sums, name) * times for name in NAMES}))
    return added(parts)


def made_up(
    on_time: int, total: int, *, seed: int, distinct: int | None = None, first: dt.date = FIRST, last: dt.date = LAST
) -> list[tuple[Life, int]]:
    """`distinct` lives of each outcome with multiplicities that sum to the totals; None: every dossier is a life of its own."""
    late = total - on_time
    if distinct is None:
        return [(life, 1) for life in lives(on_time, late, seed=seed, first=first, last=last)]
    some = list(lives(distinct, distinct, seed=seed, first=first, last=last))
    parts = {True: iter(shares(on_time, distinct)), False: iter(shares(late, distinct))}
    return [(life, next(parts[life.on_time])) for life in some]


def score(sums: Sums, petitions: Petitions, component: str) -> Decimal | None:
    figure = gather({"1.000001": sums}, PROCEDURES, petitions)[component]
    return points(scored("qd766", "2022-1", "province", {component: figure.input_json()}), component)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "total", "complained", "percent", "expected"),
    [(998, 1271, 4, "78.52", "5.23"), (4407, 4922, 11, "89.54", "5.97"), (2668, 2803, 2, "95.18", "6")],
)
def test_satisfaction_of_units_comes_out_of_each_dossiers_life(
    content: int, total: int, complained: int, percent: str, expected: str
):
    sums = counted(made_up(content + complained, total, seed=total))
    petitions = Petitions(0, 0, 0, 0, 0, 0, complained)
    figure = gather({"": sums}, {}, petitions)["dossier_receiving_satisfaction"]
    assert (figure.numerator, figure.denominator, figure.percent) == (content, total, Decimal(percent))
    assert score(sums, petitions, "dossier_receiving_satisfaction") == Decimal(expected)


def test_the_province_has_its_published_progress_and_satisfaction():
    """464,494 dossiers as 300 distinct lives of each outcome, each counted so often that the totals are the published ones."""
    sums = counted(made_up(403_016, 464_494, seed=766, distinct=300))
    assert (sums.n, sums.all_on_time) == (464_494, 403_016)
    assert score(sums, NO_PETITIONS, "progress_on_time") == Decimal("17.35")
    # 130 dossiers with a complaint or dislike: all that separates the portal's satisfaction from its progress.
    petitions = Petitions(499, 0, 0, 499, 300, 238, 130)
    figures = gather({"": sums}, {}, petitions)
    satisfaction = figures["dossier_receiving_satisfaction"]
    assert (satisfaction.numerator, satisfaction.percent) == (402_886, Decimal("86.74"))
    assert score(sums, petitions, "dossier_receiving_satisfaction") == Decimal("5.78")
    assert score(sums, petitions, "petition_processing_on_time") == Decimal("3.61")
    assert score(sums, petitions, "petition_handling_satisfaction") == Decimal("2.86")


def test_two_of_four_on_time_are_half_the_points():
    sums = counted(made_up(2, 4, seed=4))
    assert score(sums, NO_PETITIONS, "progress_on_time") == 10


def test_thai_nguyen_2017_is_reproduced_in_form_from_a_synthetic_set():
    """746,305 dossiers of which 98.6 % were on time is published without any inputs: the set here is made up by rule and seed."""
    year = (dt.date(2017, 1, 1), dt.date(2017, 12, 31))
    share = on_time_share(
        counted(made_up(735_857, 746_305, seed=2017, distinct=150, first=year[0], last=year[1]), year[1])
    )
    assert (share.received, share.percent) == (746_305, Decimal("98.6"))
    assert share.sentence_vi == "Tiếp nhận, giải quyết 746.305 hồ sơ, 98,6% đúng hạn."


def test_the_histories_hold_every_habit_they_are_meant_to():
    made = [life for life, _ in made_up(330, 540, seed=1)]
    assert len(Counter(life.kind for life in made)) == 18
    codes = {code for life in made for code in settled(life).codes}
    assert {
        "backwards_move",
        "reopened",
        "end_date_reset",
        "due_missing",
        "limit_unknown",
        "supplements_repeated",
    } <= codes

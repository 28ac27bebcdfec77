"""What the simulator generates: lives of dossiers, bodies of exporters, ratings with the habits of vendors."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from collections import Counter

import pytest

from portal.simulator import exports, histories, privacy, ratings
from portal.simulator.clock import VIETNAM
from portal.simulator.country import PROVINCES, Country
from portal.simulator.procedures import COUNT, procedures

FIRST, LAST = dt.date(2026, 7, 1), dt.date(2026, 9, 30)
END = dt.datetime(2026, 10, 1, tzinfo=VIETNAM)
ACCEPTED = {2, 4, 5, 6, 7, 8, 9, 10}
MOVES = {(1, 3), (2, 4), (4, 5), (5, 4), (4, 7), (4, 8), (4, 9), (4, 10), (9, 10), (10, 2)}


@pytest.fixture(scope="module")
def lives():
    return list(histories.histories(7, 3_000, on_time=2_601, first=FIRST, last=LAST, refused=40))


def judged(life):
    """The portal's rules, written again from their text: None for a dossier that was never accepted."""
    if not any(step.status in ACCEPTED for step in life.steps):
        return None
    ends = [[step.at for step in life.steps if step.status in kinds] for kinds in ({9}, {10}, {7, 8, 3})]
    end = next((found[0] for found in ends if found), None)
    asked = [number for number, step in enumerate(life.steps) if step.status == 5]
    if end is None and len(asked) > 1:
        return False
    if end is None and asked:
        end = life.steps[asked[0]].at
    stop = end or END
    pauses = [
        min(life.steps[number + 1].at, stop) - life.steps[number].at
        for number in asked
        if number + 1 < len(life.steps) and life.steps[number].at < stop
    ]
    worked_until = stop - sum(pauses, dt.timedelta())
    if life.due is not None:
        return worked_until <= life.due
    days = (life.received.date() + dt.timedelta(days=number) for number in range(1, 100))
    passed = sum(day.weekday() < 5 for day in days if day <= worked_until.date())
    return passed <= life.procedure.days


def test_verdicts_are_exact_and_agree_with_the_rules_written_again(lives):
    assert Counter(life.on_time for life in lives) == {True: 2_601, False: 399, None: 40}
    assert [life.code for life in lives if judged(life) is not life.on_time] == []


def test_every_rule_occurs_and_every_event_lies_inside_the_period(lives):
    assert {life.rule for life in lives} == {*histories.ON_TIME, *histories.LATE, histories.REFUSED}
    assert all(FIRST <= life.received.date() <= LAST for life in lives)
    assert max(step.at for life in lives for step in life.steps) < END


def test_statuses_move_as_the_state_machine_may(lives):
    moves = {(before.status, after.status) for life in lives for before, after in itertools.pairwise(life.steps)}
    assert moves == MOVES
    assert all(before.at < after.at for life in lives for before, after in itertools.pairwise(life.steps))


def test_codes_are_unique_and_of_every_style(lives):
    codes = [life.code for life in lives]
    assert len(set(codes)) == len(codes)
    shapes = {re.sub(r"\d", "0", re.sub(r"H\d\d(\.\d+)?", "H", code)) for code in codes}
    assert len(shapes) >= 5


@pytest.mark.parametrize(("first", "last"), [("2026-08-01", "2026-08-31"), ("2026-01-01", "2026-12-31")])
def test_other_periods_are_as_exact(first, last):
    first, last = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    found = list(histories.histories(3, 400, on_time=123, first=first, last=last))
    assert sum(life.on_time for life in found) == 123
    assert max(step.at for life in found for step in life.steps).date() <= last


def test_the_same_seed_gives_the_same_bodies():
    assert exports.dossier_bodies(4, 5, "TD") == exports.dossier_bodies(4, 5, "TD")
    assert exports.dossier_bodies(4, 5, "TD") != exports.dossier_bodies(5, 5, "TD")


@pytest.mark.parametrize("system", ["OCPS", "TD", "HG"])
def test_a_dossier_is_added_before_it_is_updated(system):
    known = set()
    for sent in exports.dossier_calls(1, 20, system):
        if sent.service != "DongBoHoSoMC":
            continue
        updating = sent.query["isUpdating"] if system == "HG" else sent.body["isUpdating"]
        (record,) = sent.body if system == "HG" else sent.body["data"]
        assert updating == str(record["MaHoSo"] in known)
        known.add(record["MaHoSo"])
    assert len(known) == 20


def test_systems_keep_their_habits():
    ocps = exports.dossier_bodies(1, 30, "OCPS")
    record = ocps[0]["data"][0]
    assert "KenhThucHien" not in record
    assert record["Fax"] == record["SoDienThoai"]
    assert {len(body["data"]) for body in ocps} == {1}
    td = exports.dossier_bodies(1, 60, "TD")
    records = [body["data"][0] for body in td if body["service"] == "DongBoHoSoMC"]
    assert {record["NoiNopHoSo"] for record in records} == {"2"}
    assert exports.DUMMY in {record["SoGiayToChuHoSo"] for record in records}
    assert {file["IsDeleted"] for record in records for file in record["TaiLieuNop"]} == {"False"}
    assert {len(identity["SoDinhDanh"]) for record in records for identity in record["DinhDanhCHS"]} == {9, 12}
    progress = [body["data"] for body in td if body["service"] == "CapNhatTienDoHoSoMC"]
    assert max(map(len, progress)) <= 10
    assert progress[0][0]["NoiDungXuLy"] == "Tiếp nhận hồ sơ"
    assert all(isinstance(body, list) for body in exports.dossier_bodies(1, 5, "HG"))


def test_what_is_personal_is_known_and_marked_as_invented():
    bodies = exports.dossier_bodies(1, 30, "TD")
    values = exports.personal_values(bodies)
    assert any("@vi-du.example" in value for value in values)
    assert any(re.fullmatch(r"099\d{9}", value) for value in values)
    assert any("Mô Phỏng" in value for value in values)


def test_ends_and_due_dates_are_put_back_afterwards(lives):
    life = next(life for life in lives if life.rule == "finished_late")
    before = exports.dossier_calls(7, 1, "TD", lives=[life])
    record = [sent for sent in before if sent.service == "DongBoHoSoMC"][-1].body["data"][0]
    back = exports.end_put_back(7, life).body["data"][0]
    assert record["NgayKetThucXuLy"] > record["NgayHenTra"] == back["NgayKetThucXuLy"]
    forward = exports.due_put_forward(7, life).body["data"][0]
    assert forward["NgayHenTra"] > record["NgayKetThucXuLy"]


def test_ratings_are_mostly_favourable_and_have_every_habit():
    found = list(ratings.ratings(1, 4_000))
    assert 0.96 < sum(rating.level > 2 for rating in found) / len(found) < 0.98
    assert {habit for rating in found for habit in rating.habits} == set(ratings.SHARES)
    plain = [rating for rating in found if not rating.habits]
    assert {rating.body["MucDoHaiLong"] for rating in plain} == set(ratings.WORDS.values())
    decomposed = next(rating for rating in found if "nfd" in rating.habits and "defaulted_to_best" not in rating.habits)
    assert decomposed.body["MucDoHaiLong"] != ratings.WORDS[decomposed.level]
    assert unicodedata.normalize("NFC", decomposed.body["MucDoHaiLong"]) == ratings.WORDS[decomposed.level]


def test_a_dossier_rated_three_times_is_three_sheets():
    found = list(ratings.ratings(1, 5, shares={"rated_three_times": 1}))
    assert len(found) == 15
    assert len({rating.body["MaPhieu"] for rating in found}) == 15
    assert len({rating.body["MaHoSo"] for rating in found}) == 5


def test_a_rating_sent_again_is_the_same_sheet():
    first, second = itertools.islice(ratings.ratings(1, 1, shares={"sent_again": 1}), 2)
    assert first == second


def test_the_country_has_its_34_provinces_in_their_sizes():
    country = Country(1, small=False)
    assert len(PROVINCES) == 34
    for code in PROVINCES:
        kinds = Counter(agency.kind for agency in country.children(code, LAST))
        assert 12 <= kinds["PROVINCIAL_DEPARTMENT"] <= 31
        assert 39 <= kinds["COMMUNE_PEOPLE_COMMITTEE"] <= 169


def test_procedures_have_national_and_both_local_code_styles():
    found = procedures(1, small=False)
    codes = [procedure.code for procedure in found]
    assert len(set(codes)) == COUNT == 5_741
    for pattern in (
        r"[12]\.\d{6}",
        r"[12]\.\d{6}\.000\.00\.00\.H\d\d",
        r"2\.\d{6}\.H\d\d",
        r"3\.\d{6}\.000\.00\.00\.H\d\d",
        r"TS_lop.*",
    ):
        assert any(re.fullmatch(pattern, code) for code in codes), pattern


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("số 0912 345 678", "phone"),
        ("gọi +84912345678", "phone"),
        ("CCCD 079123456789", "cccd"),
        ("０７９１２３４５６７８９", "cccd"),
        ("cũ 123456789", "cmnd"),
        ("thư a.b@vi-du.vn", "email"),
    ],
)
def test_the_tap_sees_persons_in_any_spelling(text, what):
    hits = privacy.hits(f'{{"data":[{{"GhiChu":"{text}"}}]}}'.encode(), {}, {})
    assert hits == [{"where": ".data[0].GhiChu", "what": what}]


@pytest.mark.parametrize(
    "text",
    [
        "H44.07-260921-0042", "G09.20-20260609-0092637", "20260921081530", "2026-10-01T00:00:00.000+0700", "464494",
        "5b0f3c52-9d5e-5f0a-8a52-012345678901", "1.000894.000.00.00.H56", "000.17.22.H56-210531-0001",
    ],
)  # fmt: skip
def test_the_tap_lets_codes_and_times_pass(text):
    assert privacy.hits(f'{{"MaHoSo":"{text}"}}'.encode(), {}, {}) == []


def test_the_tap_sees_fields_that_are_there_for_a_person():
    hits = privacy.hits(b'{"data":[{"ChuHoSo":"A","Email":"","DanhSachTraLoi":[{"YKien":"x"}]}]}', {}, {})
    assert [hit["where"] for hit in hits] == [".data[0].ChuHoSo", ".data[0].DanhSachTraLoi[0].YKien"]

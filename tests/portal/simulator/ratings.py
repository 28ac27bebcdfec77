"""Ratings as vendors send them: about 97 % favourable, and the habits of integration facts 3.2, each named on its rating.

Rendered as sheets of the one-stop dialect (facts A.3). `shares` tells how often a habit occurs; by default most ratings
have none. What a rating truly says stands beside the body, so that a test needs no second reader.
"""

from __future__ import annotations

import datetime as dt
import random
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .clock import VIETNAM
from .country import Country

WORDS = {5: "RẤT HÀI LÒNG", 4: "HÀI LÒNG", 2: "KHÔNG HÀI LÒNG"}
SHARES = {
    "nfd": 0.05, "trailing_blank": 0.05, "other_word": 0.02, "defaulted_to_best": 0.03, "rated_three_times": 0.01,
    "iso_z": 0.05, "iso_blank": 0.03, "day_first": 0.02, "utc_without_z": 0.01, "twelve_hour": 0.01, "sentinel": 0.005,
    "number_as_text": 0.10, "boolean_as_text": 0.05, "sent_again": 0.02, "by_official": 0.10, "kiosk_offline": 0.02,
}  # fmt: skip
"""Habit -> share of ratings. The three habits of the word exclude each other, and so do those of the time."""
OF_THE_WORD = ("nfd", "trailing_blank", "other_word")
OF_THE_TIME = ("iso_z", "iso_blank", "day_first", "utc_without_z", "twelve_hour", "sentinel")
UNFAVOURABLE = 0.03


@dataclass(frozen=True)
class Rating:
    """One sheet. `level` 5, 4 or 2 is what was pressed, `at` when; `habits` what is odd about the body."""

    body: dict[str, Any]
    level: int
    at: dt.datetime
    habits: tuple[str, ...] = field(default=())


def ratings(
    seed: int, count: int, *, province: str = "H44", first: dt.date = dt.date(2026, 9, 1), days: int = 30,
    shares: Mapping[str, float] = SHARES, small: bool = True,
) -> Iterator[Rating]:  # fmt: skip
    """At least `count` ratings (a dossier rated three times and one sent again are more), by seed."""
    draw = random.Random(f"{seed}/ratings/{province}/{first}")
    agencies = [agency.code for agency in Country(seed, small=small).children(province, first)]
    for number in range(count):
        habits = _habits(draw, shares)
        at = dt.datetime(first.year, first.month, first.day, 7, tzinfo=VIETNAM) + dt.timedelta(
            days=draw.randrange(days), minutes=draw.randrange(0, 600), seconds=draw.randrange(60)
        )
        code = draw.choice(agencies)
        level = 2 if draw.random() < UNFAVOURABLE else draw.choices((5, 4), (7, 3))[0]
        rating = Rating(_body(draw, number, code, level, at, habits), level, at, habits)
        yield rating
        if "sent_again" in habits:
            yield rating
        if "rated_three_times" in habits:
            yield from _further(rating)


def _habits(draw: random.Random, shares: Mapping[str, float]) -> tuple[str, ...]:
    found = [name for name, share in shares.items() if draw.random() < share]
    for group in (OF_THE_WORD, OF_THE_TIME):
        for extra in [name for name in found if name in group][1:]:
            found.remove(extra)
    return tuple(found)


def _body(
    draw: random.Random, number: int, code: str, level: int, at: dt.datetime, habits: tuple[str, ...]
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "MaPhieu": f"KIOSK-{number:06d}",
        "MaDonVi": code,
        "MaHoSo": f"{code}-{at:%y%m%d}-{number:06d}",
        "GiaiDoan": "3",
        "KenhThuThap": 1,
        "CheDo": 2 if "by_official" in habits else 1,
        "MaBoCauHoi": "KIOSK3",
        "PhienBan": "1",
        "MucDoHaiLong": _word(level, habits),
        "ThoiDiemDanhGia": _time(at, habits),
        "ThongBaoDuLieu": {"PhienBan": "1", "DaHienThi": "True" if "boolean_as_text" in habits else True},
    }
    if "number_as_text" in habits:
        body["KenhThuThap"] = str(body["KenhThuThap"])
        body["CheDo"] = str(body["CheDo"])
    if "kiosk_offline" in habits:
        body["ThoiDiemGui"] = f"{at + dt.timedelta(days=draw.randint(1, 20)):%Y%m%d%H%M%S}"
    if "defaulted_to_best" in habits:
        return _nine_indices(draw, body, level)
    return body


def _nine_indices(draw: random.Random, body: dict[str, Any], level: int) -> dict[str, Any]:
    """The sheet of TT 01/2018: what nobody answered is set to 2, and marked as an exporter that tells the truth marks it."""
    answers = [{"MaCauHoi": str(number), "GiaTri": "2", "TuDong": "True"} for number in range(1, 10)]
    answers[6] = {"MaCauHoi": "7", "GiaTri": draw.choice(("2", "1")), "TuDong": "False"}
    return {
        **body,
        "MaPhieu": f"{body['MaPhieu']}-9",
        "MaBoCauHoi": "TT01-2018",
        "DanhSachTraLoi": answers,
        "MucDoHaiLong": str(level),
    }


def _further(rating: Rating) -> Iterator[Rating]:
    """The same dossier at the counter and on the sheet of nine indices: other stages, other instruments, not duplicates."""
    draw = random.Random(str(rating.body["MaPhieu"]))
    earlier = rating.at - dt.timedelta(days=1)
    first = {
        **rating.body,
        "MaPhieu": f"{rating.body['MaPhieu']}-1",
        "GiaiDoan": "1",
        "ThoiDiemDanhGia": f"{earlier:%Y%m%d%H%M%S}",
    }
    yield Rating(first, rating.level, earlier, rating.habits)
    sheet = {**rating.body, "GiaiDoan": "4"}
    sheet["MaPhieu"] = f"{rating.body['MaPhieu']}-4"
    yield Rating(_nine_indices(draw, sheet, rating.level), rating.level, rating.at, rating.habits)


def _word(level: int, habits: tuple[str, ...]) -> str:
    word = WORDS[level]
    if "nfd" in habits:
        return unicodedata.normalize("NFD", word)
    if "trailing_blank" in habits:
        return f"{word} "
    if "other_word" in habits:
        return "Chưa hài lòng" if level == 2 else word.capitalize()
    return word


def _time(at: dt.datetime, habits: tuple[str, ...]) -> str:
    utc = at.astimezone(dt.UTC)
    if "iso_z" in habits:
        return f"{utc:%Y-%m-%dT%H:%M:%S}.000Z"
    if "iso_blank" in habits:
        return f"{at:%Y-%m-%d %H:%M:%S}"
    if "day_first" in habits:
        return f"{at:%d/%m/%Y %H:%M:%S}"
    if "utc_without_z" in habits:  # seven hours early, and nothing in the text says so
        return f"{utc:%Y-%m-%dT%H:%M:%S}.329"
    if "twelve_hour" in habits:  # yyyyMMddhhmmss: the afternoon becomes the night
        return f"{at:%Y%m%d%I%M%S}"
    if "sentinel" in habits:
        return "0000-00-00T00:00:00.000+0700"
    return f"{at:%Y%m%d%H%M%S}"

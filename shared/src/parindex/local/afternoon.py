"""An invented afternoon at the counters of two invented provinces: by rule and seed, so that it can be posted again.

Pure: the same day and seed give the same items under the same ids, so a replay is answered `duplicate` and doubles
nothing. About 97 of 100 answers are favourable, less at some units; a few repeats, a correction, a withdrawal, an
unknown unit code and a blindly retried batch show each mechanism of the contract. Realm `synthetic` only.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from parindex.engine.period import VIETNAM

SEED = 766
OPENS, CLOSES = 13, 17
BATCH = 50
INSTRUMENT, VERSION = "KIOSK3", "1"
VERY_SATISFIED, SATISFIED, NOT_SATISFIED = 5, 4, 2

UNITS = {
    "H99": [f"H99.{number:02d}" for number in range(1, 9)] + [f"H99.{number}" for number in range(101, 125)],
    "H98": [f"H98.{number:02d}" for number in range(1, 5)] + [f"H98.{number}" for number in range(101, 109)],
}
"""Province (= sending system) -> unit codes of its departments and communes, as the shipped register invents them."""

SILENT_UNIT, SMALL_UNIT = "H99.123", "H99.124"
"""One commune sends nothing and one sends three responses: missing and protected figures can be seen, too."""


@dataclass(frozen=True, slots=True)
class Post:
    """One batch of one sending system, with the local time that it brings the afternoon to."""

    province: str
    clock: dt.datetime
    items: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A withdrawal of one response, with its reason."""

    province: str
    clock: dt.datetime
    response_id: str
    reason: str


Step = Post | Withdraw


def day_of(now: dt.datetime) -> dt.date:
    """The newest local day whose afternoon is over at the instant `now`."""
    local = now.astimezone(VIETNAM)
    return local.date() if local.hour >= CLOSES else local.date() - dt.timedelta(days=1)


def afternoon(day: dt.date, seed: int = SEED) -> list[Step]:
    """Every step of the afternoon in the order of its clock. Withdrawals come last, after what they withdraw."""
    random = Random(f"{seed}/{day}")  # noqa: S311 (invented figures, reproducible on purpose)
    items: dict[str, list[dict[str, Any]]] = {
        province: _ratings(codes, day, random) for province, codes in UNITS.items()
    }
    special = _special_items(items["H99"], day)
    items["H99"] = sorted([*items["H99"], *special], key=_answered_at)
    steps: list[Step] = []
    for province, of_province in items.items():
        for start in range(0, len(of_province), BATCH):
            batch = of_province[start : start + BATCH]
            steps.append(Post(province, dt.datetime.fromisoformat(batch[-1]["answered_at"]), batch))
    steps.sort(key=lambda step: step.clock)
    end = steps[-1].clock
    first = steps[0]
    assert isinstance(first, Post), "only posts so far"
    steps.append(replace(first, clock=end))
    repeated = special[0]["response_id"].removesuffix("-again")
    withdrawn = next(item["response_id"] for item in items["H99"] if item["unit_code"] == "H99.03")
    steps.append(Withdraw("H99", end, repeated, "entered_in_error"))
    steps.append(Withdraw("H99", end, withdrawn, "citizen_request"))
    return steps


def _answered_at(item: dict[str, Any]) -> str:
    return str(item["answered_at"])


def _ratings(codes: list[str], day: dt.date, random: Random) -> list[dict[str, Any]]:
    items = []
    for code in codes:
        favourable = random.triangular(0.91, 0.999, 0.985)
        delighted = random.uniform(0.35, 0.75)
        count = {SILENT_UNIT: 0, SMALL_UNIT: 3}.get(code, random.randint(45, 95))
        seconds = sorted(random.randrange((CLOSES - OPENS) * 3600) for _ in range(count))
        for number, second in enumerate(seconds, start=1):
            if random.random() < favourable:
                value = VERY_SATISFIED if random.random() < delighted else SATISFIED
            else:
                value = NOT_SATISFIED
            items.append(_item(code, day, number, second, value, random))
    return sorted(items, key=_answered_at)


def _item(code: str, day: dt.date, number: int, second: int, value: int, random: Random) -> dict[str, Any]:
    at = dt.datetime(day.year, day.month, day.day, OPENS, tzinfo=VIETNAM) + dt.timedelta(seconds=second)
    return {
        "response_id": f"{code}-{day:%y%m%d}-{number:04d}",
        "unit_code": code,
        "instrument": INSTRUMENT,
        "instrument_version": VERSION,
        "answered_at": at.isoformat(),
        "stage": "result",
        "collected_via": random.choices(["kiosk", "qr"], [4, 1])[0],
        "mode": random.choices(["self", "assisted"], [9, 1])[0],
        "answers": [{"item": "overall", "value": value}],
        "dossier_code": f"{code}-{day:%y%m%d}-{number:04d}",
        "service_channel": random.choices(["direct", "online", "postal"], [6, 3, 1])[0],
        "respondent_kind": random.choices(["citizen", "business"], [9, 1])[0],
        "device_id": f"kiosk-{code}",
        "device_seq": number,
        "counter_id": f"Q{1 + number % 3}",
        "privacy_notice": {"version": "1", "shown": True},
    }


def _special_items(items: list[dict[str, Any]], day: dt.date) -> list[dict[str, Any]]:
    """Three second ratings of rated dossiers (the first one's original is withdrawn later), a correction, an unknown unit."""
    department = [item for item in items if item["unit_code"] == "H99.02"]
    closing = dt.datetime(day.year, day.month, day.day, CLOSES, tzinfo=VIETNAM)

    def later(original: dict[str, Any], suffix: str, minutes: int, **changes: Any) -> dict[str, Any]:
        kept = {name: value for name, value in original.items() if name not in {"device_id", "device_seq"}}
        at = (closing - dt.timedelta(minutes=minutes)).isoformat()
        return {**kept, "response_id": f"{original['response_id']}-{suffix}", "answered_at": at, **changes}

    return [
        *(later(original, "again", 12 - index) for index, original in enumerate(department[:3])),
        later(
            department[4],
            "corrected",
            5,
            replaces=department[4]["response_id"],
            answers=[{"item": "overall", "value": VERY_SATISFIED}],
        ),
        later(department[5], "unknown-unit", 4, unit_code="H99.777", dossier_code=f"H99.777-{day:%y%m%d}-0001"),
    ]

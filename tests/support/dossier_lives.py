"""Lives of dossiers by rule and seed: each kind is built to end on time or late, by construction and not by the product.

Vendors' habits are in them: pauses told by the record, by steps or by both, reopenings, dates put back, missing due dates,
backwards moves, requests for papers answered or not.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from parindex.dossiers.records import Step, Version
from parindex.engine.period import VIETNAM

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
PROCEDURES = ("1.000001", "1.000002")
"""Of tests/support/dossiers.py: three working days with fee and result, eight hours without either."""


@dataclass
class Life:
    """One dossier's versions and steps, and whether it was built to be on time when judged at `judged_on`."""

    kind: str
    on_time: bool
    versions: list[Version]
    steps: list[Step] = field(default_factory=list)


class _Maker:
    """Makes lives accepted within a period."""

    def __init__(self, seed: int, first: dt.date, last: dt.date, unit_ids: tuple[int, ...]) -> None:
        self.chance = random.Random(seed)
        self.first, self.last, self.unit_ids = first, last, unit_ids
        self.number = 0
        self.kinds: dict[bool, list[Callable[[], Life]]] = {
            True: [self.prompt, self.paused, self.running, self.asked_in_time, self.reopened, self.no_due_quick, self.no_limit,
                   self.stopped, self.backwards, self.put_back, self.done_by_step],
            False: [self.overdue, self.standing, self.asked_twice, self.asked_late, self.no_due_slow, self.paused_too_little,
                    self.handed_over_late],
        }  # fmt: skip

    def _begin(self, *, latest: int = 20) -> tuple[dt.datetime, dt.datetime]:
        """Acceptance on some morning, and a due date 5 to 9 days later; both well inside the period."""
        days = (self.last - self.first).days - latest
        day = self.first + self.chance.randrange(days) * DAY
        accepted = dt.datetime(day.year, day.month, day.day, 8, self.chance.randrange(60), tzinfo=VIETNAM)
        return accepted, (accepted + self.chance.randrange(5, 10) * DAY).replace(hour=17, minute=0)

    def _life(
        self,
        kind: str,
        *,
        on_time: bool,
        versions: list[dict[str, Any]],
        steps: tuple[tuple[int, dt.datetime], ...] = (),
    ) -> Life:
        self.number += 1
        key = f"H99.101-{self.first:%y%m%d}-{self.number:06d}"
        chance = self.chance
        common = {
            "dossier_key": key,
            "unit_id": chance.choice(self.unit_ids),
            "procedure_base": chance.choice(PROCEDURES),
            "channel": chance.choice((None, 1, 1, 2, 2, 3)),
            "applicant": chance.choice(("citizen", "business")),
            "fee_lines": chance.choice((None, 1)),
            "digitised": chance.random() < 0.4,
            "reused": chance.choice((None, True, False)),
            "personal_storage": False,
            "population": chance.random() < 0.5,
            "payment": chance.choice((None, 1, 2, 3)),
        }  # fmt: skip
        common["fee_due"] = None if common["fee_lines"] is None else chance.random() < 0.8
        common["results"] = chance.choice((0, 1))
        common["results_electronic"] = common["results"] and chance.choice((0, 1))
        recorded = versions[0]["accepted_at"] + HOUR
        made = [
            Version(version_no=number, recorded_at=recorded + number * HOUR, **{**common, **given})
            for number, given in enumerate(versions, 1)
        ]
        walked = [Step(key, recorded + 2 * HOUR, place, at, status) for place, (status, at) in enumerate(steps)]
        return Life(kind, on_time, made, walked)

    def prompt(self) -> Life:
        accepted, due = self._begin()
        given = {"accepted_at": accepted, "due_at": due}
        done = {**given, "status": 9, "finished_at": due - self.chance.randrange(0, 48) * HOUR}
        return self._life("prompt", on_time=True, versions=[{**given, "status": 2}, done])

    def paused(self) -> Life:
        accepted, due = self._begin()
        asked, days = accepted + DAY, self.chance.randrange(2, 6)
        answered, finished = asked + days * DAY, due + (days - 1) * DAY
        given: dict[str, Any] = {"accepted_at": accepted, "due_at": due, "status": 9, "finished_at": finished}
        steps: tuple[tuple[int, dt.datetime], ...] = (
            (2, accepted),
            (4, accepted + HOUR),
            (5, asked),
            (4, answered),
            (9, finished),
        )
        told = self.chance.randrange(3)
        if told:
            given |= {"supplement_from": (asked,), "supplement_to": (answered,)}
        return self._life("paused", on_time=True, versions=[given], steps=() if told == 1 else steps)

    def running(self) -> Life:
        accepted, _ = self._begin()
        due = dt.datetime.combine(self.last + self.chance.randrange(1, 9) * DAY, dt.time(17), VIETNAM)
        return self._life("running", on_time=True, versions=[{"accepted_at": accepted, "due_at": due, "status": 4}])

    def asked_in_time(self) -> Life:
        accepted, due = self._begin()
        given = {
            "accepted_at": accepted,
            "due_at": due,
            "status": 5,
            "supplement_from": (accepted + DAY,),
            "supplement_to": (None,),
        }
        steps = ((5, accepted + DAY),) if self.chance.random() < 0.5 else ()
        return self._life("asked_in_time", on_time=True, versions=[given], steps=steps)

    def reopened(self) -> Life:
        accepted, due = self._begin()
        given = {"accepted_at": accepted, "due_at": due}
        done = {**given, "status": 10, "finished_at": due - DAY, "returned_at": due + DAY}
        return self._life("reopened", on_time=True, versions=[done, {**given, "status": 2}])

    def no_due_quick(self) -> Life:
        accepted, _ = self._begin()
        given = {"accepted_at": accepted, "status": 9, "finished_at": accepted + 2 * HOUR}
        return self._life("no_due_quick", on_time=True, versions=[given])

    def no_limit(self) -> Life:
        accepted, _ = self._begin()
        given = {"accepted_at": accepted, "status": 4, "procedure_base": ""}
        return self._life("no_limit", on_time=True, versions=[given])

    def stopped(self) -> Life:
        accepted, due = self._begin()
        given = {"accepted_at": accepted, "due_at": due}
        end = {**given, "status": self.chance.choice((3, 7, 8)), "refused_at": due - DAY, "finished_at": due - DAY}
        return self._life("stopped", on_time=True, versions=[{**given, "status": 2}, end])

    def backwards(self) -> Life:
        accepted, due = self._begin()
        given = {"accepted_at": accepted, "due_at": due}
        versions = [{**given, "status": 4}, {**given, "status": 2}, {**given, "status": 9, "finished_at": due}]
        return self._life("backwards", on_time=True, versions=versions)

    def put_back(self) -> Life:
        accepted, due = self._begin()
        given = {"accepted_at": accepted, "due_at": due, "status": 9}
        versions = [{**given, "finished_at": due + 3 * DAY}, {**given, "finished_at": due}]
        return self._life("put_back", on_time=True, versions=versions)

    def done_by_step(self) -> Life:
        accepted, due = self._begin()
        given = {"accepted_at": accepted, "due_at": due, "status": 10, "returned_at": due + DAY}
        return self._life(
            "done_by_step", on_time=True, versions=[given], steps=((2, accepted), (9, due), (10, due + DAY))
        )

    def overdue(self) -> Life:
        accepted, due = self._begin()
        given = {
            "accepted_at": accepted,
            "due_at": due,
            "status": 9,
            "finished_at": due + self.chance.randrange(1, 99) * HOUR,
        }
        return self._life("overdue", on_time=False, versions=[given])

    def standing(self) -> Life:
        accepted, due = self._begin()
        return self._life("standing", on_time=False, versions=[{"accepted_at": accepted, "due_at": due, "status": 4}])

    def asked_twice(self) -> Life:
        accepted, due = self._begin()
        asked = (accepted + HOUR, accepted + DAY)
        given = {
            "accepted_at": accepted,
            "due_at": due + 300 * DAY,
            "status": 5,
            "supplement_from": asked,
            "supplement_to": (accepted + 2 * HOUR, None),
        }
        return self._life("asked_twice", on_time=False, versions=[given])

    def asked_late(self) -> Life:
        accepted, due = self._begin()
        given = {"accepted_at": accepted, "due_at": due, "status": 5}
        return self._life("asked_late", on_time=False, versions=[given], steps=((5, due + HOUR),))

    def no_due_slow(self) -> Life:
        accepted, _ = self._begin()
        given = {"accepted_at": accepted, "status": 9, "finished_at": accepted + 14 * DAY}
        return self._life("no_due_slow", on_time=False, versions=[given])

    def paused_too_little(self) -> Life:
        accepted, due = self._begin()
        given = {
            "accepted_at": accepted,
            "due_at": due,
            "status": 9,
            "finished_at": due + 3 * DAY,
            "supplement_from": (accepted,),
            "supplement_to": (accepted + 2 * DAY,),
        }
        return self._life("paused_too_little", on_time=False, versions=[given])

    def handed_over_late(self) -> Life:
        accepted, due = self._begin()
        given = {"accepted_at": accepted, "due_at": due, "status": 10, "returned_at": due + HOUR}
        return self._life("handed_over_late", on_time=False, versions=[given])


def lives(
    on_time: int, late: int, *, seed: int, first: dt.date, last: dt.date, unit_ids: tuple[int, ...] = (1,)
) -> Iterator[Life]:
    """So many lives of each outcome, the kinds in turn, in a shuffled order that only the seed decides."""
    maker = _Maker(seed, first, last, unit_ids)
    order = [True] * on_time + [False] * late
    maker.chance.shuffle(order)
    turns = {True: 0, False: 0}
    for outcome in order:
        kinds = maker.kinds[outcome]
        yield kinds[turns[outcome] % len(kinds)]()
        turns[outcome] += 1


def shares(total: int, parts: int) -> list[int]:
    """A total in so many nearly equal whole parts."""
    return [total // parts + (place < total % parts) for place in range(parts)]

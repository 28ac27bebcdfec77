"""An independent recount of dossiers: the portal's formula text in plain lines, sharing nothing with the product but rows.

Written from the formula document, section 2.1 (on time), 3.3 (online), 3.6 (payment), 4.1-4.5 (digitisation), for the
shipped switches. Working days are counted day by day from the calendar file.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import yaml

from parindex.dossiers.procedures import Procedure
from parindex.dossiers.records import Step, Version

ZONE = dt.timezone(dt.timedelta(hours=7))
FILE = yaml.safe_load((files("parindex.dossiers") / "data" / "work-calendar.yaml").read_text("utf-8"))
SPECIAL = {row["day"]: row["works"] for row in FILE["days"]}


def minutes_worked(start: dt.datetime, end: dt.datetime) -> int:
    """Working minutes between two instants, session by session."""
    total, day = 0, start.astimezone(ZONE).date()
    while day <= end.astimezone(ZONE).date():
        if SPECIAL.get(day, day.weekday() < 5):
            for opening, closing in (((7, 0), (11, 30)), ((13, 30), (17, 0))):
                begin = max(dt.datetime(*day.timetuple()[:3], *opening, tzinfo=ZONE), _minute(start))
                stop = min(dt.datetime(*day.timetuple()[:3], *closing, tzinfo=ZONE), _minute(end))
                total += max(0, int((stop - begin).total_seconds()) // 60)
        day += dt.timedelta(days=1)
    return total


def _minute(instant: dt.datetime) -> dt.datetime:
    return instant.astimezone(ZONE).replace(second=0, microsecond=0)


def newest(versions: list[Version], name: str) -> Any:
    """The newest value that was given at all."""
    return next((value for one in reversed(versions) if (value := getattr(one, name)) not in (None, "", ())), None)


def recount(
    versions: Iterable[Version], steps: Iterable[Step], procedures: dict[str, Procedure], last_day: dt.date
) -> Counter[str]:
    """What one dossier adds to the counts, judged at the end of `last_day`; nothing when it counts nowhere."""
    ordered = sorted(versions, key=lambda one: one.version_no)
    walked = sorted({(one.at, one.status) for one in steps if one.at and one.status})
    statuses = {one.status for one in ordered if one.status} | {status for _, status in walked}
    accepted, due = newest(ordered, "accepted_at"), newest(ordered, "due_at")
    if accepted is None or not statuses & {2, 4, 5, 6, 7, 8, 9, 10}:
        return Counter()
    done = newest(ordered, "finished_at") or next((at for at, status in walked if status == 9), None)
    returned = newest(ordered, "returned_at") or next((at for at, status in walked if status == 10), None)
    end = None
    if statuses & {9, 10}:
        end = done or returned or min(one.recorded_at for one in ordered if one.status in (9, 10))
    elif ordered[-1].status in (3, 7, 8):
        end = newest(ordered, "refused_at" if ordered[-1].status == 3 else "finished_at")
    asked = list(zip(newest(ordered, "supplement_from") or (), newest(ordered, "supplement_to") or (), strict=True))
    if not asked:
        begun = None
        for at, status in walked:
            if status == 5:
                begun = begun or at
            elif begun and status in (2, 4, 9, 10):
                asked.append((begun, at if status in (2, 4) else None))
                begun = None
        asked += [(begun, None)] if begun else []
    waiting = [one for one, answer in asked if answer is None]
    counts = Counter({"n": 1, "ended": end is not None})
    judged = end or dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time(), ZONE)
    if end is None and len(asked) == 1 and waiting:
        judged = waiting[0]
    pauses = [(one, min(answer, judged)) for one, answer in asked if answer is not None and one < judged]
    procedure = procedures.get(newest(ordered, "procedure_base") or "")
    if end is None and len(asked) > 1:
        late = True
    elif due:
        late = judged - sum((two - one for one, two in pauses), dt.timedelta()) > due
    else:
        limit = procedure.limit if procedure else None
        late = False
        if limit is not None:
            taken = minutes_worked(accepted, judged) - sum(minutes_worked(one, two) for one, two in pauses)
            late = taken > limit * (480 if procedure.limit_unit == "working_day" else 60)
    counts["late" if late else "on_time"] = 1
    electronic = bool(newest(ordered, "results_electronic"))
    needs = procedure is None or procedure.result_due is not False
    counts["result_due"] = needs
    counts["result_electronic"] = needs and electronic
    counts["online"] = newest(ordered, "channel") == 2 and (electronic or not needs)
    obliged = bool(newest(ordered, "fee_due"))
    if procedure and procedure.has_fee is not None:
        obliged = procedure.has_fee and (obliged or not newest(ordered, "fee_lines"))
    counts["fee_due"] = obliged
    counts["paid_online"] = obliged and newest(ordered, "payment") in (1, 2)
    counts["digitised"] = bool(newest(ordered, "digitised")) and (electronic or not needs)
    counts["reused"] = bool(newest(ordered, "reused") or newest(ordered, "digitised"))
    counts["personal_storage"] = bool(newest(ordered, "personal_storage"))
    counts["population"] = bool(newest(ordered, "population"))
    return Counter({name: int(value) for name, value in counts.items() if value})

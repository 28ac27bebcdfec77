"""For officers and auditors: what is odd in the histories of dossiers, and what changed in periods that were closed.

These name dossiers by their codes, so they are of the reader's own authority only and never public.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec

from parindex.dossiers.findings import SENTENCES
from parindex.engine.period import Period
from parindex.units.under import runs_under
from scoring_api.people.person import Person
from scoring_api.places import named_unit, reading_day
from scoring_api.route import Given
from scoring_api.snapshot import Snapshot

MOST = 200
TITLES = {
    "accepted_missing": "Không có ngày tiếp nhận", "accepted_in_future": "Ngày tiếp nhận ở tương lai",
    "finished_without_end": "Kết thúc mà không có ngày kết thúc", "end_before_acceptance": "Kết thúc trước khi tiếp nhận",
    "end_in_future": "Ngày kết thúc ở tương lai", "due_date_reset": "Đặt lại ngày hẹn trả",
    "end_date_reset": "Đặt lại ngày kết thúc", "backwards_move": "Trạng thái đi lùi", "reopened": "Mở lại hồ sơ đã kết thúc",
    "late_version": "Bản gửi sau khi kỳ đã chốt", "unit_moved": "Chuyển sang đơn vị khác",
    "procedure_changed": "Đổi mã thủ tục", "accepted_date_reset": "Đặt lại ngày tiếp nhận",
}  # fmt: skip
"""Short names of what officials look for first; others are told by their sentence."""
_COUNTED = """
FROM dossier_counted c JOIN unnest($3::int[], $4::date[], $5::date[]) AS part(unit_id, first, last) USING (unit_id)
WHERE c.tenant_id = $1 AND c.realm = $2 AND c.accepted_day BETWEEN part.first AND part.last
"""
_BY_CODE = f"SELECT code, count(*) AS dossiers {_COUNTED.replace('WHERE', ', unnest(c.findings) AS code WHERE')} GROUP BY code ORDER BY 2 DESC, 1"
_NAMED = f"""
SELECT c.dossier_key, c.unit_id, c.accepted_day, c.findings {_COUNTED} AND c.findings <> '{{}}' AND ($6::text IS NULL OR $6 = ANY(c.findings))
ORDER BY c.accepted_day, c.dossier_key LIMIT $7
"""
_UNCOUNTED = "SELECT count(*) FROM dossier_counted WHERE tenant_id = $1 AND realm = $2 AND accepted_day IS NULL AND unit_id = ANY($3::int[])"
_RESTATED = """
SELECT dossier_key, unit_id, cause, before::text AS before, after::text AS after, recorded_at FROM dossier_restatement
WHERE tenant_id = $1 AND realm = $2 AND period = $3 AND unit_id = ANY($4::int[]) ORDER BY recorded_at DESC, dossier_key LIMIT $5
"""
_CAUSES = """
SELECT cause, count(*) FROM dossier_restatement WHERE tenant_id = $1 AND realm = $2 AND period = $3 AND unit_id = ANY($4::int[])
GROUP BY cause ORDER BY 2 DESC, 1
"""
_UNITS_COUNTED = "SELECT DISTINCT unit_id FROM dossier_counted WHERE tenant_id = $1 AND realm = $2"
_UNITS_RESTATED = "SELECT DISTINCT unit_id FROM dossier_restatement WHERE tenant_id = $1 AND realm = $2 AND period = $3"


class FindingCount(msgspec.Struct, frozen=True):
    """How many dossiers have a finding."""

    code: str
    title_vi: str
    dossiers: int


class OddDossier(msgspec.Struct, frozen=True):
    """One dossier with its findings."""

    dossier: str
    unit_id: int
    unit: str
    accepted_day: dt.date | None
    findings: list[str]


class Findings(msgspec.Struct, frozen=True):
    """What is odd among the dossiers of a unit and period; each is counted all the same, as the rules say."""

    realm: str
    unit_id: int
    name: str
    period: str
    by_code: list[FindingCount]
    not_accepted: int
    """Dossiers of the units without a day of acceptance: they count in no period."""
    dossiers: list[OddDossier]
    shown: int
    """At most so many dossiers are listed; name a `code` to see others."""


class Restated(msgspec.Struct, frozen=True):
    """One dossier that counts otherwise in a closed period than when it closed."""

    dossier: str
    unit_id: int
    unit: str
    cause: str
    cause_vi: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    recorded_at: dt.datetime


class Restatements(msgspec.Struct, frozen=True):
    """What arrived after a period closed and changed how its dossiers count: the frozen figures stay."""

    realm: str
    unit_id: int
    name: str
    period: str
    by_cause: list[FindingCount]
    restatements: list[Restated]
    shown: int


async def read_findings(snapshot: Snapshot, reader: Person, given: Given) -> Findings:
    """The findings of a unit and period in the reader's authority. Raises Forbidden, NotFound."""
    reader.need("officer", "auditor")
    period: Period = given["period"]
    day = reading_day(snapshot, period)
    unit_id = named_unit(snapshot, given["unit"], day)
    whose = (reader.tenant_id, snapshot.realm)
    held = [row[0] for row in await snapshot.connection.fetch(_UNITS_COUNTED, *whose)]
    runs = runs_under(snapshot.units, unit_id, held, period.first, period.last)
    columns = [list(column) for column in zip(*runs, strict=True)] or [[], [], []]
    counts = await snapshot.connection.fetch(_BY_CODE, *whose, *columns)
    rows = await snapshot.connection.fetch(_NAMED, *whose, *columns, given["code"], MOST)
    odd = [
        OddDossier(row["dossier_key"], row["unit_id"], snapshot.units.name(row["unit_id"], day), row["accepted_day"], row["findings"])
        for row in rows
    ]  # fmt: skip
    uncounted: int = await snapshot.connection.fetchval(_UNCOUNTED, *whose, columns[0])
    by_code = [FindingCount(code, title_of(code), number) for code, number in counts]
    name = snapshot.units.name(unit_id, day)
    return Findings(snapshot.realm, unit_id, name, period.code, by_code, uncounted, odd, MOST)


async def read_restatements(snapshot: Snapshot, reader: Person, given: Given) -> Restatements:
    """The restatements of a closed period in the reader's authority. Raises Forbidden, NotFound."""
    reader.need("officer", "auditor")
    period: Period = given["period"]
    day = reading_day(snapshot, period)
    unit_id = named_unit(snapshot, given["unit"], day)
    whose = (reader.tenant_id, snapshot.realm, period.code)
    held = [row[0] for row in await snapshot.connection.fetch(_UNITS_RESTATED, *whose)]
    below = sorted({run[0] for run in runs_under(snapshot.units, unit_id, held, period.first, period.last)})
    causes = await snapshot.connection.fetch(_CAUSES, *whose, below)
    rows = await snapshot.connection.fetch(_RESTATED, *whose, below, MOST)
    return Restatements(
        snapshot.realm,
        unit_id,
        snapshot.units.name(unit_id, day),
        period.code,
        [FindingCount(cause, title_of(cause), number) for cause, number in causes],
        [_restated(snapshot, row, day) for row in rows],
        MOST,
    )


def _restated(snapshot: Snapshot, row: asyncpg.Record, day: dt.date) -> Restated:
    def read(text: str | None) -> dict[str, Any] | None:
        return None if text is None else msgspec.json.decode(text)

    unit_id = row["unit_id"]
    return Restated(
        row["dossier_key"], unit_id, snapshot.units.name(unit_id, day), row["cause"], title_of(row["cause"]), read(row["before"]),
        read(row["after"]), row["recorded_at"],
    )  # fmt: skip


def title_of(code: str, titles: Mapping[str, str] = TITLES) -> str:
    """What a finding is called."""
    return titles.get(code) or SENTENCES.get(code, code).partition(":")[0].partition(";")[0].split("{")[0].rstrip(" «.")

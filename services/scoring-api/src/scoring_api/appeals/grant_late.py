"""An officer lets one unit dispute one table after its window, with a reason; the unit still gives a reason of its own."""

from __future__ import annotations

import datetime as dt

from parindex.db.session import Database
from parindex.errors import Conflict, Finding, Invalid
from scoring_api.appeals.disputed import read_table
from scoring_api.people.person import Person
from scoring_api.publications.rows import locked, read_publication

_INSERT = """
INSERT INTO appeal_late_right (tenant_id, publication_id, unit_id, right_no, until, why, person_id, recorded_at)
SELECT $1, $2, $3, coalesce(max(right_no), 0) + 1, $4, $5, $6, $7 FROM appeal_late_right
WHERE tenant_id = $1 AND publication_id = $2 AND unit_id = $3
"""


async def grant_late(
    database: Database,
    person: Person,
    publication_id: int,
    *,
    unit_id: int,
    until: dt.datetime,
    why: str,
    now: dt.datetime,
) -> None:
    """Appends the right; the newest of a unit holds.

    Raises NotFound, Conflict where there is no table to dispute, Invalid for a unit that the table does not list and for
    a right that is over already.
    """
    person.need("officer")
    async with locked(database, person.tenant_id) as connection:
        await read_publication(connection, person.tenant_id, publication_id)
        table = await read_table(connection, person.tenant_id, publication_id)
        if table is None or not table.may_be_disputed:
            raise Conflict(
                "Chưa có bảng để khiếu nại, hoặc bảng đã rút lại hay được thay thế. / There is no table to dispute yet, or it was withdrawn or superseded.",
                code="nothing_to_dispute",
                hint="Grant the right on the edition that stands, or on a draft.",
            )
        findings = []
        if table.row(unit_id) is None:
            findings.append(
                Finding(
                    "unit_not_in_table",
                    "unit_id",
                    f"Bảng không có đơn vị {unit_id}. / The table does not list unit {unit_id}.",
                    "Name a unit of the table.",
                )
            )
        if until <= now:
            findings.append(
                Finding(
                    "until_over",
                    "until",
                    "Thời hạn gửi muộn phải ở tương lai. / The late right would be over already.",
                    "Give a later instant in `until`.",
                )
            )
        if findings:
            raise Invalid(findings[0].message, code=findings[0].code, hint=findings[0].hint, findings=findings)
        await connection.execute(_INSERT, person.tenant_id, publication_id, unit_id, until, why, person.person_id, now)

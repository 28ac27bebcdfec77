"""Another person than the drafter reads exactly one draft and agrees with it, or rejects it and says why."""

from __future__ import annotations

import datetime as dt

from parindex.db.session import Database
from parindex.errors import Conflict, Forbidden, Invalid
from scoring_api.people.person import Person
from scoring_api.publications.rows import EventKind, Publication, append_step, locked, read_publication


async def review(
    database: Database,
    person: Person,
    publication_id: int,
    *,
    body_sha256: str,
    agrees: bool,
    why: str,
    now: dt.datetime,
) -> None:
    """Appends the review. The last review of the newest draft counts; a rejection after an approval ends the approval.

    Raises Forbidden for the drafter (compared by person id), Conflict when the digest is not the newest draft's or the
    publication is over, Invalid for a rejection without a reason.
    """
    person.need("officer", "council")
    async with locked(database, person.tenant_id) as connection:
        publication = await read_publication(connection, person.tenant_id, publication_id)
        publication.need_open()
        need_other_person(publication, person)
        publication.need_newest(body_sha256)
        if not agrees:
            need_why(why)
        last = next((one for one in reversed(publication.steps) if one.kind in ("reviewed", "rejected")), None)
        kind: EventKind = "reviewed" if agrees else "rejected"
        if last is not None and (last.kind, last.person_id, last.body_sha256) == (kind, person.person_id, body_sha256):
            raise Conflict(
                "Bạn đã nêu ý kiến này với đúng dự thảo này. / You have said the same on this very draft.",
                code="reviewed_already",
                hint="Nothing more is needed.",
            )
        await append_step(connection, person, publication_id, kind, body_sha256=body_sha256, why=why, now=now)


def need_other_person(publication: Publication, person: Person) -> None:
    """Raises Forbidden for whoever drafted it, and for everybody where the operator's command did."""
    if publication.person_id is None:
        raise Forbidden(
            "Bản này do lệnh của người vận hành lập và phê duyệt. / The operator's command drafted it and approves it.",
            code="operators_publication",
            hint="It holds the published history; officials draft their own.",
        )
    if publication.person_id == person.person_id:
        raise Forbidden(
            "Người lập dự thảo không được tự rà soát hoặc phê duyệt. / Whoever drafted it neither reviews nor approves it.",
            code="second_person_needed",
            hint="Another officer or council member does it.",
        )


def need_why(why: str) -> None:
    """Raises Invalid without a reason."""
    if not why:
        raise Invalid("Chưa nêu lý do. / A reason is needed.", code="reason_missing", hint="Say why in `why`.")

"""A publication is withdrawn before it was signed, with a reason."""

from __future__ import annotations

import datetime as dt

from parindex.db.session import Database
from scoring_api.people.person import Person
from scoring_api.publications.review import need_why
from scoring_api.publications.rows import append_step, locked, read_publication


async def withdraw(database: Database, person: Person, publication_id: int, *, why: str, now: dt.datetime) -> None:
    """Appends the withdrawal, which is final. It takes the lock under which the worker signs: one of the two comes first.

    Raises Conflict when the edition is there already (then an erratum corrects it), Invalid without a reason.
    """
    person.need("officer", "council")
    async with locked(database, person.tenant_id) as connection:
        publication = await read_publication(connection, person.tenant_id, publication_id)
        publication.need_open()
        need_why(why)
        await append_step(connection, person, publication_id, "withdrawn", body_sha256=None, why=why, now=now)

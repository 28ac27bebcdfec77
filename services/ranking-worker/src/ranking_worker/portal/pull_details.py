"""Pulls the details of procedures that the catalogue named, a few at a time, and stores what differs as a new revision."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import asyncpg

from parindex.register.procedures import procedure_base
from parindex.register.revision import hold_register_lock, next_revision
from ranking_worker.portal.answer import Answer
from ranking_worker.portal.call import NotNow
from ranking_worker.portal.link import Link
from ranking_worker.portal.procedure_details import Details, read_details
from ranking_worker.portal.snapshots import Heard, keep
from ranking_worker.portal.state import read_state, write_state

SUBJECT = "details"
A_STEP = 20
_NEWEST = """
SELECT service_level, limit_days, limit_unit, has_fee, payment_integrated, result_due, for_citizens, units
FROM procedure_detail WHERE base_code = $1 ORDER BY revision DESC LIMIT 1
"""
_INSERT = """
INSERT INTO procedure_detail (base_code, revision, service_level, limit_days, limit_unit, has_fee, payment_integrated, result_due,
                              for_citizens, units, source, observed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


async def ask_for_details(connection: asyncpg.Connection, link: Link, codes: Sequence[str]) -> None:
    """Puts codes of procedures in the queue of the profile; codes that wait already stay where they are."""
    state = await read_state(connection, link.tenant_id, link.profile.name, SUBJECT)
    waiting = list(dict.fromkeys([*state.get("codes", []), *codes]))
    await write_state(connection, link.tenant_id, link.profile.name, SUBJECT, {"codes": waiting}, link.clock.now())


async def pull_details(link: Link) -> bool:
    """Pulls the details of the next procedures that wait; whether there were any. Raises NotNow. May run twice."""
    if link.profile.pulls is None or "procedures" not in link.profile.pulls.catalogues:
        return False
    async with link.database.connection() as connection:
        codes = (await read_state(connection, link.tenant_id, link.profile.name, SUBJECT)).get("codes", [])
    if not codes:
        return False
    heard: list[tuple[str, Heard]] = []
    later: NotNow | None = None
    for code in codes[:A_STEP]:
        try:
            answer = await link.portal.procedure(code)
        except NotNow as refused:
            later = refused
            break
        heard.append((code, Heard("procedure", {"code": code}, answer, link.clock.now())))
        if answer.outcome not in ("received", "absent", "rejected"):
            break
    await _store(link, heard)
    if later is not None:
        raise later
    return True


async def _store(link: Link, heard: Sequence[tuple[str, Heard]]) -> None:
    """What was answered leaves the queue; what the portal could not say now stays."""
    if not heard:
        return
    async with link.database.transaction() as connection:
        await hold_register_lock(connection)
        different: dict[str, tuple[Details, Heard]] = {}
        answered: set[str] = set()
        for code, one in heard:
            details, findings = read_details(one.answer.document) if one.answer.outcome == "received" else (None, ())
            await keep(connection, link.tenant_id, link.profile.name, one, good=details is not None, findings=findings)
            if _settled(one.answer):
                answered.add(code)
            base = procedure_base(code)
            if details is not None and base and await _differs(connection, base, details):
                different[base] = details, one
        if different:
            digest = hashlib.sha256(
                "".join(one.answer.reply.sha256 or "" for _, one in different.values()).encode()
            ).hexdigest()
            revision = await next_revision(connection, "procedures", digest, {"details": len(different)})
            for base, (details, one) in different.items():
                await connection.execute(
                    _INSERT, base, revision, *_columns(details), "Cổng Dịch vụ công quốc gia", one.observed_at
                )
        state: dict[str, Any] = await read_state(connection, link.tenant_id, link.profile.name, SUBJECT)
        left = [code for code in state.get("codes", []) if code not in answered]
        if not answered:
            # Nothing was answered: the others go first next time, so that one bad code holds up nobody.
            left = [*left[1:], *left[:1]]
        await write_state(connection, link.tenant_id, link.profile.name, SUBJECT, {"codes": left}, link.clock.now())


def _settled(answer: Answer) -> bool:
    return answer.outcome in ("received", "absent", "rejected")


async def _differs(connection: asyncpg.Connection, base: str, details: Details) -> bool:
    newest = await connection.fetchrow(_NEWEST, base)
    return newest is None or tuple(newest) != _columns(details)


def _columns(details: Details) -> tuple[Any, ...]:
    return (
        details.service_level, details.limit_days, details.limit_unit, details.has_fee, details.payment_integrated,
        details.result_due, details.for_citizens, None if details.units is None else list(details.units),
    )  # fmt: skip

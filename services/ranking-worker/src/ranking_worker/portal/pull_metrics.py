"""Pulls the 766 report: one table after the other, each kept as it came and believed only as a whole."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from parindex.errors import Finding
from parindex.register.portal_agencies import PortalAgency, enter_agencies
from parindex.units.codes import DVCQG_ID, H_CODE
from ranking_worker.portal.attention import Attention, raise_attention, settle
from ranking_worker.portal.call import NotNow
from ranking_worker.portal.endpoints_766 import BY_NAME, NATIONAL, Endpoint, national_body, request_body
from ranking_worker.portal.link import Link
from ranking_worker.portal.metric_rows import store_observations, unit_of
from ranking_worker.portal.pages_766 import Page, join_pages, read_national, read_page
from ranking_worker.portal.pull_plan import Pulled, Table, due_tables
from ranking_worker.portal.rows_766 import Observation
from ranking_worker.portal.snapshots import Heard, keep
from ranking_worker.portal.state import write_state

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STATES = "SELECT subject, document::text FROM portal_state WHERE tenant_id = $1 AND profile = $2 AND starts_with(subject, '766/')"
_ROOT = """
SELECT id FROM (
  SELECT document->>'id' AS id, 'infinity'::timestamptz AS at FROM portal_entry WHERE tenant_id = $1 AND catalogue = 'agency' AND code = $2
  UNION ALL
  SELECT department_id, observed_at FROM portal_metric WHERE tenant_id = $1 AND printed_code = $2
) found WHERE id IS NOT NULL ORDER BY at DESC LIMIT 1
"""
MOST_PAGES = 100
_WORDS = {
    "schema_surprise": ("có cấu trúc khác với đã biết", "has another shape than the one known"),
    "root_differs": ("là của đơn vị khác", "is of another agency"),
    "pages_not_one_set": ("có các trang không khớp nhau", "has pages that do not fit together"),
    "rows_twice": ("có dòng lặp lại", "has rows that stand twice"),
}


@dataclass(frozen=True, slots=True)
class Gathered:
    """All pages of one try. `broken`: the portal stopped answering in between."""

    heard: tuple[Heard, ...]
    pages: tuple[Page, ...]
    broken: bool = False


async def pull_metrics(link: Link) -> bool:
    """Pulls the next table that is due; whether there was one. Raises NotNow when the portal may not be called.

    May run twice: a table that was pulled well today is not due.
    """
    pulls = link.profile.pulls
    if pulls is None or not pulls.metrics or pulls.first_period is None:
        return False
    now = link.clock.now()
    async with link.database.connection() as connection:
        await link.registers.renew(connection)
        states = {
            subject: json.loads(text)
            for subject, text in await connection.fetch(_STATES, link.tenant_id, link.profile.name)
        }
    pulled = {
        subject: Pulled(_instant(state, "good_at"), _instant(state, "failed_at")) for subject, state in states.items()
    }
    roots = pulls.units or (() if link.profile.authority == "nation" else (link.profile.authority,))
    table = next(due_tables(pulls.metrics, tuple(roots), NATIONAL, pulls.first_period, now, pulled), None)
    if table is None:
        return False
    await _pull(link, table, pulls.tries)
    return True


def _instant(state: dict[str, Any], key: str) -> dt.datetime | None:
    return dt.datetime.fromisoformat(state[key]) if state.get(key) else None


async def _pull(link: Link, table: Table, tries: int) -> None:
    root = "" if table.endpoint == NATIONAL else await _root_id(link, table.root)
    if root is None:
        await _root_unknown(link, table)
        return
    for number in range(1, tries + 1):
        gathered = await _gather(link, table, root)
        if gathered.broken:
            await _failed(link, table, gathered, [_unfinished(gathered)])
            return
        _, findings = _national(gathered.pages) if table.endpoint == NATIONAL else join_pages(root, gathered.pages)
        if not findings:
            await _believed(link, table, gathered)
            return
        if number == tries or not all(finding.retry for finding in findings):
            await _failed(link, table, gathered, findings)
            return
        await _put_aside(link, gathered, findings)


def _national(pages: Sequence[Page]) -> tuple[tuple[Observation, ...], tuple[Finding, ...]]:
    return pages[0].observations, pages[0].findings


def _unfinished(gathered: Gathered) -> Finding:
    return Finding("no_answer", "", gathered.heard[-1].answer.detail, "It is pulled again by itself.", retry=True)


async def _gather(link: Link, table: Table, root: str) -> Gathered:
    """Page after page, one call at a time. What was heard before the portal may not be called any more is kept."""
    heard: list[Heard] = []
    pages: list[Page] = []
    endpoint = BY_NAME.get(table.endpoint)
    while True:
        number = len(pages) + 1
        body = national_body(table.period) if endpoint is None else request_body(endpoint, table.period, root, number)
        try:
            answer = await link.portal.metrics(table.endpoint, body)
        except NotNow:
            if heard:
                await _put_aside(
                    link,
                    Gathered(tuple(heard), tuple(pages)),
                    [Finding("pages_unfinished", "", "The portal may not be called now.", "", retry=True)],
                )
            raise
        heard.append(Heard(f"766/{table.endpoint}", body, answer, link.clock.now()))
        if answer.outcome != "received":
            return Gathered(tuple(heard), tuple(pages), broken=True)
        pages.append(read_national(answer.document) if endpoint is None else read_page(endpoint, answer.document))
        if len(pages) > 1 and pages[-1].pages is None and pages[-1].rows in ((), pages[0].rows):
            # A tree that came whole and by chance had a page's number of rows: what it says to page 2 is no further page.
            heard.pop()
            pages.pop()
            return Gathered(tuple(heard), tuple(pages))
        if endpoint is None or not _more(endpoint, pages):
            return Gathered(tuple(heard), tuple(pages))


def _more(endpoint: Endpoint, pages: list[Page]) -> bool:
    """Whether there may be another page. Trees were seen to come whole and without page numbers, whatever size was asked for."""
    last = pages[-1]
    if last.findings or last.nothing or len(pages) >= MOST_PAGES:
        return False
    if last.pages is None:
        return len(last.rows) == endpoint.page_size
    return len(pages) < last.pages


async def _believed(link: Link, table: Table, gathered: Gathered) -> None:
    now, profile = link.clock.now(), link.profile
    observed_at = gathered.heard[0].observed_at
    seen: set[tuple[str, str]] = set()
    async with link.database.transaction() as connection:
        observed: list[tuple[uuid.UUID, Observation]] = []
        for heard, page in zip(gathered.heard, gathered.pages, strict=True):
            snapshot_id = await keep(connection, link.tenant_id, profile.name, heard, good=True)
            assert snapshot_id is not None
            for one in page.observations:
                if (one.department_id, one.metric) not in seen:
                    seen.add((one.department_id, one.metric))
                    observed.append((snapshot_id, one))
        await store_observations(
            connection, link.registers.current.units, observed, tenant_id=link.tenant_id, realm=profile.realm,
            period=table.period, observed_at=observed_at, today=link.today,
        )  # fmt: skip
        await write_state(
            connection, link.tenant_id, profile.name, table.subject, {"good_at": observed_at.isoformat()}, now
        )
        await settle(
            connection,
            link.tenant_id,
            table.subject,
            now,
            "Đã lấy lại được số liệu.",
            "The figures were pulled well again.",
        )
        await _learn_ids(connection, link, [one for _, one in observed])


async def _learn_ids(connection: asyncpg.Connection, link: Link, observed: Sequence[Observation]) -> None:
    """Agencies that the register knows by their code get the portal's id: other endpoints name them by it alone."""
    units, day, realm = link.registers.current.units, link.today, link.profile.realm
    unknown = {
        one.printed_code: PortalAgency(one.printed_code, one.printed_name, one.department_id)
        for one in observed
        if one.printed_code
        and units.resolve(H_CODE, one.printed_code, day, realm).status == "found"
        and unit_of(units, one.department_id, None, day, realm) is None
    }
    if unknown:
        source = f"Báo cáo 766 của Cổng Dịch vụ công quốc gia, quan sát ngày {day:%d/%m/%Y}"
        await enter_agencies(
            connection,
            list(unknown.values()),
            realm=realm,
            since=FIRST_DAY,
            today=day,
            source=source,
            new_communes=False,
        )


async def _put_aside(link: Link, gathered: Gathered, findings: Sequence[Finding]) -> None:
    async with link.database.transaction() as connection:
        for heard in gathered.heard:
            await keep(connection, link.tenant_id, link.profile.name, heard, good=False, findings=findings)


async def _failed(link: Link, table: Table, gathered: Gathered, findings: Sequence[Finding]) -> None:
    """Kept, not believed: the last good answer goes on holding, and a person is told when it is more than a bad line."""
    await _put_aside(link, gathered, findings)
    now, name = link.clock.now(), link.profile.name
    async with link.database.transaction() as connection:
        state = await connection.fetchval(
            "SELECT document::text FROM portal_state WHERE tenant_id = $1 AND profile = $2 AND subject = $3",
            link.tenant_id, name, table.subject,
        )  # fmt: skip
        document = {**(json.loads(state) if state else {}), "failed_at": now.isoformat()}
        await write_state(connection, link.tenant_id, name, table.subject, document, now)
        if not gathered.broken:
            await raise_attention(connection, link.tenant_id, _attention(name, table, findings), now)


def _attention(profile: str, table: Table, findings: Sequence[Finding]) -> Attention:
    first = findings[0]
    words_vi, words_en = _WORDS.get(first.code, ("không tin được", "cannot be believed"))
    of = f"{table.endpoint}, {table.root or 'cả nước'}, kỳ {table.period.code}"
    return Attention(
        profile,
        table.subject,
        first.code,
        f"Số liệu 766 của Cổng ({of}) {words_vi}; vẫn dùng lần lấy tốt gần nhất.",
        f"The portal's 766 figures ({table.subject}) {words_en}; the last good ones hold.",
        "Mở trang đánh giá của Cổng cho đơn vị và kỳ này, so với báo cáo; nếu Cổng đổi cấu trúc thì báo đơn vị phát triển.",
        {"findings": [{"code": one.code, "field": one.field, "message": one.message} for one in findings[:20]]},
    )


async def _root_id(link: Link, code: str) -> str | None:
    """The portal's id of a level-1 code: from its catalogue, from other answers, else as the register has it."""
    async with link.database.connection() as connection:
        found: str | None = await connection.fetchval(_ROOT, link.tenant_id, code)
    if found:
        return found
    units = link.registers.current.units
    unit_id = units.resolve(H_CODE, code, link.today, link.profile.realm).unit_id
    if unit_id is None:
        return None
    ids = [
        one.code
        for one in units.unit(unit_id).codes
        if one.scheme == DVCQG_ID and one.on(link.today) and _UUID.fullmatch(one.code)
    ]
    return ids[0] if ids else None


async def _root_unknown(link: Link, table: Table) -> None:
    now, name = link.clock.now(), link.profile.name
    attention = Attention(
        name,
        f"766/root/{table.root}",
        "root_unknown",
        f"Chưa biết mã định danh của {table.root} trên Cổng nên chưa lấy được số liệu 766.",
        f"The portal's id of {table.root} is not known, so its 766 figures cannot be pulled.",
        "Cho phép lấy danh mục cơ quan (catalogues: [agencies]) hoặc service-results, hoặc nhập dvcqg_id của đơn vị bằng parindex units import.",
    )
    async with link.database.transaction() as connection:
        await raise_attention(connection, link.tenant_id, attention, now)
        await write_state(connection, link.tenant_id, name, table.subject, {"failed_at": now.isoformat()}, now)


FIRST_DAY = dt.date(2025, 7, 1)
"""Two-tier administration: from that day on codes and ids are entered that were there when we first looked."""

"""What people see of the connection: where each profile stands, the outbox, attempts, and the list of what needs a person."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import asyncpg

from parindex.engine.period import VIETNAM
from parindex.errors import NotFound
from ranking_worker.portal.attention import Open, open_attention
from ranking_worker.portal.outbox import STATES

STATES_VI = {
    "waiting": "chờ gửi (CHO)",
    "sending": "đang gửi (DANG_GUI)",
    "received": "đã nhận (DA_NHAN)",
    "known": "đã có (DA_CO)",
    "retry": "lỗi tạm, sẽ thử lại (LOI_TAM)",
    "rejected": "lỗi dữ liệu (LOI_DU_LIEU)",
    "paused": "tạm dừng, chờ người quyết định (TAM_DUNG)",
    "asking": "chưa rõ kết quả, sẽ tra cứu (TRA_CUU)",
    "dead": "đã thôi thử sau 24 giờ",
    "superseded": "đã có nội dung mới hơn thay",
}
_COUNTS = "SELECT profile, state, count(*) AS number FROM outbox GROUP BY 1, 2"
_STATES = "SELECT profile, subject, document::text AS document FROM portal_state WHERE subject IN ('breaker', 'throttle', 'paused')"
_ITEMS = """
SELECT kind, subject, version, profile, realm, state, attempts, next_at, first_at, last_error, updated_at FROM outbox
WHERE $1::text IS NULL OR state = $1 ORDER BY updated_at DESC, kind, subject, version LIMIT $2
"""
_ATTEMPTS = """
SELECT version, purpose, outcome, status, detail, at, seconds, request_sha256, answer_sha256 FROM outbox_attempt
WHERE kind || '/' || subject = $1 ORDER BY at, attempt_id
"""
_EXISTS = "SELECT EXISTS (SELECT FROM outbox WHERE kind || '/' || subject = $1)"
_TENANTS = "SELECT DISTINCT tenant_id FROM portal_attention ORDER BY 1"
_ALIKE = """
SELECT count(*) FROM outbox
WHERE tenant_id = $1 AND profile = $2 AND kind = 'rating' AND state IN ('rejected', 'dead', 'paused') AND last_error = $3
"""


async def standing(connection: asyncpg.Connection) -> dict[str, dict[str, Any]]:
    """By profile: counts of the outbox by state, and what keeps calls back."""
    found: dict[str, dict[str, Any]] = {}
    for row in await connection.fetch(_COUNTS):
        found.setdefault(row["profile"], {}).setdefault("outbox", {})[row["state"]] = row["number"]
    for row in await connection.fetch(_STATES):
        found.setdefault(row["profile"], {})[row["subject"]] = json.loads(row["document"])
    return dict(sorted(found.items()))


def standing_text(found: dict[str, dict[str, Any]], now: dt.datetime) -> str:
    """The same in Vietnamese."""
    lines = []
    for profile, known in found.items():
        lines.append(f"{profile}: {_what_holds(known, now)}")
        counts = known.get("outbox", {})
        lines += [f"  {STATES_VI[state]}: {counts[state]}" for state in STATES if state in counts]
    return "\n".join(lines) or "Chưa có kết nối nào hoạt động."


def _what_holds(known: dict[str, Any], now: dt.datetime) -> str:
    if known.get("paused", {}).get("paused"):
        return "tạm dừng theo lệnh (parindex portal resume)"
    until = known.get("breaker", {}).get("open_until")
    if until and dt.datetime.fromisoformat(until) > now:
        return f"đường truyền hỏng, thử lại lúc {local(dt.datetime.fromisoformat(until))}"
    throttle = known.get("throttle", {})
    if "why" in throttle and dt.datetime.fromisoformat(throttle["next_at"]) > now:
        return f"Cổng yêu cầu chờ đến {local(dt.datetime.fromisoformat(throttle['next_at']))}"
    return "bình thường"


async def outbox_items(connection: asyncpg.Connection, state: str | None, limit: int) -> list[dict[str, Any]]:
    """Items, the ones that moved last first; without their bodies."""
    rows = await connection.fetch(_ITEMS, state, limit)
    return [{"key": f"{row['kind']}/{row['subject']}", **_plain(row, without=("kind", "subject"))} for row in rows]


async def attempts_of(connection: asyncpg.Connection, key: str) -> list[dict[str, Any]]:
    """Every attempt for an item, all its versions. Raises NotFound."""
    if not await connection.fetchval(_EXISTS, key):
        raise no_such_item(key)
    return [_plain(row) for row in await connection.fetch(_ATTEMPTS, key)]


def no_such_item(key: str) -> NotFound:
    """Nothing in the outbox has that key."""
    return NotFound(
        f"There is no item {key} in the outbox.",
        code="outbox_item_unknown",
        hint="Keys stand in `parindex portal outbox`.",
    )


async def attention_entries(connection: asyncpg.Connection) -> list[dict[str, Any]]:
    """Everything that needs a person, of every authority; the oldest first. `alike`: how many ratings it stands for."""
    entries = []
    for (tenant_id,) in await connection.fetch(_TENANTS):
        for one in await open_attention(connection, tenant_id):
            why = one.attention.detail.get("why")
            rating = one.attention.subject.startswith("rating/")
            alike = await connection.fetchval(_ALIKE, tenant_id, one.attention.profile, why) if rating else None
            entries.append(_entry(tenant_id, one, alike))
    return sorted(entries, key=lambda entry: (entry["since"], entry["subject"]))


def _entry(tenant_id: int, one: Open, alike: int | None) -> dict[str, Any]:
    attention = one.attention
    return {
        "tenant_id": tenant_id,
        "profile": attention.profile,
        "subject": attention.subject,
        "code": attention.code,
        "since": one.since.isoformat(),
        "sentence_vi": attention.sentence_vi,
        "sentence_en": attention.sentence_en,
        "what_to_do_vi": attention.what_to_do_vi,
        "alike": alike,
        "detail": dict(attention.detail),
    }


def attention_text(entries: Sequence[dict[str, Any]]) -> str:
    """The list for people: what, since when, what to do."""
    if not entries:
        return "Không có việc nào cần người xử lý."
    lines = [f"Việc cần người xử lý: {len(entries)}"]
    for number, entry in enumerate(entries, 1):
        count = f" ({entry['alike']} phiếu)" if entry["alike"] is not None else ""
        lines += [
            f"{number}. {entry['sentence_vi']}{count}",
            f"   Từ {local(dt.datetime.fromisoformat(entry['since']))}. Mục: {entry['subject']}",
            f"   Cần làm: {entry['what_to_do_vi']}",
        ]
    return "\n".join(lines)


def local(at: dt.datetime) -> str:
    """A moment as an official reads it."""
    return f"{at.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"


def _plain(row: asyncpg.Record, without: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, dt.datetime) else str(value) if name == "seconds" else value
        for name, value in row.items()
        if name not in without
    }

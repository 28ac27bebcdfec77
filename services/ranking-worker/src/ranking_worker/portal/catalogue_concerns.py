"""What a person is told about changes of a catalogue that did not enter the register by themselves, in sentences."""

from __future__ import annotations

import asyncpg

from ranking_worker.portal.attention import Attention, raise_attention
from ranking_worker.portal.catalogue_apply import Applied
from ranking_worker.portal.catalogue_changes import Comparison
from ranking_worker.portal.link import Link

TITLES = {"agencies": "cơ quan", "sectors": "lĩnh vực", "procedures": "thủ tục"}
BY_HAND = {
    "agencies": "Nhập bằng `parindex units import` (cột existing_code để gắn mã với đơn vị đã có); danh sách ở chi tiết.",
    "sectors": "So với Cổng; danh sách ở chi tiết.",
    "procedures": "Sửa rồi nhập bằng `parindex units import-procedures TỆP`; danh sách và lý do ở chi tiết.",
}
"""What a person does with entries that did not enter the register by themselves."""


async def tell_persons(
    connection: asyncpg.Connection, link: Link, name: str, found: Comparison, applied: Applied, *, first: bool
) -> None:
    """One thing to look at a closed code; what could not be matched is told together."""
    now, tenant_id = link.clock.now(), link.tenant_id
    waiting = {code: outcome.why_vi for code, outcome in applied.outcomes.items() if outcome.applied == "person"}
    closed = {change.code for change in found.of("closed")} & waiting.keys()
    for code in sorted(closed):
        attention = Attention(
            link.profile.name, f"code/{code}", "code_closed_without_successor",
            f"Cổng đã đóng mã {code} mà không rõ đơn vị kế thừa.",
            f"The portal closed the code {code} without a clear successor.",
            f'Xác định đơn vị kế thừa theo văn bản rồi chạy `parindex units follow {code} MÃ_KẾ_THỪA --basis "văn bản"`, sau đó `parindex portal settle code/{code} --note ...`.',
            {"why": waiting[code]},
        )  # fmt: skip
        await raise_attention(connection, tenant_id, attention, now)
    others = {code: why for code, why in sorted(waiting.items()) if code not in closed}
    if others:
        attention = Attention(
            link.profile.name, f"catalogue/{name}/unmatched", "entries_unmatched",
            f"{len(others)} mục trong danh mục {TITLES[name]} của Cổng chưa khớp với sổ đăng ký.",
            f"{len(others)} entries of the portal's catalogue of {name} match nothing in the register.",
            BY_HAND[name],
            {"first_pull": first, "entries": dict(list(others.items())[:200]), "count": len(others)},
        )  # fmt: skip
        await raise_attention(connection, tenant_id, attention, now)

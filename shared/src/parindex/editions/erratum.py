"""What an edition that corrects another says: what changed, why, and whose rank moved. Vietnamese, for the table itself. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from parindex.editions.change import compare
from parindex.editions.comparable import Body
from parindex.engine.period import VIETNAM

NAMED = 12
"""So many units are named; the rest are counted. The change document names them all."""


def erratum_text(now: Body, before: Body, why: str) -> str:
    """The text of an erratum. `why` is the reason, a Vietnamese sentence; the rest follows from the two bodies."""
    change = compare(now, before)
    moved = [row for row in change["rows"] if row["places"]]
    shares = change["shares"]["points"]
    said = [
        why,
        f"Số liệu {_when(before)} được thay bằng số liệu {_when(now)}.",
        f"Trong {shares['compared']} đơn vị: {shares['up']} tăng điểm, {shares['down']} giảm, {shares['unchanged']} không đổi.",
        *(part["words"]["vi"] for part in change["parts"] if part["up"] or part["down"]),
        _ranks(moved),
    ]
    new = [row["name"] for row in change["rows"] if row["status"] == "new"]
    gone = [row["name"] for row in change["gone"]]
    said += [f"Thêm: {', '.join(new)}."] if new else []
    said += [f"Bỏ: {', '.join(gone)}."] if gone else []
    return " ".join(said)


def _when(body: Body) -> str:
    instant = dt.datetime.fromisoformat(body["observed_at"] or body["as_of"]).astimezone(VIETNAM)
    return f"{'quan sát' if body['observed_at'] else 'tính đến'} lúc {instant:%H:%M ngày %d/%m/%Y}"


def _ranks(moved: list[Mapping[str, Any]]) -> str:
    if not moved:
        return "Không đơn vị nào đổi hạng."
    named = "; ".join(f"{row['name']} từ {_place(row, 'before')} thành {_place(row, 'now')}" for row in moved[:NAMED])
    rest = f"; và {len(moved) - NAMED} đơn vị khác" if len(moved) > NAMED else ""
    return f"{len(moved)} đơn vị đổi hạng: {named}{rest}."


def _place(row: Mapping[str, Any], side: str) -> Any:
    figure = row[side]
    return figure["rank"] if row["places_of"] == "declared" else figure["printed_rank"]

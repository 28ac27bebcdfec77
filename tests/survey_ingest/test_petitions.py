"""Petition counts: whole or not at all, a revision only where something changed, never anything but counts."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from support.exporters import PHONE
from support.ingest import Sender

pytestmark = pytest.mark.database
PATH = "/api/v1/pakn"


def counts(**overrides: Any) -> dict[str, Any]:
    """Counts of one commune and month, as texts."""
    return {
        "MaDonVi": "H99.101",
        "Thang": "2026-10",
        "TiepNhan": "499",
        "VeQuyDinh": "300",
        "VeCanBo": 12,
        "DenHan": "480",
        "DungHan": "300",
        "HaiLong": "238",
        "HoSoBiPhanAnh": 0,
        **overrides,
    }


async def held(facts: asyncpg.Connection, sender: Sender) -> list[tuple[Any, ...]]:
    rows = await facts.fetch(
        "SELECT unit_id, month, revision, received, about_staff, on_time, dossiers_complained FROM petition_count"
        " WHERE system_id = $1 ORDER BY unit_id, month, revision",
        sender.issued.system_id,
    )
    return [(row[0], f"{row[1]:%Y-%m}", *row[2:]) for row in rows]


async def test_the_newest_counts_hold_and_the_same_again_changes_nothing(sender: Sender, facts: asyncpg.Connection):
    for month in ("2026-10", "202610", 202610, "10/2026"):
        answer = await sender.send([counts(Thang=month)], PATH)
        assert (answer.status_code, answer.json()["result"][0]["LanCapNhat"]) == (200, 1)
    answer = await sender.send(counts(DungHan="301"), PATH)
    line = {"MaDonVi": "H99.101", "Thang": "2026-10", "LanCapNhat": 2, "ThayDoi": True}
    assert answer.json()["result"] == [line]
    assert await held(facts, sender) == [
        (990101, "2026-10", 1, 499, 12, 300, 0),
        (990101, "2026-10", 2, 499, 12, 301, 0),
    ]
    receipts = await facts.fetchrow(
        "SELECT sum(records), sum(stored), sum(duplicate) FROM dossier_receipt WHERE system_id = $1 AND kind = 'petition'",
        sender.issued.system_id,
    )
    assert tuple(receipts) == (5, 2, 3)


async def test_every_fault_is_named_and_nothing_is_stored(sender: Sender, facts: asyncpg.Connection):
    items = [
        counts(),
        counts(MaDonVi="H01", Thang="2026-09"),
        counts(MaDonVi="H99.777"),
        counts(Thang="tháng mười"),
        counts(Thang="2999-01"),
        counts(TiepNhan="-1"),
        counts(HoSoBiPhanAnh=None),
        counts(DungHan="481"),
        counts(SoDienThoai=PHONE),
        counts(),
        7,
    ]
    answer = await sender.send(items, PATH)
    assert answer.status_code == 422
    assert [(one["Ma"], one["Truong"]) for one in answer.json()["DanhSachLoi"]] == [
        ("unit_out_of_scope", "[1].MaDonVi"),
        ("unit_not_in_month", "[2].MaDonVi"),
        ("month_unreadable", "[3].Thang"),
        ("month_in_future", "[4].Thang"),
        ("count_unreadable", "[5].TiepNhan"),
        ("count_unreadable", "[6].HoSoBiPhanAnh"),
        ("part_above_whole", "[7].DungHan"),
        ("personal_data", "[8].SoDienThoai"),
        ("unit_twice", "[9].MaDonVi"),
        ("wrong_type", "[10]"),
    ]
    assert all("Yêu cầu không được chấp nhận" not in one["NoiDung"] for one in answer.json()["DanhSachLoi"])
    assert PHONE not in answer.text
    assert await held(facts, sender) == []


async def test_a_unit_of_somebody_else_is_refused(register: Any, resources: Any):
    narrow = await register(unit_ids=[990102])
    answer = await narrow.send([counts()], PATH)
    assert [one["Ma"] for one in answer.json()["DanhSachLoi"]] == ["unit_out_of_scope"]


async def test_counts_sent_at_once_are_one_revision(sender: Sender, facts: asyncpg.Connection):
    answers = await asyncio.gather(*(sender.send([counts()], PATH) for _ in range(5)))
    assert sorted(answer.json()["result"][0]["ThayDoi"] for answer in answers) == [False] * 4 + [True]
    assert len(await held(facts, sender)) == 1

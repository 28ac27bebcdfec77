"""Findings about devices: gaps in their numbers and clocks that run back, in both dialects."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import asyncpg
import pytest

from support.ingest import NOW, Sender, item, new_id

pytestmark = pytest.mark.database
BOTH_DIALECTS = True


async def device_findings(facts: asyncpg.Connection, device: str) -> list[tuple[str, dict[str, Any]]]:
    rows = await facts.fetch(
        "SELECT code, detail::text FROM quality_finding WHERE subject = $1 ORDER BY finding_id", device
    )
    return [(row["code"], json.loads(row["detail"])) for row in rows]


def from_device(device: str, seq: int, minutes: int = 0, **fields: Any) -> dict[str, Any]:
    return item(
        device_id=device,
        device_seq=seq,
        answered_at=(NOW - dt.timedelta(days=2) + dt.timedelta(minutes=minutes)).isoformat(),
        **fields,
    )


async def test_a_gap_in_a_devices_numbers_is_a_finding_and_no_reason_to_refuse(
    sender: Sender, facts: asyncpg.Connection
):
    device = f"K-{new_id()}"
    await sender.batch([from_device(device, 7), from_device(device, 8), from_device(device, 11)])
    result = await sender.post(from_device(device, 13))
    assert result["verdict"] == "accepted"
    await sender.post(from_device(device, 9))
    assert await device_findings(facts, device) == [
        ("device_gap", {"missing_from": 9, "missing_to": 10}),
        ("device_gap", {"missing_from": 12, "missing_to": 12}),
    ]


async def test_repeats_and_quarantined_items_leave_no_gap(sender: Sender, facts: asyncpg.Connection):
    device = f"K-{new_id()}"
    await sender.post(from_device(device, 1, dossier_code=device[:50]))
    await sender.post(from_device(device, 2, dossier_code=device[:50]))
    await sender.post(from_device(device, 3, instrument="NEW5"))
    waiting = from_device(device, 4, instrument="NEW5")
    await sender.post(waiting)
    await sender.post(waiting)
    await sender.post(from_device(device, 5))
    assert await device_findings(facts, device) == []


async def test_a_clock_that_runs_back_while_numbers_go_on_is_a_finding(sender: Sender, facts: asyncpg.Connection):
    device = f"K-{new_id()}"
    hours = 7 * 60
    await sender.batch(
        [
            from_device(device, 1, hours),
            from_device(device, 2, hours + 1),
            from_device(device, 3, 2),
            from_device(device, 4, 3),
        ]
    )
    ((code, detail),) = await device_findings(facts, device)
    assert (code, detail["device_seq"]) == ("device_clock_jump", 3)


async def test_devices_of_two_systems_are_two_devices(register: Any, facts: asyncpg.Connection):
    one, other = await register(), await register()
    device = f"K-{new_id()}"
    await one.post(from_device(device, 1))
    await other.post(from_device(device, 50))
    assert await device_findings(facts, device) == []

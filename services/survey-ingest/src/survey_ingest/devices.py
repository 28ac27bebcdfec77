"""Quality findings about devices: gaps in their running numbers, clocks that jumped or are off. Never a reason to refuse.

Runs in the transaction of the responses, so that a kill can neither lose a finding nor invent one. A number that
arrives later than its successors (an offline kiosk's second batch) is no gap by itself; the gap that was seen before
it stays on record with its time.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

import asyncpg

from parindex.web.auth import Caller
from survey_ingest.facts import new_id
from survey_ingest.item import Item

BACKWARDS = dt.timedelta(minutes=10)
"""A higher number whose answer time lies this much before the last one's is a clock jump."""

OFF = dt.timedelta(minutes=5)
SHIFT = dt.timedelta(hours=7)
"""Vietnam's offset: a sender that writes UTC without saying so is off by exactly this."""

Device = tuple[int, int, str]
"""tenant_id, system_id, device_id."""
Finding = tuple[Device, str, str, dict[str, Any]]
"""Device (its id '' where none was named), realm, code, detail."""


async def note_devices(
    connection: asyncpg.Connection, kept: Iterable[tuple[Caller, Item]], recorded_at: dt.datetime
) -> None:
    """Compares each new number with the last one of its device, and each sending time with ours; appends what is amiss."""
    kept = list(kept)
    await _append(connection, _clocks(kept, recorded_at), recorded_at)
    seen: dict[Device, list[tuple[int, dt.datetime, str]]] = {}
    for caller, item in kept:
        content = item.content
        if "device_seq" in content and "device_id" in content:
            device = caller.tenant_id, caller.system_id or 0, content["device_id"]
            seen.setdefault(device, []).append((content["device_seq"], item.answered_at, caller.realm))
    if not seen:
        return
    devices = sorted(seen)
    firsts = [(*device, min(seen[device])[0] - 1, min(seen[device])[1]) for device in devices]
    await connection.execute(
        "INSERT INTO device_state (tenant_id, system_id, device_id, last_seq, last_answered_at) SELECT * FROM unnest($1::int[], $2::int[], $3::text[], $4::bigint[], $5::timestamptz[]) ON CONFLICT DO NOTHING",
        *zip(*firsts, strict=True),
    )
    rows = await connection.fetch(
        "SELECT d.* FROM device_state d JOIN unnest($1::int[], $2::int[], $3::text[]) AS k(tenant_id, system_id, device_id) USING (tenant_id, system_id, device_id) ORDER BY 1, 2, 3 FOR UPDATE OF d",
        *zip(*devices, strict=True),
    )
    findings: list[Finding] = []
    states = []
    for row in rows:
        device = (row["tenant_id"], row["system_id"], row["device_id"])
        last_seq, last_at = row["last_seq"], row["last_answered_at"]
        for seq, answered_at, realm in sorted(seen[device]):
            if seq <= last_seq:
                continue
            if seq > last_seq + 1:
                findings.append((device, realm, "device_gap", {"missing_from": last_seq + 1, "missing_to": seq - 1}))
            if answered_at < last_at - BACKWARDS:
                findings.append(
                    (
                        device,
                        realm,
                        "device_clock_jump",
                        {"before": last_at.isoformat(), "after": answered_at.isoformat(), "device_seq": seq},
                    )
                )
            last_seq, last_at = seq, answered_at
        states.append((*device, last_seq, last_at))
    await connection.execute(
        "UPDATE device_state d SET last_seq = k.seq, last_answered_at = k.at FROM unnest($1::int[], $2::int[], $3::text[], $4::bigint[], $5::timestamptz[]) AS k(tenant_id, system_id, device_id, seq, at)"
        " WHERE d.tenant_id = k.tenant_id AND d.system_id = k.system_id AND d.device_id = k.device_id",
        *zip(*states, strict=True),
    )
    await _append(connection, findings, recorded_at)


def _clocks(kept: list[tuple[Caller, Item]], recorded_at: dt.datetime) -> list[Finding]:
    """Sending times that no honest clock gives: one finding a device and request. An earlier one is a late delivery."""
    found: dict[tuple[Device, str], Finding] = {}
    for caller, item in kept:
        if item.sent_at is None:
            continue
        ahead = item.sent_at - recorded_at
        code = "sent_utc_as_local" if abs(abs(ahead) - SHIFT) <= OFF else "sent_in_future" if ahead > OFF else None
        if code is not None:
            device = caller.tenant_id, caller.system_id or 0, item.content.get("device_id", "")
            detail = {"sent_at": item.sent_at.isoformat(), "received_at": recorded_at.isoformat()}
            found.setdefault((device, code), (device, caller.realm, code, detail))
    return list(found.values())


async def _append(connection: asyncpg.Connection, findings: list[Finding], recorded_at: dt.datetime) -> None:
    if findings:
        await connection.executemany(
            "INSERT INTO quality_finding (tenant_id, finding_id, system_id, realm, code, subject, detail, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8)",
            [
                (device[0], new_id(), device[1], realm, code, device[2], json.dumps(detail), recorded_at)
                for device, realm, code, detail in findings
            ],
        )

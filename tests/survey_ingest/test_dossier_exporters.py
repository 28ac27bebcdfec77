"""Whole lives of dossiers as the exporters of three systems send them: received unchanged, nobody left in any table."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import asyncpg
import pytest

from portal.simulator import exports
from portal.simulator.histories import histories
from support.ingest import Sender
from support.traces import everything

pytestmark = pytest.mark.database
WHERE = {"OCPS": ("H44", "sandbox"), "TD": ("H44", "production"), "HG": ("H60", "sandbox")}
"""Province and realm: the lives of OCPS and TD have the same codes."""
FIRST, LAST = exports.PERIOD


async def carry_out(sender: Sender, call: exports.Sent) -> dict[str, Any]:
    """Sends what an exporter sends, with our session in the place of the portal's."""
    body = {**call.body, "session": sender.token} if isinstance(call.body, dict) else call.body
    path = call.path if call.path.startswith("api/") else f"XrdAdapter/RestService/forward/{call.path}"
    query = "&".join(f"{name}={value}" for name, value in call.query.items())
    answer = await sender.send(body, f"/{path}?{query}")
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


@pytest.mark.parametrize("system", sorted(exports.SYSTEMS))
async def test_an_exporters_dossiers_arrive_whole_and_without_anybody(
    register: Any, resources: Any, facts: asyncpg.Connection, system: str
):
    province, realm = WHERE[system]
    today = dt.datetime.now(dt.UTC).date()
    root = resources.catalogues.current.units.resolve("h_code", province, today, realm).unit_id
    sender: Sender = await register(unit_ids=[root], realm=realm)
    lives = list(histories(11, 8, on_time=6, first=FIRST, last=LAST, province=province))
    calls = list(exports.dossier_calls(11, 8, system, lives=lives))
    for call in calls:
        said = await carry_out(sender, call)
        assert said["error_code"] == 0, said
        assert "thành công" in said["message"]
    rows = await facts.fetch(
        "SELECT dossier_code, status, unit_from FROM dossier_version WHERE system_id = $1 ORDER BY dossier_key, version_no",
        sender.issued.system_id,
    )
    newest = {row["dossier_code"]: row["status"] for row in rows}
    assert newest == {life.code: life.steps[-1].status for life in lives}
    versions = Counter(row["dossier_code"] for row in rows)
    for life in lives:
        assert versions[life.code] == (min(2, len(life.steps)) if system == "TD" else len(life.steps))
    steps = await facts.fetchval(
        "SELECT count(DISTINCT (dossier_key, at, status)) FROM dossier_step WHERE system_id = $1",
        sender.issued.system_id,
    )
    sent_steps = {
        (one["MaHoSo"], one["ThoiDiemXuLy"], one["TrangThai"])
        for call in calls
        if call.service == "CapNhatTienDoHoSoMC"
        for one in call.body["data"]
    }
    assert steps == len(sent_steps)
    persons = exports.personal_values(call.body for call in calls)
    assert len(persons) > 10
    for table, text in (await everything(facts)).items():
        assert [value for value in persons if value in text] == [], table
    again = [await carry_out(sender, call) for call in calls[-2:]]
    assert [said["error_code"] for said in again] == [0, 0]

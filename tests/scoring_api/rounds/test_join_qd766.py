"""A round of QĐ 766 takes its figures from our count of dossiers and from what the portal showed, each with its origin."""

from __future__ import annotations

import datetime as dt

import pytest

from support.portal_facts import counted, shown
from support.rounds import FINANCE, H99, HEALTH, Stage

pytestmark = pytest.mark.database
SEPTEMBER = dt.date(2026, 9, 10)


@pytest.fixture
async def stage(client, connection) -> Stage:
    stage = await Stage.of(client, connection)
    await stage.open(framework="qd766", period="2026-Q3", units=[FINANCE, HEALTH], departments={})
    return stage


async def join(stage: Stage, kind: str) -> dict:
    return await stage.done(stage.cast.officer, "POST", f"/{stage.round_id}/joins", {"kind": kind})


async def joined(stage: Stage, unit: int) -> dict[str, dict]:
    cells = (await stage.state())["cells"]
    return {
        cell["component"]: cell["sides"]["joined"]
        for cell in cells
        if cell["unit_id"] == unit and "joined" in cell["sides"]
    }


async def test_counted_dossiers_enter_with_their_digest_and_what_they_do_not_tell_is_listed(stage, connection):
    more = {"realm": "synthetic", "tenant": H99}
    await counted(connection, FINANCE, SEPTEMBER, n=1271, ended=1271, on_time=998, late=273, digitised=449, timed=100, working_minutes=480_000, **more)  # fmt: skip
    answer = await join(stage, "dossiers")
    found = await joined(stage, FINANCE)
    progress = found["progress_on_time"]
    assert (progress["input"]["numerator"], progress["input"]["denominator"], progress["points"]) == (
        "998",
        "1271",
        "15.70",
    )
    origin = progress["input"]["from"]
    assert (origin["kind"], origin["state"], len(origin["sha256"])) == ("dossiers", "current", 64)
    assert found["so_hoa_giay_to_giai_quyet"]["points"] == "1.41"
    assert found["avg_processing_time"]["input"]["value"] == "10.00", "days of eight hours"
    absent = {(one["unit_id"], one["component"]): one["reason_vi"] for one in answer["absent"]}
    assert absent[FINANCE, "publish_on_time"] == "Chỉ tiêu này không tính được từ hồ sơ."
    assert absent[HEALTH, "progress_on_time"] == "Không nhận được hồ sơ nào có ngày tiếp nhận trong kỳ."
    assert (FINANCE, "dossier_sync") in absent, "nobody has told the report's number"


async def test_the_portals_denominator_lets_sync_and_online_be_said(stage, connection):
    more = {"realm": "synthetic", "tenant": H99}
    await counted(connection, FINANCE, SEPTEMBER, n=900, ended=900, on_time=900, filed_online=450, online=450, **more)
    await shown(
        connection,
        FINANCE,
        "2026-Q3",
        "DOSSIER_SYNC",
        numerator="900",
        denominator="1000",
        ratio="90",
        score="5.4",
        **more,
    )
    await join(stage, "dossiers")
    found = await joined(stage, FINANCE)
    assert found["dossier_sync"]["input"]["denominator"] == "1000"
    assert found["dossier_online"]["points"] == "5.40", "450/900 x 900/1000 = 45 percent, full at 50"


async def test_the_portals_figures_enter_as_printed_and_group_3a_as_a_whole(stage, connection):
    more = {"realm": "synthetic", "tenant": H99}
    september = [
        (
            "PROGRESS_ON_TIME",
            {"numerator": "998", "denominator": "1271", "ratio": "78.52", "score": "15.7", "max_score": "20"},
        ),
        ("ELECTRONIC_CERTIFIED_COPY", {"ratio": "100", "score": "2", "max_score": "2"}),
        (
            "PETITION_PROCESSING_ON_TIME",
            {"numerator": "0", "denominator": "0", "ratio": "0", "score": "6", "max_score": "6"},
        ),
        ("DOSSIER_SYNC", {"numerator": "1300", "denominator": "1271", "ratio": "100", "score": "6", "max_score": "6"}),
        ("PUBLISH_ON_TIME", {}),
        ("TOTAL.provide-online-tree", {"ratio": "55.5", "score": "6.66", "max_score": "12"}),
    ]
    for metric, figures in september:
        await shown(connection, FINANCE, "2026-Q3", metric, **figures, **more)
    await shown(connection, HEALTH, "2026-Q3", "DOSSIER_ONLINE", numerator="4", denominator="10", **more)
    answer = await join(stage, "portal")
    found = await joined(stage, FINANCE)
    assert found["progress_on_time"]["points"] == "15.70"
    assert found["progress_on_time"]["input"]["from"]["kind"] == "portal"
    assert found["electronic_certified_copy"]["input"]["percent"] == "100"
    assert found["petition_processing_on_time"]["points"] == "6.00", "without petitions the portal gives the maximum"
    assert found["dossier_sync"]["points"] == "6.00", "more than the denominator counts as the denominator"
    assert (found["online"]["input"]["imported_points"], found["online"]["points"]) == ("6.66", "6.66")
    assert "dossier_online" not in found, "the whole group is imported"
    absent = {(one["unit_id"], one["component"]): one["reason_vi"] for one in answer["absent"]}
    assert absent[FINANCE, "publish_on_time"] == "Cổng để trống chỉ tiêu này."
    assert absent[HEALTH, "dossier_online"] == "Thiếu tỷ lệ đồng bộ (1.4) của Cổng để nhân."


async def test_only_rounds_of_the_decision_are_joined_so(client, connection):
    stage = await Stage.of(client, connection)
    await stage.open()
    for kind in ("dossiers", "portal"):
        path = f"/{stage.round_id}/joins"
        await stage.refused(stage.cast.officer, "POST", path, {"kind": kind}, 422, "nothing_to_join")
        await stage.refused(stage.cast.chair, "POST", path, {"kind": kind}, 403, "role_missing")

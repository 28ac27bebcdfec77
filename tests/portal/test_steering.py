"""What a person sees and decides: `parindex portal`, the day's books, turns of two workers."""

from __future__ import annotations

import asyncio
import json

import pytest
from typer.testing import CliRunner

from parindex.errors import Conflict, NotFound
from parindex.settings import Settings
from ranking_worker.metrics import Metrics
from ranking_worker.portal.attention import open_attention
from ranking_worker.portal.call import NotNow
from ranking_worker.portal.cli import app
from ranking_worker.portal.deliver import deliver
from ranking_worker.portal.loop import PortalLoop
from ranking_worker.portal.reconcile import reconcile_books
from ranking_worker.portal.show import attempts_of, attention_entries, attention_text, standing, standing_text
from ranking_worker.portal.steer import hold, is_there, send_again, settled
from ranking_worker.portal.turn import turn
from ranking_worker.portal.votes_plan import plan_votes
from support.portal import H99, HUB, SharedClock, items, linked, month_closed, site_file

pytestmark = pytest.mark.database
KEY = "votes/hub/H99/2026-08"
SILENT = HUB[: HUB.index("      ask:")]


@pytest.fixture
async def hub(tmp_path, simulator, clock, database, registers, connection):
    await month_closed(connection, "2026-08", {5: 900, 4: 80, 2: 20})
    link = await linked(site_file(tmp_path, simulator.url, HUB), database, registers, clock)
    await plan_votes(link)
    yield link
    await link.portal.close()


async def lost(tmp_path, simulator, hub, database, registers):
    """An item whose outcome got lost where the portal cannot be asked."""
    simulator.fault("reset_after", "B/UpdateVote", calls=1)
    link = await linked(site_file(tmp_path, simulator.url, SILENT), database, registers, hub.clock)
    await deliver(link)
    return link


async def test_a_person_who_found_it_at_the_portal_says_so_and_nothing_is_sent_again(
    tmp_path, hub, simulator, connection, database, registers
):
    link = await lost(tmp_path, simulator, hub, database, registers)
    await is_there(connection, KEY, "đã tra trên Cổng", hub.clock.now())
    await deliver(link)
    assert await items(connection) == {(KEY, 1): "known"}
    assert len(simulator.committed("vote")) == 1
    assert await open_attention(connection, H99) == []
    await is_there(connection, KEY, "đã tra trên Cổng", hub.clock.now())


async def test_a_person_who_did_not_find_it_lets_it_be_sent_again(
    tmp_path, hub, simulator, connection, database, registers
):
    link = await lost(tmp_path, simulator, hub, database, registers)
    assert await send_again(connection, KEY, hub.clock.now()) == "waiting"
    await deliver(link)
    assert await items(connection) == {(KEY, 1): "received"}
    assert await open_attention(connection, H99) == []


async def test_what_is_delivered_is_not_sent_again_by_mistake(hub, connection):
    await deliver(hub)
    with pytest.raises(Conflict, match="nothing to send again"):
        await send_again(connection, KEY, hub.clock.now())
    assert await send_again(connection, KEY, hub.clock.now(), again=True) == "waiting"


async def test_unknown_keys_and_subjects_are_said_so(hub, connection):
    with pytest.raises(NotFound):
        await send_again(connection, "votes/none", hub.clock.now())
    with pytest.raises(NotFound):
        await attempts_of(connection, "votes/none")
    with pytest.raises(NotFound):
        await settled(connection, "none", "x", hub.clock.now())


async def test_a_paused_profile_calls_nobody_until_it_goes_on(hub, simulator, connection):
    await hold(connection, H99, "hub", hub.clock.now(), paused=True)
    with pytest.raises(NotNow, match="paused"):
        await deliver(hub)
    assert simulator.books()["calls"] == []
    assert "tạm dừng theo lệnh" in standing_text(await standing(connection), hub.clock.now())
    await hold(connection, H99, "hub", hub.clock.now(), paused=False)
    await deliver(hub)
    assert await items(connection) == {(KEY, 1): "received"}


async def test_the_list_says_what_since_when_and_what_to_do(hub, simulator, connection):
    simulator.control(options={"extra_units": []})
    await deliver(hub)
    text = attention_text(await attention_entries(connection))
    assert text.splitlines() == [
        "Việc cần người xử lý: 1",
        "1. Cổng không nhận số liệu đánh giá tháng 8/2026 của H99: HTTP 200, mã -1: Bản ghi 1: OrganizationInchargeIdLevel1: mã đơn vị H99 không có trong danh mục",
        "   Từ 20:00 ngày 01/10/2026. Mục: votes/hub/H99/2026-08",
        "   Cần làm: Xem `parindex portal attempts votes/hub/H99/2026-08`, sửa nguyên nhân, rồi chạy `parindex portal retry votes/hub/H99/2026-08`.",
    ]
    await settled(connection, KEY, "Đã báo đơn vị quản lý.", hub.clock.now())
    assert attention_text(await attention_entries(connection)) == "Không có việc nào cần người xử lý."


async def test_the_books_of_a_day_agree_or_somebody_hears_of_it(hub, simulator, connection):
    await deliver(hub)
    hub.clock.forward(6 * 3600)
    assert await reconcile_books(hub)
    assert not await reconcile_books(hub), "once a day"
    assert [tuple(row) for row in await connection.fetch("SELECT agency, ours, theirs FROM portal_reconciliation")] == [
        ("H99", 1, 1)
    ]

    simulator.reset()
    simulator.control(options={"extra_units": ["H99"], "vote_lookup": True})
    await connection.execute("DELETE FROM portal_state WHERE subject = 'reconcile'")
    await reconcile_books(hub)
    rows = await connection.fetch("SELECT revision, ours, theirs FROM portal_reconciliation ORDER BY revision")
    assert [tuple(row) for row in rows] == [(1, 1, 1), (2, 1, 0)]
    (one,) = await open_attention(connection, H99)
    assert (one.attention.code, one.attention.detail["missing"]) == ("books_differ", [KEY])


async def test_where_nobody_can_be_asked_the_books_hold_our_count_and_not_a_zero(
    tmp_path, hub, simulator, connection, database, registers
):
    link = await linked(site_file(tmp_path, simulator.url, SILENT), database, registers, hub.clock)
    await deliver(link)
    link.clock.forward(6 * 3600)
    await reconcile_books(link)
    assert [tuple(row) for row in await connection.fetch("SELECT ours, theirs FROM portal_reconciliation")] == [
        (1, None)
    ]


async def test_two_workers_take_turns_and_send_nothing_twice(
    tmp_path, simulator, clock, make_settings, database, registers, connection
):
    for month in ("2026-05", "2026-06", "2026-07", "2026-08"):
        await month_closed(connection, month, {5: 10})
    file = site_file(tmp_path, simulator.url, HUB, replaced={"2026-08-01": "2026-05-01"})
    settings = make_settings(portal_file=str(file))
    loops = [PortalLoop(settings, database, registers, Metrics(), clock) for _ in range(2)]
    for _ in range(3):
        await asyncio.gather(*(loop.step(loop.profiles[0]) for loop in loops))
    assert set((await items(connection)).values()) == {"received"}
    committed = simulator.committed("vote")
    assert len(committed) == len(set(committed)) == 4
    assert simulator.books()["fronts"]["B"]["max_in_flight"] == 1
    await loops[0].observe(connection)
    registry = loops[0]._metrics.registry
    assert registry.get_sample_value("parindex_worker_portal_outbox", {"state": "received"}) == 4
    assert registry.get_sample_value("parindex_worker_portal_attention") == 0
    for loop in loops:
        await loop.close()


async def test_a_turn_belongs_to_one_and_ends_with_its_block(database):
    async with (
        turn(database, H99, "hub") as first,
        turn(database, H99, "hub") as second,
        turn(database, H99, "b") as other,
    ):
        assert (first, second, other) == (True, False, True)
    async with turn(database, H99, "hub") as again:
        assert again


async def test_a_worker_without_a_profile_file_has_no_portal(settings, database, registers):
    loop = PortalLoop(settings, database, registers, Metrics())
    assert loop.profiles == ()


def commanded(settings: Settings, monkeypatch, *arguments, file=None):
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    if file:
        monkeypatch.setenv("PARINDEX_PORTAL_FILE", str(file))
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


async def test_the_commands_say_and_do_what_they_promise(tmp_path, hub, simulator, connection, settings, monkeypatch):
    simulator.control(options={"extra_units": []})
    await deliver(hub)
    file = tmp_path / "portal.yaml"

    async def run(*arguments):
        return await asyncio.to_thread(commanded, settings, monkeypatch, *arguments, file=file)

    assert "lỗi dữ liệu (LOI_DU_LIEU): 1" in await run("status")
    assert json.loads(await run("outbox", "--state", "rejected", "--json"))[0]["key"] == KEY
    assert KEY in await run("outbox")
    assert "không có trong danh mục" in await run("attempts", KEY)
    assert json.loads(await run("attention", "--json"))[0]["subject"] == KEY
    await run("pause", "hub")
    assert "tạm dừng theo lệnh" in await run("status")
    await run("resume", "hub")
    await run("retry", KEY, "--alike")
    assert await items(connection) == {(KEY, 1): "waiting"}
    assert "Không có việc nào" in await run("attention")
    assert "hub: lgsp, H99, synthetic: đẩy votes" in await run("check-profile", str(file))


def test_the_shared_clock_moves_both_sides(simulator):
    clock = SharedClock(simulator)
    clock.forward(60)
    assert simulator.control()["clock"]["now"] == clock.at.isoformat()

"""What leaves reaches the portal exactly once, whatever happens on the way: the worker's outbox against the simulator."""

from __future__ import annotations

import itertools

import pytest

from portal.simulator.books import digest
from ranking_worker.portal.call import NotNow
from ranking_worker.portal.deliver import deliver, recover, rendered
from ranking_worker.portal.outbox import due
from ranking_worker.portal.votes_plan import plan_votes
from support.portal import ADAPTER, H99, HUB, items, linked, month_closed, site_file

pytestmark = pytest.mark.database
AUGUST = ("votes/hub/H99/2026-08", 1)


@pytest.fixture
async def hub(tmp_path, simulator, clock, database, registers, connection):
    """The hub's link with one closed month that is due."""
    await month_closed(connection, "2026-08", {5: 900, 4: 80, 2: 20})
    link = await linked(site_file(tmp_path, simulator.url, HUB), database, registers, clock)
    assert await plan_votes(link) == 1
    yield link
    await link.portal.close()


async def work(link, minutes=0):
    """Some time later everything that is due is worked off."""
    link.clock.forward(minutes * 60)
    try:
        while await deliver(link):
            pass
    except NotNow as later:
        return later
    return None


async def test_votes_arrive_as_counted_and_are_sent_once(hub, simulator, connection):
    await work(hub)
    assert await items(connection) == {AUGUST: "received"}
    (entry,) = simulator.books(kind="vote", bodies=1)["committed"]
    assert entry["key"] == "H99/2026-08"
    assert entry["body"] == {
        "DateCreated": "2026-08-31T23:59:59.000+0700",
        "TotalVoted": 1000,
        "PercentVeryGood": 90,
        "PercentGood": 8,
        "PercentBad": 2,
        "Questions": [
            {
                "Content": "Ông/Bà đánh giá như thế nào về thái độ công chức khi hướng dẫn và tiếp nhận giải quyết hồ sơ?",
                "PercentVeryGood": 90, "PercentGood": 8, "PercentBad": 2,
            }
        ],
        "OrganizationInchargeIdLevel1": "H99",
        "OrganizationInchargeName": entry["body"]["OrganizationInchargeName"],
    }  # fmt: skip
    assert await plan_votes(hub) == 0
    await work(hub, minutes=60)
    assert len(simulator.committed("vote")) == 1
    assert simulator.books()["privacy"] == []


@pytest.mark.parametrize("fault", ["reset_after", "gateway_after", "hang_after", "cut_json", "truncated"])
async def test_an_outcome_that_got_lost_is_asked_for_and_nothing_is_sent_twice(hub, simulator, connection, fault):
    simulator.fault(fault, "B/UpdateVote", calls=1)
    await work(hub)
    assert await items(connection) == {AUGUST: "asking"}
    await work(hub, minutes=20)
    assert await items(connection) == {AUGUST: "known"}
    assert [entry["action"] for entry in simulator.books(kind="vote")["committed"]] == ["new"]
    attempts = await connection.fetch("SELECT purpose, outcome FROM outbox_attempt ORDER BY at")
    assert [tuple(row) for row in attempts] == [("send", "unknown"), ("ask", "known")]


@pytest.mark.parametrize("fault", ["reset_before", "waf_page", "text_500", "gateway_502"])
async def test_what_never_arrived_is_sent_again_once_the_portal_said_so(hub, simulator, connection, fault):
    simulator.fault(fault, "B/UpdateVote", calls=1)
    await work(hub)
    assert await items(connection) == {AUGUST: "asking"}
    await work(hub, minutes=20)
    await work(hub, minutes=2)
    assert await items(connection) == {AUGUST: "received"}
    assert len(simulator.committed("vote")) == 1


async def test_where_nobody_can_be_asked_a_person_decides(tmp_path, hub, simulator, connection, database, registers):
    simulator.fault("reset_after", "B/UpdateVote", calls=1)
    silent = HUB[: HUB.index("      ask:")]
    link = await linked(site_file(tmp_path, simulator.url, silent), database, registers, hub.clock)
    await work(link)
    await work(link, minutes=24 * 60)
    assert await items(connection) == {AUGUST: "paused"}
    assert len(simulator.committed("vote")) == 1
    raised = await connection.fetchrow("SELECT code, sentence_vi, what_to_do_vi FROM portal_attention")
    assert raised["code"] == "outcome_unknown"
    assert "tháng 8/2026 của H99" in raised["sentence_vi"]
    assert "parindex portal delivered votes/hub/H99/2026-08" in raised["what_to_do_vi"]


async def test_where_a_second_sending_replaces_the_first_it_is_simply_sent_again(
    tmp_path, hub, simulator, connection, database, registers
):
    simulator.control(options={"vote_again": "replace"})
    simulator.fault("reset_after", "B/UpdateVote", calls=1)
    silent = HUB[: HUB.index("      ask:")].replace("resend: person", "resend: replaces")
    link = await linked(site_file(tmp_path, simulator.url, silent), database, registers, hub.clock)
    await work(link)
    await work(link, minutes=2)
    assert await items(connection) == {AUGUST: "received"}


async def test_what_a_dead_process_left_in_sending_is_asked_for(hub, simulator, connection, database):
    (item,) = await due_items(hub)
    await hub.portal.push_votes(rendered(hub, item))
    await connection.execute("UPDATE outbox SET state = 'sending', attempts = 1, first_at = $1", hub.clock.now())
    assert await recover(hub) == 1
    await work(hub, minutes=2)
    assert await items(connection) == {AUGUST: "known"}
    assert len(simulator.committed("vote")) == 1


async def due_items(link):
    async with link.database.connection() as reading:
        return await due(reading, H99, link.profile.name, link.clock.now(), 10)


async def test_a_busy_portal_is_tried_again_after_1_5_15_60_minutes_and_given_up_after_a_day(
    hub, simulator, connection
):
    simulator.fault("error_200", "B/UpdateVote")
    began = hub.clock.now()
    for minutes in [1] * 90 + [20] * 75:
        await work(hub, minutes=minutes)
    assert await items(connection) == {AUGUST: "dead"}
    tried = await connection.fetch("SELECT at FROM outbox_attempt ORDER BY at")
    minutes = [round((row["at"] - began).total_seconds() / 60) for row in tried]
    pauses = [after - before for before, after in itertools.pairwise(minutes)]
    assert pauses[:3] == [2, 6, 16], "1, 5 and 15 minutes, jitter, and looking once a minute"
    assert all(60 <= pause <= 81 for pause in pauses[3:])
    assert len(pauses) > 15
    assert minutes[-1] <= 24 * 60 + 10
    assert await connection.fetchval("SELECT code FROM portal_attention WHERE subject = $1", AUGUST[0]) == "dead_letter"
    assert simulator.committed("vote") == []


async def test_content_that_moved_is_a_new_version_and_the_waiting_one_gives_way(hub, simulator, connection):
    await month_closed(connection, "2026-08", {5: 901, 4: 80, 2: 20})
    assert await plan_votes(hub) == 1
    await work(hub)
    assert await items(connection) == {AUGUST: "superseded", (AUGUST[0], 2): "received"}
    assert len(simulator.committed("vote")) == 1


async def test_an_open_outcome_goes_before_the_newer_version(hub, simulator, connection):
    simulator.fault("reset_after", "B/UpdateVote", calls=1)
    await work(hub)
    await month_closed(connection, "2026-08", {5: 901, 4: 80, 2: 20})
    await plan_votes(hub)
    assert await items(connection) == {AUGUST: "asking", (AUGUST[0], 2): "waiting"}
    await work(hub)
    assert len(simulator.committed("vote")) == 1, "the newer one waits"
    await work(hub, minutes=20)
    assert await items(connection) == {AUGUST: "known", (AUGUST[0], 2): "received"}
    assert [entry["action"] for entry in simulator.books(kind="vote")["committed"]] == ["new", "update"]


async def test_content_that_the_portal_refuses_is_shown_to_a_person_at_once(hub, simulator, connection):
    simulator.control(options={"extra_units": []})
    await work(hub)
    assert await items(connection) == {AUGUST: "rejected"}
    raised = await connection.fetchrow("SELECT code, sentence_vi FROM portal_attention")
    assert raised["code"] == "rejected"
    assert "không có trong danh mục" in raised["sentence_vi"]


async def test_a_revoked_token_is_fetched_anew_once(hub, simulator, connection):
    simulator.fault("revoke", "B/UpdateVote", calls=1)
    await work(hub)
    assert await items(connection) == {AUGUST: "received"}
    assert simulator.books()["endpoints"]["B/token"]["calls"] == 2


async def test_a_wrong_password_is_tried_once_and_shown_to_a_person(hub, simulator, connection):
    simulator.control(options={"client_secret": "another"})
    later = await work(hub)
    assert "refused" in later.why
    assert await items(connection) == {AUGUST: "waiting"}
    await work(hub, minutes=5)
    assert simulator.books()["endpoints"]["B/token"]["calls"] == 1
    simulator.control(options={"client_secret": "parindex-secret"})
    await work(hub, minutes=15)
    assert await items(connection) == {AUGUST: "received"}
    assert await connection.fetch("SELECT closes FROM portal_attention ORDER BY recorded_at") == [(False,), (True,)]


async def test_five_failures_in_a_row_open_the_breaker_for_a_quarter_of_an_hour(hub, simulator, connection):
    simulator.fault("reset_before", "B/*")
    for _ in range(8):
        later = await work(hub, minutes=1)
    assert "failed several times" in later.why
    assert len(simulator.books()["calls"]) == 5
    simulator.control(faults=[])
    await work(hub, minutes=5)
    assert len(simulator.books()["calls"]) == 5
    await work(hub, minutes=15)
    assert await items(connection) == {AUGUST: "received"}
    rows = await connection.fetch("SELECT code, closes FROM portal_attention ORDER BY recorded_at")
    assert [tuple(row) for row in rows] == [("breaker_open", False), ("breaker_open", True)]


async def test_who_says_429_is_left_alone_as_long_as_it_asks_across_a_restart(
    tmp_path, hub, simulator, connection, database, registers
):
    simulator.fault("too_many_429", "B/UpdateVote", calls=1, **{"with": {"retry_after": 1800}})
    await work(hub)
    again = await linked(site_file(tmp_path, simulator.url, HUB), database, registers, hub.clock)
    await work(again, minutes=25)
    assert len(simulator.books(endpoint="B/UpdateVote")["calls"]) == 1
    await work(again, minutes=6)
    assert await items(connection) == {AUGUST: "received"}


async def test_calls_keep_their_gap_and_never_overlap(hub, simulator, connection):
    for month in ("2026-09", "2026-10"):
        await month_closed(connection, month, {5: 10})
    await connection.execute("UPDATE period_closing SET closes_at = closes_at")
    assert await plan_votes(hub) >= 1
    await work(hub)
    calls = simulator.books()["calls"]
    times = [call["at"] for call in calls]
    assert len(times) == len(set(times)) >= 3
    assert max(call["in_flight"] for call in calls) == 1


async def test_ratings_of_a_maintenance_window_wait_for_its_end(tmp_path, simulator, clock, database, registers):
    link = await linked(site_file(tmp_path, simulator.url, ADAPTER), database, registers, clock)
    clock.forward(4 * 3600 + 600)
    with pytest.raises(NotNow, match="maintenance"):
        await link.portal.sign_in()
    assert simulator.books()["calls"] == []


def test_the_simulator_and_we_name_a_body_alike():
    assert digest({"b": 1, "a": "é"}) == digest({"a": "é", "b": 1})

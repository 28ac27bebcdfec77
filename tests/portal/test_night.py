"""A night with everything wrong, lived through by the worker's own loop against the simulated portal over HTTP.

At dawn: what is committed at the portal is what we hold for delivered, nothing twice, gaps kept, one list for a person.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.simulator.books import digest
from portal.simulator.handle import Simulator, running
from ranking_worker.metrics import Metrics
from ranking_worker.portal.deliver import rendered
from ranking_worker.portal.loop import PortalLoop
from ranking_worker.portal.outbox import DELIVERED, Item
from ranking_worker.portal.show import attention_entries, attention_text
from support.portal import ADAPTER, HUB, START, SharedClock, items, month_closed, rated, site_file

pytestmark = pytest.mark.database
GOLDEN = Path(__file__).parent / "night.txt"
DAWN = dt.datetime.combine(START.date() + dt.timedelta(days=1), dt.time(6), START.tzinfo)
MONTHS = tuple(f"2026-0{month}" for month in range(1, 9))
RATINGS = 25
PUBLIC = """\
  - name: public
    kind: public_766
    address: "URL"
    success: {codes: [OK], code_fields: [code]}
    pulls: {catalogues: [agencies], metrics: [dvc-progress-tree, handling-satisfaction], units: [H44], first_month: 2026-09-01}
"""
OURS = "    authority: H99\n    realm: synthetic\n"
THEIRS = "    authority: H44\n    realm: production\n"
STILL = "2026-10-02T04:00:00"
"""Towards the morning the network calms down."""
OFTEN, SELDOM = {"probability": 0.25, "until": STILL}, {"probability": 0.1, "until": STILL}
WRONG = [
    {"kind": "waf_page", "endpoint": "B/UpdateVote", "until": "2026-10-01T20:30:00", "probability": 0.5},
    {"kind": "too_many_429", "endpoint": "B/*", "after_calls": 5, "calls": 1, "with": {"retry_after": 1800}},
    {"kind": "reset_before", "endpoint": "B/UpdateVote", **OFTEN},
    {"kind": "reset_after", "endpoint": "B/UpdateVote", **OFTEN},
    {"kind": "gateway_after", "endpoint": "B/UpdateVote", **SELDOM},
    {"kind": "cut_json", "endpoint": "B/UpdateVote", "after_calls": 8, "calls": 1},
    {"kind": "revoke", "endpoint": "B/UpdateVote", **OFTEN},
    {"kind": "error_200", "endpoint": "B/UpdateVote", **SELDOM},
    {"kind": "hang_after", "endpoint": "B/UpdateVote", "after_calls": 2, "calls": 1},
    {"kind": "maintenance_503", "endpoint": "*", "daily": ["00:00", "00:30"]},
    {"kind": "reset_before", "endpoint": "A/*", **SELDOM},
    {"kind": "reset_after", "endpoint": "A/DongBoDanhGia", **OFTEN},
    {"kind": "partial_batch", "endpoint": "A/DongBoDanhGia", "calls": 2, "with": {"k": 2}},
    {"kind": "revoke", "endpoint": "A/DongBoDanhGia", **OFTEN},
    {"kind": "nfd", "endpoint": "A/*", "probability": 0.5},
    {"kind": "bom", "endpoint": "B/*", "probability": 0.5},
    {"kind": "truncated", "endpoint": "D/list-with-location", "from": "2026-10-02T00:00:00", "calls": 1},
    {"kind": "changing_pages", "endpoint": "D/evaluation/dvc-progress-tree", "calls": 4},
    {"kind": "lost_fields", "endpoint": "D/evaluation/handling-satisfaction", "from": "2026-10-02T00:00:00"},
]
"""Every night of a year in one: each fault strikes by its own seeded draw."""


@pytest.fixture
def portal() -> Iterator[Simulator]:
    with running(seed=7, small=True, at=START.isoformat(), rate=0) as simulator:
        simulator.control(
            options={
                "extra_units": ["H99"], "vote_lookup": True, "limits": {"MaHoSo": 22},
            },
            faults=WRONG,
            agencies=[
                {"on": "2026-09-01", "open": [{"code": f"H44.{n}", "name": f"UBND xã Số {n}"} for n in range(201, 301)]},
                {"on": "2026-10-02", "close": ["H44.01"], "open": [{"code": "H44.180", "name": "UBND xã Tân Lập Mới"}]},
            ],
        )  # fmt: skip
        yield simulator


async def facts(connection):
    """Eight closed months, ratings; one that the portal will not take, one that may not leave."""
    for number, month in enumerate(MONTHS):
        await month_closed(connection, month, {5: 700 + number, 4: 200, 2: 100})
    for number in range(RATINGS):
        await rated(connection, number, value=(5, 4, 2)[number % 3])
    await rated(connection, 98, dossier="H99.01.02.03-260901-0098")
    await rated(connection, 99)


async def smuggle(connection):
    """Somebody's mistake puts a telephone number where a questionnaire's name should be."""
    await connection.execute(
        "UPDATE outbox SET body = jsonb_set(body, '{MaBoCauHoi}', to_jsonb($1::text)) WHERE subject LIKE '%/r99'",
        "KIOSK " + "0912" + "345" + "678",
    )


async def delivered(connection, loop, name, kind):
    """What we hold for delivered, as the portal would name it: digests of the bodies."""
    link = await loop.link(next(profile for profile in loop.profiles if profile.name == name))
    rows = await connection.fetch(
        "SELECT kind, subject, version, realm, body::text AS body, body_sha256, state, attempts, first_at, next_at, updated_at"
        " FROM outbox WHERE kind = $1 AND state = ANY($2::text[])", kind, list(DELIVERED),
    )  # fmt: skip
    return sorted(digest(rendered(link, Item.of(row)).document) for row in rows)


def gaps(calls):
    """Seconds from the end of one call to the start of the next, by the shared clock, which stands still during a call."""
    times = [dt.datetime.fromisoformat(call["at"]) for call in calls]
    return [(after - before).total_seconds() for before, after in itertools.pairwise(times)]


async def test_at_dawn_everything_is_where_we_say_it_is_and_one_list_says_what_a_person_must_do(
    tmp_path, portal, make_settings, database, registers, connection
):
    clock = SharedClock(portal)
    file = site_file(tmp_path, portal.url, HUB, ADAPTER, PUBLIC)
    text = file.read_text().replace("2026-08-01", "2026-01-01")
    head, *profiles = text.split("  - name: ")
    profiles = [one.replace(OURS, THEIRS) if one.startswith("public") else one for one in profiles]
    file.write_text("  - name: ".join([head, *profiles]))
    await facts(connection)
    loop = PortalLoop(make_settings(portal_file=str(file)), database, registers, Metrics(), clock)
    links = [await loop.link(profile) for profile in loop.profiles]
    await loop._plan(links[1])
    await smuggle(connection)
    while clock.at < DAWN:
        for link in links:
            while await loop.work(link):
                pass
        clock.forward(1200)
    portal.control(faults=[])

    books = portal.books()
    for name, kind, theirs in (("hub", "votes", "vote"), ("adapter", "rating", "rating")):
        committed = sorted(entry["digest"] for entry in books["committed"] if entry["kind"] == theirs)
        assert committed == await delivered(connection, loop, name, kind), (
            f"{kind}: committed is not what we hold for delivered"
        )
    assert books["twice"] == []
    assert {entry["action"] for entry in books["committed"]} == {"new"}
    assert books["privacy"] == []
    states = await items(connection)
    left = {key: state for (key, _), state in states.items() if state not in DELIVERED}
    assert left == {"rating/adapter/1/r98": "rejected", "rating/adapter/1/r99": "rejected"}
    assert len(states) == len(MONTHS) + RATINGS + 2

    struck = {fault for call in books["calls"] for fault in call["faults"]}
    assert struck >= {fault["kind"] for fault in WRONG}, "every fault of the night truly struck"
    for front in "ABD":
        calls = [call for call in books["calls"] if call["endpoint"].startswith(front)]
        assert max(call["in_flight"] for call in calls) == 1
        assert min(gaps(calls)) >= 2

    document = attention_text(await attention_entries(connection)) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(document, encoding="utf-8")
    assert document == GOLDEN.read_text(encoding="utf-8"), "differs from tests/portal/night.txt: UPDATE_GOLDEN=1"
    await loop.close()

"""Sites differ: partners' tokens, envelopes, levels of organisations, open months, answers in other forms."""

from __future__ import annotations

import httpx
import pytest

from ranking_worker.metrics import Metrics
from ranking_worker.portal.call import Caller, NotNow, Request
from ranking_worker.portal.deliver import deliver
from ranking_worker.portal.port import NotOffered
from ranking_worker.portal.votes_plan import plan_votes
from support.portal import ADAPTER, HUB, frozen, items, linked, month_closed, site_file

pytestmark = pytest.mark.database
AUGUST = ("votes/hub/H99/2026-08", 1)


@pytest.fixture
async def site(tmp_path, simulator, clock, database, registers, connection):
    """Makes the hub's link of a site that differs in something."""
    await month_closed(connection, "2026-08", {5: 900, 4: 80, 2: 20})
    links = []

    async def make(*profiles, **replaced):
        file = site_file(tmp_path, simulator.url, *(profiles or (HUB,)), replaced=replaced.get("replaced", {}))
        links.append(await linked(file, database, registers, clock))
        return links[-1]

    yield make
    for link in links:
        await link.portal.close()


async def pushed(link):
    await plan_votes(link)
    while await deliver(link):
        pass


async def test_a_partners_token_goes_beside_the_bearer(site, simulator, connection):
    simulator.control(options={"lgsp_header": "required"})
    link = await site(replaced={"client_secret: secret}": "client_secret: secret, access: access}\n    access: header"})
    await pushed(link)
    assert await items(connection) == {AUGUST: "received"}


async def test_a_partners_token_may_stand_alone(site, simulator, connection):
    simulator.control(options={"lgsp_header": "authorization"})
    link = await site(
        replaced={
            "secrets: {client_id: key, client_secret: secret}": "secrets: {access: access}\n    access: authorization"
        }
    )
    await pushed(link)
    assert await items(connection) == {AUGUST: "received"}
    assert "B/token" not in simulator.books()["endpoints"]


@pytest.mark.parametrize("envelope", ["object", "array"])
async def test_a_hub_may_want_a_list_and_say_its_success_with_another_field(site, simulator, connection, envelope):
    simulator.control(options={"hub_style": "error_code"})
    link = await site(
        replaced={
            'codes: ["1"]': 'codes: ["0"]',
            "organisations: level_1": f"organisations: level_1\n      envelope: {envelope}",
        }
    )
    await pushed(link)
    assert await items(connection) == {AUGUST: "received"}


async def test_each_department_by_its_own_code_and_zeros_for_who_had_no_votes(site, simulator, connection):
    await month_closed(connection, "2026-08", {5: 9}, unit_id=990_001)
    await month_closed(connection, "2026-08", {5: 4}, unit_id=990_002)
    link = await site(replaced={"organisations: level_1": "organisations: level_2"})
    await plan_votes(link)
    found = {key[0].split("/")[2] for key in await items(connection)}
    assert {"H99.01", "H99.03"} <= found
    assert not {"H99", "H99.02"} & found, "four answers are too few to be shown"
    totals = dict(await connection.fetch("SELECT body->'organisation'->>'code', (body->'answers')::int FROM outbox"))
    assert (totals["H99.01"], totals["H99.03"]) == (9, 0)


async def test_open_months_are_pushed_again_whenever_they_move_where_the_profile_says_so(site, connection):
    version = await connection.fetchval(
        "SELECT instrument_version_id FROM instrument_version WHERE instrument = 'KIOSK3'"
    )
    link = await site(
        replaced={"2026-08-01": "2026-10-01", "organisations: level_1": "organisations: level_1\n      state: current"}
    )
    for answers in (50, 51, 51):
        await frozen(connection, version, "2026-10", {5: answers}, 990_000, "synthetic", state="current")
        await pushed(link)
    assert await items(connection) == {("votes/hub/H99/2026-10", n): "received" for n in (1, 2)}


async def test_the_realm_of_a_profile_is_the_only_one_that_leaves(site, connection):
    await month_closed(connection, "2026-07", {5: 100}, realm="production")
    link = await site(replaced={"2026-08-01": "2026-07-01"})
    await plan_votes(link)
    totals = dict(
        await connection.fetch("SELECT body->>'month', (body->'answers')::int FROM outbox WHERE realm = 'synthetic'")
    )
    assert totals == {"2026-07": 0, "2026-08": 1000}


async def test_levels_that_do_not_fit_push_nothing_and_are_told_until_they_fit(site, connection):
    link = await site(replaced={"bad: [2]": "bad: [1]"})
    assert await plan_votes(link) == 0
    assert await connection.fetchval("SELECT code FROM portal_attention") == "votes_profile"
    assert await plan_votes(await site()) == 1
    assert await connection.fetchval(
        "SELECT closes FROM portal_attention ORDER BY recorded_at DESC, attention_id DESC LIMIT 1"
    )


async def test_what_a_kind_of_connection_does_not_have_it_says(site):
    hub, adapter = await site(), await site(ADAPTER)
    for asked in (hub.portal.dossier("x"), hub.portal.catalogue("agencies"), hub.portal.metrics("transparency", {})):
        with pytest.raises(NotOffered):
            await asked
    for asked in (
        adapter.portal.ask("votes", {}),
        adapter.portal.metrics("transparency", {}),
        adapter.portal.catalogue("none"),
    ):
        with pytest.raises(NotOffered):
            await asked


async def test_catalogues_and_procedures_come_through_the_adapter(site, simulator):
    adapter = await site(ADAPTER)
    agencies = await adapter.portal.catalogue("agencies")
    assert agencies.outcome == "received"
    assert {row["MADONVI"] for row in agencies.document["result"]} >= {"H44", "H44.01"}
    listed = await adapter.portal.catalogue("procedures")
    code = listed.document["result"][0]["MATTHC"]
    (found,) = (await adapter.portal.procedure(code)).document["result"]
    assert found["MATTHC"] == code
    assert (await adapter.portal.dossier("H99-260901-0001")).outcome in {"absent", "received"}


async def test_a_wrong_destination_is_a_fault_of_the_gateway_and_no_verdict(site):
    adapter = await site(ADAPTER, replaced={"VN:GOV:000.00.00.G22:vpcpdvcprovider": "VN:GOV:nobody"})
    with pytest.raises(NotNow, match="HTTP 500"):
        await adapter.portal.sign_in()


async def test_an_answer_without_end_is_cut_and_a_slow_one_given_up(site, simulator, clock):
    adapter = await site(ADAPTER)
    simulator.fault("oversized", "A/LayDanhMucCoQuan", calls=1, **{"with": {"bytes": 3_000_000}})
    cut = await adapter.portal.catalogue("agencies")
    assert (cut.outcome, cut.detail) == ("unknown", "the answer is larger than 1 MB")
    assert len(cut.reply.content) < 2_000_000
    simulator.fault("slow_body", "A/LayDanhMucCoQuan", calls=1, **{"with": {"seconds": 30}})
    slow = await adapter.portal.catalogue("agencies")
    assert slow.detail == "no whole answer within 3 seconds"


async def test_a_port_nobody_listens_on_is_no_sending(site, database, clock):
    link = await site(replaced={'address: "URL"': 'address: "http://127.0.0.1:9"'})
    answer = await link.caller.call(Request("votes", "POST", "/x", json={}))
    assert (answer.outcome, answer.channel_failed) == ("retry", True)


async def test_redirects_are_not_followed_and_secrets_go_nowhere_else(site, database, clock):
    seen = []

    def away(request):
        seen.append(request.url.host)
        return httpx.Response(302, headers={"location": "https://elsewhere.example.vn/login"})

    link = await site()
    caller = Caller(database, link.tenant_id, link.profile, clock, Metrics(), transport=httpx.MockTransport(away))
    answer = await caller.call(Request("votes", "POST", "/x", json={}))
    await caller.close()
    assert answer.outcome == "unknown"
    assert set(seen) == {"127.0.0.1"}

"""From a wish to a signed edition: what is drafted, who must agree to what, and what stands afterwards."""

from __future__ import annotations

import asyncio
import json

import asyncpg
import pytest

from parindex.db.editions import stored_chain, stored_edition
from parindex.db.ownership import ROLES
from parindex.editions.edition_file import read_editions
from parindex.editions.keys import PrivateKey
from parindex.editions.rederive import rederive
from parindex.editions.verify import Head, verify
from parindex.engine.period import Period
from parindex.errors import Conflict, Unavailable
from ranking_worker.close_periods import close_periods
from ranking_worker.drafts import DraftBook, build_drafts
from ranking_worker.publish import RefusalBook, publish_approved
from support.facts import respond, respond_many
from support.wishes import APPROVER, DRAFTER, REVIEWER, event, latest_draft, publication, review_and_approve

pytestmark = pytest.mark.database
KEY = PrivateKey.of_bytes(bytes(range(32)))
NEXT_KEY = PrivateKey.of_bytes(bytes(range(32, 64)))
NATION, TRIAL = 0, 990000
SATISFACTION = {
    "kind": "satisfaction", "realm": "synthetic", "instrument": "KIOSK3", "version": "1", "scope_unit_id": TRIAL,
    "block": "department", "period": "2026-03", "method": "top2",
}  # fmt: skip


@pytest.fixture
def draft(database, registers):
    book = DraftBook()

    async def build():
        return await build_drafts(database, registers, book)

    return build


@pytest.fixture
def publish(database):
    book = RefusalBook()

    async def run(key=KEY):
        return await publish_approved(database, key, book)

    return run


async def printed(connection, place=0) -> dict:
    """The source of a shipped table of the provinces, in the order observed."""
    rows = await connection.fetch(
        "SELECT imported_table_id FROM imported_table WHERE block = 'province' AND framework = 'qd766' AND period = '2025-10' ORDER BY observed_at"
    )
    return {"kind": "imported", "imported_table_id": rows[place][0]}


def corrects(edition: int) -> dict:
    """What names an edition of the same table as corrected."""
    return {"supersedes": edition, "erratum": "Cột hài lòng được bổ sung."}


async def published(connection, tenant_id=NATION):
    return [json.loads(one.document) for one in await stored_chain(connection, tenant_id)]


async def findings_of(connection, publication_id) -> list[str]:
    return [one["code"] for one in json.loads((await latest_draft(connection, publication_id))["findings"])]


async def test_what_two_persons_agreed_to_becomes_edition_1_signed_and_announced(connection, draft, publish):
    wish = await publication(connection, NATION, await printed(connection), title_vi="QĐ 766 tháng 10/2025")
    (drafted,) = await draft()
    body_sha256 = await review_and_approve(connection, NATION, wish)
    (one,) = await publish()
    assert (one.edition_no, one.findings) == (1, ())
    assert drafted.body_sha256 == body_sha256
    stored = await stored_edition(connection, NATION, 1)
    (read,) = read_editions(json.dumps(stored.file_form(inputs=True)))
    assert verify([read], Head(one.sha256, 1), {KEY.key_id: KEY.public_key}).holds
    assert rederive(read.document["body"], read.inputs).holds
    body = read.document["body"]
    assert (body["index"]["code"], body["index"]["version"], body["counts"]["ranked"]) == ("qd766", "2022-1", 34)
    assert body["title_vi"] == "QĐ 766 tháng 10/2025"
    change = await connection.fetchrow("SELECT kind, realm, subject::text FROM change_entry")
    assert (change["kind"], change["realm"]) == ("edition_published", "production")
    assert json.loads(change["subject"])["sha256"] == one.sha256
    assert await publish() == []
    assert await draft() == []


async def test_editions_of_an_authority_are_one_chain_over_a_rotated_key(connection, draft, publish):
    for place, key, more in [(0, KEY, {}), (1, KEY, corrects(1)), (0, NEXT_KEY, corrects(2))]:
        wish = await publication(connection, NATION, await printed(connection, place), **more)
        await draft()
        await review_and_approve(connection, NATION, wish)
        (one,) = await publish(key)
        assert one.edition_no is not None
    forms = [one.file_form() for one in await stored_chain(connection, NATION)]
    found = verify(read_editions(json.dumps(forms)))
    assert found.holds
    assert [one.key_id for one in found.editions] == [KEY.key_id, KEY.key_id, NEXT_KEY.key_id]
    assert await connection.fetchval("SELECT count(*) FROM signing_key") == 2


async def test_an_erratum_supersedes_the_same_table_once_and_says_why(connection, draft, publish):
    for place, more in enumerate([{}, {"supersedes": 1, "erratum": "Cột hài lòng được bổ sung."}]):
        wish = await publication(connection, NATION, await printed(connection, place), **more)
        await draft()
        await review_and_approve(connection, NATION, wish)
        (one,) = await publish()
        assert one.edition_no == place + 1
    assert (await published(connection))[1]["publication"]["erratum"] == "Cột hài lòng được bổ sung."
    refused = {
        "superseded_already": {"supersedes": 1, "erratum": "Lần nữa"},
        "superseded_unknown": {"supersedes": 9, "erratum": "Lần nữa"},
        "erratum_missing": {"supersedes": 2},
        "erratum_alone": {"erratum": "Không nêu ấn bản"},
    }
    for code, more in refused.items():
        wish = await publication(connection, NATION, await printed(connection), **more)
        await draft()
        await review_and_approve(connection, NATION, wish)
        (one,) = await publish()
        also = ["edition_exists"] if code == "erratum_alone" else []
        assert [finding.code for finding in one.findings] == [code, *also]
    assert len(await published(connection)) == 2


async def test_a_table_that_stands_is_not_signed_a_second_time_whoever_approved_it(connection, draft, publish):
    first = await publication(connection, NATION, await printed(connection))
    await draft()
    await review_and_approve(connection, NATION, first)
    assert [one.edition_no for one in await publish()] == [1]
    again = await publication(connection, NATION, await printed(connection, 1), person_id=None)
    await draft()
    digest = (await latest_draft(connection, again))["body_sha256"]
    for kind in ("reviewed", "approved"):
        await event(connection, NATION, again, kind, None, digest)
    (refused,) = await publish()
    assert ([one.code for one in refused.findings], refused.edition_no) == (["edition_exists"], None)
    assert "supersedes=1" in refused.findings[0].hint
    assert len(await published(connection)) == 1


async def test_an_erratum_of_another_table_is_refused(connection, draft, publish):
    first = await publication(connection, NATION, await printed(connection))
    await draft()
    await review_and_approve(connection, NATION, first)
    await publish()
    (other,) = await connection.fetchrow(
        "SELECT imported_table_id FROM imported_table WHERE tenant_id = 0 AND block = 'province' AND period <> '2025-10' LIMIT 1"
    )
    source = {"kind": "imported", "imported_table_id": other}
    wish = await publication(connection, NATION, source, supersedes=1, erratum="Sai bảng")
    await draft()
    await review_and_approve(connection, NATION, wish)
    (one,) = await publish()
    assert [finding.code for finding in one.findings] == ["superseded_other_table"]


@pytest.mark.parametrize(
    ("reviewer", "approver", "code"),
    [(DRAFTER, APPROVER, "one_person"), (REVIEWER, DRAFTER, "one_person"), (None, APPROVER, "one_person")],
)
async def test_the_drafter_neither_reviews_nor_approves(connection, draft, publish, reviewer, approver, code):
    wish = await publication(connection, NATION, await printed(connection))
    await draft()
    await review_and_approve(connection, NATION, wish, reviewer=reviewer, approver=approver)
    (one,) = await publish()
    assert (one.edition_no, [finding.code for finding in one.findings]) == (None, [code])
    assert await publish() == []  # said once, until something is added
    assert await published(connection) == []


async def test_what_the_operator_s_command_loads_may_be_agreed_to_by_it(connection, draft, publish):
    wish = await publication(connection, NATION, await printed(connection), person_id=None)
    await draft()
    await review_and_approve(connection, NATION, wish, reviewer=None, approver=None)
    (one,) = await publish()
    assert one.edition_no == 1


async def test_an_approval_without_a_review_of_the_same_draft_publishes_nothing(connection, draft, publish):
    wish = await publication(connection, NATION, await printed(connection))
    await draft()
    sha256 = (await latest_draft(connection, wish))["body_sha256"]
    await event(connection, NATION, wish, "approved", APPROVER, sha256)
    (one,) = await publish()
    assert [finding.code for finding in one.findings] == ["not_reviewed"]
    await event(connection, NATION, wish, "reviewed", REVIEWER, "0" * 64)
    await event(connection, NATION, wish, "approved", APPROVER, sha256)
    (one,) = await publish()
    assert [finding.code for finding in one.findings] == ["not_reviewed"]
    await event(connection, NATION, wish, "reviewed", REVIEWER, sha256)
    await event(connection, NATION, wish, "approved", APPROVER, sha256)
    (one,) = await publish()
    assert one.edition_no == 1


async def test_a_rejection_or_a_withdrawal_holds_it_back(connection, draft, publish):
    for kind in ("rejected", "withdrawn"):
        wish = await publication(connection, NATION, await printed(connection))
        await draft()
        await review_and_approve(connection, NATION, wish)
        await event(connection, NATION, wish, kind, REVIEWER)
    assert [[finding.code for finding in one.findings] for one in await publish()] == [["rejected"]]
    assert await published(connection) == []


async def test_without_a_key_nothing_is_published_and_it_is_said_once(connection, draft, publish):
    wish = await publication(connection, NATION, await printed(connection))
    await draft()
    await review_and_approve(connection, NATION, wish)
    (one,) = await publish(None)
    assert [finding.code for finding in one.findings] == ["signing_key_missing"]
    assert await publish(None) == []
    (one,) = await publish(KEY)
    assert one.edition_no == 1


async def march(connection, work):
    await respond_many(connection, {5: 18, 2: 2}, unit_id=990001)
    await respond_many(connection, {5: 10, 2: 10}, unit_id=990002)
    await respond_many(connection, {5: 5, 2: 5}, unit_id=990003)
    await work()


async def test_a_satisfaction_table_is_drafted_once_its_period_is_closed_and_re_derives_after_everything_was_purged(
    connection, database, registers, work, draft, publish
):
    await march(connection, work)
    wish = await publication(connection, TRIAL, SATISFACTION)
    (first,) = await draft()
    assert (first.body_sha256, await findings_of(connection, wish)) == (None, ["period_open"])
    assert await draft() == []
    while await close_periods(database, registers):
        pass
    (second,) = await draft()
    assert second.draft_no == 2
    assert await findings_of(connection, wish) == ["unranked"]
    await review_and_approve(connection, TRIAL, wish)
    (one,) = await publish()
    for table in ("response", "response_change", "rollup", "rollup_procedure", "tally", "unit_result", "league_table"):
        await connection.execute(f"DELETE FROM {table}")
    (read,) = read_editions(json.dumps((await stored_edition(connection, TRIAL, 1)).file_form(inputs=True)))
    body = read.document["body"]
    assert one.sha256 == read.digest
    assert [(row["unit_id"], row["rank"], row["value"]) for row in body["rows"] if row["rank"]] == [
        (990001, 1, "90.00"),
        (990002, 2, "50.00"),
        (990003, 2, "50.00"),
    ]
    assert {row["unranked"]["code"] for row in body["rows"] if row["rank"] is None} == {"no_responses"}
    assert rederive(body, read.inputs).holds


async def test_late_responses_do_not_move_the_draft_of_a_closed_period(connection, database, registers, work, draft):
    await march(connection, work)
    while await close_periods(database, registers):
        pass
    wish = await publication(connection, TRIAL, SATISFACTION)
    (first,) = await draft()
    await respond_many(connection, {2: 30}, unit_id=990001, recorded_at=Period.parse("2026-03").closes_at)
    await work()
    assert await draft() == []
    assert (await latest_draft(connection, wish))["body_sha256"] == first.body_sha256


async def test_a_draft_that_moved_after_its_approval_is_not_published(
    connection, database, registers, work, draft, publish
):
    """A unit that the restated table has to hide meanwhile is hidden in a new draft, which nobody has agreed to."""
    await respond_many(connection, {5: 18, 2: 2}, unit_id=990001)
    await respond_many(connection, {5: 10, 2: 10}, unit_id=990002)
    await work()
    while await close_periods(database, registers):
        pass
    wish = await publication(connection, TRIAL, SATISFACTION)
    await draft()
    await review_and_approve(connection, TRIAL, wish)
    await respond(connection, unit_id=990003, answers=(5,), recorded_at=Period.parse("2026-03").closes_at)
    await work()
    (second,) = await draft()
    assert second.draft_no == 2
    (one,) = await publish()
    assert [finding.code for finding in one.findings] == [
        "draft_moved",
    ]
    await review_and_approve(connection, TRIAL, wish)
    (one,) = await publish()
    assert one.edition_no == 1


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({}, "source_incomplete"), ({"kind": "magic"}, "source_incomplete"), ({"kind": "round"}, "source_incomplete"),
        ({"kind": "round", "round_id": 77}, "round_unknown"),
        ({"kind": "imported", "imported_table_id": 77_777}, "imported_table_unknown"),
        (SATISFACTION | {"version": "9"}, "instrument_unknown"),
    ],
)  # fmt: skip
async def test_what_cannot_be_built_says_why_and_holds_up_nobody(connection, draft, source, code):
    wish = await publication(connection, NATION, source)
    other = await publication(connection, NATION, await printed(connection))
    assert {one.publication_id for one in await draft()} == {wish, other}
    assert await findings_of(connection, wish) == [code]
    assert (await latest_draft(connection, other))["body"] is not None
    assert await draft() == []


async def test_nobody_publishes_after_an_edition_that_was_altered_in_the_database(connection, draft, publish):
    first = await publication(connection, NATION, await printed(connection))
    await draft()
    await review_and_approve(connection, NATION, first)
    await publish()
    await connection.execute("UPDATE edition SET document = replace(document, 'Bắc Ninh', 'Bắc Nình')")
    second = await publication(connection, NATION, await printed(connection, 1), **corrects(1))
    await draft()
    await review_and_approve(connection, NATION, second)
    with pytest.raises(Conflict, match="altered"):
        await publish()
    assert len(await published(connection)) == 1


async def test_nothing_is_published_while_the_clock_stands_before_the_last_edition(connection, draft, publish):
    first = await publication(connection, NATION, await printed(connection))
    await draft()
    await review_and_approve(connection, NATION, first)
    await publish()
    await connection.execute("UPDATE edition SET published_at = published_at + interval '1 day'")
    second = await publication(connection, NATION, await printed(connection, 1), **corrects(1))
    await draft()
    await review_and_approve(connection, NATION, second)
    with pytest.raises(Unavailable, match="clock"):
        await publish()


async def test_a_draft_altered_by_hand_is_not_signed(connection, draft, publish):
    wish = await publication(connection, NATION, await printed(connection))
    await draft()
    await review_and_approve(connection, NATION, wish)
    await connection.execute("UPDATE edition_draft SET body = replace(body, 'Bắc Ninh', 'Bắc Nình')")
    (one,) = await publish()
    assert [finding.code for finding in one.findings] == ["draft_altered"]


async def test_several_workers_at_once_publish_each_wish_once_in_one_chain(connection, database, draft):
    papi = {"kind": "figures", "framework": "papi", "scope_unit_id": NATION, "block": "province"}
    wishes = [await publication(connection, NATION, {**papi, "period": str(year)}) for year in range(2011, 2015)]
    await draft()
    for wish in wishes:
        await review_and_approve(connection, NATION, wish)
    done = await asyncio.gather(*(publish_approved(database, KEY, RefusalBook()) for _ in range(4)))
    assert sorted(one.publication_id for some in done for one in some) == sorted(wishes)
    forms = [one.file_form() for one in await stored_chain(connection, NATION)]
    assert verify(read_editions(json.dumps(forms))).holds
    assert [one["document"]["publication"]["edition_no"] for one in forms] == [1, 2, 3, 4]


PUBLISHED = {
    "edition": "sha256", "edition_inputs": "sha256", "signing_key": "key_id", "change_entry": "kind", "edition_draft": "body",
}  # fmt: skip


async def refused(connection, role: str, statement: str) -> bool:
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL ROLE {role}")
            await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return True
    return False


@pytest.mark.parametrize("role", ROLES.values())
async def test_no_service_may_change_or_delete_what_was_published(connection, draft, publish, role):
    wish = await publication(connection, NATION, await printed(connection))
    await draft()
    await review_and_approve(connection, NATION, wish)
    await publish()
    for table, column in PUBLISHED.items():
        for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            assert await refused(connection, role, statement), statement
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 1


async def test_a_stored_edition_that_was_altered_is_found_by_whoever_gets_it(connection, draft, publish):
    wish = await publication(connection, NATION, await printed(connection))
    await draft()
    await review_and_approve(connection, NATION, wish)
    await publish()
    await connection.execute("UPDATE edition SET document = replace(document, 'Bắc Ninh', 'Bắc Nình')")
    stored = await stored_edition(connection, NATION, 1)
    assert not stored.unaltered
    found = verify(read_editions(json.dumps(stored.file_form())))
    assert [finding.code for finding in found.findings] == ["document_altered"]
    await connection.execute("UPDATE edition SET document = left(document, 100)")
    with pytest.raises(Conflict):
        (await stored_edition(connection, NATION, 1)).file_form()

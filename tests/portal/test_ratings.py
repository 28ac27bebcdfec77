"""Single ratings, where a site has switched them on: what of a response leaves, in batches whose outcome is each item's own."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.simulator.books import digest
from ranking_worker.portal.attempts import prune_answers
from ranking_worker.portal.call import NotNow
from ranking_worker.portal.deliver import deliver, recover, rendered
from ranking_worker.portal.mapper import read_mapper
from ranking_worker.portal.outbox import Item
from ranking_worker.portal.ratings_plan import plan_ratings
from ranking_worker.portal.show import attention_entries
from ranking_worker.portal.steer import alike, send_again
from support.facts import change
from support.portal import ADAPTER, items, linked, rated, site_file

pytestmark = pytest.mark.database
MAPPER = """\
mapper: site
version: "1"
service: DongBoDanhGia
items: danhSach
time: "%d/%m/%Y %H:%M:%S"
constants: {loai: "1"}
fields: {MaHoSo: hoSo.ma, MaDonVi: donVi, ThoiDiemDanhGia: luc, MaBoCauHoi: bo, DanhSachTraLoi: traLoi, MucDoHaiLong: mucDo}
"""


@pytest.fixture
async def adapter(tmp_path, simulator, clock, database, registers):
    links = []

    async def make(**replaced):
        file = site_file(tmp_path, simulator.url, ADAPTER, replaced=replaced.get("replaced", {}))
        links.append(await linked(file, database, registers, clock))
        return links[-1]

    yield make
    for link in links:
        await link.portal.close()


async def work(link, minutes=0):
    link.clock.forward(minutes * 60)
    try:
        while await deliver(link):
            pass
    except NotNow as later:
        return later
    return None


async def states(connection):
    return {key.rpartition("/")[2]: state for (key, _), state in (await items(connection, "rating")).items()}


async def test_ratings_leave_in_batches_with_nothing_but_the_neutral_fields(adapter, simulator, connection):
    for number in range(7):
        await rated(connection, number)
    link = await adapter()
    assert await plan_ratings(link) == 7
    assert await plan_ratings(link) == 0
    await work(link)
    assert set((await states(connection)).values()) == {"received"}
    books = simulator.books(kind="rating", bodies=1)
    assert len(books["committed"]) == 7
    assert books["endpoints"]["A/DongBoDanhGia"]["calls"] == 2
    assert set(books["committed"][0]["body"]) == {
        "MaHoSo", "MaTTHC", "MaDonVi", "ThoiDiemDanhGia", "MaBoCauHoi", "PhienBan", "DanhSachTraLoi", "MucDoHaiLong",
    }  # fmt: skip
    assert books["privacy"] == []


async def test_a_response_that_does_not_count_never_leaves_and_a_code_off_the_pattern_stays_here(
    adapter, simulator, connection
):
    withdrawn = await rated(connection, 1)
    await change(connection, withdrawn, "withdrawn", -1)
    await rated(connection, 2, dossier="HS-2026-ABC")
    link = await adapter()
    assert await plan_ratings(link) == 1
    await work(link)
    (entry,) = simulator.books(kind="rating", bodies=1)["committed"]
    assert "MaHoSo" not in entry["body"]


async def test_switched_off_nothing_is_even_planned(adapter, connection):
    await rated(connection, 1)
    link = await adapter(replaced={"enabled: true": "enabled: false"})
    assert await plan_ratings(link) == 0
    assert await states(connection) == {}


@pytest.mark.parametrize("batches", ["whole", "partial"])
async def test_one_bad_rating_of_a_batch_does_not_take_the_others_with_it(adapter, simulator, connection, batches):
    simulator.control(options={"batches": batches, "limits": {"MaHoSo": 22}})
    for number in range(4):
        await rated(connection, number)
    await rated(connection, 9, dossier="H99.01.02.03-260901-0001")
    link = await adapter()
    await plan_ratings(link)
    await work(link)
    await work(link, minutes=10)
    found = await states(connection)
    assert found.pop("r9") == "rejected"
    assert set(found.values()) <= {"received", "known"}
    assert len(simulator.committed("rating")) == 4
    assert simulator.books()["twice"] == []
    assert await connection.fetchval("SELECT count(*) FROM portal_attention") == 1


async def test_ratings_that_failed_alike_are_one_thing_to_look_at_until_all_of_them_go_again(
    adapter, simulator, connection
):
    simulator.control(options={"limits": {"MaHoSo": 5}})
    for number in range(3):
        await rated(connection, number)
    link = await adapter()
    await plan_ratings(link)
    await work(link)
    await work(link, minutes=10)
    (entry,) = await attention_entries(connection)
    assert entry["alike"] == 3
    keys = await alike(connection, entry["detail"]["key"])
    assert len(keys) == 3
    for number, key in enumerate(keys):
        assert len(await attention_entries(connection)) == 1, f"{number} of 3 were decided"
        await send_again(connection, key, link.clock.now())
    assert await attention_entries(connection) == []


async def test_a_batch_whose_answer_got_lost_is_sent_again_one_by_one_where_the_portal_refuses_what_it_has(
    adapter, simulator, connection
):
    simulator.fault("reset_after", "A/DongBoDanhGia", calls=1)
    for number in range(3):
        await rated(connection, number)
    link = await adapter()
    await plan_ratings(link)
    await work(link)
    await work(link, minutes=10)
    assert set((await states(connection)).values()) == {"known"}
    assert len(simulator.committed("rating")) == 3


async def test_a_partly_stored_batch_is_completed_and_nothing_stands_twice(adapter, simulator, connection):
    simulator.fault("partial_batch", "A/DongBoDanhGia", calls=1, **{"with": {"k": 2}})
    for number in range(5):
        await rated(connection, number)
    link = await adapter(replaced={'"lỗi hệ thống"': '"không có lời này"'})
    await plan_ratings(link)
    await work(link)
    await work(link, minutes=10)
    found = await states(connection)
    assert sorted(found.values()) == ["known", "known", "received", "received", "received"]
    assert len(simulator.committed("rating")) == 5


async def test_a_rating_can_be_asked_about_by_its_dossier(adapter, simulator, connection):
    simulator.control(options={"rating_lookup": True, "rating_again": "append"})
    simulator.fault("reset_after", "A/DongBoDanhGia", calls=1)
    await rated(connection, 1)
    ask = 'resend: person\n      ask: {name: TraCuuDanhGia, parameters: {mahoso: "{dossier}"}, rows: result, after_seconds: 60}'
    link = await adapter(replaced={"resend: refused": ask})
    await plan_ratings(link)
    await work(link)
    assert await states(connection) == {"r1": "asking"}
    await work(link, minutes=10)
    assert await states(connection) == {"r1": "known"}
    assert len(simulator.committed("rating")) == 1


async def test_a_session_that_ended_is_replaced_once_and_the_rating_arrives(adapter, simulator, connection):
    await rated(connection, 1)
    link = await adapter()
    await plan_ratings(link)
    await link.portal.sign_in()
    simulator.fault("revoke", "A/DongBoDanhGia", calls=1)
    await work(link)
    assert await states(connection) == {"r1": "received"}
    assert simulator.books()["endpoints"]["A/login"]["calls"] == 2


@pytest.mark.parametrize("kind", ["capital", "nfd", "bom", "numbers_as_strings", "wrong_charset"])
async def test_success_is_understood_however_it_is_written(adapter, simulator, connection, kind):
    simulator.fault(kind, "A/*")
    await rated(connection, 1)
    link = await adapter()
    await plan_ratings(link)
    await work(link)
    assert await states(connection) == {"r1": "received"}


async def test_another_schema_is_a_file(adapter, simulator, connection, tmp_path):
    (tmp_path / "site-mapper.yaml").write_text(MAPPER)
    schema = read_mapper(MAPPER, "m")
    simulator.control(
        options={"rating_schema": {"items": schema.items, "fields": dict(schema.fields), "time": schema.time}}
    )
    await rated(connection, 1)
    link = await adapter(replaced={"resend: refused": "mapper: site-mapper.yaml\n      resend: refused"})
    await plan_ratings(link)
    await work(link)
    (entry,) = simulator.books(kind="rating", bodies=1)["committed"]
    assert entry["body"]["hoSo"] == {"ma": "H99.01-260901-0001"}
    assert entry["body"]["luc"] == "10/03/2026 12:00:00"
    assert entry["body"]["loai"] == "1"


async def test_what_somebody_smuggled_into_a_rating_is_kept_back_and_the_others_go(adapter, simulator, connection):
    for number in (1, 2):
        await rated(connection, number)
    link = await adapter()
    await plan_ratings(link)
    smuggled = "0912" + "345" + "678"
    await connection.execute(
        "UPDATE outbox SET body = jsonb_set(body, '{MaBoCauHoi}', to_jsonb($1::text)) WHERE subject LIKE '%/r1'",
        smuggled,
    )
    await work(link)
    assert await states(connection) == {"r1": "rejected", "r2": "received"}
    raised = await connection.fetchrow("SELECT code, sentence_vi, detail::text FROM portal_attention")
    assert raised["code"] == "guard"
    assert smuggled not in "".join(raised.values())
    assert smuggled not in str(simulator.books(bodies=1))
    assert (
        await connection.fetchval("SELECT outcome FROM outbox_attempt WHERE subject LIKE '%/r1'") == "refused_by_guard"
    )


async def test_both_sides_name_the_same_body_by_the_same_digest(adapter, simulator, connection):
    await rated(connection, 1)
    link = await adapter()
    await plan_ratings(link)
    row = await connection.fetchrow(
        "SELECT kind, subject, version, realm, body::text AS body, body_sha256, state, attempts, first_at, next_at, updated_at FROM outbox"
    )
    await work(link)
    ((_, theirs),) = simulator.committed("rating")
    assert digest(rendered(link, Item.of(row)).document) == theirs


async def test_raw_answers_are_kept_for_30_days_without_secrets(adapter, simulator, connection):
    simulator.fault(
        "text_500", "A/DongBoDanhGia", calls=1, **{"with": {"text": "mat-khau-thu 0912" + "345" + "678 lỗi"}}
    )
    await rated(connection, 1)
    link = await adapter()
    await plan_ratings(link)
    await work(link)
    kept = await connection.fetchval("SELECT convert_from(body, 'UTF8') FROM outbox_answer")
    assert kept == "*** […] lỗi"
    for days, left in ((30, 1), (31, 0)):
        async with link.database.transaction() as pruning:
            await prune_answers(pruning, link.tenant_id, link.clock.now() + dt.timedelta(days=days, seconds=-1))
        assert await connection.fetchval("SELECT count(*) FROM outbox_answer") == left


async def test_nothing_is_left_in_sending(adapter, connection):
    link = await adapter()
    assert await recover(link) == 0

"""Pulls against the simulated portal: tables believed only whole, catalogues in the register, faults held and told."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json

import pytest

from parindex.db.catalogue import load_units
from parindex.engine.period import Period
from ranking_worker.portal.attention import open_attention, settle
from ranking_worker.portal.call import NotNow
from ranking_worker.portal.pull_catalogues import pull_catalogues
from ranking_worker.portal.pull_details import pull_details
from ranking_worker.portal.pull_metrics import pull_metrics
from ranking_worker.portal.pull_plan import Pulled, due, offered
from support.portal import ADAPTER, linked, site_file

pytestmark = pytest.mark.database

PUBLIC = """\
  - name: public
    kind: public_766
    address: "URL"
    success: {codes: [OK], code_fields: [code]}
    pulls:
      catalogues: [agencies]
      metrics: [dvc-progress-tree, handling-satisfaction, provide-online-tree]
      units: [H44]
      first_month: 2026-09-01
"""
READING = ADAPTER.split("    ratings:")[0] + "    pulls: {catalogues: [agencies, procedures]}\n"
UNMATCHED = {("catalogue/agencies/unmatched", "entries_unmatched")}
"""The simulated communes have names that no register knows."""
OURS = {"authority: H99": "authority: H44", "realm: synthetic": "realm: production"}


@pytest.fixture
async def public(tmp_path, simulator, clock, database, registers):
    link = await linked(site_file(tmp_path, simulator.url, PUBLIC, replaced=OURS), database, registers, clock)
    yield link
    await link.portal.close()


@pytest.fixture
async def adapter(tmp_path, simulator, clock, database, registers):
    link = await linked(site_file(tmp_path, simulator.url, READING, replaced=OURS), database, registers, clock)
    yield link
    await link.portal.close()


async def all_pulled(link, pull=pull_metrics):
    """Everything that is due now."""
    count = 0
    while await pull(link):
        count += 1
    return count


async def told(connection, link):
    waiting = {(one.attention.subject, one.attention.code) for one in await open_attention(connection, link.tenant_id)}
    return waiting - UNMATCHED


def test_months_are_offered_when_they_have_ended_quarters_and_years_when_they_began():
    codes = [period.code for period in offered(dt.date(2026, 8, 1), dt.date(2026, 10, 1))]
    assert codes == ["2026-Q4", "2026-09", "2026-08"], "the year and quarter 3 began before the first month asked for"
    assert "2026" in [period.code for period in offered(dt.date(2026, 1, 1), dt.date(2026, 10, 1))]
    assert "2026-10" not in codes


def test_open_periods_are_due_daily_and_closed_ones_once_more():
    september = Period.parse("2026-09")
    morning = dt.datetime(2026, 10, 2, 1, 0, tzinfo=dt.UTC)
    assert due(september, Pulled(), morning)
    assert not due(september, Pulled(good_at=morning - dt.timedelta(minutes=5)), morning)
    assert due(september, Pulled(good_at=morning - dt.timedelta(days=1)), morning)
    assert not due(september, Pulled(failed_at=morning - dt.timedelta(minutes=59)), morning)
    closed = september.closes_at
    assert due(september, Pulled(good_at=closed - dt.timedelta(hours=1)), closed)
    assert not due(september, Pulled(good_at=closed + dt.timedelta(hours=1)), closed + dt.timedelta(days=40))


async def test_tables_are_stored_with_their_bytes_and_under_our_units(public, simulator, connection):
    counts = {"received": 464_494, "on_time": 403_016, "satisfied": 402_886, "petitions": 499, "petitions_on_time": 300, "petitions_satisfied": 238}  # fmt: skip
    simulator.control(figures=[{"unit": "H44", "period": "2026-09", "counts": counts}])
    assert await pull_catalogues(public)
    assert await all_pulled(public) == 6, "three endpoints, September and quarter 4"
    rows = await connection.fetch(
        "SELECT m.*, s.sha256, s.body, s.good FROM portal_metric m JOIN portal_snapshot s USING (tenant_id, snapshot_id)"
        " WHERE printed_name LIKE '%Phú Thọ' AND period = '2026-09'"
    )
    found = {row["metric"]: row for row in rows}
    progress, satisfaction = found["PROGRESS_ON_TIME"], found["DOSSIER_RECEIVING_SATISFACTION"]
    assert (progress["numerator"], progress["denominator"], str(progress["score"])) == (403_016, 464_494, "17.35")
    assert (satisfaction["numerator"], str(satisfaction["ratio"]), str(satisfaction["score"])) == (
        402_886,
        "86.74",
        "5.78",
    )
    assert progress["unit_id"] == satisfaction["unit_id"] == 225, (
        "by its code, and where only the portal's id stands, by that"
    )
    assert all(hashlib.sha256(gzip.decompress(row["body"])).hexdigest() == row["sha256"] for row in rows)
    assert all(row["good"] for row in rows)
    units = await load_units(connection)
    assert units.resolve("dvcqg_id", progress["department_id"], dt.date(2026, 9, 30), "production").unit_id == 225
    assert await pull_metrics(public) is False, "nothing is due twice a day"
    public.clock.forward(24 * 3600)
    assert await all_pulled(public) == 6
    observed = await connection.fetchval("SELECT count(DISTINCT observed_at) FROM portal_metric WHERE metric = 'PROGRESS_ON_TIME' AND period = '2026-09'")  # fmt: skip
    assert observed == 2, "every observation stays"


async def test_all_seven_endpoints_are_read_and_a_unit_without_figures_in_one_group_is_no_zero(
    tmp_path, simulator, clock, database, registers, connection
):
    every = "[service-results, transparency, handling-satisfaction, dossier-digitized, dvc-progress-tree, provide-online-tree, formality-online-payment-tree]"
    changes = {
        "authority: H99": "authority: nation", "realm: synthetic": "realm: production", "units: [H44]": "units: [H15]",
        "metrics: [dvc-progress-tree, handling-satisfaction, provide-online-tree]": f"metrics: {every}",
    }  # fmt: skip
    link = await linked(site_file(tmp_path, simulator.url, PUBLIC, replaced=changes), database, registers, clock)
    try:
        await pull_catalogues(link)
        assert await all_pulled(link) == 14
        rows = await connection.fetch(
            "SELECT metric, unit_id, score FROM portal_metric WHERE period = '2026-09' AND tenant_id = 0"
        )
        units = await load_units(connection)
        province = units.resolve("h_code", "H15", dt.date(2026, 9, 30), "production").unit_id
        metrics = {row["metric"] for row in rows if row["unit_id"] == province}
        assert {
            "GROUP.CKMB",
            "TOTAL.service-results",
            "FORMALITY_ONLINE",
            "FEE_FORMALITY_INTEGRATED",
            "DOSSIER_SYNC",
        } <= metrics
        assert "ORIGINAL_RESULT_AVAILABLE" not in metrics, "the portal has no figures of that unit in that group"
        (total,) = [row for row in rows if row["unit_id"] == province and row["metric"] == "TOTAL.service-results"]
        assert total["score"] is None, "a unit that lacks a group has no total, and null stays null"
        assert await connection.fetchval("SELECT bool_and(good) FROM portal_snapshot")
        assert len({row["unit_id"] for row in rows if row["metric"] == "GROUP.TDGQ"}) == 34
    finally:
        await link.portal.close()


@pytest.mark.parametrize(
    ("fault", "code"), [("wrong_root", "root_differs"), ("lost_fields", "schema_surprise")], ids=["root", "shape"]
)
async def test_what_is_not_as_known_is_kept_and_told_and_the_last_good_one_holds(
    public, simulator, connection, fault, code
):
    await pull_catalogues(public)
    await all_pulled(public)
    before = await connection.fetchval("SELECT count(*) FROM portal_metric")
    public.clock.forward(24 * 3600)
    simulator.fault(fault, "D/evaluation/handling-satisfaction")
    await all_pulled(public)
    bad = await connection.fetch("SELECT findings::text FROM portal_snapshot WHERE NOT good")
    assert bad
    assert all(json.loads(row["findings"])[0]["code"] == code for row in bad)
    told_now = await told(connection, public)
    assert ("766/handling-satisfaction/H44/2026-09", code) in told_now
    latest = await connection.fetchval(
        "SELECT max(observed_at) FROM portal_metric WHERE metric = 'DOSSIER_RECEIVING_SATISFACTION'"
    )
    assert latest < public.clock.now() - dt.timedelta(hours=12)
    assert await connection.fetchval("SELECT count(*) FROM portal_metric") > before, "the other endpoints went on"

    simulator.control(faults=[])
    public.clock.forward(3700)
    assert await all_pulled(public) == 2
    assert await told(connection, public) == set(), "a good pull settles it"


async def test_a_wall_ends_the_work_for_a_while(public, simulator, connection):
    await pull_catalogues(public)
    simulator.control(options={"waf_requests_per_minute": 0, "waf_warnings": 9})
    await pull_metrics(public)
    with pytest.raises(NotNow):
        await pull_metrics(public)
    assert await connection.fetchval("SELECT count(*) FROM portal_snapshot WHERE status = 429") == 1


async def test_the_first_catalogue_gives_the_register_its_codes(adapter, simulator, connection):
    assert await pull_catalogues(adapter)
    units = await load_units(connection)
    department = units.resolve("h_code", "H44.02", dt.date(2026, 10, 1), "production").unit_id
    assert department is not None
    assert units.name(department, dt.date(2026, 10, 1)) == "Sở Nội vụ"
    assert units.resolve("h_code", "H05.02", dt.date(2026, 10, 1), "production").unit_id is None, (
        "other provinces are theirs"
    )
    assert await connection.fetchval("SELECT count(*) FROM portal_catalogue_change") == 0, (
        "the first pull opens nothing"
    )
    entries = await connection.fetchval("SELECT count(*) FROM portal_entry WHERE catalogue = 'agency'")
    assert entries == 34 * 6 + 6
    (one,) = await open_attention(connection, adapter.tenant_id)
    assert (one.attention.subject, one.attention.detail["count"]) == ("catalogue/agencies/unmatched", 3)


async def test_codes_that_close_and_open_reach_the_register_with_lineage_or_a_person(adapter, simulator, connection):
    await pull_catalogues(adapter)
    await pull_catalogues(adapter)
    simulator.control(
        agencies=[
            {
                "on": "2026-10-02",
                "close": ["H44.02"],
                "open": [{"code": "H44.31", "name": "Sở Nội vụ", "kind": "PROVINCIAL_DEPARTMENT"}],
            },
            {"on": "2026-10-02", "close": ["H44.01"], "open": [{"code": "H44.180", "name": "UBND xã Tân Lập Mới"}]},
        ]
    )
    adapter.clock.forward(24 * 3600)
    assert await pull_catalogues(adapter)
    rows = await connection.fetch("SELECT code, kind, applied, revision FROM portal_catalogue_change ORDER BY code")
    assert [(row["code"], row["kind"], row["applied"]) for row in rows] == [
        ("H44.01", "closed", "person"), ("H44.02", "closed", "register"), ("H44.180", "opened", "register"), ("H44.31", "opened", "register"),
    ]  # fmt: skip
    assert rows[1]["revision"] is not None
    units, day = await load_units(connection), dt.date(2026, 10, 2)
    unit = units.resolve("h_code", "H44.31", day, "production").unit_id
    followed = units.resolve("h_code", "H44.02", day, "production")
    assert (followed.status, followed.unit_id) == ("followed", unit)
    assert units.resolve("h_code", "H44.180", day, "production").status == "found"
    assert ("code/H44.01", "code_closed_without_successor") in await told(connection, adapter)


async def test_a_row_lost_between_two_pages_of_a_list_without_total_closes_nothing(public, simulator, connection):
    """A list by cursor tells no total: what one pass lacks is looked for in a second one."""
    assert await pull_catalogues(public)
    count = await connection.fetchval("SELECT count(*) FROM portal_entry")
    pages = len([call for call in simulator.books()["calls"] if "list-with-location" in call["path"]])
    assert pages > 1
    public.clock.forward(24 * 3600)
    simulator.fault("changing_pages", "D/list-with-location", calls=pages)
    assert await pull_catalogues(public)
    calls = [call for call in simulator.books()["calls"] if "list-with-location" in call["path"]]
    assert len(calls) == 3 * pages
    assert await connection.fetchval("SELECT count(*) FROM portal_catalogue_change WHERE kind = 'closed'") == 0
    assert await connection.fetchval("SELECT count(*) FROM portal_entry") == count


async def test_a_cut_or_shrunken_catalogue_closes_nothing(adapter, simulator, connection):
    await pull_catalogues(adapter)
    await pull_catalogues(adapter)
    count = await connection.fetchval("SELECT count(*) FROM portal_entry")
    adapter.clock.forward(24 * 3600)
    simulator.fault("truncated", "A/LayDanhMucCoQuan", calls=1)
    await pull_catalogues(adapter)
    assert ("catalogue/agencies", "truncated") in await told(connection, adapter)

    adapter.clock.forward(3700)
    closed = [
        f"H{number:02}.101"
        for number in (1, 5, 12, 13, 14, 15, 17, 18, 19, 20, 21, 24, 26, 27, 29, 31, 32, 35, 36, 37, 38, 41)
    ]
    simulator.control(agencies=[{"on": "2026-10-01", "close": closed}])
    await pull_catalogues(adapter)
    assert await connection.fetchval("SELECT count(*) FROM portal_entry") == count, "22 of 210 at once are held"
    (held,) = [
        one
        for one in await open_attention(connection, adapter.tenant_id)
        if one.attention.subject == "catalogue/agencies"
    ]
    assert held.attention.detail["count"] == 22
    assert "chưa đóng mã nào" in held.attention.sentence_vi

    # A person has compared and settles it: then exactly these closures are applied.
    adapter.clock.forward(1800)
    await settle(connection, adapter.tenant_id, "catalogue/agencies", adapter.clock.now(), "Đã đối chiếu.", "Compared.")
    adapter.clock.forward(1900)
    await pull_catalogues(adapter)
    assert await connection.fetchval("SELECT count(*) FROM portal_entry") == count - 22


async def test_procedures_and_their_details_are_stored_once(adapter, simulator, connection):
    assert await all_pulled(adapter, pull_catalogues) == 2
    assert (
        await connection.fetchval("SELECT count(*) FROM procedure WHERE source LIKE 'Danh mục thủ tục của Cổng%'") > 100
    )
    assert await all_pulled(adapter, pull_details) >= 6, "twenty a step"
    row = await connection.fetchrow("SELECT * FROM procedure_detail WHERE limit_days = 15 AND has_fee LIMIT 1")
    assert (row["limit_unit"], row["result_due"], row["for_citizens"], row["service_level"]) == (
        "working_day",
        True,
        True,
        "",
    )
    stored = await connection.fetchval("SELECT count(*) FROM procedure_detail")
    adapter.clock.forward(7 * 24 * 3600)
    await all_pulled(adapter, pull_catalogues)
    assert await pull_details(adapter), "once a week the details of all are read again"
    assert await connection.fetchval("SELECT count(*) FROM procedure_detail") == stored, "and nothing new is stored"

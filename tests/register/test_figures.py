"""Single published figures: digit for digit, with source and evidence, conflicts side by side, gaps as gaps."""

from __future__ import annotations

import csv
import io
from importlib.resources import files

import asyncpg
import pytest

from parindex.db.catalogue import load_units
from parindex.errors import Conflict, Invalid
from parindex.register.figure_file import COLUMNS, read_figures, read_papi
from parindex.register.figures import UNCHANGED, load_single_figures, store_figures
from parindex.register.load import load_everything

FOLDER = files("parindex.register") / "data"
TEXT = (FOLDER / "published_figures.csv").read_text("utf-8")
PAPI = (FOLDER / "papi_by_province_2011_2017.csv").read_text("utf-8")
database = pytest.mark.database


async def figures_of(connection: asyncpg.Connection, framework: str, period: str, name: str) -> list[asyncpg.Record]:
    return await connection.fetch(
        "SELECT * FROM published_figure WHERE realm = 'production' AND framework = $1 AND period = $2 AND printed_name = $3 ORDER BY measure, value, source",
        framework,
        period,
        name,
    )


def test_the_shipped_files_hold_every_figure_of_their_sources():
    figures = read_figures(TEXT, "published_figures.csv")
    counted = {code: sum(one.framework == code for one in figures) for code in {one.framework for one in figures}}
    assert counted == {"par-province": 138, "sipas": 73, "par-ministry": 17, "papi": 3, "par-internal": 57, "qd766": 11}
    papi = read_papi(PAPI, "papi.csv")
    assert len(papi) == 441 * 7
    assert {one.printed_name for one in papi if one.evidence == "missing"} == {"Bắc Giang", "Đồng Tháp"}


@database
async def test_figures_are_stored_digit_for_digit_under_the_unit_of_the_time(connection: asyncpg.Connection):
    units = await load_units(connection)
    rows = await figures_of(connection, "par-province", "2015", "Bình Thuận")
    assert {row["measure"]: str(row["value"]) for row in rows if row["measure"] != "index"} == {
        "change_points": "0.65",
        "change_places": "-17",
    }
    (row,) = [row for row in rows if row["measure"] == "index"]
    assert (str(row["value"]), row["printed_rank"], row["evidence"]) == ("85.30", "34", "published")
    assert (row["observed_at"].isoformat(), row["source_match"]) == ("2016-11-04T02:03:22+00:00", "exact")
    assert units.codes(row["unit_id"], units.unit(row["unit_id"]).codes[0].start or row["observed_at"].date())
    assert units.name(row["unit_id"], row["observed_at"].date()).endswith("Bình Thuận")


@database
async def test_publishers_that_contradict_each_other_stand_side_by_side(connection: asyncpg.Connection):
    for framework, period, name, values in (
        ("par-province", "2018", "Quảng Ninh", ["89.06", "89.6"]),
        ("par-province", "2023", "Hải Phòng", ["91.81", "91.87"]),
        ("sipas", "2023", "Hải Phòng", ["88.09", "88.90"]),
    ):
        rows = await figures_of(connection, framework, period, name)
        assert [str(row["value"]) for row in rows] == values
        assert len({row["source"] for row in rows}) == len({row["unit_id"] for row in rows}) + 1 == 2


@database
async def test_what_was_not_published_is_a_gap_and_not_a_zero(connection: asyncpg.Connection):
    rows = await figures_of(connection, "papi", "2014", "Bắc Giang")
    assert len(rows) == 7
    assert {(row["value"], row["evidence"]) for row in rows} == {(None, "missing")}
    (rank_only,) = await figures_of(connection, "par-province", "2024", "Cao Bằng")
    assert (rank_only["value"], rank_only["printed_rank"], rank_only["evidence"]) == (None, "63", "rank_only")


@database
async def test_an_old_province_keeps_its_figures_after_its_merger(connection: asyncpg.Connection):
    yen_bai = await connection.fetch(
        "SELECT DISTINCT unit_id FROM published_figure WHERE framework = 'papi' AND printed_name = 'Yên Bái'"
    )
    lao_cai = await connection.fetch(
        "SELECT DISTINCT unit_id FROM published_figure WHERE framework = 'papi' AND printed_name = 'Lào Cai'"
    )
    assert len(yen_bai) == len(lao_cai) == 1
    assert yen_bai != lao_cai
    assert (
        await connection.fetchval("SELECT count(DISTINCT unit_id) FROM published_figure WHERE framework = 'papi'") == 63
    )


@database
async def test_units_that_the_register_does_not_know_are_kept_by_their_printed_name(connection: asyncpg.Connection):
    rows = await figures_of(connection, "par-internal", "2017", "Sở Khoa học và Công nghệ")
    assert [(str(row["value"]), row["unit_id"], row["printed_rank"]) for row in rows] == [
        ("6", None, None),
        ("85.6", None, "1"),
    ]
    scope = rows[0]["scope_unit_id"]
    assert rows[0]["tenant_id"] == scope
    assert (await load_units(connection)).name(scope, rows[0]["observed_at"].date()).endswith("Thái Nguyên")


@database
async def test_loading_again_changes_nothing(connection: asyncpg.Connection, database_url: str):
    before = await connection.fetchval("SELECT count(*) FROM published_figure")
    async with connection.transaction():
        assert await load_single_figures(connection) == [UNCHANGED]
    assert UNCHANGED in await load_everything(database_url)
    assert await connection.fetchval("SELECT count(*) FROM published_figure") == before == 299 + 441 * 7


@database
async def test_a_code_that_nobody_bore_in_the_period_is_a_finding_and_nothing_is_stored(connection: asyncpg.Connection):
    rows = list(csv.DictReader(io.StringIO(TEXT)))[:2]
    rows[1] |= {"period": "2025", "unit_code": "15"}
    figures = [("late.csv", one) for one in read_figures(csv_of(rows), "late.csv")]
    figures += [("none.csv", one) for one in read_figures(csv_of([{**rows[0], "unit_code": "99"}]), "none.csv")]
    with pytest.raises(Invalid) as caught:
        await store_figures(connection, figures, "0" * 64)
    assert [(finding.field, finding.code) for finding in caught.value.findings] == [("none.csv:2", "unit_unknown")]


@database
async def test_another_figure_for_the_same_observation_is_refused(connection: asyncpg.Connection):
    rows = list(csv.DictReader(io.StringIO(TEXT)))[:1]
    changed = [("changed.csv", one) for one in read_figures(csv_of([{**rows[0], "value": "87.15"}]), "changed.csv")]
    with pytest.raises(Conflict, match="par-province 2012 Đà Nẵng index"):
        await store_figures(connection, changed, "0" * 64)


def csv_of(rows: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("evidence", "heard", "value_unknown"),
        ("evidence", "missing", "value_and_evidence"),
        ("value", "", "value_and_evidence"),
        ("value", "85,30", "number_unreadable"),
        ("block", "huyện", "value_unknown"),
        ("period", "năm 2015", "period_unreadable"),
        ("source", "", "value_missing"),
        ("source_match", "", "value_missing"),
        ("observed_at", "2016-11-04", "instant_unreadable"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_its_line(column: str, value: str, code: str):
    rows = list(csv.DictReader(io.StringIO(TEXT)))[:3]
    rows[1][column] = value
    with pytest.raises(Invalid) as caught:
        read_figures(csv_of(rows), "bad.csv")
    place = "value" if code == "value_and_evidence" else column
    assert [(finding.field, finding.code) for finding in caught.value.findings] == [(f"line 3: {place}", code)]

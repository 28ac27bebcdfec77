"""The published QĐ 766 tables: digit for digit, once per observation, units by the code of the day."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections import Counter
from decimal import Decimal
from importlib.resources import files

import asyncpg
import pytest

from parindex.db.catalogue import load_units
from parindex.engine.rank import Contender, rank
from parindex.errors import Conflict, Invalid
from parindex.frameworks.policy_files import load_policies
from parindex.register.published import SHIPPED, UNCHANGED, import_published, load_published_figures
from parindex.register.published_file import PART_COLUMNS, read_published

TEXT = (files("parindex.register") / "data" / SHIPPED).read_text("utf-8")
FIRST, SECOND = "2025-10-11T20:01:35+07:00", "2025-10-15T08:46:24+07:00"
DAY = dt.date(2025, 10, 11)
database = pytest.mark.database


def csv_of(rows: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def shipped_rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(TEXT)))


async def rows_of(connection: asyncpg.Connection, block: str, period: str, observed: str) -> list[asyncpg.Record]:
    return await connection.fetch(
        "SELECT r.*, t.scope_unit_id, t.to_date, t.source FROM imported_table t JOIN imported_row r USING (tenant_id, imported_table_id)"
        " WHERE t.realm = 'production' AND t.framework = 'qd766' AND block = $1 AND period = $2 AND observed_at = $3 ORDER BY printed_rank",
        block,
        period,
        dt.datetime.fromisoformat(observed),
    )


def test_the_shipped_file_holds_eight_tables_of_370_rows():
    tables = read_published(TEXT, SHIPPED)
    assert Counter((table.block, table.period, len(table.rows)) for table in tables) == {
        ("province", "2025", 34): 2,
        ("province", "2025-10", 34): 2,
        ("department", "2025", 15): 1,
        ("department", "2025-10", 15): 1,
        ("commune", "2025", 102): 2,
    }
    assert sum(len(table.rows) for table in tables) == 370
    assert all(table.to_date for table in tables)
    assert {table.observed_at.isoformat() for table in tables} == {FIRST, SECOND}


def test_every_printed_total_is_exactly_the_sum_of_its_six_groups():
    rows = shipped_rows()
    assert len(rows) == 370
    for row in rows:
        assert sum(Decimal(row[column]) for column in PART_COLUMNS.values()) == Decimal(row["total"])


def test_no_printed_group_exceeds_the_maximum_of_the_policy():
    maxima = {part.code: part.maximum for part in load_policies().on("qd766-portal", DAY).parts}
    assert set(maxima) == set(PART_COLUMNS)
    for table in read_published(TEXT, SHIPPED):
        for row in table.rows:
            assert all(Decimal(points) <= maxima[code] for code, points in row.parts.items())


@database
async def test_the_points_are_stored_digit_for_digit(connection: asyncpg.Connection):
    stored = await connection.fetch(
        "SELECT t.observed_at, t.period, r.* FROM imported_table t JOIN imported_row r USING (tenant_id, imported_table_id)"
    )
    printed = {(row["exported_at"], row["period"].split()[0], row["h_code"]): row for row in shipped_rows()}
    assert len(stored) == len(printed) == 370
    for row in stored:
        at = row["observed_at"].astimezone(dt.timezone(dt.timedelta(hours=7))).isoformat()
        expected = printed[at, row["period"], row["printed_code"]]
        assert json.loads(row["parts"]) == {code: expected[column] for code, column in PART_COLUMNS.items()}
        assert (str(row["total"]), row["printed_rank"], row["printed_name"]) == (
            expected["total"],
            int(expected["printed_rank"]),
            expected["unit"],
        )


@database
async def test_national_tables_belong_to_the_nation_and_an_giangs_to_the_new_an_giang(connection: asyncpg.Connection):
    units = await load_units(connection)
    an_giang = units.resolve("h_code", "H01", DAY, "production").unit_id
    tables = await connection.fetch("SELECT tenant_id, scope_unit_id, block FROM imported_table")
    assert {(table["block"], table["tenant_id"], table["scope_unit_id"]) for table in tables} == {
        ("province", 0, 0),
        ("department", an_giang, an_giang),
        ("commune", an_giang, an_giang),
    }
    assert units.unit(an_giang).start == dt.date(2025, 7, 1)


@database
async def test_every_unit_of_a_table_is_a_member_of_its_block_on_the_day_observed(connection: asyncpg.Connection):
    units = await load_units(connection)
    for block, count in (("province", 34), ("department", 15), ("commune", 102)):
        rows = await rows_of(connection, block, "2025", FIRST)
        assert len(rows) == count
        assert {row["unit_id"] for row in rows} == set(units.members(rows[0]["scope_unit_id"], block, DAY))


@database
async def test_hue_and_cao_bang_share_the_competition_rank_25_that_the_portal_prints_as_25_and_26(
    connection: asyncpg.Connection,
):
    rows = await rows_of(connection, "province", "2025", FIRST)
    policy = load_policies().on("qd766-portal", DAY)
    ranks = rank(
        [Contender(row["unit_id"], row["total"], {}) for row in rows],
        policy.tie_rule,
        tie_breakers=policy.tie_breakers,
        digits=policy.digits,
    )
    tied = [
        (row["printed_name"], str(row["total"]), row["printed_rank"], ranks[row["unit_id"]])
        for row in rows
        if row["total"] == Decimal("84.70")
    ]
    assert tied == [("UBND Thành phố Huế", "84.70", 25, 25), ("UBND tỉnh Cao Bằng", "84.70", 26, 25)]
    assert [row["printed_rank"] for row in rows] == list(range(1, 35))
    following = next(row for row in rows if row["printed_rank"] == 27)
    assert ranks[following["unit_id"]] == 27


@database
async def test_32_of_an_giangs_102_communes_share_their_total_with_another(connection: asyncpg.Connection):
    rows = await rows_of(connection, "commune", "2025", FIRST)
    totals = Counter(row["total"] for row in rows)
    assert len(rows) == 102
    assert sum(count for count in totals.values() if count > 1) == 32


@database
async def test_lang_son_printed_in_the_form_of_before_is_the_same_unit_as_h37(connection: asyncpg.Connection):
    units = await load_units(connection)
    rows = await connection.fetch(
        "SELECT DISTINCT unit_id, printed_code FROM imported_row WHERE printed_name = 'UBND tỉnh Lạng Sơn'"
    )
    assert [(row["unit_id"], row["printed_code"]) for row in rows] == [
        (units.resolve("h_code", "H37", DAY, "production").unit_id, "000.00.00.H37")
    ]
    assert units.name(rows[0]["unit_id"], DAY) == "Tỉnh Lạng Sơn"


@database
async def test_both_observations_of_a_table_stay_readable(connection: asyncpg.Connection):
    first, second = [await rows_of(connection, "province", "2025", observed) for observed in (FIRST, SECOND)]
    assert (str(first[0]["total"]), str(second[0]["total"])) == ("91.64", "91.69")
    assert first[0]["unit_id"] == second[0]["unit_id"]
    assert all(row["source"].startswith("https://github.com/truongquangphuc/new-766/") for row in (*first, *second))


@database
async def test_loading_again_changes_nothing_and_takes_no_revision(connection: asyncpg.Connection):
    before = await connection.fetch("SELECT * FROM register_load")
    assert await load_published_figures(connection) == [UNCHANGED]
    assert await connection.fetch("SELECT * FROM register_load") == before
    assert await connection.fetchval("SELECT count(*) FROM imported_row") == 370


@database
async def test_a_later_export_is_stored_beside_the_earlier_ones(connection: asyncpg.Connection):
    later = [
        {**row, "exported_at": "2025-10-16T09:00:00+07:00"}
        for row in shipped_rows()
        if row["exported_at"] == SECOND and row["level"] == "tỉnh"
    ]
    sentences = await import_published(connection, csv_of(later), file="later.csv")
    assert [sentence.split(", ")[1] for sentence in sentences] == ["34 units", "34 units"]
    assert (
        await connection.fetchval("SELECT count(*) FROM imported_table WHERE block = 'province' AND period = '2025'")
        == 3
    )


@database
async def test_other_figures_for_the_same_observation_are_refused_and_nothing_moves(connection: asyncpg.Connection):
    rows = shipped_rows()
    rows[0] |= {"transparency_18": "15.65", "total": "91.65"}
    before = await connection.fetch("SELECT * FROM imported_row ORDER BY 1, 2, 3")
    with pytest.raises(Conflict, match="qd766 province 2025 as observed 2025-10-11T20:01:35") as caught:
        await import_published(connection, csv_of(rows), file="changed.csv")
    assert "never changes" in caught.value.hint
    assert await connection.fetch("SELECT * FROM imported_row ORDER BY 1, 2, 3") == before


@database
async def test_the_same_observation_with_its_lines_in_another_order_is_the_same(connection: asyncpg.Connection):
    assert await import_published(connection, csv_of(shipped_rows()[::-1]), file="reversed.csv") == [UNCHANGED]


@database
async def test_rows_of_unknown_units_are_findings_with_their_lines_and_nothing_is_stored(
    connection: asyncpg.Connection,
):
    rows = [{**row, "exported_at": "2025-11-01T08:00:00+07:00"} for row in shipped_rows()[:4]]
    rows[1]["h_code"], rows[3]["h_code"] = "H77", "abc"
    with pytest.raises(Invalid) as caught:
        await import_published(connection, csv_of(rows), file="unknown.csv")
    assert [(finding.field, finding.code) for finding in caught.value.findings] == [
        ("unknown.csv:3", "unit_unknown"),
        ("unknown.csv:5", "unit_code_unreadable"),
    ]
    assert await connection.fetchval("SELECT count(*) FROM imported_table") == 8


@database
async def test_a_code_that_was_closed_before_the_observation_is_a_finding_and_not_its_successor(
    connection: asyncpg.Connection,
):
    rows = [
        {
            **row,
            "h_code": "H09" if row["h_code"] == "H05" else row["h_code"],
            "exported_at": "2025-11-01T08:00:00+07:00",
        }
        for row in shipped_rows()[:2]
    ]
    with pytest.raises(Invalid, match="H09 means no unit on 2025-11-01"):
        await import_published(connection, csv_of(rows), file="closed.csv")


@database
async def test_a_unit_printed_twice_in_a_table_is_a_finding(connection: asyncpg.Connection):
    rows = [{**row, "exported_at": "2025-11-01T08:00:00+07:00"} for row in (*shipped_rows()[:2], shipped_rows()[0])]
    with pytest.raises(Invalid, match="is the unit of line 2 in the same table"):
        await import_published(connection, csv_of(rows), file="twice.csv")


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("total", "91.65", "total_differs"),
        ("total", "91,64", "points_unreadable"),
        ("progress_20", "", "points_unreadable"),
        ("progress_20", "18.9", "points_unreadable"),
        ("printed_rank", "0", "rank_unreadable"),
        ("exported_at", "2025-10-11T20:01:35", "offset_missing"),
        ("exported_at", "hôm qua", "instant_unreadable"),
        ("period", "tháng 10", "period_unreadable"),
        ("level", "huyện", "unknown_level"),
        ("source", "", "missing"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_its_line(column: str, value: str, code: str):
    rows = shipped_rows()[:3]
    rows[1][column] = value
    with pytest.raises(Invalid) as caught:
        read_published(csv_of(rows), "bad.csv")
    assert [(finding.field, finding.code) for finding in caught.value.findings] == [("bad.csv:3", code)]


def test_a_file_without_its_columns_is_refused_by_their_names():
    with pytest.raises(Invalid, match="lacks the column"):
        read_published("h_code,unit\nH05,UBND\n", "short.csv")

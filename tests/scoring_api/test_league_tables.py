"""League tables over HTTP: order, filters, pages, changes, what exists."""

from __future__ import annotations

import csv
import io

import pytest

from support.scoring_facts import COMMUNES, DEPARTMENTS, H99, kiosk

pytestmark = pytest.mark.database
PATH = "/v1/league-tables"
FEBRUARY = {"scope": "H99", "block": "department", "period": "2026-02", "instrument": "KIOSK3", "realm": "synthetic"}
FAVOURABLE = dict(zip(DEPARTMENTS, (95, 90, 85, 85, 80, 60, 40, 0), strict=True))


@pytest.fixture
async def tables(facts):
    """Departments 1..7 in January and February; the eighth has no response; three communes."""

    def counts(shift):
        departments = {
            unit: kiosk({5: share - shift, 2: 100 - share + shift}) for unit, share in FAVOURABLE.items() if share
        }
        return departments | {unit: kiosk({5: 50 + unit % 10, 2: 20}) for unit in COMMUNES[:3]}

    january = counts(10)
    january[DEPARTMENTS[1]] = kiosk({5: 99, 2: 1})
    before = await facts.month("2026-01", january)
    return await facts.month("2026-02", counts(0), previous=before)


async def read(client, **asked):
    answer = await client.get(PATH, params={**FEBRUARY, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def places(table):
    return [(row["unit_id"] - H99, row["top2"]["rank"], row["top2"]["value"]) for row in table["rows"]]


async def test_equal_shares_share_a_rank_and_the_next_one_is_skipped(client, tables):
    assert places(await read(client)) == [
        (1, 1, "95.00"), (2, 2, "90.00"), (3, 3, "85.00"), (4, 3, "85.00"), (5, 5, "80.00"), (6, 6, "60.00"), (7, 7, "40.00"), (8, None, None),
    ]  # fmt: skip


async def test_the_answer_says_what_it_is(client, tables):
    table = await read(client)
    assert {name: table[name] for name in ("realm", "instrument", "version", "policy", "period", "previous_period", "partial", "state", "tie_rule", "method")} == {
        "realm": "synthetic", "instrument": "KIOSK3", "version": "1", "policy": "satisfaction@2026-1", "period": "2026-02", "previous_period": "2026-01", "partial": False,
        "state": "current", "tie_rule": "competition", "method": "top2",
    }  # fmt: skip
    assert table["as_of"] == "2026-02-01T03:04:05Z"
    assert table["not_counted"] == 0
    assert "số dương là tăng bậc" in table["change_sign"]["vi"]
    assert "invented" in table["notice"]["en"]
    assert table["counts"] == {"members": 8, "ranked": 7, "unranked": 1, "without_responses": 1}
    assert table["scope_result"]["name"].startswith("Tỉnh Minh Họa")
    assert table["rows"][-1]["unranked_reason"] == "no_responses"


async def test_changes_are_against_the_previous_month_and_up_is_positive(client, tables):
    first, second = (await read(client))["rows"][:2]
    assert (first["top2"]["change_points"], first["top2"]["change_places"]) == ("10.00", 1)
    assert (second["top2"]["change_points"], second["top2"]["change_places"]) == ("-9.00", -1)


async def test_unmerged_responses_are_counted_in_not_counted(client, facts, tables):
    await facts.unmerged(DEPARTMENTS[0], 3, 2)
    await facts.unmerged(DEPARTMENTS[1], -1)
    assert (await read(client))["not_counted"] == 6


async def test_a_due_recomputation_is_told_and_the_tables_own_instant_printed(client, facts, tables, connection):
    import datetime as dt

    await facts.merged(dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
    assert (await read(client))["as_of"] == "2026-03-01T00:00:00Z"
    await connection.execute(
        "INSERT INTO due (tenant_id, realm, instrument_version_id, unit_id, month) VALUES (0, 'synthetic', 1, 990001, '2026-02-01')"
    )
    late = await read(client, limit=100)
    assert (late["recompute_due"], late["as_of"]) == (True, "2026-02-01T03:04:05Z")


async def test_the_mean_score_is_the_other_method(client, tables):
    table = await read(client, method="mean")
    assert (table["method"], table["rows"][0]["mean"]["value"]) == ("mean", "97.00")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"sort": "rank", "order": "desc"}, [7, 6, 5, 3, 4, 2, 1, 8]),
        ({"sort": "value"}, [1, 2, 3, 4, 5, 6, 7, 8]),
        ({"sort": "value", "order": "asc"}, [7, 6, 5, 3, 4, 2, 1, 8]),
        ({"sort": "change_points", "order": "asc"}, [2, 1, 3, 4, 5, 6, 7, 8]),
        ({"sort": "change_places", "order": "asc"}, [2, 3, 4, 5, 6, 7, 1, 8]),
        ({"sort": "responses", "order": "asc"}, [8, 1, 2, 3, 4, 5, 6, 7]),
        ({"band": "Tốt"}, [3, 4, 5]),
        ({"band": "excellent"}, [1, 2]),
        ({"q": "tai chinh"}, [2]),
        ({"q": "Tài chính"}, [2]),
        ({"q": "Tái"}, []),
    ],
)
async def test_rows_are_sorted_and_filtered_as_asked(client, tables, asked, expected):
    table = await read(client, **asked)
    assert [row["unit_id"] - H99 for row in table["rows"]] == expected
    assert table["matching"] == len(expected)


async def test_rows_sorted_by_name_are_in_alphabetical_order(client, tables):
    from parindex.units.names import fold

    names = [fold(row["name"]) for row in (await read(client, sort="name"))["rows"]]
    assert names == sorted(names)
    assert [fold(row["name"]) for row in (await read(client, sort="name", order="desc"))["rows"]] == names[::-1]


async def test_pages_by_cursor_give_every_row_once(client, tables):
    found, cursor = [], {}
    while cursor is not None:
        page = await read(client, limit=3, **cursor)
        found += [row["unit_id"] for row in page["rows"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] is not None else None
    assert found == list(DEPARTMENTS)


async def test_a_cursor_of_other_filters_is_refused(client, tables):
    answer = await client.get(PATH, params={**FEBRUARY, "band": "Tốt", "cursor": DEPARTMENTS[0]})
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_unknown")


async def test_a_table_that_does_not_exist_names_those_nearby(client, tables):
    for changed in ({"block": "district"}, {"period": "2025-09"}):
        answer = await client.get(PATH, params={**FEBRUARY, **changed})
        assert (answer.status_code, answer.json()["code"]) == (404, "league_table_not_found")
        assert "department 2026-02 (current)" in answer.json()["hint"]
    frozen = await client.get(PATH, params={**FEBRUARY, "state": "frozen", "period": "2999-01"})
    assert frozen.status_code == 404
    assert "2999-02-16T00:00:00+07:00" in frozen.json()["hint"]
    production = await client.get(PATH, params={**FEBRUARY, "realm": "production"})
    assert (production.status_code, production.json()["code"]) == (404, "unit_code_not_found")


async def test_frozen_and_current_stand_side_by_side(client, facts, tables):
    await facts.month("2026-02", {unit: kiosk({5: 50, 2: 50}) for unit in DEPARTMENTS}, state="frozen")
    assert (await read(client, state="frozen"))["rows"][0]["top2"]["value"] == "50.00"
    assert (await read(client))["rows"][0]["top2"]["value"] == "95.00"


async def test_the_index_lists_what_exists(client, tables):
    listed = (await client.get(PATH + "/index", params={"realm": "synthetic"})).json()
    assert [(one["scope_unit_id"], one["block"], one["period"], one["state"]) for one in listed["tables"]] == [
        (0, "province", "2026-01", "current"), (0, "province", "2026-02", "current"),
        (H99, "commune", "2026-01", "current"), (H99, "commune", "2026-02", "current"),
        (H99, "department", "2026-01", "current"), (H99, "department", "2026-02", "current"),
    ]  # fmt: skip
    assert (await client.get(PATH + "/index")).json()["tables"] == []


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"scope": "H99"}, 4),
        ({"block": "province"}, 2),
        ({"period": "2026-01"}, 3),
        ({"instrument": "KIOSK3"}, 6),
        ({"instrument": "HL5"}, 0),
        ({"instrument": "KIOSK3", "version": "1"}, 6),
        ({"state": "frozen"}, 0),
    ],
)
async def test_the_index_is_filtered_by_every_parameter(client, tables, asked, count):
    listed = await client.get(PATH + "/index", params={"realm": "synthetic", **asked})
    assert len(listed.json()["tables"]) == count


async def test_the_index_is_paged(client, tables):
    found, cursor = [], {}
    while cursor is not None:
        page = (await client.get(PATH + "/index", params={"realm": "synthetic", "limit": 4, **cursor})).json()
        found += [(one["scope_unit_id"], one["block"], one["period"]) for one in page["tables"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert len(found) == len(set(found)) == 6
    assert (await client.get(PATH + "/index", params={"realm": "synthetic", "cursor": "x"})).status_code == 422
    assert (await client.get(PATH + "/index", params={"realm": "synthetic", "version": "1"})).status_code == 422


async def test_the_sheet_holds_the_same_rows(client, tables):
    answer = await client.get(PATH, params=FEBRUARY, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [(row["rank"], row["value"], row["change_points"]) for row in rows] == [
        (str(row["top2"]["rank"] or ""), row["top2"]["value"] or "", row["top2"]["change_points"] or "")
        for row in (await read(client))["rows"]
    ]
    assert {(row["realm"], row["policy"], row["as_of"], row["not_counted"], row["partial"]) for row in rows} == {
        ("synthetic", "satisfaction@2026-1", "2026-02-01T03:04:05+00:00", "0", "false")
    }
    assert rows[0]["notice_vi"].startswith("DỮ LIỆU GIẢ LẬP")
    assert (
        "text/csv"
        not in (await client.get(PATH, params={**FEBRUARY, "format": "json"}, headers={"Accept": "text/csv"})).headers[
            "content-type"
        ]
    )


async def test_an_open_period_is_partial(client, facts):
    import datetime as dt

    from parindex.engine.period import local_day

    month = f"{local_day(dt.datetime.now(dt.UTC)):%Y-%m}"
    await facts.month(month, {unit: kiosk({5: 9, 2: 1}) for unit in DEPARTMENTS})
    assert (await read(client, period=month))["partial"] is True

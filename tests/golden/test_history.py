"""The published history as editions: every change figure of the five seeds comes out, in numbers and in words; nothing is filled in."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from parindex.db.catalogue import load_units
from parindex.db.session import Database
from parindex.editions.change import compare, printed_changes
from parindex.editions.keys import new_key
from parindex.editions.lineage import Ancestry
from parindex.editions.rederive import rederive
from parindex.register.load import connect
from parindex.settings import Settings
from parindex.units.lineage import Lineage
from ranking_worker.history import Outcome, publish_history

pytestmark = pytest.mark.database

Bodies = dict[tuple[str, str, str, int], list[dict[str, Any]]]
NATION = 0


class History:
    """What was published: bodies by (index, block, period, scope), each table's observations in order."""

    def __init__(
        self, rows: list[asyncpg.Record], outcomes: list[Outcome], again: list[Outcome], lineage: Lineage
    ) -> None:
        self.outcomes, self.again, self.rows, self.lineage = outcomes, again, rows, lineage
        self.tables: Bodies = {}
        for row in rows:
            body = json.loads(row["document"])["body"]
            key = body["index"]["code"], body["block"], body["period"]["code"], body["scope"]["unit_id"]
            self.tables.setdefault(key, []).append(body)

    def body(self, index: str, period: str, block: str = "province", scope: int = NATION) -> dict[str, Any]:
        """The one body of a table."""
        (body,) = self.tables[index, block, period, scope]
        return body

    def change(self, index: str, now: str, before: str) -> dict[str, Any]:
        """The change of a table of provinces between two years."""
        return compare(self.body(index, now), self.body(index, before))


@pytest.fixture(scope="module")
def history(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> History:
    """The whole history published once, by the operator's command, in a database of its own."""
    name = "history_golden"
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)

    async def publish() -> History:
        admin = await asyncpg.connect(server_url)
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        key = new_key(Path(tmp_path_factory.mktemp("keys")) / "editions.pem")
        settings = Settings(database_url=url, redis_url="redis://127.0.0.1:1/0")
        owner = await connect(settings.database_url)
        database = Database.for_service(settings, "ranking-worker")
        try:
            outcomes = await publish_history(owner, database, key)
            again = await publish_history(owner, database, key)
            rows = await owner.fetch(
                "SELECT e.*, i.document AS inputs FROM edition e JOIN edition_inputs i USING (tenant_id, edition_no) ORDER BY tenant_id, edition_no"
            )
            return History(rows, outcomes, again, (await load_units(owner)).lineage)
        finally:
            await database.close()
            await owner.close()
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await admin.close()

    return asyncio.run(publish())


def row_of(change: dict[str, Any], name: str) -> dict[str, Any]:
    (row,) = [one for one in change["rows"] if one["name"].endswith(name)]
    return row


def test_binh_thuan_2015_gained_0_65_points_and_fell_17_places(history: History):
    row = row_of(history.change("par-province", "2015", "2014"), "Bình Thuận")
    assert (row["points"], row["places"], row["places_of"]) == ("+0.65", -17, "printed")
    assert row["words"] == {"vi": "tăng 0,65 điểm, giảm 17 bậc", "en": "up 0.65 points, down 17 places"}
    assert row["printed_change"] == {"points": "0.65", "places": -17}
    assert (row["now"]["value"], row["now"]["printed_rank"], row["now"]["grade"]["label_vi"]) == (
        "85.30",
        "34",
        "Nhóm B",
    )
    assert (row["before"]["value"], row["before"]["printed_rank"]) == ("84.65", "17")


def test_the_national_mean_of_2015_rose_by_3_90(history: History):
    means = history.change("par-province", "2015", "2014")["means"]
    (mean,) = [one for one in means if one["scope"] == "printed"]
    assert (mean["now"], mean["before"], mean["change"]) == ("85.11", "81.21", "+3.90")
    assert mean["words"]["vi"] == "tăng 3,90 điểm"


def test_2016_is_not_comparable_with_2015_and_says_why(history: History):
    change = history.change("par-province", "2016", "2015")
    assert [reason["code"] for reason in change["reasons"]] == ["break_in_series"]
    (mean,) = [one for one in change["means"] if one["scope"] == "printed"]
    assert (mean["now"], mean["before"], mean["change"]) == ("74.64", "85.11", None)
    assert mean["words"]["vi"].startswith("Không so sánh được: Từ năm 2016 thang điểm khác")
    assert {row["points"] for row in change["rows"]} == {row["places"] for row in change["rows"]} == {None}


def test_hues_papi_of_2017_rose_by_0_69_and_5_places_with_its_groups(history: History):
    change = history.change("papi", "2017", "2016")
    row = row_of(change, "Thừa Thiên Huế")
    assert (row["points"], row["points_exact"], row["places"], row["places_of"]) == ("+0.69", "+0.6939", 5, "declared")
    assert row["words"]["vi"] == "tăng 0,69 điểm, tăng 5 bậc"
    assert row["printed_change"] == {"points": "0.69", "places": 5}
    assert (row["now"]["rank"], row["now"]["group"]["label_vi"], row["before"]["rank"]) == (
        37,
        "Nhóm điểm trung bình thấp",
        42,
    )
    parts = {part["code"]: part["points"] for part in row["parts"]}
    assert parts == {
        "participation": "+0.0749", "transparency": "+0.3572", "accountability": "-0.5057",
        "corruption": "+0.5981", "procedures": "+0.3318", "services": "-0.1623",
    }  # fmt: skip
    by_part = {line["code"]: line["points"] for line in row["by_part"]}
    assert by_part == {**parts, "unexplained": "-0.0001"}, "the publisher's total has its own rounding"


def test_papi_has_seven_years_with_quarters_and_gaps(history: History):
    for year in range(2011, 2018):
        body = history.body("papi", str(year))
        missing = [row for row in body["rows"] if row["rank"] is None]
        assert len(body["rows"]) == 63
        assert len(missing) == (2 if year == 2014 else 0)
        assert all(row["group"] for row in body["rows"] if row["rank"])
        assert {row["unranked"]["code"] for row in missing} <= {"missing_parts"}
    change = history.change("papi", "2015", "2014")
    new = [row for row in change["rows"] if row["points"] is None]
    assert {row["name"].split()[-1] for row in new} == {"Giang", "Tháp"}
    assert all("kỳ trước không có số liệu" in row["words"]["vi"] for row in new)
    assert change["shares"]["points"]["compared"] == 61


def test_thai_nguyens_movers_of_2017_are_said_as_printed(history: History):
    said = {
        one["name"]: (one["places"], one["words"]["vi"])
        for (index, _, period, _), (body, *_) in history.tables.items()
        if (index, period) == ("par-internal", "2017")
        for one in printed_changes(body)
    }
    assert said == {
        "Sở Khoa học và Công nghệ": (6, "tăng 6 bậc"),
        "Sở Lao động - Thương binh và Xã hội": (-1, "giảm 1 bậc"),
        "Thị xã Phổ Yên": (1, "tăng 1 bậc"),
        "Huyện Phú Lương": (-4, "giảm 4 bậc"),
    }
    values = {
        row["name"]: (row["value"], row["printed_rank"])
        for (index, _, period, _), (body, *_) in history.tables.items()
        if (index, period) == ("par-internal", "2017")
        for row in body["rows"]
    }
    assert values["Sở Lao động - Thương binh và Xã hội"] == ("66.04", "last")
    assert values["Thị xã Phổ Yên"] == ("90.83", "1")


@pytest.mark.parametrize(
    ("index", "period", "name", "values"),
    [
        ("par-province", "2018", "Quảng Ninh", "89,06; 89,6"),
        ("par-province", "2023", "Hải Phòng", "91,81; 91,87"),
        ("sipas", "2023", "Hải Phòng", "88,09; 88,90"),
    ],
)
def test_sources_that_contradict_each_other_are_named_and_none_is_chosen(
    history: History, index: str, period: str, name: str, values: str
):
    (row,) = [one for one in history.body(index, period)["rows"] if one["name"].endswith(name)]
    assert (row["value"], row["rank"], row["unranked"]["code"]) == (None, None, "contradicted")
    assert values in row["unranked"]["reason_vi"]


def test_what_was_not_published_is_a_gap_and_no_zero(history: History):
    body = history.body("par-province", "2015")
    assert (len(body["rows"]), body["counts"]["ranked"], body["index"]["fragment"]) == (63, 0, True)
    gaps = [row for row in body["rows"] if row["unranked"]["code"] == "not_published"]
    assert len(gaps) == 62
    assert {row["value"] for row in gaps} == {None}


def test_the_fields_of_dak_lak_stand_with_its_total(history: History):
    (row,) = [one for one in history.body("par-province", "2017")["rows"] if one["name"].endswith("Đắk Lắk")]
    assert (row["value"], row["parts"]["procedures"]["points"], row["parts"]["procedures"]["maximum"]) == (
        "75.37",
        "14.49",
        "14.5",
    )
    assert row["unranked"]["code"] == "fragment"


def test_the_two_exports_of_qd766_are_an_edition_and_its_erratum(history: History):
    first, second = history.tables["qd766", "province", "2025-10", NATION]
    rows = [row for row in history.rows if json.loads(row["document"])["body"] in (first, second)]
    assert (rows[0]["supersedes"], rows[1]["supersedes"]) == (None, rows[0]["edition_no"])
    erratum = json.loads(rows[1]["document"])["publication"]["erratum"]
    assert erratum.startswith(
        "Cơ quan công bố đã in lại bảng này với số liệu khác. Số liệu quan sát lúc 20:01 ngày 11/10/2025 được thay bằng số liệu quan sát lúc 08:46 ngày 15/10/2025."
    )
    change = compare(second, first)
    parts = {part["code"]: part for part in change["parts"]}
    assert (parts["satisfaction"]["up"], parts["satisfaction"]["unchanged"]) == (20, 14)
    assert (parts["satisfaction"]["lowest"], parts["satisfaction"]["highest"]) == ("0.00", "+0.55")
    assert all(
        sum((int(line["points"].replace(".", "")) for line in row["by_part"]), 0) == int(row["points"].replace(".", ""))
        for row in change["rows"]
    )
    assert "đơn vị đổi hạng" in erratum


def test_equal_totals_share_a_place_whatever_row_numbers_the_portal_printed(history: History):
    (first, _) = history.tables["qd766", "province", "2025", NATION]
    two = [row for row in first["rows"] if row["value"] == "84.70"]
    assert sorted(row["printed_rank"] for row in two) == [25, 26]
    assert [row["rank"] for row in two] == [25, 25]
    assert "Bằng điểm thì cùng hạng" in first["policy"]["tie_words"]["vi"]
    ((communes, _),) = [found for key, found in history.tables.items() if key[:3] == ("qd766", "commune", "2025")]
    shared = Counter(row["rank"] for row in communes["rows"])
    assert (len(communes["rows"]), sum(many for many in shared.values() if many > 1)) == (102, 32)


def test_a_merged_province_shows_its_predecessors_and_no_number(history: History):
    ancestry = Ancestry(history.lineage, {})
    now, before = history.tables["qd766", "province", "2025-10", NATION][0], history.body("par-province", "2024")
    change = compare(now, before, ancestry=ancestry)
    assert "other_index" in {reason["code"] for reason in change["reasons"]}
    row = row_of(change, "Tuyên Quang")
    assert {line["name"].split(" ", 1)[1] for line in row["predecessors"]} == {"Hà Giang", "Tuyên Quang"}
    assert (row["status"], row["points"], row["baseline"]) == ("new", None, None)


def test_publishing_again_publishes_nothing(history: History):
    assert all(one.new for one in history.outcomes)
    assert not any(one.new for one in history.again)
    assert [one.edition_no for one in history.again] == [one.edition_no for one in history.outcomes]


def test_every_edition_of_the_history_is_derived_again_byte_for_byte(history: History):
    for row in history.rows:
        assert rederive(json.loads(row["document"])["body"], json.loads(row["inputs"])).holds
        assert len(row["signature"]) == 64

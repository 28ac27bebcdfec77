"""Exports of editions: every file is opened again and holds exactly the figures of the body."""

from __future__ import annotations

import copy
import csv
import io
import json
import os
import subprocess
import sys
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from parindex.editions.body import build_body
from parindex.errors import NotFound
from scoring_api.exports.edition_csv import edition_csv
from scoring_api.exports.edition_parquet import edition_parquet
from scoring_api.exports.edition_table import columns_of
from scoring_api.exports.edition_workbook import edition_workbook
from scoring_api.exports.portal_shape import portal_table
from support.editions import imported_inputs, round_inputs, satisfaction_inputs
from support.publications import press

KINDS = [round_inputs, satisfaction_inputs, imported_inputs]
SHA256 = "ab" * 32
FILES = ("table.csv", "table.xlsx", "table.parquet")


def document(inputs: dict[str, Any], **publication: Any) -> dict[str, Any]:
    about = {"tenant_id": 7, "edition_no": 3, "publication_id": 1, "supersedes": None, "erratum": None}
    about |= {"published_at": "2026-01-21T03:00:00+00:00", **publication}
    return {"body": build_body(inputs), "publication": about}


def csv_rows(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheet(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).active


def header(of: Any) -> int:
    return next(row for row in range(1, of.max_row + 1) if of.cell(row, 1).value == "TT")


def table(of: Any, units: int) -> list[dict[str, Any]]:
    first = header(of)
    names = [cell.value for cell in of[first]]
    return [dict(zip(names, (cell.value for cell in of[first + place]), strict=True)) for place in range(1, units + 1)]


@pytest.mark.parametrize("make", KINDS)
def test_csv_holds_the_figures_of_the_body_digit_for_digit(make):
    one = document(make())
    rows = csv_rows(edition_csv(one, SHA256))
    assert len(rows) == len(one["body"]["rows"])
    for found, row in zip(rows, one["body"]["rows"], strict=True):
        assert (found["unit_id"], found["name"]) == (str(row["unit_id"]), row["name"])
        assert (found["value"] or None, found["points"] or None) == (row["value"], row["points"])
        assert found["rank"] == ("" if row["rank"] is None else str(row["rank"]))
        for code, part in row["parts"].items():
            for key in ("points", "maximum", "percent"):
                assert (found[f"{code}_{key}"] or None) == part[key]
        assert (found["unranked"] or None) == (row["unranked"] and row["unranked"]["code"])
        assert (found["edition"], found["edition_sha256"]) == ("7/3", SHA256)
        assert found["notice_vi"].startswith("DỮ LIỆU GIẢ LẬP")


@pytest.mark.parametrize("make", KINDS)
def test_parquet_holds_decimals_with_the_published_digits_and_names_its_edition(make):
    one = document(make())
    read = pq.read_table(io.BytesIO(edition_parquet(one, SHA256)))
    rows = one["body"]["rows"]
    for column in columns_of(one["body"]):
        values = [column.of(row) for row in rows]
        found = read.column(column.code).to_pylist()
        if column.kind == "decimal":
            assert found == [None if value is None else Decimal(value) for value in values]
            published = {len(value.partition(".")[2]) for value in values if value is not None}
            assert read.schema.field(column.code).type.scale == max(published, default=0)
        else:
            assert found == values
    about = {key.decode(): value.decode() for key, value in read.schema.metadata.items()}
    assert (about["edition"], about["edition_sha256"], about["realm"]) == ("7/3", SHA256, "synthetic")
    assert read.schema.field("name").metadata[b"title_vi"].decode() == "Đơn vị"


@pytest.mark.parametrize("make", KINDS)
def test_a_workbook_has_numbers_as_numbers_and_nothing_where_the_body_has_nothing(make):
    one = document(make())
    rows = one["body"]["rows"]
    read = sheet(edition_workbook(one, SHA256, "Ủy ban nhân dân tỉnh Thử"))
    for found, row in zip(table(read, len(rows)), rows, strict=True):
        assert found["Đơn vị"] == row["name"]
        assert found["Hạng"] == row["rank"]
        figure = next(found[name] for name in found if name.startswith(("Tổng điểm", "Tỷ lệ hài lòng")))
        wanted = row["value"] if row["points"] is None else row["points"]
        assert figure == (None if wanted is None else float(wanted))
        assert figure is None or isinstance(figure, (int, float))
        if row["unranked"]:
            assert row["unranked"]["reason_vi"] in found["Ghi chú"]


def test_published_digits_are_shown_in_excel():
    one = document(imported_inputs())
    read = sheet(edition_workbook(one, SHA256, None))
    cell = read.cell(header(read) + 2, 10)
    assert (cell.value, cell.number_format) == (84.7, "0.00")


def test_a_workbook_has_the_official_layout():
    read = sheet(edition_workbook(document(round_inputs()), SHA256, "Ủy ban nhân dân tỉnh Thử"))
    said = [cell.value for row in read.iter_rows() for cell in row if cell.value]
    assert read["A1"].value == "ỦY BAN NHÂN DÂN TỈNH THỬ"
    assert read["D1"].value == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert read["D2"].value == "Độc lập - Tự do - Hạnh phúc"
    assert (read["A4"].value, read["A4"].font.bold, read["A4"].alignment.horizontal) == (
        "BẢNG XẾP HẠNG THỬ",
        True,
        "center",
    )
    assert (read["A5"].value, read["A5"].font.italic) == ("(Ban hành kèm theo 01/QĐ-UBND ngày 20/01/2026)", True)
    assert read["A6"].value == "Kỳ đánh giá: 2025 (từ 01/01/2025 đến 31/12/2025)"
    assert any(text.startswith("DỮ LIỆU GIẢ LẬP") for text in said if isinstance(text, str))
    assert "NGƯỜI TỔNG HỢP" in said
    assert "..., ngày 21 tháng 01 năm 2026" in said
    first = header(read)
    assert read.freeze_panes == f"D{first + 1}"
    merged = {row for one in read.merged_cells.ranges for row in range(one.min_row, one.max_row + 1)}
    assert merged.isdisjoint(range(first, first + 5)), "data and its header are never merged"


def test_an_erratum_and_a_template_say_so_on_the_sheet():
    inputs = round_inputs()
    inputs["framework"] = {**inputs["framework"], "status": "template"}
    read = sheet(edition_workbook(document(inputs, supersedes=2, erratum="Sửa một ô."), SHA256, None))
    said = [cell.value for row in read.iter_rows() for cell in row if cell.value]
    assert "Thay thế ấn bản số 2: Sửa một ô." in said
    assert "BỘ TIÊU CHÍ MẪU, không phải văn bản chính thức." in said


@pytest.mark.parametrize("name", ["=1+1", "+84", "-2", "@SUM(A1)", "＝HYPERLINK(1)"])
def test_a_name_that_looks_like_a_formula_is_text_everywhere(name):
    inputs = round_inputs()
    inputs["units"]["990001"]["name"] = name
    one = document(inputs)
    found = next(row for row in csv_rows(edition_csv(one, SHA256)) if row["unit_id"] == "990001")
    assert found["name"] == (name if name in ("+84", "-2") else f"'{name}")
    read = sheet(edition_workbook(one, SHA256, None))
    cell = next(cell for row in read.iter_rows() for cell in row if cell.value == name)
    assert (cell.data_type, cell.number_format) == ("s", "@")


@pytest.mark.slow
def test_other_processes_write_the_same_bytes(tmp_path):
    one = document(imported_inputs())
    (tmp_path / "document.json").write_text(json.dumps(one))
    script = (
        "import hashlib, json, sys\n"
        "from scoring_api.exports.edition_workbook import edition_workbook\n"
        f"one = json.load(open(sys.argv[1])); print(hashlib.sha256(edition_workbook(one, '{SHA256}', None)).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "document.json")],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(digests) == 1


def test_the_portal_shape_says_which_names_are_unconfirmed_and_keeps_gaps():
    found = portal_table(document(imported_inputs()), SHA256, "")
    assert found.unconfirmed == ["MADONVI", "TENDONVI"]
    assert [(row["ROW_STT"], row["TENDONVI"], row["TONG_SCORE"]) for row in found.data] == [
        (1, "Hà Nội", "86.05"),
        (2, "Huế", "84.70"),
        (3, "Cao Bằng", "84.70"),
        (4, "Tuyên Quang", "70.00"),
    ]
    assert found.data[3]["MDHL"] is None
    with pytest.raises(NotFound):
        portal_table(document(round_inputs()), SHA256, "")


@pytest.fixture
async def stage(client, connection, settings, template_registers):
    async with press(client, connection, settings, template_registers) as found:
        yield found


@pytest.fixture
async def october(stage):
    """The October table of the 34 provinces as edition 0/1, with its printed rows."""
    (first, *_) = [
        row for row in await stage.imported_tables() if (row["period"], row["block"]) == ("2025-10", "province")
    ]
    assert await stage.published({"kind": "imported", "imported_table_id": first["imported_table_id"]}) == 1
    rows = await stage.connection.fetch(
        "SELECT * FROM imported_row WHERE tenant_id = 0 AND imported_table_id = $1 ORDER BY printed_rank",
        first["imported_table_id"],
    )
    return [dict(row) for row in rows]


@pytest.mark.database
async def test_34_rows_of_the_portal_come_out_as_they_were_printed(client, october):
    assert len(october) == 34
    answer = await client.get("/v1/editions/0/1/portal.json")
    names = {"transparency": "CKMB", "progress": "TDGQ", "online": "CLGQ", "payment": "TTTT", "digitization": "MDSH"}
    names |= {"satisfaction": "MDHL"}
    wanted = [
        {
            "ROW_STT": row["printed_rank"],
            "MADONVI": row["printed_code"],
            "TENDONVI": row["printed_name"],
            **{names[code]: points for code, points in json.loads(row["parts"]).items()},
            "TONG_SCORE": str(row["total"]),
        }
        for row in october
    ]
    assert answer.json()["data"] == wanted
    found = csv_rows((await client.get("/v1/editions/0/1/table.csv")).content)
    assert sorted((row["printed_code"], row["points"], row["printed_rank"]) for row in found) == sorted(
        (row["printed_code"], str(row["total"]), str(row["printed_rank"])) for row in october
    )


@pytest.mark.database
async def test_files_of_an_edition_are_kept_for_good_and_known_by_their_bytes(client, october):
    for name in FILES:
        answer = await client.get(f"/v1/editions/0/1/{name}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-disposition"] == f'attachment; filename="qd766-2025-10-0-1.{name[6:]}"'
        again = await client.get(f"/v1/editions/0/1/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    read = sheet((await client.get("/v1/editions/0/1/table.xlsx")).content)
    totals = {row["Đơn vị"]: row["Tổng điểm (tối đa 100)"] for row in table(read, 34)}
    assert sorted(totals.values()) == sorted(float(row["total"]) for row in october)


@pytest.mark.database
async def test_a_file_of_no_edition_is_not_found(client):
    for name in (*FILES, "portal.json"):
        answer = await client.get(f"/v1/editions/0/9/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "edition_unknown")
    answer = await client.get("/v1/editions/0/9/table.csv?separator=;")
    assert (answer.status_code, answer.json()["code"]) == (422, "parameter_unknown")


@pytest.mark.database
async def test_the_catalogue_describes_each_series_once_with_all_its_files(client, october):
    found = (await client.get("/catalog.jsonld")).json()
    (dataset,) = found["dcat:dataset"]
    assert dataset["dct:identifier"] == "0/qd766/0/province"
    assert dataset["dct:accrualPeriodicity"] == {
        "@id": "http://publications.europa.eu/resource/authority/frequency/MONTHLY"
    }
    assert dataset["dct:temporal"]["dcat:startDate"]["@value"] == "2025-10-01"
    assert {
        "dct:title",
        "dct:description",
        "dct:publisher",
        "dct:issued",
        "dct:modified",
        "dcat:theme",
    } < dataset.keys()
    assert {"dct:license", "dct:spatial"} < dataset.keys()
    assert dataset["dct:publisher"]["dct:identifier"]
    kinds = [one["dcat:mediaType"].rsplit(".", 1)[-1] for one in dataset["dcat:distribution"]]
    assert kinds == ["application/json", "text/csv", "sheet", "parquet"]
    for one in dataset["dcat:distribution"]:
        path = one["dcat:downloadURL"]["@id"].removeprefix("http://127.0.0.1:8020")
        answer = await client.get(path)
        assert answer.headers["content-type"].partition(";")[0] == one["dcat:mediaType"]
    assert (await client.get("/catalog.jsonld?realm=synthetic")).json()["dcat:dataset"] == []


def test_rendering_leaves_the_document_as_it_is():
    one = document(imported_inputs())
    before = copy.deepcopy(one)
    edition_csv(one, SHA256), edition_workbook(one, SHA256, None), edition_parquet(one, SHA256)
    assert one == before

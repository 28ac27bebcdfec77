"""A unit's workbook: out, filled in, in again; findings per cell, nothing half-imported."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from support.rounds import FINANCE, HEALTH, Stage, caches_hold

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def download(stage: Stage, unit: int = FINANCE):
    answer = await stage.send(stage.cast.units[unit], "GET", f"/{stage.round_id}/units/{unit}/workbook")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == XLSX
    return load_workbook(io.BytesIO(answer.content))


def fill_in(book, title: str, header: str, value) -> None:
    """Writes a cell of the row with that title, in the column with that header."""
    for sheet in book.worksheets:
        heads = {
            str(cell.value).strip(): cell.column for row in sheet.iter_rows(max_row=15) for cell in row if cell.value
        }
        row = next((cell.row for column in sheet.iter_cols() for cell in column if cell.value == title), None)
        if row is not None and header in heads:
            sheet.cell(row, heads[header]).value = value
            return
    raise AssertionError((title, header))


async def upload(stage: Stage, book, unit: int = FINANCE, **more):
    held = io.BytesIO()
    book.save(held)
    path = f"/v1/rounds/{stage.round_id}/units/{unit}/workbook"
    if more:
        files = {"file": ("ke-khai.xlsx", held.getvalue(), XLSX)}
        return await stage.client.post(path, files=files, data=more, headers=stage.cast.units[unit].headers)
    headers = {**stage.cast.units[unit].headers, "content-type": XLSX}
    return await stage.client.post(path, content=held.getvalue(), headers=headers)


async def declared(stage: Stage) -> dict:
    state = await stage.state()
    return {
        cell["component"]: (cell["sides"]["declared"]["input"], cell["sides"]["declared"]["points"])
        for cell in state["cells"]
    }


async def test_a_workbook_goes_out_filled_and_comes_in_as_declarations(opened: Stage):
    await opened.declare(FINANCE, "publication", {"ticked": ["a"]}, note="Đã công khai")
    book = await download(opened)
    fill_in(book, "Ban hành kế hoạch", "Giá trị", "Có")
    fill_in(book, "Kết quả thực hiện", "Tử số", "85,5")
    fill_in(book, "Kết quả thực hiện", "Mẫu số", 100)
    fill_in(book, "Công khai tiến độ, kết quả giải quyết hồ sơ", "Các ý đạt", "a; b; c")
    answer = await upload(opened, book)
    assert answer.status_code == 200, answer.text
    assert answer.json()["changed"] == 3
    assert await declared(opened) == {
        "plan": ({"value": True}, "48.86"),
        "results": ({"numerator": "85.5", "denominator": "100"}, "20.52"),
        "publication": ({"ticked": ["a", "b", "c"]}, "0.75"),
    }
    again = await upload(opened, await download(opened))
    assert again.json()["changed"] == 0
    await caches_hold(opened.connection, opened.round_id)


async def test_one_bad_cell_keeps_the_whole_workbook_out(opened: Stage):
    book = await download(opened)
    fill_in(book, "Ban hành kế hoạch", "Giá trị", "Có")
    fill_in(book, "Công khai tiến độ, kết quả giải quyết hồ sơ", "Các ý đạt", "z")
    answer = await upload(opened, book)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "workbook_invalid")
    assert "!" in problem["findings"][0]["field"]
    assert await declared(opened) == {}


async def test_the_workbook_of_another_unit_or_no_workbook_is_refused(opened: Stage):
    answer = await upload(opened, await download(opened, HEALTH))
    assert (answer.status_code, answer.json()["code"]) == (422, "workbook_of_another")
    headers = {**opened.cast.units[FINANCE].headers, "content-type": XLSX}
    path = f"/v1/rounds/{opened.round_id}/units/{FINANCE}/workbook"
    answer = await opened.client.post(path, content=b"no workbook", headers=headers)
    assert answer.status_code == 422, answer.text
    answer = await opened.client.post(path, content=b"0" * (9 * 1024 * 1024), headers=headers)
    assert answer.status_code == 413


async def test_a_late_workbook_needs_right_and_reason_like_any_entry(opened: Stage):
    book = await download(opened)
    fill_in(book, "Ban hành kế hoạch", "Giá trị", "Có")
    await opened.move_to("appraisal_1")
    answer = await upload(opened, book)
    assert (answer.status_code, answer.json()["code"]) == (409, "deadline_over")
    until = opened.now.replace(year=opened.now.year + 1).isoformat()
    grant = {"phase": "declaration", "unit_id": FINANCE, "until": until, "note": "Bão"}
    await opened.done(opened.cast.officer, "POST", f"/{opened.round_id}/late-rights", grant)
    answer = await upload(opened, book, late_reason="Mất điện do bão")
    assert answer.status_code == 200, answer.text
    assert await declared(opened) == {"plan": ({"value": True}, "48.86")}

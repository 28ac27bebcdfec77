"""The page of the portal: what waits in sentences, the outbox in numbers, both sides of a unit and period, no dossier named."""

from __future__ import annotations

import datetime as dt

import pytest

from support.portal_facts import attention, counted, queued, shown
from support.rounds import FINANCE, H99

pytestmark = pytest.mark.database
SIDES = "/pages/portal?unit=H99.02&period=2026-Q3&realm=synthetic"


@pytest.fixture
async def facts(connection):
    more = {"realm": "synthetic", "tenant": H99}
    await counted(connection, FINANCE, dt.date(2026, 9, 10), n=1271, ended=1271, on_time=998, late=273, **more)
    await shown(connection, FINANCE, "2026-Q3", "PROGRESS_ON_TIME", numerator="1000", denominator="1271", ratio="78.68", score="15.74", max_score="20", **more)  # fmt: skip
    await shown(
        connection, FINANCE, "2026-Q3", "TOTAL.dvc-progress-tree", ratio="78.68", score="15.74", max_score="20", **more
    )
    await shown(connection, FINANCE, "2026-Q3", "DOSSIER_SYNC", numerator="1271", denominator="1271", ratio="100", score="6", max_score="6", quality="TEMP_NATIONAL_REPORT_DENOMINATOR", **more)  # fmt: skip
    await attention(connection, H99, "catalogue/agencies", "Danh mục cơ quan của Cổng thiếu 22 mã so với lần trước.")
    await queued(connection, H99, "H99/2026-08", "received")
    await queued(connection, H99, "H99/2026-09", "dead")
    await queued(connection, H99, "H99/2026-07", "paused")


async def test_the_officer_sees_what_waits_and_both_sides(stage, browser, facts):
    page = await browser(stage.cast.officer).get(SIDES)
    assert "Danh mục cơ quan của Cổng thiếu 22 mã so với lần trước." in page.text
    assert "Đã thôi gửi, cần người xem" in page.text
    assert "Chờ người quyết định" in page.text
    assert "mẫu số tạm" in page.text
    assert "hub giả lập" in page.text
    assert "998/1.271 78,52%" in page.text
    assert "1.000/1.271 78,68%" in page.text
    assert "tử số ít hơn 2 (998 so với 1.000)" in page.text
    assert "Cổng chấm 15,74" in page.text
    assert "DỮ LIỆU GIẢ LẬP" in page.text


async def test_it_opens_with_the_authority_itself_and_the_last_month(stage, browser):
    page = await browser(stage.cast.auditor).get("/pages/portal")
    assert "Không có việc nào đang chờ." in page.text
    assert "Chưa có gì được gửi." in page.text
    assert "Chưa có số của bên nào." in page.text


async def test_what_is_typed_wrong_is_said_beside_the_form(stage, browser):
    page = await browser(stage.cast.officer).get("/pages/portal?unit=H99.02&period=2026-13&realm=synthetic", status=422)
    assert 'value="2026-13"' in page.html, "what was typed stays"
    assert "2025-Q4" in page.text, "an example of what is expected"


async def test_units_of_the_round_are_led_away(stage, browser):
    page = await browser(stage.cast.units[FINANCE]).get("/pages/portal", status=403)
    assert "Chỉ dành cho" in page.text


async def test_the_officer_joins_with_two_buttons(stage, browser, facts):
    await stage.open(framework="qd766", period="2026-Q3", units=[FINANCE], departments={})
    officer = browser(stage.cast.officer)
    path = f"/pages/rounds/{stage.round_id}/steering"
    page = await officer.get(path)
    counted_page = await officer.send(page, "/dossiers", note="")
    assert "Đã ghép" in counted_page.text
    portal_page = await officer.send(await officer.get(path), "/portal", note="")
    assert "Chưa lấy được số liệu của Cổng cho kỳ này." in portal_page.text

"""The door, persons and roles, and criteria sets on their pages."""

from __future__ import annotations

import datetime as dt
import html
import re

import pyotp
import pytest

from parindex.frameworks.criteria_catalogue import load_frameworks
from parindex.workbooks.framework_workbook import write_framework_workbook
from support.people import make_person
from support.rounds import CRITERIA, FINANCE, H99, Stage

PASSWORD = "mat khau dai va rieng"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def test_from_an_invitation_to_a_sign_in_and_out(stage: Stage, browser, client):
    officer = browser(stage.cast.officer)
    page = await officer.get("/pages/persons")
    faulty = await officer.send(page, "/new", status=422, name="Nguyễn An", work_address="an@example.gov.vn")
    assert "Ghi lý do" in faulty.text
    invited = await officer.send(faulty, "/new", why="QĐ 12", role="unit", unit=str(FINANCE))
    link = html.unescape(re.search(r"http://127.0.0.1:8020(/pages/invitation\?invitation=[^<]+)", invited.html)[1])
    nobody = browser(None)
    page = await nobody.get(link)
    wrong = await nobody.send(page, "/invitation", status=422, password=PASSWORD, again="khác hẳn")
    assert "không giống nhau" in wrong.text
    short = await nobody.send(page, "/invitation", status=422, password="ngan", again="ngan")
    assert "12 ký tự" in short.text
    page = await nobody.send(page, "/invitation", password=PASSWORD, again=PASSWORD)
    assert 'src="data:image/svg+xml' in page.html
    secret = re.search(r"secret=([A-Z2-7]+)", page.html)[1]
    wrong = await nobody.send(page, "/invitation", status=401, code="000000")
    assert "Mã xác thực không đúng" in wrong.text
    totp = pyotp.TOTP(secret)
    done = await nobody.send(wrong, "/invitation", code=totp.now())
    assert done.path == "/pages/"
    assert client.cookies.get("parindex_sign_in")
    client.cookies.clear()

    page = await nobody.get("/pages/sign-in?next=/pages/me")
    fields = {"work_address": "an@example.gov.vn", "password": PASSWORD}
    used = await nobody.send(page, "/sign-in", status=401, code=totp.now(), **fields)
    assert "không đúng" in used.text
    assert PASSWORD not in used.html
    soon = totp.at(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30))
    answer = await client.post(
        "/pages/sign-in",
        data=page.form("/sign-in").filled({**fields, "code": soon}),
        headers={"Origin": "http://127.0.0.1:8020"},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/pages/me")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    me = await client.get("/pages/me")
    assert "Nguyễn An" in me.text
    out = await client.post("/pages/sign-out", headers={"Origin": "http://127.0.0.1:8020"})
    assert out.headers["location"] == "/pages/sign-in?done=signed-out"
    assert (await client.get("/pages/me")).status_code == 303


@pytest.mark.parametrize("path", ["https://elsewhere.example/", "//elsewhere.example/", "/v1/rounds", "/pages//x"])
async def test_the_door_leads_to_pages_of_ours_only(browser, client, path):
    page = await browser(None).get(f"/pages/sign-in?next={path}")
    assert page.form("/sign-in").fields["next"] == ["/pages/"]


async def test_whoever_is_not_signed_in_is_led_to_the_door_and_back(client):
    for path in ("/pages/", "/pages/rounds/1?x=1", "/pages/persons"):
        answer = await client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/pages/sign-in")
    assert answer.headers["location"] == "/pages/sign-in?next=/pages/persons"
    assert (await client.get("/")).headers["location"] == "/pages/"


async def test_roles_are_given_and_taken_with_a_reason(stage: Stage, browser):
    officer = browser(stage.cast.officer)
    person = stage.cast.auditor.person_id
    page = await officer.get("/pages/persons")
    faulty = await officer.send(page, f"/{person}/roles", status=422, role="unit", why="QĐ 12")
    assert "cần một đơn vị" in faulty.text
    given = await officer.send(page, f"/{person}/roles", role="council", why="QĐ 12")
    assert "Đã giao vai trò." in given.text
    forms = [form for form in given.forms if form.action.endswith(f"/{person}/revocation")]
    assert len(forms) == 2
    ended = await officer.send(given, f"/{person}/disable", why="nghỉ hưu")
    assert "ngừng truy cập" in ended.text
    last = await officer.send(given, f"/{stage.cast.officer.person_id}/disable", status=409, why="thử")
    assert "ít nhất một cán bộ quản trị" in last.text
    await browser(stage.cast.units[FINANCE]).get("/pages/persons", 403)


async def test_a_password_is_changed_by_who_knows_it(stage: Stage, browser):
    unit = browser(stage.cast.units[FINANCE])
    page = await unit.get("/pages/me")
    refused = await unit.send(
        page, "/password", status=422, password="x", new_password=PASSWORD, again=PASSWORD, code="123456"
    )
    assert "không đúng" in refused.text


async def test_every_shipped_framework_has_a_page_with_its_provenance(stage: Stage, browser):
    auditor = browser(stage.cast.auditor)
    listed = await auditor.get("/pages/frameworks")
    for file in load_frameworks().files:
        path = f"/pages/frameworks/{file.framework.code}/{file.framework.version}"
        assert path in listed.links
        page = await auditor.get(path)
        assert file.document["title_vi"] in page.text
        if file.status != "official":
            assert "không phải văn bản chính thức" in page.text
    changed = await auditor.send(listed, "/diff", **{"from": "par-ministry@2020-1", "to": "par-ministry@2022-1"})
    assert "có thể đổi điểm" in changed.text


async def test_a_workbook_becomes_law_by_two_officers(stage: Stage, browser):
    second = await make_person(stage.connection, H99, "Cán bộ thứ hai", ["officer"])
    first, other = browser(stage.cast.officer), browser(second)
    page = await first.get("/pages/framework-drafts/new")
    bad = await first.send(page, "/new", status=422, file=("a.pdf", b"%PDF", "application/pdf"))
    assert "Chọn một tệp .xlsx" in bad.text
    broken = await first.send(page, "/new", status=422, file=("a.yaml", b"code: x\nmax: 1\n", "text/yaml"))
    assert "thiếu giá trị bắt buộc" in broken.text
    text = CRITERIA.replace("code: round-demo", "code: so-moi").replace("2025-01-01", "2027-01-01")
    draft = await first.send(page, "/new", file=("moi.yaml", text.encode(), "text/yaml"), why="QĐ 15")
    assert "Bản thảo so-moi@1" in draft.text
    checked = await first.send(draft, "/check")
    assert "đã kiểm tra" in checked.text
    assert "Người soạn không tự ban hành" in checked.text
    page = await other.get(checked.path)
    law = await other.send(page, "/put-in-force", why="QĐ 15")
    assert "Bộ tiêu chí đã có hiệu lực." in law.text
    shown = await other.get("/pages/frameworks/so-moi/1")
    assert "Công khai tiến độ" in shown.text


async def test_a_workbook_as_exported_comes_back_as_a_draft(stage: Stage, browser):
    officer = browser(stage.cast.officer)
    (file,) = [one for one in load_frameworks().files if one.name == "par-department@2025-1"]
    sent = ("sua.xlsx", write_framework_workbook(file.framework), XLSX)
    draft = await officer.send(await officer.get("/pages/framework-drafts/new"), "/new", file=sent)
    assert "Bản thảo par-department@2025-1" in draft.text
    ended = await officer.send(draft, "/withdraw", why="thử")
    assert "đã rút" in ended.text


async def test_the_style_sheet_is_ours_and_cached_by_its_tag(client):
    answer = await client.get("/pages/static/parindex.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "@import" not in answer.text
    assert "url(" not in answer.text
    again = await client.get("/pages/static/parindex.css", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_what_is_no_page_is_said_on_a_page(stage: Stage, browser):
    unit = browser(stage.cast.units[FINANCE])
    for path in ("/pages/rounds/abc", "/pages/rounds/999", "/pages/frameworks/none/1"):
        page = await unit.get(path, 404)
        assert "Không tìm thấy" in page.text

"""Disputes of a league table over HTTP: windows, case numbers, who sees and decides what, and the correction that follows."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from cryptography.fernet import Fernet

from parindex.engine.period import VIETNAM
from scoring_api.evidence.erase import erase_due_of_appeals
from scoring_api.people.cookie import COOKIE
from scoring_api.rendered import RENEW_SECONDS
from support.documents import pdf
from support.people import make_person
from support.publications import press

pytestmark = pytest.mark.database
ORIGIN = "http://127.0.0.1:8020"
ARGUMENT = "Điểm số hóa hồ sơ thấp hơn số liệu của tỉnh"


@pytest.fixture
def settings(make_settings, tmp_path):
    return make_settings(
        secret_keys=Fernet.generate_key().decode(), evidence_store=(tmp_path / "evidence").as_uri(), public_url=ORIGIN
    )


@pytest.fixture
async def stage(client, connection, settings, template_registers):
    async with press(client, connection, settings, template_registers) as found:
        yield found


class Case:
    """Two provinces of the printed October table, and the clock of the routes."""

    def __init__(self, stage, hue, other, sources) -> None:
        self.stage, self.hue, self.other, self.sources = stage, hue, other, sources
        self.now = dt.datetime.now(dt.UTC)
        stage.client.app.state.clock = lambda: self.now

    async def ask(self, who, method, path, body=None, **more):
        headers = {} if who is None else who.headers
        return await self.stage.client.request(method, f"/v1/{path}", json=body, headers=headers, **more)

    async def done(self, who, method, path, body=None, **more):
        if who is None:
            # What everybody reads may be a quarter of a second old.
            await asyncio.sleep(RENEW_SECONDS)
        answer = await self.ask(who, method, path, body, **more)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def refused(self, who, method, path, body, status, code):
        answer = await self.ask(who, method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        return answer.json()

    def body(self, **more):
        return {
            "publication_id": 1, "unit_id": self.hue.unit_id, "component": "digitization", "argument": ARGUMENT, **more,
        }  # fmt: skip

    async def file(self, **more):
        return await self.done(self.hue, "POST", "appeals", self.body(**more))

    async def filed(self, **more):
        return f"appeals/{(await self.file(**more))['appeal']['appeal_id']}"

    async def paged(self, who, method, path, **more):
        headers = {"Origin": ORIGIN, "Cookie": f"{COOKIE}={who.token}"}
        return await self.stage.client.request(method, f"/pages/{path}", headers=headers, **more)


class Unit:
    def __init__(self, person, unit_id) -> None:
        self.unit_id, self.headers, self.person_id, self.token = unit_id, person.headers, person.person_id, person.token


async def speaker(stage, name, unit_id, *roles):
    return Unit(await make_person(stage.connection, stage.tenant_id, name, [("unit", unit_id), *roles]), unit_id)


@pytest.fixture
async def case(stage):
    rows = [row for row in await stage.imported_tables() if row["period"] == "2025-10" and row["block"] == "province"]
    sources = [{"kind": "imported", "imported_table_id": row["imported_table_id"]} for row in rows]
    units = [
        row["unit_id"]
        for row in await stage.connection.fetch(
            "SELECT unit_id FROM imported_row WHERE imported_table_id = $1 ORDER BY total DESC LIMIT 2",
            rows[0]["imported_table_id"],
        )
    ]
    return Case(stage, await speaker(stage, "Tỉnh một", units[0]), await speaker(stage, "Tỉnh hai", units[1]), sources)


@pytest.fixture
async def published(case):
    assert await case.stage.published(case.sources[0]) == 1
    return case


async def test_a_unit_disputes_a_cell_and_the_table_shows_the_case_without_its_argument(published):
    case = published
    found = await case.file()
    assert found["appeal"]["case_no"] == f"KN-{case.now.astimezone(VIETNAM).year}-0001"
    assert (found["appeal"]["state"], found["appeal"]["edition_no"], found["argument"]) == ("open", 1, ARGUMENT)
    assert found["appeal"]["component_vi"] == "Số hóa hồ sơ"
    standing = await case.done(None, "GET", "editions/0/1/standing")
    assert standing["disputes"]["case_numbers"] == [found["appeal"]["case_no"]]
    answer = await case.ask(None, "GET", "editions/0/1/appeals")
    (public,) = answer.json()["appeals"]
    assert (public["case_no"], public["state"], public["filed_on"]) == (
        found["appeal"]["case_no"], "open", case.now.astimezone(VIETNAM).date().isoformat(),
    )  # fmt: skip
    assert {key for key, value in public.items() if value is not None} == {
        "case_no",
        "state",
        "state_vi",
        "filed_on",
        "late",
    }
    assert ARGUMENT not in answer.text


async def test_nobody_sees_another_unit_s_case_before_or_after_the_outcome_but_its_summary(published):
    case, stage = published, published.stage
    path = await case.filed()
    await case.refused(case.other, "GET", path, None, 403, "appeal_not_yours")
    assert (await case.done(case.other, "GET", "appeals"))["appeals"] == []
    await case.done(stage.officer, "POST", f"{path}/answer", {"text": "Đã kiểm tra hồ sơ gốc"})
    await case.done(
        stage.chair, "POST", f"{path}/outcome", {"outcome": "dismissed", "why": "Số liệu đúng với hồ sơ gốc"}
    )
    await case.refused(case.other, "GET", path, None, 403, "appeal_not_yours")
    (public,) = (await case.done(None, "GET", "editions/0/1/appeals"))["appeals"]
    assert (public["component"], public["outcome"], public["reason"]) == (
        "digitization", "dismissed", "Số liệu đúng với hồ sơ gốc",
    )  # fmt: skip
    for who in (case.hue, stage.officer, stage.chair, stage.auditor):
        shown = await case.done(who, "GET", path)
        assert [step["kind"] for step in shown["steps"]] == ["filed", "answered", "dismissed"]
    assert (await case.done(None, "GET", "editions/0/1/standing"))["disputes"]["case_numbers"] == []


async def test_a_unit_is_told_which_tables_it_may_dispute_with_its_own_row_only(published):
    (table,) = (await published.done(published.hue, "GET", "appeals/tables"))["tables"]
    assert (table["unit_id"], table["edition_no"], table["open"]) == (published.hue.unit_id, 1, True)
    assert table["windows"] == "table-appeals@2026-1"
    assert "digitization" in table["components"]
    await published.refused(published.stage.officer, "GET", "appeals/tables", None, 403, "role_missing")


async def test_the_window_ends_with_its_last_day_in_vietnam(published):
    case = published
    closes = dt.datetime.fromisoformat((await case.done(case.hue, "GET", "appeals/tables"))["tables"][0]["closes_at"])
    local = closes.astimezone(VIETNAM)
    assert (local.hour, local.minute) == (0, 0)
    assert (local.date() - case.now.astimezone(VIETNAM).date()).days == 16
    case.now = closes
    await case.refused(case.hue, "POST", "appeals", case.body(), 409, "window_over")
    case.now = closes - dt.timedelta(microseconds=1)
    await case.file()


async def test_a_late_appeal_needs_the_officer_s_right_and_a_reason_of_its_own(published):
    case, stage = published, published.stage
    case.now += dt.timedelta(days=20)
    right = {"unit_id": case.hue.unit_id, "until": (case.now + dt.timedelta(days=2)).isoformat(), "why": "Bão số 9"}
    await case.refused(stage.chair, "POST", "publications/1/late-appeals", right, 403, "role_missing")
    over = {**right, "until": (case.now - dt.timedelta(hours=1)).isoformat()}
    await case.refused(stage.officer, "POST", "publications/1/late-appeals", over, 422, "until_over")
    await case.done(stage.officer, "POST", "publications/1/late-appeals", right)
    await case.refused(case.hue, "POST", "appeals", case.body(), 409, "late_reason_missing")
    await case.refused(
        case.other, "POST", "appeals", case.body(unit_id=case.other.unit_id, late_reason="Bão"), 409, "window_over"
    )
    found = await case.file(late_reason="Mất kết nối do bão")
    assert found["late_reason"] == "Mất kết nối do bão"
    case.now += dt.timedelta(days=3)
    await case.refused(case.hue, "POST", "appeals", case.body(component=None, late_reason="Bão"), 409, "window_over")


async def test_a_draft_is_disputed_within_its_shorter_window(case):
    await case.refused(case.hue, "POST", "appeals", case.body(), 422, "publication_unknown")
    await case.stage.drafted(case.sources[0])
    found = await case.file(component=None)
    assert (found["appeal"]["edition_no"], found["appeal"]["component_vi"]) == (None, "Tổng điểm, thứ hạng")
    case.now += dt.timedelta(days=7)
    await case.refused(case.hue, "POST", "appeals", case.body(), 409, "window_over")


async def test_case_numbers_have_no_gaps_however_many_file_at_once(published):
    case = published
    components = ["transparency", "progress", "online", "payment", "digitization", "satisfaction", None]
    bodies = [case.body(component=one) for one in components] + [case.body(component="nothing")] * 3
    answers = await asyncio.gather(*(case.ask(case.hue, "POST", "appeals", body) for body in bodies))
    assert [answer.status_code for answer in answers] == [201] * 7 + [422] * 3
    found = (await case.done(case.stage.auditor, "GET", "appeals"))["appeals"]
    assert sorted(one["case_no"][-4:] for one in found) == [f"{number:04}" for number in range(1, 8)]


async def test_every_fault_of_an_appeal_is_named_at_once(published):
    case = published
    bare = await speaker(case.stage, "Không trong bảng", 990_002)
    body = case.body(unit_id=990_002, component="nothing", evidence_ids=["00000000-0000-0000-0000-000000000001"])
    problem = await case.refused(bare, "POST", "appeals", body, 422, "appeal_invalid")
    assert [one["code"] for one in problem["findings"]] == [
        "unit_not_in_table",
        "component_unknown",
        "evidence_unknown",
    ]
    await case.refused(case.other, "POST", "appeals", case.body(), 403, "unit_not_yours")
    await case.refused(case.stage.officer, "POST", "appeals", case.body(), 403, "role_missing")


async def test_the_same_cell_is_disputed_once_unless_it_was_withdrawn(published):
    case = published
    path = await case.filed()
    await case.refused(case.hue, "POST", "appeals", case.body(), 409, "appeal_exists")
    await case.refused(case.stage.officer, "POST", f"{path}/withdrawal", {"why": "Thay đơn vị"}, 403, "role_missing")
    await case.done(case.hue, "POST", f"{path}/withdrawal", {"why": "Viết lại"})
    await case.refused(case.stage.officer, "POST", f"{path}/answer", {"text": "Muộn"}, 409, "appeal_over")
    assert (await case.file())["appeal"]["case_no"].endswith("-0002")


async def test_who_speaks_for_the_unit_does_not_decide_its_appeal_whatever_the_roles(published):
    case = published
    both = await speaker(case.stage, "Hai vai trò", case.hue.unit_id, "officer", "council")
    path = await case.filed()
    outcome = {"outcome": "upheld", "why": "Đúng"}
    await case.refused(both, "POST", f"{path}/answer", {"text": "Đúng"}, 403, "involved_in_case")
    await case.refused(both, "POST", f"{path}/outcome", outcome, 403, "involved_in_case")
    await case.refused(case.stage.auditor, "POST", f"{path}/outcome", outcome, 403, "role_missing")


async def test_two_outcomes_at_the_same_time_are_one(published):
    case, stage = published, published.stage
    path = await case.filed()
    answers = await asyncio.gather(
        *(
            case.ask(who, "POST", f"{path}/outcome", {"outcome": outcome, "why": "Đã xem xét"})
            for who, outcome in ((stage.officer, "upheld"), (stage.chair, "dismissed"), (stage.reviewer, "upheld"))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]


async def test_an_upheld_appeal_waits_for_the_edition_that_corrects_and_names_it(published):
    case, stage = published, published.stage
    path = await case.filed()
    await case.done(stage.officer, "POST", f"{path}/outcome", {"outcome": "upheld", "why": "Cổng cập nhật số liệu"})
    disputes = (await case.done(None, "GET", "editions/0/1/standing"))["disputes"]
    assert (disputes["open"], disputes["awaiting_correction"]) == (0, 1)
    for wrong in (1, 2):
        await case.refused(
            stage.officer, "POST", f"{path}/correction", {"edition_no": wrong}, 422, "edition_corrects_not"
        )
    decision = {"component": "digitization", "input": {"percent": "80"}, "note": "Sửa"}
    await case.refused(stage.chair, "POST", f"{path}/decision", decision, 409, "no_round_to_correct")
    assert await stage.published(case.sources[1], supersedes=1, erratum="Theo khiếu nại được chấp nhận") == 2
    await case.done(stage.officer, "POST", f"{path}/correction", {"edition_no": 2})
    (public,) = (await case.done(None, "GET", "editions/0/1/appeals"))["appeals"]
    assert (public["state"], public["corrected_by"]) == ("corrected", 2)
    assert (await case.done(None, "GET", "editions/0/1/standing"))["disputes"]["case_numbers"] == []
    await case.refused(stage.officer, "POST", f"{path}/correction", {"edition_no": 2}, 409, "appeal_not_upheld")
    await case.refused(case.hue, "POST", "appeals", case.body(component=None), 409, "edition_superseded")


async def test_files_come_with_an_appeal_until_its_outcome_and_open_for_the_parties_only(published):
    case, stage = published, published.stage
    path = await case.filed()
    files = {"file": ("ảnh chụp.pdf", pdf("bằng chứng"), "application/pdf")}
    first = await case.done(case.hue, "POST", f"{path}/evidence", files=files)
    again = await case.done(case.hue, "POST", f"{path}/evidence", files=files)
    assert first["evidence_id"] == again["evidence_id"]
    other = await case.ask(stage.officer, "POST", f"{path}/evidence", files=files)
    assert (other.status_code, other.json()["code"]) == (403, "role_missing")
    where = f"{path}/evidence/{first['evidence_id']}"
    for who in (case.hue, stage.officer, stage.chair, stage.auditor):
        opened = await case.ask(who, "GET", where)
        assert (opened.status_code, opened.content) == (200, pdf("bằng chứng"))
    await case.refused(case.other, "GET", where, None, 403, "appeal_not_yours")
    noted = await stage.connection.fetch("SELECT outcome, count(*) FROM evidence_access GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in noted] == [("refused", 1), ("served", 4)]
    await case.done(stage.officer, "POST", f"{path}/outcome", {"outcome": "dismissed", "why": "Không đủ căn cứ"})
    late = await case.ask(case.hue, "POST", f"{path}/evidence", files=files)
    assert (late.status_code, late.json()["code"]) == (409, "appeal_over")


async def test_a_file_of_an_appeal_goes_when_its_retention_date_has_passed(published, resources, settings):
    case = published
    path = await case.filed()
    files = {"file": ("ảnh chụp.pdf", pdf("bằng chứng"), "application/pdf")}
    kept = await case.done(case.hue, "POST", f"{path}/evidence", files=files)
    last = dt.date.fromisoformat(kept["retain_until"])
    day = dt.datetime(last.year, last.month, last.day, 12, tzinfo=VIETNAM)
    assert await erase_due_of_appeals(resources.database, settings, day) == 0
    assert await erase_due_of_appeals(resources.database, settings, day + dt.timedelta(days=1)) == 1
    assert await erase_due_of_appeals(resources.database, settings, day + dt.timedelta(days=1)) == 0
    await case.refused(case.hue, "GET", f"{path}/evidence/{kept['evidence_id']}", None, 404, "evidence_erased")
    assert await case.stage.connection.fetchval("SELECT sealed_key FROM evidence_content") is None


async def test_an_appeal_goes_its_way_by_the_pages(published):
    case, stage = published, published.stage
    listed = await case.paged(case.hue, "GET", "appeals/new")
    assert "ấn bản số 1" in listed.text
    table = f"1.{case.hue.unit_id}"
    form = await case.paged(case.hue, "GET", f"appeals/new?table={table}")
    assert "Số hóa hồ sơ" in form.text
    sent = {"table": table, "component": "digitization", "argument": ""}
    bad = await case.paged(case.hue, "POST", "appeals/new", data=sent)
    assert (bad.status_code, "Chưa nêu lý do khiếu nại." in bad.text) == (422, True)
    gone = await case.paged(case.hue, "POST", "appeals/new", data={**sent, "argument": ARGUMENT})
    assert gone.status_code == 303
    path = gone.headers["location"].removeprefix("/pages/").partition("?")[0]
    files = {"file": ("ảnh chụp.pdf", pdf("x"), "application/pdf")}
    assert (await case.paged(case.hue, "POST", f"{path}/evidence", files=files)).status_code == 303
    shown = await case.paged(stage.officer, "GET", path)
    assert ARGUMENT in shown.text
    assert "ảnh chụp.pdf" in shown.text
    assert (await case.paged(case.other, "GET", path)).status_code == 403
    assert (await case.paged(stage.officer, "POST", f"{path}/answer", data={"why": "Đang kiểm tra"})).status_code == 303
    unsure = await case.paged(stage.chair, "POST", f"{path}/outcome", data={"why": "Đúng"})
    assert (unsure.status_code, "Chưa chọn kết luận." in unsure.text) == (422, True)
    decided = await case.paged(stage.chair, "POST", f"{path}/outcome", data={"outcome": "upheld", "why": "Đúng"})
    assert decided.status_code == 303
    assert "chấp nhận, chờ đính chính" in (await case.paged(case.hue, "GET", "appeals")).text
    wrong = await case.paged(stage.chair, "POST", f"{path}/correction", data={"edition_no": "1"})
    assert (wrong.status_code, "không đính chính" in wrong.text) == (422, True)
    other = await case.filed(component=None)
    assert (await case.paged(case.hue, "POST", f"{other}/withdrawal", data={"why": "Nhầm"})).status_code == 303

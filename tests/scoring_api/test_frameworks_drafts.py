"""Drafts of officers: written in three forms, checked, put in force by a second person, and then nobody's to change."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import io
import json
from typing import Any

import asyncpg
import httpx
import pytest
from openpyxl import load_workbook

from parindex.frameworks.criteria_catalogue import load_frameworks
from parindex.frameworks.criteria_file import read_framework_json
from parindex.workbooks.framework_workbook import write_framework_workbook
from parindex.workbooks.opening import MEDIA_TYPE as XLSX
from support.people import SignedPerson, make_person

pytestmark = pytest.mark.database

TENANT, ELSEWHERE = 41, 42
DRAFTS = "/v1/framework-drafts"
TOMORROW = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).date().isoformat()


def document(**changes: Any) -> dict[str, Any]:
    """A department framework of the authority's own, in force from the day after tomorrow."""
    shipped = copy.deepcopy(dict(load_frameworks().get("par-department", "2025-1").document))
    own = {"code": "so-cchc", "version": "1", "in_force": {"from": TOMORROW, "to": None}, "replaces": None, "gaps": []}
    return shipped | own | changes


@pytest.fixture
async def author(connection: asyncpg.Connection) -> SignedPerson:
    return await make_person(connection, TENANT, "Nguyễn Văn A", ["officer"])


@pytest.fixture
async def second(connection: asyncpg.Connection) -> SignedPerson:
    return await make_person(connection, TENANT, "Trần Thị B", ["officer"])


class Desk:
    """One officer's requests."""

    def __init__(self, client: httpx.AsyncClient, person: SignedPerson) -> None:
        self.client, self.person = client, person

    async def send(self, method: str, path: str = "", status: int = 200, **more: Any) -> dict[str, Any]:
        headers = {**self.person.headers, **more.pop("headers", {})}
        answer = await self.client.request(method, f"{DRAFTS}{path}", headers=headers, **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def draft(self, **changes: Any) -> dict[str, Any]:
        return (await self.send("POST", status=201, json=document(**changes), params={"why": "kế hoạch"}))["draft"]

    async def checked(self, **changes: Any) -> dict[str, Any]:
        draft = await self.draft(**changes)
        checked = (await self.send("POST", f"/{draft['framework_draft_id']}/check"))["draft"]
        assert checked["state"] == "checked", checked["findings"]
        return checked

    async def enact(self, draft: dict[str, Any], status: int = 200, **more: Any) -> dict[str, Any]:
        body = {"sha256": draft["sha256"], "why": "QĐ 12/QĐ-SNV", **more}
        return await self.send("POST", f"/{draft['framework_draft_id']}/put-in-force", status, json=body)


@pytest.fixture
def desk(client: httpx.AsyncClient, author: SignedPerson) -> Desk:
    return Desk(client, author)


@pytest.fixture
def other(client: httpx.AsyncClient, second: SignedPerson) -> Desk:
    return Desk(client, second)


async def test_a_draft_becomes_law_by_two_persons_and_every_step_is_an_event(
    desk: Desk, other: Desk, connection: asyncpg.Connection
):
    draft = await desk.draft()
    assert (draft["state"], draft["revision"], draft["person_id"]) == ("draft", 1, desk.person.person_id)
    checked = (await desk.send("POST", f"/{draft['framework_draft_id']}/check"))["draft"]
    await desk.enact(checked, 403)
    assert (await other.enact(checked))["draft"]["state"] == "in_force"
    law = (await desk.client.get("/v1/frameworks/so-cchc")).json()
    assert [(one["version"], one["sha256"]) for one in law["versions"]] == [("1", checked["sha256"])]
    row = await connection.fetchrow("SELECT * FROM framework_version WHERE code = 'so-cchc'")
    assert (row["tenant_id"], row["person_id"], row["sha256"]) == (TENANT, other.person.person_id, checked["sha256"])
    events = await connection.fetch(
        "SELECT kind, person_id, why FROM framework_event WHERE code = 'so-cchc' ORDER BY framework_event_id"
    )
    assert [tuple(event) for event in events] == [
        ("drafted", desk.person.person_id, "kế hoạch"),
        ("checked", desk.person.person_id, ""),
        ("put_in_force", other.person.person_id, "QĐ 12/QĐ-SNV"),
    ]


async def test_what_is_in_force_is_neither_replaced_nor_withdrawn_nor_put_in_force_again(desk: Desk, other: Desk):
    checked = await desk.checked()
    await other.enact(checked)
    path = f"/{checked['framework_draft_id']}"
    assert (await desk.send("PUT", path, 409, json=document()))["code"] == "draft_in_force"
    assert (await desk.send("POST", f"{path}/withdraw", 409, json={"why": "nhầm"}))["code"] == "draft_in_force"
    assert (await desk.send("POST", f"{path}/check", 409))["code"] == "draft_in_force"
    assert (await other.enact(checked, 409))["code"] == "draft_in_force"


@pytest.mark.parametrize("form", ["json", "yaml", "workbook"])
async def test_a_draft_may_come_as_json_yaml_or_workbook(desk: Desk, form: str):
    file = read_framework_json(document())
    body = {
        "json": json.dumps(document()).encode(),
        # JSON with quoted days and numbers is not strict YAML: a shipped file is.
        "yaml": _yaml().encode(),
        "workbook": write_framework_workbook(file.framework),
    }[form]
    media_type = {"json": "application/json", "yaml": "application/yaml", "workbook": XLSX}[form]
    made = await desk.send("POST", status=201, content=body, headers={"Content-Type": media_type})
    assert made["draft"]["origin"] == form
    if form != "yaml":
        assert made["draft"]["sha256"] == file.framework.sha256
    shown = await desk.send("GET", f"/{made['draft']['framework_draft_id']}")
    assert shown["document"] == made["document"]
    assert [one["framework_draft_id"] for one in (await desk.send("GET"))["drafts"]] == [
        made["draft"]["framework_draft_id"]
    ]


def _yaml() -> str:
    from parindex.frameworks.criteria_file import shipped_files

    return dict(shipped_files())["par-department/2025-1.yaml"].replace("code: par-department", "code: so-cchc", 1)


async def test_a_faulty_json_draft_is_kept_with_its_findings_but_never_checked(desk: Desk, other: Desk):
    draft = await desk.draft(max="mười", title_vi="")
    assert {one["field"] for one in draft["findings"]} >= {"max", "title_vi"}
    path = f"/{draft['framework_draft_id']}"
    checked = (await desk.send("POST", f"{path}/check"))["draft"]
    assert checked["state"] == "draft"
    assert {one["field"] for one in checked["findings"]} >= {"max", "title_vi"}
    assert (await other.enact(checked, 409))["code"] == "draft_not_checked"


@pytest.mark.parametrize(
    "changes", [{"code": "mã"}, {"code": None}, {"version": "1/2"}, {"version": 1}, {"code": "diff"}]
)
async def test_a_draft_without_a_usable_name_is_not_kept(desk: Desk, changes: dict[str, Any]):
    assert (await desk.send("POST", status=422, json=document(**changes)))["code"] == "draft_unnamed"
    assert (await desk.send("GET"))["drafts"] == []


async def test_a_draft_goes_out_as_a_workbook_and_its_edit_comes_back(desk: Desk):
    draft = await desk.draft()
    path = f"/{draft['framework_draft_id']}"
    out = await desk.client.get(f"{DRAFTS}{path}/workbook", headers=desk.person.headers)
    assert out.headers["content-type"] == XLSX
    book = load_workbook(io.BytesIO(out.content))
    book["Thông tin chung"]["B3"].value = "Tên đã sửa"
    stream = io.BytesIO()
    book.save(stream)
    back = await desk.send("PUT", path, content=stream.getvalue(), headers={"Content-Type": XLSX})
    assert back["draft"]["origin"] == "workbook"
    before = (await desk.send("GET", path))["document"]
    assert before["title_vi"] == "Tên đã sửa"
    assert {**before, "title_vi": document()["title_vi"]} == read_framework_json(document()).document


async def test_a_draft_with_faults_has_no_workbook_but_its_findings(desk: Desk):
    draft = await desk.draft(max="mười")
    refused = await desk.send("GET", f"/{draft['framework_draft_id']}/workbook", 422)
    assert [one["field"] for one in refused["findings"]] == ["max"]


async def test_a_faulty_workbook_is_refused_with_cells_and_nothing_is_kept(desk: Desk):
    refused = await desk.send("POST", status=422, content=b"PK", headers={"Content-Type": XLSX})
    assert refused["code"] == "workbook_unreadable"
    assert (await desk.send("GET"))["drafts"] == []


async def test_a_replaced_draft_has_to_be_checked_again_and_its_author_is_who_replaced_it(desk: Desk, other: Desk):
    checked = await desk.checked()
    path = f"/{checked['framework_draft_id']}"
    replaced = (await other.send("PUT", path, json=document(title_en="Second")))["draft"]
    assert (replaced["state"], replaced["revision"], replaced["person_id"]) == ("draft", 2, other.person.person_id)
    assert (await other.enact(checked, 409))["code"] == "draft_not_checked"
    again = (await desk.send("POST", f"{path}/check"))["draft"]
    assert (await desk.enact(checked, 409))["code"] == "draft_changed"
    assert (await other.enact(again, 403))["code"] == "second_person_needed"
    assert (await desk.enact(again))["draft"]["state"] == "in_force"


async def test_an_edit_of_a_draft_that_moved_is_refused(desk: Desk, other: Desk):
    draft = await desk.draft()
    path = f"/{draft['framework_draft_id']}"
    await other.send("PUT", path, json=document(title_en="Second"), params={"revision": 1})
    moved = await desk.send("PUT", path, 409, json=document(title_en="Third"), params={"revision": 1})
    assert moved["code"] == "draft_moved"


async def test_a_withdrawn_draft_stays_withdrawn(desk: Desk, other: Desk, connection: asyncpg.Connection):
    checked = await desk.checked()
    path = f"/{checked['framework_draft_id']}"
    assert (await desk.send("POST", f"{path}/withdraw", json={"why": "đổi kế hoạch"}))["draft"]["state"] == "withdrawn"
    assert (await other.enact(checked, 409))["code"] == "draft_withdrawn"
    why = await connection.fetchval("SELECT why FROM framework_event WHERE kind = 'withdrawn'")
    assert why == "đổi kế hoạch"


async def test_a_first_day_that_is_past_needs_a_reason_which_stays_in_the_event(
    desk: Desk, other: Desk, connection: asyncpg.Connection
):
    checked = await desk.checked(in_force={"from": "2025-07-15", "to": None})
    assert (await other.enact(checked, 422))["code"] == "retroactive_without_reason"
    await other.enact(checked, retroactive_reason="Quyết định ký muộn")
    why = await connection.fetchval("SELECT why FROM framework_event WHERE kind = 'put_in_force' AND code = 'so-cchc'")
    assert "Quyết định ký muộn" in why


async def test_a_code_of_another_authority_is_refused(desk: Desk, other: Desk, connection, client: httpx.AsyncClient):
    national = (await desk.send("POST", status=201, json=document(code="qd766", version="9")))["draft"]
    found = (await desk.send("POST", f"/{national['framework_draft_id']}/check"))["draft"]
    assert (found["state"], {one["code"] for one in found["findings"]} >= {"code_of_another_authority"}) == (
        "draft",
        True,
    )
    # Checked while the code was free, put in force by somebody else meanwhile.
    mine = await desk.checked()
    strangers = [Desk(client, await make_person(connection, ELSEWHERE, name, ["officer"])) for name in ("C", "D")]
    theirs = await strangers[0].checked(version="their-1")
    await strangers[1].enact(theirs)
    assert (await other.enact(mine, 403))["code"] == "code_of_another_authority"


async def test_a_version_follows_what_is_in_force(desk: Desk, other: Desk):
    await other.enact(await desk.checked())
    same = (await desk.send("POST", status=201, json=document()))["draft"]
    found = (await desk.send("POST", f"/{same['framework_draft_id']}/check"))["draft"]
    assert {one["code"] for one in found["findings"]} == {"version_in_force"}
    earlier = await desk.draft(version="2", replaces="1", in_force={"from": "2025-07-15", "to": None})
    found = (await desk.send("POST", f"/{earlier['framework_draft_id']}/check"))["draft"]
    assert "not_after_present" in {one["code"] for one in found["findings"]}
    beside = await desk.draft(version="3", in_force={"from": "2099-01-01", "to": None})
    found = (await desk.send("POST", f"/{beside['framework_draft_id']}/check"))["draft"]
    assert "validity_overlap" in {one["code"] for one in found["findings"]}
    later = await desk.checked(version="4", replaces="1", in_force={"from": "2099-01-01", "to": None})
    await other.enact(later)
    lines = (await desk.client.get("/v1/frameworks/so-cchc")).json()["versions"]
    assert [(one["version"], one["valid_to"]) for one in lines] == [("1", "2099-01-01"), ("4", None)]


async def test_two_officers_who_put_two_drafts_of_one_day_in_force_at_once_make_one_law(
    desk: Desk, other: Desk, connection: asyncpg.Connection, client: httpx.AsyncClient
):
    third = Desk(client, await make_person(connection, TENANT, "Lê C", ["officer"]))
    drafts = [await desk.checked(version=version) for version in ("a", "b")]
    answers = await asyncio.gather(
        *(
            client.post(
                f"{DRAFTS}/{draft['framework_draft_id']}/put-in-force",
                headers=one.person.headers,
                json={"sha256": draft["sha256"], "why": "x"},
            )
            for one, draft in zip((other, third), drafts, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert await connection.fetchval("SELECT count(*) FROM framework_version WHERE code = 'so-cchc'") == 1


async def test_one_draft_put_in_force_twice_at_once_is_one_version(
    desk: Desk, other: Desk, connection: asyncpg.Connection, client: httpx.AsyncClient
):
    third = Desk(client, await make_person(connection, TENANT, "Lê C", ["officer"]))
    draft = await desk.checked()
    path, body = f"{DRAFTS}/{draft['framework_draft_id']}/put-in-force", {"sha256": draft["sha256"], "why": "x"}
    answers = await asyncio.gather(
        *(client.post(path, headers=one.person.headers, json=body) for one in (other, third))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    events = await connection.fetchval(
        "SELECT count(*) FROM framework_event WHERE code = 'so-cchc' AND kind = 'put_in_force'"
    )
    assert events == 1


@pytest.mark.parametrize("roles", [[], [("unit", 5)], [("appraiser", 5)], ["council"], ["auditor"]])
async def test_only_officers_touch_drafts(client: httpx.AsyncClient, connection, desk: Desk, roles: list[Any]):
    draft = await desk.draft()
    outsider = Desk(client, await make_person(connection, TENANT, "Người khác", roles))
    path = f"/{draft['framework_draft_id']}"
    for method, where, more in (
        ("GET", "", {}),
        ("POST", "", {"json": document()}),
        ("GET", path, {}),
        ("GET", f"{path}/workbook", {}),
        ("PUT", path, {"json": document()}),
        ("POST", f"{path}/check", {}),
        ("POST", f"{path}/put-in-force", {"json": {"sha256": draft["sha256"], "why": "x"}}),
        ("POST", f"{path}/withdraw", {"json": {"why": "x"}}),
    ):
        assert (await outsider.send(method, where, 403, **more))["code"] == "role_missing"


async def test_drafts_of_another_authority_do_not_exist(client: httpx.AsyncClient, connection, desk: Desk):
    draft = await desk.draft()
    stranger = Desk(client, await make_person(connection, ELSEWHERE, "Người lạ", ["officer"]))
    assert (await stranger.send("GET"))["drafts"] == []
    await stranger.send("GET", f"/{draft['framework_draft_id']}", 404)
    await stranger.send("PUT", f"/{draft['framework_draft_id']}", 404, json=document())


async def test_nobody_without_a_sign_in_sees_a_draft(client: httpx.AsyncClient):
    assert (await client.get(DRAFTS)).status_code == 401

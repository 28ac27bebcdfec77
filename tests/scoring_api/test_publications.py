"""Publishing over HTTP: two persons, exactly one draft, errata, withdrawal, races on a real Postgres."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from parindex.engine.digest import canonical_json
from scoring_api.rendered import RENEW_SECONDS
from support.people import make_person
from support.publications import agreement, approval, press

pytestmark = pytest.mark.database
UNKNOWN = "0" * 64


@pytest.fixture
async def stage(client, connection, settings, template_registers):
    async with press(client, connection, settings, template_registers) as found:
        yield found


@pytest.fixture
async def observed(stage):
    """Sources of the two observations of the October table."""
    rows = [row for row in await stage.imported_tables() if row["period"] == "2025-10" and row["block"] == "province"]
    return [{"kind": "imported", "imported_table_id": row["imported_table_id"]} for row in rows]


async def test_a_table_is_drafted_reviewed_approved_and_signed(stage, observed):
    drafted = await stage.drafted(observed[0], decision="766/QĐ-TTg")
    assert drafted["publication"]["state"] == "drafted"
    assert [one["code"] for one in drafted["against"]] == ["not_approved"]
    assert drafted["draft"]["body"]["title_vi"] == "Bảng xếp hạng thử"
    reviewed = await stage.done(stage.reviewer, "POST", stage.path(drafted, "review"), agreement(drafted))
    assert reviewed["publication"]["state"] == "reviewed"
    approved = await stage.done(stage.chair, "POST", stage.path(drafted, "approval"), approval(drafted))
    assert (approved["publication"]["state"], approved["against"]) == ("approved", [])
    (signed,) = await stage.work()
    shown = await stage.shown(signed.publication_id)
    assert (shown["publication"]["state"], shown["publication"]["edition_no"]) == ("published", 1)
    assert [(step["kind"], step["person"]) for step in shown["steps"]] == [
        ("drafted", "Cán bộ lập dự thảo"),
        ("reviewed", "Cán bộ rà soát"),
        ("approved", "Chủ tịch hội đồng"),
    ]


async def test_the_body_shown_is_exactly_what_its_digest_was_taken_of(stage, observed):
    drafted = await stage.drafted(observed[0])
    digest = hashlib.sha256(canonical_json(drafted["draft"]["body"])).hexdigest()
    assert digest == drafted["publication"]["body_sha256"] == drafted["draft"]["body_sha256"]


async def test_whoever_drafted_it_neither_reviews_nor_approves_whatever_the_roles(stage, connection, observed):
    both = await make_person(connection, stage.tenant_id, "Hai vai trò", ["officer", "council"])
    stage.officer = both
    drafted = await stage.drafted(observed[0])
    await stage.refused(both, "POST", stage.path(drafted, "review"), agreement(drafted), 403, "second_person_needed")
    await stage.done(stage.reviewer, "POST", stage.path(drafted, "review"), agreement(drafted))
    await stage.refused(both, "POST", stage.path(drafted, "approval"), approval(drafted), 403, "second_person_needed")
    assert (await stage.shown(1))["publication"]["state"] == "reviewed"


async def test_nothing_is_approved_without_a_review_of_that_very_draft(stage, observed):
    drafted = await stage.drafted(observed[0])
    await stage.refused(stage.chair, "POST", stage.path(drafted, "approval"), approval(drafted), 409, "not_reviewed")
    await stage.refused(
        stage.reviewer,
        "POST",
        stage.path(drafted, "review"),
        {"body_sha256": UNKNOWN, "agrees": True},
        409,
        "draft_moved",
    )
    await stage.refused(
        stage.chair, "POST", stage.path(drafted, "approval"), {"body_sha256": UNKNOWN}, 409, "draft_moved"
    )


async def test_a_rejection_needs_its_reason_and_stands_until_somebody_agrees(stage, observed):
    drafted = await stage.drafted(observed[0])
    path, digest = stage.path(drafted, "review"), drafted["publication"]["body_sha256"]
    rejection = {"body_sha256": digest, "agrees": False}
    await stage.refused(stage.reviewer, "POST", path, rejection, 422, "reason_missing")
    await stage.done(stage.reviewer, "POST", path, {**rejection, "why": "Sai tên đơn vị"})
    await stage.refused(stage.chair, "POST", stage.path(drafted, "approval"), approval(drafted), 409, "not_reviewed")
    await stage.done(stage.chair, "POST", path, agreement(drafted))
    await stage.refused(stage.chair, "POST", path, agreement(drafted), 409, "reviewed_already")
    approved = await stage.done(stage.reviewer, "POST", stage.path(drafted, "approval"), approval(drafted))
    assert approved["publication"]["state"] == "approved"
    await stage.refused(
        stage.chair, "POST", stage.path(drafted, "approval"), approval(drafted), 409, "approved_already"
    )


async def test_a_rejection_after_the_approval_keeps_the_worker_from_signing(stage, observed):
    approved = await stage.approved(observed[0])
    digest = approved["publication"]["body_sha256"]
    rejected = await stage.done(
        stage.reviewer,
        "POST",
        stage.path(approved, "review"),
        {"body_sha256": digest, "agrees": False, "why": "Dừng lại"},
    )
    assert rejected["publication"]["state"] == "drafted"
    (refused,) = await stage.work()
    assert refused.edition_no is None


async def test_a_table_that_stands_is_never_published_again_in_silence(stage, observed):
    assert await stage.published(observed[0]) == 1
    again = await stage.reviewed(observed[0], title_vi="Lần hai")
    assert [one["code"] for one in again["against"]] == ["not_approved", "edition_exists"]
    await stage.refused(stage.chair, "POST", stage.path(again, "approval"), approval(again), 409, "edition_exists")


async def test_a_table_approved_and_not_yet_signed_is_not_approved_a_second_time(stage, observed):
    await stage.approved(observed[0])
    await stage.refused(
        stage.officer, "POST", "", {"source": observed[0], "title_vi": "Lần hai"}, 409, "publication_exists"
    )
    other = await stage.reviewed(observed[1])
    await stage.refused(stage.chair, "POST", stage.path(other, "approval"), approval(other), 409, "edition_under_way")


async def test_an_erratum_supersedes_names_what_changed_and_whose_place_moves(stage, observed):
    assert await stage.published(observed[0]) == 1
    reason = "Cổng dịch vụ công cập nhật cột mức độ hài lòng."
    drafted = await stage.drafted(observed[1], supersedes=1, erratum=reason)
    old = (await stage.shown(1))["draft"]["body"]["rows"]
    new = {row["unit_id"]: row for row in drafted["draft"]["body"]["rows"]}
    expected = {row["unit_id"] for row in old if new[row["unit_id"]]["rank"] != row["rank"]}
    assert expected
    assert {one["unit_id"] for one in drafted["moved"] if one["rank_moved"]} == expected
    first = next(one for one in drafted["moved"] if one["rank_moved"])
    before = next(row for row in old if row["unit_id"] == first["unit_id"])
    assert (first["rank_before"], first["value_before"]) == (before["rank"], before["value"])
    await stage.done(stage.reviewer, "POST", stage.path(drafted, "review"), agreement(drafted))
    await stage.done(stage.chair, "POST", stage.path(drafted, "approval"), approval(drafted))
    (signed,) = await stage.work()
    assert signed.edition_no == 2
    corrected, corrects = (await stage.shown(1))["publication"], (await stage.shown(2))["publication"]
    assert (corrected["state"], corrected["superseded_by"]) == ("superseded", 2)
    assert (corrects["state"], corrects["supersedes"], corrects["erratum"]) == ("published", 1, reason)


async def test_an_erratum_corrects_a_standing_edition_and_says_why(stage, observed):
    title = {"source": observed[1], "title_vi": "Đính chính"}
    problem = await stage.refused(stage.officer, "POST", "", {**title, "supersedes": 7}, 422, "publication_invalid")
    assert [one["code"] for one in problem["findings"]] == ["erratum_missing", "superseded_unknown"]
    problem = await stage.refused(stage.officer, "POST", "", {**title, "erratum": "Sai"}, 422, "publication_invalid")
    assert [one["code"] for one in problem["findings"]] == ["erratum_alone"]
    await stage.published(observed[0])
    await stage.published(observed[1], supersedes=1, erratum="Lần ghi nhận sau")
    body = {**title, "supersedes": 1, "erratum": "Lần nữa"}
    problem = await stage.refused(stage.officer, "POST", "", body, 422, "publication_invalid")
    assert [one["code"] for one in problem["findings"]] == ["superseded_already"]


async def test_a_withdrawn_publication_is_over(stage, observed):
    approved = await stage.approved(observed[0])
    await stage.refused(stage.officer, "POST", stage.path(approved, "withdrawal"), {"why": " "}, 422, "request_invalid")
    withdrawn = await stage.done(
        stage.officer, "POST", stage.path(approved, "withdrawal"), {"why": "Chưa có quyết định"}
    )
    assert withdrawn["publication"]["state"] == "withdrawn"
    assert await stage.work() == []
    await stage.refused(
        stage.chair, "POST", stage.path(approved, "approval"), approval(approved), 409, "publication_over"
    )


async def test_a_published_edition_is_not_withdrawn(stage, observed):
    await stage.published(observed[0])
    await stage.refused(stage.officer, "POST", "/1/withdrawal", {"why": "Nhầm"}, 409, "publication_over")


async def test_a_draft_that_cannot_be_built_says_why(stage, connection, observed):
    source = {
        "kind": "satisfaction", "realm": "production", "instrument": "KIOSK3", "version": "1", "scope_unit_id": 0,
        "block": "province", "period": "2026", "method": "top2",
    }  # fmt: skip
    drafted = await stage.drafted(source)
    assert drafted["draft"]["body"] is None
    assert [(one["code"], one["prevents"]) for one in drafted["draft"]["findings"]] == [("period_open", True)]
    await stage.refused(
        stage.reviewer,
        "POST",
        stage.path(drafted, "review"),
        {"body_sha256": UNKNOWN, "agrees": True},
        409,
        "draft_not_built",
    )


async def test_every_fault_of_a_source_is_named_at_once(stage):
    source = {
        "kind": "satisfaction", "realm": "production", "instrument": "NONE", "version": "9", "scope_unit_id": 123456789,
        "block": "village", "period": "2025", "method": "top2",
    }  # fmt: skip
    problem = await stage.refused(
        stage.officer, "POST", "", {"source": source, "title_vi": "Thử"}, 422, "publication_invalid"
    )
    assert [one["field"] for one in problem["findings"]] == [
        "source.instrument",
        "source.block",
        "source.scope_unit_id",
    ]
    for source in ({"kind": "round", "round_id": 99}, {"kind": "imported", "imported_table_id": 99999}):
        problem = await stage.refused(
            stage.officer, "POST", "", {"source": source, "title_vi": "Thử"}, 422, "publication_invalid"
        )
        assert [one["code"] for one in problem["findings"]] == ["source_unknown"]


async def test_only_officer_and_council_act_and_the_auditor_reads(stage, connection, observed):
    drafted = await stage.drafted(observed[0])
    unit = await make_person(connection, stage.tenant_id, "Đơn vị", [("unit", 101)])
    await stage.refused(unit, "GET", "", None, 403, "role_missing")
    await stage.refused(unit, "GET", "/1", None, 403, "role_missing")
    for path, body in (
        ("", {"source": observed[0], "title_vi": "Thử"}),
        ("/1/review", agreement(drafted)),
        ("/1/approval", approval(drafted)),
        ("/1/withdrawal", {"why": "Thử"}),
    ):
        await stage.refused(stage.auditor, "POST", path, body, 403, "role_missing")
    assert len((await stage.done(stage.auditor, "GET", ""))["publications"]) == 1
    anonymous = await stage.client.get("/v1/publications")
    assert anonymous.status_code == 401


async def test_publications_of_another_authority_do_not_exist(stage, connection, observed):
    await stage.drafted(observed[0])
    stranger = await make_person(connection, 990_000, "Cán bộ H99", ["officer"])
    await stage.refused(stranger, "GET", "/1", None, 404, "publication_unknown")
    await stage.refused(stranger, "POST", "/1/withdrawal", {"why": "Thử"}, 404, "publication_unknown")
    assert (await stage.done(stranger, "GET", ""))["publications"] == []


async def test_the_list_goes_on_from_page_to_page(stage, observed):
    for source in observed[:2]:
        await stage.drafted(source)
    first = await stage.done(stage.auditor, "GET", "?limit=1")
    second = await stage.done(stage.auditor, "GET", f"?limit=1&before={first['next_before']}")
    assert [page["publications"][0]["publication_id"] for page in (first, second)] == [2, 1]
    assert second["next_before"] is None


async def test_two_approvals_at_once_are_one_approval(stage, connection, observed):
    reviewed = await stage.reviewed(observed[0])
    others = [stage.chair, stage.reviewer, await make_person(connection, 0, "Ủy viên", ["council"])]
    answers = await asyncio.gather(
        *(stage.send(who, "POST", stage.path(reviewed, "approval"), approval(reviewed)) for who in others)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert len([one for one in await stage.work() if one.edition_no is not None]) == 1


async def test_drafting_twice_at_once_drafts_once(stage, observed):
    body = {"source": observed[0], "title_vi": "Bảng xếp hạng"}
    answers = await asyncio.gather(*(stage.send(stage.officer, "POST", "", body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_withdrawal_and_the_signature_have_an_order(stage, observed):
    approved = await stage.approved(observed[0])
    answer, signed = await asyncio.gather(
        stage.send(stage.officer, "POST", stage.path(approved, "withdrawal"), {"why": "Dừng"}), stage.work()
    )
    publication = (await stage.shown(1))["publication"]
    if answer.status_code == 200:
        assert (publication["state"], publication["edition_no"]) == ("withdrawn", None)
    else:
        assert answer.json()["code"] == "publication_over"
        assert publication["state"] == "published"
        assert [one.edition_no for one in signed] == [1]


async def disputing(stage, connection, drafted):
    """A unit of the drafted table disputes its total; the case as the unit sees it."""
    unit_id = drafted["draft"]["body"]["rows"][0]["unit_id"]
    unit = await make_person(connection, stage.tenant_id, f"Đơn vị {unit_id}", [("unit", unit_id)])
    body = {"publication_id": drafted["publication"]["publication_id"], "unit_id": unit_id, "argument": "Sai số liệu"}
    answer = await stage.client.post("/v1/appeals", json=body, headers=unit.headers)
    assert answer.status_code == 201, answer.text
    return unit, answer.json()["appeal"]


async def test_a_draft_with_open_disputes_is_approved_only_naming_each_with_a_reason_and_the_edition_prints_both(
    stage, connection, observed
):
    reviewed = await stage.reviewed(observed[0])
    _, case = await disputing(stage, connection, reviewed)
    path, wish = stage.path(reviewed, "approval"), approval(reviewed)
    shown = await stage.shown(reviewed["publication"]["publication_id"])
    assert [(one["case_no"], one["unit_id"], one["component"]) for one in shown["disputes"]] == [
        (case["case_no"], case["unit_id"], None)
    ]
    refused = await stage.refused(stage.chair, "POST", path, wish, 409, "disputes_open")
    assert case["case_no"] in refused["title"] or case["case_no"] in str(refused)
    wish["acknowledged"] = [case["case_no"]]
    await stage.refused(stage.chair, "POST", path, wish, 422, "reason_missing")
    why = "Phải công bố trước kỳ họp; khiếu nại sẽ được đính chính nếu chấp nhận"
    approved = await stage.done(stage.chair, "POST", path, {**wish, "why": why})
    assert approved["publication"]["state"] == "approved"
    assert (approved["steps"][-1]["acknowledged"], approved["steps"][-1]["why"]) == ([case["case_no"]], why)
    (signed,) = await stage.work()
    document = (await stage.client.get(f"/v1/editions/0/{signed.edition_no}")).json()
    assert document["publication"]["open_disputes"] == {"case_numbers": [case["case_no"]], "why": why}
    assert hashlib.sha256(canonical_json(document)).hexdigest() == signed.sha256


async def test_a_dispute_filed_after_the_approval_holds_up_the_signature_until_it_is_acknowledged_or_over(
    stage, connection, observed
):
    approved = await stage.approved(observed[0])
    unit, case = await disputing(stage, connection, approved)
    (refused,) = await stage.work()
    assert ([one.code for one in refused.findings], refused.edition_no) == (["disputes_open"], None)
    assert (await stage.shown(refused.publication_id))["publication"]["state"] == "reviewed"
    path = f"/v1/appeals/{case['appeal_id']}/withdrawal"
    answer = await stage.client.post(path, json={"why": "Đã hiểu cách tính"}, headers=unit.headers)
    assert answer.status_code == 200, answer.text
    (signed,) = await stage.work()
    document = (await stage.client.get(f"/v1/editions/0/{signed.edition_no}")).json()
    assert "open_disputes" not in document["publication"]


async def test_a_table_that_is_withdrawn_and_drafted_anew_keeps_its_open_disputes(stage, connection, observed):
    first = await stage.drafted(observed[0])
    _, case = await disputing(stage, connection, first)
    await stage.done(stage.officer, "POST", stage.path(first, "withdrawal"), {"why": "Lập lại"})
    again = await stage.reviewed(observed[0])
    assert [one["case_no"] for one in (await stage.shown(2))["disputes"]] == [case["case_no"]]
    path, wish = stage.path(again, "approval"), approval(again)
    await stage.refused(stage.chair, "POST", path, wish, 409, "disputes_open")
    wish |= {"acknowledged": [case["case_no"]], "why": "Trước kỳ họp"}
    await stage.done(stage.chair, "POST", path, wish)
    (signed,) = await stage.work()
    document = (await stage.client.get(f"/v1/editions/0/{signed.edition_no}")).json()
    assert document["publication"]["open_disputes"]["case_numbers"] == [case["case_no"]]
    standing = f"/v1/editions/0/{signed.edition_no}/standing"
    disputes = (await stage.client.get(standing)).json()["disputes"]
    assert (disputes["case_numbers"], disputes["of_earlier"]) == ([], [case["case_no"]])
    # Upheld on the withdrawn draft, it is corrected by an edition of the same source that came after the outcome.
    at = f"/v1/appeals/{case['appeal_id']}"
    upheld = {"outcome": "upheld", "why": "Đúng"}
    answer = await stage.client.post(f"{at}/outcome", json=upheld, headers=stage.officer.headers)
    assert answer.status_code == 200, answer.text
    named = {"edition_no": signed.edition_no}
    early = await stage.client.post(f"{at}/correction", json=named, headers=stage.officer.headers)
    assert (early.status_code, early.json()["code"]) == (422, "edition_corrects_not")
    number = await stage.published(observed[0], supersedes=signed.edition_no, erratum="Theo khiếu nại")
    done = await stage.client.post(f"{at}/correction", json={"edition_no": number}, headers=stage.officer.headers)
    assert (done.status_code, done.json()["appeal"]["corrected_by"]) == (200, number), done.text


async def test_an_erratum_of_an_erratum_stands_last_and_corrects_what_was_upheld_on_the_first(
    stage, connection, observed
):
    assert await stage.published(observed[0]) == 1
    _, case = await disputing(stage, connection, await stage.shown(1))
    assert await stage.published(observed[1], supersedes=1, erratum="Cổng cập nhật") == 2
    carried = (await stage.client.get("/v1/editions/0/2/standing")).json()["disputes"]
    assert (carried["case_numbers"], carried["of_earlier"]) == ([], [case["case_no"]])
    at = f"/v1/appeals/{case['appeal_id']}"
    upheld = {"outcome": "upheld", "why": "Đúng"}
    answer = await stage.client.post(f"{at}/outcome", json=upheld, headers=stage.officer.headers)
    assert answer.status_code == 200, answer.text
    branch = {"source": observed[0], "title_vi": "Nhánh", "supersedes": 1, "erratum": "Nhánh"}
    refused = await stage.refused(stage.officer, "POST", "", branch, 422, "publication_invalid")
    assert [one["code"] for one in refused["findings"]] == ["superseded_already"]
    assert await stage.published(observed[0], supersedes=2, erratum="Đính chính của đính chính") == 3
    standing = (await stage.client.get("/v1/editions/0/1/standing")).json()
    assert (standing["edition"]["superseded_by"], standing["standing_edition_no"]) == (2, 3)
    done = await stage.client.post(f"{at}/correction", json={"edition_no": 3}, headers=stage.officer.headers)
    assert done.status_code == 200, done.text
    # What everybody reads may be a quarter of a second old.
    await asyncio.sleep(RENEW_SECONDS)
    for number in (1, 2, 3):
        disputes = (await stage.client.get(f"/v1/editions/0/{number}/standing")).json()["disputes"]
        assert (disputes["case_numbers"], disputes["of_earlier"]) == ([], [])

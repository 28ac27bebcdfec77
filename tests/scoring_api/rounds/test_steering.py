"""Opening, deadlines, steps and late rights: what the officer may do with a round, and what holds against everybody."""

from __future__ import annotations

import datetime as dt

from support.rounds import ASSESSED, CONTROL, FINANCE, H99, HOME, UNITS, Stage, caches_hold, criteria

YES = {"value": True}


async def test_a_round_is_opened_with_everything_frozen(stage: Stage):
    document = await stage.done(stage.cast.officer, "POST", "", stage.opening())
    head = document["round"]
    assert (head["phase"], head["framework"]["version"], head["units"]) == ("declaration", "1", 3)
    assert head["notice"]["vi"].startswith("DỮ LIỆU GIẢ LẬP")
    assert head["framework"]["sha256"] == criteria().framework.sha256
    assert [unit["unit_id"] for unit in document["units"]] == list(UNITS)
    assert {one["code"]: one["department_unit_id"] for one in document["fields"]} == {**ASSESSED, "impact": None}
    assert document["cells"] == []
    await caches_hold(stage.connection, head["round_id"])


async def test_without_a_list_every_unit_of_the_block_is_assessed(stage: Stage):
    document = await stage.done(stage.cast.officer, "POST", "", stage.opening(units=None))
    assert [unit["unit_id"] for unit in document["units"]] == list(range(990_001, 990_009))


async def test_everything_wrong_with_an_opening_is_said_at_once(stage: Stage):
    deadlines = stage.deadlines()
    deadlines["answer"] = deadlines["declaration"]
    deadlines["declaration"] = (stage.now - dt.timedelta(days=1)).isoformat()
    del deadlines["council"]
    body = stage.opening(
        period="2026-Q1",
        units=[FINANCE, FINANCE, 79],
        departments={"steering": HOME, "nothing": HOME, "extra": 1},
        deadlines=deadlines,
    )
    problem = await stage.refused(stage.cast.officer, "POST", "", body, 422, "opening_invalid")
    assert {(one["code"], one["field"]) for one in problem["findings"]} >= {
        ("period_kind", "period"),
        ("department_missing", "departments.procedures"),
        ("field_unknown", "departments.nothing"),
        ("department_outside", "departments.extra"),
        ("deadline_over", "deadlines.declaration"),
        ("deadline_order", "deadlines.answer"),
        ("deadline_missing", "deadlines.council"),
    }
    body = stage.opening(units=[FINANCE, FINANCE, 79])
    problem = await stage.refused(stage.cast.officer, "POST", "", body, 422, "opening_invalid")
    assert {one["code"] for one in problem["findings"]} == {"unit_twice", "unit_outside"}
    assert await stage.connection.fetchval("SELECT count(*) FROM assessment_round") == 0


async def test_a_template_carries_no_production_round(stage: Stage):
    body = stage.opening(realm="production")
    problem = await stage.refused(stage.cast.officer, "POST", "", body, 422, "opening_invalid")
    assert "template_in_production" in {one["code"] for one in problem["findings"]}


async def test_a_round_takes_a_version_in_force_on_its_last_day(stage: Stage):
    officer = stage.cast.officer
    await stage.refused(officer, "POST", "", stage.opening(period="2024"), 422, "framework_not_in_force")
    await stage.refused(officer, "POST", "", stage.opening(framework="nothing"), 404, "framework_unknown")
    await stage.refused(officer, "POST", "", stage.opening(version="9"), 404, "framework_version_unknown")
    await stage.refused(officer, "POST", "", stage.opening(block="commune"), 422, "block_unknown")
    await stage.refused(officer, "POST", "", stage.opening(period="20260"), 422, "period_unreadable")


async def test_sending_an_opening_twice_opens_one_round(stage: Stage):
    body = stage.opening()
    await stage.done(stage.cast.officer, "POST", "", body)
    problem = await stage.refused(stage.cast.officer, "POST", "", body, 409, "round_exists")
    assert "1" in problem["detail"]


async def test_only_the_officer_steers(opened: Stage):
    until = (opened.now + dt.timedelta(days=11)).isoformat()
    path = f"/{opened.round_id}"
    for who in (opened.cast.units[FINANCE], opened.cast.home, opened.cast.chair, opened.cast.auditor):
        await opened.refused(who, "POST", "", opened.opening(title_vi="x"), 403, "role_missing")
        body = {"phase": "declaration", "until": until, "note": "x"}
        await opened.refused(who, "POST", f"{path}/deadlines", body, 403, "role_missing")
        await opened.refused(who, "POST", f"{path}/late-rights", {**body, "unit_id": FINANCE}, 403, "role_missing")
        await opened.refused(who, "POST", f"{path}/phase", {"to": "appraisal_1"}, 403, "role_missing")
        await opened.refused(who, "POST", f"{path}/joins", {"kind": "external"}, 403, "role_missing")


async def test_deadlines_hold_and_name_themselves(opened: Stage):
    await opened.past("declaration")
    problem = await opened.refused(
        opened.cast.units[FINANCE],
        "PUT",
        opened.cell(FINANCE, "plan", "declaration"),
        {"input": YES, "late_reason": "Mất điện"},
        409,
        "deadline_over",
    )
    assert f"{opened.now.astimezone(dt.timezone(dt.timedelta(hours=7))):%d/%m/%Y}" in problem["detail"]
    assert "cho phép nộp muộn" in problem["hint"]


async def test_a_late_entry_needs_the_right_and_its_reason(opened: Stage):
    finance, path = opened.cast.units[FINANCE], opened.cell(FINANCE, "plan", "declaration")
    await opened.move_to("appraisal_1")
    until = opened.now + dt.timedelta(days=2)
    grant = {"phase": "declaration", "unit_id": FINANCE, "until": until.isoformat(), "note": "Bão số 9"}
    await opened.refused(finance, "PUT", path, {"input": YES}, 409, "deadline_over")
    await opened.done(opened.cast.officer, "POST", f"/{opened.round_id}/late-rights", grant)
    await opened.refused(finance, "PUT", path, {"input": YES}, 409, "late_reason_missing")
    stored = await opened.done(finance, "PUT", path, {"input": YES, "late_reason": "Mất kết nối do bão"})
    assert stored["late"] is True
    state = await opened.state(finance)
    assert state["cells"][0]["sides"]["declared"]["late_reason"] == "Mất kết nối do bão"
    other = opened.cell(UNITS[1], "plan", "declaration")
    body = {"input": YES, "late_reason": "Cũng vậy"}
    await opened.refused(opened.cast.units[UNITS[1]], "PUT", other, body, 409, "deadline_over")
    opened.now = until
    problem = await opened.refused(finance, "PUT", path, body, 409, "deadline_over")
    assert "Quyền nộp muộn cũng đã hết" in problem["detail"]
    await caches_hold(opened.connection, opened.round_id)


async def test_a_late_right_names_who_the_step_belongs_to(opened: Stage):
    until = (opened.now + dt.timedelta(days=99)).isoformat()
    path, officer = f"/{opened.round_id}/late-rights", opened.cast.officer
    for phase, unit_id in (
        ("declaration", HOME), ("declaration", None), ("appraisal_1", FINANCE), ("council", FINANCE), ("answer", CONTROL),
    ):  # fmt: skip
        body = {"phase": phase, "unit_id": unit_id, "until": until, "note": "x"}
        await opened.refused(officer, "POST", path, body, 422, "late_subject")
    body = {"phase": "appraisal_1", "unit_id": HOME, "until": until, "note": ""}
    await opened.refused(officer, "POST", path, body, 422, "note_missing")
    past = {**body, "note": "x", "until": opened.now.isoformat()}
    await opened.refused(officer, "POST", path, past, 422, "until_over")
    await opened.done(officer, "POST", path, {**body, "note": "x"})


async def test_a_department_with_a_late_right_appraises_late(opened: Stage):
    await opened.move_to("appraisal_1", "answer")
    path = opened.cell(FINANCE, "plan", "appraisal")
    body = {"input": YES, "note": "Đạt"}
    await opened.refused(opened.cast.home, "PUT", path, body, 409, "deadline_over")
    until = (opened.now + dt.timedelta(days=1)).isoformat()
    grant = {"phase": "appraisal_1", "unit_id": HOME, "until": until, "note": "Thiếu người"}
    await opened.done(opened.cast.officer, "POST", f"/{opened.round_id}/late-rights", grant)
    stored = await opened.done(opened.cast.home, "PUT", path, {**body, "late_reason": "Thiếu người"})
    assert (stored["side"], stored["late"]) == ("appraised_1", True)


async def test_a_deadline_may_move_while_its_step_is_not_over(opened: Stage):
    officer, path = opened.cast.officer, f"/{opened.round_id}/deadlines"
    deadline = dt.datetime.fromisoformat(opened.deadlines()["declaration"])
    body = {"phase": "declaration", "until": (deadline + dt.timedelta(days=5)).isoformat(), "note": "Nghỉ Tết"}
    await opened.done(officer, "POST", path, body)
    opened.now = deadline + dt.timedelta(days=1)
    await opened.declare(FINANCE, "plan", YES)
    after_next = (deadline + dt.timedelta(days=50)).isoformat()
    await opened.refused(officer, "POST", path, {**body, "until": after_next}, 422, "deadline_order")
    await opened.refused(officer, "POST", path, {**body, "until": opened.now.isoformat()}, 422, "deadline_over")
    await opened.refused(officer, "POST", path, {**body, "note": " "}, 422, "note_missing")
    await opened.move_to("appraisal_1")
    await opened.refused(officer, "POST", path, {**body, "until": after_next}, 409, "phase_over")


async def test_a_day_as_deadline_means_its_end_in_vietnam(stage: Stage):
    days = {phase: f"2099-0{place}-28" for place, phase in enumerate(stage.deadlines(), 1)}
    document = await stage.done(stage.cast.officer, "POST", "", stage.opening(deadlines=days))
    until = dt.datetime.fromisoformat(document["round"]["deadlines"][0]["until"])
    assert until == dt.datetime(2099, 1, 28, 17, tzinfo=dt.UTC)


async def test_moving_on_before_the_deadline_cuts_nobody_off(opened: Stage):
    officer, path = opened.cast.officer, f"/{opened.round_id}/phase"
    problem = await opened.refused(officer, "POST", path, {"to": "appraisal_1"}, 409, "deadline_not_reached")
    assert len(problem["findings"]) == 3
    for unit, who in opened.cast.units.items():
        body = {"step": "declaration", "accept_incomplete": True}
        await opened.done(who, "POST", f"/{opened.round_id}/units/{unit}/submission", body)
    await opened.done(officer, "POST", path, {"to": "appraisal_1"})
    problem = await opened.refused(officer, "POST", path, {"to": "answer"}, 409, "deadline_not_reached")
    assert len(problem["findings"]) == 3 * 5
    await opened.refused(officer, "POST", path, {"to": "appraisal_1"}, 409, "phase_not_next")
    await opened.refused(officer, "POST", path, {"to": "council"}, 409, "phase_not_next")
    await opened.move_to("answer", "appraisal_2", "council")
    await opened.refused(officer, "POST", path, {"to": "council"}, 409, "phase_not_next")


async def test_a_unit_hands_in_what_is_complete_or_says_that_it_is_not(opened: Stage):
    finance, path = opened.cast.units[FINANCE], f"/{opened.round_id}/units/{FINANCE}/submission"
    problem = await opened.refused(finance, "POST", path, {"step": "declaration"}, 409, "declaration_incomplete")
    assert {one["field"] for one in problem["findings"]} == {"plan", "results", "inspection", "publication", "late"}
    for component, given in {
        "plan": YES,
        "results": {"numerator": "1", "denominator": "2"},
        "inspection": {"not_applicable": True},
        "publication": {"ticked": ["a"]},
        "late": YES,
    }.items():
        await opened.declare(FINANCE, component, given)
    problem = await opened.refused(finance, "POST", path, {"step": "declaration"}, 409, "declaration_incomplete")
    assert [(one["code"], one["field"]) for one in problem["findings"]] == [("evidence_missing", "publication")]
    await opened.done(finance, "POST", path, {"step": "declaration", "accept_incomplete": True})
    state = await opened.state()
    assert "declaration" in state["units"][0]["submissions"]
    await opened.declare(FINANCE, "plan", {"value": False})
    state = await opened.state()
    assert state["units"][0]["submissions"] == {}, "what changes after handing in must be handed in again"
    await opened.refused(finance, "POST", path, {"step": "answer"}, 409, "phase_not_open")
    await caches_hold(opened.connection, opened.round_id)


async def test_rounds_of_another_authority_do_not_exist(opened: Stage):
    from support.people import make_person

    stranger = await make_person(opened.connection, 980_000, "Tỉnh khác", ["officer", "council", "auditor"])
    await opened.refused(stranger, "GET", f"/{opened.round_id}", None, 404, "round_unknown")
    assert (await opened.done(stranger, "GET", ""))["rounds"] == []
    assert stranger.tenant_id != H99

"""What each side may say on a component, when, and what the rule makes of it."""

from __future__ import annotations

import pytest

from support.rounds import CONTROL, FINANCE, HEALTH, HOME, Stage, caches_hold

ALL = {"ticked": ["a", "b", "c"]}


async def test_a_unit_declares_and_the_rule_gives_the_points(opened: Stage):
    stored = await opened.declare(FINANCE, "publication", ALL, note="Đủ ba cấp")
    assert (stored["points"], stored["side"], stored["late"]) == ("0.75", "declared", False)
    stored = await opened.declare(FINANCE, "results", {"numerator": "6", "denominator": "7"})
    assert stored["points"] == "20.57"
    state = await opened.state()
    cell = next(one for one in state["cells"] if one["component"] == "publication")
    assert cell["sides"]["declared"]["note"] == "Đủ ba cấp"
    assert cell["final"] is None
    await caches_hold(opened.connection, opened.round_id)


async def test_a_declaration_is_read_by_the_rule_of_its_component(opened: Stage):
    finance = opened.cast.units[FINANCE]
    path = opened.cell(FINANCE, "publication", "declaration")
    problem = await opened.refused(finance, "PUT", path, {"input": {"ticked": ["z"]}}, 422, "inputs_invalid")
    assert "publication" in problem["findings"][0]["field"]
    await opened.refused(finance, "PUT", path, {"input": {"value": 1.5}}, 422, "inputs_invalid")
    await opened.refused(finance, "PUT", path, {"input": {"ticked": ["a\x00"]}}, 422, "input_not_storable")
    await opened.refused(finance, "PUT", path, {"input": ALL, "note": "a\x00"}, 422, "request_invalid")
    await opened.refused(
        finance, "PUT", opened.cell(FINANCE, "nothing", "declaration"), {"input": ALL}, 404, "component_unknown"
    )


async def test_nobody_declares_for_another_unit(opened: Stage):
    health = opened.cast.units[HEALTH]
    path = opened.cell(FINANCE, "publication", "declaration")
    await opened.refused(health, "PUT", path, {"input": ALL}, 403, "unit_not_yours")
    for who in (opened.cast.officer, opened.cast.home, opened.cast.chair, opened.cast.auditor):
        await opened.refused(who, "PUT", path, {"input": ALL}, 403, "role_missing")
    path = opened.cell(CONTROL, "publication", "declaration")
    await opened.refused(health, "PUT", path, {"input": ALL}, 404, "unit_not_in_round")


@pytest.mark.parametrize(
    ("component", "given"),
    [
        ("satisfaction", {"favourable": "9", "answers": "10"}),
        ("growth", {"value": "7"}),
        ("initiatives", {"count": 2}),
    ],
)
async def test_surveys_other_indices_and_bonus_points_are_never_self_assessed(opened: Stage, component: str, given):
    path = opened.cell(FINANCE, component, "declaration")
    await opened.refused(opened.cast.units[FINANCE], "PUT", path, {"input": given}, 409, "not_self_assessed")


async def test_manual_points_are_given_by_appraisers_and_council_only(client, connection):
    stage = await Stage.of(client, connection, ("    section: bonus\n", ""), ("max: 100\n", "max: 102\n"))
    await stage.open()
    finance = stage.cast.units[FINANCE]
    path = stage.cell(FINANCE, "marks", "declaration")
    await stage.refused(finance, "PUT", path, {"input": {"points": "1"}}, 403, "manual_points")
    stored = await stage.declare(FINANCE, "marks", None, note="Đề nghị 1 điểm")
    assert (stored["input"], stored["points"]) == (None, None)
    await stage.move_to("appraisal_1")
    stored = await stage.appraise(stage.cast.home, FINANCE, "marks", {"points": "0,75"})
    assert stored["points"] == "0.75"


async def test_a_cell_that_moved_since_it_was_read_is_not_overwritten(opened: Stage):
    first = await opened.declare(FINANCE, "plan", {"value": True}, expected_event_no=0)
    path = opened.cell(FINANCE, "plan", "declaration")
    body = {"input": {"value": False}, "expected_event_no": 0}
    await opened.refused(opened.cast.units[FINANCE], "PUT", path, body, 409, "component_changed")
    await opened.declare(FINANCE, "plan", {"value": False}, expected_event_no=first["event_no"])


async def test_a_department_appraises_its_own_fields_of_all_units_only(opened: Stage):
    await opened.declare(FINANCE, "publication", ALL)
    await opened.move_to("appraisal_1")
    home, control = opened.cast.home, opened.cast.control
    path = opened.cell(FINANCE, "publication", "appraisal")
    body = {"input": {"ticked": ["b"]}, "note": "Có công khai nhưng chưa đầy đủ"}
    await opened.refused(home, "PUT", path, body, 403, "field_not_in_charge")
    for who in (opened.cast.officer, opened.cast.units[FINANCE], opened.cast.chair):
        await opened.refused(who, "PUT", path, body, 403, "role_missing")
    stored = await opened.done(control, "PUT", path, body)
    assert (stored["side"], stored["points"]) == ("appraised_1", "0.25")
    stored = await opened.appraise(home, FINANCE, "initiatives", {"count": 3}, note="Ba sáng kiến")
    assert stored["points"] == "1.50"


async def test_an_appraisal_that_differs_needs_an_opinion_and_any_needs_an_input(opened: Stage):
    await opened.declare(FINANCE, "publication", ALL)
    await opened.move_to("appraisal_1")
    path = opened.cell(FINANCE, "publication", "appraisal")
    control = opened.cast.control
    await opened.refused(control, "PUT", path, {"input": {"ticked": ["b"]}}, 422, "opinion_missing")
    await opened.refused(control, "PUT", path, {"note": "Không"}, 422, "input_missing")
    await opened.done(control, "PUT", path, {"input": ALL})


async def test_joined_components_are_not_appraised_but_the_council_may_decide_them(opened: Stage):
    await opened.move_to("appraisal_1", "answer", "appraisal_2", "council")
    path = opened.cell(FINANCE, "growth", "decision")
    stored = await opened.done(
        opened.cast.chair, "PUT", path, {"input": {"value": "50"}, "note": "Số của Cục Thống kê"}
    )
    assert stored["points"] == "2.00"


async def test_surveys_are_not_appraised(client, connection):
    stage = await Stage.of(client, connection)
    await stage.open(departments={"steering": HOME, "procedures": CONTROL, "extra": HOME, "impact": HOME})
    await stage.move_to("appraisal_1")
    path = stage.cell(FINANCE, "satisfaction", "appraisal")
    body = {"input": {"favourable": "9", "answers": "10"}, "note": "x"}
    await stage.refused(stage.cast.home, "PUT", path, body, 409, "not_appraised")


async def test_whoever_declared_for_a_unit_does_not_judge_it(opened: Stage):
    finance = opened.cast.units[FINANCE]
    await opened.connection.execute(
        "INSERT INTO person_role (tenant_id, person_id, role, unit_id, why, granted_at) VALUES ($1, $2, 'appraiser', $3, 't', now()), ($1, $2, 'council', NULL, 't', now())",
        finance.tenant_id, finance.person_id, HOME,
    )  # fmt: skip
    await opened.declare(FINANCE, "publication", ALL)
    await opened.move_to("appraisal_1")
    body = {"input": {"value": True}, "note": "Đạt"}
    await opened.refused(finance, "PUT", opened.cell(FINANCE, "plan", "appraisal"), body, 403, "own_declaration")
    await opened.done(finance, "PUT", opened.cell(HEALTH, "plan", "appraisal"), body)
    await opened.move_to("answer", "appraisal_2", "council")
    await opened.refused(finance, "PUT", opened.cell(FINANCE, "plan", "decision"), body, 403, "own_declaration")


async def test_what_is_not_applicable_counts_only_once_accepted(opened: Stage):
    await opened.declare(FINANCE, "inspection", {"not_applicable": True}, note="Không có đơn vị trực thuộc")
    score = await opened.done(opened.cast.officer, "GET", f"/{opened.round_id}/units/{FINANCE}/score")
    assert score["score"]["maximum"] == "100"
    await opened.move_to("appraisal_1")
    await opened.appraise(opened.cast.home, FINANCE, "inspection", {"not_applicable": True})
    score = await opened.done(opened.cast.officer, "GET", f"/{opened.round_id}/units/{FINANCE}/score")
    assert score["score"]["maximum"] == "95"
    assert score["score"]["counts"]["not_applicable"] == 1


async def test_an_answer_needs_its_explanation_and_follows_the_first_appraisal(opened: Stage):
    finance = opened.cast.units[FINANCE]
    path = opened.cell(FINANCE, "publication", "answer")
    await opened.refused(finance, "PUT", path, {"input": ALL, "note": "Đề nghị"}, 409, "phase_not_open")
    await opened.move_to("appraisal_1", "answer")
    await opened.refused(finance, "PUT", path, {"input": ALL}, 422, "note_missing")
    stored = await opened.done(finance, "PUT", path, {"input": ALL, "note": "Đề nghị xem lại"})
    assert (stored["side"], stored["points"]) == ("answered", "0.75")
    await opened.move_to("appraisal_2")
    stored = await opened.appraise(opened.cast.control, FINANCE, "publication", {"ticked": ["a", "b"]})
    assert (stored["side"], stored["points"]) == ("appraised_2", "0.50")
    await caches_hold(opened.connection, opened.round_id)

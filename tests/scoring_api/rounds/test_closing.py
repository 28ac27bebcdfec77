"""Closing: two persons, one of whom scored nothing; what is missing is listed; nothing moves afterwards."""

from __future__ import annotations

import asyncio

import pytest

from support.people import make_person
from support.rounds import FINANCE, H99, HOME, UNITS, Stage, caches_hold

INPUTS = {
    "plan": {"value": True},
    "results": {"numerator": "3", "denominator": "4"},
    "inspection": {"not_applicable": True},
    "publication": {"ticked": ["a", "b"]},
    "late": {"value": True},
    "initiatives": {"count": 0},
    "marks": {"points": "0.5"},
}
FIGURES = {
    "satisfaction": {"favourable": "80", "answers": "100"},
    "growth": {"value": "75"},
    "disbursement": {"numerator": "9", "denominator": "10"},
}


@pytest.fixture
async def council(opened: Stage) -> Stage:
    """Everything appraised and joined; the council's step is open."""
    await opened.move_to("appraisal_1")
    for unit in UNITS:
        for component, given in INPUTS.items():
            who = opened.cast.control if component in ("publication", "late") else opened.cast.home
            await opened.appraise(who, unit, component, given)
    figures = [
        {"unit_id": unit, "component": component, "input": given}
        for unit in UNITS
        for component, given in FIGURES.items()
    ]
    body = {"kind": "figures", "figures": figures, "source": "Báo cáo của Sở"}
    await opened.done(opened.cast.officer, "POST", f"/{opened.round_id}/joins", body)
    await opened.move_to("answer", "appraisal_2", "council")
    return opened


def paths(stage: Stage) -> tuple[str, str, str]:
    base = f"/{stage.round_id}/closing"
    return base, f"{base}/confirmation", f"{base}/withdrawal"


async def test_two_council_members_close_a_round_and_nothing_moves_afterwards(council: Stage):
    propose, confirm, _ = paths(council)
    cast = council.cast
    await council.refused(cast.member, "POST", confirm, {}, 409, "closing_not_proposed")
    await council.done(cast.chair, "POST", propose, {})
    await council.refused(cast.member, "POST", propose, {}, 409, "closing_proposed")
    await council.refused(cast.chair, "POST", confirm, {}, 403, "second_person_needed")
    for who in (cast.officer, cast.home, cast.auditor, cast.units[FINANCE]):
        await council.refused(who, "POST", confirm, {}, 403, "role_missing")
    moved = await council.done(cast.member, "POST", confirm, {})
    assert moved["phase"] == "closed"
    state = await council.state()
    assert state["round"]["ready_for_publication"] is True
    body = {"input": {"value": False}, "note": "x", "late_reason": "x"}
    for who, side in ((cast.units[FINANCE], "declaration"), (cast.home, "appraisal"), (cast.chair, "decision")):
        await council.refused(who, "PUT", council.cell(FINANCE, "plan", side), body, 409, "round_closed")
    await council.refused(cast.chair, "POST", propose, {}, 409, "round_closed")
    join = {"kind": "external"}
    await council.refused(cast.officer, "POST", f"/{council.round_id}/joins", join, 409, "round_closed")
    table = await council.done(cast.auditor, "GET", f"/{council.round_id}/table")
    assert table["state"] == "final"
    await caches_hold(council.connection, council.round_id)


async def test_whoever_scored_cannot_close_with_another_who_scored(council: Stage):
    propose, confirm, _ = paths(council)
    decision = {"input": {"value": False}, "note": "Chưa đạt"}
    await council.done(council.cast.chair, "PUT", council.cell(FINANCE, "plan", "decision"), decision)
    await council.done(council.cast.member, "PUT", council.cell(FINANCE, "late", "decision"), decision)
    await council.done(council.cast.chair, "POST", propose, {})
    await council.refused(council.cast.member, "POST", confirm, {}, 403, "closers_have_scored")
    third = await make_person(council.connection, H99, "Ủy viên không chấm", ["council"])
    await council.done(third, "POST", confirm, {})


async def test_two_sign_ins_of_one_person_are_one_person(council: Stage):
    propose, confirm, _ = paths(council)
    chair = council.cast.chair
    await council.done(chair, "POST", propose, {})
    token = "p990000." + "b" * 43
    await council.connection.execute(
        "INSERT INTO sign_in (tenant_id, token_sha256, person_id, method, started_at, expires_at) VALUES ($1, sha256(convert_to($2, 'UTF8')), $3, 'oidc', now(), now() + interval '1 hour')",
        H99, token, chair.person_id,
    )  # fmt: skip
    again = type(chair)(H99, chair.person_id, chair.name, token)
    await council.refused(again, "POST", confirm, {}, 403, "second_person_needed")


async def test_a_decision_ends_a_proposal_and_a_member_may_take_it_back(council: Stage):
    propose, confirm, withdraw = paths(council)
    cast = council.cast
    await council.done(cast.chair, "POST", propose, {})
    await council.done(
        cast.member, "PUT", council.cell(FINANCE, "plan", "decision"), {"input": {"value": False}, "note": "Thiếu"}
    )
    await council.refused(cast.member, "POST", confirm, {}, 409, "closing_not_proposed")
    await council.done(cast.chair, "POST", propose, {})
    await council.refused(cast.member, "POST", withdraw, {}, 422, "note_missing")
    moved = await council.done(cast.member, "POST", withdraw, {"note": "Xem lại"})
    assert moved["close_proposed_by"] is None
    await council.refused(cast.member, "POST", withdraw, {"note": "x"}, 409, "closing_not_proposed")
    await caches_hold(council.connection, council.round_id)


async def test_what_is_missing_is_listed_and_its_units_stay_without_an_index(opened: Stage):
    await opened.move_to("appraisal_1", "answer", "appraisal_2", "council")
    propose, confirm, _ = paths(opened)
    chair = opened.cast.chair
    problem = await opened.refused(chair, "POST", propose, {}, 409, "round_incomplete")
    assert len(problem["findings"]) == 3 * 10
    assert f"units.{FINANCE}.satisfaction" in {one["field"] for one in problem["findings"]}
    await opened.refused(chair, "POST", propose, {"accept_incomplete": True}, 422, "note_missing")
    await opened.done(chair, "POST", propose, {"accept_incomplete": True, "note": "Thiếu số liệu năm nay"})
    await opened.done(opened.cast.member, "POST", confirm, {})
    table = (await opened.done(chair, "GET", f"/{opened.round_id}/table"))["table"]
    assert [(row["rank"], row["index"], row["not_ranked"]["code"]) for row in table["rows"]] == [
        (None, None, "missing")
    ] * 3


async def test_closing_belongs_to_the_council_s_step(opened: Stage):
    propose, confirm, _ = paths(opened)
    await opened.refused(opened.cast.chair, "POST", propose, {}, 409, "phase_not_open")
    await opened.refused(opened.cast.chair, "POST", confirm, {}, 409, "phase_not_open")
    path = opened.cell(FINANCE, "plan", "decision")
    body = {"input": {"value": True}, "note": "x"}
    await opened.refused(opened.cast.chair, "PUT", path, body, 409, "phase_not_open")


async def test_two_appraisers_at_once_are_two_events_and_the_later_holds(opened: Stage):
    await opened.move_to("appraisal_1")
    second = await make_person(opened.connection, H99, "Thẩm định thứ hai", [("appraiser", HOME)])
    path = opened.cell(FINANCE, "results", "appraisal")
    bodies = [
        {"input": {"numerator": str(numerator), "denominator": "20"}, "note": "Theo báo cáo"} for numerator in range(20)
    ]
    answers = await asyncio.gather(
        *(opened.send((opened.cast.home, second)[place % 2], "PUT", path, body) for place, body in enumerate(bodies))
    )
    assert {one.status_code for one in answers} == {200}
    last = max((one.json() for one in answers), key=lambda stored: stored["event_no"])
    state = await opened.state()
    cell = next(one for one in state["cells"] if one["component"] == "results")
    assert cell["sides"]["appraised_1"]["input"] == last["input"]
    await caches_hold(opened.connection, opened.round_id)


async def test_of_two_who_saw_the_same_cell_one_is_told_that_it_moved(opened: Stage):
    await opened.move_to("appraisal_1")
    second = await make_person(opened.connection, H99, "Thẩm định thứ hai", [("appraiser", HOME)])
    path = opened.cell(FINANCE, "plan", "appraisal")
    body = {"input": {"value": True}, "note": "Đạt", "expected_event_no": 0}
    answers = await asyncio.gather(*(opened.send(who, "PUT", path, body) for who in (opened.cast.home, second)))
    assert sorted(one.status_code for one in answers) == [200, 409]


async def test_a_round_that_closes_while_units_write_takes_every_entry_before_or_none(council: Stage):
    propose, confirm, _ = paths(council)
    await council.done(council.cast.chair, "POST", propose, {})
    until = (council.now.replace(year=council.now.year + 1)).isoformat()
    grant = {"phase": "declaration", "unit_id": FINANCE, "until": until, "note": "x"}
    await council.done(council.cast.officer, "POST", f"/{council.round_id}/late-rights", grant)
    entry = {"input": {"value": True}, "late_reason": "Muộn"}
    path = council.cell(FINANCE, "plan", "declaration")
    answers = await asyncio.gather(
        *(council.send(council.cast.units[FINANCE], "PUT", path, entry) for _ in range(4)),
        council.send(council.cast.member, "POST", confirm, {}),
        *(council.send(council.cast.units[FINANCE], "PUT", path, entry) for _ in range(4)),
    )
    closed = await council.connection.fetchval("SELECT max(event_no) FROM round_event WHERE kind = 'closed'")
    events = await council.connection.fetchval("SELECT max(event_no) FROM round_event")
    stored = [one.json()["event_no"] for one in answers if one.status_code == 200]
    assert {one.status_code for one in answers} <= {200, 409}
    assert answers[4].status_code == 200, "a unit's own word does not end a proposal"
    assert max([closed, *stored]) == closed == events, "nothing follows a closing"
    await caches_hold(council.connection, council.round_id)

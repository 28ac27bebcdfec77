"""A round is its events: the stored caches are what a fold over them gives, whatever people try."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from decimal import Decimal

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parindex.engine.period import VIETNAM
from parindex.errors import Conflict, ParindexError
from scoring_api.rounds.answer import answer
from scoring_api.rounds.appraise import appraise, open_appraisal
from scoring_api.rounds.close import confirm_closing, propose_closing, withdraw_closing
from scoring_api.rounds.deadlines import printed, writing
from scoring_api.rounds.decide import decide
from scoring_api.rounds.declare import declare
from scoring_api.rounds.events import append, lock_state
from scoring_api.rounds.figures import Figure
from scoring_api.rounds.fold import Cell, Event, NewEvent, State, cell_after, fold, instant_text, state_after
from scoring_api.rounds.grant_late import grant_late
from scoring_api.rounds.join import join_figures
from scoring_api.rounds.move_phase import move_phase
from scoring_api.rounds.set_deadline import set_deadline
from scoring_api.rounds.spoken import Entry
from scoring_api.rounds.submit_step import submit_step
from support.rounds import CONTROL, FINANCE, HEALTH, HOME, PHASES, Stage, caches_hold, person

NOON = dt.datetime(2026, 3, 31, 5, tzinfo=dt.UTC)


def event(number: int, kind: str, **more) -> Event:
    given_ = {"person_id": 1, "role": "unit", "phase": "declaration", "at": NOON, **more}
    return Event(event_no=number, kind=kind, **given_)


def test_the_last_word_of_each_side_holds_and_files_are_counted():
    said = event(1, "declared", unit_id=FINANCE, component="plan", input={"value": True}, points=Decimal("1.50"))
    added = event(2, "evidence_added", unit_id=FINANCE, component="plan")
    erased = event(3, "evidence_erased", unit_id=FINANCE, component="plan")
    again = event(4, "declared", unit_id=FINANCE, component="plan", input=None, note="Rút lại")
    state, cells = fold([said, added, added, erased, again])
    cell = cells[FINANCE, "plan"]
    assert (cell.evidence, cell.event_no, state.last_event_no) == (1, 4, 4)
    assert cell.sides["declared"]["note"] == "Rút lại"
    assert cell_after(Cell(), said).sides["declared"]["points"] == "1.50"
    assert cell_after(cell, event(5, "submitted", unit_id=FINANCE)) == cell


def test_a_result_ends_a_proposal_and_a_unit_s_own_word_does_not():
    proposed = state_after(State(phase="council"), event(1, "close_proposed"))
    assert proposed.close_proposed_by == 1
    for kind in ("appraised_1", "appraised_2", "joined", "decided", "close_withdrawn"):
        assert state_after(proposed, event(2, kind)).close_proposed_by is None
    for kind in ("declared", "answered", "evidence_added", "late_granted"):
        detail = {"phase": "council", "subject": "*", "until": "x"}
        assert state_after(proposed, event(2, kind, unit_id=1, detail=detail)).close_proposed_by == 1


def deadlines(at: dt.datetime) -> dict[str, str]:
    return {phase: instant_text(at + dt.timedelta(days=place)) for place, phase in enumerate(PHASES)}


def test_a_step_may_be_written_up_to_the_instant_of_its_deadline():
    state = State(deadlines=deadlines(NOON))
    assert writing(state, "declaration", FINANCE, NOON - dt.timedelta(microseconds=1), None) is None
    with pytest.raises(Conflict, match="12:00 ngày 31/03/2026") as refused:
        writing(state, "declaration", FINANCE, NOON, "Bão")
    assert refused.value.code == "deadline_over"


def test_a_late_right_holds_for_its_subject_and_step_until_it_ends():
    until = NOON + dt.timedelta(days=3)
    rights = {"declaration": {str(FINANCE): instant_text(until)}, "council": {"*": instant_text(until)}}
    state = State(phase="appraisal_1", deadlines=deadlines(NOON), late_rights=rights)
    assert writing(state, "declaration", FINANCE, until - dt.timedelta(seconds=1), "Bão") == "Bão"
    for subject, at in ((HEALTH, NOON), (FINANCE, until)):
        with pytest.raises(Conflict):
            writing(state, "declaration", subject, at, "Bão")
    assert (
        writing(
            State("council", deadlines=deadlines(NOON), late_rights=rights),
            "council",
            None,
            NOON + dt.timedelta(days=4) - dt.timedelta(days=2),
            "x",
        )
        is None
    )
    with pytest.raises(Conflict) as refused:
        writing(state, "council", None, NOON, "x")
    assert refused.value.code == "phase_not_open"


def test_midnight_is_printed_as_the_end_of_the_day_before():
    assert printed(dt.datetime(2026, 4, 1, tzinfo=VIETNAM)) == "hết ngày 31/03/2026"


def test_an_appraisal_belongs_to_the_step_under_way_or_to_the_last_one_with_a_right():
    held = {"appraisal_1": {str(HOME): "x"}}
    assert open_appraisal(State("declaration"), HOME) == "appraisal_1"
    assert open_appraisal(State("appraisal_2"), HOME) == "appraisal_2"
    assert open_appraisal(State("answer"), HOME) == "appraisal_1"
    assert open_appraisal(State("council"), HOME) == "appraisal_2"
    assert open_appraisal(State("council", late_rights=held), HOME) == "appraisal_1"


COMPONENTS = {
    "plan": st.sampled_from([{"value": True}, {"value": False}, {"not_applicable": True}, {"value": "?"}, None]),
    "publication": st.sampled_from([{"ticked": ["a"]}, {"ticked": ["a", "c"]}, {"ticked": ["z"]}]),
    "results": st.builds(lambda top: {"numerator": top, "denominator": 7}, st.integers(0, 9)),
    "disbursement": st.just({"numerator": "1", "denominator": "3"}),
    "marks": st.just({"points": "0.5"}),
}
EVERYBODY = ["officer", "finance", "health", "home", "control", "chair", "member"]
WORDS = st.sampled_from(["", "Ý kiến"])


def by(*names: str) -> st.SearchStrategy[str]:
    """Mostly one of those who may, sometimes anybody."""
    return st.one_of(st.sampled_from(names), st.sampled_from(names), st.sampled_from(EVERYBODY))


def cell(
    codes: list[str], units: tuple[int, ...] = (FINANCE, HEALTH, FINANCE, HEALTH, CONTROL)
) -> st.SearchStrategy[tuple]:
    return st.sampled_from(codes).flatmap(
        lambda code: st.tuples(st.sampled_from(units), st.just(code), COMPONENTS[code])
    )


MAIN = ["plan", "publication", "results"]
ACTIONS = st.one_of(
    st.tuples(st.just("declare"), by("finance"), cell(MAIN, (FINANCE,)), WORDS),
    st.tuples(st.just("declare"), by("finance", "health"), cell(sorted(COMPONENTS)), WORDS),
    st.tuples(st.just("answer"), by("finance", "health"), cell(MAIN), WORDS),
    st.tuples(st.just("appraise"), by("home"), cell(["plan", "results", "marks"]), WORDS),
    st.tuples(st.just("appraise"), by("control"), cell(["publication"]), WORDS),
    st.tuples(st.just("decide"), by("chair", "member", "finance"), cell(sorted(COMPONENTS)), WORDS),
    st.tuples(st.just("move"), st.just("officer"), st.sampled_from(PHASES), st.booleans()),
    st.tuples(st.just("late"), by("officer"), st.sampled_from(PHASES), st.sampled_from([FINANCE, HOME, None])),
    st.tuples(
        st.just("submit"),
        by("finance", "health"),
        st.sampled_from([FINANCE, HEALTH]),
        st.sampled_from(["declaration", "answer"]),
    ),
    st.tuples(st.just("join"), by("officer"), cell(["disbursement"], (FINANCE, HEALTH)), st.just("Kho bạc")),
    st.tuples(st.just("join"), by("officer"), cell(sorted(COMPONENTS)), WORDS),
    st.tuples(st.sampled_from(["propose", "confirm", "withdraw"]), by("chair", "member"), WORDS, st.booleans()),
    st.tuples(st.just("deadline"), by("officer"), st.sampled_from(PHASES), st.integers(1, 200)),
)
NEXT = [("move", "officer", phase, True) for phase in PHASES[1:]]


OPENING = [
    ("declare", "finance", (FINANCE, "plan", {"value": True}), ""),
    ("late", "officer", "declaration", FINANCE),
    ("join", "officer", (HEALTH, "disbursement", {"numerator": "1", "denominator": "3"}), "Kho bạc"),
]


def with_steps(stretches: list[list]) -> list:
    """Every step of a round is reached: a stretch of actions in each, the officer moves on in between."""
    mixed = list(OPENING)
    for place, stretch in enumerate(stretches):
        mixed += [*NEXT[place - 1 : place], *stretch] if place else stretch
    return mixed


class Players:
    """Sends actions to the use cases themselves."""

    def __init__(self, stage: Stage, database) -> None:
        self.stage, self.database = stage, database
        cast = stage.cast
        self.people = {
            "officer": person(cast.officer, ("officer", None)),
            "finance": person(cast.units[FINANCE], ("unit", FINANCE), ("council", None)),
            "health": person(cast.units[HEALTH], ("unit", HEALTH)),
            "home": person(cast.home, ("appraiser", HOME)),
            "control": person(cast.control, ("appraiser", CONTROL)),
            "chair": person(cast.chair, ("council", None)),
            "member": person(cast.member, ("council", None)),
        }

    async def act(self, action: tuple) -> bool:
        """Whether the action was allowed. Anything but a refusal on purpose is an error."""
        kind, who, first, second = action
        common = (self.database, self.people[who], self.stage.round_id)
        now = self.stage.now
        try:
            match kind:
                case "declare" | "answer" | "appraise" | "decide":
                    use = {"declare": declare, "answer": answer, "appraise": appraise, "decide": decide}[kind]
                    unit, component, value = first
                    await use(*common, unit, component, Entry(value, second, "Muộn" if second else None), now)
                case "move":
                    if second:
                        await self.stage.past(await self._phase())
                    await move_phase(*common, to=first, note="", now=self.stage.now)
                case "late":
                    until = now + dt.timedelta(days=30)
                    await grant_late(*common, phase=first, unit_id=second, until=until, note="Bão", now=now)
                case "submit":
                    await submit_step(
                        *common, first, step=second, accept_incomplete=True, note="", late_reason="x", now=now
                    )
                case "join":
                    unit, component, value = first
                    figures = [Figure(unit, component, value or {}, "figures[0]")]
                    await join_figures(*common, figures=figures, source=second, note="", now=now)
                case "propose":
                    await propose_closing(*common, accept_incomplete=second, note=first, now=now)
                case "confirm":
                    await confirm_closing(*common, note=first, now=now)
                case "withdraw":
                    await withdraw_closing(*common, note=first, now=now)
                case "deadline":
                    until = now + dt.timedelta(hours=second)
                    await set_deadline(*common, phase=first, until=until, note="Gia hạn", now=now)
        except ParindexError:
            return False
        return True

    async def _phase(self) -> str:
        phase = await self.stage.connection.fetchval(
            "SELECT phase FROM round_state WHERE round_id = $1", self.stage.round_id
        )
        return "council" if phase == "closed" else phase


async def test_whatever_people_try_the_caches_are_the_fold_of_the_events(stage: Stage, resources):
    loop, numbers = asyncio.get_running_loop(), itertools.count(1)
    allowed: set[str] = set()
    started = stage.now

    async def play(actions: list) -> None:
        stage.now = started
        await stage.open(title_vi=f"Đợt {next(numbers)}")
        players = Players(stage, resources.database)
        for action in actions:
            if await players.act(action):
                allowed.add(action[0])
        await caches_hold(stage.connection, stage.round_id)

    @settings(max_examples=30, deadline=None, database=None)
    @given(st.lists(st.lists(ACTIONS, max_size=8), min_size=5, max_size=5))
    def holds(stretches: list[list]) -> None:
        asyncio.run_coroutine_threadsafe(play(with_steps(stretches)), loop).result()

    await asyncio.to_thread(holds)
    assert allowed >= {"declare", "move", "late", "join"}, "the actions reached what they were made for"


async def test_an_event_that_cannot_be_stored_leaves_nothing_behind(opened: Stage, resources):
    database = resources.database
    bad = NewEvent(kind="guessed", person_id=1, role="officer", unit_id=FINANCE, component="plan")

    async def store() -> None:
        async with database.transaction() as connection:
            state = await lock_state(connection, 990_000, opened.round_id)
            await append(connection, 990_000, opened.round_id, state, [bad], opened.now)

    with pytest.raises(asyncpg.CheckViolationError, match="ck_round_event_kind"):
        await store()
    await caches_hold(opened.connection, opened.round_id)

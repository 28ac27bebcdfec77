"""One component of one unit as a person may see it: rule, what each side said, files, and what the person may do now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, get_args

from parindex.db.session import Database
from parindex.engine.assessment import Side, final_side
from parindex.engine.criteria import Checklist, Node
from parindex.errors import Conflict, Forbidden, ParindexError
from scoring_api.evidence.rows import EvidenceLine, unit_lines
from scoring_api.people.person import Person
from scoring_api.rounds import access
from scoring_api.rounds.answers import EventLine, RoundHead, round_head
from scoring_api.rounds.appraise import open_appraisal
from scoring_api.rounds.deadlines import writing
from scoring_api.rounds.event_pages import event_page
from scoring_api.rounds.events import read_cells, read_state
from scoring_api.rounds.fold import Cell, State
from scoring_api.rounds.round import Round, load_round
from scoring_api.rounds.standing import read_units

ACTS = {
    "declaration": "Đơn vị kê khai, tự đánh giá",
    "answer": "Đơn vị giải trình",
    "appraisal": "Thẩm định",
    "decision": "Hội đồng quyết định",
}
_BEFORE_ANSWERS = ("declaration", "appraisal_1")
_LATE = "?"
"""A reason only for asking whether a late right is held; nothing is ever stored with it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that the person's role is for, here and now. `refusal`: why it cannot be done now, or None."""

    act: str
    title: str
    late: bool
    refusal: ParindexError | None


@dataclass(frozen=True, slots=True)
class ComponentView:
    """Everything that the page of a component shows."""

    round: RoundHead
    assessed: Round
    node: Node
    field: Node
    unit_id: int
    unit: str
    department: str
    cell: Cell
    final: str | None
    evidence: list[EvidenceLine]
    thread: list[EventLine]
    offers: list[Offer]
    attaching: Offer | None
    before: str | None
    after: str | None

    def said(self, side: str) -> dict[str, Any] | None:
        """The latest word of a side."""
        found: dict[str, Any] | None = self.cell.sides.get(side)
        return found

    @property
    def checklist(self) -> list[tuple[str, str, dict[str, bool | None]]]:
        """Each option with who ticked it: side -> True, False, or None where the side gave no ticks."""
        rule = None if self.node.leaf is None else self.node.leaf.rule
        if not isinstance(rule, Checklist):
            return []
        said = {side: self.cell.sides[side] for side in get_args(Side) if side in self.cell.sides}
        ticks = {side: (words["input"] or {}).get("ticked") for side, words in said.items()}
        return [
            (
                f"({option.id}) {option.title_vi}",
                f"{option.points:f}",
                {side: None if given is None else option.id in given for side, given in ticks.items()},
            )
            for option in rule.options
        ]


async def component_view(
    database: Database, person: Person, round_id: int, unit_id: int, component: str, now: dt.datetime
) -> ComponentView:
    """The view. Raises NotFound, and Forbidden for what the person may not see."""
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        assessed = await load_round(connection, person.tenant_id, round_id)
        access.need_sight(person, assessed, unit_id, component)
        state = await read_state(connection, person.tenant_id, round_id)
        cells = await read_cells(connection, person.tenant_id, round_id, [(unit_id, component)])
        evidence = await unit_lines(connection, person.tenant_id, round_id, unit_id, component)
        field = assessed.field(component)
        department = assessed.departments.get(field.code)
        names = await read_units(connection, assessed, [unit_id, *([] if department is None else [department])])
    page = await event_page(database, person, round_id, unit_id=unit_id, component=component)
    cell = cells.get((unit_id, component), Cell())
    seen = [node.code for node in assessed.components if access.sees(person, assessed, unit_id, node.code)]
    place = seen.index(component)
    return ComponentView(
        round_head(assessed, state),
        assessed,
        assessed.node(component),
        field,
        unit_id,
        names[unit_id]["name"],
        "" if department is None else names[department]["name"],
        cell,
        final_side(assessed.source(component), cell.sides),
        evidence,
        page.events,
        offers(person, assessed, state, unit_id, component, now),
        _attaching(person, assessed, state, unit_id, component, now),
        seen[place - 1] if place else None,
        seen[place + 1] if place + 1 < len(seen) else None,
    )


def offers(
    person: Person, assessed: Round, state: State, unit_id: int, component: str, now: dt.datetime
) -> list[Offer]:
    """What the person's roles are for on this component, in the order of the steps; the use cases decide in the end."""
    found: list[Offer] = []
    if person.has("unit", unit_id):
        own = [act for act in ("declaration", "answer") if act == "declaration" or state.phase not in _BEFORE_ANSWERS]
        found += [_offer(act, state, act, unit_id, now, lambda: _self_assessed(assessed, component)) for act in own]
    department = assessed.departments.get(assessed.field(component).code)
    if department is not None and person.has("appraiser", department) and assessed.source(component) == "appraised":
        found.append(_offer("appraisal", state, open_appraisal(state, department), department, now, lambda: None))
    if person.has("council"):
        found.append(_offer("decision", state, "council", None, now, lambda: None))
    # Of a step that is over and one that is open, only the open one is worth showing.
    opened = [offer for offer in found if offer.refusal is None]
    return opened or found[-1:]


def _self_assessed(assessed: Round, component: str) -> None:
    access.need_self_assessed(assessed, component)


def _offer(act: str, state: State, phase: str, subject: int | None, now: dt.datetime, need: Any) -> Offer:
    late = False
    refusal: ParindexError | None = None
    try:
        need()
        late = writing(state, phase, subject, now, _LATE) is not None
    except (Conflict, Forbidden) as error:
        refusal = error
    return Offer(act, ACTS[act], late, refusal)


def _attaching(
    person: Person, assessed: Round, state: State, unit_id: int, component: str, now: dt.datetime
) -> Offer | None:
    if not person.has("unit", unit_id):
        return None
    try:
        late = access.may_attach(person, assessed, state, unit_id, component, now, _LATE).late_reason is not None
    except (Conflict, Forbidden):
        return None
    return Offer("evidence", "Đính kèm tài liệu", late, None)

"""Who may see and do what in a round. Pure. The table of docs/design.md in code; evidence and pages ask here too."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from parindex.errors import Conflict, Forbidden
from scoring_api.people.person import Person
from scoring_api.rounds.deadlines import STEPS, writing
from scoring_api.rounds.fold import State
from scoring_api.rounds.round import Round


@dataclass(frozen=True, slots=True)
class Reach:
    """What a person may see of a round: everything, else all components of some units and some fields of all units."""

    whole: bool
    units: frozenset[int]
    fields: frozenset[str]

    def sees(self, unit_id: int, field: str) -> bool:
        """Whether a unit's input in a field may be seen, with all that was said on it and the files behind it."""
        return self.whole or unit_id in self.units or field in self.fields

    def sees_unit(self, unit_id: int) -> bool:
        """Whether all of a unit's components may be seen."""
        return self.whole or unit_id in self.units

    @property
    def nothing(self) -> bool:
        """The round is none of the person's business."""
        return not (self.whole or self.units or self.fields)


def reach(person: Person, assessed: Round) -> Reach:
    """What the person may see; nothing in a round of another authority."""
    if person.tenant_id != assessed.tenant_id:
        return Reach(whole=False, units=frozenset(), fields=frozenset())
    return Reach(
        any(person.has(role) for role in ("officer", "council", "auditor")),
        person.units("unit") & frozenset(assessed.units),
        frozenset(field for field, unit_id in assessed.departments.items() if person.has("appraiser", unit_id)),
    )


def need_reach(person: Person, assessed: Round) -> Reach:
    """The reach of a person who may open the round at all. Raises Forbidden."""
    found = reach(person, assessed)
    if found.nothing:
        raise Forbidden(
            "Đợt đánh giá này không liên quan đến đơn vị của bạn. / None of your roles has a part in this round.",
            code="round_not_yours",
            hint="Ask the officer of your authority which round your unit takes part in.",
        )
    return found


def sees(person: Person, assessed: Round, unit_id: int, component: str) -> bool:
    """Whether the person may see one component of one unit. Raises NotFound for a unit or component of no such name."""
    assessed.need_unit(unit_id)
    return reach(person, assessed).sees(unit_id, assessed.field(component).code)


def need_sight(person: Person, assessed: Round, unit_id: int, component: str) -> None:
    """Raises Forbidden unless the person may see one component of one unit."""
    if not sees(person, assessed, unit_id, component):
        raise _elsewhere("xem", "see")


def need_unit_sight(person: Person, assessed: Round, unit_id: int) -> None:
    """Raises Forbidden unless the person may see all components of the unit."""
    assessed.need_unit(unit_id)
    if not reach(person, assessed).sees_unit(unit_id):
        raise _elsewhere("xem toàn bộ", "see all of")


def need_own_unit(person: Person, assessed: Round, unit_id: int) -> None:
    """Raises Forbidden unless the person speaks for the unit."""
    person.need("unit")
    assessed.need_unit(unit_id)
    if not person.has("unit", unit_id):
        raise _elsewhere("kê khai cho", "declare for")


def need_charge(person: Person, assessed: Round, component: str) -> int:
    """The department that is in charge of the component's field, for which the person appraises. Raises Forbidden."""
    person.need("appraiser")
    field = assessed.field(component)
    department = assessed.departments.get(field.code)
    if department is None or not person.has("appraiser", department):
        raise Forbidden(
            f"Lĩnh vực “{field.title_vi}” do cơ quan khác thẩm định. / Another department appraises the field {field.code}.",
            code="field_not_in_charge",
            hint="The round names the department in charge of each field.",
        )
    return department


def need_self_assessed(assessed: Round, component: str) -> None:
    """Raises Conflict for a component that units do not declare: surveys, other indices, bonus and penalty points."""
    source, field = assessed.source(component), assessed.field(component)
    if source in ("survey", "external"):
        raise Conflict(
            f"“{assessed.node(component).title_vi}” lấy điểm từ {'điều tra xã hội học' if source == 'survey' else 'chỉ số, thống kê bên ngoài'},"
            " đơn vị không tự đánh giá. / This component is never self-assessed.",
            code="not_self_assessed",
            hint="Its figures are joined by the officer.",
        )
    if field.section != "main":
        raise Conflict(
            f"“{field.title_vi}”: đơn vị không cần tự đánh giá. / Bonus and penalty points are not self-assessed.",
            code="not_self_assessed",
            hint="They are given by the appraisers and the council.",
        )


def need_appraised(assessed: Round, component: str) -> None:
    """Raises Conflict for a component whose figures are joined instead of appraised."""
    if assessed.source(component) != "appraised":
        raise Conflict(
            f"“{assessed.node(component).title_vi}” không thẩm định theo hồ sơ mà lấy số liệu ghép vào."
            " / This component is joined from figures, not appraised from documents.",
            code="not_appraised",
            hint="POST /v1/rounds/{id}/joins joins its figures; the council may decide otherwise.",
        )


@dataclass(frozen=True, slots=True)
class Attaching:
    """A unit may attach a file now: the step it belongs to, and why it comes late, if it does."""

    step: str
    late_reason: str | None


def may_attach(
    person: Person,
    assessed: Round,
    state: State,
    unit_id: int,
    component: str,
    now: dt.datetime,
    late_reason: str | None,
) -> Attaching:
    """Evidence is attached by the unit itself, while it declares or answers. Raises Forbidden, NotFound or Conflict."""
    need_own_unit(person, assessed, unit_id)
    need_self_assessed(assessed, component)
    step = "declaration"
    opened = state.phase == "closed" or STEPS.index(state.phase) >= STEPS.index("answer")
    if opened and (state.phase == "answer" or str(unit_id) not in state.late_rights.get("declaration", {})):
        step = "answer"
    return Attaching(step, writing(state, step, unit_id, now, late_reason))


def _elsewhere(verb_vi: str, verb_en: str) -> Forbidden:
    return Forbidden(
        f"Không được {verb_vi} đơn vị này. / You may not {verb_en} this unit.",
        code="unit_not_yours",
        hint="Nobody sees another unit's inputs or evidence.",
    )

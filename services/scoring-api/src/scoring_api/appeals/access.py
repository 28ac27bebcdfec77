"""Who may see and do what with an appeal. Pure. The table of docs/design.md in code; pages ask here too."""

from __future__ import annotations

from parindex.errors import Forbidden
from scoring_api.appeals.rows import Appeal
from scoring_api.people.person import Person


def sees_all(person: Person) -> bool:
    """Officer, council and auditor see every appeal of their authority."""
    return any(person.has(role) for role in ("officer", "council", "auditor"))


def need_sight(person: Person, appeal: Appeal) -> None:
    """Raises Forbidden for everybody but the unit that disputes, officer, council and auditor, also after the outcome."""
    if not (sees_all(person) or person.has("unit", appeal.unit_id)):
        raise Forbidden(
            "Chỉ đơn vị khiếu nại và cơ quan giải quyết được xem hồ sơ vụ này. / Only the parties see the argument and the evidence of a case.",
            code="appeal_not_yours",
            hint="After the outcome its summary is public at the edition.",
        )


def need_own_unit(person: Person, unit_id: int) -> None:
    """Raises Forbidden unless the person speaks for the unit."""
    person.need("unit")
    if not person.has("unit", unit_id):
        raise Forbidden(
            f"Bạn không đại diện cho đơn vị {unit_id}. / You do not speak for unit {unit_id}.",
            code="unit_not_yours",
            hint="A unit disputes its own row only.",
        )

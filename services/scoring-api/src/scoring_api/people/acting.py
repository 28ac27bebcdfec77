"""On whose order persons and roles change: an officer of the authority, or the operator at the command line."""

from __future__ import annotations

from dataclasses import dataclass

from scoring_api.people.person import Person


@dataclass(frozen=True, slots=True)
class Acting:
    """Who orders a change, in which authority."""

    tenant_id: int
    person_id: int | None
    """None: the operator."""
    name: str = ""
    """The operator's name as given; an officer's stands with the person."""

    @classmethod
    def officer(cls, person: Person) -> Acting:
        """An officer, in his own authority only. Raises Forbidden for anybody else."""
        person.need("officer")
        return cls(person.tenant_id, person.person_id)

    def record(self, why: str, **more: object) -> dict[str, object]:
        """Detail of the event: why, what, and the operator's name."""
        return {"why": why, **more, **({"operator": self.name} if self.person_id is None else {})}

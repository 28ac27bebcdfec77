"""A signed-in official and the roles that decide what may be done. Knows no HTTP and no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from parindex.errors import Forbidden

RoleName = Literal["officer", "unit", "appraiser", "council", "auditor"]

ROLE_WORDS_VI: dict[RoleName, str] = {
    "officer": "cán bộ Sở Nội vụ (quản trị đợt đánh giá)",
    "unit": "đơn vị tự đánh giá",
    "appraiser": "cơ quan thẩm định lĩnh vực",
    "council": "hội đồng thẩm định",
    "auditor": "kiểm tra, chỉ xem",
}


@dataclass(frozen=True, slots=True)
class Role:
    """One role; `unit_id` is the unit spoken for (unit) or the appraising department (appraiser), else None."""

    name: RoleName
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts. Two-person rules compare `person_id`."""

    tenant_id: int
    person_id: int
    name: str
    roles: frozenset[Role]

    def has(self, name: RoleName, unit_id: int | None = None) -> bool:
        """Whether the person has the role, for that unit where one is named."""
        return any(role.name == name and (unit_id is None or role.unit_id == unit_id) for role in self.roles)

    def units(self, name: RoleName) -> frozenset[int]:
        """Units for which the person has the role."""
        return frozenset(role.unit_id for role in self.roles if role.name == name and role.unit_id is not None)

    def need(self, *names: RoleName) -> RoleName:
        """The first of the roles that the person has. Raises Forbidden naming what would be needed."""
        for name in names:
            if self.has(name):
                return name
        wanted = " / ".join(ROLE_WORDS_VI[name] for name in names)
        raise Forbidden(
            f"Chỉ dành cho {wanted}. / This needs the role {' or '.join(names)}.",
            code="role_missing",
            hint="Ask the officer of your authority for the role.",
        )

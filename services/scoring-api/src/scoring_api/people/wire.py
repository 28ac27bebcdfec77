"""Bodies and answers of the people routes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from scoring_api.people.invite import Invitation
from scoring_api.people.person import ROLE_WORDS_VI, Role, RoleName
from scoring_api.people.persons import PersonLine
from scoring_api.people.started import Started
from scoring_api.snapshot import Snapshot

_LINE = r"^[^\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]*$"
"""One line of what a reader sees as it is written: no control characters, none that turn the direction of others."""
Address = Annotated[str, Field(min_length=3, max_length=254, pattern=_LINE, examples=["an.nguyen@noivu.example.vn"])]
Password = Annotated[str, Field(min_length=1, max_length=200, pattern=_LINE)]
Code = Annotated[str, Field(pattern=r"^[0-9]{6}$", description="Six digits of the authenticator app; works once.")]
InvitationToken = Annotated[str, Field(min_length=1, max_length=80, pattern=_LINE)]
Why = Annotated[str, Field(min_length=1, max_length=500, pattern=_LINE, description="Lý do / why; kept on record.")]
Id = Annotated[int, Field(ge=0, le=2_147_483_647)]
WhyAsked = Annotated[
    str, Query(min_length=1, max_length=500, pattern=_LINE, description="Lý do / why; kept on record.")
]
PathId = Annotated[int, Path(ge=1, le=2_147_483_647)]


class Body(BaseModel):
    """What comes in: unknown fields are named, never ignored."""

    model_config = ConfigDict(extra="forbid")


class SignInBody(Body):
    """Work address, password and code. `tenant` names the authority where the address has several."""

    work_address: Address
    password: Password
    code: Code
    tenant: Id | None = None
    cookie: bool = Field(default=False, description="For pages: the token comes as a cookie, not in the answer.")


class PasswordBody(Body):
    """A new password, proven by the present one and a code."""

    password: Password
    new_password: Password
    code: Code


class InvitationBody(Body):
    """First with `password`, then with `code`: one of the two at a time."""

    invitation: InvitationToken
    password: Password | None = None
    code: Code | None = None
    cookie: bool = False


class RoleBody(Body):
    """A role; `unit_id` for unit and appraiser only."""

    role: RoleName
    unit_id: Id | None = None

    def given(self) -> Role:
        """The role meant."""
        return Role(self.role, self.unit_id)


class GrantBody(RoleBody):
    """A role to give, and why."""

    why: Why


class PersonBody(Body):
    """A person to add and invite."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=_LINE)]
    work_address: Address
    roles: Annotated[list[RoleBody], Field(max_length=50)] = []
    why: Why


class WhyBody(Body):
    """Why something is done."""

    why: Why


class SignInAnswer(BaseModel):
    """A sign-in. The token is shown this once."""

    tenant_id: int
    person_id: int
    expires_at: dt.datetime
    token_type: Literal["Bearer"]
    token: str | None = Field(description="None where the cookie was asked for.")

    @classmethod
    def of(cls, started: Started, *, cookie: bool) -> SignInAnswer:
        """The answer; without the token where the browser has it as a cookie."""
        return cls(
            tenant_id=started.tenant_id,
            person_id=started.person_id,
            expires_at=started.expires_at,
            token_type="Bearer",  # noqa: S106 (a word of RFC 6750)
            token=None if cookie else started.token,
        )


class InvitationAnswer(BaseModel):
    """After the password: what the authenticator is set up with. After the code: the first sign-in."""

    step: Literal["code", "done"]
    name: str | None = None
    work_address: str | None = None
    otpauth_uri: str | None = None
    qr_data_uri: str | None = Field(default=None, description="The same as a QR code: SVG in a data URI.")
    sign_in: SignInAnswer | None = None


class RoleLine(BaseModel):
    """A role that holds."""

    role_id: int
    role: RoleName
    role_vi: str
    unit_id: int | None
    unit: str | None
    """The unit's name today."""
    granted_at: dt.datetime


class PersonAnswer(BaseModel):
    """A person as officers and auditors see them."""

    person_id: int
    name: str
    work_address: str
    disabled: bool
    local_sign_in: bool
    invited_until: dt.datetime | None
    oidc: bool
    roles: list[RoleLine]

    @classmethod
    def of(cls, line: PersonLine, unit_name: dict[int, str]) -> PersonAnswer:
        """The answer for a line; names of units as they are called today."""
        return cls(
            person_id=line.person_id,
            name=line.name,
            work_address=line.work_address,
            disabled=line.disabled,
            local_sign_in=line.local_sign_in,
            invited_until=line.invited_until,
            oidc=line.oidc,
            roles=[
                RoleLine(
                    role_id=held.role_id,
                    role=held.role,
                    role_vi=ROLE_WORDS_VI[held.role],
                    unit_id=held.unit_id,
                    unit=None if held.unit_id is None else unit_name.get(held.unit_id),
                    granted_at=held.granted_at,
                )
                for held in line.roles
            ],
        )


class Me(PersonAnswer):
    """Who is signed in, and where."""

    tenant_id: int
    authority: str


class PersonsAnswer(BaseModel):
    """Everybody of the authority, by name."""

    persons: list[PersonAnswer]


class InvitedAnswer(BaseModel):
    """A new invitation, shown this once: hand the link to the person by a way you trust."""

    person_id: int
    invitation: str
    link: str
    until: dt.datetime

    @classmethod
    def of(cls, invitation: Invitation, public_url: str) -> InvitedAnswer:
        """The answer with its link."""
        return cls(
            person_id=invitation.person_id,
            invitation=invitation.token,
            link=invitation.link(public_url),
            until=invitation.until,
        )


class RoleAnswer(BaseModel):
    """The role given."""

    person_id: int
    role_id: int


def unit_names(snapshot: Snapshot, lines: Iterable[PersonLine]) -> dict[int, str]:
    """Name today of every unit that some role is for."""
    ids = {held.unit_id for person in lines for held in person.roles if held.unit_id is not None}
    return {unit_id: snapshot.units.name(unit_id, snapshot.today) for unit_id in ids if unit_id in snapshot.units}

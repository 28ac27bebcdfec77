"""Who sent a request: tokens and cookies of sign-ins that have not ended."""

from __future__ import annotations

import pytest

from parindex.errors import Unauthenticated
from scoring_api.people.person import Role
from scoring_api.people.session import person_of
from support.people import make_person

H99 = 990_000


async def test_a_token_names_its_person_with_the_roles_of_this_moment(connection, resources):
    made = await make_person(connection, H99, "Nguyễn Thị An", ["officer", ("unit", 990_001)])
    async with resources.database.connection() as reading:
        person = await person_of(reading, made.token)
    assert (person.tenant_id, person.person_id, person.name) == (H99, made.person_id, "Nguyễn Thị An")
    assert person.roles == {Role("officer"), Role("unit", 990_001)}
    await connection.execute("UPDATE person_role SET revoked_at = now() WHERE role = 'unit'")
    async with resources.database.connection() as reading:
        assert (await person_of(reading, made.token)).roles == {Role("officer")}


@pytest.mark.parametrize(
    "ending",
    [
        "UPDATE sign_in SET ended_at = now()",
        "UPDATE sign_in SET expires_at = now()",
        "UPDATE person SET disabled_at = now()",
    ],
)
async def test_a_sign_in_that_is_over_names_nobody(connection, resources, ending):
    made = await make_person(connection, H99, "Nguyễn Thị An")
    await connection.execute(ending)
    async with resources.database.connection() as reading:
        with pytest.raises(Unauthenticated) as refused:
            await person_of(reading, made.token)
    assert refused.value.code == "sign_in_over"


@pytest.mark.parametrize("token", [None, "", "x", "p1.short", "p999999999." + "A" * 43, "p1.\x00"])
async def test_what_is_no_token_names_nobody(resources, token):
    async with resources.database.connection() as reading:
        with pytest.raises(Unauthenticated):
            await person_of(reading, token)

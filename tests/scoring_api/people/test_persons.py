"""Persons, invitations and roles as officers keep them: inside their authority, on record, never without an officer."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from support.people import make_person

H99, DEPARTMENT, COMMUNE = 990_000, 990_001, 990_101
H01 = 101
WHY = {"why": "phân công năm 2026"}


async def event(connection, kind: str, person_id: int) -> dict:
    row = await connection.fetchrow(
        "SELECT by_person_id, detail FROM sign_in_event WHERE kind = $1 AND person_id = $2 ORDER BY recorded_at DESC LIMIT 1",
        kind,
        person_id,
    )
    return {"by": row["by_person_id"], **json.loads(row["detail"])}


async def roles_of(client, officer, person_id: int) -> dict[str, int]:
    listed = (await client.get("/v1/persons", headers=officer.headers)).json()["persons"]
    (found,) = [line for line in listed if line["person_id"] == person_id]
    return {f"{one['role']}:{one['unit_id']}": one["role_id"] for one in found["roles"]}


async def invited(client, officer, address="hoa@noivu.example.vn", roles=()):
    body = {"name": "Lê  Thị Hoa", "work_address": address, "roles": list(roles), **WHY}
    added = await client.post("/v1/persons", json=body, headers=officer.headers)
    assert added.status_code == 201, added.text
    return added.json()


async def test_an_added_person_is_listed_with_roles_and_who_gave_them_and_why(client, officer, connection):
    added = await invited(client, officer, roles=[{"role": "unit", "unit_id": DEPARTMENT}, {"role": "council"}])
    listed = (await client.get("/v1/persons", headers=officer.headers)).json()["persons"]
    assert [line["name"] for line in listed] == ["Lê Thị Hoa", "Trần Thị Quản"]
    hoa = listed[0]
    assert (hoa["work_address"], hoa["local_sign_in"], hoa["disabled"], hoa["oidc"]) == (
        "hoa@noivu.example.vn",
        False,
        False,
        False,
    )
    assert hoa["invited_until"] is not None
    assert [(one["role"], one["unit_id"]) for one in hoa["roles"]] == [("unit", DEPARTMENT), ("council", None)]
    assert hoa["roles"][0]["unit"]
    assert hoa["roles"][0]["role_vi"] == "đơn vị tự đánh giá"
    assert await event(connection, "added", hoa["person_id"]) == {"by": officer.person_id, **WHY}
    granted = await event(connection, "role_granted", hoa["person_id"])
    assert (granted["by"], granted["why"], granted["role"]) == (officer.person_id, WHY["why"], "council")
    assert added["link"] == f"http://scoring/pages/invitation?invitation={added['invitation']}"


async def test_an_invitation_holds_48_hours_and_is_stored_as_its_hash(client, officer, connection):
    added = await invited(client, officer)
    left = dt.datetime.fromisoformat(added["until"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(hours=47) < left <= dt.timedelta(hours=48)
    row = await connection.fetchval(
        "SELECT person_secret::text FROM person_secret WHERE person_id = $1", added["person_id"]
    )
    assert added["invitation"] not in row
    await connection.execute("UPDATE person_secret SET invitation_until = now()")
    body = {"invitation": added["invitation"], "password": "một mật khẩu tốt"}
    over = await client.post("/v1/invitations", json=body)
    assert (over.status_code, over.json()["code"]) == (401, "invitation_over")


async def test_an_invitation_sets_password_then_code_and_serves_once(client, officer, connection):
    token = (await invited(client, officer))["invitation"]
    early = await client.post("/v1/invitations", json={"invitation": token, "code": "123456"})
    assert (early.status_code, early.json()["code"]) == (409, "invitation_unfinished")
    setup = (await client.post("/v1/invitations", json={"invitation": token, "password": "một mật khẩu tốt"})).json()
    assert (setup["step"], setup["name"], setup["work_address"]) == ("code", "Lê Thị Hoa", "hoa@noivu.example.vn")
    assert setup["qr_data_uri"].startswith("data:image/svg+xml")
    uri = urlsplit(setup["otpauth_uri"])
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    totp = pyotp.TOTP(parse_qs(uri.query)["secret"][0])
    sign_in = {"work_address": "hoa@noivu.example.vn", "password": "một mật khẩu tốt", "code": totp.now()}
    assert (await client.post("/v1/sign-in", json=sign_in)).status_code == 401, "not before the first code is confirmed"
    wrong = "000000" if totp.now() != "000000" else "111111"
    answer = await client.post("/v1/invitations", json={"invitation": token, "code": wrong})
    assert (answer.status_code, answer.json()["code"]) == (401, "code_wrong")
    done = await client.post("/v1/invitations", json={"invitation": token, "code": totp.now()})
    assert (done.status_code, done.json()["step"]) == (200, "done")
    bearer = {"Authorization": f"Bearer {done.json()['sign_in']['token']}"}
    assert (await client.get("/v1/me", headers=bearer)).json()["local_sign_in"] is True
    again = await client.post("/v1/invitations", json={"invitation": token, "password": "một mật khẩu khác"})
    assert (again.status_code, again.json()["code"]) == (401, "invitation_over")


@pytest.mark.parametrize("body", [{}, {"password": "một mật khẩu tốt", "code": "123456"}])
async def test_an_invitation_takes_one_step_at_a_time(client, body):
    answer = await client.post("/v1/invitations", json={"invitation": "i1.x", **body})
    assert (answer.status_code, answer.json()["code"]) == (422, "invitation_step")


async def test_inviting_again_resets_everything_and_ends_every_sign_in(join, client, officer, connection, kinds):
    an = await join()
    await connection.execute(
        "INSERT INTO person_identity VALUES ($1, 'https://idp.example.vn', 's', $2, now())", H99, an.person_id
    )
    path = f"/v1/persons/{an.person_id}/invitation"
    first = (await client.post(path, json=WHY, headers=officer.headers)).json()["invitation"]
    assert (await client.get("/v1/me", headers=an.headers)).status_code == 401
    assert (await an.sign_in()).status_code == 401
    assert await connection.fetchval("SELECT count(*) FROM person_identity") == 0
    second = (await client.post(path, json=WHY, headers=officer.headers)).json()["invitation"]
    over = await client.post("/v1/invitations", json={"invitation": first, "password": "một mật khẩu tốt"})
    assert over.status_code == 401
    held = await client.post("/v1/invitations", json={"invitation": second, "password": "một mật khẩu tốt"})
    assert held.status_code == 200
    assert (await kinds(an.person_id))[-3:] == ["invited", "failed", "invited"]
    assert (await event(connection, "invited", an.person_id)) == {"by": officer.person_id, **WHY}


async def test_a_disabled_person_loses_everything_at_once_and_comes_back_without_roles(
    join, client, officer, connection
):
    an = await join()
    grant = {"role": "council", **WHY}
    await client.post(f"/v1/persons/{an.person_id}/roles", json=grant, headers=officer.headers)
    for _ in range(2):
        done = await client.post(f"/v1/persons/{an.person_id}/disable", json=WHY, headers=officer.headers)
        assert done.status_code == 204
    assert (await client.get("/v1/me", headers=an.headers)).status_code == 401
    assert (await an.sign_in()).status_code == 401
    refused = await client.post(f"/v1/persons/{an.person_id}/roles", json=grant, headers=officer.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "person_disabled")
    assert (await event(connection, "disabled", an.person_id)) == {"by": officer.person_id, **WHY}
    back = await client.post(f"/v1/persons/{an.person_id}/invitation", json=WHY, headers=officer.headers)
    assert back.status_code == 200
    assert await roles_of(client, officer, an.person_id) == {}
    assert (await event(connection, "admitted_again", an.person_id))["by"] == officer.person_id


async def test_a_role_is_given_once_and_taken_with_the_next_request(join, client, officer, connection):
    an = await join()
    roles = f"/v1/persons/{an.person_id}/roles"
    assert (await client.get("/v1/persons", headers=an.headers)).status_code == 403
    first = await client.post(roles, json={"role": "auditor", **WHY}, headers=officer.headers)
    again = await client.post(roles, json={"role": "auditor", **WHY}, headers=officer.headers)
    assert (first.status_code, first.json()) == (201, again.json())
    assert (await client.get("/v1/persons", headers=an.headers)).status_code == 200
    path = f"{roles}/{first.json()['role_id']}"
    for _ in range(2):
        assert (await client.delete(path, params={"why": "hết hạn"}, headers=officer.headers)).status_code == 204
    assert (await client.get("/v1/persons", headers=an.headers)).status_code == 403
    taken = await event(connection, "role_revoked", an.person_id)
    assert (taken["by"], taken["why"], taken["role"]) == (officer.person_id, "hết hạn", "auditor")
    unknown = await client.delete(f"{roles}/999999", params=WHY, headers=officer.headers)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "role_unknown")


@pytest.mark.parametrize(
    ("role", "code"),
    [
        ({"role": "unit"}, "role_unit"),
        ({"role": "appraiser"}, "role_unit"),
        ({"role": "officer", "unit_id": DEPARTMENT}, "role_unit"),
        ({"role": "unit", "unit_id": H01}, "unit_outside_authority"),
        ({"role": "unit", "unit_id": 0}, "unit_outside_authority"),
        ({"role": "unit", "unit_id": 2_000_000_000}, "unit_unknown"),
        ({"role": "king"}, "request_invalid"),
    ],
)
async def test_a_role_is_for_what_belongs_to_the_authority(client, officer, role, code):
    hoa = await invited(client, officer)
    path = f"/v1/persons/{hoa['person_id']}/roles"
    answer = await client.post(path, json={**role, **WHY}, headers=officer.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    body = {"name": "B", "work_address": "b@noivu.example.vn", "roles": [role], **WHY}
    answer = await client.post("/v1/persons", json=body, headers=officer.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    listed = (await client.get("/v1/persons", headers=officer.headers)).json()["persons"]
    assert [line["work_address"] for line in listed].count("b@noivu.example.vn") == 0, "nothing half-done"


async def test_a_unit_that_no_longer_exists_gets_nobody(client, connection, officer):
    closed = await connection.fetchval(
        "SELECT u.unit_id FROM unit u WHERE u.kind = 'province' AND upper(u.valid) = '2025-07-01' ORDER BY u.unit_id LIMIT 1"
    )
    nation = await make_person(connection, 0, "Cán bộ Bộ", ["officer"])
    hoa = await invited(client, nation)
    path = f"/v1/persons/{hoa['person_id']}/roles"
    answer = await client.post(path, json={"role": "unit", "unit_id": closed, **WHY}, headers=nation.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "unit_unknown")
    answer = await client.post(path, json={"role": "unit", "unit_id": H01, **WHY}, headers=nation.headers)
    assert answer.status_code == 201


async def test_one_address_is_one_person_of_an_authority(client, officer):
    await invited(client, officer)
    body = {"name": "Hoa", "work_address": "HOA@noivu.example.vn", **WHY}
    again = await client.post("/v1/persons", json=body, headers=officer.headers)
    assert (again.status_code, again.json()["code"]) == (409, "person_exists")
    bad = await client.post("/v1/persons", json={**body, "work_address": "không phải thư"}, headers=officer.headers)
    assert (bad.status_code, bad.json()["code"]) == (422, "work_address_invalid")
    blank = await client.post("/v1/persons", json={**body, "name": "   "}, headers=officer.headers)
    assert (blank.status_code, blank.json()["code"]) == (422, "name_invalid")


async def test_an_officer_reaches_nobody_of_another_authority(client, officer, connection):
    stranger = await make_person(connection, H01, "Người tỉnh khác", ["officer", "council"])
    role_id = await connection.fetchval("SELECT min(person_role_id) FROM person_role WHERE tenant_id = $1", H01)
    path = f"/v1/persons/{stranger.person_id}"
    answers = [
        await client.post(f"{path}/roles", json={"role": "auditor", **WHY}, headers=officer.headers),
        await client.delete(f"{path}/roles/{role_id}", params=WHY, headers=officer.headers),
        await client.post(f"{path}/invitation", json=WHY, headers=officer.headers),
        await client.post(f"{path}/disable", json=WHY, headers=officer.headers),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    listed = (await client.get("/v1/persons", headers=officer.headers)).json()["persons"]
    assert [line["person_id"] for line in listed] == [officer.person_id]


ROUTES = [
    ("GET", "/v1/persons", {"officer", "auditor"}),
    ("POST", "/v1/persons", {"officer"}),
    ("POST", "/v1/persons/{id}/roles", {"officer"}),
    ("POST", "/v1/persons/{id}/invitation", {"officer"}),
    ("POST", "/v1/persons/{id}/disable", {"officer"}),
    ("DELETE", "/v1/persons/{id}/roles/1", {"officer"}),
    ("GET", "/v1/me", {"officer", "unit", "appraiser", "council", "auditor", "nobody"}),
]


@pytest.mark.parametrize("role", ["officer", "unit", "appraiser", "council", "auditor", "nobody", None])
async def test_every_route_is_open_to_the_roles_of_the_table_and_to_no_other(client, officer, connection, role):
    other = await make_person(connection, H99, "Người khác")
    given = [] if role in ("nobody", None) else [(role, DEPARTMENT if role in ("unit", "appraiser") else None)]
    headers = {} if role is None else (await make_person(connection, H99, "Người thử", given)).headers
    bodies = {"/v1/persons": {"name": "B", "work_address": "b@noivu.example.vn", **WHY}}
    bodies["/v1/persons/{id}/roles"] = {"role": "auditor", **WHY}
    for method, route, allowed in ROUTES:
        body = bodies.get(route, WHY) if method == "POST" else None
        query = WHY if method == "DELETE" else None
        path = route.replace("{id}", str(other.person_id))
        answer = await client.request(method, path, json=body, params=query, headers=headers)
        if role is None:
            assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_missing"), route
        elif role in allowed:
            assert answer.status_code < 300 or answer.json()["code"] == "role_unknown", (route, answer.text)
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "role_missing"), route


async def test_the_last_officer_neither_steps_down_nor_is_disabled(client, officer, connection):
    role_id = await connection.fetchval("SELECT person_role_id FROM person_role WHERE role = 'officer'")
    path = f"/v1/persons/{officer.person_id}"
    for answer in (
        await client.delete(f"{path}/roles/{role_id}", params=WHY, headers=officer.headers),
        await client.post(f"{path}/disable", json=WHY, headers=officer.headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_officer")
    assert (await client.get("/v1/persons", headers=officer.headers)).status_code == 200
    second = await make_person(connection, H99, "Người thứ hai", ["officer"])
    gone = await client.delete(f"{path}/roles/{role_id}", params=WHY, headers=officer.headers)
    assert gone.status_code == 204
    assert (await client.get("/v1/persons", headers=second.headers)).status_code == 200


async def test_two_officers_who_remove_each_other_at_once_leave_one(client, officer, connection):
    second = await make_person(connection, H99, "Người thứ hai", ["officer"])
    answers = await asyncio.gather(
        client.post(f"/v1/persons/{second.person_id}/disable", json=WHY, headers=officer.headers),
        client.post(f"/v1/persons/{officer.person_id}/disable", json=WHY, headers=second.headers),
    )
    left = await connection.fetchval(
        "SELECT count(*) FROM person_role WHERE role = 'officer' AND revoked_at IS NULL AND tenant_id = $1", H99
    )
    assert left == 1
    assert sum(answer.status_code == 204 for answer in answers) == 1

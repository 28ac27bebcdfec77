"""`parindex persons` as an operator types it: the first officer of an authority, and everything an officer may do."""

from __future__ import annotations

import asyncio
import json

import asyncpg
import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner, Result

from parindex.cli.main import app
from scoring_api.people.seal import Seal

AN = ("--work-address", "an@noivu.example.vn", "--authority", "H99")
OF_AN = ("an@noivu.example.vn", "--authority", "H99", "--why", "theo quyết định")


def run(database_url: str, *arguments: str, **environment: str) -> Result:
    given = {"DATABASE_URL": database_url, "PARINDEX_PUBLIC_URL": "https://diem.example.vn/", **environment}
    return CliRunner().invoke(app, ["persons", *arguments], env=given)


def fetch(database_url: str, query: str, *arguments) -> list[asyncpg.Record]:
    async def ask():
        connection = await asyncpg.connect(database_url)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    return asyncio.run(ask())


def test_the_first_officer_of_an_authority_is_made_with_the_authority(database_url):
    roles = ("--role", "officer", "--role", "unit:H99.01")
    made = run(database_url, "add", "Nguyễn Thị An", *AN, *roles, "--by", "Phòng CNTT", "--json")
    assert made.exit_code == 0, made.output
    given = json.loads(made.output)
    assert given["link"] == f"https://diem.example.vn/pages/invitation?invitation={given['invitation']}"
    (tenant,) = fetch(database_url, "SELECT tenant_id, unit_id, name FROM tenant")
    assert (tenant["tenant_id"], tenant["unit_id"]) == (990_000, 990_000)
    rows = fetch(database_url, "SELECT role, unit_id, granted_by FROM person_role ORDER BY person_role_id")
    assert [tuple(row) for row in rows] == [("officer", None, None), ("unit", 990_001, None)]
    events = fetch(database_url, "SELECT kind, detail FROM sign_in_event ORDER BY recorded_at, sign_in_event_id")
    assert [event["kind"] for event in events] == ["added", "role_granted", "role_granted", "invited"]
    assert {json.loads(event["detail"])["operator"] for event in events} == {"Phòng CNTT"}


def test_an_operator_invites_grants_revokes_and_disables(database_url):
    first = json.loads(run(database_url, "add", "Nguyễn Thị An", *AN, "--role", "officer", "--json").output)
    again = run(database_url, "invite", *OF_AN, "--json")
    assert json.loads(again.output)["invitation"] != first["invitation"]
    assert "role" in run(database_url, "grant", *OF_AN, "--role", "council").output
    (council,) = fetch(database_url, "SELECT person_role_id FROM person_role WHERE role = 'council'")
    listed = run(database_url, "list").output
    assert f"council (role {council['person_role_id']})" in listed
    assert "an@noivu.example.vn" in listed
    assert first["invitation"] not in listed
    assert run(database_url, "revoke", *OF_AN, "--role-id", str(council["person_role_id"])).exit_code == 0
    refused = run(database_url, "disable", *OF_AN)
    assert (refused.exit_code, "without an officer" in refused.output) == (2, True)
    run(database_url, "add", "B", "--work-address", "b@noivu.example.vn", "--authority", "H99", "--role", "officer")
    assert run(database_url, "disable", *OF_AN).exit_code == 0
    assert "disabled" in run(database_url, "list").output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("add", "A", "--work-address", "a@x.vn", "--authority", "H77"), "No unit has the code H77"),
        (("add", "A", "--work-address", "a@x.vn", "--authority", "H99.01"), "is no authority of its own"),
        (("add", "A", "--work-address", "a", "--authority", "H99"), "work address is not of the form"),
        (("add", "A", "--work-address", "a@x.vn", "--authority", "H99", "--role", "king"), "is no role"),
        (("add", "A", "--work-address", "a@x.vn", "--authority", "H99", "--role", "unit"), "needs a unit"),
        (
            ("add", "A", "--work-address", "a@x.vn", "--authority", "H99", "--role", "unit:H01"),
            "outside this authority",
        ),
        (("disable", *OF_AN), "has no person"),
    ],
)
def test_a_wrong_order_is_one_sentence_and_changes_nothing(database_url, arguments, expected):
    refused = run(database_url, *arguments)
    assert refused.exit_code == 2, refused.output
    assert expected in " ".join(refused.output.split())
    assert "Traceback" not in refused.output
    assert fetch(database_url, "SELECT 1 FROM person") == []
    assert fetch(database_url, "SELECT 1 FROM tenant") == []


def test_secrets_are_sealed_anew_with_the_first_key(database_url):
    run(database_url, "add", "Nguyễn Thị An", *AN)
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    fetch(database_url, "UPDATE person_secret SET totp_sealed = $1", Seal(old).seal(b"JBSWY3DP"))
    done = run(database_url, "reseal", PARINDEX_SECRET_KEYS=f"{new},{old}")
    assert (done.exit_code, "1 secrets" in done.output) == (0, True)
    (row,) = fetch(database_url, "SELECT totp_sealed FROM person_secret")
    assert Seal(new).open(row["totp_sealed"]) == b"JBSWY3DP"
    assert run(database_url, "reseal", PARINDEX_SECRET_KEYS="").exit_code == 2

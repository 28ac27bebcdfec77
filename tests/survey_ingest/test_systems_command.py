"""`parindex systems` as an operator types it: create, list, rotate, revoke; and what is kept on record."""

from __future__ import annotations

import asyncio
import json

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from parindex.cli.main import app

pytestmark = pytest.mark.database


def run(database_url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["systems", *arguments], env={"DATABASE_URL": database_url})


def fetch(database_url: str, query: str, *arguments) -> list[asyncpg.Record]:
    async def ask():
        connection = await asyncpg.connect(database_url)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    return asyncio.run(ask())


def create(database_url: str, *more: str) -> dict:
    made = run(database_url, "create", "Một cửa thử", "--unit", "H99", "--realm", "synthetic", "--json", *more)
    assert made.exit_code == 0, made.output
    return json.loads(made.output)


def test_a_system_is_created_rotated_and_revoked_with_every_step_on_record(database_url: str) -> None:
    first = create(database_url, "--by", "Phòng CNTT", "--backfill", "--strip", "--respondent-kind", "0=citizen")
    second = json.loads(run(database_url, "rotate", first["client_id"], "--overlap-hours", "1", "--json").output)
    assert (second["system_id"], second["name"]) == (first["system_id"], "Một cửa thử")
    assert second["client_secret"] != first["client_secret"]
    assert "is revoked." in run(database_url, "revoke", second["client_id"], "--reason", "lost").output
    assert "was revoked before." in run(database_url, "revoke", second["client_id"], "--reason", "lost").output
    refused = run(database_url, "rotate", second["client_id"])
    assert (refused.exit_code, "is revoked" in refused.output) == (2, True)
    events = fetch(database_url, "SELECT kind, credential_id, detail FROM credential_event ORDER BY recorded_at, kind")
    assert [(event["kind"], event["credential_id"]) for event in events] == [
        ("created", first["client_id"]),
        ("created", second["client_id"]),
        ("rotated", first["client_id"]),
        ("revoked", second["client_id"]),
    ]
    assert [json.loads(event["detail"])["by"] for event in events] == ["Phòng CNTT", "operator", "operator", "operator"]
    (system,) = fetch(database_url, "SELECT personal_data, respondent_kinds FROM sending_system")
    assert (system["personal_data"], json.loads(system["respondent_kinds"])) == ("strip", {"0": "citizen"})


def test_the_list_names_every_credential_and_no_secret(database_url: str) -> None:
    made = create(database_url)
    auditor = json.loads(
        run(
            database_url,
            *("auditor", "Nguyễn Văn Kiểm", "--work-address", "kiem@example.gov.vn", "--unit", "H99"),
            *("--realm", "synthetic", "--json"),
        ).output
    )
    listed = run(database_url, "list").output
    assert {line.split()[0] for line in listed.splitlines()} == {made["client_id"], auditor["client_id"]}
    assert made["client_secret"] not in listed
    stored = fetch(database_url, "SELECT credential::text AS row FROM credential")
    assert not any(made["client_secret"] in row["row"] for row in stored)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("create", "X", "--unit", "H77"), "No unit of realm production has the code H77"),
        (("create", "X", "--unit", "H99"), "No unit of realm production has the code H99"),
        (("create", "X", "--unit", "H01", "--respondent-kind", "citizen"), "is not a code and a kind"),
        (("revoke", "c1-none", "--reason", "x"), "There is no credential c1-none."),
    ],
)
def test_a_wrong_order_is_one_sentence_and_changes_nothing(database_url: str, arguments, expected: str) -> None:
    refused = run(database_url, *arguments)
    assert refused.exit_code == 2
    assert expected in " ".join(refused.output.split())
    assert "Traceback" not in refused.output
    assert fetch(database_url, "SELECT 1 FROM credential") == []

"""Questionnaires in the database: published once, never rewritten, one revision a load, imported by command line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest
import typer
from typer.testing import CliRunner

from parindex.cli.errors import ClearErrors
from parindex.cli.instruments import app
from parindex.db.instruments import load_instruments
from parindex.errors import Conflict, Forbidden, Invalid, ParindexError
from parindex.instruments.document import shipped
from parindex.register.instruments import UNCHANGED, import_instrument, load_instruments_register
from parindex.register.revision import next_revision
from parindex.register.roles import acting_as

pytestmark = pytest.mark.database

KIOSK = dict(shipped())["KIOSK3-1.yaml"]
SECOND = KIOSK.replace('version: "1"', 'version: "2"')
COMMAND = typer.Typer(cls=ClearErrors)
COMMAND.add_typer(app, name="instruments")


async def test_every_shipped_questionnaire_is_stored_and_read_back_as_it_was_written(connection: asyncpg.Connection):
    catalogue = await load_instruments(connection)
    assert catalogue.codes == ("HL5", "KIOSK3", "SIPAS-2017", "TT01-2018")
    rows = await connection.fetch(
        "SELECT instrument_version_id, sha256, design, lower(valid) AS first, upper(valid) AS ended FROM instrument_version"
    )
    for row in rows:
        one = catalogue.by_id(row["instrument_version_id"])
        assert (one.sha256, one.design, one.valid_from, one.valid_to) == (
            row["sha256"],
            row["design"],
            row["first"],
            row["ended"],
        )


async def test_loading_again_changes_nothing_and_takes_no_revision(connection: asyncpg.Connection):
    before = await connection.fetchval("SELECT max(revision) FROM register_load")
    assert await load_instruments_register(connection) == [UNCHANGED]
    assert await connection.fetchval("SELECT max(revision) FROM register_load") == before


async def test_a_new_version_is_published_beside_the_old_under_one_revision(connection: asyncpg.Connection):
    before = await load_instruments(connection)
    sentences = await import_instrument(connection, SECOND, file="KIOSK3-2.yaml")
    after = await load_instruments(connection)
    assert after.revision == before.revision + 1
    assert sentences == [f"questionnaires: published KIOSK3 version 2 (revision {after.revision})"]
    assert [(one.code, one.version) for one in after.changed_since(before.revision)] == [("KIOSK3", "2")]
    assert after.get("KIOSK3", "1") == before.get("KIOSK3", "1")
    load = await connection.fetchrow("SELECT register, summary FROM register_load WHERE revision = $1", after.revision)
    assert (load["register"], json.loads(load["summary"])) == ("instruments", {"published": ["KIOSK3 version 2"]})


async def test_importing_the_same_file_twice_changes_nothing(connection: asyncpg.Connection):
    await import_instrument(connection, SECOND)
    assert await import_instrument(connection, SECOND.replace("# Counter", "# The counter")) == [UNCHANGED]


async def test_other_content_under_a_published_version_is_refused_and_nothing_is_stored(connection: asyncpg.Connection):
    before = await load_instruments(connection)
    changed = KIOSK.replace("title_en: Satisfied}", "title_en: Content}")
    with pytest.raises(Conflict, match="KIOSK3 version 1 was published with digest") as caught:
        await import_instrument(connection, changed, file="kiosk.yaml")
    assert [(finding.field, finding.code) for finding in caught.value.findings] == [
        ("kiosk.yaml", "published_version_differs")
    ]
    assert "new version" in caught.value.hint
    assert await load_instruments(connection) == before


async def test_a_shipped_file_that_differs_from_what_was_published_is_refused(connection: asyncpg.Connection):
    await connection.execute("UPDATE instrument_version SET sha256 = 'other' WHERE instrument = 'HL5'")
    with pytest.raises(Conflict, match="HL5 version 1"):
        await load_instruments_register(connection)


async def test_loads_at_the_same_time_publish_once(connection: asyncpg.Connection, database_url: str):
    connections = [await asyncpg.connect(database_url) for _ in range(4)]
    try:
        outcomes = await asyncio.gather(*(import_instrument(one, SECOND) for one in connections))
    finally:
        for one in connections:
            await one.close()
    assert sorted(sentences == [UNCHANGED] for sentences in outcomes) == [False, True, True, True]
    assert await connection.fetchval("SELECT count(*) FROM instrument_version WHERE instrument = 'KIOSK3'") == 2


async def test_revisions_become_visible_in_the_order_of_their_numbers(
    connection: asyncpg.Connection, database_url: str
):
    other = await asyncpg.connect(database_url)
    try:
        first = connection.transaction()
        await first.start()
        one = await next_revision(connection, "units", "aa", {})

        async def second() -> int:
            async with other.transaction():
                return await next_revision(other, "units", "bb", {})

        waiting = asyncio.create_task(second())
        while not await connection.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        ):
            assert not waiting.done()
            await asyncio.sleep(0.01)
        await first.commit()
        assert await waiting == one + 1
    finally:
        await other.close()


async def test_acting_as_a_service_has_its_grants_and_gives_the_role_back(connection: asyncpg.Connection):
    insert = "INSERT INTO register_load (revision, register, sha256, summary, recorded_at) VALUES (999, 'x', 'x', '{}', now())"
    async with connection.transaction():
        async with acting_as(connection, "ranking-worker"):
            assert await connection.fetchval("SELECT current_user") == "parindex_ranking_worker"
            async with acting_as(connection, "survey-ingest"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with connection.transaction():
                        await connection.execute(insert)
            assert await connection.fetchval("SELECT current_user") == "parindex_ranking_worker"
            await connection.execute(insert)
        assert await connection.fetchval("SELECT current_user = session_user")


async def test_acting_as_a_service_outside_a_transaction_is_refused(connection: asyncpg.Connection):
    with pytest.raises(ParindexError, match="outside a transaction"):
        async with acting_as(connection, "ranking-worker"):
            pass


async def test_a_login_without_the_role_is_told_so(connection: asyncpg.Connection):
    async with connection.transaction():
        await connection.execute("SET LOCAL SESSION AUTHORIZATION parindex_scoring_api")
        with pytest.raises(Forbidden, match="may not act as ranking-worker"):
            async with acting_as(connection, "ranking-worker"):
                pass


async def test_a_faulty_file_stores_nothing(connection: asyncpg.Connection):
    with pytest.raises(Invalid, match="1 fault"):
        await import_instrument(connection, SECOND.replace("kind: scale", "kind: slider"), file="bad.yaml")
    assert (await load_instruments(connection)).get("KIOSK3", "2") is None


async def _run(*arguments: str, database_url: str = "") -> tuple[int, str]:
    """Runs the command in a thread of its own, because it starts its own event loop."""
    result = await asyncio.to_thread(
        CliRunner().invoke, COMMAND, ["instruments", *arguments], env={"DATABASE_URL": database_url}
    )
    return result.exit_code, result.output


async def test_the_command_line_validates_imports_lists_and_shows(database_url: str, tmp_path: Path):
    file = tmp_path / "kiosk.yaml"
    file.write_text(SECOND, "utf-8")
    code, output = await _run("validate", str(file))
    assert (code, "KIOSK3 version 2, 1 items, 1 answer columns" in output) == (0, True)
    code, output = await _run("import", str(file), database_url=database_url)
    assert (code, "published KIOSK3 version 2" in output) == (0, True)
    code, output = await _run("import", str(file), database_url=database_url)
    assert (code, output.strip()) == (0, UNCHANGED)
    code, output = await _run("list", database_url=database_url)
    assert code == 0
    assert [line.split()[:2] for line in output.splitlines() if line.startswith("KIOSK3")] == [
        ["KIOSK3", "1"],
        ["KIOSK3", "2"],
    ]
    code, output = await _run("show", "KIOSK3", database_url=database_url)
    assert (code, json.loads(output)["instrument"]) == (0, "KIOSK3")


async def test_the_command_line_says_in_a_sentence_what_went_wrong(database_url: str, tmp_path: Path):
    bad, latin = tmp_path / "bad.yaml", tmp_path / "latin.yaml"
    bad.write_text(KIOSK.replace("role: overall", "rôle: overall"), "utf-8")
    latin.write_bytes(b"title: H\xe0i l\xf2ng\n")
    cases = [
        (("validate", str(bad)), ""),
        (("validate", str(latin)), ""),
        (("validate", str(tmp_path / "absent.yaml")), ""),
        (("import", str(bad)), database_url),
        (("show", "KIOSK3", "7"), database_url),
        (("list",), ""),
    ]
    expected = [
        "items[0].rôle",
        "not UTF-8",
        "cannot be read",
        "items[0].rôle",
        "No questionnaire KIOSK3 version 7",
        "No database is named",
    ]
    for (arguments, url), words in zip(cases, expected, strict=True):
        code, output = await _run(*arguments, database_url=url)
        assert code == 2, output
        assert words in output
        assert "Traceback" not in output

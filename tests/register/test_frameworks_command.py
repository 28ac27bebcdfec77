"""`parindex frameworks` on a database: drafts imported, checked, put in force and withdrawn by the operator; workbooks."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest
import typer
from typer.testing import CliRunner, Result

from parindex.cli.errors import ClearErrors
from parindex.cli.frameworks import app
from parindex.frameworks.criteria_catalogue import load_frameworks

pytestmark = pytest.mark.database
COMMAND = typer.Typer(cls=ClearErrors)
COMMAND.add_typer(app, name="frameworks")


def run(database_url: str, *arguments: str) -> Result:
    return CliRunner().invoke(COMMAND, ["frameworks", *arguments], env={"DATABASE_URL": database_url})


async def command(database_url: str, *arguments: str) -> Result:
    return await asyncio.to_thread(run, database_url, *arguments)


@pytest.fixture
def draft_file(tmp_path: Path) -> Path:
    document = dict(load_frameworks().get("qd766", "2022-1").document)
    file = tmp_path / "draft.json"
    later = {"version": "2099-1", "replaces": "2022-1", "in_force": {"from": "2099-01-01", "to": None}}
    file.write_text(json.dumps({**document, **later}), "utf-8")
    return file


def rewrite(file: Path, **changes: str) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **changes}), "utf-8")


async def test_a_file_becomes_a_draft_is_checked_and_put_in_force(
    connection: asyncpg.Connection, database_url: str, draft_file: Path
):
    made = await command(database_url, "import", str(draft_file), "--why", "bản mới")
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("draft 1: qd766@2099-1 [draft] revision 1, from json")
    assert "chưa được kiểm tra" in (await command(database_url, "put-in-force", "1", "--why", "x")).output
    assert "[checked]" in (await command(database_url, "check", "1")).stdout
    assert "[in_force]" in (await command(database_url, "put-in-force", "1", "--why", "ban hành")).stdout
    event = await connection.fetchrow(
        "SELECT * FROM framework_event WHERE version = '2099-1' AND kind = 'put_in_force'"
    )
    assert (event["person_id"], event["why"]) == (None, "dòng lệnh vận hành: ban hành")
    again = await command(database_url, "withdraw", "1")
    assert (again.exit_code, "đã có hiệu lực" in again.output) == (2, True)


async def test_a_draft_is_replaced_and_withdrawn(database_url: str, draft_file: Path):
    await command(database_url, "import", str(draft_file))
    replaced = await command(database_url, "import", str(draft_file), "--draft", "1")
    assert "revision 2" in replaced.stdout
    assert "[withdrawn]" in (await command(database_url, "withdraw", "1", "--why", "thôi")).stdout
    assert "draft 1: qd766@2099-1 [withdrawn]" in (await command(database_url, "drafts")).stdout


async def test_a_draft_that_cannot_be_law_is_refused_with_every_finding(database_url: str, draft_file: Path):
    rewrite(draft_file, max="mười", title_vi="")
    await command(database_url, "import", str(draft_file))
    checked = await command(database_url, "check", "1")
    assert checked.exit_code == 2
    assert "max" in checked.output
    assert "title_vi" in checked.output


async def test_a_workbook_goes_out_and_comes_in_as_a_draft(database_url: str, tmp_path: Path):
    file = tmp_path / "qd766.xlsx"
    written = await command(database_url, "workbook", "qd766@2022-1", str(file))
    digest = load_frameworks().get("qd766", "2022-1").framework.sha256
    assert digest in written.stdout
    assert digest in (await command(database_url, "validate", str(file))).output
    assert f"from workbook, digest {digest}" in (await command(database_url, "import", str(file))).stdout


async def test_a_file_of_another_form_is_refused(database_url: str, tmp_path: Path):
    for name in ("bang.csv", "none.json"):
        refused = await command(database_url, "import", str(tmp_path / name))
        assert refused.exit_code == 2
        assert "Expected one of" in refused.output or "cannot be read" in refused.output

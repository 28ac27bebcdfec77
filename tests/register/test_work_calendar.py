"""The work calendar in the database: shipped days, a site's own, and the command."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from parindex.cli.main import app
from parindex.dossiers.work_calendar import shipped_file
from parindex.errors import Invalid
from parindex.register.work_calendar import UNCHANGED, import_calendar, load_work_calendar

OWN = """
calendar: example
version: "1"
title_vi: Ngày nghỉ của tỉnh
title_en: Days of a province
years: [2026]
sources: {decision: {title: "Quyết định giả định 1/QĐ-UBND"}}
days:
  - {day: 2026-08-31, works: true, title_vi: Không hoán đổi, provenance: declared, source: decision}
  - {day: 2026-11-24, works: false, title_vi: Ngày Văn hóa Việt Nam, provenance: declared, source: decision}
"""


async def test_the_shipped_days_are_loaded_once(connection: asyncpg.Connection):
    stored = await connection.fetch("SELECT day, works, provenance FROM work_calendar_day ORDER BY day")
    assert [tuple(row) for row in stored] == [(one.day, one.works, one.provenance) for one in shipped_file().days]
    assert await load_work_calendar(connection) == [UNCHANGED]


async def test_a_sites_own_days_are_stored_once_and_survive_the_next_load(connection: asyncpg.Connection):
    assert "2 days of 2026" in (await import_calendar(connection, OWN, file="own.yaml"))[0]
    assert await import_calendar(connection, OWN, file="own.yaml") == [UNCHANGED]
    assert await load_work_calendar(connection) == [UNCHANGED]
    assert await connection.fetchval("SELECT works FROM work_calendar_day WHERE day = $1", dt.date(2026, 8, 31))


async def test_a_faulty_file_stores_nothing(connection: asyncpg.Connection):
    before = await connection.fetchval("SELECT count(*) FROM work_calendar_day")
    with pytest.raises(Invalid, match="2026-11-22 is a day off anyway"):
        await import_calendar(connection, OWN.replace("2026-11-24", "2026-11-22"), file="own.yaml")
    assert await connection.fetchval("SELECT count(*) FROM work_calendar_day") == before


def test_the_command_imports_and_lists(database_url: str, tmp_path: Path):
    file = tmp_path / "own.yaml"
    file.write_text(OWN, "utf-8")
    runner = CliRunner(env={"DATABASE_URL": database_url})
    assert "2 days of 2026 stored" in runner.invoke(app, ["calendar", "import", str(file)]).stdout
    listed = runner.invoke(app, ["calendar", "list", "--year", "2026"]).stdout
    assert "2026-11-24  nghỉ  Ngày Văn hóa Việt Nam  (declared: Quyết định giả định 1/QĐ-UBND)" in listed
    assert "2025" not in listed.split("(")[0]

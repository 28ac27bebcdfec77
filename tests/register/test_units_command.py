"""`parindex units` as a person types it: look-ups, search, imports, and what a fault looks like."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from parindex.cli.main import app

pytestmark = pytest.mark.database

HEADER = "code,name,unit_type,kind,parent_code,valid_from,source\n"


def run(database_url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["units", *arguments, "--database-url", database_url])


def test_a_code_is_shown_with_what_it_meant_on_the_day(database_url: str) -> None:
    found = run(database_url, "show", "gso:15", "--on", "2025-06-30")
    assert "Tỉnh Yên Bái (province; ... to 2025-07-01; gso 15, h_code H63) under: Cả nước" in " ".join(
        found.output.split()
    )
    followed = run(database_url, "show", "000.00.00.H09", "--on", "2025-08-05")
    assert "Thành phố Hồ Chí Minh" in followed.output
    assert "H09 was closed before 2025-08-05" in followed.output
    divided = run(database_url, "show", "gso:00628", "--on", "2025-08-05")
    assert "Phường Tây Mỗ" in divided.output
    assert "Phường Xuân Phương" in divided.output
    assert [result.exit_code for result in (found, followed, divided)] == [0, 0, 0]


def test_an_unknown_code_and_an_unreadable_day_are_one_sentence_each(database_url: str) -> None:
    for arguments, expected in (
        (("show", "H77", "--on", "2025-08-05"), "H77 means no unit on 2025-08-05 in realm production."),
        (("show", "H01", "--on", "5/8/2025"), "'5/8/2025' is not a day."),
        (("show", "15"), "'15' is not a unit code."),
    ):
        result = run(database_url, *arguments)
        assert result.exit_code == 2
        assert expected in result.output
        assert "Traceback" not in result.output


def test_search_takes_words_without_diacritics(database_url: str) -> None:
    assert "Thành phố Huế" in run(database_url, "search", "thanh pho hue").output


def test_an_import_says_what_it_did_and_a_refused_one_names_line_and_remedy(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "don-vi.csv"
    file.write_text(HEADER + "H26.07,Sở Nội vụ,Sở,department,H26,2025-07-01,Quyết định thử\n", "utf-8")
    assert "1 added, 0 changed, 0 unchanged; revision" in run(database_url, "import", str(file)).output
    assert "nothing changed" in run(database_url, "import", str(file)).output
    file.write_text(HEADER + "H26.08,Sở Y tế,Sở,department,H99,2025-07-01,Quyết định thử\n", "utf-8")
    refused = run(database_url, "import", str(file))
    assert refused.exit_code == 2
    assert "don-vi.csv: 1 findings in 1 rows: nothing was stored." in refused.output
    assert "line 2: parent_code: H99 is no unit of the register or of this file on 2025-07-01." in " ".join(
        refused.output.split()
    )
    file.write_bytes("Sở".encode("utf-16"))
    assert "is not UTF-8 text" in run(database_url, "import", str(file)).output


def test_a_closed_agency_follows_the_successor_that_is_named(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "don-vi.csv"
    departments = [
        f"H26.{number},Sở {name},Sở,department,H26,2025-07-01,x" for number, name in (("07", "A"), ("08", "B"))
    ]
    file.write_text(HEADER + "\n".join(departments) + "\n", "utf-8")
    run(database_url, "import", str(file))
    done = run(database_url, "follow", "H26.07", "H26.08", "--basis", "Nghị quyết số 1", "--on", "2026-03-01")
    assert "H26.07 follows H26.08 from 2026-03-01 on; revision" in done.output
    assert "H26.07 was closed before 2026-03-02" in run(database_url, "show", "H26.07", "--on", "2026-03-02").output
    again = run(database_url, "follow", "H26.07", "H26.08", "--basis", "Nghị quyết số 1", "--on", "2026-03-02")
    assert again.exit_code == 2
    assert "do not mean two units" in again.output


def test_procedures_are_imported_by_command(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "tthc.csv"
    file.write_text("code,name,field_code,valid_from,source\n1.000894.H56,Đăng ký kết hôn,TP01,2020-01-01,x\n", "utf-8")
    assert "1 added" in run(database_url, "import-procedures", str(file)).output


def test_without_a_database_the_command_says_so_and_chooses_none(tmp_path: Path) -> None:
    result = CliRunner(env={"DATABASE_URL": ""}).invoke(app, ["units", "search", "hue"])
    assert result.exit_code == 2
    assert "No database is named." in result.output

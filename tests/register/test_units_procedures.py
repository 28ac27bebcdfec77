"""Import of administrative procedures by their national base code."""

from __future__ import annotations

import asyncpg
import pytest

from parindex.db.catalogue import units_revision
from parindex.register.procedures import import_procedures, procedure_base

HEADER = "code,name,field_code,valid_from,valid_to,source\n"
MARRIAGE = "1.000894.000.00.00.H56,Đăng ký kết hôn,G15-TP01,2020-01-01,,Quyết định thử\n"


@pytest.mark.parametrize(
    ("raw", "base"),
    [
        ("1.000894.000.00.00.H56", "1.000894"),
        ("2.002622.H56", "2.002622"),
        ("3.000181.000.00.00.h22", "3.000181"),
        (" 1.005129 ", "1.005129"),
        ("TS_lop1.000.00.00.H22", ""),
        ("4.000894", ""),
        ("1.00894", ""),
        ("1.0008941", ""),
        ("", ""),
    ],
)
def test_the_base_code_is_the_first_two_groups(raw: str, base: str) -> None:
    assert procedure_base(raw) == base


@pytest.mark.database
async def test_procedures_are_added_once_and_changed_by_a_later_file(connection: asyncpg.Connection) -> None:
    first = await import_procedures(connection, HEADER + MARRIAGE + MARRIAGE)
    assert (first.added, first.findings) == (1, ())
    again = await import_procedures(connection, HEADER + MARRIAGE)
    assert (again.added, again.changed, again.unchanged, again.revision) == (0, 0, 1, None)
    later = await import_procedures(connection, HEADER + MARRIAGE.replace("kết hôn", "khai sinh"))
    assert (later.changed, later.revision) == (1, await units_revision(connection))
    row = await connection.fetchrow("SELECT base_code, name, revision FROM procedure")
    assert tuple(row) == ("1.000894", "Đăng ký khai sinh", later.revision)


@pytest.mark.database
async def test_a_wrong_row_stores_nothing_and_is_named(connection: asyncpg.Connection) -> None:
    before = await units_revision(connection)
    text = HEADER + MARRIAGE + "TS_lop1.000.00.00.H22,Tuyển sinh,G01,2020-01-01,,x\n" + MARRIAGE.replace("hôn", "nghĩa")
    report = await import_procedures(connection, text)
    assert [(finding.field, finding.code) for finding in report.findings] == [
        ("line 3: code", "procedure_code_unreadable"),
        ("line 4: code", "procedure_twice"),
    ]
    assert await units_revision(connection) == before
    assert await connection.fetchval("SELECT count(*) FROM procedure") == 0

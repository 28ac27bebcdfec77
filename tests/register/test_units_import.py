"""`parindex units import`: what a CSV makes of the register, and how it says what is wrong with it."""

from __future__ import annotations

import datetime as dt

import asyncpg
import pytest

from parindex.db.catalogue import load_units, units_revision
from parindex.errors import Invalid
from parindex.register.csv_table import ImportReport
from parindex.register.import_units import import_units
from parindex.units.catalogue import UnitCatalogue

pytestmark = pytest.mark.database

DAY, LATER = dt.date(2025, 8, 1), dt.date(2026, 8, 1)
HEADER = "code,name,unit_type,kind,block,parent_code,valid_from,valid_to,dvcqg_id,existing_code,source"
DEPARTMENT = "H26.07,Sở Nội vụ,Sở,department,,H26,2025-07-01,,777001,,Quyết định thử"
OFFICE = "H26.07.01,Phòng Một cửa,Phòng,office,,H26.07,2025-07-01,,,,Quyết định thử"
COMMUNE_CODE = "000.01.01.H26,,,,,,2025-07-01,,,gso:00004,Quyết định thử"


def file(*rows: str) -> str:
    return "\n".join((HEADER, *rows)) + "\n"


async def imported(connection: asyncpg.Connection, *rows: str, realm: str = "production") -> UnitCatalogue:
    report = await import_units(connection, file(*rows), realm=realm)
    assert report.findings == ()
    return await load_units(connection)


async def refused(connection: asyncpg.Connection, *rows: str, realm: str = "production") -> list[str]:
    before = await connection.fetch("SELECT * FROM unit_code ORDER BY 1, 2, 3"), await units_revision(connection)
    report = await import_units(connection, file(*rows), realm=realm)
    assert (
        await connection.fetch("SELECT * FROM unit_code ORDER BY 1, 2, 3"),
        await units_revision(connection),
    ) == before
    assert report.findings
    assert all(finding.message and finding.hint for finding in report.findings)
    return [f"{finding.field}: {finding.code}" for finding in report.findings]


async def test_departments_offices_and_codes_of_known_communes_are_added(connection: asyncpg.Connection) -> None:
    report = await import_units(connection, file(OFFICE, DEPARTMENT, COMMUNE_CODE))
    assert (report.rows, report.added, report.changed, report.findings) == (3, 2, 1, ())
    units = await load_units(connection)
    department = units.resolve("h_code", "H26.07", DAY, "production").unit_id
    office = units.resolve("h_code", "H26.07.01", DAY, "production").unit_id
    assert department is not None
    assert office is not None
    assert min(department, office) == 1_000_000
    assert units.ancestors(office, DAY) == (department, 101, 0)
    assert units.members(101, "department", DAY) == (department,)
    assert units.codes(department, DAY) == {"h_code": "H26.07", "dvcqg_id": "777001"}
    assert units.resolve("h_code", "H26.01.01", DAY, "production").unit_id == 200_004
    assert {unit.unit_id for unit in units.changed_since(units.revision - 1)} == {department, office, 200_004}


async def test_a_second_import_changes_nothing_and_takes_no_revision(connection: asyncpg.Connection) -> None:
    text = file(DEPARTMENT, OFFICE, COMMUNE_CODE)
    first = await import_units(connection, text)
    again = await import_units(connection, text)
    assert first.revision == await units_revision(connection)
    assert (again.added, again.changed, again.unchanged, again.revision) == (0, 0, 3, None)
    assert again.sentence == "nothing changed."


async def test_a_dry_run_counts_and_stores_nothing(connection: asyncpg.Connection) -> None:
    before = await units_revision(connection)
    report = await import_units(connection, file(DEPARTMENT), dry_run=True)
    assert (report.added, report.revision) == (1, None)
    assert "Nothing was stored" in report.sentence
    assert await units_revision(connection) == before
    assert (await load_units(connection)).resolve("h_code", "H26.07", DAY, "production").status == "unknown"


async def test_several_rows_of_one_code_are_the_states_of_one_unit(connection: asyncpg.Connection) -> None:
    units = await imported(
        connection,
        "H26.07,Sở Ngoại vụ,Sở,department,,H26,2026-01-01,,,,Quyết định thử",
        "H26.07,Sở Nội vụ,Sở,department,,H26,2025-07-01,2026-01-01,,,Quyết định thử",
    )
    assert units.name(1_000_000, DAY) == "Sở Nội vụ"
    assert units.name(1_000_000, LATER) == "Sở Ngoại vụ"
    assert 1_000_001 not in units


async def test_a_later_file_renames_and_closes_a_unit_that_keeps_its_id(connection: asyncpg.Connection) -> None:
    await imported(connection, DEPARTMENT)
    units = await imported(
        connection, "H26.07,Sở Nội Vụ Mới,Sở,department,,H26,2025-07-01,2026-01-01,777001,,Quyết định thử"
    )
    assert units.name(1_000_000, DAY) == "Sở Nội Vụ Mới"
    assert units.members(101, "department", DAY) == (1_000_000,)
    assert units.members(101, "department", LATER) == ()
    assert units.resolve("h_code", "H26.07", LATER, "production").status == "unknown"
    assert 1_000_001 not in units


async def test_a_unit_of_realm_synthetic_is_imported_for_that_realm_only(connection: asyncpg.Connection) -> None:
    units = await imported(
        connection, "H99.50,Ban Thử (giả lập),Ban,department,,H99,2025-07-01,,,,invented", realm="synthetic"
    )
    assert units.resolve("h_code", "H99.50", DAY, "synthetic").status == "found"
    assert units.resolve("h_code", "H99.50", DAY, "production").status == "unknown"
    row = "H99.51,Ban Thử,Ban,department,,H99,2025-07-01,,,,x"
    assert await refused(connection, row) == ["line 2: parent_code: parent_unknown"]


async def test_one_wrong_row_among_good_ones_stores_none_and_is_named_with_its_line(
    connection: asyncpg.Connection,
) -> None:
    rows = (DEPARTMENT, OFFICE, "H26.08,Sở Y tế,Sở,department,,H26,1/7/2025,,,,x")
    assert await refused(connection, *rows) == ["line 4: valid_from: day_unreadable"]


async def test_a_unit_keeps_its_kind(connection: asyncpg.Connection) -> None:
    await imported(connection, DEPARTMENT)
    assert "line 2: kind: kind_changed" in await refused(
        connection, "H26.07,Sở Nội vụ,Phòng,office,,H26,2025-07-01,,,,x"
    )


async def test_a_parent_is_not_closed_under_its_children(connection: asyncpg.Connection) -> None:
    await imported(connection, DEPARTMENT, OFFICE)
    closed = DEPARTMENT.replace("2025-07-01,,", "2025-07-01,2026-01-01,")
    assert await refused(connection, closed) == ["line 2: valid_to: children_left"]
    units = await imported(connection, closed, OFFICE.replace("2025-07-01,,", "2025-07-01,2026-01-01,"))
    assert units.resolve("h_code", "H26.07.01", LATER, "production").status == "unknown"


async def test_a_spreadsheets_semicolons_and_byte_order_mark_are_understood(connection: asyncpg.Connection) -> None:
    text = "\ufeff" + file(DEPARTMENT).replace(",", ";").replace("\n", "\r\n")
    report: ImportReport = await import_units(connection, text)
    assert (report.added, report.findings) == (1, ())


async def test_an_unknown_realm_is_refused(connection: asyncpg.Connection) -> None:
    with pytest.raises(Invalid, match="not a realm"):
        await import_units(connection, file(DEPARTMENT), realm="test")

"""The shipped register in a real database: first load, second load, what changed, what is refused."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace

import asyncpg
import pytest

from parindex.db.catalogue import load_units, units_revision
from parindex.db.ownership import ROLES
from parindex.errors import Conflict, Unavailable
from parindex.register.import_units import import_units
from parindex.register.load import connect, load_everything
from parindex.register.revision import next_revision
from parindex.register.units import load_units_register
from parindex.units.catalogue import UnitCatalogue
from parindex.units.records import DatedName, UnitRecord
from parindex.units.shipped import ShippedRegister, read_shipped

pytestmark = pytest.mark.database

EMPTY = "TRUNCATE unit, unit_name, unit_code, unit_parent, unit_block, unit_lineage, register_load"


@pytest.fixture(scope="module")
def shipped() -> ShippedRegister:
    return read_shipped()


def edited(shipped: ShippedRegister, unit: UnitRecord) -> ShippedRegister:
    units = tuple(unit if one.unit_id == unit.unit_id else one for one in shipped.units)
    return replace(shipped, units=units, sha256="0" * 64)


async def test_the_stored_register_is_the_shipped_one(connection: asyncpg.Connection, shipped: ShippedRegister) -> None:
    stored = await load_units(connection)
    assert [replace(unit, revision=0) for unit in stored.units] == list(shipped.units)
    assert set(stored.lineage.links) == set(shipped.lineage)
    assert stored.revision == await units_revision(connection)


async def test_a_first_load_says_what_it_added_and_a_second_changes_nothing(connection: asyncpg.Connection) -> None:
    await connection.execute(EMPTY)
    first = await load_units_register(connection)
    assert first[0].startswith(
        "units: 14,100 units added (13,280 commune, 27 department, 704 district, 1 nation, 88 province)"
    )
    assert first[1] == "units: 10,536 lineage links added"
    assert await load_units_register(connection) == ["units: nothing changed"]
    loads = await connection.fetch("SELECT revision, register FROM register_load")
    assert [tuple(load) for load in loads] == [(1, "units")]


async def test_loading_everything_again_changes_nothing_and_takes_no_revision(
    connection: asyncpg.Connection, database_url: str
) -> None:
    before = await units_revision(connection)
    sentences = await load_everything(database_url)
    assert "units: nothing changed" in sentences
    assert await units_revision(connection) == before


async def test_two_loads_at_once_add_the_register_once(connection: asyncpg.Connection, database_url: str) -> None:
    await connection.execute(EMPTY)
    done = await asyncio.gather(load_everything(database_url), load_everything(database_url))
    assert sorted("units: nothing changed" in sentences for sentences in done) == [False, True]
    assert await connection.fetchval("SELECT count(*) FROM register_load WHERE register = 'units'") == 1


async def test_a_changed_unit_is_stored_under_a_new_revision_and_the_others_stay(
    connection: asyncpg.Connection, shipped: ShippedRegister
) -> None:
    hue = next(unit for unit in shipped.units if unit.unit_id == 146)
    name = DatedName(dt.date(2031, 1, 1), None, "Thành phố Phú Xuân", "Thành phố trực thuộc trung ương", "a test")
    names = (*hue.names[:-1], replace(hue.names[-1], end=name.start), name)
    before = await units_revision(connection)
    said = await load_units_register(connection, edited(shipped, replace(hue, names=names)))
    assert said == ["units: 1 units changed (1 province): 146 Thành phố Phú Xuân"]
    stored = await load_units(connection)
    assert stored.revision == before + 1
    assert [unit.unit_id for unit in stored.changed_since(before)] == [146]
    assert stored.name(146, dt.date(2031, 1, 1)) == "Thành phố Phú Xuân"
    assert (
        await connection.fetchval("SELECT search_name FROM unit_name WHERE name = $1", name.name)
        == "thanh pho phu xuan"
    )


async def test_a_new_link_moves_the_revision_of_both_its_units(
    connection: asyncpg.Connection, shipped: ShippedRegister
) -> None:
    before = await units_revision(connection)
    gone = shipped.lineage[0]
    said = await load_units_register(connection, replace(shipped, lineage=shipped.lineage[1:], sha256="0" * 64))
    assert said == ["units: 1 lineage links removed"]
    changed = {unit.unit_id for unit in (await load_units(connection)).changed_since(before)}
    assert changed == {gone.predecessor_id, gone.successor_id}


async def test_reading_what_newer_loads_changed_gives_the_whole_register(
    connection: asyncpg.Connection, shipped: ShippedRegister
) -> None:
    def content(catalogue: UnitCatalogue) -> tuple[object, ...]:
        return catalogue.revision, catalogue.units, set(catalogue.lineage.links)

    known = await load_units(connection)
    changed = edited(shipped, replace(next(one for one in shipped.units if one.unit_id == 146), source="another"))
    await load_units_register(connection, replace(changed, lineage=shipped.lineage[1:]))
    await import_units(
        connection, "code,name,unit_type,kind,parent_code,valid_from,source\nH26.07,Sở Nội vụ,Sở,department,H26,2025-07-01,a test\n"
    )  # fmt: skip
    whole, renewed = await load_units(connection), await load_units(connection, known)
    assert content(renewed) == content(whole) != content(known)
    assert len(whole.changed_since(known.revision)) == 4, "the unit, both ends of the link, the new department"
    assert renewed.resolve("h_code", "H26.07", dt.date(2026, 10, 1), "production").status == "found"
    assert content(await load_units(connection, renewed)) == content(whole), "nothing newer"

    async with connection.transaction():
        await next_revision(connection, "instruments", "0" * 64, {})
    moved = await load_units(connection, renewed)
    assert (moved.revision, moved.units) == (whole.revision + 1, whole.units), "a load of another register"
    assert renewed.revision == whole.revision
    assert content(await load_units(connection, moved.as_of(10**6))) == content(moved), (
        "a snapshot of nowhere is not used"
    )


async def test_a_shipped_unit_that_vanished_is_refused_and_nothing_is_stored(
    connection: asyncpg.Connection, shipped: ShippedRegister
) -> None:
    before = await units_revision(connection)
    with pytest.raises(Conflict, match="no longer names 1 units"):
        await load_units_register(connection, replace(shipped, units=shipped.units[:-1]))
    assert await units_revision(connection) == before


async def test_loading_the_register_leaves_imported_units_and_codes_alone(
    connection: asyncpg.Connection, shipped: ShippedRegister
) -> None:
    report = await import_units(
        connection,
        "code,name,unit_type,kind,parent_code,valid_from,source,existing_code\n"
        "H26.07,Sở Nội vụ,Sở,department,H26,2025-07-01,a test,\n"
        "H26.101,,,,,2025-07-01,a test,gso:00004\n",
    )
    assert report.findings == ()
    before = await load_units(connection)
    assert await load_units_register(connection) == ["units: nothing changed"]
    ba_dinh = next(unit for unit in shipped.units if unit.unit_id == 200_004)
    await load_units_register(connection, edited(shipped, replace(ba_dinh, source="another")))
    after = await load_units(connection)
    assert after.codes(200_004, dt.date(2025, 8, 1)) == {"gso": "00004", "h_code": "H26.101"}
    assert after.unit(1_000_000) == before.unit(1_000_000)


async def test_an_imported_code_that_the_register_gives_to_another_unit_is_a_clear_conflict(
    connection: asyncpg.Connection, shipped: ShippedRegister
) -> None:
    row = "H26.101,,,,,2025-07-01,a test,gso:00004"
    header = "code,name,unit_type,kind,parent_code,valid_from,source,existing_code"
    assert (await import_units(connection, f"{header}\n{row}\n")).changed == 1
    other = next(unit for unit in shipped.units if unit.unit_id == 200_008)
    code = replace(
        next(code for unit in shipped.units for code in unit.codes if code.code == "H01.101"), code="H26.101"
    )
    with pytest.raises(Conflict, match=r"gives h_code H26\.101 to unit 200008, an import gave it to 200004"):
        await load_units_register(connection, edited(shipped, replace(other, codes=(*other.codes, code))))


async def test_only_the_ranking_worker_writes_the_register(connection: asyncpg.Connection) -> None:
    tables = (
        "unit",
        "unit_name",
        "unit_code",
        "unit_parent",
        "unit_block",
        "unit_lineage",
        "procedure",
        "register_load",
    )
    for service in ("survey-ingest", "scoring-api"):
        for table in tables:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL ROLE {ROLES[service]}")
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with connection.transaction():
                        await connection.execute(f"INSERT INTO {table} SELECT * FROM {table} LIMIT 1")


async def test_a_snapshot_is_read_under_the_role_of_every_service(connection: asyncpg.Connection) -> None:
    for role in ROLES.values():
        async with connection.transaction():
            await connection.execute(f"SET LOCAL ROLE {role}")
            assert len((await load_units(connection)).units) == 14_100


async def test_an_unreachable_database_is_one_clear_sentence_without_the_password() -> None:
    with pytest.raises(Unavailable) as refused:
        await connect("postgresql://owner:secret@127.0.0.1:1/nothing")
    assert "cannot be reached" in refused.value.message
    assert "secret" not in refused.value.message

"""The portal's agencies in the register: codes for units it knows, new departments, moved codes, successors by a person."""

from __future__ import annotations

import datetime as dt

import asyncpg
import pytest

from parindex.db.catalogue import load_units, units_revision
from parindex.errors import Invalid
from parindex.register.portal_agencies import PortalAgency, enter_agencies, follow_successor, move_code, plain_name

pytestmark = pytest.mark.database

SINCE, TODAY = dt.date(2025, 7, 1), dt.date(2026, 10, 1)
XUAN_LUNG, XUAN_LUNG_ID = 208_500, "019d2be3-6ab4-74ce-8a81-2b36942f2553"
SOURCE = "Danh mục cơ quan của Cổng DVCQG"


async def entered(
    connection: asyncpg.Connection, *agencies: PortalAgency, new_communes: bool = False
) -> tuple[dict[str, str], int | None]:
    outcomes, revision = await enter_agencies(
        connection, agencies, realm="production", since=SINCE, today=TODAY, source=SOURCE, new_communes=new_communes
    )
    return {code: outcome.applied for code, outcome in outcomes.items()}, revision


def test_the_portal_adds_words_to_names():
    assert plain_name("UBND xã Bình Phú - Tỉnh Phú Thọ") == "xã Bình Phú"
    assert plain_name("Sở Công Thương - Tỉnh Phú Thọ") == "Sở Công Thương"
    assert plain_name("Ủy ban nhân dân Phường Việt Trì") == "Phường Việt Trì"


async def test_a_commune_gets_its_code_by_name_and_a_department_is_new(connection: asyncpg.Connection) -> None:
    agencies = (
        PortalAgency("H44.105", "UBND xã Xuân Lũng", XUAN_LUNG_ID),
        PortalAgency("H44.07", "Sở Công Thương - Tỉnh Phú Thọ", "019d2be3-6a88-732b-8b17-c2db58b51fef"),
        PortalAgency("H44", "UBND tỉnh Phú Thọ", "019d2be3-6a88-732b-8b17-b68020c8553a"),
        PortalAgency("H44.199", "UBND xã Không Có Trong Sổ", "x"),
        PortalAgency("KHÔNG MÃ", "Sở Lạ", "y"),
    )
    outcomes, revision = await entered(connection, *agencies)
    assert outcomes == {
        "H44.105": "register",
        "H44.07": "register",
        "H44": "register",
        "H44.199": "person",
        "KHÔNG MÃ": "person",
    }
    assert revision is not None
    units = await load_units(connection)
    assert units.codes(XUAN_LUNG, TODAY)["h_code"] == "H44.105"
    assert units.resolve("dvcqg_id", XUAN_LUNG_ID, SINCE, "production").unit_id == XUAN_LUNG
    department = units.resolve("h_code", "H44.07", TODAY, "production").unit_id
    assert department is not None
    assert (units.name(department, TODAY), units.unit(department).kind) == ("Sở Công Thương", "department")
    assert units.ancestors(department, TODAY)[0] == units.resolve("h_code", "H44", TODAY, "production").unit_id

    again, none = await entered(connection, *agencies)
    assert none is None, "the second time nothing changes"
    assert again["H44.105"] == again["H44.07"] == again["H44"] == "none"


async def test_a_new_commune_is_added_only_when_it_was_opened_while_we_watched(connection: asyncpg.Connection) -> None:
    opened = PortalAgency("H44.199", "UBND xã Tân Lập Mới", "z")
    assert (await entered(connection, opened))[0] == {"H44.199": "person"}
    assert (await entered(connection, opened, new_communes=True))[0] == {"H44.199": "register"}
    units = await load_units(connection)
    unit_id = units.resolve("h_code", "H44.199", TODAY, "production").unit_id
    assert unit_id is not None
    assert units.name(unit_id, TODAY) == "Xã Tân Lập Mới"


async def test_an_entry_that_contradicts_the_register_keeps_no_other_from_it(connection: asyncpg.Connection) -> None:
    await entered(connection, PortalAgency("H44.105", "UBND xã Xuân Lũng", XUAN_LUNG_ID))
    other_code = PortalAgency("H44.106", "UBND xã Xuân Lũng", "other")
    same_id = PortalAgency("H44.07", "Sở Công Thương", XUAN_LUNG_ID)
    fine = PortalAgency("H44.08", "Sở Giáo dục và Đào tạo", "fine")
    outcomes, revision = await entered(connection, other_code, same_id, fine)
    assert outcomes == {"H44.106": "person", "H44.07": "person", "H44.08": "register"}
    assert revision is not None


async def test_a_unit_goes_on_under_the_code_that_replaced_its_own(connection: asyncpg.Connection) -> None:
    await entered(connection, PortalAgency("H44.105", "UBND xã Xuân Lũng", XUAN_LUNG_ID))
    moved = PortalAgency("H44.180", "UBND xã Xuân Lũng", XUAN_LUNG_ID)
    outcome, revision = await move_code(connection, "H44.105", moved, realm="production", day=TODAY, source=SOURCE)
    assert outcome.applied == "register"
    assert revision == await units_revision(connection)
    units = await load_units(connection)
    before = TODAY - dt.timedelta(days=1)
    assert units.resolve("h_code", "H44.105", before, "production").unit_id == XUAN_LUNG
    assert units.resolve("h_code", "H44.180", TODAY, "production").unit_id == XUAN_LUNG
    after = units.resolve("h_code", "H44.105", TODAY, "production")
    assert (after.status, after.unit_id) == ("followed", XUAN_LUNG), "the closed code follows the unit"
    again, none = await move_code(connection, "H44.105", moved, realm="production", day=TODAY, source=SOURCE)
    assert (again.applied, none) == ("none", None)


async def test_a_closed_department_follows_the_successor_that_a_person_named(connection: asyncpg.Connection) -> None:
    trade, home = PortalAgency("H44.07", "Sở Công Thương", "a"), PortalAgency("H44.09", "Sở Nội vụ", "b")
    await entered(connection, trade, home)
    basis = {"legal_basis": "Nghị quyết số 12/NQ-HĐND", "source": SOURCE}
    with pytest.raises(Invalid, match="do not mean two units"):
        await follow_successor(connection, "H44.07", "H44.07", realm="production", day=TODAY, **basis)
    with pytest.raises(Invalid, match="shipped register"):
        await follow_successor(connection, "H44", "H44.09", realm="production", day=TODAY, **basis)
    await follow_successor(connection, "H44.07", "H44.09", realm="production", day=TODAY, **basis)
    units = await load_units(connection)
    successor = units.resolve("h_code", "H44.09", TODAY, "production").unit_id
    assert units.resolve("h_code", "H44.07", TODAY, "production").unit_id == successor
    assert units.resolve("h_code", "H44.07", TODAY - dt.timedelta(days=1), "production").unit_id != successor

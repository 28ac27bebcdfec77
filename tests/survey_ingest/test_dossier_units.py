"""Which unit a dossier belongs to: each way of recognising it, in its order, and never outside the scope."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter
from typing import Any

import pytest

from parindex.units.catalogue import UnitCatalogue
from parindex.units.shipped import read_shipped
from survey_ingest.dossiers.codes import Codes
from survey_ingest.dossiers.read_record import Record, read_record
from survey_ingest.dossiers.unit_of import Place, UnitFinder

TODAY = dt.date(2026, 11, 20)
NOW = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
AN_GIANG, OLD_AN_GIANG, KIEN_GIANG = 291, 189, 191
"""H01 since 1/7/2025, H01 before, and H33, which went into it."""
HOME_AFFAIRS, FINANCE = 3001, 3002
"""H01.01 and H01.02."""


@pytest.fixture(scope="module")
def units() -> UnitCatalogue:
    register = read_shipped()
    return UnitCatalogue(1, register.units, register.lineage)


@pytest.fixture(scope="module")
def finder(units: UnitCatalogue) -> UnitFinder:
    return UnitFinder(units)


def place(finder: UnitFinder, *, roots: tuple[int, ...] = (AN_GIANG,), envelope: str = "", **fields: Any) -> Place:
    raw = {"MaHoSo": "NB-1", "NgayTiepNhan": "20261101081530", **fields}
    record = read_record(raw, Codes.of({}), NOW)
    assert isinstance(record, Record)
    return finder.place(record, envelope, frozenset(roots), "production", TODAY)


def how(found: Place) -> tuple[int, str]:
    assert not found.refused, found
    return found.unit_id, found.unit_from


def codes(found: Place) -> list[str]:
    return [one.code for one in found.findings]


def test_the_records_own_agency_code_goes_before_everything(finder: UnitFinder):
    found = place(finder, envelope="H01", MaDonVi="H01.01", MaHoSo="H01.02-261101-0001", DonViXuLy="Sở Y tế")
    assert how(found) == (HOME_AFFAIRS, "agency_code")
    assert how(place(finder, MaDonVi="000.00.02.H01")) == (FINANCE, "agency_code")


def test_an_envelope_of_the_whole_province_leaves_it_to_the_dossiers_code_or_the_name(finder: UnitFinder):
    assert how(place(finder, envelope="H01", MaHoSo="H01.02-261101-0001")) == (FINANCE, "dossier_code")
    assert how(place(finder, envelope="H01", DonViXuLy="Sở Nội vụ")) == (HOME_AFFAIRS, "agency_name")
    assert how(place(finder, envelope="H01")) == (AN_GIANG, "envelope")


def test_an_envelope_of_one_agency_goes_before_another_agencys_number(finder: UnitFinder):
    assert how(place(finder, envelope="H01.01", MaHoSo="H01.02-261101-0001")) == (HOME_AFFAIRS, "envelope")


@pytest.mark.parametrize("code", ["H01.02-261101-0001", "000.00.02.H01-20261101-0001234"])
def test_the_number_of_a_dossier_names_its_agency_in_both_forms(finder: UnitFinder, code: str):
    assert how(place(finder, MaHoSo=code, DonViXuLy="Sở Nội vụ")) == (FINANCE, "dossier_code")


@pytest.mark.parametrize("name", ["Sở Nội vụ", "SỞ NỘI VỤ", "Sở  nội vụ ", unicodedata.normalize("NFD", "Sở Nội vụ")])
def test_a_name_is_recognised_within_the_scope_in_any_spelling(finder: UnitFinder, name: str):
    assert how(place(finder, DonViXuLy=name)) == (HOME_AFFAIRS, "agency_name")


def test_a_peoples_committee_is_known_by_its_commune(finder: UnitFinder, units: UnitCatalogue):
    for name in ("UBND xã Mỹ Hòa Hưng", "Ủy ban nhân dân Xã Mỹ Hoà Hưng", "Xã Mỹ Hòa Hưng"):
        unit_id, unit_from = how(place(finder, DonViXuLy=name))
        assert (units.name(unit_id, TODAY), unit_from) == ("Xã Mỹ Hòa Hưng", "agency_name")


def test_a_name_that_two_units_or_none_bear_names_nobody(finder: UnitFinder, units: UnitCatalogue):
    bearers = Counter(units.name(one.unit_id, TODAY) for one in units.units if one.kind == "commune" and one.on(TODAY))
    twice = next(name for name, number in bearers.items() if number > 1)
    assert place(finder, roots=(0,), DonViXuLy=twice).unit_from == "scope"
    found = place(finder, DonViXuLy="Đội cờ")
    assert how(found) == (AN_GIANG, "scope")
    assert codes(found) == ["agency_name_unknown", "unit_from_scope"]


def test_a_code_means_what_it_meant_on_the_day_of_acceptance(finder: UnitFinder):
    assert how(place(finder, MaDonVi="H01", NgayTiepNhan="20250601081530")) == (OLD_AN_GIANG, "agency_code")
    assert how(place(finder, MaDonVi="H33", NgayTiepNhan="20250601081530")) == (KIEN_GIANG, "agency_code")


def test_a_closed_code_follows_its_successor_and_a_new_one_is_taken_for_older_dossiers(finder: UnitFinder):
    found = place(finder, MaDonVi="H33")
    assert how(found) == (AN_GIANG, "agency_code")
    assert codes(found) == ["unit_code_closed"]
    assert place(finder, MaDonVi="H01.01", NgayTiepNhan="20250601081530").unit_from == "agency_code"


def test_a_code_outside_the_scope_refuses_the_record(finder: UnitFinder):
    for fields in (
        {"MaDonVi": "H26"},
        {"MaDonVi": "H26.77"},
        {"envelope": "H26.01"},
        {"MaHoSo": "H26.07-261101-0001"},
        {"MaHoSo": "H26-261101-0001", "DonViXuLy": "Sở ở nơi khác"},
    ):
        found = place(finder, **fields)
        assert found.refused == "unit_out_of_scope", fields


def test_a_foreign_number_handled_by_an_agency_of_ours_is_that_agencys(finder: UnitFinder):
    assert how(place(finder, MaHoSo="H26.07-261101-0001", DonViXuLy="Sở Nội vụ")) == (HOME_AFFAIRS, "agency_name")


def test_an_unknown_code_within_the_province_is_said_and_something_else_is_tried(finder: UnitFinder):
    found = place(finder, MaDonVi="H01.999", DonViXuLy="Sở Nội vụ")
    assert how(found) == (HOME_AFFAIRS, "agency_name")
    assert codes(found) == ["unit_unknown"]
    assert codes(place(finder, MaDonVi="không phải mã"))[0] == "unit_unknown"


def test_several_roots_without_any_hint_cannot_be_told_apart(finder: UnitFinder):
    found = place(finder, roots=(HOME_AFFAIRS, FINANCE))
    assert (found.refused, found.field) == ("unit_missing", "MaDonVi")
    assert how(place(finder, roots=(HOME_AFFAIRS,))) == (HOME_AFFAIRS, "scope")


def test_a_steps_dossier_is_within_outside_or_untold(finder: UnitFinder):
    def within(code: str) -> str:
        return finder.of_code(code, frozenset({AN_GIANG}), "production", TODAY)

    assert [within(code) for code in ("H01.01-261101-0001", "H26-261101-0001", "NB-1", "H01.999-261101-0001")] == [
        "in",
        "out",
        "",
        "",
    ]

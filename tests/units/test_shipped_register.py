"""The shipped register against what is published about it, and its strict reader."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections import Counter
from pathlib import Path

import pytest

from parindex.errors import Invalid
from parindex.units.catalogue import UnitCatalogue
from parindex.units.records import Dated, UnitRecord
from parindex.units.shipped import DATA, ShippedRegister, read_shipped

BEFORE, SINCE = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
FROZEN_IDS = "6513a4c0c58e595be8f7e2b295c41e583d62a13a4aba1d10e07c44fc65760146"


def real(shipped: ShippedRegister, kind: str, day: dt.date) -> list[UnitRecord]:
    return [unit for unit in shipped.units if unit.kind == kind and unit.realm == "production" and unit.on(day)]


def test_63_provinces_until_the_merger_and_34_since(shipped: ShippedRegister) -> None:
    assert len(real(shipped, "province", BEFORE)) == 63
    assert len(real(shipped, "province", SINCE)) == 34
    kept = {unit.unit_id for unit in real(shipped, "province", BEFORE)} & {
        unit.unit_id for unit in real(shipped, "province", SINCE)
    }
    assert len(kept) == 11


def test_704_districts_until_they_were_abolished(shipped: ShippedRegister) -> None:
    assert len(real(shipped, "district", BEFORE)) == 704
    assert real(shipped, "district", SINCE) == []


def test_10047_communes_became_3321_of_three_types(shipped: ShippedRegister) -> None:
    assert len(real(shipped, "commune", BEFORE)) == 10_047
    communes = real(shipped, "commune", SINCE)
    assert len(communes) == 3_321
    types = Counter(unit.names[-1].unit_type for unit in communes)
    assert types == {"Xã": 2_621, "Phường": 687, "Đặc khu": 13}


def test_120_communes_went_on_as_they_were(shipped: ShippedRegister) -> None:
    before = {unit.unit_id for unit in real(shipped, "commune", BEFORE)}
    assert len(before & {unit.unit_id for unit in real(shipped, "commune", SINCE)}) == 120


def test_every_link_of_the_lists_is_there_or_carried_over(shipped: ShippedRegister) -> None:
    communes = {unit.unit_id for unit in shipped.units if unit.kind == "commune"}
    provinces = {unit.unit_id for unit in shipped.units if unit.kind == "province"}
    links = [link for link in shipped.lineage if link.successor_id in communes]
    assert len(links) + 120 == 10_604
    assert Counter(link.extent for link in links) == {"full": 9_592 - 120, "partial": 1_012}
    merged = [link for link in shipped.lineage if link.predecessor_id in provinces]
    assert len(merged) == 52
    assert {link.extent for link in merged} == {"full"}
    assert len({link.successor_id for link in merged}) == 23


def test_460_old_communes_have_several_successors(shipped: ShippedRegister) -> None:
    successors = Counter(link.predecessor_id for link in shipped.lineage)
    assert sum(count > 1 for count in successors.values()) == 460


def test_3316_new_commune_codes_were_in_use_before(shipped: ShippedRegister) -> None:
    def codes(day: dt.date) -> set[str]:
        return {
            code.code
            for unit in real(shipped, "commune", day)
            for code in unit.codes
            if code.scheme == "gso" and code.on(day)
        }

    assert len(codes(BEFORE) & codes(SINCE)) == 3_316


def test_five_island_districts_without_communes_went_wholly_into_special_zones(
    shipped: ShippedRegister, catalogue: UnitCatalogue
) -> None:
    links = [link for link in shipped.lineage if catalogue.unit(link.predecessor_id).kind == "district"]
    codes = {catalogue.codes(link.predecessor_id, BEFORE)["gso"] for link in links}
    assert codes == {"318", "471", "498", "536", "755"}
    assert {catalogue.named(link.successor_id, SINCE).unit_type for link in links} == {"Đặc khu"}


def test_29_h_codes_are_marked_as_known_from_memory_and_all_closed_with_the_merger(shipped: ShippedRegister) -> None:
    codes = [
        code for unit in shipped.units for code in unit.codes if code.scheme == "h_code" and code.evidence == "memory"
    ]
    assert len(codes) == 29
    assert {code.end for code in codes} == {SINCE}
    assert all("from memory" in code.source for code in codes)


def test_an_giang_has_15_departments_and_102_communes_with_h_code_and_portal_id(catalogue: UnitCatalogue) -> None:
    an_giang = catalogue.resolve("h_code", "H01", SINCE, "production").unit_id
    assert an_giang is not None
    for block, count in (("department", 15), ("commune", 102)):
        members = catalogue.members(an_giang, block, SINCE)
        assert len(members) == count
        assert all({"h_code", "dvcqg_id"} <= catalogue.codes(unit_id, SINCE).keys() for unit_id in members)


def test_invented_units_exist_in_realm_synthetic_only_and_say_so(catalogue: UnitCatalogue) -> None:
    invented = [unit for unit in catalogue.units if unit.realm == "synthetic"]
    assert Counter(unit.kind for unit in invented) == {"province": 2, "department": 12, "commune": 32}
    assert all("giả lập" in name.name for unit in invented for name in unit.names)
    assert {unit.provenance for unit in invented} == {"invented"}
    codes = {catalogue.codes(unit.unit_id, SINCE)["h_code"] for unit in invented}
    assert {"H98", "H99", "H99.01", "H99.08", "H99.101", "H99.124", "H98.04", "H98.108"} <= codes


def test_no_two_names_parents_or_meanings_of_a_code_share_a_day(shipped: ShippedRegister) -> None:
    by_code: dict[tuple[str, str], list[Dated]] = {}
    for unit in shipped.units:
        assert_apart(list(unit.names))
        assert_apart(list(unit.parents))
        for code in unit.codes:
            by_code.setdefault((code.scheme, code.code), []).append(code)
    for codes in by_code.values():
        assert_apart(codes)


def assert_apart(states: list[Dated]) -> None:
    for position, state in enumerate(states):
        assert not any(state.overlaps(other) for other in states[position + 1 :]), state


def test_names_cover_every_day_of_a_unit_and_parents_stay_within_both(
    shipped: ShippedRegister, catalogue: UnitCatalogue
) -> None:
    for unit in shipped.units:
        assert unit.names[0].start == unit.start
        assert unit.names[-1].end == unit.end
        for parent in unit.parents:
            assert unit.covers(parent)
            assert catalogue.unit(parent.parent_id).covers(parent)


def test_every_unit_of_today_stands_under_the_nation(shipped: ShippedRegister, catalogue: UnitCatalogue) -> None:
    for unit in shipped.units:
        if unit.on(SINCE) and unit.unit_id:
            assert catalogue.ancestors(unit.unit_id, SINCE)[-1] == 0


def test_ids_once_shipped_are_frozen(shipped: ShippedRegister) -> None:
    """What an id was given for never changes. Units that are added change the digest: add them and nothing else."""
    lines = [
        f"{unit.unit_id}|{unit.kind}|{unit.realm}|{unit.names[0].name}|"
        + min((code.code for code in unit.codes if code.scheme != "dvcqg_id"), default="")
        for unit in shipped.units
    ]
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == FROZEN_IDS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "before", "after", "expected"),
    [
        (
            "units",
            "101,province,",
            "101,provincia,",
            "units.csv, line 3, kind: 'provincia' was found, one of nation, province",
        ),
        (
            "units",
            "valid_to,block",
            "valid_until,block",
            "units.csv, line 1: columns unit_id,kind,realm,valid_from,valid_to",
        ),
        ("names", "2025-01-01", "1.1.2025", "a date yyyy-mm-dd was expected"),
        ("codes", "h_code,H98,", "hcode,H98,", "scheme: 'hcode' was found, one of gso, h_code, dvcqg_id"),
        ("parents", ",101,", ",999999,", "units.csv lacks the units [999999]"),
        ("lineage", "full,2025-07-01,", "whole,2025-07-01,", "one of full, partial was expected"),
        ("sources", "hue-2025,", "hue,", "source: 'hue-2025' was found, a key of sources.csv was expected"),
        ("names", "Thành phố Huế,", "Thành phố Hu\u0065\u0302\u0301,", "text in NFC"),
    ],
)
def test_a_faulty_file_is_refused_with_file_line_and_what_was_expected(
    tmp_path: Path, file: str, before: str, after: str, expected: str
) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    path = folder / f"{file}.csv"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(Invalid) as refused:
        read_shipped(folder)
    assert expected in refused.value.message

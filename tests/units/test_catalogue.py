"""The catalogue on the shipped register: what codes meant on a day, who stood under whom, who is ranked with whom."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.errors import NotFound
from parindex.units.catalogue import Resolution, UnitCatalogue

BEFORE, SINCE, AUGUST = dt.date(2025, 6, 30), dt.date(2025, 7, 1), dt.date(2025, 8, 15)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))


def unit(catalogue: UnitCatalogue, code: str, day: dt.date, scheme: str = "gso") -> int:
    found = catalogue.resolve(scheme, code, day, "production")
    assert found.status == "found"
    assert found.unit_id is not None
    return found.unit_id


def test_gso_15_was_yen_bai_and_is_lao_cai(catalogue: UnitCatalogue) -> None:
    assert catalogue.name(unit(catalogue, "15", BEFORE), BEFORE) == "Tỉnh Yên Bái"
    assert catalogue.name(unit(catalogue, "15", SINCE), SINCE) == "Tỉnh Lào Cai"


def test_a_province_whose_name_went_on_is_another_unit_after_its_merger(catalogue: UnitCatalogue) -> None:
    before, since = unit(catalogue, "H01", BEFORE, "h_code"), unit(catalogue, "H01", SINCE, "h_code")
    assert before != since
    assert catalogue.name(before, BEFORE) == catalogue.name(since, SINCE) == "Tỉnh An Giang"
    assert unit(catalogue, "89", BEFORE) == before
    assert unit(catalogue, "91", SINCE) == since


def test_a_closed_code_follows_its_full_successor(catalogue: UnitCatalogue) -> None:
    assert catalogue.name(unit(catalogue, "H09", BEFORE, "h_code"), BEFORE) == "Tỉnh Bình Dương"
    followed = catalogue.resolve("h_code", "H09", AUGUST, "production")
    assert followed == Resolution("followed", unit(catalogue, "H29", AUGUST, "h_code"))
    assert followed.unit_id is not None
    assert catalogue.name(followed.unit_id, AUGUST) == "Thành phố Hồ Chí Minh"


def test_a_closed_commune_in_several_successors_is_ambiguous_and_names_them(catalogue: UnitCatalogue) -> None:
    assert catalogue.name(unit(catalogue, "00628", BEFORE), BEFORE) == "Phường Tây Mỗ"
    meaning = catalogue.resolve("gso", "00628", AUGUST, "production")
    assert meaning.status == "ambiguous"
    assert meaning.unit_id is None
    assert [catalogue.name(candidate, AUGUST) for candidate in meaning.candidates] == [
        "Phường Xuân Phương",
        "Phường Tây Mỗ",
    ]


def test_dai_mo_went_into_five_communes(catalogue: UnitCatalogue) -> None:
    dai_mo = unit(catalogue, "00634", BEFORE)
    assert catalogue.name(dai_mo, BEFORE) == "Phường Đại Mỗ"
    assert len(catalogue.lineage.successors(dai_mo)) == 5
    assert catalogue.full_successor(dai_mo, AUGUST) is None


def test_every_closed_code_of_the_460_divided_communes_is_ambiguous_unless_it_was_given_on(
    catalogue: UnitCatalogue,
) -> None:
    divided = [each for each in catalogue.units if len(catalogue.lineage.successors(each.unit_id)) > 1]
    assert len(divided) == 460
    reused = 0
    for each in divided:
        code = catalogue.codes(each.unit_id, BEFORE)["gso"]
        meaning = catalogue.resolve("gso", code, AUGUST, "production")
        if meaning.status == "found":
            reused += 1
            assert meaning.unit_id != each.unit_id
        else:
            assert meaning.status == "ambiguous"
            assert set(meaning.candidates) == {link.successor_id for link in catalogue.lineage.successors(each.unit_id)}
    assert 0 < reused < 460


@pytest.mark.parametrize(
    ("code", "old_in", "new_name"), [("23710", "23869", "Xã Ia Băng"), ("23737", None, "Xã Ia Mơ")]
)
def test_a_code_that_was_given_to_wholly_other_territory_means_the_new_unit(
    catalogue: UnitCatalogue, code: str, old_in: str | None, new_name: str
) -> None:
    old, new = unit(catalogue, code, BEFORE), unit(catalogue, code, SINCE)
    assert old != new
    assert catalogue.name(new, SINCE) == new_name
    assert old not in catalogue.full_predecessors(new)
    assert old not in catalogue.partial_predecessors(new)
    successor = catalogue.full_successor(old, SINCE)
    assert successor not in (None, new)
    if old_in:
        assert successor == unit(catalogue, old_in, SINCE)


@pytest.mark.parametrize("code", ["318", "471", "498", "536", "755"])
def test_an_island_district_of_three_digits_is_followed_to_its_special_zone(
    catalogue: UnitCatalogue, code: str
) -> None:
    assert catalogue.unit(unit(catalogue, code, BEFORE)).kind == "district"
    followed = catalogue.resolve("gso", code, AUGUST, "production")
    assert followed.status == "followed"
    assert followed.unit_id is not None
    assert catalogue.named(followed.unit_id, AUGUST).unit_type == "Đặc khu"


def test_a_code_without_heir_or_not_yet_in_use_is_unknown(catalogue: UnitCatalogue) -> None:
    assert catalogue.resolve("gso", "001", AUGUST, "production").status == "unknown"  # Quận Ba Đình, abolished
    assert catalogue.resolve("h_code", "H01.01", BEFORE, "production").status == "unknown"
    assert catalogue.resolve("h_code", "H77", AUGUST, "production").status == "unknown"


def test_the_same_digits_in_two_schemes_are_two_codes(catalogue: UnitCatalogue) -> None:
    assert catalogue.resolve("dvcqg_id", "15", SINCE, "production").status == "unknown"
    assert (
        catalogue.resolve("h_code", "H01.11", SINCE, "production").unit_id
        != catalogue.resolve("h_code", "H01.110", SINCE, "production").unit_id
    )


def test_invented_units_are_known_in_their_realm_only_and_real_ones_in_every_realm(catalogue: UnitCatalogue) -> None:
    for realm, status in (("synthetic", "found"), ("production", "unknown"), ("sandbox", "unknown")):
        assert catalogue.resolve("h_code", "H99.01", SINCE, realm).status == status
        assert catalogue.resolve("h_code", "H01.01", SINCE, realm).status == "found"


def test_hue_became_a_city_half_a_year_before_the_merger_and_stayed_the_same_unit(catalogue: UnitCatalogue) -> None:
    hue = unit(catalogue, "46", dt.date(2024, 12, 31))
    assert catalogue.named(hue, dt.date(2024, 12, 31)).unit_type == "Tỉnh"
    assert catalogue.name(hue, dt.date(2024, 12, 31)) == "Tỉnh Thừa Thiên Huế"
    assert catalogue.named(hue, dt.date(2025, 1, 1)).unit_type == "Thành phố trực thuộc trung ương"
    assert catalogue.name(hue, dt.date(2025, 1, 1)) == "Thành phố Huế"
    assert unit(catalogue, "H57", AUGUST, "h_code") == hue


def test_dong_nai_is_a_city_from_30_april_2026(catalogue: UnitCatalogue) -> None:
    dong_nai = unit(catalogue, "H19", AUGUST, "h_code")
    assert catalogue.name(dong_nai, dt.date(2026, 4, 29)) == "Tỉnh Đồng Nai"
    assert catalogue.name(dong_nai, dt.date(2026, 4, 30)) == "Thành phố Đồng Nai"


def test_outside_its_days_a_unit_bears_the_nearest_name(catalogue: UnitCatalogue) -> None:
    yen_bai = unit(catalogue, "15", BEFORE)
    assert catalogue.name(yen_bai, AUGUST) == "Tỉnh Yên Bái"
    an_giang = unit(catalogue, "91", SINCE)
    assert catalogue.name(an_giang, dt.date(2000, 1, 1)) == "Tỉnh An Giang"


def test_ancestors_are_nearest_first_and_end_with_the_nation(catalogue: UnitCatalogue) -> None:
    lao_cai = unit(catalogue, "15", SINCE)
    assert catalogue.ancestors(lao_cai, SINCE) == (0,)
    assert catalogue.ancestors(unit(catalogue, "318", BEFORE), BEFORE) == (unit(catalogue, "31", BEFORE), 0)
    assert catalogue.ancestors(990_101, SINCE) == (990_000, 0)
    assert catalogue.ancestors(0, SINCE) == ()


def test_an_old_commune_of_an_unmerged_province_stood_under_it_for_certain(catalogue: UnitCatalogue) -> None:
    hanoi = unit(catalogue, "01", BEFORE)
    assert catalogue.ancestors_or_lineage(unit(catalogue, "00634", BEFORE), BEFORE) == ((hanoi, 0), False)


def test_an_old_commune_of_a_merged_province_is_placed_through_its_successors_and_marked(
    catalogue: UnitCatalogue,
) -> None:
    old = unit(catalogue, "23737", BEFORE)
    gia_lai = unit(catalogue, "52", SINCE)
    assert catalogue.ancestors(old, BEFORE) == ()
    assert catalogue.ancestors_or_lineage(old, BEFORE) == ((gia_lai, 0), True)


def test_every_unit_finds_the_nation_on_each_of_its_days(catalogue: UnitCatalogue) -> None:
    for day in (dt.date(2024, 1, 1), BEFORE, SINCE, AUGUST):
        for each in catalogue.units:
            if each.on(day) and each.unit_id:
                assert catalogue.ancestors_or_lineage(each.unit_id, day)[0][-1] == 0


def test_a_merged_provinces_token_reaches_its_predecessors_and_what_stood_under_them(catalogue: UnitCatalogue) -> None:
    lao_cai, yen_bai = unit(catalogue, "15", SINCE), unit(catalogue, "15", BEFORE)
    district = catalogue.children(yen_bai, BEFORE)[0]
    for roots in (frozenset({lao_cai}), frozenset({yen_bai})):
        assert catalogue.in_subtree(roots, lao_cai, SINCE)
        assert catalogue.in_subtree(roots, yen_bai, BEFORE)
        assert catalogue.in_subtree(roots, district, BEFORE)
        assert catalogue.in_subtree(roots, catalogue.members(lao_cai, "commune", SINCE)[0], SINCE)
        assert not catalogue.in_subtree(roots, unit(catalogue, "01", SINCE), SINCE)
        assert catalogue.level_one_codes(roots) == {"H38", "H63"}


def test_a_departments_token_reaches_the_department_only(catalogue: UnitCatalogue) -> None:
    home_affairs = unit(catalogue, "H01.01", SINCE, "h_code")
    roots = frozenset({home_affairs})
    assert catalogue.in_subtree(roots, home_affairs, SINCE)
    assert not catalogue.in_subtree(roots, unit(catalogue, "H01.11", SINCE, "h_code"), SINCE)
    assert not catalogue.in_subtree(roots, unit(catalogue, "H01", SINCE, "h_code"), SINCE)
    assert catalogue.level_one_codes(roots) == {"H01", "H33"}


def test_the_nations_token_reaches_every_unit(catalogue: UnitCatalogue) -> None:
    roots = frozenset({0})
    assert all(catalogue.in_subtree(roots, each.unit_id, AUGUST) for each in catalogue.units if each.on(AUGUST))
    assert {"H01", "H33", "H63", "H99"} <= catalogue.level_one_codes(roots)


def test_members_are_the_units_of_the_block_on_that_day(catalogue: UnitCatalogue) -> None:
    assert len(catalogue.members(0, "province", BEFORE)) == 63
    assert len(catalogue.members(0, "province", SINCE)) == 34
    assert len(catalogue.members(0, "commune", SINCE)) == 3_321
    hanoi = unit(catalogue, "01", BEFORE)
    assert len(catalogue.members(hanoi, "district", BEFORE)) == 30
    assert catalogue.members(hanoi, "district", SINCE) == ()
    assert catalogue.members(0, "province", SINCE) == tuple(sorted(catalogue.members(0, "province", SINCE)))


def test_the_national_table_of_realm_synthetic_is_of_invented_provinces(catalogue: UnitCatalogue) -> None:
    assert catalogue.members(0, "province", SINCE, "synthetic") == (980_000, 990_000)
    assert len(catalogue.members(990_000, "department", SINCE, "synthetic")) == 8
    assert len(catalogue.members(990_000, "commune", SINCE, "synthetic")) == 24
    assert len(catalogue.members(980_000, "commune", SINCE, "synthetic")) == 8
    assert catalogue.members(990_000, "commune", SINCE, "production") == ()
    assert len(catalogue.members(0, "province", SINCE, "sandbox")) == 34


def test_pooled_predecessors_are_full_links_and_partial_ones_are_listed_apart(catalogue: UnitCatalogue) -> None:
    tay_mo = unit(catalogue, "00634", SINCE)
    assert catalogue.full_predecessors(tay_mo) == ()
    assert len(catalogue.partial_predecessors(tay_mo)) == 4
    ho_chi_minh = unit(catalogue, "79", SINCE)
    old = {unit(catalogue, code, BEFORE) for code in ("74", "77", "79")}
    assert set(catalogue.full_predecessors(ho_chi_minh)) == old


def test_an_unknown_id_is_said_to_be_unknown(catalogue: UnitCatalogue) -> None:
    assert 5 not in catalogue
    for ask in (
        catalogue.unit,
        lambda unit_id: catalogue.ancestors(unit_id, SINCE),
        lambda unit_id: catalogue.name(unit_id, SINCE),
    ):
        with pytest.raises(NotFound, match="no unit 5"):
            ask(5)


def test_a_name_is_found_with_and_without_diacritics(catalogue: UnitCatalogue) -> None:
    def names(text: str, day: dt.date = AUGUST) -> list[str]:
        return [catalogue.name(found, day) for found in catalogue.search(text, day, limit=500)]

    assert names("thanh pho hue") == names("Thành phố Huế") == ["Thành phố Huế"]
    assert set(names("hoà bình")) == set(names("Hòa Bình")) == {"Phường Hòa Bình", "Xã Hòa Bình"}
    assert names("xã hóa bình") == []
    assert "Thành phố Đà Nẵng" in names("da nan")
    assert "Thành phố Đà Nẵng" in names("Đà Nẵ")
    assert names("Thừa Thiên Huế") == []
    assert names("Thừa Thiên Huế", dt.date(2024, 5, 1)) == ["Tỉnh Thừa Thiên Huế"]
    assert names("  ") == []


def test_an_ambiguous_name_gives_every_bearer_and_provinces_first(catalogue: UnitCatalogue) -> None:
    found = catalogue.search("Tân Hưng", AUGUST, limit=500)
    assert len(found) > 3
    assert all("Tân Hưng" in catalogue.name(unit_id, AUGUST) for unit_id in found)
    assert catalogue.unit(catalogue.search("lao cai", AUGUST)[0]).kind in ("province", "commune")
    assert catalogue.search("Tân Hưng", AUGUST, limit=2) == found[:2]


def test_search_shows_invented_units_in_their_realm_only(catalogue: UnitCatalogue) -> None:
    assert catalogue.search("minh họa", AUGUST, "production") == ()
    assert len(catalogue.search("minh họa", AUGUST, "synthetic", 500)) == 46


@given(code=st.sampled_from(["01", "15", "46", "89", "91", "318", "001", "00634", "00628", "23710", "30337"]), day=DAYS)
def test_a_meaning_names_only_units_that_exist_on_the_day(catalogue: UnitCatalogue, code: str, day: dt.date) -> None:
    meaning = catalogue.resolve("gso", code, day, "production")
    assert (meaning.unit_id is not None) == (meaning.status in ("found", "followed"))
    assert bool(meaning.candidates) == (meaning.status == "ambiguous")
    for unit_id in (*meaning.candidates, *([meaning.unit_id] if meaning.unit_id is not None else [])):
        assert catalogue.unit(unit_id).on(day)
    if meaning.status == "found":
        assert meaning.unit_id is not None
        assert catalogue.codes(meaning.unit_id, day)["gso"] == code

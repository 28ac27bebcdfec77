"""Bodies full of names and texts that mean nothing: they cost little, are named up to a hundred, and nothing keeps them."""

from __future__ import annotations

import datetime as dt

from parindex import privacy
from support.ingest import item
from survey_ingest import times, words
from survey_ingest.check import check_item
from survey_ingest.dossiers import coded, given, read_record
from survey_ingest.dossiers.codes import Codes
from survey_ingest.item import Item, Refused

NOW = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
LONG = "x" * 5000
PORTAL = Codes.of({})


def _strangers(number: int) -> dict[str, int]:
    return {f"truong{place}la": 1 for place in range(number)}


def _read(**given: object) -> read_record.Record:
    read = read_record.read_record({"MaHoSo": "H99.101-261120-0042", "MaTTHC": "1.000894", **given}, PORTAL, NOW)
    assert isinstance(read, read_record.Record)
    return read


def test_a_hundred_unknown_fields_are_named_and_the_others_counted() -> None:
    read = check_item({**item(), **_strangers(5000)})
    assert isinstance(read, Item)
    unknown = [warning.field for warning in read.warnings if warning.code == "unknown_field"]
    assert unknown[:100] == [f"truong{place}la" for place in range(100)]
    assert unknown[100:] == ["(+4900)"]
    of_dossier = [one.field for one in _read(**_strangers(5000)).findings if one.code == "unknown_field"]
    assert of_dossier == unknown


def test_a_hundred_unknown_fields_exactly_are_all_named() -> None:
    read = check_item({**item(), **_strangers(100)})
    assert isinstance(read, Item)
    assert [warning.field for warning in read.warnings if warning.code == "unknown_field"] == list(_strangers(100))


def test_an_unknown_field_inside_an_answer_is_named_with_its_place() -> None:
    read = check_item(item(answers=[{"item": "overall", "value": 5, "la": 1}], overall=None))
    assert isinstance(read, Item)
    assert [warning.field for warning in read.warnings] == ["answers[0].la"]


def test_thousands_of_personal_fields_refuse_with_a_hundred_of_their_names() -> None:
    personal = {f"SoDienThoai{place}": "x" for place in range(3000)}
    flat, nested = check_item({**item(), **personal}), check_item({**item(), "them": [personal, [personal]]})
    for read in (flat, nested):
        assert isinstance(read, Refused)
        assert {finding.code for finding in read.findings} == {"personal_data"}
        assert 100 <= len(read.findings) <= 200
    assert len(_read(**personal).dropped) == 100
    assert len(_read(TaiLieuNop=[personal, personal]).dropped) == 100


def test_a_personal_name_hidden_behind_a_long_tail_is_judged_by_its_beginning() -> None:
    assert privacy.is_personal_name("so_dien_thoai_nguoi_dan")
    assert privacy.is_personal_name("Số điện thoại khách hàng")
    assert privacy.is_personal_name("sha256(CCCD)")
    assert not privacy.is_personal_name("so_luong_giay_to")
    assert len(privacy.shown_name(LONG)) == 40


def test_long_texts_and_names_are_read_but_never_remembered() -> None:
    def remembered() -> list[int]:
        caches = (times._instant, words._level, words._number)
        memories = (*given._SHAPES.values(), *given._INNER.values(), coded._remembered)
        return [*(cache.cache_info().currsize for cache in caches), *map(len, memories)]

    before = remembered()
    assert times.instant("2026" + LONG) is None
    assert words.satisfaction_level(LONG) is None
    assert words.is_number(LONG) is None
    read = _read(**{LONG: 1, "MaTTHC": LONG, "TaiLieuNop": [{LONG: 1}]})
    assert "code_unreadable" in [one.code for one in read.findings]
    assert remembered() == before

"""Renders our neutral rating as a site wants it, by a declarative file: their names for our fields, constants, how a time is written.

No public text has the real body of `DongBoDanhGia`, so its form is data. A mapper is strict YAML:

    mapper: "site-x"     version: "1"      service: DongBoDanhGia     items: data
    time: "%Y%m%d%H%M%S"
    constants: {LoaiDanhGia: "1"}              # put into every rating
    fields: {MaHoSo: hoSo.ma, MaDonVi: MaDonVi, ...}    # ours -> theirs, dots nest
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parindex.engine.period import VIETNAM
from parindex.instruments.fields import UNREAD, Fields
from parindex.instruments.strict_yaml import read_strict
from parindex.privacy import is_personal_name

NEUTRAL = (
    "MaHoSo", "MaTTHC", "MaDonVi", "ThoiDiemDanhGia", "MaBoCauHoi", "PhienBan", "DanhSachTraLoi", "MucDoHaiLong",
)  # fmt: skip
"""Fields of a neutral rating. `DanhSachTraLoi` is a list of {MaCauHoi, GiaTri}; nothing else of a response ever leaves."""
REQUIRED = ("MaDonVi", "ThoiDiemDanhGia")


@dataclass(frozen=True, slots=True)
class Mapper:
    """How a rating is written for one site."""

    name: str
    service: str
    items: str
    """Field of the envelope that holds the list of ratings."""
    time: str
    """strftime form of the local time."""
    constants: Mapping[str, str]
    fields: Mapping[str, str]
    """Neutral name -> dotted place in their record."""

    def rating(self, neutral: Mapping[str, Any]) -> dict[str, Any]:
        """One rating in the site's form. Absent fields stay absent; `ThoiDiemDanhGia` is ISO 8601 with offset in the neutral form."""
        record: dict[str, Any] = {}
        for place, constant in self.constants.items():
            _put(record, place, constant)
        for ours, place in self.fields.items():
            value = neutral.get(ours)
            if value is None:
                continue
            if ours == "ThoiDiemDanhGia":
                value = dt.datetime.fromisoformat(value).astimezone(VIETNAM).strftime(self.time)
            _put(record, place, value)
        return record

    @property
    def allowed(self) -> frozenset[str]:
        """Every field name that may stand anywhere in a rendered rating."""
        places = (*self.constants, *self.fields.values())
        return frozenset({part for place in places for part in place.split(".")} | {"MaCauHoi", "GiaTri"})


DEFAULT = Mapper("default", "DongBoDanhGia", "data", "%Y%m%d%H%M%S", {}, {name: name for name in NEUTRAL})
"""The generation-A envelope with the neutral names."""


def read_mapper(text: str, file: str) -> Mapper:
    """The mapper of one file. Raises Invalid with every fault (file, line, node, expected)."""
    strict = read_strict(text, file)
    if not isinstance(strict.value, dict):
        strict.refuse_faults()
    top = Fields.of(strict)
    name = top.text("mapper")
    top.quoted_text("version")
    service, items, time = top.text("service"), top.text("items"), top.text("time")
    if time != UNREAD and "%" not in time:
        top.fault("time", "time_form", f"{time!r} writes no time.", 'Expected a form such as "%Y%m%d%H%M%S".')
    constants = _places(top.mapping("constants", optional=True))
    fields_at = top.mapping("fields")
    fields = _places(fields_at)
    for ours in fields:
        if ours not in NEUTRAL:
            fields_at.fault(ours, "unknown_field", "is no field of a neutral rating.", f"Known: {', '.join(NEUTRAL)}.")
    for ours in REQUIRED:
        if ours not in fields:
            fields_at.fault(None, "missing", f"has no place for {ours}.", "A rating needs it.")
    for at, place in [(None, place) for place in constants] + [(ours, place) for ours, place in fields.items()]:
        if any(is_personal_name(part) for part in place.split(".")):
            fields_at.fault(
                at, "personal_name", f"{place} is the name of a personal field.", "Such a field never leaves."
            )
    top.close()
    strict.refuse_faults()
    return Mapper(name, service, items, time, constants, fields)


def _places(entries: Fields) -> dict[str, str]:
    found = {key: entries.text(key) for key in entries.names}
    entries.close()
    return found


def _put(record: dict[str, Any], place: str, value: Any) -> None:
    *above, last = place.split(".")
    for name in above:
        record = record.setdefault(name, {})
    record[last] = value

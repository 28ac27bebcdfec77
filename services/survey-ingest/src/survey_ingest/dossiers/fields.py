"""The white list of dossier and progress records: what is kept, what is personal, what is known and not needed. Data.

Source: the union of the records that exporters push to the national portal (`DongBoHoSoMC`, `CapNhatTienDoHoSoMC`).
What is not kept is dropped before the transaction and before any log line; personal fields are named in the answer.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from parindex import privacy
from parindex.errors import Finding
from survey_ingest.dossiers.findings import finding

AGENCY_FIELDS = ("MaDonViXuLy", "MaDonVi", "MaCoQuanThucHien", "MaCoQuan", "MaDinhDanhDV", "madonvi")
"""Where an exporter may put an agency's code, the first given one first."""
PAPERS, FEES, SUPPLEMENTS, RESULTS, DATABASES = (
    "TaiLieuNop",
    "DanhSachLePhi",
    "DanhSachHoSoBoSung",
    "DanhSachGiayToKetQua",
    "DSKetNoiCSDL",
)
RECORD_FIELDS = frozenset(
    {
        "MaHoSo",
        "MaTTHC",
        "MaLinhVuc",
        "KenhThucHien",
        "LoaiDoiTuong",
        "NgayNopHoSo",
        "NgayTiepNhan",
        "NgayHenTra",
        "NgayKetThucXuLy",
        "NgayTra",
        "NgayTuChoi",
        "TrangThaiHoSo",
        "DonViXuLy",
        "HoSoCoThanhPhanSoHoa",
        "TaiKhoanDuocXacThucVoiVNeID",
        "DuocThanhToanTrucTuyen",
        PAPERS,
        FEES,
        SUPPLEMENTS,
        RESULTS,
        DATABASES,
        *AGENCY_FIELDS,
    }
)
STEP_FIELDS = frozenset({"MaHoSo", "ThoiDiemXuLy", "TrangThai", "NgayBatDau", "NgayKetThucTheoQuyDinh"})
PERSONAL = frozenset(
    {
        "ChuHoSo",
        "SoGiayToChuHoSo",
        "DinhDanhCHS",
        "MaDoiTuong",
        "Email",
        "Fax",
        "SoDienThoai",
        "DiaChi",
        "TrichYeuHoSo",
        "ThongTinKhac",
        "GhiChu",
        "ThongTinTra",
        "NguoiXuLy",
        "ChucDanh",
        "NoiDungXuLy",
        "NguoiTiepNhan",
        "DanhSachTepDinhKemKhac",
    }
)
"""Who, what about, and what was written: never kept. The official is a data subject too."""
NOT_NEEDED = frozenset(
    {"TenTTHC", "TenLinhVuc", "HinhThuc", "NoiNopHoSo", "PhongBanXuLy", "session", "service", "isUpdating", "MucDo"}
)
INNER: dict[str, frozenset[str]] = {
    PAPERS: frozenset({"IsDeleted", "DuocSoHoa", "DuocTaiSuDung", "DuocLayTuKhoDMQG", "MaThanhPhanHoSo", "MaKetQuaThayThe", "TepDinhKemId"}),
    FEES: frozenset({"TenPhiLePhi", "MaPhiLePhi", "HinhThucThu", "Gia", "LoaiPhiLePhi"}),
    SUPPLEMENTS: frozenset({"HoSoBoSungId", "NgayBoSung", "NgayTiepNhanBoSung", "TrangThaiBoSung", "DanhSachLePhiBoSung", "NgayHenTraTruoc", "NgayHenTraMoi"}),
    RESULTS: frozenset({"MaThanhPhanHoSo", "GiayToId", "MaGiayToKetQua"}),
    DATABASES: frozenset({"MaCSDL"}),
}  # fmt: skip
"""Fields within the lists that hold nobody's name, paper or link: whatever else stands there is dropped and named."""
_SPELLINGS = {name.lower(): name for name in RECORD_FIELDS | STEP_FIELDS | PERSONAL | NOT_NEEDED if name != "madonvi"}
_MOST_NAMES, _LONGEST_NAME = 100, 64
_Made = TypeVar("_Made")


class _Remembered(dict[tuple[str, ...], _Made]):
    """What is made of a set of field names: exporters send the same names again and again."""

    _MOST = 512

    def __init__(self, make: Callable[[tuple[str, ...]], _Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, names: tuple[str, ...]) -> _Made:
        made = self._make(names)
        # A memory that kept whatever is sent could be filled on purpose.
        if len(names) <= _MOST_NAMES and max(map(len, names), default=0) <= _LONGEST_NAME:
            if len(self) >= self._MOST:
                self.clear()
            self[names] = made
        return made


class Shape(NamedTuple):
    """What is to be done with records of one set of field names."""

    renamed: tuple[tuple[str, str], ...]
    """Kept fields under another spelling: as sent, as kept."""
    personal: tuple[tuple[str, str], ...]
    """As sent, as shown."""
    unknown: tuple[Finding, ...]
    agency_fields: tuple[str, ...]
    """Those of AGENCY_FIELDS that are given, the first one first."""


def _shape(kept: frozenset[str], names: tuple[str, ...]) -> Shape:
    renamed, personal, unknown, strange = [], [], [], 0
    for key in names:
        name = key if key in kept or key in PERSONAL or key in NOT_NEEDED else _SPELLINGS.get(key.lower(), key)
        if name in kept:
            # An exact spelling goes before another one.
            if name != key and name not in names:
                renamed.append((key, name))
        elif name in PERSONAL or (name not in NOT_NEEDED and privacy.is_personal_name(name)):
            personal.append((key, privacy.shown_name(key)))
        elif name not in NOT_NEEDED:
            strange += 1
            if strange <= privacy.MOST_NAMED:
                unknown.append(finding("unknown_field", privacy.shown_name(key)))
    if (more := strange - privacy.MOST_NAMED) > 0:
        unknown.append(finding("unknown_field", f"(+{more})"))
    given = {*names, *(name for _, name in renamed)}
    agency_fields = tuple(field for field in AGENCY_FIELDS if field in kept and field in given)
    return Shape(tuple(renamed), tuple(personal[: privacy.MOST_NAMED]), tuple(unknown), agency_fields)


def _inner(field: str, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Fields within an element of a list that are dropped: as sent, as shown."""
    dropped = [key for key in names if key not in INNER[field]][: privacy.MOST_NAMED]
    return tuple((key, f"{field}.{privacy.shown_name(key)}") for key in dropped)


_SHAPES = {kept: _Remembered(functools.partial(_shape, kept)) for kept in (RECORD_FIELDS, STEP_FIELDS)}
_INNER = {field: _Remembered(functools.partial(_inner, field)) for field in INNER}


class Given:
    """What a record gives of a white list (`values`), what was dropped (names only) and what is unknown."""

    __slots__ = ("agency_fields", "dropped", "findings", "values")

    def __init__(self, raw: dict[str, Any], kept: frozenset[str]) -> None:
        renamed, personal, unknown, self.agency_fields = _SHAPES[kept][tuple(raw)]
        self.values = raw if not renamed else {**raw, **{name: raw[key] for key, name in renamed}}
        self.findings = list(unknown)
        self.dropped: list[str] = []
        for key, shown in personal:
            # Zero and "no" were given; null, "" and empty lists were not.
            if (value := raw[key]) or value == 0:
                self.dropped.append(shown)

    def name_inner(self, field: str, elements: list[Any]) -> None:
        """Names what is dropped within a list."""
        shapes = _INNER[field]
        named: dict[str, None] = {}
        for element in elements:
            if isinstance(element, dict) and len(named) < privacy.MOST_NAMED:
                for key, shown in shapes[tuple(element)]:
                    if (value := element[key]) or value == 0:
                        named[shown] = None
        if named:
            self.dropped += named

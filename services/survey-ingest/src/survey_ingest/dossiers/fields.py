"""The white list of dossier and progress records: what is kept, what is personal, what is known and not needed. Data.

Source: the union of the records that exporters push to the national portal (`DongBoHoSoMC`, `CapNhatTienDoHoSoMC`).
What is not kept is dropped before the transaction and before any log line; personal fields are named in the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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


class Given:
    """What a record gives of a white list, what was dropped (names only) and what is unknown."""

    __slots__ = ("dropped", "findings", "values")

    def __init__(self, raw: dict[str, Any], kept: frozenset[str]) -> None:
        self.values: dict[str, Any] = {}
        self.dropped: list[str] = []
        self.findings: list[Finding] = []
        others: list[str] = []
        for key, value in raw.items():
            if key in kept:
                self.values[key] = value
            elif key not in NOT_NEEDED:
                others.append(key)
        for key in others:
            self._other(key, raw[key], kept)

    def _other(self, key: str, value: Any, kept: frozenset[str]) -> None:
        name = key if key in PERSONAL else _SPELLINGS.get(key.lower(), key)
        if name in kept:
            # An exact spelling goes before another one.
            self.values.setdefault(name, value)
        elif name in PERSONAL or privacy.is_personal_name(name):
            if value not in (None, "", [], {}):
                self.dropped.append(privacy.shown_name(key))
        elif name not in NOT_NEEDED:
            self.findings.append(finding("unknown_field", privacy.shown_name(key)))

    def name_inner(self, field: str, elements: Iterable[Any]) -> None:
        """Names what is dropped within a list."""
        known = INNER[field]
        seen: set[str] = set()
        for element in elements:
            if isinstance(element, dict) and not element.keys() <= known:
                seen.update(key for key in element.keys() - known if element[key] not in (None, "", [], {}))
        self.dropped += [f"{field}.{privacy.shown_name(key)}" for key in sorted(seen)]

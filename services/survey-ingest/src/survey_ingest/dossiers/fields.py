"""The white list of dossier and progress records: what is kept, what is personal, what is known and not needed. Data.

Source: the union of the records that exporters push to the national portal (`DongBoHoSoMC`, `CapNhatTienDoHoSoMC`).
What is not kept is dropped before the transaction and before any log line; personal fields are named in the answer.
Fields that are read have English names here; the others stand under the names of the record, in its order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

Dropped = list[Any] | str | None
"""Personal: it is never read, and its name goes into the answer where something was sent."""


def _sent_as(name: str) -> Any:
    return msgspec.field(default=None, name=name)


class Paper(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An element of `TaiLieuNop`."""

    TepDinhKemId: Any = None
    TenTepDinhKem: Dropped = None
    deleted: Any = _sent_as("IsDeleted")
    MaThanhPhanHoSo: Any = None
    DuongDanTaiTepTin: Dropped = None
    digitised: Any = _sent_as("DuocSoHoa")
    reused: Any = _sent_as("DuocTaiSuDung")
    stored: Any = _sent_as("DuocLayTuKhoDMQG")
    MaKetQuaThayThe: Any = None


class Fee(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An element of `DanhSachLePhi`."""

    TenPhiLePhi: Any = None
    MaPhiLePhi: Any = None
    HinhThucThu: Any = None
    price: Any = _sent_as("Gia")
    LoaiPhiLePhi: Any = None


class Supplement(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An element of `DanhSachHoSoBoSung`."""

    HoSoBoSungId: Any = None
    NguoiYeuCauBoSung: Dropped = None
    NoiDungBoSung: Dropped = None
    asked_at: Any = _sent_as("NgayBoSung")
    NguoiTiepNhanBoSung: Dropped = None
    ThongTinTiepNhan: Dropped = None
    given_at: Any = _sent_as("NgayTiepNhanBoSung")
    TrangThaiBoSung: Any = None
    DanhSachGiayToBoSung: Dropped = None
    DanhSachLePhiBoSung: Any = None
    NgayHenTraTruoc: Any = None
    NgayHenTraMoi: Any = None


class Result(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An element of `DanhSachGiayToKetQua`."""

    TenGiayTo: Dropped = None
    MaThanhPhanHoSo: Any = None
    GiayToId: Any = None
    link: Dropped = _sent_as("DuongDanTepTinKetQua")
    """Only whether there is one is read."""
    code: Any = _sent_as("MaGiayToKetQua")


class Connected(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An element of `DSKetNoiCSDL`."""

    code: Any = _sent_as("MaCSDL")


class SentRecord(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A dossier's record in the fields that are known. None: not given."""

    dossier_code: Any = _sent_as("MaHoSo")
    procedure: Any = _sent_as("MaTTHC")
    TenTTHC: Any = None
    sector: Any = _sent_as("MaLinhVuc")
    TenLinhVuc: Any = None
    channel: Any = _sent_as("KenhThucHien")
    ChuHoSo: Dropped = None
    applicant: Any = _sent_as("LoaiDoiTuong")
    SoGiayToChuHoSo: Dropped = None
    DinhDanhCHS: Dropped = None
    MaDoiTuong: Dropped = None
    Email: Dropped = None
    Fax: Dropped = None
    SoDienThoai: Dropped = None
    DiaChi: Dropped = None
    ThongTinKhac: Dropped = None
    GhiChu: Dropped = None
    TrichYeuHoSo: Dropped = None
    submitted_at: Any = _sent_as("NgayNopHoSo")
    accepted_at: Any = _sent_as("NgayTiepNhan")
    due_at: Any = _sent_as("NgayHenTra")
    finished_at: Any = _sent_as("NgayKetThucXuLy")
    returned_at: Any = _sent_as("NgayTra")
    refused_at: Any = _sent_as("NgayTuChoi")
    status: Any = _sent_as("TrangThaiHoSo")
    ThongTinTra: Dropped = None
    HinhThuc: Any = None
    agency_name: Any = _sent_as("DonViXuLy")
    NoiNopHoSo: Any = None
    papers: list[Paper] | str | None = _sent_as("TaiLieuNop")
    fees: list[Fee] | str | None = _sent_as("DanhSachLePhi")
    DanhSachTepDinhKemKhac: Dropped = None
    results: list[Result] | str | None = _sent_as("DanhSachGiayToKetQua")
    supplements: list[Supplement] | str | None = _sent_as("DanhSachHoSoBoSung")
    digitised: Any = _sent_as("HoSoCoThanhPhanSoHoa")
    verified: Any = _sent_as("TaiKhoanDuocXacThucVoiVNeID")
    payment: Any = _sent_as("DuocThanhToanTrucTuyen")
    databases: list[Connected] | str | None = _sent_as("DSKetNoiCSDL")
    MucDo: Any = None
    agency_code_1: Any = _sent_as("MaDonViXuLy")
    agency_code_2: Any = _sent_as("MaDonVi")
    agency_code_3: Any = _sent_as("MaCoQuanThucHien")
    agency_code_4: Any = _sent_as("MaCoQuan")
    agency_code_5: Any = _sent_as("MaDinhDanhDV")
    agency_code_6: Any = _sent_as("madonvi")
    """Where an exporter may put an agency's code; the first given one is meant."""


Element = Paper | Fee | Supplement | Result | Connected
PAPERS, FEES, SUPPLEMENTS, RESULTS, DATABASES = (
    "TaiLieuNop",
    "DanhSachLePhi",
    "DanhSachHoSoBoSung",
    "DanhSachGiayToKetQua",
    "DSKetNoiCSDL",
)
ELEMENTS: dict[str, type[Element]] = {
    PAPERS: Paper,
    FEES: Fee,
    SUPPLEMENTS: Supplement,
    RESULTS: Result,
    DATABASES: Connected,
}


class Names(NamedTuple):
    """The fields of a record or of an element of its lists, by what becomes of them; as sent, in the order above."""

    kept: frozenset[str]
    personal: tuple[str, ...]
    not_needed: frozenset[str]

    @classmethod
    def of(cls, kind: type[msgspec.Struct]) -> Names:
        """Those of `kind`."""
        fields = msgspec.structs.fields(kind)
        personal = tuple(one.encode_name for one in fields if one.type == Dropped)
        kept = frozenset(one.encode_name for one in fields if one.name != one.encode_name) - {*personal}
        return cls(kept, personal, frozenset(one.encode_name for one in fields) - kept - {*personal})


RECORD = Names.of(SentRecord)
STEP_FIELDS = frozenset({"MaHoSo", "ThoiDiemXuLy", "TrangThai", "NgayBatDau", "NgayKetThucTheoQuyDinh"})
PERSONAL = frozenset({*RECORD.personal, "NguoiXuLy", "ChucDanh", "NoiDungXuLy", "NguoiTiepNhan"})
"""Who, what about, and what was written: never kept. The official is a data subject too."""
NOT_NEEDED = RECORD.not_needed | {"PhongBanXuLy", "session", "service", "isUpdating"}
INNER = {field: Names.of(kind) for field, kind in ELEMENTS.items()}
"""Within the lists whatever is neither kept nor known and not needed is dropped and named: a name, a paper, a link."""

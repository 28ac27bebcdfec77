"""Wire types about dossiers: English here, Vietnamese PascalCase on the wire; they document the interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from survey_ingest.motcua.wire import Caution


class RecordLine(
    msgspec.Struct,
    frozen=True,
    rename={
        "position": "ViTri",
        "dossier_code": "MaHoSo",
        "field": "Truong",
        "version_no": "PhienBan",
        "duplicate": "TrungLap",
        "warnings": "CanhBao",
        "dropped": "TruongDaBo",
    },
):
    """Kết quả của một bản ghi. error_code 0: đã được lưu, hoặc đã có nội dung giống hệt (TrungLap)."""

    position: int
    dossier_code: str | None
    """null khi không đọc được mã hoặc mã giống dữ liệu cá nhân."""
    error_code: int
    message: str
    field: str
    """Trường của lỗi, trống nếu không có lỗi."""
    version_no: int | None
    """Phiên bản vừa lưu của hồ sơ: 1, 2, ... theo thứ tự nhận."""
    duplicate: bool
    warnings: Sequence[Caution]
    dropped: Sequence[str]
    """Tên các trường có dữ liệu cá nhân đã gửi đến và bị bỏ, không lưu; đừng gửi nữa."""


class RecordsAnswer(
    msgspec.Struct,
    frozen=True,
    rename={"total": "TongSo", "durable": "ThanhCong", "duplicates": "TrungLap", "failed": "Loi"},
):
    """Trả lời cho các bản ghi theo thứ tự gửi. `message` có chữ 'thành công' khi và chỉ khi mọi bản ghi đã được lưu; -3: 'đã tồn tại'."""

    error_code: int
    message: str
    total: int
    durable: int
    duplicates: int
    """Nằm trong ThanhCong."""
    failed: int
    result: tuple[RecordLine, ...]


class BareListAnswer(
    RecordsAnswer,
    frozen=True,
    rename={"total": "TongSo", "durable": "ThanhCong", "duplicates": "TrungLap", "failed": "Loi"},
):
    """Như RecordsAnswer, thêm response_code mà phần mềm gửi mảng trần đọc: "0" hoặc "-1"."""

    response_code: str = "0"


class HeldVersion(
    msgspec.Struct,
    frozen=True,
    rename={
        "version_no": "PhienBan",
        "recorded_at": "ThoiDiemNhan",
        "unit_code": "MaDonVi",
        "unit_from": "NhanRaDonViTheo",
        "content": "NoiDung",
    },
):
    """Một phiên bản đã nhận, không bao giờ thay đổi. NoiDung: các trường được giữ, theo tên của bản ghi gửi đến."""

    version_no: int
    recorded_at: str
    unit_code: str | None
    unit_from: str
    content: dict[str, Any]


class HeldDossier(
    msgspec.Struct,
    frozen=True,
    rename={
        "dossier_code": "MaHoSo",
        "realm": "MoiTruong",
        "status": "TrangThaiHoSo",
        "status_title": "TenTrangThai",
        "versions": "CacPhienBan",
        "steps": "TienTrinh",
        "findings": "PhatHien",
    },
):
    """Một hồ sơ như đang giữ: mọi phiên bản, tiến trình, và những điểm bất thường trong lịch sử của nó."""

    dossier_code: str
    realm: str
    status: str
    status_title: str
    versions: tuple[HeldVersion, ...]
    steps: tuple[dict[str, Any], ...]
    findings: tuple[Caution, ...]


class HeldAnswer(msgspec.Struct, frozen=True):
    """Trả lời về một hồ sơ."""

    error_code: int
    message: str
    result: HeldDossier


class ReceiptDay(
    msgspec.Struct,
    frozen=True,
    rename={
        "day": "Ngay",
        "kind": "Loai",
        "requests": "SoLanGui",
        "records": "SoBanGhi",
        "stored": "DaLuu",
        "duplicate": "TrungLap",
        "refused": "TuChoi",
    },
):
    """Một ngày nhận (giờ Việt Nam). Loai: ho-so, tien-trinh, pakn. SoBanGhi = DaLuu + TrungLap + TuChoi."""

    day: str
    kind: str
    requests: int
    records: int
    stored: int
    duplicate: int
    refused: int


class ReceiptsAnswer(msgspec.Struct, frozen=True):
    """Số bản ghi đã nhận của chính hệ thống hỏi, theo ngày nhận."""

    error_code: int
    message: str
    result: tuple[ReceiptDay, ...]


Count = Annotated[int | str, Meta(description="Số nguyên không âm.")]
PETITION_NAMES = {
    "unit_code": "MaDonVi",
    "month": "Thang",
    "received": "TiepNhan",
    "about_rules": "VeQuyDinh",
    "about_staff": "VeCanBo",
    "due": "DenHan",
    "on_time": "DungHan",
    "satisfied": "HaiLong",
    "dossiers_complained": "HoSoBiPhanAnh",
}


class PetitionItem(msgspec.Struct, omit_defaults=True, rename=PETITION_NAMES):
    """Số phản ánh, kiến nghị của một đơn vị trong một tháng, chỉ là số đếm: không nội dung, không dữ liệu cá nhân."""

    unit_code: str
    month: Annotated[str, Meta(examples=["2026-10"])]
    received: Count
    about_rules: Count
    """Về quy định, thủ tục hành chính."""
    about_staff: Count
    """Về hành vi của cán bộ, công chức."""
    due: Count
    """Đã hết hạn hoặc đã xử lý: mẫu số của đúng hạn và hài lòng."""
    on_time: Count
    satisfied: Count
    """Không có nhiều lượt không thích hơn lượt thích, không bị phản ánh lại, không quá hạn."""
    dossiers_complained: Count
    """Số hồ sơ bị phản ánh hoặc bị đánh giá không hài lòng."""


class PetitionLine(
    msgspec.Struct,
    frozen=True,
    rename={"unit_code": "MaDonVi", "month": "Thang", "revision": "LanCapNhat", "changed": "ThayDoi"},
):
    """Số đếm đang có hiệu lực sau lần gửi này."""

    unit_code: str
    month: str
    revision: int
    changed: bool
    """false: giống hệt số đang có, không lưu thêm."""


class PetitionsAnswer(msgspec.Struct, frozen=True):
    """Trả lời cho số đếm phản ánh, kiến nghị."""

    error_code: int
    message: str
    result: tuple[PetitionLine, ...]

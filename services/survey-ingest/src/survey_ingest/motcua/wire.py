"""Answers of the một-cửa dialect: English here, Vietnamese PascalCase on the wire."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta


class Caution(msgspec.Struct, frozen=True, rename={"code": "Ma", "field": "Truong", "message": "NoiDung"}):
    """Cảnh báo: phiếu vẫn được lưu. `Ma` cố định, xem danh-muc/ma-loi."""

    code: Annotated[str, Meta(examples=["W03"])]
    field: Annotated[str, Meta(examples=["MaDonVi"])]
    message: str


class SheetFault(
    msgspec.Struct,
    frozen=True,
    rename={"code": "Ma", "field": "Truong", "message": "NoiDung", "retry": "ThuLai"},
):
    """Một lỗi: mã ổn định cho máy, trường, câu giải thích, gửi lại có ích không."""

    error_code: int
    code: str
    field: str
    message: str
    retry: bool


_OF_ONE = {
    "response_id": "MaPhieu",
    "receipt": "SoTiepNhan",
    "verdict": "PhanLoai",
    "duplicate": "TrungLap",
    "state": "TrangThai",
    "counted": "DuocTinh",
    "counts": "PhieuDuocTinh",
    "warnings": "CanhBao",
    "faults": "DanhSachLoi",
}


class SheetResult(msgspec.Struct, frozen=True, rename=_OF_ONE):
    """Kết quả của một phiếu."""

    response_id: str | None
    """null khi không đọc được mã hoặc mã giống dữ liệu cá nhân."""
    receipt: str
    verdict: str
    """TIEP_NHAN, TRUNG_LAP, DANH_GIA_LAI, CHO_DOI_CHIEU, XUNG_DOT, TU_CHOI."""
    duplicate: bool
    """true: đã có phiếu giống hệt, hoặc hồ sơ đã có đánh giá ở giai đoạn này."""
    state: str | None
    counted: bool
    counts: str | None
    """Mã phiếu đang được tính cho hồ sơ, bộ câu hỏi và giai đoạn này."""
    warnings: tuple[Caution, ...] = ()
    faults: tuple[SheetFault, ...] = ()


class SheetAnswer(msgspec.Struct, frozen=True):
    """Trả lời cho một phiếu."""

    error_code: int
    message: str
    result: SheetResult


class BatchLine(msgspec.Struct, frozen=True, rename={**_OF_ONE, "position": "ViTri", "field": "Truong"}):
    """Kết quả của một phiếu trong lô."""

    position: int
    """Vị trí trong lô theo thứ tự gửi, bắt đầu từ 0."""
    response_id: str | None
    error_code: int
    message: str
    field: str
    """Trường của lỗi đầu tiên, trống nếu không có lỗi."""
    receipt: str
    verdict: str
    duplicate: bool
    state: str | None
    counted: bool
    counts: str | None
    warnings: tuple[Caution, ...] = ()
    faults: tuple[SheetFault, ...] = ()


class BatchAnswer(
    msgspec.Struct,
    frozen=True,
    rename={"total": "TongSo", "durable": "ThanhCong", "duplicates": "TrungLap", "failed": "Loi"},
):
    """Trả lời cho một lô: 200 nếu mọi phiếu được lưu, 207 nếu một phần, 422 nếu không phiếu nào. TongSo = ThanhCong + Loi."""

    error_code: int
    message: str
    total: int
    durable: int
    duplicates: int
    """Nằm trong ThanhCong."""
    failed: int
    result: tuple[BatchLine, ...]


class HistoryEvent(
    msgspec.Struct,
    frozen=True,
    rename={"event": "SuKien", "at": "ThoiDiem", "reason": "LyDo", "other": "PhieuLienQuan"},
):
    """Một sự kiện trong lịch sử phiếu, cũ trước mới sau."""

    event: str
    at: str
    reason: str | None
    other: str | None


class StoredSheet(
    msgspec.Struct,
    frozen=True,
    rename={
        "response_id": "MaPhieu",
        "receipt": "SoTiepNhan",
        "state": "TrangThai",
        "counted": "DuocTinh",
        "counts": "PhieuDuocTinh",
        "realm": "MoiTruong",
        "received_at": "ThoiDiemNhan",
        "history": "LichSu",
        "faults": "DanhSachLoi",
    },
):
    """Trạng thái một phiếu của chính hệ thống hỏi. MoiTruong: production, sandbox, synthetic."""

    response_id: str
    receipt: str
    state: str
    counted: bool
    counts: str | None
    realm: str
    received_at: str
    history: tuple[HistoryEvent, ...]
    faults: tuple[SheetFault, ...] = ()


class StoredAnswer(msgspec.Struct, frozen=True):
    """Trả lời về một phiếu đã lưu."""

    error_code: int
    message: str
    result: StoredSheet


class Failure(msgspec.Struct, frozen=True, rename={"code": "Ma", "request_id": "MaYeuCau", "faults": "DanhSachLoi"}):
    """Yêu cầu không được thực hiện. `Ma` ổn định cho máy; báo `MaYeuCau` khi cần hỗ trợ."""

    error_code: int
    message: str
    code: str
    request_id: str
    faults: tuple[SheetFault, ...] = ()
    result: None = None


class TokenFailure(Failure, frozen=True, rename={"code": "Ma", "request_id": "MaYeuCau", "faults": "DanhSachLoi"}):
    """Không cấp mã truy cập; `error` và `error_description` theo RFC 6749."""

    error: str = "invalid_request"
    error_description: str = ""


class ListPage(
    msgspec.Struct,
    frozen=True,
    rename={"name": "DanhMuc", "revision": "PhienBanDanhMuc", "next_cursor": "ConTroTiep"},
):
    """Một trang danh mục. ConTroTiep null: trang cuối; PhienBanDanhMuc dùng làm CapNhatTu lần sau."""

    error_code: int
    message: str
    name: str
    revision: int
    next_cursor: str | None
    result: list[dict[str, Any]]


class Clock(msgspec.Struct, frozen=True, rename={"utc": "UTC", "vietnam": "VietNam", "compact": "ThoiGian"}):
    """Giờ máy chủ; ThoiGian là yyyyMMddHHmmss giờ Việt Nam."""

    utc: str
    vietnam: str
    compact: str


class ClockAnswer(msgspec.Struct, frozen=True):
    """Giờ máy chủ, để kiosk đối chiếu."""

    error_code: int
    message: str
    result: Clock


class Session(msgspec.Struct, frozen=True):
    """Phiên của giao diện cũ: một mã truy cập, hết hạn sau expires_in giây."""

    error_code: int
    message: str
    session: str
    expires_in: int

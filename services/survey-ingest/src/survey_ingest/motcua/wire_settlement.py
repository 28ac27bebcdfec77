"""Reconciliation on the wire: the vendor's table, and what we answer to it."""

from __future__ import annotations

import msgspec


class SettlementRow(
    msgspec.Struct, omit_defaults=True, rename={"unit_code": "MaDonVi", "day": "Ngay", "sheets": "SoPhieu"}
):
    """Số phiếu mà phần mềm của bạn ghi nhận cho một đơn vị; bỏ Ngay: cho cả khoảng."""

    unit_code: str
    sheets: int | str
    day: str | None = None


class SettlementRequest(
    msgspec.Struct,
    omit_defaults=True,
    rename={"first": "TuNgay", "last": "DenNgay", "by": "TheoNgay", "rows": "DanhSach"},
):
    """Bảng đối soát. TheoNgay: TIEP_NHAN (ngày hệ thống nhận, mặc định) hoặc DANH_GIA (ngày người dân đánh giá)."""

    first: str
    last: str
    rows: list[SettlementRow] | None = None
    by: str | None = None


class Difference(
    msgspec.Struct,
    frozen=True,
    rename={
        "unit_code": "MaDonVi",
        "unit_name": "TenDonVi",
        "day": "Ngay",
        "theirs": "SoPhieuGui",
        "ours": "SoPhieuNhan",
        "difference": "ChenhLech",
        "message": "NoiDung",
    },
):
    """Một chênh lệch, bằng lời."""

    unit_code: str
    unit_name: str | None
    day: str | None
    theirs: int
    ours: int
    difference: int
    """SoPhieuNhan trừ SoPhieuGui."""
    message: str


_BALANCE = {
    "received": "DaNhan",
    "accepted": "TiepNhan",
    "duplicate": "TrungLap",
    "conflict": "XungDot",
    "repeat": "DanhGiaLai",
    "refused": "TuChoi",
    "quarantined": "ChoDoiChieu",
    "released": "DaDoiChieu",
    "superseded": "CoBanMoiHon",
    "rejected_later": "BiLoaiSau",
    "withdrawn": "DaThuHoi",
}


class Settled(
    msgspec.Struct,
    frozen=True,
    rename={
        "system": "HeThong",
        "realm": "MoiTruong",
        "first": "TuNgay",
        "last": "DenNgay",
        "agrees": "Khop",
        "theirs": "TongGui",
        "ours": "TongNhan",
        "differences": "ChenhLech",
        "balance": "CanDoi",
    },
):
    """Kết quả đối soát: số phiếu khác nhau đang giữ (được tính, giữ lại, đã thu hồi, chờ đối chiếu) so với bảng gửi đến."""

    system: str
    realm: str
    first: str
    last: str
    agrees: bool
    theirs: int
    ours: int
    differences: tuple[Difference, ...]
    balance: SettlementBalance
    """Cân đối mọi lần gửi theo ngày nhận: DaNhan = TiepNhan + TrungLap + XungDot + DanhGiaLai + TuChoi + ChoDoiChieu."""


class SettlementBalance(msgspec.Struct, frozen=True, rename=_BALANCE):
    """Số lần gửi theo kết quả khi nhận, và những gì xảy ra sau đó."""

    received: int
    accepted: int
    duplicate: int
    conflict: int
    repeat: int
    refused: int
    quarantined: int
    released: int
    superseded: int
    rejected_later: int
    withdrawn: int


class SettlementAnswer(msgspec.Struct, frozen=True):
    """Trả lời đối soát."""

    error_code: int
    message: str
    result: Settled

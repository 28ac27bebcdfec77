"""What the portal takes through front A: dossiers, their progress, ratings and answers; with its checks and its words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import ratings_in
from .books import digest
from .state import State

SERVICES = {
    "DongBoHoSoMC": "dossier",
    "CapNhatTienDoHoSoMC": "progress",
    "DongBoDanhGia": "rating",
    "DongBoHoiDap": "question",
    "DongBoKetQuaHoiDapGuiTuDVCQG": "question",
    "DongBoTrangThaiHoSo": "status",
}
"""Service -> the kind its items have in the books."""
REQUIRED = {
    "DongBoHoSoMC": [
        "MaHoSo", "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "LoaiDoiTuong",
        "NgayTiepNhan", "TrangThaiHoSo", "HinhThuc", "DonViXuLy",
    ],
    "CapNhatTienDoHoSoMC": ["MaHoSo", "NguoiXuLy", "ThoiDiemXuLy", "NoiDungXuLy", "TrangThai"],
    "DongBoDanhGia": ["MaDonVi", "ThoiDiemDanhGia", "MaBoCauHoi"],
    "DongBoHoiDap": [],
    "DongBoKetQuaHoiDapGuiTuDVCQG": [],
    "DongBoTrangThaiHoSo": ["MaHoSo"],
}  # fmt: skip
"""Compulsory fields: for dossiers and progress those that a public client does not mark as optional; ratings invented."""
Refusal = tuple[int | str, str]


@dataclass
class Taken:
    """What a call brought: the answer's code and words, and the items to commit."""

    code: int | str
    message: str
    items: list[tuple[str, Any]] = field(default_factory=list)


def taken(state: State, service: str, body: dict[str, Any], keep: int | None) -> Taken:
    """Checks the items of a call one after the other. With `keep` the batch fails after so many of them."""
    options = state.options
    rows = ratings_in.items(options, body) if service == "DongBoDanhGia" else body.get("data")
    if not isinstance(rows, list) or not rows:
        return Taken(-1, "Thiếu trường bắt buộc: data")
    longest = {"CapNhatTienDoHoSoMC": options.progress_max, "DongBoDanhGia": options.rating_max}.get(service)
    if longest is not None and len(rows) > longest:
        return Taken(-1, f"Số bản ghi trong data vượt quá {longest}")
    kept: list[tuple[str, Any]] = []
    for number, row in enumerate(rows, 1):
        if keep is not None and number > keep:
            return Taken(-1, f"Lỗi hệ thống khi xử lý bản ghi thứ {number}", kept)
        refusal, item = _checked(state, service, body, row, kept)
        if refusal:
            code, text = refusal
            message = text if len(rows) == 1 else f"Bản ghi thứ {number}: {text}"
            return Taken(code, message, kept if options.batches == "partial" else [])
        if item is not None:
            kept.append(item)
    return Taken(0, "Đồng bộ thành công", kept)


def _checked(
    state: State, service: str, body: dict[str, Any], row: Any, before: list[tuple[str, Any]]
) -> tuple[Refusal | None, tuple[str, Any] | None]:
    """The refusal of one item, or what to commit of it."""
    if not isinstance(row, dict):
        return (-1, "bản ghi phải là một đối tượng JSON"), None
    schema = state.options.rating_schema if service == "DongBoDanhGia" else None
    neutral = ratings_in.neutral(schema, row) if schema else row
    required = state.options.required.get(service, REQUIRED[service])
    if missing := [name for name in required if neutral.get(name) in (None, "")]:
        return (-1, f"Thiếu trường bắt buộc: {', '.join(missing)}"), None
    for name, limit in state.options.limits.items():
        if isinstance(value := neutral.get(name), str) and len(value) > limit:
            return (-1, f"Trường {name} vượt quá {limit} ký tự"), None
    check = {"DongBoHoSoMC": _dossier, "CapNhatTienDoHoSoMC": _progress, "DongBoDanhGia": _rating}.get(service)
    if check is None:
        key = str(neutral.get("MaHoSo") or neutral.get("MaHoiDap") or digest(row)[:16])
        return None, (key, row)
    return check(state, body, neutral, row, {key for key, _ in before})


def _dossier(
    state: State, body: dict[str, Any], neutral: dict[str, Any], row: dict[str, Any], before: set[str]
) -> tuple[Refusal | None, tuple[str, Any] | None]:
    code = str(neutral["MaHoSo"])
    updating = str(body.get("isUpdating", "")).lower()
    if updating not in {"true", "false"}:
        return (-1, "Trường isUpdating nhận True hoặc False"), None
    there = state.books.has("dossier", code) or code in before
    if updating == "false" and there:
        return (state.options.exists_code, "Hồ sơ đã tồn tại"), None
    if updating == "true" and not there:
        return (state.options.update_missing_code, f"Hồ sơ {code} không tồn tại"), None
    if str(neutral["TrangThaiHoSo"]) not in {str(number) for number in range(12)}:
        return (-1, "Trường TrangThaiHoSo không hợp lệ"), None
    return None, (code, row)


def _progress(
    state: State, _body: dict[str, Any], neutral: dict[str, Any], row: dict[str, Any], _before: set[str]
) -> tuple[Refusal | None, tuple[str, Any] | None]:
    code = str(neutral["MaHoSo"])
    if not state.books.has("dossier", code):
        return (-1, f"Hồ sơ {code} không tồn tại"), None
    return None, (f"{code}/{neutral['ThoiDiemXuLy']}/{neutral['TrangThai']}", row)


def _rating(
    state: State, _body: dict[str, Any], neutral: dict[str, Any], row: dict[str, Any], before: set[str]
) -> tuple[Refusal | None, tuple[str, Any] | None]:
    options = state.options
    if options.check_units:
        today = state.clock.now().date()
        if refusal := state.country.refusal(neutral.get("MaDonVi"), today, options.extra_units):
            return (-1, f"Không thực hiện được: {refusal}"), None
    if not ratings_in.readable_time(options.rating_schema, neutral["ThoiDiemDanhGia"]):
        return (-1, "Trường ThoiDiemDanhGia không đúng định dạng"), None
    if not neutral.get("DanhSachTraLoi") and neutral.get("MucDoHaiLong") in (None, ""):
        return (-1, "Thiếu trường bắt buộc: DanhSachTraLoi hoặc MucDoHaiLong"), None
    key = "|".join(str(neutral.get(name) or "") for name in options.rating_key)
    if options.rating_again == "refuse" and (state.books.has("rating", key) or key in before):
        return (options.exists_code, "Đánh giá đã tồn tại"), None
    return None, (key, row)

"""What the portal shares through front A: catalogues with UPPERCASE keys, one answer each."""

from __future__ import annotations

import random
from typing import Any

from .country import COMMUNE, DEPARTMENT, MINISTRY, PROVINCE, PROVINCES
from .procedures import SECTORS, described, listed
from .state import State

LEVELS = {MINISTRY: "1", PROVINCE: "2", DEPARTMENT: "3", COMMUNE: "4"}
"""CAPDONVI; the portal's own numbers were not found."""
SHORT_LISTS: dict[str, tuple[tuple[str, str], tuple[tuple[str, str], ...]]] = {
    "LayDanhMucCapThucHien": (("MACAP", "TENCAP"), (("1", "Cấp Bộ"), ("2", "Cấp Tỉnh"), ("4", "Cấp Xã"))),
    "LayDanhMucDoiTuong": (("MADOITUONG", "TENDOITUONG"), (("1", "Công dân Việt Nam"), ("2", "Doanh nghiệp"))),
    "LayDanhMucCanCuPhapLy": (("SOVANBAN", "TENVANBAN"), (("118/2025/NĐ-CP", "Nghị định số 118/2025/NĐ-CP"),)),
    "LayDanhMucLePhi": (("MAPHILEPHI", "TENPHILEPHI"), (("LP01", "Lệ phí"), ("PHI01", "Phí thẩm định"))),
    "LayDanhMucGioiTinh": (("MAGIOITINH", "TENGIOITINH"), (("1", "Nam"), ("2", "Nữ"))),
    "LayDanhMucQuocGia": (("MAQUOCGIA", "TENQUOCGIA"), (("VN", "Việt Nam"), ("LA", "Lào"))),
    "LayDanhMucDanToc": (("MADANTOC", "TENDANTOC"), (("01", "Kinh"), ("02", "Tày"))),
    "LayDanhMucTonGiao": (("MATONGIAO", "TENTONGIAO"), (("00", "Không"), ("01", "Phật giáo"))),
    "LayDanhMucTinhTrangHonNhan": (("MATINHTRANG", "TENTINHTRANG"), (("1", "Chưa kết hôn"), ("2", "Đã kết hôn"))),
    "LayDanhMucQuanHuyen": (("MAQUANHUYEN", "TENQUANHUYEN"), ()),
    "LayDanhSachHoiDapGuiTuDVCQG": (("MAHOIDAP", "TIEUDE"), (("HD-0001", "Thời hạn giải quyết hồ sơ"),)),
    "LayDanhSachHoiDapBoCoQuan": (("MAHOIDAP", "TIEUDE"), (("HD-0002", "Nơi nộp hồ sơ"),)),
}
"""Service -> the names of its two keys, its rows. Districts are gone since 1/7/2025. Apart from the services' names, invented."""


def rows(state: State, service: str, body: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The `result` of a sharing service, or None when the service is none of them."""
    today = state.clock.now().date()
    if service in SHORT_LISTS:
        keys, values = SHORT_LISTS[service]
        return [dict(zip(keys, pair, strict=True)) for pair in values]
    if service == "LayDanhMucCoQuan":
        return [
            {"MADONVI": agency.code, "TENDONVI": agency.name, "CAPDONVI": LEVELS[agency.kind]}
            for agency in state.country.open_on(today)
        ]
    if service == "LayDanhMucLinhVuc":
        return [{"MALINHVUC": code, "TENLINHVUC": name, "MANGANH": owner} for code, name, owner in SECTORS]
    if service == "LayDanhMucTinhThanh":
        return [{"MATINHTHANH": code, "TENTINHTHANH": name} for code, name in PROVINCES.items()]
    if service == "LayDanhMucPhuongXa":
        communes = [agency for agency in state.country.open_on(today) if agency.kind == COMMUNE]
        return [
            {"MAPHUONGXA": agency.code, "TENPHUONGXA": agency.name, "MATINHTHANH": agency.root} for agency in communes
        ]
    if service == "LayDanhSachTTHC":
        return [listed(procedure) for procedure in state.procedures]
    if service == "LayThuTuc":
        return [described(found) for found in state.procedures if found.code == body.get("maTTHC")]
    if service == "TraCuuTechID":
        draw = random.Random(f"{state.seed}/techid/{body.get('mstorcmnd')}")
        return [{"TECHID": f"synthetic-{draw.getrandbits(64):016x}"}]
    return None

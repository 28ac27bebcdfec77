"""Dossier and progress records as exporters send them, with personal fields and all; everything a text."""

from __future__ import annotations

import datetime as dt
from typing import Any

from support.ingest import new_dossier

PERSON = "Trần Thị Hồ Sơ"
IDENTITY = "001088123987"
PHONE = "0988123987"
EMAIL = "ho.so@example.vn"


def compact(at: dt.datetime) -> str:
    """An instant as `yyyyMMddHHmmss` in Vietnam's time."""
    return f"{at.astimezone(dt.timezone(dt.timedelta(hours=7))):%Y%m%d%H%M%S}"


def record(**overrides: Any) -> dict[str, Any]:
    """A dossier of a commune of H99, accepted two days ago; a field given as None is left out."""
    accepted = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
    fields: dict[str, Any] = {
        "MaHoSo": new_dossier(),
        "MaTTHC": "1.000894.000.00.00.H99",
        "TenTTHC": "Đăng ký kết hôn",
        "MaLinhVuc": "G15-TP01",
        "TenLinhVuc": "Hộ tịch",
        "KenhThucHien": "1",
        "ChuHoSo": PERSON,
        "LoaiDoiTuong": "1",
        "SoGiayToChuHoSo": IDENTITY,
        "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": IDENTITY}],
        "Email": EMAIL,
        "Fax": PHONE,
        "SoDienThoai": PHONE,
        "TrichYeuHoSo": f"Đơn của {PERSON}",
        "NgayNopHoSo": compact(accepted),
        "NgayTiepNhan": compact(accepted),
        "NgayHenTra": compact(accepted + dt.timedelta(days=5)),
        "NgayKetThucXuLy": "",
        "NgayTra": "",
        "NgayTuChoi": "",
        "TrangThaiHoSo": "4",
        "ThongTinTra": PHONE,
        "HinhThuc": "0",
        "DonViXuLy": "UBND xã",
        "NoiNopHoSo": "2",
        "TaiLieuNop": [
            {
                "TepDinhKemId": "77",
                "TenTepDinhKem": f"Đơn {PERSON}.pdf",
                "IsDeleted": "False",
                "MaThanhPhanHoSo": "KQ.01",
                "DuongDanTaiTepTin": f"https://kho.example.vn/{IDENTITY}.pdf",
                "DuocSoHoa": "1",
                "DuocTaiSuDung": "0",
                "DuocLayTuKhoDMQG": "0",
            }
        ],
        "DanhSachLePhi": [],
        "DanhSachGiayToKetQua": [],
        "DanhSachHoSoBoSung": [],
        "HoSoCoThanhPhanSoHoa": "True",
        "TaiKhoanDuocXacThucVoiVNeID": "False",
        "DuocThanhToanTrucTuyen": "0",
        "DSKetNoiCSDL": [],
        **overrides,
    }
    return {name: value for name, value in fields.items() if value is not None}


def step(dossier_code: str, at: dt.datetime, status: str = "4", **overrides: Any) -> dict[str, Any]:
    """A progress step of a dossier."""
    return {
        "MaHoSo": dossier_code,
        "NguoiXuLy": PERSON,
        "ChucDanh": "Chuyên viên",
        "ThoiDiemXuLy": compact(at),
        "PhongBanXuLy": "Bộ phận Một cửa",
        "NoiDungXuLy": f"Chuyển {PERSON} xử lý, {PHONE}",
        "TrangThai": status,
        "NgayBatDau": compact(at),
        "NgayKetThucTheoQuyDinh": "",
        **overrides,
    }

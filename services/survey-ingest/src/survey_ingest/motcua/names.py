"""Field names and fixed codes of the một-cửa dialect beside the canonical ones: data, in both directions.

Source: the ingest contract's table of fields and the REST contract of the một-cửa dialect (sheet `PhieuDanhGia`). The
inner names of `MauKhaoSat` are ours: no published form has them.
"""

from __future__ import annotations

from types import MappingProxyType

ANSWERS, SAMPLE, NOTICE = "DanhSachTraLoi", "MauKhaoSat", "ThongBaoDuLieu"

SHEET = MappingProxyType(
    {
        "MaPhieu": "response_id",
        "MaDonVi": "unit_code",
        "MaBoCauHoi": "instrument",
        "PhienBan": "instrument_version",
        "ThoiDiemDanhGia": "answered_at",
        "GiaiDoan": "stage",
        "KenhThuThap": "collected_via",
        "CheDo": "mode",
        ANSWERS: "answers",
        "MucDoHaiLong": "overall",
        "MaHoSo": "dossier_code",
        "MaTTHC": "procedure_code",
        "MaLinhVuc": "field_code",
        "KenhThucHien": "service_channel",
        "ThayThe": "replaces",
        SAMPLE: "sample",
        "YKien": "comment",
        "ThoiDiemGui": "sent_at",
        "MaThietBi": "device_id",
        "SoThuTuThietBi": "device_seq",
        "MaQuay": "counter_id",
        "MaCanBo": "staff_ref",
        "LoaiDoiTuong": "respondent_kind",
        NOTICE: "privacy_notice",
    }
)
INNER = MappingProxyType(
    {
        ANSWERS: {"MaCauHoi": "item", "GiaTri": "value", "VanBan": "text", "TuDong": "automatic"},
        SAMPLE: {"Dot": "round", "Tang": "stratum", "Cum": "cluster", "TrongSo": "weight"},
        NOTICE: {"PhienBan": "version", "DaHienThi": "shown"},
    }
)
"""Fields inside fields."""

CODES: dict[str, dict[str, tuple[str, str]]] = {
    "GiaiDoan": {
        "1": ("intake", "Hướng dẫn, tiếp nhận"),
        "2": ("supplement", "Bổ sung hồ sơ"),
        "3": ("result", "Trả kết quả"),
        "4": ("after", "Sau khi trả kết quả"),
    },
    "KenhThuThap": {
        "1": ("kiosk", "Kiosk, màn hình tại quầy"),
        "2": ("qr", "Mã QR trên phiếu hẹn"),
        "3": ("sms", "Tin nhắn SMS"),
        "4": ("zalo", "Zalo"),
        "5": ("web", "Trang web, ứng dụng"),
        "6": ("paper", "Phiếu giấy nhập lại"),
        "7": ("phone", "Điện thoại"),
        "9": ("other", "Khác"),
    },
    "CheDo": {
        "1": ("self", "Người dân tự thao tác"),
        "2": ("assisted", "Cán bộ thao tác thay"),
        "3": ("from_paper", "Nhập từ phiếu giấy"),
    },
    "KenhThucHien": {
        "1": ("direct", "Trực tiếp"),
        "2": ("online", "Trực tuyến"),
        "3": ("postal", "Bưu chính công ích"),
    },
    "LoaiDoiTuong": {
        "1": ("citizen", "Công dân"),
        "2": ("business", "Doanh nghiệp"),
        "3": ("state_agency", "Cơ quan nhà nước"),
        "4": ("other", "Tổ chức khác"),
    },
    "LyDo": {
        "1": ("test", "Dữ liệu thử nghiệm"),
        "2": ("entered_in_error", "Nhập sai"),
        "3": ("citizen_request", "Theo yêu cầu của người dân"),
    },
}
"""Field -> code -> (canonical word, label)."""

LEVELS = {
    "1": "Rất không hài lòng",
    "2": "Không hài lòng",
    "3": "Bình thường",
    "4": "Hài lòng",
    "5": "Rất hài lòng",
}
VERDICTS = {
    "accepted": ("TIEP_NHAN", "Đã tiếp nhận, được tính"),
    "duplicate": ("TRUNG_LAP", "Phiếu giống hệt đã nhận trước đó"),
    "repeat": ("DANH_GIA_LAI", "Hồ sơ đã có đánh giá ở giai đoạn này: giữ lại, không tính"),
    "quarantined": ("CHO_DOI_CHIEU", "Giữ lại, chờ danh mục có mã đơn vị hoặc bộ câu hỏi"),
    "conflict": ("XUNG_DOT", "MaPhieu đã có với nội dung khác"),
    "refused": ("TU_CHOI", "Không nhận, xem DanhSachLoi"),
}
STATES = {
    "counted": ("DUOC_TINH", "Được tính"),
    "repeat": ("DANH_GIA_LAI", "Giữ lại, không tính"),
    "withdrawn": ("DA_THU_HOI", "Đã thu hồi"),
    "replaced": ("DA_THAY_THE", "Đã được phiếu khác thay thế"),
    "quarantined": ("CHO_DOI_CHIEU", "Chờ đối chiếu danh mục"),
    "rejected_later": ("BI_LOAI_SAU", "Bị loại khi đối chiếu lại"),
}
EVENTS = {
    "counted": "DUOC_TINH",
    "stored": "DA_LUU",
    "quarantined": "CHO_DOI_CHIEU",
    "released": "DA_DOI_CHIEU",
    "superseded": "CO_BAN_MOI_HON",
    "rejected_later": "BI_LOAI_SAU",
    "repeat": "DANH_GIA_LAI",
    "withdrawn": "DA_THU_HOI",
    "replaced": "DA_THAY_THE",
    "promoted": "DUOC_TINH_THAY",
}
"""What the history of a response says."""

_VIETNAMESE = {canonical: name for name, canonical in SHEET.items()}
_VIETNAMESE_INNER = {
    SHEET[outer]: {canonical: name for name, canonical in inner.items()} for outer, inner in INNER.items()
}
STRANGER = "."
"""Stands before a name of the canonical dialect that a một-cửa item uses as its own: it is unknown here, and stays so."""


def vietnamese_path(path: str) -> str:
    """The path of a finding in the sender's own names: `answers[0].value` -> `DanhSachTraLoi[0].GiaTri`."""
    outer, dot, inner = path.partition(".")
    if not outer:
        return inner
    name, bracket, index = outer.partition("[")
    shown = _VIETNAMESE_INNER.get(name, {}).get(inner, inner.removeprefix(STRANGER))
    return f"{_VIETNAMESE.get(name, name)}{bracket}{index}{dot}{shown}"

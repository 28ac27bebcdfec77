"""What senders post in the một-cửa dialect. The types document the interface; the checks read items field by field."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from survey_ingest.motcua.names import INNER, SHEET


class SheetItemAnswer(msgspec.Struct, omit_defaults=True, rename={c: v for v, c in INNER["DanhSachTraLoi"].items()}):
    """Câu trả lời cho một câu hỏi."""

    item: str
    value: int | str | list[str] | None = None
    """Số của thang đo, mã lựa chọn; nhiều lựa chọn: mảng, hoặc chuỗi nối bằng ##."""
    text: Annotated[str, Meta(max_length=2000)] | None = None
    automatic: bool | int | str | None = None
    """true nếu phần mềm tự điền: được giữ, không bao giờ tính."""


class SheetSample(msgspec.Struct, omit_defaults=True, rename={c: v for v, c in INNER["MauKhaoSat"].items()}):
    """Vị trí trong mẫu khảo sát xác suất: đợt, tầng, cụm, trọng số."""

    round: str | None = None
    stratum: str | None = None
    cluster: str | None = None
    weight: str | None = None


class NoticeShown(msgspec.Struct, omit_defaults=True, rename={c: v for v, c in INNER["ThongBaoDuLieu"].items()}):
    """Thông báo xử lý dữ liệu đã hiển thị."""

    version: str | None = None
    shown: bool | int | str | None = None


Moment = Annotated[
    str, Meta(description="yyyyMMddHHmmss (giờ Việt Nam) hoặc ISO 8601; không có múi giờ nghĩa là +07:00.")
]
Code = int | str


class Sheet(msgspec.Struct, omit_defaults=True, rename={c: v for v, c in SHEET.items()}):
    """Một phiếu đánh giá, không có dữ liệu cá nhân. Số và đúng/sai gửi dạng chuỗi cũng được; trường lạ được bỏ qua kèm cảnh báo."""

    response_id: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
    unit_code: Annotated[str, Meta(max_length=35, description="H44.07, 000.00.07.H44 hoặc gso:NNNNN.")]
    instrument: Annotated[str, Meta(max_length=40, description="KIOSK3, HL5, TT01-2018, SIPAS-2017...")]
    instrument_version: Annotated[str, Meta(max_length=40)]
    answered_at: Moment
    stage: Annotated[Code, Meta(description="1 tiếp nhận, 2 bổ sung, 3 trả kết quả, 4 sau trả kết quả.")]
    collected_via: Annotated[
        Code, Meta(description="1 kiosk, 2 QR, 3 SMS, 4 Zalo, 5 web, 6 phiếu giấy, 7 điện thoại, 9 khác.")
    ]
    mode: Annotated[Code, Meta(description="1 tự phục vụ, 2 cán bộ thao tác thay, 3 nhập từ giấy.")]
    answers: Annotated[list[SheetItemAnswer], Meta(max_length=200)] | None = None
    overall: Annotated[Code | None, Meta(description="1 đến 5, hoặc chữ: 'Rất hài lòng'...")] = None
    dossier_code: Annotated[str, Meta(max_length=50)] | None = None
    procedure_code: str | None = None
    field_code: str | None = None
    service_channel: Annotated[Code | None, Meta(description="1 trực tiếp, 2 trực tuyến, 3 bưu chính công ích.")] = None
    replaces: Annotated[str | None, Meta(description="MaPhieu của phiếu được đính chính.")] = None
    sample: SheetSample | None = None
    comment: Annotated[str, Meta(max_length=2000)] | None = None
    sent_at: Moment | None = None
    device_id: str | None = None
    device_seq: int | str | None = None
    counter_id: str | None = None
    staff_ref: Annotated[str | None, Meta(description="Mã cán bộ không mang nghĩa; không phải số định danh.")] = None
    respondent_kind: Annotated[
        Code | None, Meta(description="1 công dân, 2 doanh nghiệp, 3 cơ quan nhà nước, 4 khác; mã riêng được ánh xạ.")
    ] = None
    privacy_notice: NoticeShown | None = None


class NamedBatch(msgspec.Struct, rename={"key": "MaLo", "sheets": "DanhSach"}):
    """Lô có tên: MaLo thay cho Idempotency-Key."""

    sheets: Annotated[list[Sheet], Meta(min_length=1, max_length=500)]
    key: str | None = None


class SheetWithdrawal(msgspec.Struct, rename={"reason": "LyDo"}):
    """Lý do thu hồi: 1 dữ liệu thử nghiệm, 2 nhập sai, 3 theo yêu cầu của người dân."""

    reason: Code

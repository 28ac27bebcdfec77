"""`error_code`s and warning codes of the một-cửa dialect: stable, served at `danh-muc/ma-loi`.

Source: the answer table of the một-cửa contract. -30 and below are ours, for cases that the table does not name.
"""

from __future__ import annotations

from typing import NamedTuple


class ErrorCode(NamedTuple):
    """One row of the error table."""

    code: int
    statuses: tuple[int, ...]
    case: str
    retry: str


ERROR_CODES = (
    ErrorCode(0, (200, 201, 202), "Đã tiếp nhận (201 mới, 200 đã có hoặc đánh giá lại, 202 chờ đối chiếu danh mục)", "-"),
    ErrorCode(1, (207, 422), "Lô chỉ được nhận một phần (207) hoặc không phiếu nào được nhận (422)", "Chỉ các phiếu lỗi, sau khi sửa"),
    ErrorCode(-3, (409,), "MaPhieu đã có với nội dung khác", "Không; đính chính bằng phiếu mới có ThayThe"),
    ErrorCode(-10, (422,), "Thiếu trường bắt buộc", "Không, sửa rồi gửi lại"),
    ErrorCode(-11, (400, 422), "Sai kiểu hoặc sai định dạng", "Không, sửa rồi gửi lại"),
    ErrorCode(-12, (400,), "Không đọc được: JSON, XML, gzip hỏng hoặc không phải UTF-8", "Không, sửa rồi gửi lại"),
    ErrorCode(-16, (422,), "Giá trị nằm ngoài thang đo hoặc danh sách lựa chọn", "Không, sửa rồi gửi lại"),
    ErrorCode(-17, (422,), "Thời điểm đánh giá ở tương lai hoặc quá cũ", "Không; đồng hồ chạy nhanh thì chỉnh giờ rồi gửi lại"),
    ErrorCode(-18, (422,), "Chỉ có câu trả lời do phần mềm tự điền", "Không"),
    ErrorCode(-19, (422,), "Có dữ liệu cá nhân", "Không, bỏ trường đó rồi gửi lại"),
    ErrorCode(-20, (401,), "Thiếu mã truy cập, mã sai hoặc đã hết hạn", "Có, sau khi lấy mã truy cập mới"),
    ErrorCode(-21, (403,), "Đơn vị ngoài phạm vi, hoặc thiếu quyền", "Không"),
    ErrorCode(-22, (413,), "Lô hoặc nội dung quá lớn", "Có, sau khi chia nhỏ"),
    ErrorCode(-23, (429,), "Vượt hạn mức gửi", "Có, sau Retry-After giây"),
    ErrorCode(-30, (404,), "Không có phiếu, lô hoặc đường dẫn này", "Không"),
    ErrorCode(-31, (405,), "Đường dẫn không nhận phương thức này", "Không"),
    ErrorCode(-32, (409,), "Lô cùng mã đang được xử lý", "Có, sau Retry-After giây"),
    ErrorCode(-33, (422,), "Mã lô đã dùng cho nội dung khác", "Không; lô mới cần mã mới"),
    ErrorCode(-34, (422,), "Phiếu không khớp bộ câu hỏi", "Không, sửa rồi gửi lại"),
    ErrorCode(-35, (422,), "ThayThe không hợp lệ", "Chỉ khi phiếu bị thay thế chưa đến nơi"),
    ErrorCode(-36, (200,), "Không có dịch vụ tên này (cổng kết nối theo phiên)", "Không"),
    ErrorCode(-90, (503,), "Hệ thống bận hoặc bảo trì", "Có, sau Retry-After giây"),
    ErrorCode(-99, (500,), "Lỗi nội bộ, kèm MaYeuCau", "Có, giãn dần thời gian"),
)  # fmt: skip

BY_STATUS = {
    400: -12,
    401: -20,
    403: -21,
    404: -30,
    405: -31,
    409: -3,
    413: -22,
    422: -11,
    429: -23,
    500: -99,
    503: -90,
}
"""For an error whose own code has no row in the sentences."""

WARNING_CODES = {
    "unknown_field": "W01",
    "dossier_off_pattern": "W02",
    "unit_code_closed": "W03",
    "procedure_unknown": "W04",
    "personal_data_masked": "W05",
    "personal_data_stripped": "W06",
    "repeat": "W07",
    "unit_unknown": "W08",
    "unit_ambiguous": "W09",
    "instrument_unknown": "W10",
    "instrument_version_unknown": "W11",
    "withdrawn": "W12",
}
"""Finding of a stored item -> `CanhBao.Ma`."""

"""What the answer says about a record, in Vietnamese: one row a code. Values that were sent are never repeated. Pure."""

from __future__ import annotations

import functools
from typing import NamedTuple

from parindex.errors import Finding


class Sentence(NamedTuple):
    """`error_code` 0: a warning, the record is stored all the same; `truong` is the name of the field."""

    error_code: int
    text: str


SENTENCES: dict[str, Sentence] = {
    # Refused.
    "record_unreadable": Sentence(-12, "Bản ghi không phải một đối tượng JSON."),
    "dossier_code_missing": Sentence(-10, "Thiếu MaHoSo."),
    "dossier_code_form": Sentence(-11, "MaHoSo phải là chuỗi 1 đến 50 ký tự in được."),
    "dossier_code_personal": Sentence(-19, "MaHoSo trông như số định danh hoặc số điện thoại; hãy gửi mã hồ sơ."),
    "unit_out_of_scope": Sentence(-21, "Đơn vị của hồ sơ nằm ngoài phạm vi của tài khoản này ({truong})."),
    "unit_missing": Sentence(-10, "Không nhận ra đơn vị của hồ sơ; hãy gửi MaDonVi (madonvi) trong phạm vi của tài khoản."),
    "dossier_exists": Sentence(-3, "đã tồn tại với nội dung khác; gửi lại với isUpdating=True để cập nhật."),
    # Warnings: what is odd about a record.
    "unknown_field": Sentence(0, "Trường {truong} không có trong quy định nên được bỏ qua."),
    "dossier_off_pattern": Sentence(0, "MaHoSo không theo mẫu toàn quốc (H44.07-260921-0042); giữ nguyên như đã gửi."),
    "unit_unknown": Sentence(0, "Mã đơn vị ở {truong} không có trong danh mục; đơn vị được nhận ra theo cách khác."),
    "unit_ambiguous": Sentence(0, "Mã đơn vị ở {truong} đã đóng và địa bàn chia cho nhiều đơn vị; đơn vị được nhận ra theo cách khác."),
    "unit_code_closed": Sentence(0, "Mã đơn vị ở {truong} đã đóng; hồ sơ được tính cho đơn vị kế thừa."),
    "agency_name_unknown": Sentence(0, "Không có đúng một đơn vị mang tên ở {truong} trong phạm vi của tài khoản."),
    "unit_from_scope": Sentence(0, "Không nhận ra đơn vị của hồ sơ; tạm tính cho đơn vị của tài khoản. Hãy gửi MaDonVi."),
    "moment_unreadable": Sentence(0, "{truong} không đọc được nên coi như không có; gửi yyyyMMddHHmmss (giờ Việt Nam)."),
    "code_unreadable": Sentence(0, "{truong} không phải mã nên coi như không có."),
    "status_missing": Sentence(0, "Thiếu TrangThaiHoSo."),
    "status_unknown": Sentence(0, "{truong} không có trong danh mục 1 đến 10 và chưa có bảng quy đổi cho hệ thống này."),
    "channel_unknown": Sentence(0, "KenhThucHien không phải 1, 2 hoặc 3; được tính là trực tiếp như trên Cổng."),
    "applicant_unknown": Sentence(0, "LoaiDoiTuong không có trong danh mục và chưa có bảng quy đổi cho hệ thống này."),
    "payment_unknown": Sentence(0, "DuocThanhToanTrucTuyen không phải 0, 1, 2 hoặc 3; coi như không có."),
    "flag_unreadable": Sentence(0, "{truong} không phải True hoặc False; coi như không có."),
    "list_unreadable": Sentence(0, "{truong} không phải danh sách; coi như không có."),
    "fee_unreadable": Sentence(0, "Có dòng trong DanhSachLePhi không đọc được số tiền."),
    "procedure_missing": Sentence(0, "Thiếu MaTTHC."),
    "procedure_unknown": Sentence(0, "MaTTHC chưa có trong danh mục thủ tục; hồ sơ vẫn được nhận."),
    "supplement_without_start": Sentence(0, "Có lần yêu cầu bổ sung không có NgayBoSung; lần đó không được tính."),
    "supplement_backwards": Sentence(0, "Có lần bổ sung xong trước khi yêu cầu bổ sung."),
    "accepted_missing": Sentence(0, "Hồ sơ đã được tiếp nhận nhưng không có NgayTiepNhan nên không thuộc kỳ nào."),
    "accepted_in_future": Sentence(0, "NgayTiepNhan ở tương lai."),
    "end_in_future": Sentence(0, "{truong} ở tương lai."),
    "finished_without_end": Sentence(0, "Hồ sơ đã xử lý xong hoặc đã trả kết quả nhưng không có NgayKetThucXuLy."),
    "end_before_acceptance": Sentence(0, "{truong} trước NgayTiepNhan."),
    "due_before_acceptance": Sentence(0, "NgayHenTra trước NgayTiepNhan."),
    "due_without_time": Sentence(0, "NgayHenTra không ghi giờ nên được hiểu là 00:00; hãy gửi cả giờ hẹn."),
    "information_only_online": Sentence(0, "Thủ tục chỉ cung cấp thông tin trực tuyến nhưng hồ sơ được nộp trực tuyến (KenhThucHien 2)."),
    "step_time_missing": Sentence(0, "Thiếu ThoiDiemXuLy; thứ tự lấy theo lúc nhận."),
    "step_in_future": Sentence(0, "ThoiDiemXuLy ở tương lai."),
}  # fmt: skip


@functools.lru_cache(maxsize=4096)
def finding(code: str, field: str = "") -> Finding:
    """The finding of that code about a field, named as the exporter names it."""
    return Finding(code, field, SENTENCES[code].text.format(truong=field))


def error_code(code: str) -> int:
    """`error_code` of a record refused for that finding."""
    return SENTENCES[code].error_code

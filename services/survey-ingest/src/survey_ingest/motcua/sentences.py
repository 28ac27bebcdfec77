"""What findings and errors say in Vietnamese, and their `error_code`: one row a code. Pure.

A sentence may repeat what the English one tells (a code, a day, a name): `tells` finds it there, as a message catalogue
finds its text by the original. Where it is not found, the sentence without it is used. Values that a sender gave are
repeated only where the English sentence does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from survey_ingest.motcua.codes import BY_STATUS
from survey_ingest.motcua.names import STATES, vietnamese_path


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` says it in general, `told` with the values that `tells` finds in the English sentence; {truong} is the field."""

    error_code: int
    text: str
    told: str = ""
    tells: str = ""


_CATALOGUE = "xem GET /api/v1/danh-muc"
SENTENCES: dict[str, Sentence] = {
    # Shape.
    "missing": Sentence(-10, "Thiếu trường bắt buộc {truong}."),
    "batch_empty": Sentence(-10, "Lô không có phiếu nào; gửi từ 1 đến 500 phiếu."),
    "body_empty": Sentence(-10, "Yêu cầu không có dữ liệu."),
    "wrong_type": Sentence(-11, "Trường {truong} sai kiểu dữ liệu."),
    "response_id_form": Sentence(-11, "{truong} phải là chuỗi 1 đến 64 ký tự A-Z a-z 0-9 . _ - (nên dùng UUID)."),
    "unit_code_unreadable": Sentence(-11, "{truong} không phải mã đơn vị; gửi dạng H44.07, 000.00.07.H44 hoặc gso:NNNNN."),
    "code_form": Sentence(-11, f"{{truong}} không phải mã của bộ câu hỏi; {_CATALOGUE}/bo-cau-hoi."),
    "item_form": Sentence(-11, f"{{truong}} không phải mã câu hỏi; {_CATALOGUE}/bo-cau-hoi."),
    "option_form": Sentence(-11, "{truong} phải là giá trị của thang đo, mã lựa chọn, hoặc chữ như 'Hài lòng'."),
    "unknown_value": Sentence(-11, f"{{truong}} không có trong danh mục mã; {_CATALOGUE}/kenh."),
    "weight_form": Sentence(-11, '{truong} phải là số thập phân lớn hơn 0 viết dạng chuỗi, ví dụ "1.25".'),
    "null_character": Sentence(-11, "{truong} chứa ký tự U+0000; hãy bỏ ký tự này."),
    "out_of_range": Sentence(-11, "Số ở {truong} vượt quá giới hạn."),
    "too_long": Sentence(-11, "{truong} quá dài.", "{truong} dài {0} ký tự; nhiều nhất {1}.", r"has (\d+) characters; at most (\d+)"),
    "too_many": Sentence(-11, "{truong} có quá nhiều phần tử (nhiều nhất 200)."),
    "item_twice": Sentence(-11, "Một câu hỏi được trả lời hai lần ({truong}).", "Câu hỏi {0} được trả lời hai lần ({truong}).", r"Item (\S+) is answered twice"),
    "time_unreadable": Sentence(-11, "{truong} không đọc được; gửi yyyyMMddHHmmss (giờ Việt Nam) hoặc ISO 8601."),
    "item_unreadable": Sentence(-12, "Phiếu này không đọc được; mỗi phiếu là một đối tượng JSON mã hóa UTF-8."),
    # What the day and the catalogue say.
    "value_outside_scale": Sentence(-16, "Giá trị ở {truong} nằm ngoài thang đo."),
    "option_unknown": Sentence(-16, "Lựa chọn ở {truong} không có trong bộ câu hỏi.", "Câu hỏi {0} không có lựa chọn gửi ở {truong}.", r"Item (\S+) has no option"),
    "answered_in_future": Sentence(-17, "ThoiDiemDanhGia sau giờ máy chủ hơn 5 phút; hãy đối chiếu đồng hồ với GET /api/v1/thoi-gian."),
    "answered_too_long_ago": Sentence(-17, "ThoiDiemDanhGia đã quá 400 ngày; dữ liệu cũ cần tài khoản có quyền gửi bổ sung."),
    "only_automatic_answers": Sentence(-18, "Mọi câu trả lời đều do phần mềm tự điền; cần ít nhất một câu do người dân chọn."),
    "personal_data": Sentence(-19, "{truong} chứa dữ liệu cá nhân, hệ thống không bao giờ nhận; hãy bỏ trước khi gửi."),
    "unit_out_of_scope": Sentence(-21, "MaDonVi nằm ngoài phạm vi của tài khoản này.", "Đơn vị {0} nằm ngoài phạm vi của tài khoản này.", r"Unit (\S+) lies outside"),
    "instrument_not_valid": Sentence(-34, "Phiên bản bộ câu hỏi này không dùng vào ngày đánh giá.", "Bộ câu hỏi {0} phiên bản {1} không dùng vào ngày {2}.", r"(\S+) version (\S+) was not in use on (\S+)\.$"),
    "item_unknown": Sentence(-34, "Bộ câu hỏi không có câu hỏi này ({truong}).", "Bộ câu hỏi {0} không có câu hỏi {1} ({truong}).", r"^(\S+ \S+) has no item (\S+)\.$"),
    "overall_differs": Sentence(-34, "MucDoHaiLong khác với câu trả lời của câu hỏi chung; chỉ gửi ở một nơi."),
    "no_overall_item": Sentence(-34, "Bộ câu hỏi này không có câu hỏi chung; gửi câu trả lời trong DanhSachTraLoi."),
    "not_multi_select": Sentence(-34, "Câu hỏi ở {truong} chỉ nhận một lựa chọn."),
    "value_not_taken": Sentence(-34, "Câu hỏi ở {truong} chỉ nhận chữ; gửi trong VanBan."),
    "sample_not_taken": Sentence(-34, "Bộ câu hỏi này không chọn mẫu; bỏ MauKhaoSat."),
    # Identity, corrections, withdrawals.
    "id_taken": Sentence(-3, "MaPhieu đã tồn tại với nội dung khác; muốn đính chính hãy gửi phiếu mới có ThayThe."),
    "replaces_itself": Sentence(-35, "Phiếu không thể tự thay thế chính nó."),
    "replaces_not_found": Sentence(-35, "Chưa có phiếu nêu ở ThayThe trong hệ thống của bạn; gửi phiếu đó trước rồi gửi lại phiếu này."),
    "replaces_not_counting": Sentence(-35, "Phiếu nêu ở ThayThe không đang được tính, hoặc thuộc hồ sơ, bộ câu hỏi hay giai đoạn khác.", "Phiếu {0} không được tính ở hồ sơ, bộ câu hỏi và giai đoạn này (trạng thái: {trang_thai}); hãy thay thế phiếu đang được tính.", r"Response (\S+) does not count in this place \(it is (?P<state>\S+)\)"),
    "reason_unknown": Sentence(-11, "LyDo phải là 1 (dữ liệu thử nghiệm), 2 (nhập sai) hoặc 3 (theo yêu cầu của người dân)."),
    "stored_meanwhile": Sentence(-3, "Một phiếu cùng mã gửi sau đã được lưu."),
    "withdrawn": Sentence(0, "Phiếu này đã được thu hồi."),
    # Warnings.
    "unknown_field": Sentence(0, "Trường {truong} không có trong quy định nên được bỏ qua."),
    "dossier_off_pattern": Sentence(0, "Mã hồ sơ không theo mẫu toàn quốc (H01.15-251001-0001); giữ nguyên như đã gửi."),
    "unit_code_closed": Sentence(0, "Mã đơn vị đã đóng; đã quy đổi sang đơn vị kế thừa.", "Mã {0} đã đóng trước ngày {1}; đã quy đổi sang {2}. Hãy gửi mã của đơn vị kế thừa.", r"Code (\S+) was closed before (\S+); its successor (.+) was taken"),
    "procedure_unknown": Sentence(0, "Mã thủ tục chưa có trong danh mục; phiếu vẫn được tính."),
    "personal_data_masked": Sentence(0, "Số điện thoại, số định danh hoặc thư điện tử trong {truong} đã được che."),
    "personal_data_stripped": Sentence(0, "{truong} chứa dữ liệu cá nhân và đã bị bỏ; hãy bỏ trước khi gửi."),
    "repeat": Sentence(0, "Hồ sơ đã có đánh giá ở giai đoạn này; phiếu được giữ lại, không tính thêm."),
    "unit_unknown": Sentence(0, "Mã đơn vị chưa có trong danh mục; phiếu được giữ và đối chiếu lại.", "Mã {0} chưa có trong danh mục vào ngày {1}; phiếu được giữ và đối chiếu lại.", r"Code (\S+) is not in the register on (\S+)\.$"),
    "unit_ambiguous": Sentence(0, "Mã đơn vị đã đóng và địa bàn chia cho nhiều đơn vị; phiếu được giữ, chờ đối chiếu.", "Mã {0} đã đóng, địa bàn chia cho nhiều đơn vị: {1}. Phiếu được giữ; hãy gửi mã của đơn vị giữ hồ sơ.", r"Code (\S+) was closed and its area went to several units: (.+)\.$"),
    "instrument_unknown": Sentence(0, "Bộ câu hỏi chưa có trong danh mục; phiếu được giữ và đối chiếu lại.", "Bộ câu hỏi {0} chưa có trong danh mục; phiếu được giữ và đối chiếu lại.", r"Questionnaire (\S+) is not in"),
    "instrument_version_unknown": Sentence(0, "Phiên bản bộ câu hỏi chưa có trong danh mục; phiếu được giữ và đối chiếu lại.", "Phiên bản {0} của {1} chưa có trong danh mục (mới nhất: {2}); phiếu được giữ và đối chiếu lại.", r"Version (\S+) of (\S+) is not in the catalogue \(newest: (.+)\)"),
    # Whole requests.
    "json_unreadable": Sentence(-12, "Nội dung không phải JSON trọn vẹn mã hóa UTF-8 (bị cắt, có số quá lớn, lồng quá sâu) hoặc không phải một đối tượng.", "Nội dung không phải JSON mã hóa UTF-8: không đọc được từ byte thứ {0}; hãy xem lại dấu phẩy, ngoặc kép, bảng mã hoặc số quá lớn ở đó.", r"\(byte (\d+)\)"),
    "xml_unreadable": Sentence(-12, "Nội dung XML không đọc được.", "XML hỏng ở dòng {0}, cột {1}: {2}.", r"line (\d+), column (\d+): (.+)\.$"),
    "xml_forbidden": Sentence(-12, "XML có phần không được phép.", "XML ở dòng {0}, cột {1} có phần không được phép: {2}.", r"line (\d+), column (\d+): (.+)\.$"),
    "body_cut": Sentence(-12, "Kết nối đứt trước khi nhận đủ nội dung; chưa lưu gì, hãy gửi lại."),
    "gzip_unreadable": Sentence(-12, "Nội dung nén gzip bị hỏng hoặc thiếu."),
    "encoding_unknown": Sentence(-12, "Content-Encoding không được hỗ trợ; gửi không nén hoặc gzip."),
    "batch_form": Sentence(-12, "Lô phải là mảng JSON, đối tượng có MaLo và DanhSach, hoặc NDJSON."),
    "body_too_large": Sentence(-22, "Nội dung quá lớn; hãy chia nhỏ.", "Nội dung lớn hơn {0} byte; hãy chia nhỏ.", r"larger than (\d+) bytes"),
    "too_many_items": Sentence(-22, "Một lần gửi nhiều nhất 500 phiếu hoặc bản ghi; hãy chia nhỏ.", "Lô có {0} phiếu, nhiều nhất {1}; hãy chia nhỏ.", r"holds (\d+) items; at most (\d+)"),
    "idempotency_key_form": Sentence(-11, "Mã lô phải có 1 đến 128 ký tự ASCII in được, không có khoảng trắng."),
    "batch_keys_differ": Sentence(-11, "MaLo khác với Idempotency-Key; chỉ gửi một mã."),
    "idempotency_key_reused": Sentence(-33, "Mã lô này đã dùng cho nội dung khác; lô mới cần mã mới, gửi lại lô cũ thì giữ nguyên từng byte."),
    "batch_running": Sentence(-32, "Lô cùng mã đang được xử lý; hỏi lại sau Retry-After giây."),
    "batch_not_found": Sentence(-30, "Không có lô nào lưu dưới mã này (giữ 30 ngày); nếu lô chưa từng đến nơi, hãy gửi lại."),
    "response_not_found": Sentence(-30, "Không có phiếu này trong hệ thống của bạn; phiếu bị từ chối không được lưu."),
    "procedure_not_found": Sentence(-30, "Không có thủ tục này trong danh mục."),
    "path_not_found": Sentence(-30, "Không có gì ở đường dẫn này; xem /docs."),
    "method_not_allowed": Sentence(-31, "Đường dẫn này không nhận phương thức đã gửi; xem /docs."),
    "request_invalid": Sentence(-11, "Tham số không đúng quy định; xem DanhSachLoi và /docs."),
    "parameter_invalid": Sentence(-11, "Tham số {truong} không đúng quy định; xem /docs."),
    "cursor_unreadable": Sentence(-11, "ConTro không phải do hệ thống này cấp; gửi nguyên ConTroTiep của trang trước."),
    "since_unreadable": Sentence(-11, "CapNhatTu phải là số PhienBanDanhMuc của lần trước, hoặc ngày giờ (yyyyMMdd, yyyyMMddHHmmss, ISO 8601)."),
    "day_unreadable": Sentence(-11, "{truong} phải là một ngày: yyyy-MM-dd, yyyyMMdd hoặc dd/MM/yyyy."),
    "days_out_of_range": Sentence(-11, "TuNgay phải trước hoặc bằng DenNgay và cách nhau không quá giới hạn; hãy hỏi từng đợt."),
    "day_outside": Sentence(-11, "{truong} nằm ngoài khoảng TuNgay đến DenNgay."),
    "count_unreadable": Sentence(-11, "{truong} phải là số nguyên không âm."),
    "settlement_invalid": Sentence(-11, "Bảng đối soát có lỗi; xem DanhSachLoi."),
    # Who speaks.
    "token_missing": Sentence(-20, "Chưa gửi mã truy cập; lấy mã ở POST /token rồi gửi trong 'Authorization: Bearer ...'."),
    "token_unreadable": Sentence(-20, "Authorization không phải mã truy cập của hệ thống này; lấy mã ở POST /token."),
    "token_invalid": Sentence(-20, "Mã truy cập không đúng, đã hết hạn hoặc bị thu hồi; lấy mã mới ở POST /token."),
    "session_invalid": Sentence(-20, "Phiên làm việc không đúng hoặc đã hết hạn; hãy đăng nhập lại."),
    "not_a_system": Sentence(-20, "Tài khoản này thuộc về một người, không phải phần mềm gửi phiếu."),
    "invalid_client": Sentence(-20, "Sai client_id hoặc client_secret, hoặc tài khoản đã hết hạn."),
    "lgsp_address_untrusted": Sentence(-20, "lgspaccesstoken chỉ được nhận từ địa chỉ LGSP đã khai báo; dùng POST /token."),
    "lgsp_unreadable": Sentence(-20, "lgspaccesstoken không phải base64 của JSON có AccessKey và SecretKey."),
    "scope_missing": Sentence(-21, "Tài khoản thiếu quyền cho việc này."),
    "invalid_request": Sentence(-11, "Yêu cầu lấy mã truy cập phải có client_id và client_secret (biểu mẫu, JSON hoặc đầu Basic)."),
    "unsupported_grant_type": Sentence(-11, "Chỉ cấp theo grant_type=client_credentials."),
    "invalid_scope": Sentence(-11, "Tài khoản này không có quyền đã xin trong scope."),
    "service_unknown": Sentence(-36, "Không có dịch vụ này.", "Không có dịch vụ này; các dịch vụ: {0}.", r"Known: (.+)\.$"),
    # Dossiers and petitions.
    "records_unreadable": Sentence(-12, "Gửi một bản ghi, một mảng bản ghi, hoặc đối tượng có madonvi, isUpdating và data."),
    "records_missing": Sentence(-10, "Yêu cầu không có bản ghi nào; gửi từ 1 đến 500 bản ghi."),
    "updating_unreadable": Sentence(-11, "isUpdating phải là True hoặc False, hoặc bỏ trống."),
    "dossier_not_found": Sentence(-30, "Không tìm thấy hồ sơ này trong phạm vi của tài khoản."),
    "petitions_invalid": Sentence(-11, "Chưa lưu gì: có số đếm không nhận được, xem DanhSachLoi."),
    "month_unreadable": Sentence(-11, "{truong} không phải một tháng; gửi dạng 2026-10."),
    "month_in_future": Sentence(-17, "Tháng ở {truong} chưa bắt đầu."),
    "part_above_whole": Sentence(-11, "{truong} lớn hơn tổng của nó.", "{truong} lớn hơn {0}.", r"More than (\S+)\.$"),
    "unit_twice": Sentence(-11, "Đơn vị và tháng ở {truong} có hai lần."),
    "unit_not_in_month": Sentence(-11, "Mã đơn vị ở {truong} không có trong danh mục vào tháng đó."),
    # Our side.
    "rate_exceeded": Sentence(-23, "Vượt hạn mức gửi; chưa lưu gì, gửi lại sau Retry-After giây."),
    "back_pressure": Sentence(-90, "Hệ thống đang bận; chưa lưu gì, gửi lại sau Retry-After giây."),
    "contention": Sentence(-90, "Hệ thống đang bận; chưa lưu gì, gửi lại sau Retry-After giây."),
    "database_unavailable": Sentence(-90, "Cơ sở dữ liệu tạm thời không trả lời, chưa rõ đã lưu hay chưa; gửi lại sau Retry-After giây, không phiếu nào bị lưu hai lần."),
    "internal_error": Sentence(-99, "Lỗi nội bộ đã được ghi lại; gửi lại sau, nếu còn lỗi hãy báo MaYeuCau."),
}  # fmt: skip
_PATTERNS = {code: re.compile(sentence.tells) for code, sentence in SENTENCES.items() if sentence.tells}
_STATES = {state: words.lower() for state, (_, words) in STATES.items()}
_NO_ANSWER = "Cần ít nhất một câu trả lời do người dân chọn, trong DanhSachTraLoi hoặc MucDoHaiLong."


def in_vietnamese(code: str, field: str, english: str) -> str:
    """The Vietnamese sentence of a finding or an error; `field` is the canonical path, `english` the canonical sentence."""
    sentence = SENTENCES.get(code)
    if sentence is None:
        return "Yêu cầu không được chấp nhận."
    if code == "missing" and field == "answers":
        return _NO_ANSWER
    where = vietnamese_path(field) or "Nội dung"
    found = _PATTERNS[code].search(english) if code in _PATTERNS else None
    if found is None:
        return sentence.text.format(truong=where)
    state = _STATES.get(found.groupdict().get("state", ""), "")
    return sentence.told.format(*found.groups(), truong=where, trang_thai=state)


def error_code(code: str, status: int = 422) -> int:
    """The `error_code` of a finding or an error."""
    sentence = SENTENCES.get(code)
    return sentence.error_code if sentence is not None else BY_STATUS.get(status, -99 if status >= 500 else -11)

"""The Vietnamese half of what the product says, and figures as Vietnamese write them."""

from __future__ import annotations

import re

from parindex.errors import Finding, ParindexError

_LETTER = re.compile(r"[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.IGNORECASE)
_CODES = {
    "input_shape": "Chưa điền đủ số liệu mà cách chấm này cần.",
    "value_not_decimal": "Cần một số, ví dụ 85,30.",
    "value_not_count": "Cần số nguyên từ 0 trở lên.",
    "value_not_day": "Cần một ngày có trong lịch.",
    "value_not_options": "Một ý được chọn hai lần.",
    "value_not_boolean": "Chọn Có hoặc Không.",
    "value_not_text": "Chưa chọn mức nào.",
    "value_negative": "Không được là số âm.",
    "percent_outside_scale": "Tỷ lệ phải từ 0 đến 100%.",
    "numerator_above_denominator": "Tử số lớn hơn mẫu số. Kiểm tra lại hai số.",
    "denominator_zero": "Mẫu số bằng 0 mà tử số lớn hơn 0.",
    "no_data_undeclared": "Bộ tiêu chí không quy định cách tính khi không phát sinh.",
    "option_unknown": "Không có ý nào mang ký hiệu này.",
    "event_unknown": "Không có lỗi nào mang ký hiệu này.",
    "value_outside_steps": "Giá trị không thuộc bậc điểm nào.",
    "points_above_maximum": "Điểm lớn hơn điểm tối đa.",
    "points_digits": "Điểm có quá nhiều chữ số thập phân.",
    "too_many_decimals": "Quá nhiều chữ số thập phân.",
    "inputs_invalid": "Số liệu chưa dùng được; xem từng mục.",
    "request_invalid": "Yêu cầu không đúng mẫu.",
    "path_not_found": "Không có trang này.",
    "method_not_allowed": "Trang này không nhận thao tác đó.",
    "database_unavailable": "Cơ sở dữ liệu tạm thời không trả lời. Hãy thử lại sau ít phút; không có gì bị ghi hai lần.",
    "internal_error": "Hệ thống gặp lỗi và đã ghi lại. Hãy thử lại sau.",
    "framework_unknown": "Không có bộ tiêu chí này.",
    "version_unknown": "Không có phiên bản này.",
    "form_unreadable": "Biểu mẫu gửi lên không đọc được. Hãy mở lại trang và gửi lại.",
    "period_unreadable": "Kỳ đánh giá không đúng. Viết 2025, 2025-H1, 2025-Q4 hoặc 2025-10.",
}
"""Words for findings of parts that speak English: the engine and the readers of files."""
_HINTS = {
    "role_missing": "Đề nghị cán bộ Sở Nội vụ giao vai trò.",
    "unit_not_yours": "Không ai được xem số liệu, tài liệu của đơn vị khác.",
    "round_not_yours": "Hỏi cán bộ Sở Nội vụ xem đơn vị tham gia đợt nào.",
    "field_not_in_charge": "Đợt đánh giá ghi rõ cơ quan phụ trách từng lĩnh vực.",
    "no_round_to_correct": "Nạp số liệu đã sửa ở nguồn của bảng, rồi công bố bản đính chính.",
    "component_not_disputed": "Chỉ quyết định lại nội dung bị khiếu nại và được chấp nhận.",
    "involved_in_case": "Cán bộ hoặc ủy viên khác giải quyết vụ này.",
    "own_declaration": "Người khác của cơ quan thẩm định hoặc hội đồng phải làm việc này.",
    "component_changed": "Xem lại nội dung mới nhất bên dưới rồi quyết định có gửi nữa hay không.",
    "component_unknown": "Mở lại danh mục tiêu chí của đơn vị.",
    "round_unknown": "Mở lại danh sách đợt đánh giá.",
    "unit_not_in_round": "Mở lại danh sách đơn vị của đợt.",
    "phase_not_open": "Chờ cán bộ Sở Nội vụ chuyển bước.",
    "opinion_missing": "Ghi ý kiến: đơn vị sẽ đọc và giải trình.",
    "input_missing": "Điền kết quả hoặc chọn “Không áp dụng”.",
    "note_missing": "Ghi nội dung vào ô bên dưới.",
    "not_self_assessed": "Số liệu do cán bộ Sở Nội vụ ghép vào.",
    "not_appraised": "Hội đồng có thể quyết định khác.",
    "manual_points": "Chỉ ghi phần giải trình.",
    "declaration_incomplete": "Bổ sung các mục bên dưới, hoặc đánh dấu “Nộp dù còn thiếu”.",
    "deadline_not_reached": "Chờ đến hạn, hoặc đặt hạn sớm hơn.",
    "round_incomplete": "Bổ sung các kết quả còn thiếu, hoặc đánh dấu “Kết thúc dù còn thiếu” và ghi lý do.",
    "second_person_needed": "Một người khác có thẩm quyền làm việc này.",
    "closers_have_scored": "Một thành viên hội đồng chưa chấm điểm xác nhận, hoặc đề nghị lại.",
    "closing_not_proposed": "Hãy đề nghị kết thúc trước.",
    "closing_proposed": "Thành viên khác xác nhận hoặc rút đề nghị.",
    "sign_in_refused": "Mỗi mã chỉ dùng một lần. Sai nhiều lần liên tiếp thì phải chờ. Quên mật khẩu: đề nghị cán bộ quản trị mời lại.",
    "invitation_over": "Đề nghị cán bộ quản trị gửi lời mời mới.",
    "code_wrong": "Kiểm tra giờ của điện thoại và nhập mã đang hiện.",
    "foreign_page": "Mở lại trang này trong hệ thống rồi gửi lại.",
    "opening_invalid": "Sửa từng mục bên dưới rồi gửi lại; chưa có gì được mở.",
    "last_officer": "Giao vai trò quản trị cho người khác trước.",
    "person_exists": "Hãy mời lại người đó.",
    "evidence_refused": "Đính kèm tệp khác hoặc xuất lại tệp.",
}
_GENERAL_HINT = "Sửa mục được nêu rồi gửi lại."


def sentence_vi(said: str | Finding | ParindexError) -> str:
    """The Vietnamese of a message "Vietnamese. / English."; for an English one the words of its code."""
    message, code = (said, "") if isinstance(said, str) else (said.message, said.code)
    vietnamese, both, _ = message.partition(" / ")
    if both and _LETTER.search(vietnamese):
        return vietnamese.strip()
    return _CODES.get(code, message)


def hint_vi(said: Finding | ParindexError) -> str:
    """What to do, in Vietnamese; '' where nothing but the obvious is known."""
    vietnamese, _, _ = said.hint.partition(" / ")
    if _LETTER.search(vietnamese):
        return vietnamese.strip()
    return _HINTS.get(said.code, _GENERAL_HINT if isinstance(said, ParindexError) and said.findings else "")


def decimal_vi(text: str) -> str:
    """`1234.50` as `1234,50`; thousands are not grouped, so that a copied figure reads back as it was."""
    return text.replace(".", ",")

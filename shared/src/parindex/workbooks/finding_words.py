"""Vietnamese words for the findings of framework documents: what an officer reads beside the English of the rule."""

from __future__ import annotations

from parindex.errors import Finding

_WORDS = {
    "missing": "thiếu giá trị bắt buộc",
    "wrong_kind": "giá trị không đúng loại",
    "unknown_key": "tham số hoặc mục này không dùng ở đây",
    "unknown_word": "từ này không có trong danh sách",
    "code_form": "mã chỉ gồm chữ không dấu, chữ số, dấu chấm, gạch ngang, gạch dưới (tối đa 64)",
    "version_form": "phiên bản tối đa 40 ký tự, không có @ và /",
    "duplicate_code": "mã hoặc ký hiệu bị lặp",
    "reserved_code": "mã này dành cho số liệu chung, hãy đặt mã khác",
    "too_many_decimals": "quá nhiều chữ số thập phân",
    "number_range": "số nằm ngoài khoảng cho phép",
    "digits_range": "số chữ số thập phân phải từ 0 đến 4",
    "maximum_digits": "điểm tối đa có nhiều chữ số thập phân hơn mức làm tròn",
    "maximum_not_reached": "các ý, mức hoặc bậc không cho đúng điểm tối đa",
    "no_points": "0 điểm thì không có tác dụng",
    "info_with_points": "tiêu chí chỉ theo dõi phải có điểm tối đa 0",
    "too_few_options": "quá ít ý hoặc mức",
    "steps_overlap": "các bậc chồng lên nhau",
    "steps_gap": "giữa các bậc có khoảng không cho điểm",
    "steps_open": "có giá trị không thuộc bậc nào",
    "empty_step": "bậc không chứa giá trị nào",
    "floor_not_below_full": "mức sàn phải thấp hơn mức tính đủ điểm",
    "rule_missing": "tiêu chí không có cách chấm điểm và cũng không có cấp dưới",
    "rule_and_children": "tiêu chí có cấp dưới thì không có cách chấm điểm riêng",
    "too_deep": "quá nhiều cấp",
    "split_of_a_leaf": "tiêu chí không có cấp dưới thì không có cách chia điểm",
    "section_below_top": "điểm cộng, điểm trừ chỉ đặt ở cấp 1",
    "no_main_section": "chỉ có điểm cộng, điểm trừ",
    "deduct_in_penalty": "không dùng cách trừ điểm trong phần điểm trừ",
    "no_basis": "thiếu căn cứ hoặc xuất xứ số liệu",
    "sourced_without_citation": "ghi là có nguồn nhưng không nêu căn cứ",
    "unknown_source": "căn cứ này không có trong sheet Nguồn",
    "cited_twice": "một căn cứ được nêu hai lần",
    "unused_source": "không chỗ nào dẫn nguồn này",
    "unknown_block": "khối này không có trong sheet Khối",
    "unknown_index": "chỉ số này không có trong hệ thống và không có trong sheet Chỉ số bên ngoài",
    "unknown_item": "câu hỏi hoặc nhân tố này không có trong phiếu khảo sát",
    "instrument_missing": "thiếu mã phiếu khảo sát",
    "instrument_not_shipped": "phiếu khảo sát này không có sẵn, các câu hỏi chưa được kiểm tra",
    "unknown_component": "không có tiêu chí thành phần mã này",
    "grades_order": "mức xếp loại phải giảm dần, không trùng, mức cuối là 0",
    "last_grade_conditional": "mức xếp loại thấp nhất không được có điều kiện",
    "duplicate_grade": "hai mức xếp loại trùng tên",
    "grouping_labels": "số nhóm không đúng với cách chia nhóm",
    "view_selector": "chọn đúng một cách",
    "unknown_in_view": "mục này không có trong cây tiêu chí",
    "empty_view": "không tiêu chí nào thuộc cách tính này",
    "status_note_missing": "bộ tiêu chí mẫu, ví dụ phải có ghi chú nói rõ không phải văn bản chính thức",
    "replaces_itself": "phiên bản không thể thay thế chính nó",
    "empty_validity": "ngày kết thúc phải sau ngày bắt đầu",
    "issued_after_in_force": "nguồn ban hành sau ngày hiệu lực",
    "maxima_differ": "tổng điểm tối đa cấp dưới khác điểm tối đa ghi ở đây",
    "unseen_character": "có ký tự không nhìn thấy",
}


def in_vietnamese(finding: Finding) -> str:
    """The message with Vietnamese words first; as it stands where there are none for its code."""
    words = _WORDS.get(finding.code)
    return f"{words} / {finding.message}" if words else finding.message

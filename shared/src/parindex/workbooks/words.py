"""Vietnamese words in workbooks for the words of framework documents."""

from __future__ import annotations

RULES = {
    "yes_no": "Có/Không",
    "checklist": "Cộng các ý đạt",
    "choice": "Chọn một mức",
    "steps": "Theo bậc",
    "linear": "Theo tỷ lệ",
    "ratio_floor": "Theo tỷ lệ, có sàn",
    "threshold": "Theo tỷ lệ đến ngưỡng",
    "per_item": "Theo số lượng",
    "deduct": "Trừ điểm",
    "survey_top2": "Khảo sát: tỷ lệ hài lòng",
    "survey_mean": "Khảo sát: điểm trung bình",
    "external": "Chỉ số bên ngoài",
    "yoy": "So với kỳ trước",
    "manual": "Hội đồng cho điểm",
    "info": "Chỉ theo dõi, không chấm",
}
SOURCES = {
    "appraised": "Thẩm định",
    "survey": "Điều tra xã hội học",
    "external": "Chỉ số, thống kê khác",
    "data": "Số liệu",
}
NO_DATA = {
    "max": "Điểm tối đa",
    "zero": "0 điểm",
    "not_applicable": "Coi như không áp dụng",
    "null": "Để trống, giữ điểm tối đa",
}
PROVENANCES = {
    "sourced": "Có nguồn",
    "memory": "Theo trí nhớ",
    "illustrative": "Minh họa",
    "inferred": "Suy luận",
    "declared": "Tự quy định",
}
SECTIONS = {"main": "Chính", "bonus": "Điểm cộng", "penalty": "Điểm trừ"}
STATUSES = {"official": "Chính thức", "template": "Mẫu", "example": "Ví dụ"}
PERIODS = {"year": "năm", "half_year": "6 tháng", "quarter": "quý", "month": "tháng"}
ROUNDING = {"component": "từng tiêu chí thành phần", "criterion": "từng tiêu chí", "total": "tổng điểm"}
RANKED_ON = {"percent": "chỉ số (%)", "points": "điểm"}
TIES = {"competition": "đồng hạng, hạng sau bỏ cách (1, 2, 2, 4)", "dense": "đồng hạng, hạng sau liền kề (1, 2, 2, 3)"}
GROUPINGS = {"quartiles": "bốn nhóm bằng nhau theo thứ hạng"}
SELECTORS = {"sources": "theo nguồn điểm", "fields": "theo lĩnh vực, tiêu chí", "leaves": "theo tiêu chí thành phần"}
QUANTITIES = {"number": "số", "ratio": "tỷ lệ", "date": "ngày"}
DIRECTIONS = {"up": "tăng", "down": "giảm"}

PARAMETERS = {
    "options": "Ý chấm điểm",
    "events": "Lỗi trừ điểm",
    "of": "Đại lượng",
    "steps": "Bậc",
    "floor": "Sàn (dưới mức này 0 điểm)",
    "full": "Mức tính đủ điểm",
    "full_at": "Ngưỡng đạt điểm tối đa",
    "points_each": "Điểm mỗi trường hợp",
    "instrument": "Phiếu khảo sát",
    "items": "Câu hỏi",
    "factor": "Nhân tố",
    "index": "Mã chỉ số",
    "scale": "Thang của chỉ số",
    "direction": "Chiều tốt lên",
    "tolerance": "Dung sai",
    "partial": "Điểm khi trong dung sai",
}
"""Parameters of rules, as the sheet `Thang điểm` names them."""

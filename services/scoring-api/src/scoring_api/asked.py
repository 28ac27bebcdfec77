"""Parameters that several routes share."""

from __future__ import annotations

from dataclasses import replace

from scoring_api.parameters import Parameter, one_of, period, text, unit, whole, word

BLOCKS = ("province", "department", "district", "commune")
LARGEST_PAGE = 1000

SCOPE = Parameter(
    "scope",
    *unit(),
    "Đơn vị cấp trên của bảng: mã định danh (0 = cả nước) hoặc mã đơn vị",
    "Scope of the table: unit id (0 = the nation) or a code",
    "H99",
    required=True,
)
BLOCK = Parameter(
    "block", *one_of(*BLOCKS), "Khối được xếp hạng riêng", "Block that is ranked apart", "department", required=True
)
PERIOD = Parameter(
    "period",
    *period(),
    "Kỳ: tháng, quý, nửa năm hoặc năm",
    "Month, quarter, half-year or year",
    "2026-11",
    required=True,
)
INSTRUMENT = Parameter("instrument", *word(), "Mã bộ câu hỏi", "Code of the questionnaire", "KIOSK3", required=True)
VERSION = Parameter(
    "version",
    *word(),
    "Phiên bản bộ câu hỏi; mặc định bản mới nhất",
    "Version of the questionnaire; the latest by default",
    "1",
)
UNIT = Parameter(
    "unit",
    *unit(),
    "Đơn vị: mã định danh hoặc mã đơn vị (H44.07, gso:91)",
    "Unit: our id, or a code such as H44.07 or gso:91",
    "H99.01",
    required=True,
)
STATE = Parameter(
    "state",
    *one_of("current", "frozen"),
    "Kết quả hiện hành hay đã chốt",
    "The current (provisional or restated) or the frozen result",
    "frozen",
    default="current",
)
METHOD = Parameter(
    "method",
    *one_of("top2", "mean"),
    "Phương pháp: tỷ lệ hài lòng hoặc điểm trung bình",
    "Method: top-two share or mean score; the policy's by default",
    "mean",
)
SEARCH = Parameter(
    "q", *text(100), "Tìm theo tên, có dấu hoặc không dấu", "Search by name, with or without diacritics", "so noi vu"
)
LIMIT = Parameter("limit", *whole(1, LARGEST_PAGE), "Số dòng tối đa", "Most rows of a page", "50", default=200)
CURSOR = Parameter(
    "cursor",
    *whole(0, 2_147_483_647),
    "Dòng cuối của trang trước (next_cursor)",
    "next_cursor of the page before: the unit after which to go on",
    "12",
)

TABLE = (SCOPE, BLOCK, PERIOD, INSTRUMENT, VERSION, STATE)
"""What names one league table."""


def optional(parameter: Parameter) -> Parameter:
    """The same parameter, not required."""
    return replace(parameter, required=False)

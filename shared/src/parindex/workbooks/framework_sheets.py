"""The sheets of a framework workbook: which columns each has, and what of the framework document they hold."""

from __future__ import annotations

from parindex.workbooks import words
from parindex.workbooks.columns import Column

TREE, RULES, GENERAL = "Bộ tiêu chí", "Thang điểm", "Thông tin chung"
BLOCKS, GRADES, CONDITIONS, GROUPS = "Khối", "Xếp loại", "Điều kiện xếp loại", "Nhóm"
VIEWS, SOURCES, GAPS, INDICES, NOT_MODELLED = (
    "Cách tính khác",
    "Nguồn",
    "Khoảng trống",
    "Chỉ số bên ngoài",
    "Chưa mô hình hóa",
)

TREE_COLUMNS = (
    Column("STT", "number", width=9),
    Column("Lĩnh vực/Tiêu chí/Tiêu chí thành phần", "title_vi", width=52),
    Column("Điểm tối đa", "max", "number", 10),
    Column("Cách chấm điểm", "rule", "word", 22, words.RULES),
    Column("Diễn giải (tự sinh; sửa ở sheet Thang điểm)", "sentence", width=46, generated=True),
    Column("Nguồn điểm", "source", "word", 16, words.SOURCES),
    Column("Khi không phát sinh", "on_no_data", "word", 18, words.NO_DATA),
    Column("Khối áp dụng", "applies_to", "codes", 14),
    Column("Tài liệu kiểm chứng", "evidence_required", width=30),
    Column("Căn cứ", "cites", "codes", 16),
    Column("Xuất xứ số liệu", "provenance", "word", 14, words.PROVENANCES),
    Column("Ghi chú", "note_vi", width=36),
    Column("Cấp", "level", "whole", 6),
    Column("Mã", "code", width=24),
    Column("Phần", "section", "word", 11, words.SECTIONS),
    Column("Cách chia điểm là suy luận", "inferred_split", "mark", 12),
    Column("Tên tiếng Anh", "title_en", width=36),
    Column("Ghi chú tiếng Anh", "note_en", width=30),
)
RULE_COLUMNS = (
    Column("Mã", "component", width=24),
    Column("Tiêu chí (tự sinh)", "title", width=46, generated=True),
    Column("Tham số", "parameter", "word", 24, words.PARAMETERS),
    Column("Ký hiệu", "id", width=14),
    Column("Nội dung", "title_vi", width=46),
    Column("Từ (≥)", "min", "bound", 12),
    Column("Đến dưới (<)", "max", "bound", 12),
    Column("Điểm", "points", "number", 10),
    Column("Giá trị", "value", "value", 16),
    Column("Tên tiếng Anh", "title_en", width=36),
)
GENERAL_LINES = (
    Column("Mã bộ tiêu chí", "code"),
    Column("Phiên bản", "version"),
    Column("Tên", "title_vi"),
    Column("Tên tiếng Anh", "title_en"),
    Column("Cơ quan ban hành", "publisher_vi"),
    Column("Số quyết định", "decision.number"),
    Column("Ngày quyết định", "decision.date", "day"),
    Column("Tính chất", "status", "word", words=words.STATUSES),
    Column("Ghi chú về tính chất", "status_note_vi"),
    Column("Ghi chú về tính chất (tiếng Anh)", "status_note_en"),
    Column("Hiệu lực từ ngày", "in_force.from", "day"),
    Column("Hết hiệu lực từ ngày", "in_force.to", "day"),
    Column("Thay thế phiên bản", "replaces"),
    Column("So sánh được với phiên bản", "comparable_with", "codes"),
    Column("Kỳ đánh giá", "periods", "words", words=words.PERIODS),
    Column("Tổng điểm tối đa", "max", "number"),
    Column("Số chữ số thập phân của điểm", "rounding.digits", "whole"),
    Column("Làm tròn tại", "rounding.at", "word", words=words.ROUNDING),
    Column("Số chữ số thập phân của chỉ số", "index.digits", "whole"),
    Column("Xếp hạng theo", "index.ranked_on", "word", words=words.RANKED_ON),
    Column("Khi bằng điểm", "ties.rule", "word", words=words.TIES),
    Column("Xuất xứ cách xếp khi bằng điểm", "ties.provenance", "word", words=words.PROVENANCES),
    Column("Căn cứ cách xếp khi bằng điểm", "ties.source"),
    Column("Ghi chú khi bằng điểm", "ties.note_vi"),
    Column("Ghi chú khi bằng điểm (tiếng Anh)", "ties.note_en"),
    Column("Xuất xứ thang xếp loại", "grades.provenance", "word", words=words.PROVENANCES),
    Column("Căn cứ thang xếp loại", "grades.source"),
    Column("Cách chia nhóm", "grouping.method", "word", words=words.GROUPINGS),
    Column("Xuất xứ cách chia nhóm", "grouping.provenance", "word", words=words.PROVENANCES),
    Column("Căn cứ cách chia nhóm", "grouping.source"),
)
_TITLES = (Column("Tên", "title_vi", width=50), Column("Tên tiếng Anh", "title_en", width=40))
_LABELS = (Column("Tên", "label_vi", width=30), Column("Tên tiếng Anh", "label_en", width=30))

TABLES: dict[str, tuple[Column, ...]] = {
    TREE: TREE_COLUMNS,
    RULES: RULE_COLUMNS,
    BLOCKS: (Column("Mã", "code", width=16), *_TITLES),
    GRADES: (
        Column("Khối (trống: mọi khối)", "block", width=16),
        Column("Xếp loại", "label_vi", width=24),
        Column("Từ (≥)", "min", "number", 10),
        Column("Tên tiếng Anh", "label_en", width=24),
    ),
    CONDITIONS: (
        Column("Khối (trống: mọi khối)", "block", width=16),
        Column("Xếp loại", "label_vi", width=24),
        Column("Mã tiêu chí phải đạt tối đa", "component", width=24),
        Column("Nội dung", "title_vi", width=50),
        Column("Tên tiếng Anh", "title_en", width=40),
    ),
    GROUPS: _LABELS,
    VIEWS: (
        Column("Mã", "code", width=18),
        *_TITLES,
        Column("Điểm tối đa", "max", "number", 10),
        Column("Cách chọn", "selector", "word", 26, words.SELECTORS),
        Column("Gồm", "members", "codes", 40),
        Column("Xuất xứ số liệu", "provenance", "word", 14, words.PROVENANCES),
        Column("Căn cứ", "source", width=16),
    ),
    SOURCES: (
        Column("Khóa", "key", width=18),
        Column("Tên văn bản, tài liệu", "title", width=70),
        Column("Địa chỉ", "href", width=50),
        Column("Ngày ban hành", "issued_on", "day", 14),
        Column("Ngày tra cứu", "consulted", "day", 14),
    ),
    GAPS: (
        Column("Từ ngày", "from", "day", 14),
        Column("Đến trước ngày", "to", "day", 14),
        Column("Lý do", "why", width=70),
    ),
    INDICES: (Column("Mã", "code", width=24), *_TITLES),
    NOT_MODELLED: (Column("Nội dung chưa mô hình hóa", "sentence", width=100),),
}
"""Sheet -> its columns, in the order of the workbook; the general sheet stands third."""

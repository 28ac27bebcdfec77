"""What is odd in a dossier's history or cannot be told from it: a code for machines and a sentence for the official. Pure.

A finding refuses nothing: the dossier is counted all the same, as the rules say, and an officer sees why a figure is what it is.
"""

from __future__ import annotations

import datetime as dt

from parindex.dossiers.records import STATUS_TITLES
from parindex.engine.period import VIETNAM
from parindex.errors import Finding

SENTENCES = {
    "status_unknown": "Trạng thái «{raw}» không có trong bảng quy đổi của hệ thống gửi; không được tính là một bước xử lý.",
    "backwards_move": "Trạng thái lùi từ «{before}» về «{after}».",
    "reopened": "Hồ sơ đã kết thúc («{before}») lại được mở («{after}»).",
    "resumed": "Hồ sơ đã dừng xử lý được xử lý tiếp («{after}»).",
    "step_undated": "Có bước xử lý không ghi thời điểm; tạm dùng thời điểm nhận được.",
    "accepted_date_reset": "Ngày tiếp nhận được đặt lại từ {before} thành {after}.",
    "due_date_reset": "Ngày hẹn trả được đặt lại từ {before} thành {after}.",
    "end_date_reset": "Ngày kết thúc xử lý được đặt lại từ {before} thành {after}.",
    "date_dropped": "Bản gửi sau bỏ trống ngày {field} đã gửi trước đó; giữ ngày đã gửi.",
    "unit_moved": "Hồ sơ được chuyển sang đơn vị khác giữa các lần gửi.",
    "procedure_changed": "Mã thủ tục thay đổi giữa các lần gửi.",
    "accepted_missing": "Không có ngày tiếp nhận; hồ sơ chưa thuộc kỳ nào nên không được đếm.",
    "accepted_in_future": "Ngày tiếp nhận {after} muộn hơn lúc nhận được bản gửi.",
    "finished_without_end": "Hồ sơ đã kết thúc nhưng không có ngày kết thúc xử lý; dùng thời điểm nhận được.",
    "end_while_open": "Có ngày kết thúc xử lý nhưng trạng thái vẫn đang xử lý; chưa coi là kết thúc.",
    "end_before_acceptance": "Ngày kết thúc xử lý {after} sớm hơn ngày tiếp nhận {before}.",
    "end_in_future": "Ngày kết thúc xử lý {after} muộn hơn lúc nhận được bản gửi.",
    "end_differs_from_step": "Ngày kết thúc xử lý {after} khác ngày của bước «Đã xử lý xong» {before}.",
    "result_before_end": "Ngày trả kết quả {after} sớm hơn ngày kết thúc xử lý {before}.",
    "supplement_reversed": "Thời điểm bổ sung xong sớm hơn thời điểm yêu cầu bổ sung; coi như chưa bổ sung.",
    "supplement_unanswered": "Có yêu cầu bổ sung không ghi lúc bổ sung xong; không trừ thời gian bổ sung đó.",
    "supplements_repeated": "Yêu cầu bổ sung từ hai lần trở lên mà chưa kết thúc xử lý: tính quá hạn.",
    "due_missing": "Không có ngày hẹn trả; so với thời hạn giải quyết tối đa của thủ tục.",
    "due_without_time": "Ngày hẹn trả không ghi giờ (00:00).",
    "limit_unknown": "Không có ngày hẹn trả và không biết thời hạn của thủ tục; tạm tính là trong hạn.",
    "calendar_missing": "Lịch làm việc chưa có năm cần tính; không tính được thời gian làm việc.",
    "procedure_unknown": "Chưa có dữ liệu của thủ tục trong danh mục.",
    "fee_list_missing": "Thủ tục có phí, lệ phí nhưng hồ sơ không gửi danh sách phí, lệ phí; vẫn tính là có nghĩa vụ tài chính.",
    "fee_unexpected": "Hồ sơ có phí, lệ phí nhưng thủ tục không có trong danh mục phí; không tính vào mẫu số thanh toán.",
    "paid_without_fee": "Được đánh dấu thanh toán trực tuyến nhưng không có nghĩa vụ tài chính; không tính vào tử số.",
}


def found(code: str, **values: str) -> Finding:
    """The finding of that code. Raises KeyError for a code or value that has no sentence."""
    return Finding(code, "", SENTENCES[code].format(**values))


def day(instant: dt.datetime) -> str:
    """An instant as an official reads it: local, to the minute."""
    return f"{instant.astimezone(VIETNAM):%d/%m/%Y %H:%M}"


def title(status: int) -> str:
    """Name of a status, or the number of one that the portal does not know."""
    known = {int(one): name for one, name in STATUS_TITLES.items()}
    return known.get(status, str(status))

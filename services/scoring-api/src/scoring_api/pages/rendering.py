"""From a template and its values to a page: Vietnamese figures and times, what a page may load, who is signed in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Any

import jinja2
from starlette.responses import HTMLResponse, RedirectResponse, Response

from parindex.engine.period import VIETNAM
from parindex.errors import ParindexError
from scoring_api.pages.vietnamese import decimal_vi, hint_vi, sentence_vi
from scoring_api.people.person import ROLE_WORDS_VI, Person

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Forms must say where they come from: without an origin a browser's request is refused.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
DONE = {
    "saved": "Đã lưu.",
    "submitted": "Đã nộp. Nếu sửa lại trước hạn thì phải nộp lại.",
    "imported": "Đã nhận bảng kê khai; các dòng khác trước đã được ghi.",
    "attached": "Đã đính kèm tài liệu.",
    "erased": "Đã xóa tài liệu; dấu vết (mã băm, lý do) được giữ lại.",
    "moved": "Đã chuyển bước.",
    "deadline": "Đã đổi hạn.",
    "late": "Đã cho phép nộp muộn.",
    "proposed": "Đã đề nghị kết thúc. Cần một thành viên khác của hội đồng xác nhận.",
    "closed": "Đợt đánh giá đã kết thúc; bảng kết quả là bảng cuối.",
    "withdrawn": "Đã rút đề nghị kết thúc.",
    "opened": "Đã mở đợt đánh giá.",
    "granted": "Đã giao vai trò.",
    "revoked": "Đã thu hồi vai trò.",
    "disabled": "Đã ngừng truy cập của người dùng.",
    "password": "Đã đổi mật khẩu. Hãy đăng nhập lại.",
    "signed-out": "Đã đăng xuất.",
    "drafted": "Đã tạo bản thảo.",
    "revised": "Đã thay nội dung bản thảo.",
    "checked": "Bản thảo đã được kiểm tra.",
    "in-force": "Bộ tiêu chí đã có hiệu lực.",
    "draft-withdrawn": "Đã rút bản thảo.",
    "publication-drafted": "Đã lập dự thảo công bố; hệ thống đang lập bảng.",
    "reviewed": "Đã ghi ý kiến rà soát.",
    "approved": "Đã phê duyệt; hệ thống ký số và công bố trong giây lát.",
    "publication-withdrawn": "Đã rút lại bản công bố.",
    "appeal-filed": "Đã gửi khiếu nại; số vụ đứng đầu trang. Có thể gửi thêm tài liệu.",
    "appeal-attached": "Đã gửi tài liệu.",
    "appeal-answered": "Đã gửi trả lời.",
    "appeal-decided": "Đã kết luận; kết luận và lý do được công khai.",
    "appeal-withdrawn": "Đã rút khiếu nại.",
    "appeal-decided-anew": "Hội đồng đã quyết định lại; kết quả của đợt được tính lại trong giây lát. Tiếp theo: công bố bản đính chính.",
    "late-appeal-granted": "Đã cho phép khiếu nại muộn.",
    "appeal-corrected": "Đã ghi ấn bản đính chính.",
}
"""Key in the address after a redirect -> what was done; nothing that a sender of links could write is ever shown."""


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("scoring_api.pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "vn": figure,
        "when": when,
        "day": day,
        "vi": sentence_vi,
        "hint_vi": hint_vi,
        "grouped": grouped,
    }
    return environment


def figure(value: str | int | Decimal | None, missing: str = "–") -> str:
    """A figure as Vietnamese write it (85,30); `missing` where there is none, which is never a zero."""
    return missing if value is None else decimal_vi(str(value))


def grouped(value: str | int) -> str:
    """A count as Vietnamese write it: 464.494. What is no whole number stays as it is, with a comma."""
    text = str(value)
    return f"{int(text):,}".replace(",", ".") if text.isascii() and text.isdigit() else decimal_vi(text)


def when(instant: dt.datetime | str) -> str:
    """An instant in Asia/Ho_Chi_Minh: 15:31 24/03/2026."""
    moment = dt.datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return f"{moment.astimezone(VIETNAM):%H:%M %d/%m/%Y}"


def day(value: dt.date | str | None) -> str:
    """A day: 24/03/2026; '–' where there is none."""
    if value is None:
        return "–"
    return f"{dt.date.fromisoformat(value) if isinstance(value, str) else value:%d/%m/%Y}"


def page(template: str, person: Person | None = None, *, status: int = 200, done: str = "", **values: Any) -> Response:
    """The page as an answer. `done` is the key of what was done before the redirect to this page."""
    roles = sorted({ROLE_WORDS_VI[role.name] for role in person.roles}) if person else []
    given = {"fault": None, "notices": [], **values}
    html = _templates().get_template(template).render(person=person, role_words=roles, done=DONE.get(done, ""), **given)
    return HTMLResponse(html, status, HEADERS)


def go(path: str, done: str = "") -> Response:
    """After a change: on to the page that shows it, so that a reload repeats nothing."""
    place, mark, fragment = path.partition("#")
    query = f"{'&' if '?' in place else '?'}done={done}" if done else ""
    return RedirectResponse(f"{place}{query}{mark}{fragment}", 303, HEADERS)


def fault_page(error: ParindexError, status: int, person: Person | None = None) -> Response:
    """What went wrong, in Vietnamese, with what to do."""
    return page("fault.html", person, status=status, fault=error, status_code=status)

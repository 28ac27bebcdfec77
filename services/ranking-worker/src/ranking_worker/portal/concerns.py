"""What a person is told about the outbox, in sentences."""

from __future__ import annotations

import hashlib
from typing import Literal

from ranking_worker.portal.attention import Attention
from ranking_worker.portal.outbox import Item
from ranking_worker.portal.reasons import in_vietnamese

Code = Literal["rejected", "dead_letter", "outcome_unknown", "guard", "update_refused"]
_WHAT: dict[Code, tuple[str, str]] = {
    "rejected": ("Cổng không nhận {what}: {why}", "The portal refuses {what}: {why}"),
    "dead_letter": ("Đã thử gửi {what} suốt 24 giờ mà không được: {why}", "Tried for 24 hours to send {what}: {why}"),
    "outcome_unknown": (
        "Không biết Cổng đã nhận {what} hay chưa: {why}",
        "Nobody can say whether the portal took {what}: {why}",
    ),
    "guard": (
        "Đã giữ lại {what} vì có nội dung giống dữ liệu cá nhân hoặc trường không được phép: {why}",
        "Kept back {what}, which holds something like personal data or a field that is not allowed: {why}",
    ),
    "update_refused": (
        "Cổng đã có {what} với nội dung cũ và không nhận nội dung mới: {why}",
        "The portal keeps an older content of {what} and does not take the new one: {why}",
    ),
}
_TO_DO: dict[Code, str] = {
    "rejected": "Xem `parindex portal attempts {key}`, sửa nguyên nhân, rồi chạy `parindex portal retry {key}`.",
    "dead_letter": "Kiểm tra kết nối, rồi chạy `parindex portal retry {key}`.",
    "outcome_unknown": (
        "Tra cứu trên Cổng: nếu đã có, chạy `parindex portal delivered {key} --note ...`; nếu chưa, chạy `parindex portal retry {key}`."
    ),
    "guard": "Tìm nơi phát sinh nội dung nêu trên và sửa ở đó; không gửi lại khi chưa sửa.",
    "update_refused": "Đề nghị đơn vị quản lý Cổng hoặc trục LGSP cho cập nhật, rồi chạy `parindex portal retry {key}`.",
}


def concern(code: Code, profile: str, item: Item, why: str) -> Attention:
    """What is raised about an item. Ratings that failed for one reason are one thing to look at, votes each by itself."""
    what_vi, what_en = _WHAT[code]
    vi, en = called(item)
    return Attention(
        profile,
        subject_of(code, profile, item, why),
        code,
        what_vi.format(what=vi, why=in_vietnamese(why)),
        what_en.format(what=en, why=why),
        _TO_DO[code].format(key=item.key),
        {"key": item.key, "version": item.version, "why": why},
    )


def subject_of(code: Code, profile: str, item: Item, why: str) -> str:
    """Under which it stands."""
    if item.kind == "votes":
        return item.key
    return f"rating/{profile}/{code}/{hashlib.sha256(why.encode()).hexdigest()[:12]}"


def called(item: Item) -> tuple[str, str]:
    """What an item is called in Vietnamese and English."""
    if item.kind == "votes":
        year, month = item.body["month"].split("-")
        code = item.body["organisation"]["code"]
        return f"số liệu đánh giá tháng {int(month)}/{year} của {code}", f"the votes of {code} for {item.body['month']}"
    return "phiếu đánh giá", "ratings"

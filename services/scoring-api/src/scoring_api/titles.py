"""Vietnamese and English words for the circumstances of a response, as the ingest contract names them."""

from __future__ import annotations

from scoring_api.answers import Words

_NOT_GIVEN = Words("Không nêu", "Not given")
_TITLES = {
    "channel": {
        "direct": Words("Trực tiếp", "In person"),
        "online": Words("Trực tuyến", "Online"),
        "postal": Words("Bưu chính công ích", "By post"),
    },
    "collected_via": {
        "kiosk": Words("Thiết bị tại quầy", "Kiosk"),
        "qr": Words("Mã QR", "QR code"),
        "sms": Words("Tin nhắn SMS", "SMS"),
        "zalo": Words("Zalo", "Zalo"),
        "web": Words("Trang web", "Web"),
        "paper": Words("Phiếu giấy", "Paper form"),
        "phone": Words("Điện thoại", "Telephone"),
        "other": Words("Khác", "Other"),
    },
    "stage": {
        "intake": Words("Tiếp nhận", "At intake"),
        "supplement": Words("Bổ sung hồ sơ", "At a supplement"),
        "result": Words("Trả kết quả", "At the result"),
        "after": Words("Sau khi nhận kết quả", "After the result"),
    },
    "mode": {
        "self": Words("Tự đánh giá", "By oneself"),
        "assisted": Words("Có người hỗ trợ", "Assisted"),
        "from_paper": Words("Nhập từ phiếu giấy", "Entered from paper"),
    },
    "respondent_kind": {
        "citizen": Words("Người dân", "Citizen"),
        "business": Words("Doanh nghiệp", "Business"),
        "state_agency": Words("Cơ quan nhà nước", "State agency"),
        "other": Words("Khác", "Other"),
    },
}


def circumstance_title(by: str, category: str) -> Words:
    """Title of a category; a vendor's own code without a title stands for itself."""
    return _NOT_GIVEN if category == "not_given" else _TITLES[by].get(category, Words(category, category))

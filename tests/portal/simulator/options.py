"""What a site may do one way or the other: options of the control API, each with its default and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass
class Options:
    """Every switch that is no fault. The facts leave these open, so a client must live with each value."""

    # Front A
    dstcode: str = "VN:GOV:000.00.00.G22:vpcpdvcprovider"
    users: dict[str, str] = field(default_factory=lambda: {"parindex": "mat-khau-thu"})
    session_minutes: float = 30
    one_session: bool = True  # a second login of a user ends the first session
    error_code: str = "int"  # int | string
    exists_code: str = "3"  # "3" or "-3"
    update_missing_code: str = "-1"
    missing_lookup: str = "empty"  # empty | error: what TraCuuHoSo says of a dossier it does not have
    visible_after_seconds: float = 0  # how long TraCuuHoSo does not see what is committed
    batches: str = "whole"  # whole | partial: on the first bad item nothing or the items before it are kept
    check_units: bool = True  # codes that the catalogue does not have, or has closed, are refused
    extra_units: list[str] = field(default_factory=list)  # level-1 codes taken besides the catalogue's
    required: dict[str, list[str]] = field(default_factory=dict)  # service -> compulsory fields, instead of the default
    limits: dict[str, int] = field(default_factory=lambda: {"NguoiXuLy": 50, "TrichYeuHoSo": 1000, "MaHoSo": 50})
    progress_max: int | None = 10
    rating_max: int | None = 100
    rating_key: list[str] = field(default_factory=lambda: ["MaDonVi", "MaHoSo", "MaBoCauHoi", "ThoiDiemDanhGia"])
    rating_again: str = "refuse"  # refuse | append | replace
    rating_schema: dict[str, Any] | None = None  # see ratings_in.py; null is the neutral body
    rating_lookup: bool = False  # service TraCuuDanhGia; no such service is known
    # Front B
    client_key: str = "parindex-key"
    client_secret: str = "parindex-secret"
    token_seconds: float = 3600
    lgsp_header: str = "off"  # off | required | authorization
    lgsp_access: dict[str, str] = field(
        default_factory=lambda: {"AccessKey": "khoa-thu", "SecretKey": "bi-mat-thu", "AppName": "parindex"}
    )
    hub_style: str = "mresult"  # mresult | error_code
    mresult_success: int = 1
    vote_again: str = "append"  # append | replace (organisation and month)
    vote_lookup: bool = False  # GET /Vote/GetVote; no such call is known
    percent_decimals: int | None = None  # refuse percentages with more decimals
    # Front D
    waf: bool = True
    waf_status: int = 200  # 200 | 403: the status of "Request Rejected"
    waf_requests_per_minute: int = 90
    waf_retry_after: int | None = 60
    waf_warnings: int = 1  # how many 429 before the block
    waf_block_seconds: float = 300
    waf_reset_seconds: float = 19
    waf_cookie: bool = False  # a POST needs the cookie that GET / sets
    waf_browser: bool = False  # a POST needs a browser's User-Agent
    missing_unit: str = "H15"
    missing_group: str = "dossier-digitized"
    delta_null_share: float = 0.1

    # HTTPS
    tls_certificate: str = "valid"  # valid | expired | other_name

    def change(self, changes: dict[str, Any]) -> list[str]:
        """Takes what is known and fits; returns sentences about the rest."""
        complaints, standard = [], Options()
        known = {item.name: getattr(self, item.name) for item in fields(self)}
        for name, value in changes.items():
            if name not in known:
                complaints.append(f"Không có tuỳ chọn “{name}”; các tuỳ chọn: {', '.join(sorted(known))}.")
            elif name in CHOICES and value not in CHOICES[name]:
                complaints.append(f"Tuỳ chọn “{name}” nhận một trong: {', '.join(map(str, CHOICES[name]))}.")
            elif not _alike(value, getattr(standard, name)):
                complaints.append(f"Tuỳ chọn “{name}” nhận giá trị như {getattr(standard, name)!r}.")
            else:
                setattr(self, name, value)
        return complaints


CHOICES: dict[str, tuple[Any, ...]] = {
    "error_code": ("int", "string"),
    "exists_code": ("3", "-3"),
    "missing_lookup": ("empty", "error"),
    "batches": ("whole", "partial"),
    "rating_again": ("refuse", "append", "replace"),
    "lgsp_header": ("off", "required", "authorization"),
    "hub_style": ("mresult", "error_code"),
    "vote_again": ("append", "replace"),
    "waf_status": (200, 403),
    "tls_certificate": ("valid", "expired", "other_name"),
}


def _alike(value: Any, standard: Any) -> bool:
    """Whether a value is of the default's kind; where that is null, or a number that may be lifted, null and the rest pass."""
    if standard is None or (value is None and isinstance(standard, int) and not isinstance(standard, bool)):
        return True
    if isinstance(standard, int | float) and not isinstance(standard, bool):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, type(standard))

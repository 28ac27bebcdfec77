"""What goes wrong, how often, where and when. Each fault draws from a generator of its own, so a seed repeats a night."""

from __future__ import annotations

import datetime as dt
import fnmatch
import math
import random
from dataclasses import asdict, dataclass, field
from typing import Any

from .clock import instant

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    # kind: (what it does, its parameters with their defaults)
    "latency": ("chờ theo phân phối log-chuẩn", {"p50": 0.8, "p99": 20.0}),
    "hang_before": ("treo rồi đóng kết nối, chưa ghi gì", {"seconds": 60.0}),
    "hang_after": ("đã ghi, rồi treo", {"seconds": 60.0}),
    "reset_before": ("đóng kết nối bằng RST, chưa ghi gì", {}),
    "reset_after": ("đã ghi, rồi đóng kết nối bằng RST", {}),
    "gateway_after": ("đã ghi, rồi trả lời 502", {}),
    "text_500": ("500, văn bản thường", {"text": "Hồ sơ đã được đánh giá"}),
    "gateway_502": ("502 của adapter, HTML", {}),
    "maintenance_503": ("503 (kèm Retry-After nếu có)", {"retry_after": None}),
    "error_200": ("HTTP 200 với mã lỗi", {"code": -1, "text": "Hệ thống đang bận, vui lòng thử lại sau"}),
    "waf_page": ("trang HTML “Request Rejected”", {"status": 200}),
    "too_many_429": ("429 (kèm Retry-After nếu có)", {"retry_after": None}),
    "revoke": ("phiên hoặc token của người gọi bị thu hồi trước hạn", {}),
    "partial_batch": ("chỉ k mục đầu của lô được ghi, rồi báo lỗi", {"k": 1}),
    "capital": ("chữ “thành công” thành “THÀNH CÔNG”", {}),
    "nfd": ("thông báo dạng NFD", {}),
    "numbers_as_strings": ("số và boolean thành chuỗi", {}),
    "duplicate_rows": ("dòng cuối trang lặp lại ở trang sau", {}),
    "changing_pages": ("tập dòng thay đổi giữa các trang", {}),
    "wrong_root": ("mã đơn vị gốc trả về khác mã được hỏi", {}),
    "unknown_fields": ("thêm trường lạ", {}),
    "lost_fields": ("mất một trường của mỗi dòng", {"name": "metrics"}),
    "bom": ("JSON có BOM", {}),
    "wrong_charset": ("Content-Type khai sai bảng mã", {"charset": "iso-8859-1"}),
    "cut_json": ("JSON cụt, Content-Length khớp", {}),
    "truncated": ("đóng kết nối giữa nội dung", {}),
    "slow_body": ("nội dung đến từng phần", {"seconds": 10.0}),
    "oversized": ("câu trả lời rất lớn", {"bytes": 20_000_000}),
    "date_skew": ("header Date lệch", {"seconds": -25_200}),
}


@dataclass
class Fault:
    """One fault: where (`endpoint`, a pattern such as `A/*`), how often, and when by the simulator's clock."""

    kind: str
    endpoint: str = "*"
    probability: float = 1.0
    calls: int | None = None
    after_calls: int = 0
    begin: str | None = None
    until: str | None = None
    daily: list[str] | None = None
    with_: dict[str, Any] = field(default_factory=dict)
    met: int = 0
    struck: int = 0

    def parameter(self, name: str) -> Any:
        return self.with_.get(name, KINDS[self.kind][1][name])

    def open_at(self, now: dt.datetime) -> bool:
        """Whether its schedule is open; `daily` is a window `["00:00", "00:30"]` of every day."""
        if self.begin and now < instant(self.begin):
            return False
        if self.until and now >= instant(self.until):
            return False
        return not self.daily or self.daily[0] <= now.strftime("%H:%M") < self.daily[1]


class Faults:
    """The faults in force."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.reset()

    def reset(self) -> None:
        self.active: list[tuple[Fault, random.Random]] = []

    def add(self, wanted: dict[str, Any]) -> list[str]:
        """Takes a fault as the control API names it; returns sentences when it does not fit."""
        wanted = {"begin" if name == "from" else "until" if name == "to" else name: v for name, v in wanted.items()}
        parameters = wanted.pop("with", {})
        known = set(Fault.__dataclass_fields__) - {"with_", "met", "struck"}
        kind = wanted.get("kind")
        if kind not in KINDS:
            return [f"Không có sự cố “{kind}”; các sự cố: {', '.join(KINDS)}."]
        complaints = [f"Sự cố “{kind}” không có trường “{name}”; các trường: from, to, with, {', '.join(sorted(known))}."
                      for name in wanted if name not in known]  # fmt: skip
        complaints += [f"Sự cố “{kind}” không có tham số “{name}”; các tham số: {', '.join(KINDS[kind][1]) or '(không có)'}."
                       for name in parameters if name not in KINDS[kind][1]]  # fmt: skip
        if not complaints:
            fault = Fault(**wanted, with_=parameters)
            generator = random.Random(f"{self.seed}/{len(self.active)}/{fault.kind}/{fault.endpoint}")
            self.active.append((fault, generator))
        return complaints

    def drawn(self, endpoint: str, now: dt.datetime) -> dict[str, Fault]:
        """The faults that strike this call, by kind."""
        found: dict[str, Fault] = {}
        for fault, generator in self.active:
            here = fnmatch.fnmatchcase(endpoint, fault.endpoint)
            if not here or fault.kind in found or not fault.open_at(now):
                continue
            fault.met += 1
            if fault.met <= fault.after_calls or (fault.calls is not None and fault.struck >= fault.calls):
                continue
            if generator.random() < fault.probability:
                fault.struck += 1
                found[fault.kind] = fault
        return found

    def latency(self, fault: Fault) -> float:
        """Seconds, log-normal with the fault's median and 99th percentile."""
        generator = next(generator for other, generator in self.active if other is fault)
        median, high = fault.parameter("p50"), fault.parameter("p99")
        return generator.lognormvariate(math.log(median), math.log(high / median) / 2.3263)

    def shown(self) -> list[dict[str, Any]]:
        return [{("with" if name == "with_" else name): value for name, value in asdict(fault).items()}
                for fault, _ in self.active]  # fmt: skip

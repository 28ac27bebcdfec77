"""Scores from counts, by the formulas that reproduce recorded answers: each metric half-up to two decimals, then summed.

`DOSSIER_RECEIVING_SATISFACTION = min(6, 6*(n/d)/0.90)`; petitions `6*n/d`, 6 without petitions; transparency `max*n/d`;
reuse `min(2, 2*(n/d)/0.80)`; payment `6*A + min(2, 2.5*B) + min(2, 2.5*C)`; progress `20*on time/received`. The group of
online services could not be reproduced by anybody: its split 2 + 4 + 6 is an inference.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

Counts = dict[str, int]


def half_up(value: Fraction) -> Decimal:
    """Two decimals."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Metric:
    """One metric. `full_at`: the share that earns all points; `empty`: (ratio, score) when the denominator is 0."""

    code: str
    name: str
    maximum: int
    numerator: str
    denominator: str
    full_at: Fraction = Fraction(1)
    empty: tuple[int | None, int | None] = (None, None)

    def row(self, counts: Counts) -> dict[str, Any]:
        n, d = counts[self.numerator], counts[self.denominator]
        ratio, score = self._scored(n, d)
        return {
            "code": self.code, "name": self.name, "numerator": n, "denominator": d,
            "ratio": ratio, "score": score, "maxScore": self.maximum,
        }  # fmt: skip

    def _scored(self, n: int, d: int) -> tuple[Any, Any]:
        if d == 0:
            return self.empty
        ratio = half_up(Fraction(100 * n, d))
        if self.maximum == 0:
            return ratio, None
        return ratio, half_up(min(Fraction(self.maximum), self.maximum * Fraction(n, d) / self.full_at))


SYNC_NAMES = ("DOSSIER_SYNC", "Tỷ lệ hồ sơ đồng bộ lên Cổng DVCQG")
"""Both have been seen: a client keys on the code."""
F80, F50 = Fraction(4, 5), Fraction(1, 2)
GROUPS: dict[str, tuple[Metric, ...]] = {
    "transparency": (
        Metric("PUBLISH_ON_TIME", "Tỷ lệ TTHC công bố đúng hạn", 6, "published_on_time", "published"),
        Metric("PUBLIC_UPDATE_ON_TIME", "Tỷ lệ TTHC được cập nhật, công khai đúng hạn", 4, "updated_on_time", "updated"),
        Metric("PUBLIC_CONTENT_FULL", "Tỷ lệ TTHC được công khai đầy đủ nội dung", 2, "full_content", "published"),
        Metric("DOSSIER_SYNC", SYNC_NAMES[0], 6, "received", "national"),
    ),
    "handling-satisfaction": (
        Metric("PETITION_PROCESSING_ON_TIME", "Tiến độ xử lý PAKN", 6, "petitions_on_time", "petitions", empty=(0, 6)),
        Metric("PETITION_HANDLING_SATISFACTION", "Tỷ lệ hài lòng trong xử lý PAKN", 6, "petitions_satisfied", "petitions", empty=(0, 6)),
        Metric("DOSSIER_RECEIVING_SATISFACTION", "Tỷ lệ hài lòng trong tiếp nhận, giải quyết TTHC", 6, "satisfied", "received", Fraction(9, 10), (0, 0)),
        Metric("PETITION_CLASSIFICATION_TTHC", "Tỷ lệ PAKN về quy định, TTHC", 0, "petitions_rules", "petitions", empty=(0, None)),
        Metric("PETITION_CLASSIFICATION_STAFF", "Tỷ lệ PAKN về hành vi CBCCVC", 0, "petitions_staff", "petitions", empty=(0, None)),
    ),
    "dossier-digitized": (
        Metric("ORIGINAL_RESULT_AVAILABLE", "Tỷ lệ hồ sơ cấp kết quả điện tử", 6, "results", "received"),
        Metric("SO_HOA_GIAY_TO_GIAI_QUYET", "Tỷ lệ hồ sơ TTHC thực hiện số hóa", 4, "digitised", "received"),
        Metric("REUSED_DIGITIZED_DATA", "Tỷ lệ khai thác, sử dụng lại dữ liệu số hóa", 2, "reused", "received", F80),
        Metric("SYNCED_WITH_DVCQG_PERSONAL_STORAGE", "Tỷ lệ hồ sơ kết nối kho dữ liệu cá nhân", 4, "stored", "received"),
        Metric("CITIZEN_DATA_CONNECTED_DOSSIER", "Tỷ lệ hồ sơ sử dụng CSDLQG về dân cư", 2, "citizen_data", "received"),
        Metric("CITIZEN_DATA_CONNECTED_FORMALITY", "Tỷ lệ TTHC kết nối dữ liệu dân cư", 2, "citizen_procedures", "procedures"),
        Metric("ELECTRONIC_CERTIFIED_COPY", "Tỷ lệ cung cấp chứng thực bản sao điện tử", 2, "copying_communes", "communes"),
    ),
    "dvc-progress-tree": (Metric("PROGRESS_ON_TIME", "Tỷ lệ hồ sơ đúng hạn", 20, "on_time", "received"),),
    "provide-online-tree": (
        Metric("FORMALITY_ONLINE", "Tỷ lệ TTHC cung cấp DVCTT", 2, "online_procedures", "procedures", F80, (0, 0)),
        Metric("SERVICE_WITH_DOSSIER", "Tỷ lệ DVCTT có phát sinh hồ sơ", 4, "active_services", "services", empty=(0, 0)),
        Metric("DOSSIER_ONLINE", "Tỷ lệ hồ sơ nộp trực tuyến", 6, "online", "received", F50, (0, 0)),
    ),
    "formality-online-payment-tree": (
        Metric("DOSSIER_ONLINE_PAYMENT", "Tỷ lệ hồ sơ thanh toán trực tuyến", 6, "paid", "obliged", empty=(0, 0)),
        Metric("FORMALITY_WITH_ONLINE_PAYMENT", "Tỷ lệ TTHC có giao dịch thanh toán trực tuyến", 2, "paying_procedures", "fee_procedures", F80, (0, 0)),
        Metric("FEE_FORMALITY_INTEGRATED", "Tỷ lệ TTHC được tích hợp thanh toán", 2, "integrated_procedures", "fee_procedures", F80, (0, 0)),
    ),
}  # fmt: skip
"""Endpoint -> its metrics. The two trees and progress carry their own keys beside them (reporting.py)."""


def metrics(group: str, counts: Counts, *, inherited: Counts, sync_name: str, province: bool) -> list[dict[str, Any]]:
    """The metrics of one row. Units inherit transparency from their province; a unit's certified copies are a declared 2."""
    source = inherited if group == "transparency" else counts
    source = {**source, "national": source["received"] if source["national_report"] else 0}
    rows = [metric.row(source) for metric in GROUPS[group]]
    for row in rows:
        if row["code"] == "DOSSIER_SYNC":
            row["name"] = sync_name
            row.update(_sync_quality(source))
        if row["code"] == "ELECTRONIC_CERTIFIED_COPY" and not province:
            row.update({"numerator": None, "denominator": None, "ratio": 100, "score": 2})
    return rows


def _sync_quality(counts: Counts) -> dict[str, Any]:
    """The denominator is the greater of two systems' counts; the national reporting system's may be missing."""
    if counts["national_report"]:
        text = "Mẫu số BCQG/GRIS đang dùng số tạm tính"
        return {"dataQualityStatus": "TEMP_NATIONAL_REPORT_DENOMINATOR", "dataQualityMessage": text}
    return {"dataQualityStatus": "NO_NATIONAL_REPORT_DATA", "dataQualityMessage": "Chưa có số liệu báo cáo quốc gia"}


def total(rows: list[dict[str, Any]]) -> tuple[Decimal, int]:
    """Points and their maximum; a metric without score adds nothing to the points."""
    points = sum((Decimal(row["score"] or 0) for row in rows), Decimal(0))
    return points, sum(row["maxScore"] for row in rows)

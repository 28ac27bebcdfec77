"""Rows of the portal's 766 report for Phú Thọ, quarter 3 of 2026, as recorded on 26/9/2026, cut to a few agencies.

Source: answers of https://dichvucong.gov.vn/danh-gia-chat-luong-phuc-vu kept in the repository ChippedTopaz/qd766
(tests/fixtures/*/quarter-all.json). `pagination` is of the rows kept here; everything else is as it came.
"""

from __future__ import annotations

import copy
from typing import Any

ROOT = "019d2be3-6a88-732b-8b17-b68020c8553a"
TRADE = "019d2be3-6a88-732b-8b17-c2db58b51fef"
COMMUNE = "019d2be3-6ab4-74ce-8a81-2b36942f2553"
_WHO = {
    ROOT: ("H44", "UBND tỉnh Phú Thọ", "PROVINCE", "level_1"),
    TRADE: ("H44.07", "Sở Công Thương - Tỉnh Phú Thọ", "PROVINCIAL_DEPARTMENT", "level_2"),
    COMMUNE: ("H44.105", "UBND xã Xuân Lũng", "COMMUNE_PEOPLE_COMMITTEE", "level_2"),
}
_SATISFACTION = {
    ROOT: (12.25, 68.06, (373, 499, 74.75, None), (402886, 464494, 86.74, 5.78), (300, 499, 60.12, 3.61), (238, 499, 47.7, 2.86), (115, 499, 23.05, None)),
    TRADE: (17.23, 95.72, (0, 0, 0, None), (998, 1271, 78.52, 5.23), (0, 0, 0, 6), (0, 0, 0, 6), (0, 0, 0, None)),
    COMMUNE: (18, 100, (0, 0, 0, None), (2668, 2803, 95.18, 6), (0, 0, 0, 6), (0, 0, 0, 6), (0, 0, 0, None)),
}  # fmt: skip
_SATISFACTION_CODES = (
    ("PETITION_CLASSIFICATION_TTHC", 0),
    ("DOSSIER_RECEIVING_SATISFACTION", 6),
    ("PETITION_PROCESSING_ON_TIME", 6),
    ("PETITION_HANDLING_SATISFACTION", 6),
    ("PETITION_CLASSIFICATION_STAFF", 0),
)


def _row(
    agency: str, place: int, score: float, most: int, ratio: float, metrics: list[dict[str, Any]]
) -> dict[str, Any]:
    _, name, kind, level = _WHO[agency]
    above = "COMMUNE" if agency == COMMUNE else "PROVINCE"
    return {
        "stt": place, "departmentId": agency, "departmentName": name, "departmentType": kind, "departmentLevel": above,
        "agencyLevel": level, "totalScore": score, "totalMaxScore": most, "ratio": ratio, "scoreDelta": None, "metrics": metrics,
    }  # fmt: skip


def _metric(code: str, most: int, numerator: Any, denominator: Any, ratio: Any, score: Any) -> dict[str, Any]:
    return {
        "code": code, "name": code.lower(), "numerator": numerator, "denominator": denominator, "ratio": ratio,
        "score": score, "maxScore": most,
    }  # fmt: skip


def _paged(root: dict[str, Any], rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    pagination = {"total": len(rows), "currentPage": 1, "pageSize": 200, "totalPages": 1}
    data = {"overview": root, "evaluation": rows, "pagination": pagination, **more}
    return {"code": "OK", "data": data, "message": "OK"}


def satisfaction() -> dict[str, Any]:
    """`handling-satisfaction`: without petitions a ratio of 0 and 6 points."""
    rows = [
        _row(agency, place, score, 18, ratio, [_metric(code, most, *given) for (code, most), given in zip(_SATISFACTION_CODES, metrics, strict=True)])
        | {"totalPetitions": metrics[2][1], "totalDossiers": metrics[1][1], "averageScore": None}
        for place, (agency, (score, ratio, *metrics)) in enumerate(_SATISFACTION.items())
    ]  # fmt: skip
    return _paged(rows[0], rows[1:], source="reporting_766_satisfaction_petition_months")


def transparency() -> dict[str, Any]:
    """`transparency`: the same values for every agency below, and a flag of quality."""

    def row(agency: str, place: int, sync: int) -> dict[str, Any]:
        flagged = _metric("DOSSIER_SYNC", 6, sync, sync, 100, 6) | {
            "dataQualityStatus": "TEMP_NATIONAL_REPORT_DENOMINATOR",
            "dataQualityMessage": "Mẫu số BCQG/GRIS đang dùng số tạm, cần thay bằng dữ liệu crawl hệ thống cũ.",
        }
        metrics = [
            _metric("PUBLISH_ON_TIME", 6, 0, 54, 0, 0),
            _metric("PUBLIC_UPDATE_ON_TIME", 4, 0, 68, 0, 0),
            _metric("PUBLIC_CONTENT_FULL", 2, 87, 89, 97.75, 1.96),
            flagged,
        ]
        return _row(agency, place, 7.96, 18, 44.22, metrics)

    return _paged(row(ROOT, 1, 339457), [row(TRADE, 1, 656), row(COMMUNE, 2, 2256)], monthlyChart=[])


def digitised() -> dict[str, Any]:
    """`dossier-digitized`: one metric has a ratio and a score but neither numerator nor denominator."""

    def row(agency: str, place: int, score: float, ratio: float, *given: tuple[Any, ...]) -> dict[str, Any]:
        codes = (
            ("ORIGINAL_RESULT_AVAILABLE", 6), ("SO_HOA_GIAY_TO_GIAI_QUYET", 4), ("REUSED_DIGITIZED_DATA", 2),
            ("SYNCED_WITH_DVCQG_PERSONAL_STORAGE", 4), ("CITIZEN_DATA_CONNECTED_DOSSIER", 2),
            ("CITIZEN_DATA_CONNECTED_FORMALITY", 2),
        )  # fmt: skip
        metrics = [_metric(code, most, *values) for (code, most), values in zip(codes, given, strict=True)]
        metrics.append(_metric("ELECTRONIC_CERTIFIED_COPY", 2, None, None, 100, 2))
        return _row(agency, place, score, 22, ratio, metrics) | {"departmentCode": _WHO[agency][0]}

    root = row(
        ROOT, 1, 8.75, 39.77, (334358, 464494, 71.98, 4.32), (83994, 464494, 18.08, 0.72), (64382, 464494, 13.86, 0.35),
        (0, 464494, 0, 0), (192191, 464494, 41.38, 0.83), (342, 1300, 26.31, 0.53),
    )  # fmt: skip
    trade = row(
        TRADE, 1, 10.18, 46.27, (937, 1271, 73.72, 4.42), (449, 1271, 35.33, 1.41), (0, 1271, 0, 0), (0, 1271, 0, 0),
        (1271, 1271, 100, 2), (13, 74, 17.57, 0.35),
    )  # fmt: skip
    return _paged(root, [trade])


def _tree(parent: dict[str, Any], *children: dict[str, Any], **more: Any) -> dict[str, Any]:
    def named(agency: str, given: dict[str, Any]) -> dict[str, Any]:
        return {"departmentId": agency, "departmentName": _WHO[agency][1], "departmentCode": _WHO[agency][0], **given}

    below = [named(agency, given) for agency, given in zip((TRADE, COMMUNE), children, strict=False)]
    return {"code": "OK", "data": {"parent": named(ROOT, parent), "children": below, **more}, "message": "OK"}


def progress() -> dict[str, Any]:
    """`dvc-progress-tree`: parent and children name their points differently."""
    return _tree(
        {"totalReceived": 464494, "totalOnTime": 403016, "totalCompleted": 375592, "avgProcessingDays": 4.69, "ratio": 86.76, "totalScore": 17.35, "totalMaxScore": 20},
        {"level": "PROVINCE", "totalReceived": 1271, "totalOnTime": 998, "totalOverdue": 273, "avgProcessingDays": 11.03, "ratio": 78.52, "score": 15.7, "maxScore": 20, "scoreDelta": None},
        {"level": "COMMUNE", "totalReceived": 2803, "totalOnTime": 2668, "totalOverdue": 135, "avgProcessingDays": 1.97, "ratio": 95.18, "score": 19.04, "maxScore": 20, "scoreDelta": None},
        monthlyChart=[],
    )  # fmt: skip


def online() -> dict[str, Any]:
    """`provide-online-tree`: counts at the root only."""
    return _tree(
        {"totalScore": 8.41, "totalMaxScore": 12, "ratio": 70.08, "authorityCount": 89, "partialCount": 31, "fullCount": 21, "onlineDossierCount": 449, "onlineServiceTotal": 1884, "channelOnlineSum": 435258, "channelDirectSum": 5300, "channelPostalSum": 0, "channelTotalSum": 440558, "onlineOnTimeSum": 391455, "onlineOverdueSum": 43803},
        {"level": "PROVINCE", "totalScore": 6.66, "totalMaxScore": 12, "ratio": 55.5, "scoreDelta": None},
        monthlyChart=[],
    )  # fmt: skip


def payment() -> dict[str, Any]:
    """`formality-online-payment-tree`."""
    return _tree(
        {"totalMaxScore": 10, "totalScore": 6.67, "totalDossierOnlinePaymentSuccess": 233203, "totalDossierFinancialObligation": 268066, "totalDossierOnlineFormalityPaymentSuccess": 115, "totalFeeDossierFormalityDistinct": 311, "totalFeeDossierFormality": 66, "totalFeeFormality": 311, "ratio": 66.7},
        {"level": "PROVINCE", "totalMaxScore": 10, "ratio": 80, "totalScore": 8, "totalDossierOnlinePaymentSuccess": 110, "totalDossierFinancialObligation": 110, "totalDossierOnlineFormalityPaymentSuccess": 12, "totalFeeDossierFormalityDistinct": 13, "totalFeeDossierFormality": 0, "totalFeeFormality": 13, "scoreDelta": None},
    )  # fmt: skip


def pages(document: dict[str, Any], size: int) -> list[dict[str, Any]]:
    """A recorded answer as if the portal had given it in pages of that size."""
    rows = document["data"]["evaluation"]
    count = -(-len(rows) // size)
    found = []
    for place in range(count):
        page = copy.deepcopy(document)
        page["data"]["evaluation"] = rows[place * size : (place + 1) * size]
        page["data"]["pagination"] = {
            "total": len(rows),
            "currentPage": place + 1,
            "pageSize": size,
            "totalPages": count,
        }
        found.append(page)
    return found

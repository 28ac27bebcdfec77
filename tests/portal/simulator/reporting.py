"""Front D: the public reporting API of the 766 pages. POST and JSON, HTTP 201, `{"code":"OK","data","message"}`."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

from . import lists, periods, scores
from .books import Call
from .country import COMMUNE, NAMED_OTHERWISE, PROVINCE, Agency
from .faults import Fault
from .figures import Figures
from .paging import page
from .periods import Period
from .state import State
from .waf import COOKIE, Wall
from .wire import Answer, Request

PREFIX = "/api/v1/reporting/"
SIZES = {
    "transparency": 200, "handling-satisfaction": 200, "dossier-digitized": 200, "dvc-progress-tree": 100,
    "provide-online-tree": 200, "formality-online-payment-tree": 100,
}  # fmt: skip
"""Endpoint -> most rows a page."""
FILTERS = {"handling-satisfaction": None, "dossier-digitized": "formalityID"}
"""The procedure filter where it is not `formalityId`. A wrong spelling is ignored: the answer is not filtered."""
COLUMNS = {
    "transparency": "CKMB", "dvc-progress-tree": "TDGQ", "provide-online-tree": "CLGQ",
    "formality-online-payment-tree": "TTTT", "dossier-digitized": "MDSH", "handling-satisfaction": "MDHL",
}  # fmt: skip
"""Endpoint -> its column in the national list."""
SOURCE = "Hệ thống giám sát, đánh giá (mô phỏng)"


class Reporting:
    """The endpoints under /api/v1 and the page that sets the cookie."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.wall = Wall(state)
        self.figures = Figures(state)
        self.captures = 0

    def endpoint(self, request: Request) -> str | None:
        if request.path in {"/", "/danh-gia-chat-luong-phuc-vu"}:
            return "D/page"
        if request.path.startswith(PREFIX):
            return f"D/{request.path.removeprefix(PREFIX)}"
        return f"D/{request.path.rpartition('/')[2]}" if request.path.startswith("/api/v1/") else None

    def revoke(self, _request: Request) -> None:
        """Nobody signs in here."""

    def answer(self, request: Request, call: Call, drawn: dict[str, Fault]) -> Answer:
        if call.endpoint == "D/page" and request.method == "GET":
            return Answer("<html><body>Cổng Dịch vụ công</body></html>", 200, "text/html", {"Set-Cookie": COOKIE})
        if (rejected := self.wall.rejected(request)) is not None:
            return rejected
        try:
            body = request.json()
        except (ValueError, RecursionError):
            return _said(400, "Body không phải JSON")
        if not isinstance(body, dict):
            return _said(400, "Body phải là một đối tượng JSON")
        name = call.endpoint.removeprefix("D/")
        if name in lists.ENDPOINTS:
            return _found(lists.ENDPOINTS[name](self.state, body, drawn))
        group = name.removeprefix("evaluation/")
        today = self.state.clock.now().date()
        period = (periods.asked_days if group == "handling-satisfaction" else periods.asked)(body, today)
        if isinstance(period, str):
            return _said(400, period)
        if group == "service-results":
            return _found(self._national(period, body, drawn))
        if group not in SIZES:
            return _said(404, "Không tìm thấy chức năng")
        root = self.state.country.by_id.get(str(body.get("rootDepartmentId")))
        if root is None:
            return Answer({"code": "NOT_FOUND", "data": None, "message": "Không tìm thấy đơn vị"}, 201)
        return _found(self._group(group, root, period, body, drawn))

    def _group(
        self, group: str, root: Agency, period: Period, body: dict[str, Any], drawn: dict[str, Fault]
    ) -> dict[str, Any]:
        """One group of one province: its own row, a page of its units, the chart and the source where it has them."""
        self.captures += 1
        share = self._share(group, body)
        missing = (root.code, group) == (self.state.options.missing_unit, self.state.options.missing_group)
        own = None if missing else self._row(group, root, period, share, 1)
        children = self.state.country.children(root.code, self.state.clock.now().date()) if own else []
        found = page(children, body, SIZES[group], drawn)
        drafts = (self._row(group, unit, period, share, number) for number, unit in enumerate(found.rows, found.first))
        rows = [row for row in drafts if row is not None]
        tree = group.endswith("-tree")
        data: dict[str, Any] = {"parent" if tree else "overview": own, "children" if tree else "evaluation": rows}
        data["pagination"] = found.described
        if group in {"transparency", "dvc-progress-tree", "provide-online-tree"}:
            data["monthlyChart"] = self._chart(group, root, period, share) if own else []
        if not tree:
            data["source"] = SOURCE
        return data

    def _row(self, group: str, agency: Agency, period: Period, share: float, number: int) -> dict[str, Any] | None:
        """A unit's row, or None when the period has no figures yet."""
        counts = self.figures.counts(agency, period, share)
        if counts is None:
            return None
        metrics = self._metrics(group, agency, period, counts, share)
        points, most = scores.total(metrics)
        ratio = scores.half_up(Fraction(points) * 100 / most)
        if group.endswith("-tree"):
            return self._tree_row(
                group, agency, counts, metrics, (points, most, ratio), self._delta(group, agency, period, share, points)
            )
        return {
            "stt": number,
            "departmentId": agency.id,
            "departmentName": self._shown_name(agency),
            "departmentType": agency.kind,
            "departmentLevel": "COMMUNE" if agency.kind == COMMUNE else "PROVINCE",
            "agencyLevel": "level_1" if agency.kind == PROVINCE else "level_2",
            "totalScore": points,
            "totalMaxScore": most,
            "ratio": ratio,
            "scoreDelta": self._delta(group, agency, period, share, points),
            "metrics": metrics,
        }

    def _tree_row(
        self, group: str, agency: Agency, counts: dict[str, int], metrics: list[dict[str, Any]],
        total: tuple[Decimal, int, Decimal], delta: Decimal | None,
    ) -> dict[str, Any]:  # fmt: skip
        """A row of a tree as recorded: parameters by name instead of metrics; roots and children name their points differently."""
        points, most, ratio = total
        root = agency.kind == PROVINCE
        row: dict[str, Any] = {
            "departmentId": agency.id,
            "departmentName": self._shown_name(agency),
            "departmentCode": agency.code,
        }
        if not root:
            row |= {"level": "COMMUNE" if agency.kind == COMMUNE else "PROVINCE", "scoreDelta": delta}
        by_code = {metric["code"]: metric for metric in metrics}
        if group == "dvc-progress-tree":
            named = ("totalScore", "totalMaxScore") if root else ("score", "maxScore")
            row |= {
                "totalReceived": counts["received"],
                "totalOnTime": counts["on_time"],
                "avgProcessingDays": None if counts["received"] == 0 else 1 + counts["received"] % 90 / 10,
                "ratio": metrics[0]["ratio"],
                **dict(zip(named, (metrics[0]["score"], most), strict=True)),
            }
            return row | (
                {"totalCompleted": counts["results"]}
                if root
                else {"totalOverdue": counts["received"] - counts["on_time"]}
            )
        row |= {"totalScore": points, "totalMaxScore": most, "ratio": ratio}
        if group == "formality-online-payment-tree":
            paid, paying, integrated = (
                by_code[code]
                for code in ("DOSSIER_ONLINE_PAYMENT", "FORMALITY_WITH_ONLINE_PAYMENT", "FEE_FORMALITY_INTEGRATED")
            )
            return row | {
                "totalDossierOnlinePaymentSuccess": paid["numerator"], "totalDossierFinancialObligation": paid["denominator"],
                "totalDossierOnlineFormalityPaymentSuccess": paying["numerator"], "totalFeeDossierFormalityDistinct": paying["denominator"],
                "totalFeeDossierFormality": integrated["numerator"], "totalFeeFormality": integrated["denominator"],
            }  # fmt: skip
        if root:
            offered, active, online = (
                by_code[code] for code in ("FORMALITY_ONLINE", "SERVICE_WITH_DOSSIER", "DOSSIER_ONLINE")
            )
            row |= {
                "authorityCount": offered["denominator"], "partialCount": offered["numerator"] // 2,
                "fullCount": offered["numerator"] - offered["numerator"] // 2, "onlineDossierCount": active["numerator"],
                "onlineServiceTotal": active["denominator"], "channelOnlineSum": online["numerator"],
                "channelDirectSum": online["denominator"] - online["numerator"], "channelPostalSum": 0,
                "channelTotalSum": online["denominator"],
            }  # fmt: skip
        return row

    def _metrics(
        self, group: str, agency: Agency, period: Period, counts: dict[str, int], share: float
    ) -> list[dict[str, Any]]:
        province = self.state.country.agencies.get(agency.root, agency)
        inherited = counts if province is agency else self.figures.counts(province, period, share) or counts
        name = scores.SYNC_NAMES[self.captures % 2]
        return scores.metrics(group, counts, inherited=inherited, sync_name=name, province=agency.kind == PROVINCE)

    def _delta(self, group: str, agency: Agency, period: Period, share: float, points: Decimal) -> Decimal | None:
        """Against the period before; null when there is none, and for some units for no reason at all."""
        before = periods.before(period)
        draw = random.Random(f"{self.state.seed}/delta/{group}/{agency.code}/{period.label}")
        counts = self.figures.counts(agency, before, share)
        if counts is None or draw.random() < self.state.options.delta_null_share:
            return None
        return points - scores.total(self._metrics(group, agency, before, counts, share))[0]

    def _chart(self, group: str, root: Agency, period: Period, share: float) -> list[dict[str, Any]]:
        """The ended months of the period's year."""
        today = self.state.clock.now().date()
        points = []
        for number in range(1, 13):
            month = periods.month(period.first.year, number)
            counts = self.figures.counts(root, month, share) if month.last < today else None
            if counts is not None:
                score, _ = scores.total(self._metrics(group, root, month, counts, share))
                points.append({"month": number, "year": period.first.year, "score": score})
        return points

    def _national(self, period: Period, body: dict[str, Any], drawn: dict[str, Fault]) -> dict[str, Any]:
        """Every province with the points of its groups; a group may be missing, and then the unit has no total."""
        provinces = [agency for agency in self.state.country.agencies.values() if agency.kind == PROVINCE]
        found = page(provinces, body, 200, drawn)
        rows = []
        for number, agency in enumerate(found.rows, found.first):
            groups = {COLUMNS[group]: self._points(group, agency, period) for group in scores.GROUPS}
            whole = None if None in groups.values() else sum(groups.values(), Decimal(0))
            rows.append(
                {
                    "stt": number, "departmentId": agency.id, "departmentCode": agency.code,
                    "departmentName": self._shown_name(agency), "departmentType": agency.kind,
                    "totalScore": whole, "totalMaxScore": 100, "scoreDelta": None, "groupScores": groups,
                }
            )  # fmt: skip
        return {"overview": {"departmentName": "Cả nước"}, "evaluation": rows, "pagination": found.described}

    def _points(self, group: str, agency: Agency, period: Period) -> Decimal | None:
        options = self.state.options
        counts = self.figures.counts(agency, period)
        if counts is None or (agency.code, group) == (options.missing_unit, options.missing_group):
            return None
        return scores.total(self._metrics(group, agency, period, counts, 1.0))[0]

    def _share(self, group: str, body: dict[str, Any]) -> float:
        """The part of the figures that one procedure has; 1 without a filter, 0 for an unknown procedure."""
        key = FILTERS.get(group, "formalityId")
        if key is None or not (wanted := body.get(key)):
            return 1.0
        known = any(procedure.id == wanted for procedure in self.state.procedures)
        return random.Random(f"{self.state.seed}/share/{wanted}").uniform(0.01, 0.3) if known else 0.0

    def _shown_name(self, agency: Agency) -> str:
        return NAMED_OTHERWISE.get(agency.code, agency.name) if self.captures % 2 else agency.name


def _found(data: Any) -> Answer:
    return Answer({"code": "OK", "data": data, "message": "Thành công"}, 201)


def _said(status: int, text: str) -> Answer:
    return Answer({"code": "BAD_REQUEST" if status == 400 else "NOT_FOUND", "data": None, "message": text}, status)

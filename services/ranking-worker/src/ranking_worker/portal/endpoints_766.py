"""The endpoints of the portal's public 766 reporting, and what is asked of each: bodies as recorded, never tidied. Pure.

Source: recorded requests and answers of `https://dichvucong.gov.vn/danh-gia-chat-luong-phuc-vu` (September 2026). The
differences between endpoints are the portal's own: `formalityId` beside `formalityID`, days instead of a period for
satisfaction, page sizes of 100 and 200.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parindex.engine.period import Period
from parindex.errors import Invalid

EVALUATION = "/api/v1/reporting/evaluation/"
FORMALITIES = "/api/v1/reporting/formalities"
FORMALITY_LIST = "/api/v1/submitting/formality/list-all-formality-by-citizen"
FORMALITY = "/api/v1/configuring/formality/get-formality-by-citizen"
AGENCIES = "/api/v1/configuring/citizen/department/list-with-location"
FORMALITIES_PAGE_SIZE = 10
_OFFERED = ("month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Share:
    """A metric of a tree row: its numerator is the sum of named fields, its denominator one field."""

    metric: str
    numerator: tuple[str, ...]
    denominator: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One group of the public report."""

    name: str
    group: str
    """Code of the branch of the index set `qd766` that the totals of its rows are points of."""
    page_size: int
    procedure_key: str | None
    """Key of the procedure filter, letter by letter; None: the endpoint has no such filter."""
    shares: tuple[Share, ...] = ()
    """Of a tree endpoint; the others bring `metrics[]`."""
    expected: frozenset[str] = frozenset()
    """Metric codes that the root of an unfiltered answer has always had."""
    tree: bool = False
    dated: bool = False

    @property
    def path(self) -> str:
        """Path under the portal's address."""
        return EVALUATION + self.name

    @property
    def operation(self) -> str:
        """Name of its snapshots."""
        return f"766/{self.name}"


TRANSPARENCY = Endpoint(
    "transparency",
    "transparency",
    200,
    "formalityId",
    expected=frozenset({"PUBLISH_ON_TIME", "PUBLIC_UPDATE_ON_TIME", "PUBLIC_CONTENT_FULL", "DOSSIER_SYNC"}),
)
SATISFACTION = Endpoint(
    "handling-satisfaction",
    "satisfaction",
    200,
    None,
    expected=frozenset(
        {"PETITION_PROCESSING_ON_TIME", "PETITION_HANDLING_SATISFACTION", "DOSSIER_RECEIVING_SATISFACTION",
         "PETITION_CLASSIFICATION_TTHC", "PETITION_CLASSIFICATION_STAFF"}
    ),
    dated=True,
)  # fmt: skip
DIGITISATION = Endpoint(
    "dossier-digitized",
    "digitization",
    200,
    "formalityID",
    expected=frozenset(
        {"ORIGINAL_RESULT_AVAILABLE", "SO_HOA_GIAY_TO_GIAI_QUYET", "REUSED_DIGITIZED_DATA",
         "SYNCED_WITH_DVCQG_PERSONAL_STORAGE", "CITIZEN_DATA_CONNECTED_DOSSIER", "CITIZEN_DATA_CONNECTED_FORMALITY",
         "ELECTRONIC_CERTIFIED_COPY"}
    ),
)  # fmt: skip
PROGRESS = Endpoint(
    "dvc-progress-tree",
    "progress",
    100,
    "formalityId",
    shares=(Share("PROGRESS_ON_TIME", ("totalOnTime",), "totalReceived"),),
    expected=frozenset({"PROGRESS_ON_TIME"}),
    tree=True,
)
ONLINE = Endpoint(
    "provide-online-tree",
    "online",
    200,
    "formalityId",
    shares=(
        Share("FORMALITY_ONLINE", ("partialCount", "fullCount"), "authorityCount"),
        Share("SERVICE_WITH_DOSSIER", ("onlineDossierCount",), "onlineServiceTotal"),
        Share("DOSSIER_ONLINE", ("channelOnlineSum",), "channelTotalSum"),
    ),
    tree=True,
)
PAYMENT = Endpoint(
    "formality-online-payment-tree",
    "payment",
    100,
    "formalityId",
    shares=(
        Share("DOSSIER_ONLINE_PAYMENT", ("totalDossierOnlinePaymentSuccess",), "totalDossierFinancialObligation"),
        Share("FORMALITY_WITH_ONLINE_PAYMENT", ("totalDossierOnlineFormalityPaymentSuccess",), "totalFeeFormality"),
        Share("FEE_FORMALITY_INTEGRATED", ("totalFeeDossierFormality",), "totalFeeFormality"),
    ),
    expected=frozenset({"DOSSIER_ONLINE_PAYMENT", "FORMALITY_WITH_ONLINE_PAYMENT", "FEE_FORMALITY_INTEGRATED"}),
    tree=True,
)
GROUPS = (TRANSPARENCY, PROGRESS, ONLINE, PAYMENT, DIGITISATION, SATISFACTION)
"""The six columns of the portal, in its order."""
BY_NAME = {endpoint.name: endpoint for endpoint in GROUPS}
NATIONAL = "service-results"
"""The national list of provinces: one answer, no root, no pages."""


def request_body(
    endpoint: Endpoint, period: Period, root: str, page: int, *, procedure: str | None = None
) -> dict[str, Any]:
    """Body of one page. Raises Invalid for a half-year, which the portal does not offer, and for a filter it does not have."""
    filtered: dict[str, Any] = {}
    if procedure is not None:
        if endpoint.procedure_key is None:
            raise Invalid(
                f"{endpoint.name} has no filter by procedure.",
                code="filter_unknown",
                hint="Ask for the whole agency, or another group.",
            )
        filtered = {endpoint.procedure_key: procedure}
    when = _days(period) if endpoint.dated else _when(period)
    return {**when, "rootDepartmentId": root, "currentPage": page, "pageSize": endpoint.page_size, **filtered}


def national_body(period: Period) -> dict[str, Any]:
    """Body of the national list of provinces. Raises Invalid as `request_body`."""
    return {**_when(period), "departmentType": "ADMINISTRATIVE_UNIT"}


def _when(period: Period) -> dict[str, Any]:
    _need_offered(period)
    more = {
        "year": {},
        "quarter": {"quarter": (period.first.month + 2) // 3},
        "month": {"month": period.first.month},
    }[period.kind]
    return {"timeType": period.kind, "year": period.first.year, **more}


def _days(period: Period) -> dict[str, Any]:
    _need_offered(period)
    return {"fromDate": period.first.isoformat(), "toDate": period.last.isoformat()}


def _need_offered(period: Period) -> None:
    if period.kind not in _OFFERED:
        raise Invalid(
            f"The portal offers no {period.kind} ({period.code}).",
            code="period_not_offered",
            hint="Ask for months, quarters or years.",
        )

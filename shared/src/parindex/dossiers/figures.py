"""Numerators and denominators of QĐ 766 that dossiers, procedures and petition counts can give, and why others cannot be said.

Formula document, sections 1.4, 2.1-2.2, 3.1-3.6, 4.1-4.5, 5.1-5.4. Codes are the components of framework `qd766`. A figure
is given with whole numbers or not at all: a missing one says why, and 0/0 is what the portal itself shows where there was
nothing to count. Shares are scored by the framework, not here. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from parindex.dossiers.procedures import Procedure
from parindex.dossiers.sums import Sums, added
from parindex.engine.period import Period
from parindex.errors import Invalid

Share = tuple[int, int]
"""Numerator and denominator."""
MINUTES_A_DAY = 480
REASONS = {
    "no_dossiers": "Không nhận được hồ sơ nào có ngày tiếp nhận trong kỳ.",
    "report_unknown": "Chưa có số hồ sơ của Hệ thống báo cáo quốc gia cho kỳ này nên chưa có mẫu số.",
    "sync_unknown": "Cần tỷ lệ đồng bộ (1.4) để nhân; chưa có.",
    "procedures_unknown": "Chưa có danh mục thủ tục của đơn vị.",
    "levels_unknown": "Danh mục thủ tục chưa cho biết mức độ cung cấp trực tuyến.",
    "fees_unknown": "Danh mục thủ tục chưa cho biết thủ tục nào có phí, lệ phí.",
    "subjects_unknown": "Danh mục thủ tục chưa cho biết đối tượng thực hiện.",
    "petitions_unknown": "Chưa nhận được số liệu phản ánh, kiến nghị của kỳ.",
    "nothing_timed": "Chưa có hồ sơ xử lý xong nào tính được thời gian làm việc.",
}


@dataclass(frozen=True, slots=True)
class Petitions:
    """Petition counts (PAKN) of a unit's subtree in a period, summed over months."""

    received: int
    about_rules: int
    about_staff: int
    due: int
    on_time: int
    satisfied: int
    dossiers_complained: int
    months_missing: int = 0
    """Months of the period for which nobody reported."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One component. `missing` is a key of `REASONS`, or '' when numerator and denominator are known."""

    component: str
    numerator: int | None
    denominator: int | None
    missing: str = ""
    notes: tuple[str, ...] = ()

    @property
    def reason_vi(self) -> str:
        """Why it cannot be said; '' when it can."""
        return REASONS[self.missing] if self.missing else ""

    @property
    def percent(self) -> Decimal | None:
        """Percent with two digits, half-up; None when it cannot be said or nothing was counted."""
        if self.missing or not self.denominator:
            return None
        return percent_of(self.numerator or 0, self.denominator, 2)

    def input_json(self) -> dict[str, Any] | None:
        """The component's input for the framework; None when it cannot be said."""
        if self.missing:
            return None
        return {"numerator": str(self.numerator), "denominator": str(self.denominator)}


def percent_of(numerator: int, denominator: int, digits: int) -> Decimal:
    """100 * numerator / denominator, divided once, rounded half-up once."""
    # Half-up in whole numbers, for none of them is negative.
    return Decimal((200 * 10**digits * numerator + denominator) // (2 * denominator)).scaleb(-digits)


def offered_by(procedures: Mapping[str, Procedure], codes: frozenset[str]) -> dict[str, Procedure]:
    """The procedures that agencies with these codes offer; one that names no agency is everyone's."""
    return {base: one for base, one in procedures.items() if one.units is None or not codes.isdisjoint(one.units)}


def sync_share(n: int, period: Period, *, reported: int | None, previous_year: int | None) -> Share | None:
    """1.4: ours over the larger of ours and the national report's; without a report last year's total in equal parts.

    More than the denominator counts as the denominator. None: neither number is known, or both are 0.
    """
    if reported:
        return n, max(n, reported)
    if not previous_year:
        return None
    parts = {"month": 12, "quarter": 4, "half": 2, "year": 1}[period.kind]
    return min(n * parts, previous_year), previous_year


def gather(
    by_procedure: Mapping[str, Sums],
    offered: Mapping[str, Procedure],
    petitions: Petitions | None,
    *,
    sync: Share | None = None,
) -> dict[str, Figure]:
    """Every component, by its code. `sync`: the share of 1.4, ours (`sync_share`) or as the portal published it."""
    total = added(by_procedure.values())
    figures = [*_of_dossiers(total, sync), *_of_procedures(by_procedure, offered), *_of_petitions(total, petitions)]
    return {one.component: one for one in figures}


def _of_dossiers(total: Sums, sync: Share | None) -> Iterable[Figure]:
    shares = {
        "progress_on_time": (total.all_on_time, total.n),
        "dossier_online_payment": (total.paid_online, total.fee_due),
        "original_result_available": (total.result_electronic, total.result_due),
        "so_hoa_giay_to_giai_quyet": (total.digitised, total.n),
        "reused_digitized_data": (total.reused, total.n),
        "synced_with_dvcqg_personal_storage": (total.personal_storage, total.n),
        "citizen_data_connected_dossier": (total.population, total.n),
    }
    for component, share in shares.items():
        yield Figure(component, *share) if total.n else Figure(component, None, None, "no_dossiers")
    if sync:
        yield Figure("dossier_sync", *sync)
        if total.n:
            yield Figure("dossier_online", total.online * sync[0], total.n * sync[1])
    else:
        yield Figure("dossier_sync", total.n, None, "report_unknown")
        if total.n:
            yield Figure("dossier_online", total.online, total.n, "sync_unknown")
    if not total.n:
        yield Figure("dossier_online", None, None, "no_dossiers")
    if total.timed:
        note = (
            "Thời gian làm việc trung bình (ngày làm việc 8 giờ) của mọi thủ tục; theo từng thủ tục: xem bảng chi tiết."
        )
        yield Figure("avg_processing_time", total.working_minutes, total.timed * MINUTES_A_DAY, notes=(note,))
    else:
        yield Figure("avg_processing_time", None, None, "nothing_timed")


def _of_procedures(by_procedure: Mapping[str, Sums], offered: Mapping[str, Procedure]) -> Iterable[Figure]:
    def with_any(procedures: Iterable[str], count: Callable[[Sums], int]) -> int:
        return sum(count(by_procedure[base]) > 0 for base in procedures if base in by_procedure)

    level = {base: one.service_level for base, one in offered.items() if one.service_level}
    online = [base for base, service in level.items() if service in ("full", "partial")]
    fee = {base: one.has_fee for base, one in offered.items() if one.has_fee is not None}
    paying = [base for base, has_fee in fee.items() if has_fee]
    subject = {base: one.for_citizens for base, one in offered.items() if one.for_citizens is not None}
    personal = [base for base, for_citizens in subject.items() if for_citizens]
    # Integrated: the catalogue says so, or a dossier was paid on the portal.
    integrated = sum(
        bool(offered[base].payment_integrated) or (base in by_procedure and by_procedure[base].paid_on_portal > 0)
        for base in paying
    )
    return [
        _counted("formality_online", len(online), len(offered), offered, level, "levels_unknown"),
        _counted(
            "service_with_dossier",
            with_any(online, lambda one: one.filed_online),
            len(online),
            offered,
            level,
            "levels_unknown",
        ),
        _counted("fee_formality_integrated", integrated, len(paying), offered, fee, "fees_unknown"),
        _counted(
            "formality_with_online_payment",
            with_any(paying, lambda one: one.paid_online),
            len(paying),
            offered,
            fee,
            "fees_unknown",
        ),
        _counted(
            "citizen_data_connected_formality",
            with_any(personal, lambda one: one.population),
            len(personal),
            offered,
            subject,
            "subjects_unknown",
        ),
    ]


def _counted(
    component: str,
    numerator: int,
    denominator: int,
    offered: Mapping[str, Procedure],
    known: Mapping[str, Any],
    missing: str,
) -> Figure:
    """A share of procedures; those of which the catalogue does not say what is asked are named, not taken for «no»."""
    if not offered:
        return Figure(component, None, None, "procedures_unknown")
    if not known:
        return Figure(component, None, None, missing)
    unsaid = len(offered) - len(known)
    notes = (f"{unsaid} thủ tục trong danh mục chưa có thông tin này.",) if unsaid else ()
    return Figure(component, numerator, denominator, notes=notes)


def _of_petitions(total: Sums, petitions: Petitions | None) -> Iterable[Figure]:
    codes = (
        "petition_classification_tthc",
        "petition_classification_staff",
        "petition_processing_on_time",
        "petition_handling_satisfaction",
    )
    satisfaction = "dossier_receiving_satisfaction"
    if petitions is None:
        yield from (Figure(code, None, None, "petitions_unknown") for code in codes)
        yield Figure(satisfaction, None, None, "petitions_unknown" if total.n else "no_dossiers")
        return
    notes = (f"Thiếu số liệu của {petitions.months_missing} tháng trong kỳ.",) if petitions.months_missing else ()
    shares = (
        (petitions.about_rules, petitions.received),
        (petitions.about_staff, petitions.received),
        (petitions.on_time, petitions.due),
        (petitions.satisfied, petitions.due),
    )
    for code, share in zip(codes, shares, strict=True):
        yield Figure(code, *share, notes=notes)
    if total.n:
        # The two shares are subtracted, so a dossier that is late and complained about is taken off twice, as the formula says.
        content = max(0, total.n - total.all_late - petitions.dossiers_complained)
        yield Figure(satisfaction, content, total.n, notes=notes)
    else:
        yield Figure(satisfaction, None, None, "no_dossiers")


@dataclass(frozen=True, slots=True)
class OnTimeShare:
    """How provinces publish it: dossiers received, and the percent on time with one digit."""

    received: int
    on_time: int
    late: int
    percent: Decimal

    @property
    def sentence_vi(self) -> str:
        """As in a province's report: `746.305 hồ sơ, 98,6% đúng hạn`."""
        received = f"{self.received:,}".replace(",", ".")
        return f"Tiếp nhận, giải quyết {received} hồ sơ, {str(self.percent).replace('.', ',')}% đúng hạn."


def on_time_share(sums: Sums) -> OnTimeShare:
    """On time or within time among all received. Raises Invalid (`no_dossiers`) when there are none: no share of nothing."""
    if not sums.n:
        raise Invalid(REASONS["no_dossiers"], code="no_dossiers", hint="Choose a period and unit with dossiers.")
    return OnTimeShare(sums.n, sums.all_on_time, sums.all_late, percent_of(sums.all_on_time, sums.n, 1))

"""Dates far away, as typing mistakes and hostile senders make them: read as no date, and never in the way of counting."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.dossiers.history import history
from parindex.dossiers.portal_rules import settle
from parindex.dossiers.procedures import Procedure
from parindex.dossiers.records import VERSION_COLUMNS, Version
from parindex.dossiers.rules import portal_766
from parindex.dossiers.work_calendar import LimitUnit, shipped_calendar
from survey_ingest.dossiers.codes import Codes
from survey_ingest.dossiers.moments import FIRST_YEAR, LAST_YEAR, UnreadableMoment, moment
from survey_ingest.dossiers.read_record import Record, read_record

NOW = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
UNITS: tuple[LimitUnit, ...] = ("working_day", "calendar_day", "hour")


@pytest.mark.parametrize("text", ["90001231235959", "22010101000000", "31/12/9999", "1969-12-31", "2200-12-31T23:00Z"])
def test_a_date_outside_the_years_of_dossiers_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableMoment):
        moment(text)


def far() -> st.SearchStrategy[str]:
    """Dates as sent: far, near, missing."""
    years = st.sampled_from([FIRST_YEAR, 2026, LAST_YEAR, LAST_YEAR + 1, 9000])
    return st.one_of(
        st.just(""), st.builds(lambda year, month: f"{year}{month:02d}28235959", years, st.integers(1, 12))
    )


@given(
    dates=st.lists(far(), min_size=6, max_size=6),
    asked=st.lists(st.tuples(far(), far()), max_size=4),
    status=st.integers(1, 10),
    unit=st.sampled_from(UNITS),
)
def test_whatever_dates_were_sent_the_dossier_can_be_counted(
    dates: list[str], asked: list[tuple[str, str]], status: int, unit: LimitUnit
) -> None:
    names = ("NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTra", "NgayTuChoi")
    record = read_record(
        {
            "MaHoSo": "H99.101-261120-0042",
            "MaTTHC": "1.000894",
            "TrangThaiHoSo": str(status),
            **dict(zip(names, dates, strict=True)),
            "DanhSachHoSoBoSung": [{"NgayBoSung": one, "NgayTiepNhanBoSung": other} for one, other in asked],
        },
        Codes.of({}),
        NOW,
    )
    assert isinstance(record, Record)
    stored = {"dossier_key": "k", "version_no": 1, "recorded_at": NOW, "unit_id": 1}
    version = Version(*(stored[name] if name in stored else getattr(record.said, name) for name in VERSION_COLUMNS))
    told = history([version], [])
    assert told is not None
    procedure = Procedure("1.000894", limit=Decimal(40), limit_unit=unit)
    for known in ({}, {"1.000894": procedure}):
        settled = settle(told, shipped_calendar(), known, portal_766())
        assert (settled.accepted_day is None) == (settled.outcome == "not_counted")

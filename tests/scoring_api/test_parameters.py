import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.engine.period import Period
from parindex.errors import Invalid
from scoring_api.asked import BLOCK, CURSOR, LIMIT, PERIOD, SEARCH, UNIT
from scoring_api.parameters import Parameter, Parameters, UnitName, known_on

ASKED = Parameters(UNIT, PERIOD, BLOCK, SEARCH, LIMIT, CURSOR)


def test_every_value_is_read_and_defaults_fill_the_rest():
    values = ASKED.read(b"unit=000.00.01.H99&period=2026-Q1&block=department&q=S%E1%BB%9F+N%E1%BB%99i", {})
    assert values == {
        "unit": UnitName(None, "h_code", "H99.01"),
        "period": Period.parse("2026-Q1"),
        "block": "department",
        "q": "Sở Nội",
        "limit": 200,
        "cursor": None,
    }


def test_a_unit_may_be_named_by_id_or_by_statistical_code():
    assert ASKED.read(b"unit=990001&period=2026&block=commune", {})["unit"] == UnitName(990001)
    assert ASKED.read(b"unit=gso:08866&period=2026&block=commune", {})["unit"] == UnitName(None, "gso", "08866")


@pytest.mark.parametrize(
    ("query", "code", "names"),
    [
        (b"unit=1&period=2026&block=commune&perod=2026", "parameter_unknown", "period"),
        (b"unit=1&unit=2&period=2026&block=commune", "parameter_repeated", "unit"),
        (b"unit=1&block=commune", "parameter_missing", "period"),
        (b"unit=1&period=2026-13&block=commune", "parameter_invalid", "2026-Q4"),
        (b"unit=1&period=2026&block=village", "parameter_invalid", "commune"),
        (b"unit=1&period=2026&block=commune&limit=0", "parameter_invalid", "1 to 1000"),
        (b"unit=1&period=2026&block=commune&limit=99999999999999999999", "parameter_invalid", "1 to 1000"),
        (b"unit=1&period=2026&block=commune&q=a%00b", "parameter_invalid", "control"),
        (b"unit=9999999999&period=2026&block=commune", "parameter_invalid", "unit id"),
        (b"unit=1&period=2026&block=commune&q=%ff", "query_not_utf8", "UTF-8"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(query, code, names):
    with pytest.raises(Invalid) as refused:
        ASKED.read(query, {})
    told = f"{refused.value.message} {refused.value.hint} {[finding.hint for finding in refused.value.findings]}"
    assert refused.value.code == code
    assert names in told


def test_all_faults_are_named_at_once():
    with pytest.raises(Invalid) as refused:
        ASKED.read(b"unit=&block=x&color=red", {})
    assert [finding.code for finding in refused.value.findings] == [
        "parameter_invalid",
        "parameter_invalid",
        "parameter_unknown",
        "parameter_missing",
    ]


def test_a_day_means_its_end_in_vietnam_and_an_instant_means_itself():
    asked = Parameters(Parameter("known_on", *known_on(), "", "", ""))
    assert asked.read(b"known_on=2025-10-12", {})["known_on"].astimezone(dt.UTC) == dt.datetime(
        2025, 10, 12, 16, 59, 59, 999999, dt.UTC
    )
    assert asked.read(b"known_on=2025-10-12T08:00:00%2B07:00", {})["known_on"] == dt.datetime(
        2025, 10, 12, 1, tzinfo=dt.UTC
    )
    assert asked.read(b"known_on=2025-10-12T08:00:00+07:00", {})["known_on"] == dt.datetime(
        2025, 10, 12, 1, tzinfo=dt.UTC
    )
    with pytest.raises(Invalid):
        asked.read(b"known_on=2025-10-12T08:00:00", {})


@given(st.binary(max_size=200))
def test_no_query_string_does_anything_but_answer_or_refuse(query):
    try:
        values = ASKED.read(query, {})
    except Invalid:
        return
    assert values["unit"] is not None

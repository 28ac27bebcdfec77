"""Scoring inputs as JSON in one look each: the same points, and the same findings all at once, as reading and then scoring."""

import pytest

from parindex.engine.read_inputs import read_for, score_json
from parindex.engine.score import compile_framework
from parindex.errors import Invalid
from parindex.frameworks.criteria_catalogue import load_frameworks

PLAN = compile_framework(load_frameworks().versions("par-commune")[-1].framework, "phuong")
SHARES = [code for code, one in PLAN.scorers.items() if "Ratio" in {kind.__name__ for kind in one.accepts}][:3]
GOOD = {"numerator": "7", "denominator": "9"}


def _refused(call):
    with pytest.raises(Invalid) as caught:
        call()
    return caught.value


@pytest.mark.parametrize(
    "given",
    [
        {},
        {SHARES[0]: GOOD},
        {SHARES[0]: {**GOOD, "from": {"result": "ab12"}}},
        {SHARES[0]: None, SHARES[1]: {"not_applicable": True}, SHARES[2]: {"percent": "85,30"}},
    ],
)
def test_sound_inputs_get_the_points_they_get_when_read_first(given):
    assert score_json(PLAN, given, unit="1") == PLAN.score(read_for(PLAN, given), unit="1")


@pytest.mark.parametrize(
    ("given", "findings"),
    [
        ({SHARES[0]: {"numerator": "9", "denominator": "7"}, SHARES[1]: {"numerator": 1.5, "denominator": "x"}}, 3),
        ({SHARES[0]: {"numerator": "9", "denominator": "7"}, "stranger": GOOD}, 2),
        ({SHARES[0]: GOOD, "stranger": None}, 1),
        ({SHARES[0]: {"count": 3}}, 1),
        ({SHARES[0]: {**GOOD, "from": 1.5}}, 1),
        ([], 1),
    ],
)
def test_what_is_wrong_is_found_all_at_once_and_told_as_readers_of_inputs_tell_it(given, findings):
    told, read = _refused(lambda: score_json(PLAN, given, unit="1")), _refused(lambda: read_for(PLAN, given))
    assert len(told.findings) == findings
    assert (told.message, told.code, told.hint, told.findings) == (read.message, read.code, read.hint, read.findings)

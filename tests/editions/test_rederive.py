"""An edition is computed again from its inputs alone, byte for byte, or what differs is named."""

from __future__ import annotations

import json

import pytest

from parindex.editions.body import build_body
from parindex.editions.rederive import rederive
from parindex.engine.digest import canonical_json
from parindex.errors import Conflict
from support.editions import imported_inputs, round_inputs, satisfaction_inputs


@pytest.mark.parametrize("make", [round_inputs, satisfaction_inputs, imported_inputs])
def test_the_inputs_after_a_round_trip_through_a_file_give_the_same_bytes(make):
    published = build_body(make())
    found = rederive(json.loads(canonical_json(published)), json.loads(canonical_json(make())))
    assert found.holds
    assert found.body == canonical_json(published)


def test_a_figure_that_does_not_follow_from_the_inputs_is_named_with_its_unit():
    published = build_body(round_inputs())
    published["rows"][2]["value"], published["rows"][2]["rank"] = "90.00", 1
    found = rederive(published, round_inputs())
    assert [(finding.code, finding.field, finding.message) for finding in found.findings] == [
        ("row_differs", "unit 990003", "Sở Thử 03: published 90.00 in place 1, computed 40.00 in place 3.")
    ]


def test_other_inputs_than_the_edition_names_are_said_so():
    inputs = round_inputs()
    published = build_body(inputs)
    inputs["inputs"]["990003"]["steering"]["numerator"] = "2"
    found = rederive(published, inputs)
    assert {finding.code for finding in found.findings} >= {"inputs_altered", "row_differs"}


def test_another_rules_version_is_refused_by_its_name():
    published = build_body(round_inputs())
    with pytest.raises(Conflict, match="engine version 7"):
        rederive({**published, "engine_version": "7"}, round_inputs())
    with pytest.raises(Conflict, match="parindex-edition/9"):
        rederive({**published, "schema": "parindex-edition/9"}, round_inputs())

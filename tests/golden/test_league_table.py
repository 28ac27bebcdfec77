"""One league table from fixed counts, as stored and as the public sees it, byte for byte. `make golden` rewrites it."""

from __future__ import annotations

import json
import os
import random
from decimal import Decimal
from pathlib import Path

import pytest

from parindex.engine.digest import sha256
from parindex.engine.result import unit_result
from parindex.engine.table import Heading, Member, league_table, public_view
from parindex.frameworks.policy_files import load_policies
from parindex.instruments.catalogue import Instrument
from parindex.instruments.counting import questionnaire_of
from parindex.instruments.document import read_instrument, shipped

PATH = Path(__file__).parent / "league_table.json"
FORM = questionnaire_of(
    next(
        Instrument.from_document(read_instrument(text, file)) for file, text in shipped() if file.startswith("KIOSK3-1")
    )
)
RULES = load_policies().get("satisfaction", "2026-1").rules()
# Buttons pressed: very satisfied, satisfied, not satisfied (5, 4, 2). A tie, a small cell, a newcomer, a unit nobody spoke about.
OCTOBER = {1: (80, 15, 5), 2: (60, 20, 20), 3: (45, 5, 0), 4: (3, 1, 0), 5: (10, 0, 2)}
NOVEMBER = {1: (90, 5, 5), 2: (38, 0, 2), 3: (20, 10, 10), 4: (2, 0, 2), 5: (6, 0, 1), 6: (9, 1, 0), 7: ()}


def cells(pressed):
    counts = {(1, value): n for value, n in zip((5, 4, 2), pressed, strict=True) if n}
    counts[0, 0] = sum(pressed)
    return {key: (n, Decimal(n), Decimal(n)) for key, n in counts.items()}


def table(months, period, previous_period, previous=None):
    def result(unit_id, pressed):
        return unit_result(unit_id, period, FORM, cells(pressed), partial=previous is not None)

    members = [
        Member(unit, f"Sở số {unit}", {"h_code": f"H99.{unit:02}"}, result(unit, pressed) if pressed else None)
        for unit, pressed in months.items()
    ]
    heading = Heading(990000, "Tỉnh Minh Họa", "department", period, previous_period, partial=previous is not None)
    whole = [sum(column) for column in zip(*filter(None, months.values()), strict=True)]
    return league_table(heading, members, RULES, previous=previous, scope_result=result(990000, whole))


def test_the_league_table_is_the_reviewed_one():
    november = table(NOVEMBER, "2026-11", "2026-10", table(OCTOBER, "2026-10", "2026-09"))
    document = (
        json.dumps({"stored": november, "public": public_view(november)}, ensure_ascii=False, indent=1, sort_keys=True)
        + "\n"
    )
    if os.environ.get("UPDATE_GOLDEN"):
        PATH.write_text(document, encoding="utf-8")
    assert document == PATH.read_text(encoding="utf-8"), f"differs from tests/golden/{PATH.name}: `make golden`"


@pytest.mark.parametrize("seed", range(20))
def test_the_order_in_which_units_and_counts_come_in_changes_no_byte(seed):
    def shuffled(months):
        return dict(random.Random(seed).sample(list(months.items()), len(months)))

    def digest(now, before):
        return sha256(table(now, "2026-11", "2026-10", table(before, "2026-10", "2026-09")))

    assert digest(shuffled(NOVEMBER), shuffled(OCTOBER)) == digest(NOVEMBER, OCTOBER)

"""Decision records: short, numbered without gaps, and each says what enforces it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
SOURCES = [ROOT, ROOT / "shared" / "src"]


def test_records_are_numbered_without_gaps():
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_its_parts_and_is_short(record):
    text = record.read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences", "Alternatives"]
    assert text.startswith(f"# {record.name[:4]} ")
    assert len(text.splitlines()) <= 35


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_what_enforces_a_decision_exists(record):
    enforced = record.read_text().partition("Enforced by:")[2]
    named = [name for name in re.findall(r"`([^`]+)`", enforced) if "/" in name or name.startswith(".")]
    assert named or "test" in enforced
    assert [name for name in named if not any((source / name).exists() for source in SOURCES)] == []

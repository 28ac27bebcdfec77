"""What the documents point to exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("deploy/*.md"),
    *ROOT.glob("services/*/README.md"),
    *ROOT.glob("shared/README.md"),
]
TARGETS = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document):
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", document.read_text()) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_that_is_named_is_there(document):
    named = {
        target
        for line in re.findall(r"(?:`|^)make ([a-z -]+)", document.read_text(), re.MULTILINE)
        for target in line.split()
    }
    assert {
        word for word in named if "-" in word or word in {"run", "test", "lint", "types", "lock", "golden", "install"}
    } <= set(TARGETS)


def test_help_lists_every_target():
    declared = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", declared, re.MULTILINE).group(1).split()
    assert sorted(phony) == sorted(TARGETS)

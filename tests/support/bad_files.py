"""Bad data files carry what must be said about them: one comment `# says: word | word` per expected finding."""

from __future__ import annotations

from parindex.errors import ParindexError


def declared(text: str) -> list[list[str]]:
    """Words that each expected finding must contain."""
    return [line.removeprefix("# says: ").split(" | ") for line in text.splitlines() if line.startswith("# says: ")]


def said(error: ParindexError) -> list[str]:
    """Each finding as one sentence: place, message, hint."""
    return [f"{finding.field}: {finding.message} {finding.hint}" for finding in error.findings]

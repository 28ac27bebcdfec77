"""The answer to one item: verdict, receipt, state, what counts. Wire types of the canonical dialect."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from parindex.errors import Finding
from parindex.web.problems import FindingModel, finding_model

Verdict = Literal["accepted", "duplicate", "repeat", "quarantined", "conflict", "refused"]
VERDICTS: tuple[Verdict, ...] = ("accepted", "duplicate", "repeat", "quarantined", "conflict", "refused")
State = Literal["counted", "repeat", "withdrawn", "replaced", "quarantined", "rejected_later"]
DURABLE = frozenset({"accepted", "duplicate", "repeat", "quarantined"})


def receipt_text(receipt_id: UUID, position: int) -> str:
    """The receipt of one item: the request's receipt and the item's place in it."""
    return f"{receipt_id.hex}-{position}"


class Result(msgspec.Struct, frozen=True):
    """What became of one item."""

    response_id: str | None
    """null only where the id itself could not be read or does not pass the privacy check."""
    verdict: Verdict
    receipt: str
    """For `duplicate` and `conflict` the first receipt of the id."""
    state: State | None
    """null for a refused item: nothing is stored under its id by this request."""
    counted: bool
    counts: str | None
    """response_id of the response that counts in this rating slot, or of the tombstone that holds it."""
    warnings: tuple[FindingModel, ...] = ()
    findings: tuple[FindingModel, ...] = ()


def models(findings: list[Finding]) -> tuple[FindingModel, ...]:
    """Wire form of findings; the usual case is none."""
    return tuple(finding_model(finding) for finding in findings) if findings else ()


class BatchResults(msgspec.Struct, frozen=True):
    """One result per item, in the order sent."""

    results: tuple[Result, ...]


class StoredResponse(msgspec.Struct, frozen=True):
    """State of one response of the asking system."""

    response_id: str
    receipt: str
    state: State
    counted: bool
    counts: str | None
    realm: str
    received_at: str
    history: tuple[HistoryLine, ...]
    findings: tuple[FindingModel, ...] = ()


class HistoryLine(msgspec.Struct, frozen=True):
    """One recorded event of a response, oldest first."""

    event: str
    recorded_at: str
    reason: str | None = None
    other: str | None = None

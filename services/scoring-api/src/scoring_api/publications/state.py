"""Where a publication stands, computed from its rows. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from parindex.editions.approval import Event, refusals
from parindex.errors import Finding

State = Literal["drafted", "reviewed", "approved", "published", "superseded", "withdrawn"]

STATE_WORDS_VI: dict[State, str] = {
    "drafted": "dự thảo, chờ rà soát",
    "reviewed": "đã rà soát, chờ phê duyệt",
    "approved": "đã phê duyệt, chờ ký số",
    "published": "đã công bố",
    "superseded": "đã được thay thế bằng bản đính chính",
    "withdrawn": "đã rút lại",
}
EVENT_WORDS_VI = {
    "drafted": "lập dự thảo",
    "reviewed": "rà soát, đồng ý",
    "rejected": "rà soát, không đồng ý",
    "approved": "phê duyệt",
    "withdrawn": "rút lại",
}


def state_of(
    drafter: int | None,
    events: Sequence[Event],
    draft_sha256: str | None,
    open_cases: Sequence[str],
    edition_no: int | None,
    superseded_by: int | None,
) -> State:
    """The state. A dispute filed after an approval that does not name it ends the approval. A review or an approval of an older draft no longer counts: then the publication is drafted again."""
    if edition_no is not None:
        return "published" if superseded_by is None else "superseded"
    if any(event.kind == "withdrawn" for event in events):
        return "withdrawn"
    if not refusals(drafter, events, draft_sha256, open_cases):
        return "approved"
    reviews = [event for event in events if event.kind in ("reviewed", "rejected")]
    if reviews and reviews[-1].kind == "reviewed" and reviews[-1].body_sha256 == draft_sha256:
        return "reviewed"
    return "drafted"


def against(
    drafter: int | None, events: Sequence[Event], draft_sha256: str | None, open_cases: Sequence[str], state: State
) -> list[Finding]:
    """What still stands between the publication and its edition; empty once it is published."""
    return [] if state in ("published", "superseded") else refusals(drafter, events, draft_sha256, open_cases)

"""Whether a publication may become an edition: two persons, exactly this draft, exactly that correction. Pure.

The same rule decides in scoring-api (what a person is told) and in ranking-worker (what is signed).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parindex.errors import Finding


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a publication, in the order in which it was appended."""

    kind: str
    person_id: int | None
    """None: the operator's command."""
    body_sha256: str | None
    acknowledged: Sequence[str] = ()
    """Of an approval: numbers of the open cases in spite of which it was given."""


def refusals(
    drafter: int | None, events: Sequence[Event], draft_sha256: str | None, open_cases: Sequence[str] = ()
) -> list[Finding]:
    """Why the publication must not be signed; empty when it may.

    `drafter` is the person who drafted it, `draft_sha256` the digest of the newest draft's body (None: it cannot be
    built). The approval must be the last word on exactly that draft, after a review of exactly that draft; neither the
    reviewer nor the approver is the drafter. `open_cases` are the numbers of the disputes that nobody has decided: the
    approval must acknowledge each. Only what the operator's command drafted (no person) may be reviewed and
    approved by it.
    """
    if any(event.kind == "withdrawn" for event in events):
        return [_finding("withdrawn", "Đã rút lại.", "The publication was withdrawn.", "Draft another.")]
    if draft_sha256 is None:
        return [
            _finding(
                "draft_not_built",
                "Chưa lập được dự thảo.",
                "The newest draft could not be built.",
                "See the findings of the draft.",
            )
        ]
    approvals = [place for place, event in enumerate(events) if event.kind == "approved"]
    if not approvals:
        return [_finding("not_approved", "Chưa được phê duyệt.", "Nobody has approved it.", "Approve the draft.")]
    place = approvals[-1]
    approved = events[place]
    found = []
    if approved.body_sha256 != draft_sha256:
        found.append(
            _finding(
                "draft_moved",
                "Dự thảo đã thay đổi sau khi phê duyệt.",
                f"Approved was {approved.body_sha256}; the newest draft is {draft_sha256}: its source moved.",
                "Review and approve the newest draft.",
            )
        )
    if any(event.kind == "rejected" for event in events[place:]):
        found.append(
            _finding(
                "rejected", "Bị từ chối sau khi phê duyệt.", "It was rejected after its approval.", "Review it again."
            )
        )
    reviews = [event for event in events[:place] if event.kind in ("reviewed", "rejected")]
    review = reviews[-1] if reviews else None
    if review is None or review.kind == "rejected" or review.body_sha256 != approved.body_sha256:
        found.append(
            _finding(
                "not_reviewed",
                "Chưa có người rà soát đúng dự thảo đã phê duyệt.",
                f"The last review before the approval is not of {approved.body_sha256}.",
                "Another person than the drafter reviews exactly that draft, then it is approved.",
            )
        )
    if unspoken := sorted(set(open_cases) - set(approved.acknowledged)):
        found.append(
            _finding(
                "disputes_open",
                f"Đang có khiếu nại chưa giải quyết: {', '.join(unspoken)}.",
                f"Disputes on the draft are open and the approval does not acknowledge them: {', '.join(unspoken)}.",
                "Decide them first, or approve naming them in `acknowledged` with the reason in `why`; both are printed.",
            )
        )
    speakers = [one.person_id for one in (review, approved) if one is not None]
    if drafter is not None and any(person in (drafter, None) for person in speakers):
        found.append(
            _finding(
                "one_person",
                "Người lập dự thảo không được tự rà soát hoặc phê duyệt.",
                "The person who drafted it reviewed or approved it.",
                "Two persons: whoever drafted it neither reviews nor approves.",
            )
        )
    return found


def correction_refusals(
    body: Mapping[str, Any],
    supersedes: int | None,
    erratum: str | None,
    corrected: Mapping[str, Any] | None,
    *,
    corrected_already: int | None,
    stands: int | None = None,
) -> list[Finding]:
    """Why an edition must not supersede another, or not stand beside it.

    `corrected` is the body of the edition named, None where there is none; `stands` the number of the edition of the same
    table that nothing supersedes yet: only an erratum of it may follow. An erratum corrects the same table: index, realm, scope, block and period; each edition is superseded at most once.
    """
    found = []
    if supersedes is None:
        if erratum:
            found.append(
                _finding(
                    "erratum_alone", "Có đính chính nhưng không nêu ấn bản.", "An erratum names no edition.", "Name it."
                )
            )
        if stands is not None:
            found.append(
                _finding(
                    "edition_exists",
                    f"Bảng này đã công bố ở ấn bản số {stands}; bản mới phải là đính chính.",
                    f"Edition {stands} of the same table stands.",
                    f"Draft it with supersedes={stands} and an erratum that says what changed and why.",
                )
            )
        return found
    if not (erratum or "").strip():
        found.append(
            _finding(
                "erratum_missing",
                "Chưa nêu đã thay đổi gì và vì sao.",
                f"It supersedes edition {supersedes} without saying what changed and why.",
                "Draft it again with an erratum.",
            )
        )
    if corrected is None:
        found.append(
            _finding(
                "superseded_unknown",
                f"Không có ấn bản số {supersedes}.",
                f"There is no edition {supersedes} to supersede.",
                "Name an edition of the same authority.",
            )
        )
    elif _table(corrected) != _table(body):
        found.append(
            _finding(
                "superseded_other_table",
                f"Ấn bản số {supersedes} là của bảng khác.",
                f"Edition {supersedes} is another table: {_table(corrected)} instead of {_table(body)}.",
                "An erratum corrects the same index, realm, scope, block and period.",
            )
        )
    if corrected_already is not None:
        found.append(
            _finding(
                "superseded_already",
                f"Ấn bản số {supersedes} đã được thay bằng ấn bản số {corrected_already}.",
                f"Edition {supersedes} was superseded by edition {corrected_already}.",
                f"Supersede edition {corrected_already}.",
            )
        )
    return found


def _table(body: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        body["index"]["code"],
        body["realm"],
        body["scope"]["unit_id"],
        body["block"],
        body["period"]["code"],
    )


def _finding(code: str, vi: str, en: str, hint: str) -> Finding:
    return Finding(code, "publication", f"{vi} / {en}", hint)

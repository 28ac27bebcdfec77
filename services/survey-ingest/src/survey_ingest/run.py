"""What one submission transaction collects: results, refusals, counts; and the receipt rows that the balance sums."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from parindex.engine.period import local_day
from parindex.errors import Finding
from parindex.web.auth import Caller
from survey_ingest import times
from survey_ingest.counts import Counted
from survey_ingest.facts import Key, Stored, new_id
from survey_ingest.interpret import Meaning, Unfit, Unknown
from survey_ingest.item import Item, Refused
from survey_ingest.verdicts import Result, Verdict, models, receipt_text


@dataclass(slots=True)
class Request:
    """What one HTTP request brought: its caller and its interpreted items in the order sent."""

    caller: Caller
    items: Sequence[Meaning | Unknown | Unfit | Refused]
    receipt_id: UUID = field(default_factory=new_id)

    def receipt(self, position: int) -> str:
        """Receipt of one of the items."""
        return receipt_text(self.receipt_id, position)


@dataclass(slots=True)
class Entry:
    """One readable item on its way through the transaction."""

    request: Request
    position: int
    said: Meaning | Unknown | Unfit
    item: Item
    digest: bytes
    key: Key


@dataclass(slots=True)
class Run:
    """What one transaction collects."""

    connection: asyncpg.Connection
    now: dt.datetime
    results: dict[tuple[UUID, int], Result] = field(default_factory=dict)
    counted: list[Counted] = field(default_factory=list)
    kept: list[tuple[Caller, Item]] = field(default_factory=list)
    """Items stored or quarantined for the first time, in no order: what devices are watched by."""
    refusals: list[tuple[Request, Refused]] = field(default_factory=list)

    def answer(
        self,
        entry: Entry,
        verdict: Verdict,
        *,
        state: str | None,
        counted: bool = False,
        counts: str | None = None,
        receipt: str | None = None,
        findings: Sequence[Finding] = (),
    ) -> None:
        """Notes the result of an entry."""
        self.results[entry.request.receipt_id, entry.position] = Result(
            entry.item.response_id,
            verdict,
            receipt or receipt_text(entry.request.receipt_id, entry.position),
            state,  # type: ignore[arg-type]
            counted,
            counts,
            models(entry.item.warnings),
            models(list(findings)),
        )

    def refuse(self, entry: Entry, findings: list[Finding]) -> None:
        """Notes that an entry is refused for these findings."""
        refused = Refused(findings, entry.item.response_id, entry.item.warnings, entry.position)
        self.refuse_at(entry.request, refused)

    def refuse_at(self, request: Request, refused: Refused) -> None:
        """Notes a refusal."""
        self.refusals.append((request, refused))
        self.results[request.receipt_id, refused.position] = Result(
            refused.response_id,
            "refused",
            receipt_text(request.receipt_id, refused.position),
            None,
            False,
            None,
            models(refused.warnings),
            models(refused.findings),
        )

    def answer_stored(self, entry: Entry, stored: Stored, *, counts: str | None) -> None:
        """`duplicate` or `conflict`, naming the first receipt of the id; `counts` is what counts in its slot by now."""
        row = stored.row
        self.answer_claimed(
            entry,
            bytes(row["digest"]),
            receipt_text(row["receipt_id"], row["position"]),
            state=stored.state,
            counted=stored.counted,
            counts=counts,
        )

    def answer_claimed(
        self, entry: Entry, digest: bytes, receipt: str, *, state: str, counted: bool = False, counts: str | None = None
    ) -> None:
        """`duplicate` for the content that claimed the id, `conflict` for another; both name its first receipt."""
        same = digest == entry.digest
        findings = (
            ()
            if same
            else (
                Finding(
                    "id_taken",
                    "response_id",
                    "Another content was received under this response_id.",
                    "A correction has a new response_id and names this one in replaces.",
                ),
            )
        )
        self.answer(
            entry,
            "duplicate" if same else "conflict",
            state=state,
            counted=counted,
            counts=counts,
            receipt=receipt,
            findings=findings,
        )


def time_fault(item: Item, caller: Caller, now: dt.datetime) -> Finding | None:
    """Why `answered_at` is outside the window that this credential may send, or None."""
    if item.answered_at > now + times.AHEAD:
        return Finding(
            "answered_in_future",
            "answered_at",
            f"answered_at is more than 5 minutes ahead of our clock ({now.isoformat(timespec='seconds')}).",
            "Compare the device's clock with GET /v1/time.",
            retry=True,
        )
    if item.answered_at < now - times.OLDEST and "backfill" not in caller.scopes:
        return Finding(
            "answered_too_long_ago",
            "answered_at",
            "answered_at is more than 400 days old.",
            "Older responses need a credential with scope backfill.",
        )
    return None


async def append_refusals(run: Run) -> None:
    """Appends what is kept of refused items: no content, only names and codes."""
    if not run.refusals:
        return
    rows = [
        (
            request.caller.tenant_id,
            request.receipt_id,
            refused.position,
            request.caller.system_id,
            run.now,
            refused.response_id,
            [finding.field for finding in refused.findings],
            [finding.code for finding in refused.findings],
        )
        for request, refused in run.refusals
    ]
    await run.connection.executemany(
        "INSERT INTO refusal (tenant_id, receipt_id, position, system_id, received_at, response_id, fields, codes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        rows,
    )


async def append_receipts(run: Run, requests: Sequence[Request]) -> list[list[Result]]:
    """One receipt row a request, in the transaction of its responses: the balance is their sum."""
    answers: list[list[Result]] = []
    rows = []
    day = local_day(run.now)
    for request in requests:
        results = [run.results[request.receipt_id, position] for position in range(len(request.items))]
        answers.append(results)
        tally = Counter(result.verdict for result in results)
        caller = request.caller
        rows.append(
            (
                caller.tenant_id,
                request.receipt_id,
                caller.system_id,
                caller.realm,
                caller.credential_id,
                run.now,
                day,
                len(results),
                *tuple(
                    tally[verdict]
                    for verdict in ("accepted", "duplicate", "repeat", "quarantined", "conflict", "refused")
                ),
            )
        )
    await run.connection.execute(
        "INSERT INTO receipt (tenant_id, receipt_id, system_id, realm, credential_id, received_at, local_day, items, accepted, duplicate, repeat, quarantined, conflict, refused)"
        " SELECT * FROM unnest($1::int[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::timestamptz[], $7::date[], $8::int[], $9::int[], $10::int[], $11::int[], $12::int[], $13::int[], $14::int[])",
        *zip(*rows, strict=True),
    )
    return answers

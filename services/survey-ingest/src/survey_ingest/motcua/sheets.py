"""The use cases of responses, called with items of this dialect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parindex.errors import Finding, Invalid, TooLarge
from parindex.web.auth import Caller
from survey_ingest.batches import BatchReply, submit_batch
from survey_ingest.body import MOST_ITEMS
from survey_ingest.check import check_item
from survey_ingest.interpret import Catalogues, Meaning, Unfit, Unknown, interpret
from survey_ingest.item import KIND_AS_SENT, Refused
from survey_ingest.motcua.translate import canonical_item, code_of
from survey_ingest.resources import Resources
from survey_ingest.run import Request as Submission
from survey_ingest.verdicts import Result


def said(raw: Any, caller: Caller, catalogues: Catalogues, position: int) -> Meaning | Unknown | Unfit | Refused:
    """An item of the dialect, translated, checked and interpreted; one that could not be read by itself stays refused."""
    if isinstance(raw, Refused):
        return raw
    item = check_item(canonical_item(raw), personal_data=caller.personal_data, position=position)
    if isinstance(item, Refused):
        return item
    if caller.respondent_kinds and (code := code_of(raw.get(KIND_AS_SENT))):
        # The code fixed for the dialect is what enters the digest; what this sender means by it is said by its own table.
        item.as_given[KIND_AS_SENT] = code
    return interpret(item, caller, catalogues)


async def submit_one(resources: Resources, caller: Caller, raw: Any) -> tuple[Result, bool]:
    """The result of a single sheet, and whether its unit lies outside the caller's subtree."""
    item = said(raw, caller, resources.catalogues.current, 0)
    result = await resources.coalescer.submit(Submission(caller, [item]))
    resources.count(caller.realm, [result])
    return result, isinstance(item, Refused) and item.forbidden


async def submit_many(
    resources: Resources, caller: Caller, raws: Sequence[Any], key: str | None, body: bytes
) -> tuple[BatchReply, list[Result]]:
    """The stored reply of a batch and its new results (none where the stored answer is given again)."""
    catalogues = resources.catalogues.current
    submission = Submission(caller, [said(raw, caller, catalogues, position) for position, raw in enumerate(raws)])
    reply, results = await resources.committer.committed(
        lambda connection: submit_batch(connection, submission, key, body)
    )
    resources.count(caller.realm, results)
    return reply, results


def counted_items(raws: list[Any]) -> list[Any]:
    """The sheets of a batch, whose number fits. Raises TooLarge or Invalid."""
    if len(raws) > MOST_ITEMS:
        raise TooLarge(f"The batch holds {len(raws)} items; at most {MOST_ITEMS} are taken.", code="too_many_items")
    if not raws:
        raise Invalid("The batch holds no item.", code="batch_empty", findings=[Finding("batch_empty", "DanhSach", "")])
    return raws

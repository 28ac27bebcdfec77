"""Checks editions offline: one or a whole chain; every tampering is found and named in a sentence. Pure.

Nothing is asked of any server. What an outsider must bring along is what was published before: the keys he knows and
the head of the chain that he noted; without them a chain that was rewritten whole and signed anew cannot be told.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from parindex.editions.edition_file import EditionFile
from parindex.editions.keys import key_id_of, signature_holds
from parindex.errors import Finding, Invalid

_HEAD = re.compile(r"(?:(?P<number>[1-9][0-9]{0,9}):)?(?P<sha256>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Head:
    """The last edition of a chain as it was published or noted: its digest and, where known, its number."""

    sha256: str
    edition_no: int | None = None

    @classmethod
    def parse(cls, text: str) -> Head:
        """`12:<64 hex>` or `<64 hex>`. Raises Invalid for anything else."""
        found = _HEAD.fullmatch(text.strip().lower())
        if found is None:
            raise Invalid(
                f"{text[:80]!r} is no head of a chain.",
                code="head_unreadable",
                hint="Expected NUMBER:SHA256 or SHA256 (64 hex digits), as the list of editions prints it.",
            )
        return cls(found["sha256"], int(found["number"]) if found["number"] else None)

    def __str__(self) -> str:
        """The form that `parse` reads."""
        return self.sha256 if self.edition_no is None else f"{self.edition_no}:{self.sha256}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked and what stands against it. Nothing stands against it: `holds`."""

    editions: tuple[EditionFile, ...]
    findings: tuple[Finding, ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def head(self) -> Head:
        """The last edition of what was checked: what to note for the next time."""
        last = self.editions[-1]
        return Head(last.digest, last.edition_no)


def verify(
    editions: Sequence[EditionFile], head: Head | None = None, known_keys: Mapping[str, bytes] | None = None
) -> Verification:
    """Checks each edition and, where there are several, their chain from number 1 on.

    `known_keys` (key id -> 32 public bytes) are the keys that the reader trusts; None: only that each edition's key is
    the one it names. `head` is the end of the chain that the reader knows.
    """
    findings = [finding for one in editions for finding in _of_one(one, known_keys)]
    if len(editions) > 1:
        findings += _of_chain(editions)
    if head is not None:
        findings += _of_head(editions, head)
    return Verification(tuple(editions), tuple(findings))


def _of_one(one: EditionFile, known_keys: Mapping[str, bytes] | None) -> list[Finding]:
    found = []
    if one.digest != one.stated_sha256:
        found.append(
            Finding(
                "document_altered",
                one.name,
                f"The document was altered: its bytes have the SHA-256 {one.digest}, the edition was signed as {one.stated_sha256}.",
                "Get the edition again from its publisher and compare the two.",
            )
        )
    if key_id_of(one.public_key) != one.key_id:
        found.append(
            Finding(
                "key_replaced",
                one.name,
                f"The key was replaced: the edition names the key {one.key_id}, the file carries the key {key_id_of(one.public_key)}.",
                "Take the public key from the publisher's list of keys.",
            )
        )
    if not signature_holds(one.public_key, one.signature, bytes.fromhex(one.stated_sha256)):
        found.append(
            Finding(
                "signature_wrong",
                one.name,
                f"The signature is not that of the key {key_id_of(one.public_key)} over {one.stated_sha256}.",
                "The edition, its digest or its signature was changed after it was signed.",
            )
        )
    if known_keys is not None and known_keys.get(one.key_id) != one.public_key:
        found.append(
            Finding(
                "unknown_key",
                one.name,
                f"Signed by the key {key_id_of(one.public_key)}, which is not among the {len(known_keys)} known keys.",
                "Ask the publisher, by another way than this file, whether the key is theirs.",
            )
        )
    if one.inputs is not None and one.inputs_sha256 != one.stated_inputs_sha256:
        found.append(
            Finding(
                "inputs_altered",
                one.name,
                f"The inputs beside it have the SHA-256 {one.inputs_sha256}, the edition was computed from {one.stated_inputs_sha256}.",
                "Export the edition with its inputs again.",
            )
        )
    if (one.edition_no == 1) != (one.previous_sha256 is None):
        found.append(
            Finding(
                "chain_broken",
                one.name,
                f"Edition {one.edition_no} names {one.previous_sha256 or 'no edition'} as the one before it.",
                "Only edition 1 has none before it.",
            )
        )
    return found


def _of_chain(editions: Sequence[EditionFile]) -> list[Finding]:
    found = []
    if editions[0].edition_no != 1:
        found.append(_missing(1, editions[0].edition_no - 1))
    for before, one in pairwise(editions):
        if one.tenant_id != before.tenant_id:
            found.append(
                Finding(
                    "chains_mixed",
                    one.name,
                    f"Belongs to authority {one.tenant_id}, the edition before it to {before.tenant_id}.",
                    "Check each authority's chain by itself.",
                )
            )
            continue
        if one.edition_no <= before.edition_no:
            found.append(
                Finding(
                    "order_wrong",
                    one.name,
                    f"Edition {one.edition_no} stands after edition {before.edition_no}.",
                    "Each number once, rising by one.",
                )
            )
        elif one.edition_no > before.edition_no + 1:
            found.append(_missing(before.edition_no + 1, one.edition_no - 1))
        elif one.previous_sha256 != before.digest:
            found.append(
                Finding(
                    "chain_broken",
                    one.name,
                    f"Continues {one.previous_sha256}, but edition {before.edition_no} has the SHA-256 {before.digest}.",
                    f"Edition {before.edition_no} or {one.edition_no} was exchanged.",
                )
            )
        if one.published_at < before.published_at:
            found.append(
                Finding(
                    "clock_rolled_back",
                    one.name,
                    f"Published at {_said(one.published_at)}, before edition {before.edition_no} ({_said(before.published_at)}).",
                    "A clock was set back, or an edition was put in between.",
                )
            )
        if one.supersedes is not None and not 1 <= one.supersedes < one.edition_no:
            found.append(
                Finding(
                    "supersedes_unknown",
                    one.name,
                    f"Corrects edition {one.supersedes}, which does not stand before it.",
                    "An erratum corrects an earlier edition of its chain.",
                )
            )
    return found


def _missing(first: int, last: int) -> Finding:
    which = f"Edition {first} is" if first == last else f"Editions {first} to {last} are"
    return Finding("link_missing", f"edition {first}", f"{which} missing from the chain.", "Export the chain again.")


def _said(instant: dt.datetime) -> str:
    return instant.isoformat()


def _of_head(editions: Sequence[EditionFile], head: Head) -> list[Finding]:
    last = editions[-1]
    for one in editions:
        if one.digest == head.sha256 and head.edition_no in (None, one.edition_no):
            return []
        if one.edition_no == head.edition_no:
            return [
                Finding(
                    "chain_rewritten",
                    one.name,
                    f"The chain was rewritten: edition {one.edition_no} has the SHA-256 {one.digest}, the known head is {head}.",
                    "Whoever noted the head holds another edition of that number: compare the two.",
                )
            ]
    return [
        Finding(
            "head_not_reached",
            last.name,
            f"The known head {head} is not reached: what was given ends with {last.edition_no}:{last.digest}.",
            "The end of the chain is missing or was rewritten; one edition alone shows only itself: check the whole chain.",
        )
    ]

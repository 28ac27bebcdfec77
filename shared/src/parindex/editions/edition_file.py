"""Reads editions from the files in which they are handed on: one, or a list of them (a chain). Pure."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parindex.engine.digest import canonical_json
from parindex.errors import Finding, Unreadable

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class EditionFile:
    """One edition as read: what it says, and the digest that its document really has."""

    document: Mapping[str, Any]
    digest: str
    """SHA-256 of the canonical bytes of `document`, taken here."""
    stated_sha256: str
    signature: bytes
    public_key: bytes
    tenant_id: int
    edition_no: int
    supersedes: int | None
    published_at: dt.datetime
    previous_sha256: str | None
    key_id: str
    inputs: Mapping[str, Any] | None
    """What the body was computed from, where it was exported along."""

    @property
    def inputs_sha256(self) -> str | None:
        """The digest that the inputs beside the edition really have; None where there are none."""
        return None if self.inputs is None else hashlib.sha256(canonical_json(self.inputs)).hexdigest()

    @property
    def stated_inputs_sha256(self) -> str:
        """The digest of the inputs that the body names."""
        return str(self.document["body"]["inputs_sha256"])

    @property
    def name(self) -> str:
        """Which edition, in messages."""
        return f"edition {self.edition_no}"


def read_editions(text: str | bytes, file: str = "the file") -> list[EditionFile]:
    """The editions of a file, in its order.

    Raises Unreadable with a finding for every entry that is not in file form (docs/design.md "Editions").
    """
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            f"{file} is not a file of editions: {error}.",
            code="edition_file",
            hint="Expected the JSON that `parindex editions export` or `chain` writes.",
        ) from None
    entries = value if isinstance(value, list) else [value]
    read: list[EditionFile] = []
    findings: list[Finding] = []
    for place, entry in enumerate(entries):
        try:
            read.append(_entry(entry))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            said = f"no {error}" if isinstance(error, KeyError) else str(error)
            findings.append(
                Finding("edition_shape", f"{file}[{place}]", f"is not an edition: {said}.", "Export it again.")
            )
    if findings or not read:
        message = f"{file} holds no edition." if not findings else f"{findings[0].field} {findings[0].message}"
        raise Unreadable(
            message,
            code="edition_file",
            hint="Expected {document, sha256, signature, public_key}, or a list of them.",
            findings=findings,
        )
    return read


def _entry(entry: Any) -> EditionFile:
    document, stated = entry["document"], entry["sha256"]
    if not isinstance(stated, str) or _SHA256.fullmatch(stated) is None:
        message = "sha256 is not 64 hex digits"
        raise ValueError(message)
    publication, chain = document["publication"], document["chain"]
    document["body"]["inputs_sha256"]
    published_at = dt.datetime.fromisoformat(publication["published_at"])
    if published_at.tzinfo is None:
        message = "published_at has no offset"
        raise ValueError(message)
    return EditionFile(
        document=document,
        digest=hashlib.sha256(canonical_json(document)).hexdigest(),
        stated_sha256=stated,
        signature=_bytes(entry["signature"], "signature"),
        public_key=_bytes(entry["public_key"], "public_key"),
        tenant_id=_whole(publication["tenant_id"], "tenant_id"),
        edition_no=_whole(publication["edition_no"], "edition_no"),
        supersedes=None if publication["supersedes"] is None else _whole(publication["supersedes"], "supersedes"),
        published_at=published_at,
        previous_sha256=None if chain["previous_sha256"] is None else str(chain["previous_sha256"]),
        key_id=str(chain["key_id"]),
        inputs=entry.get("inputs"),
    )


def _whole(value: Any, name: str) -> int:
    if type(value) is not int:
        message = f"{name} is no whole number"
        raise TypeError(message)
    return value


def _bytes(value: Any, name: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        message = f"{name} is not base64"
        raise ValueError(message) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once: two readers of the same bytes must read the same."""
    read = dict(pairs)
    if len(read) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        message = f"the key {twice!r} stands twice in one object"
        raise ValueError(message)
    return read


def _no_float(written: str) -> Any:
    message = f"{written} is a number with decimals; points and percents are strings"
    raise ValueError(message)

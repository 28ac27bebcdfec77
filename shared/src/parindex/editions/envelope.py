"""A body becomes an edition: canonical bytes, digest, link to the edition before, signature. Pure.

The document is `{body, publication, chain}` (docs/design.md "Editions"). Its SHA-256 is taken of the canonical bytes
(RFC 8785), and those 32 bytes are what Ed25519 signs.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parindex.editions.keys import PrivateKey
from parindex.engine.digest import canonical_json
from parindex.errors import Invalid


@dataclass(frozen=True, slots=True)
class Publication:
    """What a published edition says of itself, beside its body."""

    tenant_id: int
    publication_id: int
    edition_no: int
    """1, 2, ...: its place in the authority's chain."""
    supersedes: int | None
    """Number of the edition that it corrects."""
    erratum: str | None
    """What changed and why, in Vietnamese."""
    published_at: dt.datetime
    open_cases: tuple[str, ...] = ()
    """Numbers of the disputes that were open when it was signed."""
    open_cases_why: str = ""
    """Why it was approved in spite of them, in Vietnamese."""

    def as_json(self) -> dict[str, Any]:
        """As it stands in the document; the instant in UTC. Where no dispute was open nothing is said of them."""
        disputes = {"case_numbers": list(self.open_cases), "why": self.open_cases_why}
        return {
            "tenant_id": self.tenant_id,
            "publication_id": self.publication_id,
            "edition_no": self.edition_no,
            "supersedes": self.supersedes,
            "erratum": self.erratum,
            "published_at": self.published_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            **({"open_disputes": disputes} if self.open_cases else {}),
        }


@dataclass(frozen=True, slots=True)
class Sealed:
    """A signed edition: its bytes, what they hash to, and who signed them."""

    text: str
    """The canonical JSON of the document, as it is stored."""
    sha256: str
    signature: bytes
    public_key: bytes
    key_id: str

    def file_form(self) -> dict[str, Any]:
        """The edition as it is handed on: everything that `verify` needs."""
        return file_form(self.text, self.sha256, self.signature, self.public_key)


def seal(body_text: str, publication: Publication, previous_sha256: str | None, key: PrivateKey) -> Sealed:
    """Signs a body. `body_text` is its canonical JSON, kept byte for byte; `previous_sha256` None only for the first edition.

    Raises Invalid when the first edition is given a predecessor, or another one none.
    """
    if (publication.edition_no == 1) != (previous_sha256 is None):
        raise Invalid(
            f"Edition {publication.edition_no} was to be linked to {previous_sha256 or 'nothing'}.",
            code="chain_link",
            hint="Edition 1 has no predecessor, every other one the edition before it.",
        )
    chain = {"previous_sha256": previous_sha256, "key_id": key.key_id}
    # The members of the document in their canonical order: body, chain, publication.
    text = (
        f'{{"body":{body_text},"chain":{canonical_json(chain).decode()},'
        f'"publication":{canonical_json(publication.as_json()).decode()}}}'
    )
    digest = hashlib.sha256(text.encode()).digest()
    return Sealed(text, digest.hex(), key.sign(digest), key.public_key, key.key_id)


def file_form(text: str, sha256: str, signature: bytes, public_key: bytes) -> dict[str, Any]:
    """The file form of a stored edition."""
    return {
        "document": json.loads(text),
        "sha256": sha256,
        "signature": base64.b64encode(signature).decode(),
        "public_key": base64.b64encode(public_key).decode(),
    }


def with_inputs(form: Mapping[str, Any], inputs_text: str) -> dict[str, Any]:
    """The file form with what the body was computed from: enough to re-derive it on another machine."""
    return {**form, "inputs": json.loads(inputs_text)}

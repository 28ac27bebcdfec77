r"""A version of a dossier as a line for COPY, made of the very JSON that its digest is of. Pure.

So a record is written down once. COPY reads JSON's texts, numbers, true and false as CSV where `\` escapes and null is
NULL; only lists are not the same there. A text with a control character would be another thing, too: codes of dossiers
are printable, and every other text is one of ours or a code in ASCII.
"""

from __future__ import annotations

import binascii
import datetime as dt
import hashlib
import operator
from collections.abc import Iterable
from typing import Any

import asyncpg
import msgspec

from survey_ingest.dossiers.read_record import Record
from survey_ingest.dossiers.unit_of import Place

_encode = msgspec.json.Encoder().encode
_FIRST = (
    "dossier_code",
    "procedure_code",
    "procedure_base",
    "field_code",
    "channel",
    "status",
    "status_raw",
    "applicant",
    "submitted_at",
    "accepted_at",
    "due_at",
    "finished_at",
    "returned_at",
    "refused_at",
)
_LISTS = ("supplement_from", "supplement_to")
_LAST = (
    "fee_lines",
    "fee_due",
    "payment",
    "results",
    "results_electronic",
    "digitised",
    "reused",
    "personal_storage",
    "population",
)
"""With `_FIRST` and `_LISTS`: columns of what a record says. A digest is of them in this order: first, lists, last."""
_REQUEST = ("tenant_id", "realm", "system_id", "receipt_id", "recorded_at")
_RECORD = ("dossier_key", "position", "unit_id", "unit_from", "digest")
_COLUMNS = (*_REQUEST, "version_no", *_RECORD, *_FIRST, *_LAST, *_LISTS)

_first, _last = operator.attrgetter(*_FIRST), operator.attrgetter(*_LAST)


def written(record: Record, place: Place, key: str) -> tuple[bytes, bytes]:
    """The digest of a version, and what of its line the record says.

    The digest is of what is kept and of the unit; how the unit was recognised is not in it.
    """
    first, last = _encode(_first(record))[1:-1], _encode(_last(record))[1:-1]
    begun, ended = record.supplement_from, record.supplement_to
    lists = _encode((begun, ended))[1:-1] if begun else b"[],[]"
    digest = hashlib.sha256(b"[%d,[%b,%b,%b]]" % (place.unit_id, first, lists, last)).digest()
    line = b"%b,%d,%d,%b,\\x%b,%b,%b,%b,%b" % (
        _encode(key),
        record.position,
        place.unit_id,
        _encode(place.unit_from),
        binascii.hexlify(digest),
        first,
        last,
        _array(begun),
        _array(ended),
    )
    return digest, line


def _array(instants: list[Any]) -> bytes:
    if not instants:
        return b"{}"
    return f'"{{{",".join("null" if at is None else at.isoformat() for at in instants)}}}"'.encode()


async def copy_versions(
    connection: asyncpg.Connection,
    request: tuple[int, str, int | None, str, dt.datetime],
    numbered: Iterable[tuple[int, bytes]],
) -> None:
    """Stores versions: `request` is what is the same for all of them (tenant, realm, system, receipt, instant), `numbered` their numbers and lines."""
    head = _encode(request)[1:-1]
    lines = b"".join([b"%b,%d,%b\n" % (head, number, line) for number, line in numbered])
    # Bytes as such would be the name of a file.
    await connection.copy_to_table(
        "dossier_version", source=memoryview(lines), columns=_COLUMNS, format="csv", null="null", escape="\\"
    )

r"""A version of a dossier as a line for COPY, made of the very JSON that its digest is of. Pure.

So a record is written down once. COPY reads JSON's texts, numbers, true and false as CSV where `\` escapes and null is
NULL; only lists are not the same there. A text with a control character would be another thing, too: codes of dossiers
are printable, and every other text is one of ours or a code in ASCII.
"""

from __future__ import annotations

import binascii
import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

import asyncpg
import msgspec

from survey_ingest.dossiers.read_record import Record, Said
from survey_ingest.dossiers.unit_of import Place

_encode = msgspec.json.Encoder().encode
_REQUEST = ("tenant_id", "realm", "system_id", "receipt_id", "recorded_at")
_RECORD = ("dossier_key", "position", "unit_id", "unit_from", "digest")
_COLUMNS = (*_REQUEST, "version_no", *_RECORD, *Said.__struct_fields__)


def written(record: Record, place: Place, key: str) -> tuple[bytes, bytes]:
    """The digest of a version, and what of its line the record says.

    The digest is of what is kept and of the unit; how the unit was recognised is not in it.
    """
    said, begun, ended = _encode(record.said), record.said.supplement_from, record.said.supplement_to
    digest = hashlib.sha256(b"".join((place.opening, said, b"]"))).digest()
    # After the lists there are only numbers, true, false and null: what is found last is the lists.
    sent, arrays = (_encode((begun, ended))[1:-1], _arrays(begun, ended)) if begun else (b"[],[]", b"{},{}")
    at = said.rindex(sent)
    line = b"".join(
        (
            _encode(key),
            b",%d," % record.position,
            place.columns,
            b",\\x",
            binascii.hexlify(digest),
            b",",
            said[1:at],
            arrays,
            said[at + len(sent) : -1],
            b"\n",
        )
    )
    return digest, line


def _arrays(*columns: list[Any]) -> bytes:
    """Lists of instants as PostgreSQL's arrays in CSV."""
    return ",".join(
        f'"{{{",".join("null" if at is None else at.isoformat() for at in column)}}}"' for column in columns
    ).encode()


async def copy_versions(
    connection: asyncpg.Connection,
    request: tuple[int, str, int | None, str, dt.datetime],
    numbered: Iterable[tuple[str, int, bytes]],
) -> None:
    """Stores versions: `request` is what is the same for all of them (tenant, realm, system, receipt, instant), `numbered` their keys, numbers and lines."""
    head = _encode(request)[1:-1]
    lines = b"".join([b"%b,%d,%b" % (head, number, line) for _, number, line in numbered])
    # Bytes as such would be the name of a file.
    await connection.copy_to_table(
        "dossier_version", source=memoryview(lines), columns=_COLUMNS, format="csv", null="null", escape="\\"
    )

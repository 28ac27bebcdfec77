"""The key that signs now, from its file, and the public halves of all that ever signed, in the database."""

from __future__ import annotations

from pathlib import Path

import asyncpg

from parindex.editions.keys import PrivateKey

_INSERT = """
INSERT INTO signing_key (key_id, public_key, introduced_at) VALUES ($1, $2, clock_timestamp()) ON CONFLICT DO NOTHING
"""


def signing_key(file: str) -> PrivateKey | None:
    """The key of the file named in the settings; None where none is named: then nothing is signed.

    Read anew whenever something is signed, so that a rotated key signs without a restart. Raises as `PrivateKey.of_file`.
    """
    return PrivateKey.of_file(Path(file)) if file else None


async def introduce(connection: asyncpg.Connection, key: PrivateKey) -> None:
    """Puts the public half on record, once. May run twice."""
    await connection.execute(_INSERT, key.key_id, key.public_key)

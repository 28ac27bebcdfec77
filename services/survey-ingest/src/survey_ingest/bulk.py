"""One INSERT for many rows: columns as unnested arrays, columns that are the same in every row as single values.

A batch mostly shares its sender, time, channel and questionnaire, and encoding an array costs as much as a column of
single values is cheap.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg


@dataclass(frozen=True)
class BulkInsert:
    """An INSERT into `table`; `columns` are (name, type as sent, cast to the column's type or '')."""

    table: str
    columns: tuple[tuple[str, str, str], ...]
    tail: str = ""

    async def run(self, connection: asyncpg.Connection, rows: Sequence[Sequence[Any]]) -> int:
        """Inserts the rows (at least one) in their order; how many were really inserted."""
        arguments: list[Any] = []
        shared = []
        for column in zip(*rows, strict=True):
            first = column[0]
            same = column.count(first) == len(column)
            shared.append(same)
            arguments.append(first if same else column)
        if len(rows) > 1 and all(shared):
            shared[0] = False
            arguments[0] = [row[0] for row in rows]
        status: str = await connection.execute(_statement(self, tuple(shared)), *arguments)
        return int(status.rpartition(" ")[2])


@functools.lru_cache(maxsize=1024)
def _statement(insert: BulkInsert, shared: tuple[bool, ...]) -> str:
    chosen, arrays, names = [], [], []
    for number, ((name, kind, cast), same) in enumerate(zip(insert.columns, shared, strict=True), 1):
        if same:
            chosen.append(f"${number}::{kind}{cast}")
        else:
            chosen.append(f"r.{name}{cast}")
            arrays.append(f"${number}::{kind}[]")
            names.append(name)
    source = f" FROM unnest({', '.join(arrays)}) AS r({', '.join(names)})" if arrays else ""
    return f"INSERT INTO {insert.table} ({', '.join(name for name, _, _ in insert.columns)}) SELECT {', '.join(chosen)}{source} {insert.tail}"

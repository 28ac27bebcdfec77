"""An edition as Parquet for analysts: decimals as decimal128 with the published digits, identity and titles as metadata."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scoring_api.exports.edition_table import Column, columns_of, identity

MEDIA_TYPE = "application/vnd.apache.parquet"
_TYPES = {"text": pa.string(), "whole": pa.int64(), "flag": pa.bool_()}
_MOST_DIGITS = 38


def edition_parquet(document: Mapping[str, Any], sha256: str) -> bytes:
    """The file. Its metadata names the edition and its SHA-256; each column's metadata has its Vietnamese title."""
    body, about = document["body"], identity(document, sha256)
    fields, arrays = [], []
    for column in columns_of(body):
        values = [column.of(row) for row in body["rows"]]
        if column.kind == "decimal":
            values = [None if value is None else Decimal(value) for value in values]
        array = pa.array(values, _type(column, values))
        arrays.append(array)
        fields.append(pa.field(column.code, array.type, metadata={"title_vi": column.title_vi}))
    more = {"title_vi": body["title_vi"], "decision": body["decision"] or "", "source": body["source"]}
    schema = pa.schema(fields, metadata={**about, **more, "engine_version": str(body["engine_version"])})
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), stream, compression="zstd")
    return stream.getvalue()


def _type(column: Column, values: Sequence[Any]) -> pa.DataType:
    """Of decimals: as many digits after the point as any was published with, so that each is held exactly."""
    if column.kind != "decimal":
        return _TYPES[column.kind]
    known = [value.as_tuple() for value in values if value is not None]
    scale = max((max(0, -one.exponent) for one in known), default=0)
    whole = max((len(one.digits) + one.exponent for one in known), default=1)
    return pa.decimal128(min(_MOST_DIGITS, max(1, whole) + scale), scale)

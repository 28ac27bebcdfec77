"""A QĐ 766 edition in the table shape of the national portal, as far as its field names are known. Pure but for its mapping file.

`portal_names.json` maps names to figures and says which names are confirmed; an agency that has the portal's current
specification corrects the file, not the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from parindex.errors import NotFound


class PortalName(msgspec.Struct, frozen=True):
    """One field name of the portal."""

    name: str
    of: str
    """row_number, printed_code, printed_name, total, or the code of a part."""
    confirmed: bool
    """False: the name is not known from the portal's own 766 table."""
    note_vi: str


class PortalNames(msgspec.Struct, frozen=True):
    """The mapping file."""

    source: str
    index: str
    fields: list[PortalName]


class PortalTable(msgspec.Struct, frozen=True):
    """The table as the portal's dashboards read it. Points are strings with their published digits; null is a missing figure."""

    edition: str
    sha256: str
    realm: str
    period: str
    to_date: bool
    notice_vi: str
    names_source: str
    unconfirmed: list[str]
    """Field names that are not confirmed: ask the portal's operator before relying on them."""
    names: list[PortalName]
    data: list[dict[str, Any]]


@cache
def portal_names() -> PortalNames:
    """The shipped mapping file."""
    return msgspec.json.decode(files(__package__).joinpath("portal_names.json").read_bytes(), type=PortalNames)


def portal_table(document: Mapping[str, Any], sha256: str, notice_vi: str) -> PortalTable:
    """The portal's shape. Rows stand as the publisher printed them, else by our rank.

    Raises NotFound for an edition of another index: the portal has no such shape for it.
    """
    body, publication, names = document["body"], document["publication"], portal_names()
    index = body["index"]["code"]
    known = {column["code"] for column in body["columns"]}
    wanted = {field.of for field in names.fields} - {"row_number", "printed_code", "printed_name", "total"}
    if index != names.index or not wanted <= known:
        raise NotFound(
            f"Ấn bản của {index} không có dạng bảng của Cổng Dịch vụ công quốc gia. / The portal's shape is known for {names.index} with its six groups only.",
            code="no_portal_shape",
            hint="Ask for the edition itself, or for table.csv, table.xlsx or table.parquet.",
        )
    # Sorting is stable: rows without a printed place stay in the order of the body, behind the others.
    rows = sorted(body["rows"], key=lambda row: _printed_place(row) or len(body["rows"]) + 1)
    data = [{field.name: _value(row, field.of, place) for field in names.fields} for place, row in enumerate(rows, 1)]
    return PortalTable(
        f"{publication['tenant_id']}/{publication['edition_no']}",
        sha256,
        body["realm"],
        body["period"]["code"],
        body["period"]["to_date"],
        notice_vi,
        names.source,
        [field.name for field in names.fields if not field.confirmed],
        names.fields,
        data,
    )


def _value(row: Mapping[str, Any], of: str, place: int) -> Any:
    match of:
        case "row_number":
            return _printed_place(row) or place
        case "printed_code":
            return row.get("printed_code") or row["codes"].get("h_code")
        case "printed_name":
            return row.get("printed_name") or row["name"]
        case "total":
            return row["points"]
        case _:
            return row["parts"][of]["points"]


def _printed_place(row: Mapping[str, Any]) -> int | None:
    printed = row.get("printed_rank")
    return printed if isinstance(printed, int) else None

"""An edition's rows as a flat table: the one source of its CSV and Parquet, and of the figures in its workbook. Pure.

Figures are the strings of the body, digit for digit; None where the body has null: missing, withheld and not applicable
are never 0, and `unranked` says which it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from scoring_api.answers import NOTICES

Kind = Literal["text", "whole", "decimal", "flag"]
Body = Mapping[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its code (header of CSV and Parquet), Vietnamese title, what its values are, and how a row gives them."""

    code: str
    title_vi: str
    kind: Kind
    of: Callable[[Row], Any]


def columns_of(body: Body) -> list[Column]:
    """The columns of an edition's table, in the order in which they are printed."""
    return [
        Column("rank", "Hạng", "whole", lambda row: row["rank"]),
        Column("unit_id", "Mã định danh trong hệ thống", "whole", lambda row: row["unit_id"]),
        Column("h_code", "Mã đơn vị", "text", lambda row: row["codes"].get("h_code")),
        Column("gso", "Mã đơn vị hành chính", "text", lambda row: row["codes"].get("gso")),
        Column("name", "Đơn vị", "text", lambda row: row["name"]),
        Column("region", "Vùng", "text", lambda row: row["region"]),
        Column("value", "Số dùng để xếp hạng", "decimal", lambda row: row["value"]),
        Column("points", "Tổng điểm", "decimal", lambda row: row["points"]),
        Column("maximum", "Điểm tối đa", "decimal", lambda row: row["maximum"]),
        *([Column("percent", "Tỷ lệ (%)", "decimal", lambda row: row["percent"])] if body["kind"] == "round" else []),
        Column("grade_vi", "Xếp loại", "text", lambda row: (row["grade"] or {}).get("label_vi")),
        Column("group_vi", "Nhóm", "text", lambda row: (row["group"] or {}).get("label_vi")),
        *(column for part in body["columns"] for column in _part(part)),
        *_OF_KIND[body["kind"]],
        Column("unranked", "Mã lý do không xếp hạng", "text", lambda row: (row["unranked"] or {}).get("code")),
        Column("unranked_vi", "Lý do không xếp hạng", "text", lambda row: (row["unranked"] or {}).get("reason_vi")),
        Column("constructed", "Số liệu cấu thành", "flag", lambda row: row["constructed"]),
        Column("notes_vi", "Ghi chú", "text", lambda row: " ".join(note["vi"] for note in row["notes"]) or None),
    ]


def _part(part: Mapping[str, Any]) -> list[Column]:
    code, title = part["code"], part["title_vi"]

    def of(key: str) -> Callable[[Row], Any]:
        return lambda row: (row["parts"].get(code) or {}).get(key)

    return [
        Column(f"{code}_points", f"{title}: điểm", "decimal", of("points")),
        Column(f"{code}_maximum", f"{title}: điểm tối đa", "decimal", of("maximum")),
        Column(f"{code}_percent", f"{title}: tỷ lệ (%)", "decimal", of("percent")),
        Column(f"{code}_rank", f"{title}: hạng", "whole", of("rank")),
    ]


def _printed_change(key: str) -> Callable[[Row], Any]:
    return lambda row: (row["printed_change"] or {}).get(key)


_OF_KIND: Mapping[str, tuple[Column, ...]] = {
    "round": (),
    "satisfaction": (Column("responses", "Số phiếu", "whole", lambda row: row["responses"]),),
    "imported": (
        Column("printed_code", "Mã đã in", "text", lambda row: row["printed_code"]),
        Column("printed_name", "Tên đã in", "text", lambda row: row["printed_name"]),
        # A publisher may print `21/63` or a word instead of a number.
        Column("printed_rank", "Hạng đã in", "text", lambda row: _text(row["printed_rank"])),
        Column("printed_change_points", "Thay đổi điểm đã in", "decimal", _printed_change("points")),
        Column("printed_change_places", "Thay đổi hạng đã in", "text", lambda row: _text(_printed_change("places")(row))),
    ),
}  # fmt: skip


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def identity(document: Mapping[str, Any], sha256: str) -> dict[str, str]:
    """What every copy of the table must carry: which edition it is of, its digest, period, decision, and what to know first."""
    body, publication = document["body"], document["publication"]
    return {
        "edition": f"{publication['tenant_id']}/{publication['edition_no']}",
        "edition_sha256": sha256,
        "published_at": publication["published_at"],
        "realm": body["realm"],
        "index": body["index"]["code"],
        "period": body["period"]["code"],
        "as_of": body["as_of"],
        "notice_vi": " ".join(notices_of(body)),
    }


def notices_of(body: Body) -> list[str]:
    """What must be known before the figures are used: invented data, a template or example of criteria, an open period, a fragment."""
    index = body["index"]
    said = []
    if notice := NOTICES.get(body["realm"]):
        said.append(notice.vi)
    if index["template"]:
        said.append("BỘ TIÊU CHÍ MẪU, không phải văn bản chính thức.")
    if index["status_note_vi"] and index["status"] != "official":
        said.append(index["status_note_vi"])
    if body["period"]["to_date"]:
        said.append("Kỳ chưa chốt khi ghi nhận số liệu.")
    if index["fragment"]:
        said.append("Chỉ tìm thấy một phần của bảng đã công bố.")
    return said

"""What the columns of our sheets hold, and how one cell becomes a JSON value of a document or says why it cannot."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from parindex.workbooks.opening import Cell

Kind = Literal["text", "number", "share", "whole", "day", "bound", "word", "words", "codes", "mark", "value", "cell"]
"""`share`: 0..1, also typed as 80%. `bound`: a number, share or day. `words`/`codes`: lists with `;`. `mark`: x or nothing.
`value`: text or a number. `cell`: the cell itself, which whoever knows the row understands."""

_VIETNAMESE = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{3})+|-?[0-9]+),([0-9]+)")
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]{0,20})(?:\.[0-9]{1,20})?")
_GROUPS = re.compile(r"-?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_DAY = re.compile(r"(?P<day>[0-9]{1,2})[/.-](?P<month>[0-9]{1,2})[/.-](?P<year>[0-9]{4})")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Column:
    """A column (or a line of the general sheet): what it is called, which key of a row it fills, and its kind."""

    header: str
    key: str
    kind: Kind = "text"
    width: int = 14
    words: Mapping[str, str] = field(default_factory=dict)
    """Word of the document -> Vietnamese, for `word` and `words`."""
    generated: bool = False
    """Written for the reader, never read back."""


class Unusable(Exception):
    """A cell that does not hold what its column asks for."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def folded(text: str) -> str:
    """Text as compared: NFC, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def cell_value(cell: Cell, column: Column) -> Any:
    """The JSON value of a cell; None when it is empty. Raises Unusable."""
    refuse_problem(cell)
    if cell.value is None:
        return None
    match column.kind:
        case "number":
            return _number(cell, "một số, ví dụ 14,5", percent=False)
        case "share":
            return _number(cell, "một tỷ lệ từ 0 đến 1, ví dụ 0,8 (hoặc 80%)", percent=True)
        case "whole":
            number = _number(cell, "một số nguyên", percent=False)
            return int(number) if Decimal(number) == int(Decimal(number)) else number
        case "day":
            return day_of(cell)
        case "bound":
            return _bound(cell)
        case "value":
            return _value(cell)
        case "word":
            return word_of(_text(cell), column.words)
        case "words":
            return [word_of(part, column.words) for part in parts_of(_text(cell))]
        case "codes":
            return parts_of(_text(cell))
        case "mark":
            return _mark(cell)
        case "cell":
            return cell
        case _:
            return _text(cell)


def refuse_problem(cell: Cell) -> None:
    """Raises Unusable for a formula, an error value or characters that nobody sees."""
    if cell.problem == "formula":
        raise Unusable(
            "cell_formula",
            "ô chứa công thức; công thức không được tính khi nhập.",
            "Chép ô và dán lại bằng Paste Special > Values.",
        )
    if cell.problem:
        raise Unusable(
            "cell_unreadable", "ô chứa giá trị lỗi hoặc ký tự không đọc được.", "Nhập lại ô này bằng chữ hoặc số."
        )


def decimal_of(cell: Cell) -> Decimal:
    """The number in a cell, as typed in Vietnamese (85,30 or 1.234,5) or with a point; with % it is the percent.

    Raises Unusable, also where `1.234` could be read in two ways.
    """
    refuse_problem(cell)
    if isinstance(cell.value, Decimal):
        return cell.value
    if not isinstance(cell.value, str):
        raise _wanted(cell, "một số")
    text = cell.value.removesuffix("%").strip()
    if match := _VIETNAMESE.fullmatch(text):
        return Decimal(f"{match[1].replace('.', '')}.{match[2]}")
    if _GROUPS.fullmatch(text):
        raise Unusable(
            "number_ambiguous",
            f"{text!r} có thể là {text.replace('.', '')} hoặc {text.replace('.', ',', 1)}.",
            "Viết số không có dấu chấm, dùng dấu phẩy cho phần thập phân.",
        )
    if not _PLAIN.fullmatch(text):
        raise _wanted(cell, "một số")
    return Decimal(text)


def is_percent(cell: Cell) -> bool:
    """Whether the number in the cell stands with a percent sign."""
    return cell.percent or (isinstance(cell.value, str) and cell.value.endswith("%"))


def day_of(cell: Cell) -> str:
    """The day in a cell as ISO 8601; a date cell, or text such as 28/12/2017. Raises Unusable."""
    refuse_problem(cell)
    if isinstance(cell.value, dt.date):
        return cell.value.isoformat()
    if isinstance(cell.value, str):
        if _ISO_DAY.fullmatch(cell.value):
            return cell.value
        if match := _DAY.fullmatch(cell.value):
            return f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}"
    raise _wanted(cell, "một ngày, ví dụ 28/12/2017")


def word_of(text: str, words: Mapping[str, str]) -> str:
    """The word of the document for what an official wrote: the Vietnamese or the word itself. Raises Unusable."""
    wanted = folded(text)
    for word, vietnamese in words.items():
        if wanted in (folded(vietnamese), word):
            return word
    raise Unusable("word_unknown", f"không hiểu {text[:60]!r}.", f"Chọn một trong: {'; '.join(words.values())}.")


def parts_of(text: str) -> list[str]:
    """The parts of a list written with `;` (or one a line)."""
    return [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]


def shown(value: Any) -> str:
    """What stands in a cell, as short as a message needs it."""
    return "ô trống" if value is None else repr(str(value)[:60])


def _wanted(cell: Cell, what: str) -> Unusable:
    return Unusable("cell_kind", f"có {shown(cell.value)}, cần {what}.", "Sửa ô này.")


def _number(cell: Cell, what: str, *, percent: bool) -> str:
    if isinstance(cell.value, (bool, dt.date)):
        raise _wanted(cell, what)
    number = decimal_of(cell)
    if is_percent(cell):
        if not percent:
            raise _wanted(cell, f"{what}, không có dấu %")
        number = Decimal(format((number / 100).normalize(), "f"))
    return format(number, "f")


def _bound(cell: Cell) -> str:
    if isinstance(cell.value, dt.date) or (
        isinstance(cell.value, str) and ("/" in cell.value or _ISO_DAY.fullmatch(cell.value))
    ):
        return day_of(cell)
    return _number(cell, "một số, một tỷ lệ (0,8 hoặc 80%) hoặc một ngày", percent=True)


def _value(cell: Cell) -> str:
    if isinstance(cell.value, Decimal) or is_percent(cell):
        return _number(cell, "chữ hoặc số", percent=True)
    text = _text(cell)
    return f"{text.replace(',', '.')}" if re.fullmatch(r"-?[0-9]+,[0-9]+", text) else text


def _text(cell: Cell) -> str:
    match cell.value:
        case str():
            return cell.value
        case Decimal():
            return format(cell.value, "f")
    raise Unusable(
        "text_became_other",
        f"Excel đã đổi chữ trong ô thành {shown(cell.value)}.",
        "Định dạng ô là Text rồi nhập lại.",
    )


def _mark(cell: Cell) -> bool:
    if isinstance(cell.value, bool):
        return cell.value
    if isinstance(cell.value, str) and folded(cell.value) in {"x", "có", "✓"}:
        return True
    if isinstance(cell.value, str) and folded(cell.value) in {"không", "-"}:
        return False
    raise _wanted(cell, "dấu x hoặc để trống")

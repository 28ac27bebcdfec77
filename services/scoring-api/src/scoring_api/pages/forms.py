"""Reads the fields of a sent form, and what officials write in them: words, numbers with a decimal comma, days."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from decimal import Decimal

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from parindex.engine.period import VIETNAM
from parindex.errors import Finding, Invalid, TooLarge, Unreadable
from parindex.workbooks.columns import Unusable, day_of, decimal_of
from parindex.workbooks.opening import Cell
from scoring_api.rounds.spoken import clean_note

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
"""What no database keeps and no keyboard types; other control characters are named where the words are read."""
_MOST = 1024 * 1024
_MOST_FIELDS = 3000


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file of a form, whole."""

    name: str
    content: bytes


class Form:
    """The fields of a form by name; an absent field is an empty text."""

    def __init__(self, data: FormData, files: dict[str, SentFile] | None = None) -> None:
        self._data, self._files = data, files or {}
        self.findings: list[Finding] = []
        """What is wrong with single fields, gathered while they are read; the field's name says where."""

    def text(self, name: str) -> str:
        """The field as written, without blanks around it."""
        value = self._data.get(name)
        return value.strip() if isinstance(value, str) else ""

    def every(self, name: str) -> list[str]:
        """All values of a field that may be ticked several times."""
        return [value for value in self._data.getlist(name) if isinstance(value, str) and value]

    def given(self) -> dict[str, list[str]]:
        """Everything as sent, for showing the form again."""
        return {name: self.every(name) for name in self._data}

    def file(self, name: str) -> SentFile | None:
        """The sent file, if one was chosen."""
        return self._files.get(name)

    def words(self, name: str, *, needed: str = "", at: str = "") -> str:
        """Words of an official; a fault is noted. `needed`: what to say when they are missing.

        `at`: id of the field, where a page has several forms with a field of that name.
        """
        try:
            said = clean_note(self.text(name).replace("\r\n", "\n"))
        except ValueError:
            self.note(at or name, "Quá dài (tối đa 4000 ký tự) hoặc có ký tự điều khiển.")
            return ""
        if needed and not said:
            self.note(at or name, needed)
        return said

    def number(self, name: str, *, needed: bool = True) -> Decimal | None:
        """A number such as 85,30 or 1.234,5; a fault is noted."""
        written = self.text(name)
        if not written:
            if needed:
                self.note(name, "Chưa điền số.")
            return None
        try:
            return decimal_of(Cell("", 0, 0, written))
        except Unusable as fault:
            self.note(name, f"{str(fault.message)[0].upper()}{str(fault.message)[1:]} {fault.hint}".strip())
            return None

    def whole(self, name: str, *, needed: bool = True) -> int | None:
        """A whole number from 0 on; a fault is noted."""
        number = self.number(name, needed=needed)
        if number is not None and (number != int(number) or not 0 <= number <= 2**53 - 1):
            self.note(name, "Cần số nguyên từ 0 trở lên.")
            return None
        return None if number is None else int(number)

    def day(self, name: str, *, needed: bool = True) -> dt.date | None:
        """A day as the browser's field sends it (2026-03-31) or as typed (31/3/2026); a fault is noted."""
        written = self.text(name)
        if not written:
            if needed:
                self.note(name, "Chưa chọn ngày.")
            return None
        try:
            return dt.date.fromisoformat(day_of(Cell("", 0, 0, written)))
        except (Unusable, ValueError):
            self.note(name, "Cần một ngày có trong lịch, ví dụ 31/3/2026.")
            return None

    def end_of_day(self, name: str) -> dt.datetime | None:
        """The end of a day in Asia/Ho_Chi_Minh, as an instant."""
        chosen = self.day(name)
        if chosen is None:
            return None
        if not 2000 <= chosen.year <= 2200:
            self.note(name, "Năm phải từ 2000 đến 2200.")
            return None
        return dt.datetime.combine(chosen + dt.timedelta(days=1), dt.time(), VIETNAM).astimezone(dt.UTC)

    def note(self, name: str, message: str) -> None:
        """Notes a fault at a field."""
        self.findings.append(Finding("field", name, message))

    def refuse_faults(self) -> None:
        """Raises Invalid when a field is at fault, with all of them."""
        if self.findings:
            raise Invalid("Một số mục chưa đúng.", code="form_faults", findings=self.findings)


async def read_form(request: Request, most: int = _MOST) -> Form:
    """The form that a browser sent. Raises Unreadable for anything else and TooLarge beyond `most` bytes."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()

    async def bounded() -> AsyncGenerator[bytes, None]:
        read = 0
        async for chunk in request.stream():
            read += len(chunk)
            if read > most:
                raise TooLarge(f"Biểu mẫu lớn hơn {most // 1024} KB. / The form is too large.", code="form_too_large")
            yield chunk

    try:
        if kind == "multipart/form-data":
            parser = MultiPartParser(request.headers, bounded(), max_files=1, max_fields=_MOST_FIELDS)
            # Never written to a disk: what is sent may be confidential.
            parser.spool_max_size = most + 1
            data = await parser.parse()
            return _legible(Form(data, await _files(data)))
        if kind in ("application/x-www-form-urlencoded", ""):
            return _legible(Form(await FormParser(request.headers, bounded(), max_fields=_MOST_FIELDS).parse()))
    except (MultiPartException, UnicodeError, LookupError, ValueError, ClientDisconnect):
        pass
    raise Unreadable("Biểu mẫu không đọc được. / The form cannot be read.", code="form_unreadable")


def _legible(form: Form) -> Form:
    """The form itself. Raises ValueError for a field that is no text."""
    if any(_NO_TEXT.search(value) for name, values in form.given().items() for value in (name, *values)):
        raise ValueError("no text")
    return form


async def _files(data: FormData) -> dict[str, SentFile]:
    """The files whole, their buffers closed."""
    try:
        return {
            name: SentFile(value.filename, await value.read())
            for name, value in data.items()
            if isinstance(value, UploadFile) and value.filename
        }
    finally:
        await data.close()

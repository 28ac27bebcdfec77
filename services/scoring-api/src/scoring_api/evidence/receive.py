"""Reads an uploaded form (multipart/form-data, as browsers and `curl -F` send it) within the size limit, in memory only."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from parindex.errors import Finding, Invalid, TooLarge, Unreadable
from scoring_api.evidence.keep import Upload

_FRAME = 64 * 1024
"""Bytes that the form around the file may take: boundaries, headers, the reason."""
_HOW = "Send multipart/form-data with one part `file`: curl -F file=@plan.pdf …"


async def receive_upload(request: Request, most_mb: int) -> tuple[Upload, dict[str, str]]:
    """The one file of the form and its other fields.

    Nothing is read beyond the limit, and nothing plain ever lies on a disk. Raises TooLarge, Unreadable for what is no
    such form, Invalid where the file is missing.
    """
    most = most_mb * 1024 * 1024
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most + _FRAME:
        raise _too_large(most_mb)
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Unreadable("The body is not a form with a file.", code="form_unreadable", hint=_HOW)
    form = await _parsed(request, most, most_mb)
    try:
        return await _upload(form, most, most_mb)
    finally:
        await form.close()


async def _parsed(request: Request, most: int, most_mb: int) -> FormData:
    async def bounded() -> AsyncGenerator[bytes, None]:
        read = 0
        async for chunk in request.stream():
            read += len(chunk)
            if read > most + _FRAME:
                raise _too_large(most_mb)
            yield chunk

    parser = MultiPartParser(request.headers, bounded(), max_files=1, max_fields=8, max_part_size=_FRAME)
    parser.spool_max_size = most + _FRAME + 1
    try:
        return await parser.parse()
    except (MultiPartException, UnicodeError, LookupError, ValueError) as error:
        said = error.message if isinstance(error, MultiPartException) else "it cannot be parsed"
        raise Unreadable(f"The form is not whole: {said}", code="form_unreadable", hint=_HOW) from None
    except ClientDisconnect:
        raise Unreadable("The sender went away.", code="form_unreadable", hint="Send it again.") from None


async def _upload(form: FormData, most: int, most_mb: int) -> tuple[Upload, dict[str, str]]:
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        message = "Chưa chọn tệp. / The form holds no file under the name `file`."
        raise Invalid(
            message, code="file_missing", hint=_HOW, findings=[Finding("file_missing", "file", message, _HOW)]
        )
    content = await file.read()
    if len(content) > most:
        raise _too_large(most_mb)
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    return Upload(file.filename, file.content_type or "", content), fields


def _too_large(most_mb: int) -> TooLarge:
    message = f"Tệp lớn hơn {most_mb} MB. / The file is larger than {most_mb} MB."
    hint = "Giảm độ phân giải bản quét hoặc chia tệp. / Scan it at a lower resolution, or split it."
    return TooLarge(
        message, code="evidence_too_large", hint=hint, findings=[Finding("evidence_too_large", "file", message, hint)]
    )

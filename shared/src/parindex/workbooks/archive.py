"""What is refused of a sent workbook before anything parses it: size, encryption, macros, XML entities, no workbook at all."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib

from parindex.errors import Invalid, TooLarge

MOST_BYTES = 2_000_000
"""Of the file as sent."""
MOST_UNPACKED_BYTES = 24_000_000
MOST_ELEMENTS = 400_000
"""XML elements of all parts; the largest shipped framework has a tenth of them."""
MOST_PARTS = 300
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DAMAGED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # of which unknown compressions are a kind
)


def refuse_unfit_archive(data: bytes) -> None:
    """Raises TooLarge or Invalid for what should not be parsed as an .xlsx file; reads each part once, none beyond its limit."""
    if len(data) > MOST_BYTES:
        raise too_large(f"{len(data):,} byte", f"{MOST_BYTES:,}")
    if data.startswith(_OLE):
        raise _encrypted("Tệp có mật khẩu hoặc ở dạng .xls cũ. / The file is encrypted, or of the old .xls form.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGED:
        raise _no_workbook() from None
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names or len(names) < len(entries):
        raise _no_workbook()
    if any(entry.flag_bits & 1 for entry in entries):
        raise _encrypted("Tệp có mật khẩu. / The file is encrypted.")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_UNPACKED_BYTES or len(entries) > MOST_PARTS:
        raise too_large(f"{unpacked:,} byte sau khi giải nén, {len(entries)} phần", f"{MOST_UNPACKED_BYTES:,}")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Invalid(
            "Tệp chứa macro. / The workbook holds macros.",
            code="workbook_macros",
            hint="Lưu dạng .xlsx (không macro). / Save it as .xlsx.",
        )
    elements = sum(_elements(archive, entry) for entry in entries)
    if elements > MOST_ELEMENTS:
        raise too_large(f"khoảng {elements:,} phần tử XML", f"{MOST_ELEMENTS:,}")


def _elements(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """About how many XML elements a part holds. zipfile unpacks no more than the size declared, which was checked."""
    try:
        part = archive.read(entry)
    except _DAMAGED:
        raise _no_workbook() from None
    if not entry.filename.endswith((".xml", ".rels")):
        return 0
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part or b"\x00" in part:
        raise _no_workbook()
    return part.count(b"<") // 2 + 1


def too_large(what: str, most: str) -> TooLarge:
    """The refusal of a workbook beyond a limit."""
    return TooLarge(
        f"Sổ tính quá lớn: {what}, tối đa {most}. / The workbook is too large.",
        code="workbook_too_large",
        hint="Bỏ hình ảnh, sheet và dòng không dùng. / Remove pictures, sheets and rows that are not used.",
    )


def _encrypted(message: str) -> Invalid:
    return Invalid(
        message,
        code="workbook_encrypted",
        hint="Bỏ mật khẩu và lưu dạng .xlsx. / Remove the password and save it as .xlsx.",
    )


def _no_workbook() -> Invalid:
    return Invalid(
        "Tệp không phải sổ tính Excel (.xlsx). / This is no Excel workbook (.xlsx).",
        code="workbook_unreadable",
        hint="Gửi tệp .xlsx do hệ thống xuất ra. / Send an .xlsx file as exported here.",
    )

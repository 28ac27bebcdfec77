"""Small real files of the kinds that offices attach, made by hand: whole ones, and ones with one thing wrong."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

OOXML = "application/vnd.openxmlformats-officedocument."
MAIN = {"docx": "wordprocessingml.document", "xlsx": "spreadsheetml.sheet", "pptx": "presentationml.presentation"}
PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
ODF = {"odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet"}


def pdf(words: str = "Quyết định", *, more: str = "") -> bytes:
    """A PDF of one empty page that carries the words in its catalogue."""
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /Note ({words}) >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode()
    start = len(body)
    body += b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return body + f"trailer << /Size 4 /Root 1 0 R {more} >>\nstartxref\n{start}\n%%EOF\n".encode()


def png() -> bytes:
    """One white pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\xff")) + chunk(b"IEND", b"")
    )


def jpeg() -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 40 + b"\xff\xd9"


def tiff() -> bytes:
    return b"II*\x00\x08\x00\x00\x00" + b"\x00" * 40


def archive(parts: dict[str, bytes | str], *, encrypted: bool = False) -> bytes:
    """A ZIP of the parts in that order."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    raw = bytearray(held.getvalue())
    if encrypted:
        for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = raw.find(mark)
            while at >= 0:
                raw[at + offset] |= 1
                at = raw.find(mark, at + 4)
    return bytes(raw)


def office(kind: str, more: dict[str, bytes | str] | None = None, *, types: str = "", encrypted: bool = False) -> bytes:
    """A DOCX, XLSX or PPTX with the least that it needs, and `more` parts."""
    content_types = types or (
        '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/{PART[kind]}" ContentType="{OOXML}{MAIN[kind]}.main+xml"/></Types>'
    )
    return archive(
        {"[Content_Types].xml": content_types, "_rels/.rels": "<Relationships/>", PART[kind]: "<x/>", **(more or {})},
        encrypted=encrypted,
    )


def open_document(kind: str, more: dict[str, bytes | str] | None = None, *, manifest: str = "<manifest/>") -> bytes:
    """An ODT or ODS with the least that it needs."""
    return archive({"mimetype": ODF[kind], "META-INF/manifest.xml": manifest, "content.xml": "<x/>", **(more or {})})

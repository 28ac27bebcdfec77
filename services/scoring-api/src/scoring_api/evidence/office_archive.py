"""Looks inside office documents (OOXML, ODF), which are ZIP archives of parts: whole, of the kind they say, without macros.

Every part is unpacked once, counted byte by byte: declared sizes are not believed. Pure.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from parindex.errors import Finding

MOST_PARTS = 5_000
MOST_UNPACKED = 300 * 1024 * 1024
"""Bytes in all. A document unpacks to a few times its size; only a bomb or a film reaches this."""
MOST_RATIO = 200
"""Of unpacked to packed bytes of the whole archive; text packs 10 to 30 times."""
_FREE_UNPACKED = 10 * 1024 * 1024
"""Below this the ratio says nothing: an empty sheet packs very well."""
_MACRO_PART = re.compile(
    r"(?:^|/)(?:vbaproject[^/]*|vbadata\.xml|activex[^/]*/.*|activex[^/]*\.(?:bin|xml)|macrosheets/.*|dialogsheets/.*)$"
    r"|^(?:basic|scripts|dialogs)/.+",
    re.IGNORECASE,
)
_MACRO_TYPE = re.compile(r"macroenabled|vbaproject|ms-office\.activex|macrosheet", re.IGNORECASE)
_OUTSIDE_TEMPLATE = re.compile(r"<Relationship\b[^>]*>", re.IGNORECASE)
_RISKY_RELATION = re.compile(r"/(?:attachedTemplate|oleObject|frame|subDocument)\"", re.IGNORECASE)
_ODF_TYPE = "application/vnd.oasis.opendocument."


def archive_findings(content: bytes, media_type: str) -> list[Finding]:
    """What speaks against an office document of that media type; empty when nothing does. Never raises for bad bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            faults = _listing_faults(archive)
            return faults or _part_faults(archive, media_type, len(content))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, RuntimeError):
        return [
            _finding(
                "archive_broken",
                "Tài liệu hỏng hoặc bị cắt. / The document is damaged or cut short.",
                "Mở và lưu lại tài liệu. / Open it and save it again.",
            )
        ]


def _listing_faults(archive: zipfile.ZipFile) -> list[Finding]:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    findings = []
    if len(parts) > MOST_PARTS:
        findings.append(_bomb(f"{len(parts)} phần / parts"))
    if any(part.flag_bits & 0x1 for part in parts):
        findings.append(_locked())
    if len({name.lower() for name in names}) != len(names) or any(_leaves_the_archive(name) for name in names):
        findings.append(
            _finding(
                "archive_names",
                "Tài liệu chứa tên phần trùng hoặc trỏ ra ngoài. / Parts share a name or point outside the document.",
                "Mở và lưu lại tài liệu. / Open it and save it again.",
            )
        )
    if any(_MACRO_PART.search(name) for name in names):
        findings.append(_macros())
    return findings


def _part_faults(archive: zipfile.ZipFile, media_type: str, packed: int) -> list[Finding]:
    """Unpacks every part within the limits and reads those that say what the document is."""
    odf = media_type.startswith(_ODF_TYPE)
    left = min(MOST_UNPACKED, max(_FREE_UNPACKED, packed * MOST_RATIO))
    read: dict[str, str] = {}
    for part in archive.infolist():
        wanted = part.filename in ("[Content_Types].xml", "mimetype", "META-INF/manifest.xml")
        wanted = wanted or part.filename.endswith(".rels")
        kept = bytearray()
        with archive.open(part) as stream:
            while chunk := stream.read(256 * 1024):
                left -= len(chunk)
                if left < 0:
                    return [_bomb("dung lượng giải nén / unpacked size")]
                if wanted:
                    kept += chunk
        if wanted:
            # Offices write these parts in UTF-8; another encoding only hides what they say.
            read[part.filename] = kept.decode("utf-8-sig")
    return _odf_faults(read, media_type) if odf else _ooxml_faults(read, media_type)


def _ooxml_faults(read: dict[str, str], media_type: str) -> list[Finding]:
    types = read.get("[Content_Types].xml", "")
    findings = []
    if _MACRO_TYPE.search(types):
        findings.append(_macros())
    elif f'"{media_type}.main+xml"' not in types:
        findings.append(_mismatch())
    relations = [
        tag for name, text in read.items() if name.endswith(".rels") for tag in _OUTSIDE_TEMPLATE.findall(text)
    ]
    if any("external" in tag.lower() and _RISKY_RELATION.search(tag) for tag in relations):
        findings.append(
            _finding(
                "archive_loads_from_outside",
                "Tài liệu nạp mẫu hoặc đối tượng từ bên ngoài. / The document loads a template or object from elsewhere.",
                "Ngắt liên kết ngoài, hoặc xuất ra PDF. / Break the link, or export as PDF.",
            )
        )
    return findings


def _odf_faults(read: dict[str, str], media_type: str) -> list[Finding]:
    if read.get("mimetype", "").strip() != media_type:
        return [_mismatch()]
    return [_locked()] if "encryption-data" in read.get("META-INF/manifest.xml", "") else []


def _leaves_the_archive(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name.split("/", 1)[0]


def _finding(code: str, message: str, hint: str) -> Finding:
    return Finding(code, "file", message, hint)


def _macros() -> Finding:
    return _finding(
        "macros",
        "Tài liệu chứa macro. / The document holds macros.",
        "Lưu lại không macro, hoặc xuất ra PDF. / Save it without macros, or as PDF.",
    )


def _locked() -> Finding:
    return _finding(
        "archive_locked",
        "Tài liệu có mật khẩu. / The document is locked by a password.",
        "Bỏ mật khẩu rồi lưu lại. / Save it again without a password.",
    )


def _bomb(what: str) -> Finding:
    return _finding(
        "archive_too_large",
        f"Tài liệu giải nén ra quá lớn ({what}). / Unpacked, the document is beyond the limits.",
        "Giảm hình ảnh, hoặc xuất ra PDF. / Make its pictures smaller, or export as PDF.",
    )


def _mismatch() -> Finding:
    return _finding(
        "content_mismatch",
        "Nội dung không phải loại tài liệu như phần mở rộng. / The document is of another kind than its extension says.",
        "Xuất lại tài liệu. / Export the document again.",
    )

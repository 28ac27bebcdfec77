"""Looks inside office documents (OOXML, ODF), which are ZIP archives of parts: whole, of the kind they say, without macros.

Every part is unpacked once, counted byte by byte: declared sizes are not believed. Pure.
"""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib

from parindex.errors import Finding
from scoring_api.evidence.package_parts import Attributes, each_element

MOST_PARTS = 5_000
MOST_UNPACKED = 300 * 1024 * 1024
"""Bytes in all. A document unpacks to a few times its size; only a bomb or a film reaches this."""
MOST_RATIO = 200
"""Of unpacked to packed bytes of the whole archive; text packs 10 to 30 times."""
_FREE_UNPACKED = 10 * 1024 * 1024
"""Below this the ratio says nothing: an empty sheet packs very well."""
MOST_READ = 4_000_000
"""Bytes of all parts that say what the document is (content types, relations); real documents have some thousands."""
LONGEST_NAME = 512
"""Characters of a part's name; offices write some dozens. Patterns over longer ones would take their time."""
_MACRO_PART = re.compile(
    r"(?:^|/)(?:vbaproject[^/]*|vbadata\.xml|activex[^/]*/.*|activex[^/]*\.(?:bin|xml)|macrosheets/.*|dialogsheets/.*)$"
    r"|^(?:basic|scripts|dialogs)/.+",
    re.IGNORECASE,
)
_MACRO_TYPE = re.compile(r"macroenabled|vbaproject|ms-office\.activex|macrosheet", re.IGNORECASE)
_RISKY_RELATIONS = ("/attachedtemplate", "/oleobject", "/frame", "/subdocument")
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # of which unknown compressions are a kind
)
_ODF_TYPE = "application/vnd.oasis.opendocument."


def archive_findings(content: bytes, media_type: str) -> list[Finding]:
    """What speaks against an office document of that media type; empty when nothing does. Never raises for bad bytes."""
    if content.count(b"PK\x01\x02") > MOST_PARTS:
        # Before the listing is read, which takes memory for every part.
        return [_bomb(f"hơn {MOST_PARTS} phần / parts")]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            faults = _listing_faults(archive)
            return faults or _part_faults(archive, media_type, len(content))
    except _BROKEN:
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
    if any(part.flag_bits & 0x1 for part in parts):
        findings.append(_locked())
    overlong = any(len(name) > LONGEST_NAME for name in names)
    if overlong or len({name.lower() for name in names}) != len(names) or any(map(_leaves_the_archive, names)):
        findings.append(
            _finding(
                "archive_names",
                "Tài liệu chứa tên phần trùng, quá dài hoặc trỏ ra ngoài. / Parts share a name, have overlong ones or point outside the document.",
                "Mở và lưu lại tài liệu. / Open it and save it again.",
            )
        )
    if not overlong and any(_MACRO_PART.search(name) for name in names):
        findings.append(_macros())
    return findings


def _part_faults(archive: zipfile.ZipFile, media_type: str, packed: int) -> list[Finding]:
    """Unpacks every part within the limits and reads those that say what the document is."""
    odf = media_type.startswith(_ODF_TYPE)
    left_to_read = MOST_READ
    left = min(MOST_UNPACKED, max(_FREE_UNPACKED, packed * MOST_RATIO))
    read: dict[str, bytes] = {}
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
                    left_to_read -= len(chunk)
                    if left_to_read < 0:
                        return [_bomb("mục lục của tài liệu / its own index")]
                    kept += chunk
        if wanted:
            read[part.filename] = bytes(kept)
    return _odf_faults(read, media_type) if odf else _ooxml_faults(read, media_type)


def _ooxml_faults(read: dict[str, bytes], media_type: str) -> list[Finding]:
    kinds: set[str] = set()
    outside: set[str] = set()

    def typed(_name: str, given: Attributes) -> None:
        kinds.add(given.get("ContentType", ""))

    def related(_name: str, given: Attributes) -> None:
        if given.get("TargetMode", "").strip().lower() == "external":
            outside.add(given.get("Type", "").strip().lower())

    each_element(read.get("[Content_Types].xml", b"<none/>"), typed)
    for name, part in read.items():
        if name.endswith(".rels"):
            each_element(part, related)
    findings = []
    if any(_MACRO_TYPE.search(kind) for kind in kinds):
        findings.append(_macros())
    elif f"{media_type}.main+xml" not in kinds:
        findings.append(_mismatch())
    if any(kind.endswith(_RISKY_RELATIONS) for kind in outside):
        findings.append(
            _finding(
                "archive_loads_from_outside",
                "Tài liệu nạp mẫu hoặc đối tượng từ bên ngoài. / The document loads a template or object from elsewhere.",
                "Ngắt liên kết ngoài, hoặc xuất ra PDF. / Break the link, or export as PDF.",
            )
        )
    return findings


def _odf_faults(read: dict[str, bytes], media_type: str) -> list[Finding]:
    if read.get("mimetype", b"").strip() != media_type.encode():
        return [_mismatch()]
    names: set[str] = set()
    each_element(read.get("META-INF/manifest.xml", b"<none/>"), lambda name, _: names.add(name))
    return [_locked()] if "encryption-data" in names else []


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

"""Which files may be evidence, and whether a file is what its name and its sender say. Knows no database and no store.

Allowed are what offices exchange and a browser never runs: PDF, scans (PNG, JPEG, TIFF), office documents without macros
(DOCX, XLSX, PPTX, ODT, ODS) and plain text (TXT, CSV). No XML or HTML: a signed XML is attached as its signed PDF.
Nothing here looks for viruses: files are only ever downloaded, never opened by the service.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import puremagic

from parindex.errors import Finding, Invalid
from scoring_api.evidence.office_archive import archive_findings

LONGEST_NAME = 200
"""Characters; also fits the 255 bytes of file systems for most Vietnamese names."""
_GENERIC = frozenset({"", "application/octet-stream", "binary/octet-stream"})
"""What a sender declares that does not know: the extension and the content decide."""
_PDF_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")
_MARKUP = re.compile(r"\s*<(?:!doctype|!--|\?xml|(?:html|head|body|script|svg)\b)", re.IGNORECASE)
_HINT = "Đính kèm tệp khác hoặc xuất lại tệp. / Attach another file, or export it again."


@dataclass(frozen=True, slots=True)
class FileType:
    """One allowed type: the media type it is served with, other names senders give it, what its content begins with."""

    media_type: str
    aliases: frozenset[str] = frozenset()
    family: str = "binary"
    """`binary`, `office` (a ZIP of parts) or `text`."""
    ends_with: bytes = b""
    """A mark that stands near the end of a whole file; b'' where the format has none."""


_JPEG = FileType("image/jpeg", frozenset({"image/jpg", "image/pjpeg"}), ends_with=b"\xff\xd9")
_TIFF = FileType("image/tiff", frozenset({"image/tif"}))
_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
FILE_TYPES: dict[str, FileType] = {
    ".pdf": FileType("application/pdf", frozenset({"application/x-pdf"}), ends_with=b"%%EOF"),
    ".png": FileType("image/png", frozenset({"image/x-png"}), ends_with=b"IEND"),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".docx": FileType(_OOXML + "wordprocessingml.document", family="office"),
    ".xlsx": FileType(_OOXML + "spreadsheetml.sheet", family="office"),
    ".pptx": FileType(_OOXML + "presentationml.presentation", family="office"),
    ".odt": FileType(_ODF + "text", family="office"),
    ".ods": FileType(_ODF + "spreadsheet", family="office"),
    ".txt": FileType("text/plain", family="text"),
    ".csv": FileType(
        "text/csv", frozenset({"text/plain", "application/csv", "application/vnd.ms-excel"}), family="text"
    ),
}
ALLOWED = ", ".join(sorted(extension[1:] for extension in FILE_TYPES))
_TAIL = 4096
"""Bytes from the end within which the closing mark of a whole file stands."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that was found to be what it says."""

    file_name: str
    """NFC, without path or control characters."""
    media_type: str
    content: bytes


def check_file(file_name: str, declared: str, content: bytes) -> CheckedFile:
    """The file under its clean name and true media type.

    `declared` is the media type that the sender gave ('' where it gave none). Raises Invalid `evidence_refused` with
    every fault of name, declaration and content at once; its words name kinds of faults, never the content.
    """
    name = unicodedata.normalize("NFC", file_name).strip()
    findings = _name_findings(name)
    extension = _extension(name)
    kind = FILE_TYPES.get(extension)
    if kind is None:
        findings.append(
            Finding(
                "type_not_allowed",
                "file",
                f"Loại tệp không được nhận; được nhận: {ALLOWED}. / The file's extension is not one of those taken.",
                "Xuất tài liệu ra PDF. / Export the document as PDF.",
            )
        )
    else:
        findings += _declaration_findings(kind, declared.partition(";")[0].strip().lower())
        findings += _content_findings(kind, extension, content)
    if findings:
        raise Invalid(
            "Tệp không được nhận. / The file is not taken as evidence; findings say why.",
            code="evidence_refused",
            hint=_HINT,
            findings=findings,
        )
    assert kind is not None
    return CheckedFile(name, kind.media_type, content)


def _extension(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    return f".{extension.lower()}" if dot and stem else ""


def _name_findings(name: str) -> list[Finding]:
    findings = []
    if not name or len(name) > LONGEST_NAME:
        findings.append(
            Finding(
                "file_name_length",
                "file",
                f"Tên tệp dài {len(name)} ký tự; cần từ 1 đến {LONGEST_NAME}. / The file name has {len(name)} characters; 1 to {LONGEST_NAME} are taken.",
                "Rút ngắn tên tệp. / Rename the file.",
            )
        )
    if any(mark in name for mark in "/\\") or name in (".", ".."):
        findings.append(
            Finding(
                "file_name_path",
                "file",
                "Tên tệp chứa đường dẫn. / The file name holds a path.",
                "Gửi tên tệp, không kèm thư mục. / Send the bare name.",
            )
        )
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for letter in name):
        findings.append(
            Finding(
                "file_name_control",
                "file",
                "Tên tệp chứa ký tự điều khiển hoặc ký tự ẩn. / The file name holds control or invisible characters.",
                "Đổi tên tệp. / Rename the file.",
            )
        )
    return findings


def _declaration_findings(kind: FileType, declared: str) -> list[Finding]:
    if declared in _GENERIC or declared == kind.media_type or declared in kind.aliases:
        return []
    return [
        Finding(
            "type_declared_wrong",
            "file",
            f"Tệp được khai là {declared[:80]!r}, còn phần mở rộng là của {kind.media_type}. / The declared type and the extension contradict each other.",
            "Giữ nguyên phần mở rộng của tệp. / Keep the file's own extension.",
        )
    ]


def _content_findings(kind: FileType, extension: str, content: bytes) -> list[Finding]:
    if not content:
        return [Finding("file_empty", "file", "Tệp rỗng. / The file is empty.", "Kiểm tra lại tệp. / Check the file.")]
    if kind.family == "text":
        return _text_findings(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return [
            Finding(
                "office_old_or_locked",
                "file",
                "Tệp Office kiểu cũ hoặc có mật khẩu. / An old binary Office file, or one locked by a password.",
                "Bỏ mật khẩu và lưu lại, hoặc xuất ra PDF. / Save it again without a password, or as PDF.",
            )
        ]
    looks_like = _looks_like(content)
    if extension not in looks_like:
        seen = ", ".join(sorted(looks_like)[:4]) or "không nhận ra / not recognised"
        return [
            Finding(
                "content_mismatch",
                "file",
                f"Nội dung không phải {extension} (trông như: {seen}). / The content is not what the extension says.",
                "Đừng đổi phần mở rộng bằng tay; xuất lại tệp. / Do not rename extensions; export the file again.",
            )
        ]
    if kind.family == "office":
        return archive_findings(content, kind.media_type)
    if kind.ends_with and kind.ends_with not in content[-_TAIL:]:
        return [
            Finding(
                "file_cut",
                "file",
                "Tệp bị cắt ở cuối. / The end of the file is missing.",
                "Tải lại hoặc quét lại tệp. / Send or scan it again.",
                retry=True,
            )
        ]
    if kind.media_type == "application/pdf" and _PDF_ENCRYPTED.search(content):
        return [
            Finding(
                "pdf_locked",
                "file",
                "PDF bị khóa hoặc mã hóa. / The PDF is encrypted, so appraisers might not be able to read it.",
                "Bỏ mật khẩu rồi xuất lại. / Export it without a password.",
            )
        ]
    return []


def _looks_like(content: bytes) -> set[str]:
    """Extensions of the formats that the content's own marks fit."""
    try:
        found = {match.extension for match in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):
        return set()
    if content.startswith(b"PK\x03\x04"):
        found |= {extension for extension, kind in FILE_TYPES.items() if kind.family == "office"}
    for same in ({".jpg", ".jpeg", ".jpe", ".jfif"}, {".tif", ".tiff"}):
        found |= same if found & same else set()
    return found


def _text_findings(content: bytes) -> list[Finding]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [
            Finding(
                "text_not_utf8",
                "file",
                "Tệp văn bản không phải UTF-8. / The text is not UTF-8.",
                "Lưu lại với mã UTF-8. / Save it as UTF-8.",
            )
        ]
    if any(ord(letter) < 32 and letter not in "\t\n\r\f" for letter in text) or _MARKUP.match(text):
        return [
            Finding(
                "content_mismatch",
                "file",
                "Nội dung không phải văn bản thuần. / The content is not plain text.",
                "Xuất tài liệu ra PDF. / Export the document as PDF.",
            )
        ]
    return []

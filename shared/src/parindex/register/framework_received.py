"""A framework that somebody sent as YAML, JSON or an Excel workbook, read into a document, or every fault at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from parindex.errors import Finding, Invalid, TooLarge, Unreadable
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_json, read_framework_yaml
from parindex.instruments.json_text import decode_json
from parindex.instruments.strict_json import read_strict_json
from parindex.workbooks.framework_reading import read_framework_workbook

Form = Literal["yaml", "json", "workbook"]
MOST_TEXT_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Received:
    """What was sent. `file` is None while the document has faults, which only JSON (a draft being written) may have."""

    form: Form
    document: dict[str, Any]
    file: FrameworkFile | None
    faults: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


def receive(data: bytes, form: Form, name: str) -> Received:
    """Reads what was sent; `name` is what messages call it.

    Raises TooLarge, Unreadable (no text, no JSON) or Invalid: for YAML and workbooks with every fault at its line or
    cell, for JSON only where no document could be kept (floats, control characters, keys that stand twice).
    """
    if form == "workbook":
        return _whole(form, read_framework_workbook(data, name))
    if form == "json":
        return received_json(decode_json(data, name), name)
    if len(data) > MOST_TEXT_BYTES:
        raise TooLarge(
            f"{name} is {len(data):,} bytes; a framework has at most {MOST_TEXT_BYTES:,}.", code="framework_too_large"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"{name} is not UTF-8 text (byte {error.start}).", code="encoding", hint="Send it as UTF-8."
        ) from None
    return _whole(form, read_framework_yaml(text, name))


def received_json(value: Any, name: str) -> Received:
    """As `receive`, for JSON that was decoded already."""
    strict = read_strict_json(value, name)
    strict.refuse_faults()
    document: dict[str, Any] = strict.value
    try:
        return _whole("json", read_framework_json(document, name))
    except Invalid as invalid:
        return Received("json", document, None, tuple(invalid.findings), ())


def _whole(form: Form, file: FrameworkFile) -> Received:
    return Received(form, file.document, file, (), file.warnings)

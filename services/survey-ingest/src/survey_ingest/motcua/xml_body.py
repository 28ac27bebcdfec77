"""XML bodies of the compatibility endpoint: read by expat with everything refused that XML can do besides elements and text.

No DTD, so no entities and nothing external; UTF-8 or UTF-16 only; bounded depth and number of elements (the size is
bounded where the body is read). Attributes are refused, but for those of namespaces and xsi: they would be lost.
"""

from __future__ import annotations

from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from parindex.errors import Unreadable

DEEPEST = 16
MOST_ELEMENTS = 200_000
_ENCODINGS = ("utf-8", "utf-16", "utf-16le", "utf-16be")
_SPACE = " "
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


class _Forbidden(Exception):
    """Something that XML allows and we do not."""


class _Element:
    __slots__ = ("children", "name", "text")

    def __init__(self, name: str) -> None:
        self.name = name
        self.text: list[str] = []
        self.children: list[tuple[str, Any]] = []

    def value(self) -> Any:
        """Text, or an object of the children; children of one name become a list."""
        text = "".join(self.text)
        if not self.children:
            return text
        if text.strip():
            raise _Forbidden("chữ đứng cạnh phần tử con")
        fields: dict[str, Any] = {}
        times: dict[str, int] = {}
        for name, value in self.children:
            times[name] = times.get(name, 0) + 1
            if times[name] == 1:
                fields[name] = value
            elif times[name] == 2:
                fields[name] = [fields[name], value]
            else:
                fields[name].append(value)
        return fields


class _Reader:
    def __init__(self) -> None:
        self.open: list[_Element] = []
        self.root: tuple[str, Any] | None = None
        self.elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if len(self.open) >= DEEPEST or self.elements > MOST_ELEMENTS:
            raise _Forbidden("quá nhiều phần tử hoặc lồng quá sâu")
        if any(not attribute.startswith(_XSI + _SPACE) for attribute in attributes):
            raise _Forbidden("thuộc tính; hãy dùng phần tử con")
        self.open.append(_Element(name.rpartition(_SPACE)[2]))

    def end(self, _name: str) -> None:
        element = self.open.pop()
        value = element.value()
        if self.open:
            self.open[-1].children.append((element.name, value))
        else:
            self.root = (element.name, value)

    def text(self, data: str) -> None:
        self.open[-1].text.append(data)


def _refuse(what: str) -> Any:
    def handler(*_arguments: Any) -> None:
        raise _Forbidden(what)

    return handler


def _declared(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        raise _Forbidden("bảng mã khác UTF-8 và UTF-16")


def read_xml(body: bytes) -> tuple[str, Any]:
    """Name and value of the root element. Raises Unreadable with line and column.

    Values are text or objects; elements of the same name beside each other are a list.
    """
    parser = expat.ParserCreate(namespace_separator=_SPACE)
    reader = _Reader()
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.XmlDeclHandler = _declared
    for name in (
        "StartDoctypeDeclHandler",
        "EntityDeclHandler",
        "UnparsedEntityDeclHandler",
        "ExternalEntityRefHandler",
        "SkippedEntityHandler",
        "NotationDeclHandler",
        "ElementDeclHandler",
        "AttlistDeclHandler",
    ):
        setattr(parser, name, _refuse("DTD hoặc thực thể"))
    try:
        parser.Parse(body, True)
    except _Forbidden as error:
        raise _unreadable("xml_forbidden", parser.CurrentLineNumber, parser.CurrentColumnNumber, str(error)) from None
    except expat.ExpatError as error:
        raise _unreadable("xml_unreadable", error.lineno, error.offset, expat.ErrorString(error.code)) from None
    except (LookupError, ValueError):
        raise _unreadable("xml_unreadable", parser.CurrentLineNumber, parser.CurrentColumnNumber, "encoding") from None
    assert reader.root is not None
    return reader.root


def _unreadable(code: str, line: int, column: int, why: str) -> Unreadable:
    return Unreadable(
        f"The XML cannot be taken at line {line}, column {column + 1}: {why}.",
        code=code,
        hint="Send elements and text only, in UTF-8 or UTF-16, without DTD.",
    )


def listed(value: Any) -> list[Any]:
    """The elements of a list field: those inside its one container element, or the field's own repetitions."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [one for inner in value.values() for one in (inner if isinstance(inner, list) else [inner])]
    return [] if not value or not str(value).strip() else [value]


def sheet_of(value: Any) -> Any:
    """A sheet read from XML with its answers as a list; blank text is no object."""
    if not isinstance(value, dict):
        return {} if isinstance(value, str) and not value.strip() else value
    answers = value.get("DanhSachTraLoi")
    if answers is None:
        return value
    flat = isinstance(answers, dict) and "MaCauHoi" in answers
    return {**value, "DanhSachTraLoi": [answers] if flat else listed(answers)}


def write_xml(name: str, value: Any) -> bytes:
    """A value of JSON kinds as XML in UTF-8; elements of lists are called `Muc`, null is an empty element."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>']
    _write(name, value, parts)
    return "".join(parts).encode("utf-8", "replace")


def _write(name: str, value: Any, parts: list[str]) -> None:
    parts.append(f"<{name}>")
    if isinstance(value, dict):
        for key, inner in value.items():
            _write(key, inner, parts)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _write("Muc", inner, parts)
    elif isinstance(value, bool):
        parts.append("true" if value else "false")
    elif value is not None:
        parts.append(escape("".join(mark if _legal(mark) else "\ufffd" for mark in str(value))))
    parts.append(f"</{name}>")


def _legal(mark: str) -> bool:
    """Whether XML 1.0 allows the character (section 2.2)."""
    return mark in "\t\n\r" or (mark >= "\x20" and not "\ud800" <= mark <= "\udfff" and mark not in "\ufffe\uffff")

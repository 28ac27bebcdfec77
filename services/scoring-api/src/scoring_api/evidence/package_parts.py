"""Reads the XML parts that say what an office document is: as XML, since text that only looks like tags can be made to lie."""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat

Attributes = dict[str, str]


def each_element(part: bytes, meet: Callable[[str, Attributes], None]) -> None:
    """Calls `meet` with local name and attributes (by local name) of every element, in document order.

    Raises ValueError for what is no XML, has a DTD (and with it entities), or is in another encoding than UTF-8, which
    offices write and anything else only hides behind.
    """

    def begun(name: str, attributes: Attributes) -> None:
        meet(_local(name), {_local(key): value for key, value in attributes.items()})

    def refused(*_: object) -> None:
        raise ValueError("a DTD")

    if b"\0" in part:
        # expat follows the byte order mark of UTF-16 whatever it is told.
        raise ValueError("another encoding")
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = begun, refused
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise ValueError(f"no XML: {expat.ErrorString(error.code)}") from None


def _local(name: str) -> str:
    return name.rpartition(":")[2]

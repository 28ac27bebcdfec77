"""YAML without surprises for versioned data: what a reader would take for text, number or date is what the program gets.

Plain YAML reads `NO` as false, `0.35` as a float, `1.10` as 1.1, `12:30` as 750 and keeps the last of two equal keys.
Here each of these is a finding with file, line, node and what was expected, and all findings of a file come at once.
Integers are int, decimals are Decimal, `2025-07-01` is a date, `true` / `false` / `null` are what they say; everything
else that is not quoted is text, in NFC. No anchors, no tags, no tabs.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import yaml

from parindex.errors import Finding, Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

Path = tuple[str | int, ...]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,29})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+(\.[0-9]*)?")
_OTHER_NUMBER = re.compile(r"[-+.]*[0-9][^\s]*")
_OTHER_TRUTH = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
MOST_NODES = 60_000
"""Values and keys of a file: reading takes seconds for what nobody has written by hand."""
FAULTY = object()
"""Stands for a value whose fault is noted already, so that readers do not complain about it again."""

_PLAIN_TAGS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands: line (1-based), the scalar as written, and whether it was quoted."""

    line: int
    written: str
    quoted: bool


@dataclass(slots=True)
class StrictDocument:
    """A file as read: plain values, where each stands, and what was found wrong so far."""

    file: str
    value: Any
    places: dict[Path, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    """Worth knowing, refused by nobody."""
    names: dict[Path, str] = field(default_factory=dict)
    """What a reader calls a node in messages instead of its place, for example by its code."""

    def fault(self, path: Path, code: str, message: str, hint: str = "", *, line: int | None = None) -> None:
        """Notes one finding at a node; the reader goes on."""
        self.findings.append(Finding(code, self._at(path, line), f"{self._name(path)}: {message}", hint))

    def warn(self, path: Path, code: str, message: str, hint: str = "") -> None:
        """Notes something worth knowing at a node; the document stays acceptable."""
        self.warnings.append(Finding(code, self._at(path, None), f"{self._name(path)}: {message}", hint))

    def meaning(self, value: Any, kind: type) -> Any:
        """The value a field of that kind has: as read, because a YAML file says numbers and days by itself."""
        del kind
        return value

    def text(self, path: Path, written: str, *, line: int | None = None) -> Any:
        """Text in NFC; a finding and FAULTY for characters that no reader sees and no database keeps."""
        if _UNSEEN.search(written):
            self.fault(path, "unseen_character", "contains a control character.", "Write readable text.", line=line)
            return FAULTY
        return unicodedata.normalize("NFC", written)

    def _at(self, path: Path, line: int | None) -> str:
        at = line or next(
            (self.places[path[:length]].line for length in range(len(path), -1, -1) if path[:length] in self.places), 1
        )
        return f"{self.file}:{at}"

    def _name(self, path: Path) -> str:
        for length in range(len(path), 0, -1):
            if called := self.names.get(path[:length]):
                return node_name((called, *path[length:]))
        return node_name(path)

    def _in_order(self) -> list[Finding]:
        return sorted(self.findings, key=lambda finding: int(finding.field.rpartition(":")[2]))

    def refuse_faults(self) -> None:
        """Raises Invalid with every finding of the file, in the order of lines; does nothing when there is none."""
        if self.findings:
            found = self._in_order()
            raise Invalid(
                f"{self.file} has {len(found)} fault(s), the first at {found[0].field}: {found[0].message}",
                code="data_file_invalid",
                hint="Correct every line named and load the file again.",
                findings=found,
            )


def node_name(path: Sequence[str | int]) -> str:
    """Name of a node in messages: `items[3].scale`, or `the file` for the root."""
    name = ""
    for step in path:
        name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else step
    return name or "the file"


def read_strict(text: str, file: str) -> StrictDocument:
    """The document in `text`; `file` is its name in messages. Raises nothing: faults stand in `findings`."""
    document = StrictDocument(file, None)
    for number, line in enumerate(text.splitlines(), 1):
        if "\t" in line:
            document.fault((), "tab", "a tab, whose width YAML does not know.", "Write spaces.", line=number)
    try:
        root = _composed(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        stop = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        if not any(finding.field == f"{file}:{stop}" for finding in document.findings):
            document.fault(
                (), "yaml_unreadable", f"cannot be read as YAML: {problem}.", "Expected one YAML document.", line=stop
            )
        return document
    except _TooManyNodes:
        document.fault(
            (),
            "yaml_too_large",
            f"has more than {MOST_NODES:,} values and keys.",
            "The largest shipped file has a tenth.",
        )
        return document
    except RecursionError:
        document.fault((), "yaml_unreadable", "is nested too deeply to be read.", "Expected a few levels.")
        return document
    if root is None:
        document.fault((), "yaml_empty", "is empty.", "Expected a mapping of keys to values.")
        return document
    document.value = _value(root, (), document, set())
    if not isinstance(document.value, dict):
        document.fault((), "wrong_kind", "is not a mapping.", "Expected keys with values at the top.")
    return document


class _TooManyNodes(Exception):
    pass


class _PlainLoader(yaml.SafeLoader):
    """Scalars keep the text they were written with: `_scalar` gives them meaning. Counts what it makes."""

    left = MOST_NODES

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """One node more, while there may be more."""
        self.left -= 1
        if self.left < 0:
            raise _TooManyNodes
        node: yaml.Node | None = super().compose_node(parent, index)
        return node

    yaml_implicit_resolvers = {}  # noqa: RUF012  (PyYAML's own class attribute)


def _composed(text: str) -> yaml.Node | None:
    loader = _PlainLoader(text)
    try:
        root: yaml.Node | None = loader.get_single_node()
    finally:
        loader.dispose()
    return root


def _value(node: yaml.Node, path: Path, document: StrictDocument, seen: set[int]) -> Any:
    line = node.start_mark.line + 1
    quoted = isinstance(node, yaml.ScalarNode) and node.style is not None
    document.places[path] = Place(line, node.value if isinstance(node, yaml.ScalarNode) else "", quoted)
    if id(node) in seen:
        document.fault(
            path, "alias", "is an alias of another node.", "Write the value out: each place says what it means."
        )
        return FAULTY
    seen.add(id(node))
    if node.tag not in _PLAIN_TAGS:
        document.fault(path, "tag", f"carries the tag {node.tag}.", "Write plain or quoted values without tags.")
        return FAULTY
    match node:
        case yaml.MappingNode():
            return _mapping(node, path, document, seen)
        case yaml.SequenceNode():
            return [_value(child, (*path, index), document, seen) for index, child in enumerate(node.value)]
        case yaml.ScalarNode():
            return _scalar(node, path, document)


def _mapping(node: yaml.MappingNode, path: Path, document: StrictDocument, seen: set[int]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            document.fault(path, "wrong_kind", "has a key that is not text.", line=line)
            continue
        key = unicodedata.normalize("NFC", key_node.value)
        if key_node.style is None and _OTHER_TRUTH.fullmatch(key):
            document.fault(
                (*path, key),
                "truth_word",
                f"the key {key} reads as a truth value elsewhere.",
                f'Write "{key}".',
                line=line,
            )
        if key in values:
            first = document.places[(*path, key)].line
            document.fault(
                (*path, key),
                "duplicate_key",
                f"the key {key} stands twice, on lines {first} and {line}.",
                "Keep one.",
                line=line,
            )
            continue
        values[key] = _value(value_node, (*path, key), document, seen)
        # A list below its key would otherwise be named by the line of its first entry.
        document.places[(*path, key)] = replace(document.places[(*path, key)], line=line)
    return values


def _scalar(node: yaml.ScalarNode, path: Path, document: StrictDocument) -> Any:
    written: str = node.value
    if node.style is not None:
        return document.text(path, written)
    match written:
        case "" | "~" | "null":
            return None
        case "true" | "false":
            return written == "true"
    if _INTEGER.fullmatch(written):
        return int(written)
    if _DECIMAL.fullmatch(written):
        return Decimal(written)
    if _DATE.fullmatch(written):
        try:
            return dt.date.fromisoformat(written)
        except ValueError:
            document.fault(path, "no_such_day", f"{written} is not a day of the calendar.", "Expected year-month-day.")
            return FAULTY
    if _LEADING_ZERO.fullmatch(written):
        document.fault(
            path,
            "leading_zero",
            f"{written} has a leading zero: a number loses it, older YAML reads it as octal.",
            f'If it is a code write "{written}", else drop the zero.',
        )
    elif _OTHER_TRUTH.fullmatch(written):
        document.fault(
            path,
            "truth_word",
            f"{written} without quotes reads as a truth value (or nothing) in plain YAML.",
            f'Write "{written}" for the word, or true / false / null.',
        )
    elif _OTHER_NUMBER.fullmatch(written):
        document.fault(
            path,
            "number_like",
            f"{written} looks like a number, a time or a version, but is none that is exact.",
            f'Write "{written}" if it is text, else digits with a point.',
        )
    return unicodedata.normalize("NFC", written)

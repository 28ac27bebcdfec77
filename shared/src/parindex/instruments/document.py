"""Questionnaire files: from strict YAML to the document that is stored, checked whole, every fault at once.

The document is plain JSON with everything written out (scales resolved, defaults filled), so that its digest does not
depend on comments, order of keys or spelling of defaults.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from parindex.instruments.fields import UNREAD, Fields
from parindex.instruments.strict_yaml import StrictDocument, read_strict

if TYPE_CHECKING:
    from collections.abc import Iterable

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SMALLINT = 32767
_LARGEST_VALUE = 30_000
"""Answers are smallint and software-filled ones are stored as -100 - value."""


def shipped() -> list[tuple[str, str]]:
    """The questionnaire files of this package: name and text, in alphabetical order."""
    folder = files("parindex.instruments") / "data"
    return sorted((entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def read_instrument(text: str, file: str) -> dict[str, Any]:
    """The document of a questionnaire file. Raises Invalid with every fault (file, line, node, expected)."""
    strict = read_strict(text, file)
    if not isinstance(strict.value, dict):
        strict.refuse_faults()
    document = _document(Fields.of(strict), strict)
    strict.refuse_faults()
    return document


def _document(top: Fields, strict: StrictDocument) -> dict[str, Any]:
    in_force = top.mapping("in_force")
    valid_from, valid_to = in_force.date("from"), in_force.optional_date("to")
    in_force.close()
    if valid_to is not None and valid_to <= valid_from:
        in_force.fault(
            "to",
            "empty_validity",
            f"{valid_to} is not after {valid_from}.",
            "Expected the day after the last day of use, or null.",
        )
    sources = top.mapping("sources")
    cited = {key: sources.text(key) for key in sources.names}
    scales = _scales(top.mapping("scales", optional=True))
    factors = [_titled(entry) for entry in top.entries("factors", optional=True)]
    _once(strict, ("factors",), [factor["code"] for factor in factors], "factor")
    rows = [_item(entry, scales, {factor["code"] for factor in factors}, cited) for entry in top.entries("items")]
    _once(strict, ("items",), [row["code"] for row in rows], "item")
    document = {
        "instrument": _code(top, "instrument"),
        "version": top.quoted_text("version"),
        "title_vi": top.text("title_vi"),
        "title_en": top.text("title_en"),
        "design": top.word("design", ("self_selected", "probability")),
        "dossier_required": top.word("dossier", ("required", "optional")) == "required",
        "valid_from": valid_from.isoformat(),
        "valid_to": valid_to.isoformat() if valid_to else None,
        "factors": factors,
        "items": rows,
    }
    top.close()
    _whole(top, document, sources, cited)
    return document


def _scales(fields: Fields) -> dict[str, list[dict[str, Any]]]:
    scales = {}
    for name in fields.names:
        options: list[dict[str, Any]] = []
        for level in fields.entries(name):
            value = level.integer("value")
            _storable(level, "value", value)
            options.append(
                {
                    "id": str(value),
                    "title_vi": level.text("title_vi"),
                    "title_en": level.text("title_en"),
                    "value": value,
                }
            )
            level.close()
        _once(fields.document, (*fields.path, name), [option["id"] for option in options], "level")
        scales[name] = options
    return scales


def _item(
    entry: Fields, scales: dict[str, list[dict[str, Any]]], factors: set[str], cited: dict[str, str]
) -> dict[str, Any]:
    row: dict[str, Any] = _titled(entry, close=False)
    kind = entry.word("kind", ("scale", "choice", "multi", "text"))
    options = _options(entry, kind, scales)
    values = {0, 1} if kind == "multi" else {option["value"] for option in options}
    favourable = sorted(set(entry.integers("favourable", optional=True)))
    for value in favourable:
        if values and value not in values:
            entry.fault(
                "favourable",
                "outside_scale",
                f"{value} is no value of the item.",
                f"Expected some of {', '.join(map(str, sorted(values)))}.",
            )
    satisfaction = entry.boolean("satisfaction", default=False)
    if satisfaction and (kind not in {"scale", UNREAD} or (options and (not favourable or set(favourable) >= values))):
        entry.fault(
            "satisfaction",
            "not_a_satisfaction_item",
            "only a scale with some favourable and some other values measures satisfaction.",
            "Expected kind: scale and favourable: [4, 5] or the like.",
        )
    factor = entry.optional_text("factor")
    if factor is not None and factor not in factors:
        entry.fault(
            "factor",
            "unknown_factor",
            f"{factor!r} is not declared.",
            f"Expected one of {', '.join(sorted(factors)) or 'the (missing) list factors'}.",
        )
    role = entry.word("role", ("overall",)) if entry.has("role") else entry.optional_text("role")
    if role == "overall" and kind not in {"scale", UNREAD}:
        entry.fault("role", "overall_without_scale", "the overall answer is given on a scale.", "Expected kind: scale.")
    source = entry.text("source")
    if source != UNREAD and source not in cited:
        entry.fault(
            "source",
            "unknown_source",
            f"{source!r} is not declared.",
            f"Expected a key of sources: {', '.join(sorted(cited))}.",
        )
    row |= {
        "kind": kind,
        "options": options,
        "factor": factor,
        "role": role,
        "favourable": favourable,
        "satisfaction": satisfaction,
        "answered_by": entry.word("answered_by", ("citizen", "unit", "preset"), "citizen"),
        "provenance": entry.word("provenance", ("sourced", "memory", "inferred")),
        "source": cited.get(source, source),
    }
    entry.close()
    return row


def _options(entry: Fields, kind: str, scales: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    if kind == "scale":
        name = entry.text("scale")
        if name != UNREAD and name not in scales:
            entry.fault(
                "scale",
                "unknown_scale",
                f"{name!r} is not declared.",
                f"Expected one of {', '.join(sorted(scales)) or 'the (missing) mapping scales'}.",
            )
        return scales.get(name, [])
    if kind not in {"choice", "multi"}:
        if kind != "text":
            entry.skip("scale", "options")
        return []
    options: list[dict[str, Any]] = []
    for option in entry.entries("options"):
        # The value of a choice is stored for good, so the file says it instead of counting places.
        value = option.integer("value") if kind == "choice" else 1
        _storable(option, "value", value)
        options.append(
            {
                "id": _code(option, "id"),
                "title_vi": option.text("title_vi"),
                "title_en": option.text("title_en"),
                "value": value,
            }
        )
        option.close()
    _once(entry.document, (*entry.path, "options"), [option["id"] for option in options], "option")
    if kind == "choice":
        _once(entry.document, (*entry.path, "options"), [str(option["value"]) for option in options], "value")
    return options


def _whole(top: Fields, document: dict[str, Any], sources: Fields, cited: dict[str, str]) -> None:
    rows = document["items"]
    overall = [row["code"] for row in rows if row["role"] == "overall"]
    if len(overall) > 1:
        top.fault(
            "items",
            "several_overall",
            f"{len(overall)} items have the role overall ({', '.join(overall)}).",
            "Expected one at most.",
        )
    for factor in document["factors"]:
        if factor["code"] not in {row["factor"] for row in rows}:
            top.fault(
                "factors",
                "unused_factor",
                f"no item belongs to the factor {factor['code']}.",
                "Expected at least one item with it, or no such factor.",
            )
    for key, text in cited.items():
        if text not in {row["source"] for row in rows}:
            sources.fault(
                key,
                "unused_source",
                "no item cites this source.",
                "Expected at least one item with it, or no such source.",
            )
    columns = sum({"multi": len(row["options"]), "text": 0}.get(row["kind"], 1) for row in rows)
    if columns > _SMALLINT:
        top.fault("items", "too_many_columns", f"{columns} answer columns.", f"Expected at most {_SMALLINT}.")
    if rows and not columns:
        top.fault(
            "items", "nothing_to_count", "no item can be counted.", "Expected at least one item that is not free text."
        )


def _titled(entry: Fields, *, close: bool = True) -> dict[str, Any]:
    row = {"code": _code(entry, "code"), "title_vi": entry.text("title_vi"), "title_en": entry.text("title_en")}
    if close:
        entry.close()
    return row


def _code(fields: Fields, key: str) -> str:
    code = fields.text(key)
    if code != UNREAD and not _CODE.fullmatch(code):
        fields.fault(
            key,
            "code_form",
            f"{code!r} is not a code.",
            "Expected 1-64 letters, digits, dots, dashes or underscores, beginning with a letter or digit.",
        )
    return code


def _storable(fields: Fields, key: str, value: int) -> None:
    if not 0 <= value <= _LARGEST_VALUE:
        fields.fault(key, "value_range", f"{value} cannot be stored as an answer.", f"Expected 0 to {_LARGEST_VALUE}.")


def _once(strict: StrictDocument, path: tuple[str | int, ...], codes: Iterable[str], what: str) -> None:
    seen: dict[str, int] = {}
    for index, code in enumerate(codes):
        if code in seen and code != UNREAD:
            strict.fault(
                (*path, index),
                "duplicate_code",
                f"the {what} {code!r} stands twice ({seen[code] + 1}. and {index + 1}. entry).",
                "Keep one.",
            )
        seen.setdefault(code, index)

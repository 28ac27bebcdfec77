"""Tries a computation: a framework, a block and inputs of units in; score documents, ranks and what is missing out.

Nothing is stored. The engine runs in a thread, within limits that keep one request from holding up the others.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parindex.engine import composite, composite_document
from parindex.engine.criteria import Framework
from parindex.engine.index_table import index_table
from parindex.engine.inputs import Inputs
from parindex.engine.period import Kind, Period
from parindex.engine.read_inputs import read_for
from parindex.engine.score import Plan, compile_framework
from parindex.engine.score_document import document as score_document
from parindex.errors import Finding, Invalid, TooLarge
from parindex.frameworks.criteria_catalogue import CriteriaCatalogue
from parindex.frameworks.criteria_file import FrameworkFile
from parindex.register.framework_received import received_json

MOST_SCORED = 20_000
"""Units x components of one computation."""
MOST_FINDINGS = 500
_LONGEST_UNIT = 64
_PERIOD_WORDS: Mapping[Kind, str] = {"month": "month", "quarter": "quarter", "half": "half_year", "year": "year"}
_KEYS = frozenset({"framework", "version", "period", "document", "block", "units"})
_FORM = '{"framework": ..., "version": ... or "period": ...} or {"document": ...}, with "block" and "units"'


@dataclass(frozen=True, slots=True)
class Computation:
    """A framework, a block and read inputs of named units (in the order of their names), as somebody sent them."""

    file: FrameworkFile
    plan: Plan
    inputs: Mapping[str, Inputs]


def read_computation(body: Any, catalogue: CriteriaCatalogue) -> Computation:
    """What a computation is of, see docs/design.md "Computations".

    Raises Invalid with every finding (field `units.<name>....`), NotFound for an unknown framework, TooLarge.
    """
    if not isinstance(body, dict) or (unknown := sorted(body.keys() - _KEYS)):
        named = f"unknown: {', '.join(unknown)[:200]}" if isinstance(body, dict) else "no object"
        raise Invalid(
            f"The computation has another form ({named}).", code="computation_form", hint=f"Expected {_FORM}."
        )
    file = _framework(body, catalogue)
    plan = compile_framework(file.framework, _text(body, "block"))
    units = _units(body.get("units"), plan)
    inputs, findings = {}, []
    for name, given in units.items():
        try:
            inputs[name] = read_for(plan, given)
        except Invalid as invalid:
            findings += [
                Finding(one.code, f"units.{name}.{one.field.removeprefix('inputs.')}", one.message, one.hint)
                for one in invalid.findings
            ]
    if findings:
        raise Invalid(
            f"{len(findings)} input(s) cannot be used, the first: {findings[0].field}: {findings[0].message}",
            code="inputs_invalid",
            hint="Correct each finding and send the computation again; nothing was computed.",
            findings=findings[:MOST_FINDINGS],
        )
    return Computation(file, plan, inputs)


def compute(body: Any, catalogue: CriteriaCatalogue) -> dict[str, Any]:
    """The answer to a computation. Raises as `read_computation`."""
    read = read_computation(body, catalogue)
    documents = {
        name: score_document(read.plan, read.plan.score(given, unit=name), given) for name, given in read.inputs.items()
    }
    return _answer(read.file, read.plan.block, documents)


def compute_composite(body: Any) -> dict[str, Any]:
    """A composite index of units: {"composite": its document, "inputs": {unit: {leaf: figure}}}. Raises Invalid, TooLarge."""
    if not isinstance(body, dict) or body.keys() != {"composite", "inputs"}:
        raise Invalid(
            "The computation has another form.",
            code="computation_form",
            hint='Expected {"composite": {...}, "inputs": {unit: {leaf: figure}}}.',
        )
    read = composite_document.read_composite(body["composite"])
    leaves = len(read.indicators())
    if isinstance(body["inputs"], dict) and len(body["inputs"]) * leaves > MOST_SCORED:
        raise _too_large(len(body["inputs"]), leaves)
    return composite.compute(read, composite_document.read_inputs(body["inputs"], read)).as_json()


def _framework(body: Mapping[str, Any], catalogue: CriteriaCatalogue) -> FrameworkFile:
    if "document" in body:
        if given := sorted(body.keys() & {"framework", "version", "period"}):
            raise Invalid(
                f"A document is given, and {', '.join(given)} too.", code="computation_form", hint=f"Expected {_FORM}."
            )
        received = received_json(body["document"], "document")
        if received.file is None:
            raise Invalid(
                f"The document has {len(received.faults)} fault(s), the first: {received.faults[0].message}",
                code="framework_invalid",
                hint="Correct every field named, or validate it at POST /v1/frameworks/validate.",
                findings=list(received.faults),
            )
        return received.file
    code = _text(body, "framework")
    if ("version" in body) == ("period" in body):
        raise Invalid("Expected a version or a period.", code="computation_form", hint=f"Expected {_FORM}.")
    if "version" in body:
        return catalogue.get(code, _text(body, "version"))
    period = Period.parse(_text(body, "period"))
    file = catalogue.on(code, period.last)
    if _PERIOD_WORDS[period.kind] not in file.periods:
        raise Invalid(
            f"{file.name} is not assessed by the {period.kind} ({period.code}).",
            code="period_not_assessed",
            hint=f"Its periods: {', '.join(file.periods)}.",
        )
    return file


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str):
        raise Invalid(f"{key} is {str(value)[:60]!r}.", code="computation_form", hint=f"Expected text. {_FORM}.")
    return value


def _units(value: Any, plan: Plan) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise Invalid(
            "units is no object with at least one unit.",
            code="computation_form",
            hint='Expected {"units": {"Sở Nội vụ": {component: input}}}.',
        )
    if len(value) * len(plan.scorers) > MOST_SCORED:
        raise _too_large(len(value), len(plan.scorers))
    units: dict[str, Any] = {}
    findings = []
    for given, inputs in value.items():
        name = unicodedata.normalize("NFC", given).strip()
        if not name or len(name) > _LONGEST_UNIT or not name.isprintable():
            findings.append(
                Finding("unit_name", "units", f"{given[:80]!r} names no unit.", "Expected 1 to 64 letters.")
            )
        elif name in units:
            findings.append(Finding("unit_twice", f"units.{name}", "stands twice in two spellings.", "Keep one."))
        else:
            units[name] = inputs
    if findings:
        raise Invalid(findings[0].message, code="units_invalid", findings=findings[:MOST_FINDINGS])
    return dict(sorted(units.items()))


def _too_large(units: int, components: int) -> TooLarge:
    return TooLarge(
        f"{units} units x {components} components are more than {MOST_SCORED:,}.",
        code="computation_too_large",
        hint="Send fewer units at once.",
    )


def _answer(file: FrameworkFile, block: str, documents: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    framework: Framework = file.framework
    names = list(documents)
    table = index_table(framework, {number: documents[name] for number, name in enumerate(names)})
    rows = []
    for row in table["rows"]:
        name = names[row.pop("unit_id")]
        rows.append({"unit": name, **row, "score": documents[name]})
    return {
        **{key: value for key, value in table.items() if key != "rows"},
        "block": block,
        "status": file.status,
        "status_note_vi": file.document["status_note_vi"],
        "status_note_en": file.document["status_note_en"],
        "units": rows,
    }

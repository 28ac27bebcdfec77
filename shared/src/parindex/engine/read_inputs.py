"""Reads inputs of components from JSON, after docs/design.md "Inputs of one component", with every fault at once. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

from parindex.engine import inputs as given
from parindex.engine.criteria import Framework, Node
from parindex.engine.input_forms import Faults, Forms, read_form
from parindex.engine.leaf import Scorer, compile_node, fault_finding, said
from parindex.engine.rules import Unusable
from parindex.engine.score import Plan, Scored, compile_framework
from parindex.errors import Finding, Invalid

_MOST_STRANGERS = 50
"""Unknown components of one unit that are named each by itself."""


def read_inputs(framework: Framework, block: str, mapping: Any) -> dict[str, given.Given]:
    """The inputs of one unit of a block: component code -> input JSON. null is missing, as if it were left out.

    Raises Invalid with a finding for each fault: unknown component, wrong shape for its rule, a value the rule cannot use.
    """
    return read_for(compile_framework(framework, block), mapping)


def read_for(plan: Plan, mapping: Any) -> dict[str, given.Given]:
    """As `read_inputs`, for many units of one compiled plan."""
    if not isinstance(mapping, Mapping):
        fault = Finding(
            "inputs_shape", "inputs", f"Inputs are {said(mapping)}; expected an object of component code -> input."
        )
        raise Invalid(fault.message, code=fault.code, findings=[fault])
    read: dict[str, given.Given] = {}
    findings: list[Finding] = []
    forms = _forms_of(plan)
    known = mapping.keys() <= plan.scorers.keys()
    strangers = [] if known else [code for code in mapping if code not in plan.scorers]
    findings += [plan.stranger(code) for code in strangers[:_MOST_STRANGERS]]
    if len(strangers) > _MOST_STRANGERS:
        more = (
            f"{len(strangers) - _MOST_STRANGERS} more are no components of {plan.framework.name}, block {plan.block!r}."
        )
        findings.append(Finding("component_unknown", "inputs", more, "Use the codes of the framework's components."))
    for code, value in mapping.items():
        scorer = plan.scorers.get(code)
        if scorer is not None and value is not None:
            try:
                read[code] = _read_with(scorer, value, forms[code])
            except Invalid as fault:
                findings += fault.findings
    if findings:
        raise Invalid(
            f"{len(findings)} input(s) for {plan.framework.name}, block {plan.block!r}, cannot be used.",
            code="inputs_invalid",
            hint="Correct each finding and send the inputs again; nothing was computed.",
            findings=findings,
        )
    return read


def score_json(plan: Plan, mapping: Any, *, unit: str = "") -> Scored:
    """`plan.score(read_for(plan, mapping))` with one look at every input: its rule is asked when it is scored.

    Raises Invalid with the findings of `read_for`.
    """
    forms = _forms_of(plan)
    if isinstance(mapping, Mapping) and mapping.keys() <= forms.keys():
        with suppress(Faults, Unusable, Invalid):
            read = {code: read_form(forms[code], value) for code, value in mapping.items() if value is not None}
            return plan.score(read, unit=unit)
    # Something is wrong: the reader that asks every rule in turn finds all of it.
    return plan.score(read_for(plan, mapping), unit=unit)


def read_input(node: Node, value: Any, *, digits: int | None = None) -> given.Given:
    """The input of one component (or an imported score of a branch).

    `digits`: decimals that points given by hand may have (those of the framework); None = any. Raises Invalid with all
    findings; their field is `inputs.<component>.<key>`.
    """
    return _read_with(compile_node(node, digits=digits), value)


@lru_cache(maxsize=64)
def _forms_of(plan: Plan) -> dict[str, Forms]:
    """The forms that the input of each component may have."""
    return {code: Forms(scorer.node) for code, scorer in plan.scorers.items()}


def _read_with(scorer: Scorer, value: Any, forms: Forms | None = None) -> given.Given:
    node = scorer.node
    faults: list[Unusable] = []
    try:
        read = read_form(forms or Forms(node), value)
        scorer.outcome(read)
    except Faults as several:
        faults = several.faults
    except Unusable as fault:
        faults = [fault]
    else:
        return read
    findings = [fault_finding(node, value, fault) for fault in faults]
    raise Invalid(findings[0].message, code=findings[0].code, hint=findings[0].hint, findings=findings)

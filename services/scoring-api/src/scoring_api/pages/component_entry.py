"""What a form says on a component, and what is wrong with it at the fields that it is about."""

from __future__ import annotations

from typing import Any

from parindex.engine.criteria import Node
from parindex.errors import Finding, Invalid, ParindexError
from scoring_api.pages.component_inputs import form_of, read_input_form
from scoring_api.pages.forms import Form
from scoring_api.pages.vietnamese import sentence_vi
from scoring_api.rounds.spoken import Entry


def read_entry(node: Node, form: Form) -> Entry:
    """What the form says; faults are noted at its fields."""
    value: Any = read_input_form(node, form)
    seen = form.whole("expected_event_no", needed=False)
    return Entry(value, form.words("note"), form.words("late_reason") or None, seen)


def at_field(fault: ParindexError, field: str) -> ParindexError:
    """The same fault with its words at a field of the form."""
    found = [Finding("field", field, one.message, one.hint) for one in fault.findings] or [
        Finding("field", field, fault.message, fault.hint)
    ]
    return _again(fault, found)


def at_input(node: Node, fault: ParindexError) -> ParindexError:
    """Findings of the rule at the fields that they are about."""
    prefix = f"inputs.{node.code}"
    wanted = form_of(node)
    ticks = {"checklist": "ticked", "events": "events"}.get(wanted.ticks_are, "chosen")
    first = wanted.fields[0].name if wanted.fields else ticks
    found = [
        Finding("field", one.field.removeprefix(prefix).lstrip(".") or first, sentence_vi(one), one.hint)
        if one.field.startswith(prefix)
        else one
        for one in fault.findings
    ]
    return _again(fault, found)


def _again(fault: ParindexError, findings: list[Finding]) -> ParindexError:
    again = type(fault)(fault.message, code=fault.code, hint=fault.hint, findings=findings)
    return again if isinstance(again, ParindexError) else Invalid(fault.message)

"""Worked cases: inputs with the figures that a framework must give for them, written beside each version.

They are how somebody who reads no program checks a framework, and what keeps a new version from meaning something else
than its decision. Figures are compared exactly, never within a tolerance.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from typing import Any

from parindex.engine import inputs as given
from parindex.engine.criteria import Checklist, Choice, Deduct, Framework, Node, Step, Steps
from parindex.engine.read_inputs import read_for
from parindex.engine.score import Plan, compile_framework
from parindex.engine.score_document import document as score_document
from parindex.errors import Finding, Invalid
from parindex.frameworks.criteria_file import FrameworkFile
from parindex.frameworks.criteria_tree import EXPECTED_WORDS
from parindex.instruments.fields import Fields
from parindex.instruments.strict_yaml import read_strict


@dataclass(frozen=True, slots=True)
class WorkedCase:
    """One case of a file: a unit's inputs as JSON, and what must come out."""

    name: str
    place: str
    """File and line, for messages."""
    block: str
    inputs: Mapping[str, Any]
    expect: Mapping[str, Any]
    """Node code -> points (null: none), and figures of the whole by the words of the score document."""


@dataclass(frozen=True, slots=True)
class CaseReport:
    """What the cases of a version say."""

    cases: tuple[WorkedCase, ...]
    wrong: tuple[Finding, ...]
    """Cases that give other figures than expected, or whose inputs cannot be used."""
    unreached: tuple[Finding, ...]
    """Options, events, steps and grades that no case reaches: a fault of an official version, a warning for others."""


def shipped_cases(framework: Framework) -> tuple[str, str] | None:
    """Name and text of the cases shipped beside a version; None where there are none."""
    entry = files("parindex.frameworks") / "indices" / framework.code / "cases" / f"{framework.version}.yaml"
    return (f"{framework.code}/cases/{framework.version}.yaml", entry.read_text("utf-8")) if entry.is_file() else None


def check_cases(version: FrameworkFile, text: str, file: str) -> CaseReport:
    """Runs the cases of a file against a version. Raises Invalid for a file that cannot be read; may run any number of times."""
    cases = read_cases(text, file, version.framework)
    plans: dict[str, Plan] = {}
    wrong: list[Finding] = []
    reached = _Reached(version.framework)
    for case in cases:
        plan = plans.setdefault(case.block, compile_framework(version.framework, case.block))
        wrong += _run(plan, case, reached)
    return CaseReport(tuple(cases), tuple(wrong), tuple(reached.left(file)))


def run_case(framework: Framework, case: WorkedCase) -> list[Finding]:
    """The findings of one case: each figure that is not the expected one."""
    return _run(compile_framework(framework, case.block), case, None)


def read_cases(text: str, file: str, framework: Framework) -> list[WorkedCase]:
    """The cases of a file. Raises Invalid with every fault: unknown blocks, components, words."""
    strict = read_strict(text, file)
    if not isinstance(strict.value, dict):
        strict.refuse_faults()
    top = Fields.of(strict)
    codes = {node.code for node in framework.walk()}
    cases = []
    for entry in top.entries("cases"):
        name, block = entry.text("name"), entry.word("block", framework.blocks)
        inputs, expect = entry.mapping("inputs"), entry.mapping("expect")
        _known(inputs, codes, "component")
        _known(expect, codes | EXPECTED_WORDS, "node or figure")
        entry.close()
        line = strict.places[entry.path].line
        cases.append(WorkedCase(name, f"{file}:{line}", block, _plain(inputs.content), _plain(expect.content)))
    top.close()
    names = [case.name for case in cases]
    for index, name in enumerate(names):
        if name in names[:index]:
            strict.fault(("cases", index, "name"), "duplicate_case", f"{name!r} stands twice.", "Name each case once.")
    strict.refuse_faults()
    return cases


def _known(fields: Fields, codes: set[str] | frozenset[str], what: str) -> None:
    for name in fields.names:
        if name not in codes:
            fields.fault(name, "unknown_component", f"{name!r} is no {what} of the framework.", "Correct the code.")


def _plain(value: Any) -> Any:
    """A value of the file as JSON: exact numbers and days as text."""
    match value:
        case dict():
            return {key: _plain(child) for key, child in value.items()}
        case list():
            return [_plain(child) for child in value]
        case Decimal():
            return format(value, "f")
        case dt.date():
            return value.isoformat()
        case _:
            return value


def _run(plan: Plan, case: WorkedCase, reached: _Reached | None) -> list[Finding]:
    try:
        inputs = read_for(plan, case.inputs)
        result = score_document(plan, plan.score(inputs), inputs)
    except Invalid as error:
        return [
            Finding("case_unusable", case.place, f"{case.name}: {one.message}", one.hint)
            for one in (error.findings or [Finding(error.code, "", error.message, error.hint)])
        ]
    if reached is not None:
        reached.note(case.block, inputs, result)
    figures = {
        **{node["code"]: node["points"] for node in result["nodes"]},
        **{word: result[word] for word in EXPECTED_WORDS - {"grade", "missing"}},
        "grade": result["grade"]["label_vi"] if result["grade"] else None,
        "missing": sorted(one["code"] for one in result["missing"]),
    }
    return [
        Finding(
            "case_differs",
            case.place,
            f"{case.name}: {word} is {_said(figures.get(word))}, expected {_said(expected)}.",
            "Correct the case if the decision says so, else the framework.",
        )
        for word, expected in case.expect.items()
        if word not in figures or not _equal(figures[word], expected)
    ]


def _equal(figure: Any, expected: Any) -> bool:
    if isinstance(expected, list):
        return bool(figure == sorted(expected))
    try:
        return Decimal(figure) == Decimal(expected)
    except (ArithmeticError, TypeError, ValueError):
        return bool(figure == expected)


def _said(figure: Any) -> str:
    return "nothing" if figure is None else ", ".join(figure) or "none" if isinstance(figure, list) else str(figure)


class _Reached:
    """Which options, events, steps and grades the cases run so far have reached."""

    def __init__(self, framework: Framework) -> None:
        self.framework = framework
        self.leaves = {leaf.code: leaf for leaf in framework.leaves()}
        self.parts: set[tuple[str, Any]] = set()
        self.grades: set[tuple[str, str]] = set()

    def note(self, block: str, inputs: given.Inputs, result: Mapping[str, Any]) -> None:
        """Adds what one case reached."""
        for code, value in inputs.items():
            leaf = self.leaves.get(code)
            if leaf is not None and leaf.leaf is not None and value is not None:
                self.parts |= {(code, part) for part in _touched(leaf.leaf.rule, value)}
        if result["grade"]:
            scale = block if block in self.framework.grades else ""
            self.grades.add((scale, result["grade"]["label_vi"]))

    def left(self, file: str) -> Iterator[Finding]:
        """A finding for each part that no case reached, in the order of the decision."""
        for leaf in self.leaves.values():
            for part, words in _parts(leaf):
                if (leaf.code, part) not in self.parts:
                    yield _unreached(file, f"{leaf.code}: {words}")
        for scale, grades in self.framework.grades.items():
            for grade in grades:
                if (scale, grade.label_vi) not in self.grades:
                    yield _unreached(file, f"grade {grade.label_vi}" + (f" of block {scale}" if scale else ""))


def _parts(leaf: Node) -> Iterable[tuple[Any, str]]:
    match leaf.leaf.rule if leaf.leaf else None:
        case Checklist(options) | Choice(options):
            return [(option.id, f"option {option.id}") for option in options]
        case Deduct(events):
            return [(event.id, f"event {event.id}") for event in events]
        case Steps(_, steps):
            return [(step, f"step from {step.minimum or 'the lowest'} ({step.points} points)") for step in steps]
        case _:
            return []


def _touched(rule: Any, value: given.Given) -> Iterable[Any]:
    match rule, value:
        case Checklist(), given.Ticked():
            return value.options
        case Choice(), given.Chosen():
            return (value.option,)
        case Deduct(), given.Events():
            return tuple(event for event, count in value.events if count)
        case Steps(_, steps), given.Day(date=day):
            return tuple(step for step in steps if _in(step, day))
        case Steps(_, steps), given.Number(value=number):
            return tuple(step for step in steps if _in(step, Fraction(number)))
        case Steps(_, steps), given.Ratio() | given.Percent() if value.bottom:
            return tuple(step for step in steps if _in(step, Fraction(value.top, value.bottom)))
        case _:
            return ()


def _in(step: Step, value: Any) -> bool:
    low, high = (
        bound if bound is None or isinstance(bound, str) else Fraction(bound) for bound in (step.minimum, step.maximum)
    )
    return (low is None or value >= low) and (high is None or value < high)


def _unreached(file: str, words: str) -> Finding:
    return Finding(
        "case_missing",
        file,
        f"no worked case reaches {words}.",
        "Add a case with the figures the decision gives for it.",
    )

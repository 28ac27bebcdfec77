"""What a target or a what-if starts from: one unit's inputs and the others' figures, held still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from parindex.engine.inputs import Inputs
from parindex.engine.score import Plan
from parindex.engine.score_summary import ranked_figure
from parindex.errors import Finding, Invalid
from parindex.frameworks.criteria_catalogue import CriteriaCatalogue
from parindex.frameworks.criteria_file import FrameworkFile
from scoring_api.frameworks.compute import read_computation

_INT4 = 2_147_483_647
FORM = (
    '{"framework": ..., "version" or "period": ..., "block": ..., "units": {name: inputs}}, {"document": ..., "block": ..., "units": ...},'
    ' {"round": 1, "inputs": "final" or "latest"} or {"edition": 1, "authority": 0}'
)


@dataclass(frozen=True, slots=True)
class Base:
    """Where one starts. `names` of the other units; None where the reader may only know their figures."""

    kind: str
    """posted, round or edition."""
    file: FrameworkFile
    plan: Plan
    unit_id: int
    unit: str
    inputs: Inputs
    others: Mapping[int, Decimal]
    names: Mapping[int, str] | None
    standing: str
    """posted, provisional, final or published."""
    realm: str | None = None
    about: Mapping[str, int | str] = field(default_factory=dict)
    """Which round or edition, and in a round what the others are: provisional, final, published (of which edition) or none."""
    places: bool = True
    """False where there is no table that the reader may be placed in."""


def refused(message: str, where: str, hint: str = f"Expected {FORM}.") -> Invalid:
    """A request of another form."""
    finding = Finding("base_form", where, message, hint)
    return Invalid(message, code=finding.code, hint=hint, findings=[finding])


def posted_base(base: Mapping[str, Any], unit: Any, catalogue: CriteriaCatalogue) -> Base:
    """Units as they were posted; every one that is complete takes part in the ranking. Raises as `read_computation`."""
    read = read_computation(dict(base), catalogue)
    numbers = {name: number for number, name in enumerate(read.inputs, 1)}
    if not isinstance(unit, str) or unit.strip() not in numbers:
        raise refused(f"unit is {str(unit)[:60]!r}.", "unit", f"Expected one of {', '.join(list(numbers)[:20])}.")
    name = unit.strip()
    others = figures(read.plan, {numbers[one]: given for one, given in read.inputs.items() if one != name})
    names = {number: one for one, number in numbers.items()}
    return Base("posted", read.file, read.plan, numbers[name], name, read.inputs[name], others, names, "posted")


def number(value: Any) -> int | None:
    """A number of ours (round, edition, unit) as JSON carries it; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _INT4 else None


def figures(plan: Plan, inputs: Mapping[int, Inputs]) -> dict[int, Decimal]:
    """The published figure of every unit that has one."""
    found = {unit_id: ranked_figure(plan.score(given, unit=str(unit_id))) for unit_id, given in inputs.items()}
    return {unit_id: figure for unit_id, figure in found.items() if figure is not None}

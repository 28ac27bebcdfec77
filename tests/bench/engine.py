"""The pure engine against a naive float loop over the same synthetic tree in the same run.

CPU time of the best of several runs, for both: what else the machine does is no property of the engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from bench import trees
from bench.measures import Line
from parindex.engine.composite import compute
from parindex.engine.composite_document import read_composite
from parindex.engine.score import Plan, Scored, compile_framework
from parindex.engine.score_document import document

CASES = (("province", "34 provinces", 34, 100, 10, 40, 15), ("commune", "3,321 communes", 3321, 51, 500, 2000, 5))
"""Tree, what is printed, units, components, targets in ms (node table, explained), repetitions."""


def engine_lines() -> Iterator[Line]:
    """Index and node table, and the same with explanations, of the assessments that a year has; then a composite index."""
    for name, what, units, leaves, table_ms, explained_ms, times in CASES:
        framework = trees.synthetic(name, leaves)
        inputs = trees.synthetic_inputs(framework, units, seed=units)
        plan, tree, floats = (
            compile_framework(framework, "all"),
            trees.float_tree(framework),
            trees.float_inputs(inputs),
        )
        _agree(plan, inputs, tree, floats)
        title = f"synthetic, {what} x {leaves} components"

        def exact(plan: Plan = plan, inputs: list = inputs) -> None:
            for unit in inputs:
                _node_table(plan.score(unit))

        def explained(plan: Plan = plan, inputs: list = inputs) -> None:
            for unit in inputs:
                document(plan, plan.score(unit), unit)

        def naive(tree: list = tree, floats: list = floats) -> None:
            for unit in floats:
                trees.float_index(tree, unit)

        floor = _milliseconds(naive, times)
        yield _line(f"{title}: index and node table", _milliseconds(exact, times), floor, table_ms)
        yield _line(f"{title}: with explanations", _milliseconds(explained, times), floor, explained_ms)
    composite = read_composite(trees.composite_document(51))
    figures = dict(trees.composite_inputs(51, 3321, seed=3))
    measured = _milliseconds(lambda: compute(composite, figures), 1)
    yield _line("synthetic, composite of 3,321 units x 51 figures, geometric", measured, floor, None)


def _node_table(scored: Scored) -> list[tuple[int, int]]:
    """Published points and maximum of every node, in units of the plan."""
    published = scored.published
    return [
        (0 if value is None else published(value), of) for value, of in zip(scored.values, scored.maxima, strict=True)
    ]


def _agree(plan: Plan, inputs: list, tree: list, floats: list) -> None:
    """The floor computes the same thing: within what floats and their half-even rounding can do."""
    for unit, plain in zip(inputs[:100], floats[:100], strict=False):
        scored = plan.score(unit)
        index, table = trees.float_index(tree, plain)
        if scored.index is None or abs(float(scored.index) - index) > 0.1:
            raise RuntimeError(f"the naive loop gives {index}, the engine {scored.index}")
        for placed, (points, of) in zip(plan.nodes, _node_table(scored), strict=True):
            naive_points, naive_of = table[placed.node.code]
            if abs(points / plan.unit - naive_points) > 0.3 or abs(of / plan.unit - naive_of) > 1e-6:
                raise RuntimeError(f"{placed.node.code}: naive {naive_points}/{naive_of}, engine {points}/{of}")


def _milliseconds(run: Callable[[], object], times: int) -> float:
    run()
    taken = []
    for _ in range(times):
        began = time.process_time()
        run()
        taken.append(1000 * (time.process_time() - began))
    return min(taken)


def _line(what: str, measured: float, floor: float, target: float | None) -> Line:
    return Line(
        what,
        f"{measured:,.1f} ms CPU",
        f"{floor:,.1f} ms (naive float loop)",
        measured / floor,
        "shown" if target is None else f"<= {target:,} ms",
        None if target is None else measured <= target,
    )

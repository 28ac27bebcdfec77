"""Scoring on random trees of all rule kinds: agreement with a second implementation, and laws that always hold."""

import random
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from parindex.engine.digest import sha256
from parindex.engine.inputs import input_digest, input_json
from parindex.engine.read_inputs import read_inputs
from parindex.engine.score import compile_framework
from parindex.engine.score_document import document
from parindex.engine.score_summary import contributions, counts, fields, not_reached
from support.naive_index import half_up, naive_index
from support.trees import better, branch, framework, scored_units


def scored(built, given):
    read = read_inputs(built, "all", given)
    plan = compile_framework(built, "all")
    return plan, plan.score(read), read


@given(scored_units())
def test_a_naive_second_implementation_in_fractions_agrees(unit):
    built, given = unit
    plan, one, _ = scored(built, given)
    index, points, maximum, missing = naive_index(built, "all", given)
    assert one.index == index if index is None else Fraction(one.index) == index
    assert Fraction(one.points, plan.unit) == points
    assert Fraction(one.maximum, plan.unit) == maximum
    assert sorted(plan.nodes[place].node.code for place in one.missing) == sorted(missing)


@given(scored_units(), st.data())
def test_a_better_input_never_lowers_the_index(unit, data):
    built, given = unit
    plan, before, _ = scored(built, given)
    leaves = [node for node in built.leaves("all") if node.code in given]
    if not leaves:
        return
    node = data.draw(st.sampled_from(leaves))
    improved = better(node, given[node.code])
    if improved is None:
        return
    _, after, _ = scored(built, {**given, node.code: improved})
    sign = -1 if plan.section(plan.nodes[plan.places[node.code]]) == "penalty" else 1
    assert (after.points - before.points) * sign >= 0
    assert after.maximum == before.maximum
    if before.index is not None:
        assert (after.index - before.index) * sign >= 0


@given(scored_units(), st.randoms(use_true_random=False))
def test_the_order_of_children_and_of_inputs_changes_no_figure(unit, chance):
    built, given = unit

    def shuffled(node):
        children = [shuffled(child) for child in node.children]
        chance.shuffle(children)
        return node if node.leaf else branch_like(node, children)

    roots = [shuffled(root) for root in built.roots]
    chance.shuffle(roots)
    other = framework(
        *roots,
        digits=built.digits,
        at=built.rounding_at,
        index_digits=built.index_digits,
        blocks=built.blocks,
        views=built.views,
    )
    pairs = list(given.items())
    chance.shuffle(pairs)
    plan, one, read = scored(built, given)
    other_plan, another, other_read = scored(other, dict(pairs))
    ours, theirs = document(plan, one, read), document(other_plan, another, other_read)
    for row in (ours, theirs):
        row["nodes"].sort(key=lambda node: node["code"])
        row["fields"].sort(key=lambda node: node["code"])
        row["not_reached"].sort(key=lambda node: node["code"])
        row["missing"].sort(key=lambda node: node["code"])
    assert ours == theirs


def branch_like(node, children):
    return branch(node.code, children, maximum=node.maximum, section=node.section, inferred_split=node.inferred_split)


@given(scored_units(), st.integers())
def test_shuffled_input_gives_the_same_digest(unit, seed):
    built, given = unit
    pairs = list(given.items())
    random.Random(seed).shuffle(pairs)
    plan, one, read = scored(built, given)
    _, another, other = scored(built, {code: dict(reversed(list(value.items()))) for code, value in pairs})
    assert input_digest(read) == input_digest(other)
    assert sha256(document(plan, one, read)) == sha256(document(plan, another, other))


@given(scored_units(sections=False))
def test_contributions_sum_to_the_total(unit):
    built, given = unit
    plan, one, _ = scored(built, given)
    parts = contributions(one)
    if built.rounding_at == "criterion":
        rounded = {}
        for code, points in parts.items():
            placed = plan.nodes[plan.places[code]]
            while placed.depth > 1:
                placed = plan.nodes[placed.parent]
            # An imported field stands for its criteria; it has the framework's digits already.
            rounded[placed.index] = rounded.get(placed.index, 0) + points
        total = sum(half_up(points, built.digits) for points in rounded.values())
    else:
        total = half_up(sum(parts.values()), built.digits)
    assert Fraction(one.points, plan.unit) == total


@given(scored_units(sections=False, complete=True))
def test_without_bonus_and_penalty_the_index_lies_between_0_and_100(unit):
    plan, one, _ = scored(*unit)
    if one.maximum == 0:
        assert one.index is None
    elif plan.step == 1:
        assert 0 <= one.index <= 100


@given(scored_units())
def test_fields_add_up_and_counts_balance(unit):
    built, given = unit
    plan, one, read = scored(built, given)
    parts = fields(one)
    assert sum(part.maximum for part in parts) == one.maximum
    if built.rounding_at != "total":
        assert sum(part.value for part in parts) == one.main * one.over
    counted = counts(one)
    kinds = ("scored", "no_data", "not_applicable", "missing", "imported")
    assert counted["leaves"] == sum(counted[kind] for kind in kinds)
    assert counted["at_maximum"] + counted["not_at_maximum"] == counted["scored"] + counted["no_data"]
    assert len([placed for placed in not_reached(one) if placed.node.leaf]) == counted["not_at_maximum"]
    shown = document(plan, one, read)
    assert [row["code"] for row in shown["nodes"]] == [placed.node.code for placed in plan.nodes]
    assert all(row["reason_vi"] and row["reason_en"] for row in shown["nodes"] if row["rule"])


@given(scored_units())
def test_the_json_of_every_input_reads_back_to_the_same_input(unit):
    built, given = unit
    read = read_inputs(built, "all", given)
    assert read_inputs(built, "all", {code: input_json(value) for code, value in read.items()}) == read


@given(scored_units(complete=True), st.data())
def test_what_is_left_out_is_missing_and_never_zero(unit, data):
    built, given = unit
    plan, whole, _ = scored(built, given)
    codes = [plan.nodes[place].node.code for place, state in enumerate(whole.states) if state in ("scored", "no_data")]
    if not codes:
        return
    code = data.draw(st.sampled_from(codes))
    _, part, _ = scored(built, {other: value for other, value in given.items() if other != code})
    assert [plan.nodes[place].node.code for place in part.missing] == [code]
    assert part.index is None
    assert not part.complete
    assert part.maximum == whole.maximum

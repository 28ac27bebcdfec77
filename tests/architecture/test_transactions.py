"""Commit before the answer: a dependency with `yield` would commit after the body was sent."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [ROOT / "shared" / "src", *sorted(ROOT.glob("services/*/src"))]
MODULES = [path for source in SOURCES for path in sorted(source.rglob("*.py"))]


def called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def generators(tree: ast.Module) -> set[str]:
    return {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in ast.walk(function))
    }


@pytest.mark.slow
def test_no_route_depends_on_a_generator_that_ends_after_the_answer():
    trees = {path: ast.parse(path.read_text()) for path in MODULES}
    yielding = {name for tree in trees.values() for name in generators(tree)}
    found = []
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) == "Depends" and node.args:
                target = node.args[0]
                name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
                scope = next(
                    (
                        keyword.value.value
                        for keyword in node.keywords
                        if keyword.arg == "scope" and isinstance(keyword.value, ast.Constant)
                    ),
                    None,
                )
                if name in yielding and scope != "function":
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} Depends({name})")
    assert found == []

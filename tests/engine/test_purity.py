"""The engine may compute and nothing else: its syntax trees hold no clock, no chance, no input or output."""

import ast
import sys
from pathlib import Path

import pytest

import parindex.engine

MODULES = sorted(Path(parindex.engine.__file__).parent.glob("*.py"))
IMPURE_MODULES = {
    "asyncio",
    "io",
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "socket",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib",
    "uuid",
}
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "now", "today", "utcnow", "__import__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_the_engine_imports_the_standard_library_and_itself_only(path):
    for node in ast.walk(ast.parse(path.read_text())):
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        for name in names:
            root = name.split(".")[0]
            assert root not in IMPURE_MODULES, f"{path.name} imports {name}"
            own = name.startswith("parindex.engine") or name == "parindex.errors"
            assert own or root in sys.stdlib_module_names, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_the_engine_calls_no_clock_and_no_input_or_output(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in IMPURE_CALLS, f"{path.name}:{node.lineno} calls {called}"


def test_the_engine_uses_no_floating_point_number():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), f"{path.name}:{node.lineno}"
            assert not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float"), (
                f"{path.name}:{node.lineno}"
            )

"""What a module may be called, how long it may be, and what may stand in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [ROOT / "shared" / "src", *sorted(ROOT.glob("services/*/src"))]
MODULES = [
    path for source in SOURCES for path in sorted(source.rglob("*.py")) if "migrations/versions" not in path.as_posix()
]
LONGEST = 350
DRAWERS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MACHINE_PATH = re.compile(r"/(?:home|Users|root|work)/\w+")


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_no_module_is_longer_than_one_can_keep_in_mind():
    lengths = {path: len(path.read_text().splitlines()) for path in MODULES}
    assert (
        named([path for path, length in lengths.items() if length > LONGEST and "/models/" not in path.as_posix()])
        == []
    )


def test_no_module_is_a_drawer():
    assert named([path for path in MODULES if DRAWERS & set(path.relative_to(ROOT).with_suffix("").parts)]) == []


def test_nothing_unfinished_is_committed():
    assert named([path for path in MODULES if UNFINISHED.search(path.read_text())]) == []


def test_no_source_names_a_path_of_somebody_s_machine():
    assert named([path for path in MODULES if MACHINE_PATH.search(path.read_text())]) == []


def test_services_are_folders_with_hyphens_and_never_packages():
    assert named(sorted(ROOT.glob("services/__init__.py")) + sorted(ROOT.glob("services/*/__init__.py"))) == []
    assert all(
        (service / "src" / service.name.replace("-", "_")).is_dir()
        for service in ROOT.glob("services/*")
        if service.is_dir()
    )


@pytest.mark.parametrize("path", MODULES, ids=named(MODULES))
def test_the_environment_is_read_only_where_a_process_begins(path):
    """`os.environ` belongs to the command line, the launcher and functions called `main` or `served` (a server's factory): never to import time."""
    tree = ast.parse(path.read_text())
    begins = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.name in {"main", "served"} or {"cli", "local", "cli.py"} & set(path.parts))
    ]
    allowed = {id(inner) for function in begins for inner in ast.walk(function)}
    reads = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and id(node) not in allowed
    ]
    assert reads == []

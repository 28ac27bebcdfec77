"""The pinned requirements: complete, hashed, newer than what they are made from, and without any index address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
OWN = {"parindex", "parindex-survey-ingest", "parindex-scoring-api", "parindex-ranking-worker"}
MEMBERS = [ROOT / "shared", *sorted((ROOT / "services").iterdir())]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
LINE = re.compile(
    r"[A-Za-z0-9._-]+(\[[a-z0-9,-]+\])?==[A-Za-z0-9.+!]+( ; [^\\@-]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?|    # +(via)? ?(-r )?[A-Za-z0-9._(),\[\]-]*"
)
"""All that a pinned file may hold: a pin, one of its hashes, who asked for it. An option of the installer is none of them."""


def pinned(name: str) -> dict[str, Version]:
    return {canonicalize_name(package): Version(version) for package, version in PIN.findall((ROOT / name).read_text())}


def asked(name: str) -> list[Requirement]:
    lines = [line.strip() for line in (ROOT / name).read_text().splitlines()]
    own = [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]
    return own + [found for line in lines if line.startswith("-r ") for found in asked(line.removeprefix("-r "))]


def declared() -> list[Requirement]:
    found = []
    for member in MEMBERS:
        project = tomllib.loads((member / "pyproject.toml").read_text())["project"]
        extras = [
            entry
            for name, entries in project.get("optional-dependencies", {}).items()
            if name != "local"
            for entry in entries
        ]
        found += [Requirement(text) for text in [*project["dependencies"], *extras]]
    return [requirement for requirement in found if canonicalize_name(requirement.name) not in OWN]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-build.txt"])
def test_pinned_files_name_no_index_and_no_address(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert [line for line in text.splitlines() if not LINE.fullmatch(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        "-i packages.example.vn",
        "--option packages.example.vn",
        "-f ./wheels",
        "arq @ ./arq.whl",
        "arq==1 --x y \\",
        "arq==1",
        "    # -i host",
        "    # made with --option host",
    ],
)
def test_a_line_that_is_no_pin_with_hashes_is_seen(line):
    assert not LINE.fullmatch(line)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-build.txt"])
def test_every_pin_has_hashes(name):
    blocks = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / name).read_text().strip())
    assert [block.splitlines()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block] == []


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("requirements.in", "requirements.txt"),
        ("requirements-dev.in", "requirements-dev.txt"),
        ("requirements-build.in", "requirements-build.txt"),
    ],
)
def test_pins_satisfy_what_is_asked(source, target):
    pins = pinned(target)
    stale = [
        str(requirement)
        for requirement in asked(source)
        if (version := pins.get(canonicalize_name(requirement.name))) is None
        or not requirement.specifier.contains(version)
    ]
    assert stale == [], "run `make lock`"


def test_pins_satisfy_what_the_members_declare():
    pins = pinned("requirements.txt")
    stale = [
        str(requirement)
        for requirement in declared()
        if (version := pins.get(canonicalize_name(requirement.name))) is None
        or not requirement.specifier.contains(version)
    ]
    assert stale == [], "add it to requirements.in and run `make lock`"


def test_development_runs_on_the_versions_that_are_deployed():
    production, development = pinned("requirements.txt"), pinned("requirements-dev.txt")
    assert {name: version for name, version in production.items() if development.get(name) != version} == {}

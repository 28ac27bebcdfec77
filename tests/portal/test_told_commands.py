"""What people are told to run can be run as it is told: every command in sentences about the portal, in the README and for operators."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from parindex.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
TOLD = re.compile(r"`(parindex [^`\n]+)`")
SOURCES = (
    *sorted((ROOT / "services" / "ranking-worker" / "src" / "ranking_worker" / "portal").glob("*.py")),
    ROOT / "README.md",
    ROOT / "deploy" / "README.md",
)
COMMANDS = sorted({told for source in SOURCES for told in TOLD.findall(source.read_text(encoding="utf-8"))})
ALONE = re.compile(r"parindex \S+(?: \S+)?")
"""A command named without anything after it is spoken of, not dictated."""


def found(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and the words after it."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "get_command") and words:
        inside = command.get_command(None, words[0])
        assert inside is not None, f"there is no command {words[0]}"
        command, words = inside, words[1:]
    return command, words


@pytest.mark.parametrize("told", [one for one in COMMANDS if "|" not in one])
def test_a_command_that_is_told_is_there_and_takes_what_is_told(told: str):
    command, given = found(shlex.split(told)[1:])
    if ALONE.fullmatch(told):
        return
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    assert {word for word in given if word.startswith("--")} <= {name for one in options for name in one.opts}
    for one in options:
        assert not one.required or set(one.opts) & set(given), f"{one.name} is required"
    needed = [one.name for one in command.params if one.param_type_name == "argument" and one.required]
    valued = {name for one in options if not one.is_flag for name in one.opts}
    values = [
        word
        for before, word in zip(["", *given], given, strict=False)
        if not word.startswith("--") and before not in valued
    ]
    assert len(values) >= len(needed), f"{told} lacks some of {needed}"


def test_commands_are_told():
    assert len(COMMANDS) > 20

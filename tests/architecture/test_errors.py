"""Every kind of error has one HTTP status, every error class a kind, and the command line says it in a sentence."""

from __future__ import annotations

from typing import get_args

import pytest
import typer
from typer.testing import CliRunner

from parindex import errors
from parindex.cli.errors import ClearErrors
from parindex.errors import Finding, Kind, ParindexError
from parindex.web.problems import STATUS

CLASSES = [found for found in vars(errors).values() if isinstance(found, type) and issubclass(found, ParindexError)]


def test_every_kind_has_a_status_and_no_status_has_no_kind():
    assert set(STATUS) == set(get_args(Kind))
    assert len(set(STATUS.values())) == len(STATUS)


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_every_error_class_has_a_known_kind(error):
    assert error("something happened").kind in get_args(Kind)


def test_every_kind_has_an_error_class():
    assert {error.kind for error in CLASSES} == set(get_args(Kind))


def failing(error: Exception) -> typer.Typer:
    app = typer.Typer(cls=ClearErrors, pretty_exceptions_enable=False)

    @app.command()
    def fail() -> None:
        raise error

    @app.command()
    def other() -> None: ...

    return app


def test_a_foreseen_error_is_a_sentence_with_its_hint_and_exit_code_2():
    error = ParindexError(
        "Row 3 has no code.", hint="Add one.", findings=[Finding("missing", "row 3", "The code is empty.")]
    )
    answer = CliRunner().invoke(failing(error), ["fail"])
    assert answer.exit_code == 2
    assert answer.output.splitlines() == ["Row 3 has no code.", "  row 3: The code is empty.", "Add one."]


def test_an_unforeseen_error_keeps_its_traceback():
    answer = CliRunner().invoke(failing(ZeroDivisionError("1/0")), ["fail"])
    assert answer.exit_code == 1
    assert isinstance(answer.exception, ZeroDivisionError)


def test_a_database_that_is_away_is_a_sentence():
    answer = CliRunner().invoke(failing(ConnectionRefusedError("connection refused")), ["fail"])
    assert answer.exit_code == 2
    assert "DATABASE_URL" in answer.output

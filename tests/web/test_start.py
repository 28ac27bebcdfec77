"""A service whose settings do not hold says so in a sentence and ends."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

GOOD = {"DATABASE_URL": "postgresql://parindex@127.0.0.1:1/parindex", "REDIS_URL": "redis://127.0.0.1:1"}


@pytest.mark.processes
@pytest.mark.parametrize("service", ["survey_ingest", "scoring_api", "ranking_worker"])
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"PARINDEX_TYPO": "1"}, "PARINDEX_TYPO"),
        ({"DATABASE_URL": "postgresql://u:mat@khau@x/y"}, "The database URL cannot be read."),
        ({"DATABASE_URL": ""}, "has no database"),
    ],
    ids=["typing error", "no address", "no database"],
)
def test_what_stands_against_a_service_is_a_sentence(service: str, wrong: dict[str, str], said: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", service, "--port", "1"],
        env={"PATH": os.environ.get("PATH", ""), **GOOD, **wrong},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "khau" not in ended.stderr

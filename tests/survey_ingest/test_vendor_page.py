"""The page "connect in an afternoon": its examples run against a real server, and the answers that it prints are those given."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from parindex.settings import Settings
from support.csharp_requests import BODY, replay
from support.served import served
from survey_ingest.app import create_app
from survey_ingest.vendor.page import page_source

pytestmark = pytest.mark.database
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANYTHING = "…"


@pytest.fixture(scope="module")
def server(shared_settings: Settings) -> Iterator[str]:
    with served(create_app(shared_settings)) as url:
        yield url


@pytest.fixture
async def account(register, server: str, facts: asyncpg.Connection) -> dict[str, str]:
    """The environment of a vendor with a sandbox credential for Phú Thọ."""
    unit_id = await facts.fetchval(
        "SELECT unit_id FROM unit_code WHERE scheme = 'h_code' AND code = 'H44' AND upper(valid) IS NULL"
    )
    sender = await register(realm="sandbox", unit_ids=(unit_id,))
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONUTF8": "1",
        "LANG": "C.UTF-8",
        "PARINDEX_URL": server,
        "PARINDEX_CLIENT_ID": sender.issued.credential_id,
        "PARINDEX_CLIENT_SECRET": sender.issued.secret,
        "PARINDEX_UNIT": "H44",
    }


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCK.findall(page_source()) if name == language]


def followed_by(language: str, expected: str) -> list[tuple[str, str | None]]:
    """Blocks of a language, each with the block of `expected` that comes next, if it does."""
    found = BLOCK.findall(page_source())
    return [
        (text, found[index + 1][1] if index + 1 < len(found) and found[index + 1][0] == expected else None)
        for index, (name, text) in enumerate(found)
        if name == language
    ]


def matches(printed: Any, given: Any) -> bool:
    """Whether what was given holds what the page prints; `…` stands for anything, also inside a text."""
    if isinstance(printed, dict):
        return isinstance(given, dict) and all(
            name in given and matches(value, given[name]) for name, value in printed.items()
        )
    if isinstance(printed, list):
        return isinstance(given, list) and len(printed) == len(given) and all(map(matches, printed, given))
    if isinstance(printed, str) and ANYTHING in printed:
        pattern = ".*".join(re.escape(part) for part in printed.split(ANYTHING))
        return isinstance(given, str) and re.fullmatch(pattern, given) is not None
    return bool(printed == given)


def run(command: list[str], environment: dict[str, str], text: str | None = None) -> str:
    # The commands are the page's own; they speak to a server of this test.
    done = subprocess.run(command, env=environment, input=text, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_the_commands_with_curl_are_answered_as_printed(account: dict[str, str]):
    steps = followed_by("bash", "json")
    assert len(steps) >= 7
    marker = "---- next ----"
    script = "set -e\n" + "".join(f"{text}\nprintf '\\n{marker}\\n'\n" for text, _ in steps)
    outputs = run(["/bin/bash"], account, script).split(marker)
    for (text, printed), output in zip(steps, outputs, strict=False):
        if printed is not None:
            assert matches(json.loads(printed), json.loads(output)), f"{text}\n{output}"


async def test_the_python_example_prints_what_the_page_says(account: dict[str, str]):
    ((program, printed),) = followed_by("python", "text")
    assert printed is not None
    assert run([sys.executable, "-c", program], account) == printed


async def test_the_csharp_example_prints_what_the_page_says(account: dict[str, str], tmp_path: Path):
    """Compiled and run where a compiler is installed; else its requests, byte for byte."""
    ((program, printed),) = followed_by("csharp", "text")
    assert printed is not None
    compiler = shutil.which("mcs")
    if compiler is None or shutil.which("mono") is None:
        lines = replay(account)
    else:
        (tmp_path / "ket-noi.cs").write_text(program, encoding="utf-8")
        references = "-r:System.Net.Http.dll,System.Runtime.Serialization.dll"
        run([compiler, "-nologo", references, f"-out:{tmp_path}/ket-noi.exe", f"{tmp_path}/ket-noi.cs"], account)
        lines = run(["mono", f"{tmp_path}/ket-noi.exe"], {**account, "HOME": str(tmp_path)})
    assert lines == printed


async def test_the_requests_of_the_csharp_example_are_taken_byte_for_byte(account: dict[str, str]):
    ((_, printed),) = followed_by("csharp", "text")
    assert replay(account) == printed


def test_what_is_sent_again_byte_for_byte_is_what_the_csharp_example_writes():
    (program,) = blocks("csharp")
    written = re.search(r"var sheet = (.*?);\n", program, re.DOTALL)
    assert written is not None
    # The pieces of text between the variables of the program, and those between the fields of the replay.
    texts = [json.loads(piece) for piece in re.findall(r'"(?:[^"\\]|\\.)*"', written[1])]
    texts.remove("PARINDEX_UNIT")
    assert texts == re.split(r"\{\w+\}", BODY.replace("{{", "{").replace("}}", "}"))
    assert all(path in program for path in ('"/token"', '"/api/v1/phieu-danh-gia"'))


async def test_what_a_sandbox_credential_sent_counts_nowhere_in_production(
    account: dict[str, str], facts: asyncpg.Connection
):
    (program,) = blocks("python")
    before = await facts.fetchval("SELECT count(*) FROM response WHERE realm = 'production'")
    sandbox = await facts.fetchval("SELECT count(*) FROM response WHERE realm = 'sandbox'")
    run([sys.executable, "-c", program.replace("py-%Y", "sandbox-%Y")], account)
    assert await facts.fetchval("SELECT count(*) FROM response WHERE realm = 'sandbox'") == sandbox + 1
    assert await facts.fetchval("SELECT count(*) FROM response WHERE realm = 'production'") == before
    assert await facts.fetchval("SELECT count(*) FROM response_delta WHERE realm = 'production'") == 0


async def test_the_page_is_served_without_script_and_with_its_tables(client):
    answer = await client.get("/ket-noi")
    assert answer.status_code == 200
    assert "<h1>Kết nối trong một buổi chiều</h1>" in answer.text
    assert "<table>" in answer.text
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]

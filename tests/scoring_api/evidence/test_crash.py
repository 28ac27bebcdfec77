"""Killed between writing the object and committing the row: nothing was acknowledged, only an orphan object lies there."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import signal
import subprocess
import sys

import pytest

from scoring_api.evidence.sweep import sweep
from support.documents import pdf

from .conftest import COMPONENT, H99, UNIT, Town

PROGRAM = """
import asyncio, datetime as dt, json, os, signal, sys
from parindex.db.session import Database
from parindex.settings import Settings
from scoring_api.evidence import attach
from scoring_api.evidence.store import EvidenceStore
from scoring_api.people.person import Person, Role

given = json.load(sys.stdin)
settings = Settings(**given["settings"])
put = EvidenceStore.put

async def put_and_die(self, key, content):
    await put(self, key, content)
    os.kill(os.getpid(), signal.SIGKILL)

EvidenceStore.put = put_and_die
person = Person(given["tenant"], given["person"], "x", frozenset({Role("unit", given["unit"])}))
asyncio.run(attach.attach(
    Database.for_service(settings, "scoring-api"), settings, person, round_id=given["round"], unit_id=given["unit"],
    component=given["component"], upload=attach.Upload("a.pdf", "", given["content"].encode("latin-1")),
    now=dt.datetime.now(dt.UTC),
))
"""


@pytest.mark.processes
async def test_a_process_killed_before_its_commit_leaves_only_an_orphan(town: Town, settings, resources, store_folder):

    given = {
        "settings": settings.model_dump(),
        "tenant": H99,
        "person": town.unit.person_id,
        "unit": UNIT,
        "round": town.round_id,
        "component": COMPONENT,
        "content": pdf().decode("latin-1"),
    }
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(given),
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len([path for path in store_folder.rglob("*") if path.is_file()]) == 1
    assert await town.connection.fetchval("SELECT count(*) FROM evidence") == 0
    assert await town.connection.fetchval("SELECT count(*) FROM evidence_content") == 0
    again = await town.attach()
    assert again.status_code == 201
    swept = await sweep(resources.database, settings, dt.datetime.now(dt.UTC) + dt.timedelta(days=2))
    assert (swept.kept, swept.removed, swept.lost) == (1, 1, [])
    assert (await town.open(again.json()["evidence_id"], town.unit)).content == pdf()

"""Erasing: by an officer with a reason, or when the time is over; the key goes with the last file that needs it."""

from __future__ import annotations

import asyncio
import datetime as dt

from parindex.settings import Settings
from scoring_api.evidence.erase import erase_due
from scoring_api.evidence.sweep import sweep
from scoring_api.rounds.events import read_cells, read_events
from scoring_api.rounds.fold import fold
from support.documents import pdf

from .conftest import COMPONENT, H99, OTHER_COMPONENT, UNIT, Town


def files(folder) -> list:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_an_erased_file_leaves_a_tombstone(town: Town, store_folder):
    line = (await town.attach()).json()
    erased = await town.erase(line["evidence_id"], why="chứa dữ liệu cá nhân")
    assert erased.status_code == 200, erased.text
    tombstone = erased.json()["erased"]
    assert (tombstone["why"], tombstone["person"]) == ("chứa dữ liệu cá nhân", town.officer.name)
    gone = await town.open(line["evidence_id"], town.unit)
    assert (gone.status_code, gone.json()["code"]) == (404, "evidence_erased")
    assert "chứa dữ liệu cá nhân" in gone.json()["detail"]
    assert line["sha256"] in gone.json()["detail"]
    assert files(store_folder) == []
    assert await town.connection.fetchval("SELECT sealed_key FROM evidence_content") is None
    assert await town.connection.fetchval("SELECT outcome FROM evidence_access") == "erased"
    events = await read_events(town.connection, H99, town.round_id)
    assert (events[-1].kind, events[-1].note) == ("evidence_erased", "chứa dữ liệu cá nhân")
    assert fold(events)[1] == await read_cells(town.connection, H99, town.round_id, [(UNIT, COMPONENT)])
    assert await town.evidence_in_cell() == 0


async def test_only_an_officer_erases_and_says_why(town: Town):
    evidence_id = (await town.attach()).json()["evidence_id"]
    for who in (town.unit, town.appraiser, town.council, town.auditor):
        assert (await town.erase(evidence_id, who)).status_code == 403
    assert (await town.erase(evidence_id, town.stranger)).status_code == 404
    assert (await town.erase(evidence_id, why="  ")).json()["code"] == "why_missing"
    assert (await town.open(evidence_id, town.unit)).status_code == 200


async def test_erasing_twice_is_erasing_once(town: Town):
    evidence_id = (await town.attach()).json()["evidence_id"]
    answers = await asyncio.gather(*(town.erase(evidence_id, why=f"lý do {n}") for n in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["erased"]["why"] for answer in answers}) == 1
    assert await town.evidence_in_cell() == 0


async def test_the_key_stays_while_another_file_has_the_same_content(town: Town, store_folder):
    first = (await town.attach()).json()["evidence_id"]
    second = (await town.attach(component=OTHER_COMPONENT)).json()["evidence_id"]
    await town.erase(first)
    assert (await town.open(second, town.unit)).content == pdf()
    await town.erase(second)
    assert files(store_folder) == []


async def test_what_was_erased_may_be_attached_again(town: Town):
    await town.erase((await town.attach()).json()["evidence_id"])
    again = await town.attach()
    assert again.status_code == 201
    assert (await town.open(again.json()["evidence_id"], town.unit)).content == pdf()


async def test_attaching_and_erasing_at_once_never_leaves_a_file_without_its_content(town: Town):
    for n in range(6):
        evidence_id = (await town.attach(name=f"{n}.pdf")).json()["evidence_id"]
        _, attached = await asyncio.gather(town.erase(evidence_id), town.attach(name=f"{n} lại.pdf"))
        if attached.status_code == 503:
            assert attached.json()["code"] == "evidence_just_erased"
            attached = await town.attach(name=f"{n} lại.pdf")
        opened = await town.open(attached.json()["evidence_id"], town.unit)
        assert (opened.status_code, opened.content) == (200, pdf())
        await town.erase(attached.json()["evidence_id"])


async def test_what_is_due_is_erased_and_nothing_else(town: Town, settings: Settings, resources):
    due = (await town.attach()).json()
    assert due["retain_until"] == "2035-12-31"
    last_day = dt.datetime(2035, 12, 31, 16, 59, tzinfo=dt.UTC)
    assert await erase_due(resources.database, settings, last_day) == []
    (erased,) = await erase_due(resources.database, settings, last_day + dt.timedelta(minutes=1))
    assert str(erased.evidence_id) == due["evidence_id"]
    assert (erased.erased.person_id, erased.erased.why) == (None, "hết thời hạn lưu giữ")
    assert await erase_due(resources.database, settings, last_day + dt.timedelta(days=1)) == []
    assert (await town.open(due["evidence_id"], town.unit)).json()["code"] == "evidence_erased"


async def test_the_sweep_takes_old_orphans_only_and_names_what_is_lost(town: Town, settings, resources, store_folder):
    kept = (await town.attach()).json()
    orphan = store_folder / str(H99) / "0123"
    orphan.write_bytes(b"left by a crash")
    now = dt.datetime.now(dt.UTC)
    young = await sweep(resources.database, settings, now)
    assert (young.kept, young.removed, young.lost) == (2, 0, [])
    old = await sweep(resources.database, settings, now + dt.timedelta(days=2))
    assert (old.kept, old.removed, old.removed_bytes, old.lost) == (1, 1, len(b"left by a crash"), [])
    assert (await town.open(kept["evidence_id"], town.unit)).status_code == 200
    for path in files(store_folder):
        path.unlink()
    lost = await sweep(resources.database, settings, now + dt.timedelta(days=2))
    assert lost.lost == [(H99, kept["sha256"])]

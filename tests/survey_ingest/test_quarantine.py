"""Quarantine: kept as re-encoded, superseded, released, kept as a repeat or rejected later; and the balance of it all."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from parindex.instruments.document import shipped
from parindex.register.import_units import import_units
from parindex.register.instruments import import_instrument
from support.ingest import Sender, item, new_dossier, new_id
from support.invariants import assert_invariants
from survey_ingest.interpret import Catalogues
from survey_ingest.resources import Resources

pytestmark = pytest.mark.database
BOTH_DIALECTS = True
_codes = itertools.count(8001)
HEADER = "code,name,unit_type,kind,parent_code,valid_from,valid_to,source"


async def import_communes(facts: asyncpg.Connection, *codes: str, parent: str = "H99") -> None:
    """The register learns communes that did not exist for it before."""
    rows = [f"{code},Xã Thử nghiệm {code},Xã,commune,{parent},2025-07-01,,test" for code in codes]
    report = await import_units(facts, "\n".join([HEADER, *rows, ""]), realm="synthetic")
    assert not report.findings, report.findings


async def check_again(resources: Resources) -> None:
    await resources.catalogues.load()
    await resources.replay()


@dataclass
class Lesson:
    """One commune that ingest does not know, although the register does: its snapshot is an older one."""

    resources: Resources
    snapshots: tuple[Catalogues, Catalogues]
    code: str
    monkeypatch: pytest.MonkeyPatch

    def forget(self) -> None:
        self.monkeypatch.setattr(self.resources.catalogues, "_current", self.snapshots[0])

    async def learn(self) -> None:
        """The newer snapshot comes, and the quarantine is checked again."""
        self.monkeypatch.setattr(self.resources.catalogues, "_current", self.snapshots[1])
        await self.resources.replay()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def taught(
    facts: asyncpg.Connection, resources: Resources
) -> tuple[tuple[Catalogues, Catalogues], Iterator[str]]:
    """The catalogue before and after the import of some communes, and their codes."""
    before = resources.catalogues.current
    codes = [f"H99.{number}" for number in range(7001, 7031)]
    await import_communes(facts, *codes)
    await resources.catalogues.load()
    return (before, resources.catalogues.current), iter(codes)


@pytest.fixture
def lesson(
    taught: tuple[tuple[Catalogues, Catalogues], Iterator[str]], resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> Lesson:
    one = Lesson(resources, taught[0], next(taught[1]), monkeypatch)
    one.forget()
    return one


async def state(sender: Sender, one: dict[str, Any]) -> str:
    stored: str = (await sender.state(one["response_id"]))["state"]
    return stored


async def test_an_item_is_released_and_counts_once_the_register_knows_its_unit(
    sender: Sender, facts: asyncpg.Connection, resources: Resources
):
    code = f"H99.{next(_codes)}"
    sent = item(
        unit_code=code,
        dossier_code=new_dossier(),
        overall="Chưa hài lòng",
        comment="Hay",
        sent_at="2026-11-22T08:00:00",
    )
    first = await sender.post(sent)
    waiting = await sender.state(sent["response_id"])
    assert (waiting["state"], waiting["counted"], waiting["receipt"]) == ("quarantined", False, first["receipt"])
    assert [finding["code"] for finding in waiting["findings"]] == ["unit_unknown"]
    await import_communes(facts, code)
    # Several processes check the same items again at the same time.
    await resources.catalogues.load()
    await asyncio.gather(*(resources.replay() for _ in range(4)))
    released = await sender.state(sent["response_id"])
    assert (released["state"], released["counted"], released["counts"]) == ("counted", True, sent["response_id"])
    assert released["receipt"] == first["receipt"]
    assert [line["event"] for line in released["history"]] == ["quarantined", "released", "stored"]
    row = await facts.fetchrow("SELECT * FROM response WHERE response_id = $1", sent["response_id"])
    assert row["recorded_at"] > row["received_at"]
    assert row["sent_at"] == dt.datetime(2026, 11, 22, 1, tzinfo=dt.UTC)
    assert json.loads(row["device"]) == {"as_given": {"overall": "Chưa hài lòng"}}
    again = await sender.post(sent)
    assert (again["verdict"], again["state"], again["receipt"]) == ("duplicate", "counted", first["receipt"])
    assert (await sender.balance())["released"] == 1
    await sender.assert_balanced()
    await assert_invariants(facts)


async def test_an_item_is_released_once_the_catalogue_knows_its_questionnaire_version(
    sender: Sender, facts: asyncpg.Connection, resources: Resources
):
    version = f"t{next(_codes)}"
    sent, unfit = (item(instrument_version=version, overall=overall) for overall in (5, 3))
    await sender.batch([sent, unfit])
    await check_again(resources)
    assert await state(sender, sent) == "quarantined"
    text = dict(shipped())["KIOSK3-1.yaml"].replace('version: "1"', f'version: "{version}"')
    await import_instrument(facts, text, file="k.yaml")
    await check_again(resources)
    assert await state(sender, sent) == "counted"
    rejected = await sender.state(unfit["response_id"])
    assert (rejected["state"], [finding["code"] for finding in rejected["findings"]]) == (
        "rejected_later",
        ["value_outside_scale"],
    )
    balance = await sender.balance()
    assert (balance["quarantined"], balance["released"], balance["rejected_later"]) == (2, 1, 1)
    await sender.assert_balanced()
    await assert_invariants(facts)


async def test_checking_again_begins_at_scope(register: Any, facts: asyncpg.Connection, resources: Resources):
    sender = await register()
    code = f"gso:{next(_codes) + 90000}"
    sent = item(unit_code=code)
    assert (await sender.post(sent))["verdict"] == "quarantined"
    await import_communes(facts, code, parent="H98")
    await check_again(resources)
    rejected = await sender.state(sent["response_id"])
    assert (rejected["state"], [finding["code"] for finding in rejected["findings"]]) == (
        "rejected_later",
        ["unit_out_of_scope"],
    )
    await assert_invariants(facts)


async def test_a_released_item_that_finds_its_slot_taken_becomes_a_kept_repeat(
    sender: Sender, facts: asyncpg.Connection, lesson: Lesson
):
    dossier = new_dossier()
    waiting, counting = item(unit_code=lesson.code, dossier_code=dossier), item(dossier_code=dossier)
    await sender.post(waiting)
    assert (await sender.post(counting))["verdict"] == "accepted"
    late = item(dossier_code=dossier)
    await sender.post(late)
    await lesson.learn()
    stored = await sender.state(waiting["response_id"])
    assert (stored["state"], stored["counts"]) == ("repeat", counting["response_id"])
    assert (await sender.balance())["released"] == 1
    await sender.withdraw(counting["response_id"], "test")
    assert await state(sender, waiting) == "counted"
    assert await state(sender, late) == "repeat"
    await assert_invariants(facts)


async def test_other_content_supersedes_a_waiting_item_until_it_is_released(
    sender: Sender, facts: asyncpg.Connection, lesson: Lesson
):
    first = item(unit_code=lesson.code)
    second = {**first, "overall": 2}
    await sender.post(first)
    replaced = await sender.post(second)
    assert replaced["verdict"] == "quarantined"
    again = await sender.post(second)
    assert (again["verdict"], again["receipt"]) == ("duplicate", replaced["receipt"])
    assert (await sender.balance())["superseded"] == 1
    await lesson.learn()
    assert (await sender.post(first))["verdict"] == "conflict"
    assert (await sender.post(second))["verdict"] == "duplicate"
    row = await facts.fetchrow("SELECT answers FROM response WHERE response_id = $1", first["response_id"])
    assert list(row["answers"]) == [2]
    await sender.assert_balanced()
    await assert_invariants(facts)


async def test_a_waiting_item_superseded_by_one_that_counts_never_comes_back(
    sender: Sender, facts: asyncpg.Connection, lesson: Lesson
):
    waiting = item(unit_code=lesson.code)
    await sender.post(waiting)
    assert (await sender.post({**waiting, "unit_code": "H99.101"}))["verdict"] == "accepted"
    await lesson.learn()
    row = await facts.fetchrow(
        "SELECT count(*), max(unit_id) FROM response WHERE response_id = $1", waiting["response_id"]
    )
    assert tuple(row) == (1, 990101)
    balance = await sender.balance()
    assert (balance["released"], balance["superseded"]) == (0, 1)
    await assert_invariants(facts)


async def test_a_waiting_correction_is_applied_when_it_is_released(
    sender: Sender, facts: asyncpg.Connection, lesson: Lesson
):
    old = item(dossier_code=new_dossier())
    await sender.post(old)
    new = item(dossier_code=old["dossier_code"], unit_code=lesson.code, replaces=old["response_id"])
    orphan = item(unit_code=lesson.code, replaces=new_id())
    assert [result["verdict"] for result in await sender.batch([new, orphan])] == ["quarantined", "quarantined"]
    assert await state(sender, old) == "counted"
    await lesson.learn()
    assert [await state(sender, one) for one in (old, new, orphan)] == ["replaced", "counted", "rejected_later"]
    await assert_invariants(facts)


async def test_a_withdrawn_waiting_item_is_never_released(sender: Sender, facts: asyncpg.Connection, lesson: Lesson):
    sent = item(unit_code=lesson.code)
    await sender.post(sent)
    await sender.withdraw(sent["response_id"], "citizen_request")
    await lesson.learn()
    assert await state(sender, sent) == "withdrawn"
    assert (await sender.balance())["released"] == 0
    await assert_invariants(facts)


async def test_an_item_rejected_later_may_be_sent_again(sender: Sender, facts: asyncpg.Connection, lesson: Lesson):
    sent = item(unit_code=lesson.code, overall=3)
    await sender.post(sent)
    await lesson.learn()
    assert await state(sender, sent) == "rejected_later"
    assert (await sender.post(sent))["verdict"] == "refused"
    assert (await sender.post({**sent, "overall": 4}))["verdict"] == "accepted"
    assert await state(sender, sent) == "counted"
    await sender.assert_balanced()
    await assert_invariants(facts)


async def test_checking_again_twice_changes_nothing(sender: Sender, facts: asyncpg.Connection, lesson: Lesson):
    batch = [item(unit_code=lesson.code), item(unit_code=f"H99.{next(_codes)}")]
    await sender.batch(batch)
    await lesson.learn()
    before = await facts.fetchval("SELECT count(*) FROM quarantine_outcome")
    await lesson.learn()
    assert await facts.fetchval("SELECT count(*) FROM quarantine_outcome") == before
    assert [await state(sender, one) for one in batch] == ["counted", "quarantined"]


async def test_what_is_kept_is_the_item_as_re_encoded_after_masking(
    register: Any, facts: asyncpg.Connection, lesson: Lesson
):
    sender = await register(personal_data="strip")
    sent = item(
        unit_code="000.00.z9.h99",
        comment="Gọi 0912345678",
        overall="rất hài lòng",
        phone="0912345678",
        new=1,
    )
    result = await sender.post(sent)
    assert result["verdict"] == "quarantined"
    row = await facts.fetchrow("SELECT body::text, reason FROM quarantine WHERE response_id = $1", sent["response_id"])
    body = json.loads(row["body"])
    assert row["reason"] == "unit_unknown"
    assert (body["unit_code"], body["comment"], body["overall"]) == ("H99.Z9", "Gọi […]", 5)
    assert not {"phone", "new"} & body.keys()


async def test_an_ambiguous_closed_unit_waits_with_its_candidates(register: Any, facts: asyncpg.Connection):
    sender = await register(realm="sandbox", unit_ids=[101])
    result = await sender.post(item(unit_code="gso:00007"))
    assert (result["verdict"], [finding["code"] for finding in result["findings"]]) == (
        "quarantined",
        ["unit_ambiguous"],
    )
    row = await facts.fetchrow(
        "SELECT reason, detail::text FROM quarantine WHERE response_id = $1", result["response_id"]
    )
    assert row["reason"] == "unit_ambiguous"
    assert len(json.loads(row["detail"])["candidates"]) == 2


async def test_an_item_that_stricter_checks_would_refuse_is_rejected_and_holds_up_no_other(
    sender: Sender, facts: asyncpg.Connection, lesson: Lesson
):
    batch = [item(unit_code=lesson.code), item(unit_code=lesson.code)]
    await sender.batch(batch)
    await facts.execute(
        "UPDATE quarantine SET body = jsonb_set(body, '{stage}', '\"of old\"') WHERE response_id = $1",
        batch[0]["response_id"],
    )
    await lesson.learn()
    assert [await state(sender, one) for one in batch] == ["rejected_later", "counted"]

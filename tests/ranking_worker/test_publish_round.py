"""An assessment round becomes an edition once two council members closed it, and re-derives after the round's rows are gone."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from parindex.db.editions import stored_edition
from parindex.editions.edition_file import read_editions
from parindex.editions.keys import PrivateKey
from parindex.editions.rederive import rederive
from parindex.frameworks.criteria_file import read_framework_json
from ranking_worker.drafts import DraftBook, build_drafts
from ranking_worker.index_runs import RoundBook, compute_rounds
from ranking_worker.publish import RefusalBook, publish_approved
from support.editions import FRAMEWORK, round_inputs
from support.wishes import latest_draft, publication, review_and_approve

pytestmark = pytest.mark.database
NOW = dt.datetime(2026, 1, 20, 5, tzinfo=dt.UTC)
TENANT, ROUND = 990000, 7
KEY = PrivateKey.of_bytes(bytes(range(32)))
SIDES = {"steering": "appraised_1", "satisfaction": "joined"}


@pytest.fixture
async def a_round(connection):
    """A round with the inputs of `round_inputs`, under appraisal."""
    framework = read_framework_json(FRAMEWORK)
    version_id = await connection.fetchval(
        "INSERT INTO framework_version (code, version, tenant_id, status, valid_from, document, sha256, recorded_at)"
        " VALUES ($1, $2, 0, $3, $4, $5::jsonb, $6, $7) RETURNING framework_version_id",
        framework.framework.code, framework.framework.version, framework.status, framework.valid_from,
        json.dumps(framework.document), framework.framework.sha256, NOW,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO assessment_round (tenant_id, round_id, realm, framework_version_id, block, period, scope_unit_id, title_vi, person_id, recorded_at)"
        " OVERRIDING SYSTEM VALUE VALUES ($1, $2, 'synthetic', $3, 'department', '2025', 990000, 'Đợt thử', 1, $4)",
        TENANT, ROUND, version_id, NOW,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO round_state (tenant_id, round_id, phase, last_event_no, deadlines, late_rights, submissions, updated_at)"
        " VALUES ($1, $2, 'council', 1, '{}', '{}', '{}', $3)",
        TENANT, ROUND, NOW,
    )  # fmt: skip
    for unit_id, inputs in round_inputs()["inputs"].items():
        await connection.execute("INSERT INTO round_unit VALUES ($1, $2, $3)", TENANT, ROUND, int(unit_id))
        for component, given in inputs.items():
            await connection.execute(
                "INSERT INTO round_cell (tenant_id, round_id, unit_id, component, sides, evidence, event_no)"
                " VALUES ($1, $2, $3, $4, $5::jsonb, 0, 1)",
                TENANT, ROUND, int(unit_id), component, json.dumps({SIDES[component]: {"input": given}}),
            )  # fmt: skip


async def test_a_closed_round_is_drafted_published_and_computed_again_without_its_rows(
    a_round, connection, database, registers
):
    book = DraftBook()
    wish = await publication(connection, TENANT, {"kind": "round", "round_id": ROUND})

    async def findings() -> list[str]:
        await build_drafts(database, registers, book)
        return [one["code"] for one in json.loads((await latest_draft(connection, wish))["findings"])]

    await compute_rounds(database, registers, RoundBook())
    assert await findings() == ["round_open"]
    await connection.execute("UPDATE round_state SET phase = 'closed', last_event_no = 2")
    assert await findings() == ["round_not_computed"]
    await compute_rounds(database, registers, RoundBook())
    assert await findings() == ["template", "unranked"]
    await review_and_approve(connection, TENANT, wish)
    (one,) = await publish_approved(database, KEY, RefusalBook())
    assert one.edition_no == 1
    (run,) = await connection.fetch("SELECT document::text FROM index_run WHERE state = 'final'")
    for table in ("round_cell", "round_unit", "round_state", "assessment_round", "index_run", "index_result"):
        await connection.execute(f"DELETE FROM {table}")
    (read,) = read_editions(json.dumps((await stored_edition(connection, TENANT, 1)).file_form(inputs=True)))
    assert rederive(read.document["body"], read.inputs).holds
    shown = {row["unit_id"]: (row["rank"], row["index"]) for row in json.loads(run[0])["rows"]}
    assert {row["unit_id"]: (row["rank"], row["percent"]) for row in read.document["body"]["rows"]} == shown
    assert read.document["body"]["rows"][3]["unranked"]["missing"] == ["satisfaction"]

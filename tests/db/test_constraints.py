"""Each hand-written constraint refuses its forbidden row."""

from __future__ import annotations

import datetime as dt
import uuid

import asyncpg
import pytest
from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from parindex.db.base import Base
from parindex.db.models import ingest, scoring, worker  # noqa: F401  (fill the metadata)

NOW = dt.datetime(2026, 11, 22, 5, tzinfo=dt.UTC)
FIRST = asyncpg.Range(dt.date(2025, 1, 1), dt.date(2025, 7, 1))
OVERLAPPING = asyncpg.Range(dt.date(2025, 6, 30), None)
SHA = b"\0" * 32
NAME = {"unit_id": 1, "valid": FIRST, "name": "Tỉnh A", "unit_type": "Tỉnh", "search_name": "tinh a", "source": "test"}
CODE = {"scheme": "gso", "code": "15", "valid": FIRST, "unit_id": 1, "evidence": "published", "source": "test"}
PARENT = {"unit_id": 1, "valid": FIRST, "parent_id": 0, "source": "test"}
BLOCK = {"unit_id": 1, "framework": "*", "valid": FIRST, "block": "province"}
CHANGE = {
    "tenant_id": 1, "change_id": uuid.UUID(int=1), "system_id": 1, "response_id": "r", "realm": "synthetic", "kind": "withdrawn", "delta": -1,
    "received_at": NOW, "position": 0, "recorded_at": NOW, "credential_id": "c", "principal_id": 1,
}  # fmt: skip
SYSTEM = {
    "tenant_id": 1,
    "principal_id": 1,
    "name": "Một cửa",
    "realm": "synthetic",
    "scope_unit_ids": [1],
    "respondent_kinds": "{}",
    "created_at": NOW,
}
INSTRUMENT = {
    "instrument": "K",
    "version": "1",
    "valid": FIRST,
    "design": "self_selected",
    "document": "{}",
    "sha256": "",
    "revision": 1,
    "published_at": NOW,
}
TABLE = {
    "tenant_id": 0, "realm": "production", "framework": "qd766", "scope_unit_id": 0, "block": "province", "period": "2025", "to_date": True,
    "observed_at": NOW, "source": "", "sha256": "", "recorded_at": NOW,
}  # fmt: skip

FRAMEWORK = {
    "code": "par", "version": "2026-1", "tenant_id": 0, "status": "official", "valid_from": dt.date(2026, 1, 1), "document": "{}",
    "sha256": "", "recorded_at": NOW,
}  # fmt: skip
PERSON = {"tenant_id": 1, "name": "Người dùng thử", "work_address": "a@example.gov.vn", "recorded_at": NOW}
EDITION = {
    "tenant_id": 1, "edition_no": 2, "publication_id": 2, "realm": "synthetic", "index_code": "par", "scope_unit_id": 1, "block": "so",
    "period": "2025", "supersedes": 1, "document": "{}", "sha256": "2", "previous_sha256": "1", "key_id": "k", "signature": SHA,
    "published_at": NOW,
}  # fmt: skip
APPEAL = {
    "tenant_id": 1, "case_no": "KN-2026-0001", "publication_id": 1, "unit_id": 1, "argument": "", "evidence_ids": "[]", "person_id": 1,
    "recorded_at": NOW,
}  # fmt: skip

FIGURE = {
    "tenant_id": 1, "realm": "production", "framework": "par-province", "period": "2023", "block": "province", "scope_unit_id": 0, "unit_id": 1,
    "printed_name": "Hải Phòng", "measure": "index", "value": 91, "evidence": "published", "note": "", "source_match": "exact", "source": "a page",
    "observed_at": NOW, "recorded_at": NOW,
}  # fmt: skip

PAIRS = {
    "ex_unit_name_one_at_a_time": ("unit_name", NAME, {"valid": OVERLAPPING}),
    "ex_unit_code_one_meaning_at_a_time": ("unit_code", CODE, {"valid": OVERLAPPING, "unit_id": 2}),
    "ex_unit_parent_one_at_a_time": ("unit_parent", PARENT, {"valid": OVERLAPPING, "parent_id": 2}),
    "ex_unit_block_one_at_a_time": ("unit_block", BLOCK, {"valid": OVERLAPPING, "block": "commune"}),
    "uq_response_change_one_end": (
        "response_change",
        CHANGE,
        {"change_id": uuid.UUID(int=2), "kind": "replaced", "delta": 0},
    ),
    "uq_sending_system_tenant_id_realm_name": ("sending_system", SYSTEM, {"principal_id": 2}),
    "uq_instrument_version_instrument_version": ("instrument_version", INSTRUMENT, {"revision": 2}),
    "uq_imported_table_tenant_id_realm_framework_scope_unit_id_block_period_observed_at": (
        "imported_table",
        TABLE,
        {"source": "other"},
    ),
    "uq_published_figure_observation": ("published_figure", FIGURE, {"value": 92}),
    "uq_framework_version_code_version": ("framework_version", FRAMEWORK, {"valid_from": dt.date(2027, 1, 1)}),
    "uq_framework_version_code_valid_from": ("framework_version", FRAMEWORK, {"version": "2026-2"}),
    "uq_person_tenant_id_work_address": ("person", PERSON, {"name": "Người khác"}),
    "uq_edition_tenant_id_publication_id": (
        "edition",
        EDITION,
        {"edition_no": 3, "previous_sha256": "2", "supersedes": None},
    ),
    "uq_edition_tenant_id_previous_sha256": (
        "edition",
        EDITION,
        {"edition_no": 3, "publication_id": 3, "supersedes": None},
    ),
    "uq_edition_tenant_id_supersedes": (
        "edition",
        EDITION,
        {"edition_no": 3, "publication_id": 3, "previous_sha256": "2"},
    ),
    "uq_appeal_tenant_id_case_no": ("appeal", APPEAL, {"unit_id": 2}),
}
"""Constraint -> a table, a row that is allowed, and what makes the second row forbidden."""

ALLOWED_BESIDE = {
    "ex_unit_name_one_at_a_time": {"valid": asyncpg.Range(dt.date(2025, 7, 1), None)},
    "ex_unit_code_one_meaning_at_a_time": {"valid": asyncpg.Range(dt.date(2025, 7, 1), None), "unit_id": 2},
    "uq_response_change_one_end": {"change_id": uuid.UUID(int=3), "kind": "repeat"},
    "uq_sending_system_tenant_id_realm_name": {"realm": "production"},
    "uq_framework_version_code_valid_from": {"version": "2026-2", "valid_from": dt.date(2027, 1, 1)},
    "uq_person_tenant_id_work_address": {"tenant_id": 2},
}


async def insert(connection: asyncpg.Connection, table: str, row: dict) -> None:
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values())


@pytest.fixture
async def bare(empty_database_url):
    from parindex.db.migrate import migrate

    await migrate(empty_database_url, today=NOW.date())
    connection = await asyncpg.connect(empty_database_url)
    yield connection
    await connection.close()


def constraint_names(kind: type) -> set[str]:
    return {
        str(constraint.name)
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, kind)
    }


def test_every_exclusion_and_uniqueness_has_its_forbidden_row():
    unique_indexes = {
        str(index.name) for table in Base.metadata.sorted_tables for index in table.indexes if index.unique
    }
    assert set(PAIRS) == constraint_names(ExcludeConstraint) | constraint_names(UniqueConstraint) | unique_indexes


@pytest.mark.parametrize("name", PAIRS)
async def test_the_forbidden_row_is_refused(bare, name):
    table, row, change = PAIRS[name]
    await insert(bare, table, row)
    if name in ALLOWED_BESIDE:
        await insert(bare, table, row | ALLOWED_BESIDE[name])
    with pytest.raises((asyncpg.ExclusionViolationError, asyncpg.UniqueViolationError)) as refused:
        await insert(bare, table, row | change)
    assert refused.value.constraint_name[:50] == name[:50]


@pytest.mark.parametrize(
    ("table", "row", "change"),
    [
        ("response_change", CHANGE, {"delta": 2}),
        ("response_change", CHANGE, {"kind": "deleted"}),
        ("sending_system", SYSTEM, {"realm": "trial"}),
        ("sending_system", SYSTEM, {"personal_data": "keep"}),
        ("instrument_version", INSTRUMENT, {"design": "census"}),
    ],
)
async def test_a_value_outside_its_list_is_refused(bare, table, row, change):
    with pytest.raises(asyncpg.CheckViolationError):
        await insert(bare, table, row | change)


async def test_a_receipt_whose_verdicts_do_not_sum_to_its_items_is_refused(bare):
    verdicts = {"accepted": 1, "duplicate": 0, "repeat": 0, "quarantined": 0, "conflict": 0, "refused": 0}
    receipt = {
        "tenant_id": 1,
        "receipt_id": uuid.UUID(int=1),
        "system_id": 1,
        "realm": "synthetic",
        "credential_id": "c",
        "received_at": NOW,
        "local_day": NOW.date(),
    }
    await insert(bare, "receipt", {**receipt, "items": 1, **verdicts})
    with pytest.raises(asyncpg.CheckViolationError):
        await insert(bare, "receipt", {**receipt, "receipt_id": uuid.UUID(int=2), "items": 2, **verdicts})

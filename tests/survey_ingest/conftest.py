"""HTTP tests of ingest share one database, one application and one catalogue."""

import asyncpg
import pytest

from parindex.register.procedures import import_procedures
from support.ingest_fixtures import both_dialects as pytest_generate_tests
from support.ingest_fixtures import client, dialect, facts, register, resources, sender, shared_settings, shared_url

__all__ = [
    "client",
    "dialect",
    "facts",
    "pytest_generate_tests",
    "register",
    "resources",
    "sender",
    "shared_settings",
    "shared_url",
]


@pytest.fixture
async def procedures(facts: asyncpg.Connection) -> list[str]:
    """National base codes of procedures of the catalogue."""
    code = "2.999001"
    rows = f"code,name,field_code,valid_from,source\n{code},Thủ tục thử nghiệm,G15-TP01,2020-01-01,test\n"
    assert not (await import_procedures(facts, rows)).findings
    return [code]

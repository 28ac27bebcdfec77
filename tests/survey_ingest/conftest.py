"""HTTP tests of ingest share one database, one application and one catalogue."""

from support.ingest_fixtures import (
    both_dialects as pytest_generate_tests,
)
from support.ingest_fixtures import (
    client,
    dialect,
    facts,
    register,
    resources,
    sender,
    shared_settings,
    shared_url,
)

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

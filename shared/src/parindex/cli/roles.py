"""`parindex roles`: the SQL by which a superuser makes the services' roles, from `parindex.db.ownership`."""

from __future__ import annotations

from parindex.db.ownership import ROLES, grant_statements

_HEAD = """\
-- Roles of the services with least privilege. Generated from parindex/db/ownership.py: parindex roles > deploy/roles.sql
-- Run by a superuser with psql, naming the role that owns the schema; may run twice:
--   psql -v ON_ERROR_STOP=1 -v owner=parindex -d parindex -f deploy/roles.sql
-- Logins and passwords are the site's own, for example: ALTER ROLE parindex_scoring_api LOGIN PASSWORD '...';
"""


def roles_sql() -> str:
    """The whole file: roles, membership for the owner, and (once the schema is there) every grant."""
    from parindex.db.base import Base  # noqa: PLC0415 (the other commands start quicker without)
    from parindex.db.models import ingest, worker  # noqa: F401, PLC0415 (fill the metadata)

    make = [
        f"SELECT 'CREATE ROLE {role} NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec"
        for role in ROLES.values()
    ]
    member = [f'GRANT {role} TO :"owner";' for role in ROLES.values()]
    grants = [f"{statement};" for statement in grant_statements([table.name for table in Base.metadata.sorted_tables])]
    migrated = [
        "SELECT to_regclass('public.response') IS NOT NULL AS migrated \\gset",
        "\\if :migrated",
        *grants,
        "\\endif",
    ]
    return (
        _HEAD
        + "\n"
        + "\n".join(
            [
                *make,
                *member,
                "",
                "-- `parindex migrate` sets the same grants; they stand here to be read and to be set anew.",
                *migrated,
            ]
        )
        + "\n"
    )


def roles() -> None:
    """Print deploy/roles.sql: roles and grants of the services, for a superuser."""
    print(roles_sql(), end="")

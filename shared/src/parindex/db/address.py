"""Where the database is: any Postgres URL as operators write it, read in one place."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from parindex.errors import Invalid

LAST_PORT = 65_535


def postgres_url(text: str, driver: str = "postgresql") -> URL:
    """The URL for a driver (`postgresql`: asyncpg itself; `postgresql+asyncpg`: SQLAlchemy).

    Raises Invalid for what is no Postgres URL; what was given is not repeated, as it holds a password.
    """
    try:
        url = make_url(text.strip())
        fits = url.drivername.partition("+")[0] in ("postgresql", "postgres") and (
            url.port is None or 0 < url.port <= LAST_PORT
        )
        # An @ within a password makes the rest of it a host or the name of a database, and so a part of messages.
        fits = fits and text.partition("://")[2].count("@") <= 1
    except (ArgumentError, ValueError):
        fits = False
    if not fits:
        raise Invalid(
            "The database URL cannot be read.",
            code="setting_invalid",
            hint="Expected: postgresql://login:password@host:port/database (characters such as @ and / in a password as %40 and %2F).",
        )
    return url.set(drivername=driver)

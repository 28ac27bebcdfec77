"""Alembic environment: runs on the connection that `parindex.db.migrate` gives, one transaction per migration."""

from typing import Any

from alembic import context

from parindex.db.base import Base
from parindex.db.models import ingest, worker  # noqa: F401  (fill the metadata)

connection = context.config.attributes["connection"]


def include_object(_object: Any, name: str | None, type_: str, reflected: bool, _compare_to: Any) -> bool:
    """Partitions of response_text are made month by month by `parindex migrate`, not by a model."""
    return not (type_ == "table" and reflected and str(name).startswith("response_text_"))


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transaction_per_migration=True,
    compare_type=True,
    compare_server_default=True,
    include_object=include_object,
)
with context.begin_transaction():
    context.run_migrations()

"""Every table of the schema, one module per owner. Import this package to have the whole metadata."""

from parindex.db.models import ingest, scoring, worker

__all__ = ["ingest", "scoring", "worker"]

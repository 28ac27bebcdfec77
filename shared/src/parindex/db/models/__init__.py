"""Every table of the schema, one module per owner, dossiers and the portal apart. Import this package to have the whole metadata."""

from parindex.db.models import dossiers, ingest, portal, scoring, worker

__all__ = ["dossiers", "ingest", "portal", "scoring", "worker"]

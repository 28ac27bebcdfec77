"""HTTP tests of ingest share one database, one application and one catalogue."""

from support.ingest_fixtures import client, facts, register, resources, sender, shared_settings, shared_url

__all__ = ["client", "facts", "register", "resources", "sender", "shared_settings", "shared_url"]

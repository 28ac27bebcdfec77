"""Properties of ingest run on one database of their own."""

from support.ingest_fixtures import client, dialect, facts, register, resources, sender, shared_settings, shared_url

__all__ = ["client", "dialect", "facts", "register", "resources", "sender", "shared_settings", "shared_url"]

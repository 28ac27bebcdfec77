"""Properties of ingest run on one database of their own."""

from support.ingest_fixtures import client, facts, register, resources, sender, shared_settings, shared_url

__all__ = ["client", "facts", "register", "resources", "sender", "shared_settings", "shared_url"]

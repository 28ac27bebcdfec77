"""The services as their OpenAPI documents promise them."""

from support.ingest_fixtures import client, dialect, facts, register, resources, sender, shared_settings, shared_url

__all__ = ["client", "dialect", "facts", "register", "resources", "sender", "shared_settings", "shared_url"]

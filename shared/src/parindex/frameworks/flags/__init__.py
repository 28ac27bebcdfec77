"""Flags: results that are called out, as data with validity, source and provenance."""

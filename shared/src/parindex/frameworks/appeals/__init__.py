"""How long a table may be disputed, as data with validity, source and provenance."""

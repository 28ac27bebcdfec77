"""Shared ground of parindex: engine, registers, database schema, jobs, web and command line. See docs/design.md."""

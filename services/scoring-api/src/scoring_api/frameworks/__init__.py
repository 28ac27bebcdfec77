"""Criteria frameworks over HTTP: what is in force, drafts of officers, and trying a computation without storing it."""

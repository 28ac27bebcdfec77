"""Questionnaires as versioned data: strict loader, files, and the catalogue that ingest and worker read."""

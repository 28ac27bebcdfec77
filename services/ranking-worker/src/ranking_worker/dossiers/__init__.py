"""Dossiers on the worker's side: counted as they arrive, counted again, frozen when a period closes, restated afterwards."""

"""survey-ingest: receives citizens' satisfaction responses. The way of one response begins in `routes.py`."""

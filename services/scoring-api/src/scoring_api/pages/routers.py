"""Every router of the pages."""

from __future__ import annotations

from scoring_api.pages import component_pages, door_pages, round_pages

ROUTERS = (door_pages.router, round_pages.router, component_pages.router)

"""Every router of the pages; the more particular path first."""

from __future__ import annotations

from scoring_api.pages import (
    appeal_decision_pages,
    appeal_pages,
    component_pages,
    door_pages,
    draft_pages,
    edition_pages,
    framework_pages,
    opening_pages,
    person_pages,
    portal_pages,
    publication_pages,
    result_pages,
    round_pages,
    steering_pages,
    work_pages,
)

ROUTERS = (
    door_pages.router,
    opening_pages.router,
    round_pages.router,
    result_pages.router,
    work_pages.router,
    steering_pages.router,
    component_pages.router,
    person_pages.router,
    framework_pages.router,
    draft_pages.router,
    publication_pages.router,
    portal_pages.router,
    appeal_decision_pages.router,
    appeal_pages.router,
    edition_pages.router,
)

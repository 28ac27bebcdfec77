"""All routes of editions, and the types that they answer with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import FastAPI

from scoring_api.editions import answers, change, compare, exact, inputs, listing, series, standing
from scoring_api.editions.edition_route import EditionRoute, add_edition_route
from scoring_api.rendered import Renderings
from scoring_api.route import PublicRoute

if TYPE_CHECKING:
    from scoring_api.app import Resources

PUBLIC_ROUTES: tuple[PublicRoute, ...] = (*listing.ROUTES, *compare.ROUTES, *series.ROUTES)
"""Those that ask for a realm."""
EDITION_ROUTES: tuple[EditionRoute, ...] = (*exact.ROUTES, *standing.ROUTES, *change.ROUTES, *inputs.ROUTES)
router = inputs.router
ANSWERS: tuple[type, ...] = answers.ANSWERS


def add_routes(app: FastAPI, renderings: Renderings, resources: Callable[[], Resources]) -> None:
    """Makes the routes answer that do not ask for a realm, and the address of the newest edition."""
    for route in EDITION_ROUTES:
        add_edition_route(app, route, renderings, resources)
    listing.add_latest(app, resources)

"""All routes of exports, and the types that they answer with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import FastAPI

from scoring_api.exports import catalogue, edition_files, results_stream
from scoring_api.exports.portal_shape import PortalTable
from scoring_api.rendered import Renderings

if TYPE_CHECKING:
    from scoring_api.app import Resources

ANSWERS: tuple[type, ...] = (PortalTable,)


def add_routes(app: FastAPI, renderings: Renderings, resources: Callable[[], Resources], public_url: str) -> None:
    """Makes the routes answer. `public_url`: the address that links in the catalogue begin with."""
    edition_files.add_edition_files(app, renderings, resources)
    catalogue.add_catalogue(app, renderings, resources, public_url)
    results_stream.add_results_stream(app, resources)

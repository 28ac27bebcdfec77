"""What routes take from the running application."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from fastapi import Request

if TYPE_CHECKING:
    from parindex.db.session import Database
    from parindex.settings import Settings
    from scoring_api.app import Resources


def resources_of(request: Request) -> Resources:
    """What the process holds open."""
    return cast("Resources", request.app.state.held[0])


def database_of(request: Request) -> Database:
    """The pool. A use case opens one transaction on it and has committed before it returns its answer."""
    return resources_of(request).database


def settings_of(request: Request) -> Settings:
    """The settings of the process."""
    return cast("Settings", request.app.state.settings)

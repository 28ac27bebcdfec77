"""All routes of rounds, and the types that they answer with."""

from __future__ import annotations

from fastapi import APIRouter

from scoring_api.rounds import answers, entry_routes, reading_routes, steering_routes, workbook_routes
from scoring_api.rounds.variance import Variance

ROUTERS: tuple[APIRouter, ...] = (
    steering_routes.router,
    entry_routes.router,
    reading_routes.router,
    workbook_routes.router,
)
ANSWERS: tuple[type, ...] = (*answers.ANSWERS, Variance)

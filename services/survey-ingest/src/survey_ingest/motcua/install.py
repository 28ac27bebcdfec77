"""Adds the một-cửa dialect to the application."""

from __future__ import annotations

from fastapi import FastAPI

from parindex.settings import Settings
from survey_ingest.dossiers import routes as dossiers
from survey_ingest.motcua import wire, wire_settlement, wire_sheet
from survey_ingest.motcua.access import Gate
from survey_ingest.motcua.call import Reply
from survey_ingest.motcua.list_routes import router as list_router
from survey_ingest.motcua.list_routes import token_router, unmatched
from survey_ingest.motcua.session_routes import router as session_router
from survey_ingest.motcua.settlement_routes import router as settlement_router
from survey_ingest.motcua.sheet_routes import router as sheet_router
from survey_ingest.resources import Resources

COMPONENTS: tuple[type, ...] = (
    wire_sheet.Sheet,
    wire_sheet.NamedBatch,
    wire_sheet.SheetWithdrawal,
    wire.SheetAnswer,
    wire.BatchAnswer,
    wire.StoredAnswer,
    wire.Failure,
    wire.TokenFailure,
    wire.ListPage,
    wire.ClockAnswer,
    wire.Session,
    wire_settlement.SettlementRequest,
    wire_settlement.SettlementAnswer,
    Reply,
    *dossiers.COMPONENTS,
)
"""Wire types for the document."""
WITHOUT_TOKEN = ("/api/v1/thoi-gian",)


def add_dialect(app: FastAPI, settings: Settings, resources: Resources) -> None:
    """Routes and gate of the dialect. What no route of /api/v1 takes is answered in the envelope, so this comes last."""
    app.state.motcua_gate = Gate(settings, resources)
    routers = (token_router, sheet_router, *dossiers.ROUTERS, settlement_router, list_router, session_router, unmatched)
    for router in routers:
        app.include_router(router)

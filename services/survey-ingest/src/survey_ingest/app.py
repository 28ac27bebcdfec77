"""The survey-ingest application: `create_app(settings)`; `main` runs it under uvicorn."""

from __future__ import annotations

import argparse
import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from parindex.settings import Settings
from parindex.web.app import create_base_app
from parindex.web.logs import configure_logging
from parindex.web.openapi import publish_components
from parindex.web.start import starting
from survey_ingest import wire
from survey_ingest.catalogue_routes import router as catalogue_router
from survey_ingest.motcua.install import COMPONENTS, WITHOUT_TOKEN, add_dialect
from survey_ingest.resources import Resources
from survey_ingest.routes import router
from survey_ingest.vendor.page import router as page_router
from survey_ingest.verdicts import BatchResults, Result, StoredResponse

DESCRIPTION = """Tiếp nhận phiếu đánh giá mức độ hài lòng từ phần mềm một cửa. / Receives citizens' satisfaction responses from one-stop software.

One verdict per item: accepted, duplicate, repeat, quarantined, conflict, refused. What is acknowledged is committed.
No citizen's personal data is ever accepted."""


def create_app(settings: Settings, *, resources: Resources | None = None) -> FastAPI:
    """The application. Given `resources` (already opened, as in tests) it neither opens nor closes them."""
    held = resources or Resources(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if resources is None:
            await held.open()
        try:
            yield
        finally:
            if resources is None:
                await held.close()

    app = create_base_app(
        title="parindex survey-ingest",
        description=DESCRIPTION,
        settings=settings,
        lifespan=lifespan,
        ready=held.ready,
        registry=held.registry,
    )
    app.state.resources = held
    app.include_router(router)
    app.include_router(catalogue_router)
    app.include_router(page_router)
    add_dialect(app, settings, held)
    publish_components(
        app,
        wire.ResponseItem,
        wire.Token,
        wire.Withdrawal,
        wire.ExposureItem,
        wire.ExposureResults,
        wire.Balance,
        wire.CataloguePage,
        wire.ServerTime,
        Result,
        BatchResults,
        StoredResponse,
        *COMPONENTS,
        examples_of="survey_ingest",
        grants_at="v1/token",
        without_token=("/v1/token", "/v1/time", *WITHOUT_TOKEN),
    )
    return app


def served() -> FastAPI:
    """The application with settings from the environment (uvicorn's factory)."""
    settings = Settings.from_env(os.environ)
    configure_logging("survey-ingest", settings.log_level)
    # A batch makes some ten thousand objects that all die with it: looking for cycles after every 700 is wasted.
    gc.set_threshold(20_000, 20, 50)
    return create_app(settings)


def main() -> None:
    """Runs the service until SIGTERM or Ctrl-C, then finishes what it acknowledged."""
    parser = argparse.ArgumentParser(prog="survey-ingest", description="Receives citizens' satisfaction responses.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--workers", type=int, default=1, help="processes that share the port")
    arguments = parser.parse_args()
    with starting():
        app = served()
    alone = arguments.workers == 1
    uvicorn.run(
        app if alone else "survey_ingest.app:served",  # each of several processes makes its own
        factory=not alone,
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whose word about addresses is taken is said by PARINDEX_TRUSTED_PROXIES alone
        timeout_graceful_shutdown=20,
        timeout_keep_alive=30,
    )

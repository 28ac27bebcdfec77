"""The worker process: its loops inside a small HTTP application for health and metrics."""

from __future__ import annotations

import argparse
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from parindex.settings import Settings
from parindex.web.app import create_base_app
from parindex.web.logs import configure_logging
from parindex.web.start import starting
from ranking_worker.worker import Worker

PORT = 8030
GRACE_SECONDS = 5


def create_app(settings: Settings) -> FastAPI:
    """/health/live, /health/ready and /metrics; the loops run from start to shutdown of the application."""
    worker = Worker(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with worker.running():
            yield

    return create_base_app(
        title="parindex ranking-worker",
        description="Sức khỏe và chỉ số của tiến trình xếp hạng / Health and metrics of the ranking worker",
        settings=settings,
        lifespan=lifespan,
        ready=worker.ready,
        registry=worker.metrics.registry,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Works until SIGTERM or SIGINT, then finishes the transactions under way. Settings come from the environment."""
    parser = argparse.ArgumentParser(
        prog="ranking_worker", description="Merges counts, computes results, ranks, closes periods."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=PORT, help="port of health and metrics")
    options = parser.parse_args(arguments)
    with starting():
        settings = Settings.from_env(os.environ)
        configure_logging("ranking-worker", settings.log_level)
        app = create_app(settings)
    uvicorn.run(
        app,
        host=options.host,
        port=options.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        server_header=False,
    )

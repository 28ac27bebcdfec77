"""The services with floor routes beside their own: `python -m bench.apps ingest|scoring --port P` (only for `make bench`).

Each floor lies in the same application behind the same middleware, so that a ratio compares only what differs.
"""

from __future__ import annotations

import argparse
import os
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Request
from starlette.responses import PlainTextResponse, Response

from parindex.settings import Settings
from parindex.web.logs import configure_logging
from survey_ingest.body import MOST_SINGLE_BYTES, decode, read_body
from survey_ingest.routes import said
from survey_ingest.routing import resources_of, sender

# FastAPI resolves the annotations of routes in the module's namespace.
Caller = Annotated[object, Depends(sender)]


def add_hello(app: FastAPI) -> None:
    """The plainest route: what the stack itself costs."""

    @app.api_route("/bench/hello", methods=["GET", "POST"])
    async def hello() -> Response:
        return PlainTextResponse("hello")


def floors_first(app: FastAPI, count: int) -> None:
    """Moves the last `count` routes to the front: a floor must not pay for looking past every route of the product."""
    routes = app.router.routes
    routes[:] = [*routes[-count:], *routes[:-count]]


def ingest() -> FastAPI:
    """survey-ingest with a POST route that reads, authenticates and checks the same body, without database."""
    from survey_ingest.app import create_app

    settings = Settings.from_env(os.environ)
    configure_logging("survey-ingest", settings.log_level)
    app = create_app(settings)
    add_hello(app)

    @app.post("/bench/check")
    async def check(request: Request, caller: Caller) -> Response:
        resources = resources_of(request)
        limits = resources.limiter.take(caller, 1)
        item = said(decode(await read_body(request, MOST_SINGLE_BYTES)), caller, resources.catalogues.current, 0)
        item.item.digest()
        return Response(b'{"response_id":"","verdict":"accepted"}', 201, limits, "application/json")

    floors_first(app, 2)
    return app


def scoring() -> FastAPI:
    """scoring-api with a route that returns a given number of constant bytes."""
    from scoring_api.app import create_app

    settings = Settings.from_env(os.environ)
    configure_logging("scoring-api", settings.log_level)
    app = create_app(settings)
    add_hello(app)
    bodies: dict[int, bytes] = {}

    @app.get("/bench/constant/{size}")
    async def constant(request: Request) -> Response:
        size = request.path_params["size"]
        body = bodies.get(size)
        if body is None:
            body = bodies[size] = b"x" * min(int(size), 10_000_000)
        return Response(body, media_type="application/json")

    floors_first(app, 2)
    return app


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("which", choices=["ingest", "scoring"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    uvicorn.run(
        f"bench.apps:{arguments.which}",
        factory=True,
        host="127.0.0.1",
        port=arguments.port,
        workers=arguments.workers,
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()

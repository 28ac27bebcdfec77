"""The application: resources opened and closed with it, every public route, the auditor's route."""

from __future__ import annotations

import argparse
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry, Gauge

from parindex.db.address import postgres_url
from parindex.db.session import Database
from parindex.settings import Settings
from parindex.web.app import create_base_app
from parindex.web.auth import Authenticator
from parindex.web.logs import configure_logging, say_whether_roles_are_separated
from parindex.web.openapi import publish_components
from parindex.web.start import starting
from scoring_api import (
    explanation,
    league_tables,
    published,
    published_figures,
    questionnaires,
    responses,
    results,
    series,
    table_index,
    units,
)
from scoring_api.answers import Words
from scoring_api.appeals import routes as appeals
from scoring_api.appeals.answers import ANSWERS as APPEAL_ANSWERS
from scoring_api.dossiers import routes as dossiers
from scoring_api.editions import routes as editions
from scoring_api.evidence import routes as evidence
from scoring_api.exports import routes as exports
from scoring_api.feed import routes as feed
from scoring_api.feed.page import ChangeFeed
from scoring_api.feed.watch import FeedWatch
from scoring_api.frameworks import draft_routes, public_routes
from scoring_api.frameworks.wire import ANSWERS as FRAMEWORK_ANSWERS
from scoring_api.improve import routes as targets
from scoring_api.improve.answers import ANSWERS as TARGET_ANSWERS
from scoring_api.letters import routes as letters
from scoring_api.letters.cell import ANSWERS as LETTER_ANSWERS
from scoring_api.moments import results as result_moments
from scoring_api.moments import rounds as round_moments
from scoring_api.moments import routes as moments
from scoring_api.pages import routers as pages
from scoring_api.people import oidc_routes, persons_routes, sign_in_routes
from scoring_api.people.door import Door
from scoring_api.portal import routes as portal
from scoring_api.publications import routes as publications
from scoring_api.publications.answers import ANSWERS as PUBLICATION_ANSWERS
from scoring_api.rendered import Renderings
from scoring_api.rounds import routes as rounds
from scoring_api.rounds.clock import utc_now
from scoring_api.route import PublicRoute, add_public_route
from scoring_api.snapshot import Pulse, Registers, Snapshots
from scoring_api.webhooks import routes as webhooks

PUBLIC_ROUTES: tuple[PublicRoute, ...] = (
    *units.ROUTES,
    *questionnaires.ROUTES,
    *results.ROUTES,
    *league_tables.ROUTES,
    *table_index.ROUTES,
    *series.ROUTES,
    *published.ROUTES,
    *published_figures.ROUTES,
    *editions.PUBLIC_ROUTES,
    *moments.ROUTES,
    *dossiers.ROUTES,
    *portal.ROUTES,
)
ROUTERS: tuple[APIRouter, ...] = (
    sign_in_routes.router,
    oidc_routes.router,
    persons_routes.router,
    evidence.router,
    public_routes.router,
    draft_routes.router,
    *rounds.ROUTERS,
    round_moments.router,
    feed.router,
    webhooks.router,
    publications.router,
    appeals.router,
    targets.router,
    letters.router,
    editions.router,
    dossiers.router,
    portal.router,
    *pages.ROUTERS,
)
"""Routes beside the public read side: frameworks, people, rounds, evidence, computations, pages."""
GRACE_SECONDS = 20


@dataclass(slots=True)
class Resources:
    """What the process holds open."""

    database: Database
    snapshots: Snapshots
    authenticator: Authenticator

    @classmethod
    def open(cls, settings: Settings, registers: Registers | None = None) -> Resources:
        """Resources on the service's own login (or the owner's with SET ROLE). Connections are made when first needed.

        `registers`: as for `Snapshots`; without them they are read at the first look.
        """
        database = Database.for_service(settings, "scoring-api")
        return cls(database, Snapshots(database, registers), Authenticator(database))

    async def close(self) -> None:
        """Closes the pool."""
        await self.database.close()


def create_app(settings: Settings, *, resources: Resources | None = None) -> FastAPI:
    """The application. Given resources stay the caller's to close; otherwise they live as long as the application."""
    registry = CollectorRegistry()
    held: list[Resources] = [] if resources is None else [resources]
    renderings = Renderings()
    as_of = Gauge(
        "parindex_scoring_as_of_seconds", "Unix time of the last merge that readers saw", ["realm"], registry=registry
    )
    not_counted = Gauge(
        "parindex_scoring_not_counted",
        "Responses and withdrawals that readers did not see yet at their last look",
        ["realm"],
        registry=registry,
    )

    def seen(realm: str, pulse: Pulse) -> None:
        if pulse.merged_as_of is not None:
            as_of.labels(realm).set(pulse.merged_as_of.timestamp())
        not_counted.labels(realm).set(pulse.not_counted)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if resources is None:
            held.append(Resources.open(settings))
        held[0].snapshots.on_look = seen
        say_whether_roles_are_separated(held[0].database, "scoring-api")
        try:
            yield
        finally:
            await app.state.feed.close()
            await renderings.close()
            if resources is None:
                await held.pop().close()

    async def ready() -> dict[str, str]:
        async with held[0].snapshots.open("production") as snapshot:
            return {"database": "answers", "register_revision": str(snapshot.pulse.revision)}

    app = create_base_app(
        title="parindex: chỉ số và bảng xếp hạng / indices and league tables",
        description="Đọc công khai kết quả hài lòng, bảng xếp hạng và số liệu đã công bố. / Public read side: satisfaction results, league tables, published figures. "
        "Points and percents are strings with their published digits, counts are integers. Every answer names its realm; production is the default.",
        settings=settings,
        lifespan=lifespan,
        ready=ready,
        registry=registry,
    )
    app.state.held, app.state.settings, app.state.door = held, settings, Door(settings, registry)
    app.state.clock = utc_now
    app.state.feed = FeedWatch(lambda: held[0].database)
    # Routes are tried in their order: what everybody reads comes first, what operators read last.
    operational = app.router.routes.copy()
    app.router.routes.clear()
    editions.add_routes(app, renderings, lambda: held[0])
    for route in PUBLIC_ROUTES:
        add_public_route(app, route, renderings, lambda: held[0].snapshots)
    exports.add_routes(app, renderings, lambda: held[0], settings.public_url)
    explanation.add_route(app, renderings, lambda: (held[0].snapshots, held[0].authenticator))
    responses.add_route(app, lambda: (held[0].snapshots, held[0].authenticator))
    result_moments.add_route(app, lambda: (held[0].snapshots, held[0].authenticator))
    for router in ROUTERS:
        # The routes themselves: `include_router` would make all of them anew for each application.
        app.router.routes.extend(router.routes)
    app.router.routes.extend(operational)
    publish_components(
        app,
        Words,
        explanation.Explanation,
        responses.ResponsePage,
        ChangeFeed,
        *evidence.ANSWERS,
        *FRAMEWORK_ANSWERS,
        *rounds.ANSWERS,
        result_moments.ResultDifferences,
        round_moments.RoundDifferences,
        *PUBLICATION_ANSWERS,
        *APPEAL_ANSWERS,
        *TARGET_ANSWERS,
        *LETTER_ANSWERS,
        *editions.ANSWERS,
        *exports.ANSWERS,
        *dossiers.ANSWERS,
        *portal.ANSWERS,
        *(route.answer for route in PUBLIC_ROUTES),
        examples_of="scoring_api",
    )
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves until SIGTERM or SIGINT; requests under way are finished first. Settings come from the environment."""
    parser = argparse.ArgumentParser(
        prog="scoring_api", description="Public read side: results, league tables, published figures."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8020)
    options = parser.parse_args(arguments)
    with starting():
        settings = Settings.from_env(os.environ)
        configure_logging("scoring-api", settings.log_level)
        postgres_url(settings.url_for("scoring-api")[0])  # the pool is opened later, with the application
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

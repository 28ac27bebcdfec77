"""A service without a login of its own says so when it starts; one that has its own says nothing."""

from __future__ import annotations

import uuid

import asyncpg
import pytest
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

import ranking_worker.app
import scoring_api.app
import survey_ingest.app
from parindex.db.ownership import ROLES

pytestmark = pytest.mark.database
APPS = {
    "survey-ingest": survey_ingest.app.create_app,
    "scoring-api": scoring_api.app.create_app,
    "ranking-worker": ranking_worker.app.create_app,
}


@pytest.fixture
async def own_login(request, server_url, database_url):
    """A login that is a member of the service's role and of nothing else; its URL."""
    service = request.getfixturevalue("service")
    name, password = f"login_{uuid.uuid4().hex[:8]}", uuid.uuid4().hex
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}' IN ROLE {ROLES[service]}")
    yield make_url(database_url).set(username=name, password=password).render_as_string(hide_password=False)
    await admin.execute(f"DROP ROLE {name}")
    await admin.close()


def warnings(lines) -> list[str]:
    return [line["service"] for line in lines if line["event"] == "roles_not_separated"]


@pytest.mark.parametrize("service", APPS)
async def test_a_service_on_the_owner_s_login_says_that_roles_are_not_separated(service, make_settings):
    app = APPS[service](make_settings())
    with capture_logs() as lines:
        async with app.router.lifespan_context(app):
            pass
    assert warnings(lines) == [service]


@pytest.mark.parametrize("service", APPS)
async def test_a_service_with_a_login_of_its_own_says_nothing(service, make_settings, own_login):
    app = APPS[service](make_settings(**{f"{service.replace('-', '_')}_database_url": own_login}))
    with capture_logs() as lines:
        async with app.router.lifespan_context(app):
            pass
    assert warnings(lines) == []

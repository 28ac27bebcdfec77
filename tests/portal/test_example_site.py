"""The shipped example of a profile file against the simulated portal: with an address and secrets filled in it works as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from parindex.engine.period import Period
from ranking_worker.portal.endpoints_766 import national_body
from support.portal import SECRETS, linked

pytestmark = pytest.mark.database
EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "portal.example.yaml"
FILES = {"portal-username": "user", "portal-password": "word", "lgsp-key": "key", "lgsp-secret": "secret"}


@pytest.fixture
def site(tmp_path, simulator, database, registers, clock):
    """Makes the link of one profile of the example, as an operator who tries it against the simulator."""
    (tmp_path / "secrets").mkdir()
    for name, secret in FILES.items():
        (tmp_path / "secrets" / name).write_text(SECRETS[secret])
    text = EXAMPLE.read_text()
    for address in ("http://10.0.0.5:8080", "https://lgsp.example.vn", "https://dichvucong.gov.vn"):
        assert address in text
        text = text.replace(address, simulator.url)
    file = tmp_path / "portal.yaml"
    file.write_text(text)
    return lambda name: linked(file, database, registers, clock, name)


async def test_the_example_works_against_the_simulator_once_addresses_and_secrets_are_filled_in(site, simulator):
    adapter, hub, public = [await site(name) for name in ("phu-tho-adapter", "phu-tho-lgsp", "dvcqg-766")]
    assert (await adapter.portal.catalogue("agencies")).outcome == "received"
    assert (await adapter.portal.dossier("H44.07-260921-0042")).outcome == "received"
    await hub.portal.sign_in()
    assert simulator.books()["endpoints"].keys() == {"A/login", "A/LayDanhMucCoQuan", "A/TraCuuHoSo", "B/token"}
    figures = await public.portal.metrics("service-results", national_body(Period.parse("2026-Q3")))
    assert (figures.outcome, figures.reply.status) == ("received", 201)
    for link in (adapter, hub, public):
        await link.portal.close()

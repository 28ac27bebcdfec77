"""Receives one request about dossiers: what every route and service of them does, whatever its envelope."""

from __future__ import annotations

import datetime as dt

from parindex.web.auth import Caller
from survey_ingest.dossiers.prepare import dossiers_of, steps_of
from survey_ingest.dossiers.progress import store_steps
from survey_ingest.dossiers.read_request import Sent
from survey_ingest.dossiers.receipts import Outcome
from survey_ingest.dossiers.store import store_dossiers
from survey_ingest.resources import Resources


async def receive_dossiers(resources: Resources, caller: Caller, sent: Sent) -> list[Outcome]:
    """Stores the dossiers and rings the worker's bell after the commit; outcomes in the order sent."""
    catalogues = resources.catalogues.current
    entries = dossiers_of(sent.records, sent.agency, caller, catalogues, dt.datetime.now(dt.UTC))
    outcomes = await resources.committer.committed(
        lambda connection: store_dossiers(connection, caller, entries, catalogues.units, updating=sent.updating)
    )
    resources.count_records(caller.realm, "dossier", (outcome.verdict for outcome in outcomes))
    return outcomes


async def receive_steps(resources: Resources, caller: Caller, sent: Sent) -> list[Outcome]:
    """Stores the progress steps and rings the worker's bell after the commit; outcomes in the order sent."""
    catalogues = resources.catalogues.current
    entries = steps_of(sent.records, caller, catalogues, dt.datetime.now(dt.UTC))
    outcomes = await resources.committer.committed(
        lambda connection: store_steps(connection, caller, entries, catalogues.units)
    )
    resources.count_records(caller.realm, "progress", (outcome.verdict for outcome in outcomes))
    return outcomes

"""The OpenAPI documents of both services, compared byte for byte. `make openapi` rewrites them; the diff is for the review."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI

import scoring_api.app
import survey_ingest.app
from parindex.settings import Settings

FOLDER = Path(__file__).parent
SERVICES: dict[str, Callable[[Settings], FastAPI]] = {
    "survey_ingest": survey_ingest.app.create_app,
    "scoring_api": scoring_api.app.create_app,
}


@pytest.mark.parametrize("service", SERVICES)
async def test_the_openapi_document_is_the_reviewed_one(service: str):
    # Nothing connects before it is asked to: the document needs no server.
    app = SERVICES[service](Settings(database_url="postgresql://nobody@127.0.0.1/none", redis_url="redis://127.0.0.1"))
    document = json.dumps(app.openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    path = FOLDER / f"openapi_{service}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(document, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing: run `make openapi` and review it"
    assert document == path.read_text(encoding="utf-8"), (
        f"the OpenAPI document of {service} differs from tests/golden/{path.name}: `make openapi` rewrites it"
    )

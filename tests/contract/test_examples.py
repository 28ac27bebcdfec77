"""The examples in both documents are answers that the documents allow, and every main answer has one."""

from __future__ import annotations

import jsonschema
import pytest

import scoring_api.app
import survey_ingest.app
from parindex.settings import Settings

APPS = {"survey_ingest": survey_ingest.app.create_app, "scoring_api": scoring_api.app.create_app}

SHOWN = ("/v1/", "/api/v1/", "/token", "/mapi/")


@pytest.fixture(params=APPS)
async def document(request):
    # Nothing connects before it is asked to: the document needs no server.
    settings = Settings(database_url="postgresql://nobody@127.0.0.1/none", redis_url="redis://127.0.0.1")
    return APPS[request.param](settings).openapi()


def answers(document):
    """(operation and status, content as JSON) of everything that senders and readers ask for and is answered with JSON."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get("application/json")
                if path.startswith(SHOWN) and content is not None:
                    yield f"{method.upper()} {path} {status}", content


def test_every_main_answer_has_an_example(document):
    shown = {name.rpartition(" ")[0] for name, content in answers(document) if "examples" in content}
    assert shown == {name.rpartition(" ")[0] for name, _ in answers(document)}


def test_every_example_fits_its_schema_and_is_labelled(document):
    for name, content in answers(document):
        for example in content.get("examples", {}).values():
            schema = {**content["schema"], "components": document["components"]}
            jsonschema.Draft202012Validator(schema).validate(example["value"])
            realm = example["value"].get("realm")
            assert ("dữ liệu giả lập" in example["summary"]) >= (realm == "synthetic"), name
            assert "notice" not in example["value"] or (example["value"]["notice"] is None) == (realm == "production")


def test_a_reader_of_the_page_can_get_a_token_where_one_is_needed(document):
    schemes = document["components"]["securitySchemes"]
    needed = {
        path: [scheme for one in operation["security"] for scheme in one]
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if "security" in operation
    }
    assert needed
    assert {scheme for used in needed.values() for scheme in used} <= schemes.keys()
    assert not {"/v1/token", "/v1/time", "/v1/league-tables", "/token", "/api/v1/thoi-gian"} & needed.keys()
    assert ("/v1/responses" in needed) == ("/api/v1/phieu-danh-gia" in needed)

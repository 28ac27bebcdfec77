"""OpenAPI components from msgspec types, so that the wire types have one source of truth; and examples of real answers."""

from __future__ import annotations

import json
from collections.abc import Collection
from importlib.resources import files
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from parindex.web.problems import Problem

REF = "#/components/schemas/{name}"
_WITH_TOKEN = ("/v1/", "/api/v1/")


def ref(kind: type) -> dict[str, str]:
    """A reference to the component of a msgspec type."""
    return {"$ref": REF.format(name=kind.__name__)}


def publish_components(
    app: FastAPI, *kinds: type, examples_of: str, grants_at: str = "", without_token: Collection[str] = ()
) -> None:
    """Makes `app.openapi()` (3.1) carry the schemas of the given msgspec types beside FastAPI's own, and Problem.

    `examples_of` names the package whose `examples.json` holds answers as they were given: "GET /v1/units 200" ->
    summary and value. `grants_at` documents OAuth2 client credentials for every path of /v1 and /api/v1 but those `without_token`.
    Raises KeyError for an example whose operation or status is not in the document.
    """

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                openapi_version="3.1.0",
                tags=app.openapi_tags,
            )
            _, components = msgspec.json.schema_components([Problem, *kinds], ref_template=REF)
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(components)
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            _problems_instead_of_fastapi_errors(document)
            _add_examples(document, json.loads(files(examples_of).joinpath("examples.json").read_text("utf-8")))
            if grants_at:
                _add_client_credentials(document, grants_at, without_token)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _problems_instead_of_fastapi_errors(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            unprocessable = operation.get("responses", {}).get("422")
            if unprocessable and _is_fastapis_own(unprocessable):
                unprocessable["content"] = {
                    "application/problem+json": {"schema": {"$ref": REF.format(name="Problem")}}
                }
                unprocessable["description"] = "Unprocessable: each fault is named in findings"


def _add_examples(document: dict[str, Any], examples: dict[str, Any]) -> None:
    for name, example in examples.items():
        method, path, status = name.split(" ")
        content = document["paths"][path][method.lower()]["responses"][status]["content"]
        content["application/json"]["examples"] = {"answer": example}


def _add_client_credentials(document: dict[str, Any], grants_at: str, without_token: Collection[str]) -> None:
    flow = {"clientCredentials": {"tokenUrl": grants_at, "scopes": {}}}
    document["components"].setdefault("securitySchemes", {})["client_credentials"] = {"type": "oauth2", "flows": flow}
    for path, operations in document["paths"].items():
        for operation in operations.values() if path.startswith(_WITH_TOKEN) and path not in without_token else ():
            operation["security"] = [{"client_credentials": []}]


def _is_fastapis_own(response: dict[str, Any]) -> bool:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", "")).endswith("/HTTPValidationError")

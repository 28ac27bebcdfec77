"""OpenAPI components from msgspec types, so that the wire types have one source of truth."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from parindex.web.problems import Problem

REF = "#/components/schemas/{name}"


def ref(kind: type) -> dict[str, str]:
    """A reference to the component of a msgspec type."""
    return {"$ref": REF.format(name=kind.__name__)}


def publish_components(app: FastAPI, *kinds: type) -> None:
    """Makes `app.openapi()` (3.1) carry the schemas of the given msgspec types beside FastAPI's own, and Problem."""

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


def _is_fastapis_own(response: dict[str, Any]) -> bool:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", "")).endswith("/HTTPValidationError")

"""Sends what schemathesis makes of an OpenAPI document and holds every answer against that document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi import checks

GOLDEN = Path(__file__).parent.parent / "golden"
CHECKS: list[CheckFunction] = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
Operation = tuple[str, str]
"""Path and method."""


def operations(service: str) -> list[Operation]:
    """Every operation of the service's reviewed document."""
    document = json.loads((GOLDEN / f"openapi_{service}.json").read_text(encoding="utf-8"))
    return [(path, method) for path, entry in document["paths"].items() for method in entry]


def hold_to_document(
    document: dict[str, Any], operation: Operation, base_url: str, headers: dict[str, str], *, examples: int
) -> None:
    """Posts well-formed and malformed requests: no 5xx but a 503 with Retry-After, no answer outside the document."""
    schema = schemathesis.openapi.from_dict(document)
    path, method = operation

    entry = document["paths"][path][method]
    has_input = "requestBody" in entry or "parameters" in entry
    # There is no wrong way to ask for something that takes no input.
    for mode in (GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if has_input else [])):
        strategy = schema[path][method.upper()].as_strategy(generation_mode=mode)

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(case=strategy)
        def hold(case: Case) -> None:
            answer = case.call(base_url=base_url, headers=headers)
            if answer.status_code >= 500:
                assert answer.status_code == 503, f"{answer.status_code} for {case.as_curl_command()}"
                assert answer.headers.get("retry-after"), "503 without Retry-After"
            case.validate_response(answer, checks=CHECKS)

        hold()

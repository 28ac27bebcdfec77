"""What nobody honest sends: bodies made to exhaust, to break out of text, or to slip something invisible in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute

from parindex.engine.read_inputs import read_inputs
from parindex.errors import Invalid
from parindex.frameworks.criteria_file import read_framework_json, read_framework_yaml
from parindex.instruments.strict_yaml import MOST_NODES
from scoring_api.app import create_app
from scoring_api.rounds.body_limit import MOST_FIELDS_BYTES, LimitedBodyRoute
from support.people import make_person
from support.rounds import FINANCE, H99, Stage, criteria

JSON = {"Content-Type": "application/json"}
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def opened(client, connection) -> Stage:
    stage = await Stage.of(client, connection)
    await stage.open()
    return stage


def routes_of(router: Any) -> Iterator[APIRoute]:
    for route in router.routes:
        if hasattr(route, "original_router"):
            yield from routes_of(route.original_router)
        elif isinstance(route, APIRoute):
            yield route


def test_every_route_that_declares_its_fields_limits_its_body(settings):
    routes = [route for route in routes_of(create_app(settings)) if route.body_field is not None]
    assert len(routes) > 20
    assert [route.path for route in routes if not isinstance(route, LimitedBodyRoute)] == []


async def test_fields_beyond_their_limit_are_refused_before_anybody_is_known(opened: Stage):
    body = b'{"note":"' + b"a" * MOST_FIELDS_BYTES + b'"}'
    path = f"/v1/rounds{opened.cell(FINANCE, 'plan', 'declaration')}"
    answer = await opened.client.put(path, content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("levels", [21, 450, 900])
async def test_an_origin_of_endless_levels_is_a_finding(opened: Stage, levels):
    body = b'{"input":{"value":true,"from":{"a":' + b"[" * levels + b"]" * levels + b"}}}"
    path = f"/v1/rounds{opened.cell(FINANCE, 'plan', 'declaration')}"
    answer = await opened.client.put(path, content=body, headers={**JSON, **opened.cast.units[FINANCE].headers})
    assert (answer.status_code, answer.json()["code"]) == (422, "input_not_storable"), answer.text


async def test_half_a_character_as_a_field_of_an_opening_is_a_finding(opened: Stage):
    body = json.dumps(opened.opening(departments={"\ud800": 1})).encode()
    answer = await opened.client.post("/v1/rounds", content=body, headers={**JSON, **opened.cast.officer.headers})
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


@pytest.mark.parametrize("form", [{"work_address": "a\0@x.vn"}, {"next": "\0"}, {"a\0": "b"}])
async def test_a_form_of_characters_that_are_no_text_is_unreadable(client, form):
    answer = await client.post("/pages/sign-in", data={"password": "x", "code": "1", **form}, headers=OURS)
    assert answer.status_code == 400
    assert "Biểu mẫu không đọc được" in answer.text


async def test_an_officer_gives_himself_no_role(client, connection):
    officer = await make_person(connection, H99, "Cán bộ", ["officer"])
    body = {"role": "council", "why": "tôi cũng chấm"}
    answer = await client.post(f"/v1/persons/{officer.person_id}/roles", json=body, headers=officer.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "own_roles")


@pytest.mark.parametrize("name", ["Nguyễn\u202eAn", "Nguyễn\u2028An", "Nguyễn\u0085An"])
async def test_a_name_that_reads_otherwise_than_it_is_written_is_refused(client, connection, name):
    officer = await make_person(connection, H99, "Cán bộ", ["officer"])
    body = {"name": name, "work_address": "an@x.gov.vn", "why": "vào ngành"}
    answer = await client.post("/v1/persons", json=body, headers=officer.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


@pytest.mark.slow
def test_yaml_of_more_values_than_anybody_writes_is_refused_before_it_is_read_whole():
    with pytest.raises(Invalid) as caught:
        read_framework_yaml("- a\n" * (MOST_NODES + 1), "framework.yaml")
    assert [finding.code for finding in caught.value.findings] == ["yaml_too_large"]


def test_unknown_keys_are_named_up_to_fifty_and_then_counted():
    with pytest.raises(Invalid) as caught:
        read_framework_json({f"k{n}": 1 for n in range(60_000)}, "the document")
    strangers = [finding for finding in caught.value.findings if finding.code == "unknown_key"]
    assert len(strangers) == 51
    assert "59950 more keys" in strangers[-1].message


def test_unknown_components_are_named_up_to_fifty_and_then_counted():
    with pytest.raises(Invalid) as caught:
        read_inputs(criteria().framework, "department", {f"k{n}": None for n in range(60_000)})
    assert len(caught.value.findings) == 51
    assert "59950 more" in caught.value.findings[-1].message

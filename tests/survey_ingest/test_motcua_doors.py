"""Wrong doors of the một-cửa dialect: every path under its roots is answered in its envelope, in the form that was sent."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from support.ingest import Sender
from survey_ingest.motcua.answers import is_xml


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/mapi/g", 405, -31),
        ("PUT", "/token", 405, -31),
        ("GET", "/api/SynsTTHCC/DongBoHoSoMC", 405, -31),
        ("DELETE", "/XrdAdapter/RestService/forward/mapi/login", 405, -31),
        ("POST", "/mapi/khong-co", 404, -30),
        ("POST", "/api/SynsTTHCC/KhongCo", 404, -30),
        ("POST", "/VXPAdapter/khac", 404, -30),
        ("GET", "/api/v1/khong-co", 404, -30),
        ("GET", "/api/v1/lo/%0Alo-1", 404, -30),
    ],
)
async def test_a_wrong_door_of_the_dialect_is_told_in_its_envelope(
    sender: Sender, method: str, path: str, status: int, code: int
) -> None:
    answer = await sender.client.request(method, path)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert "thành công" not in answer.json()["message"]


@pytest.mark.parametrize(
    ("kind", "accept", "xml"),
    [
        ("application/json; profile=xml", "application/xml", False),
        ("text/xml; charset=utf-8", "", True),
        ("", "application/xml;q=0.9, text/html", True),
        ("", "text/html,application/xhtml+xml", False),
    ],
)
def test_only_the_media_type_says_whether_xml_is_spoken(kind: str, accept: str, xml: bool) -> None:
    headers = [(b"content-type", kind.encode())] if kind else []
    request = Request({"type": "http", "method": "POST", "headers": [*headers, (b"accept", accept.encode())]})
    assert is_xml(request) is xml

"""The requests of the page's C# example as Mono 6.8 sent them, byte for byte but for what changes with each run."""

from __future__ import annotations

import base64
import datetime as dt
import json
import socket
from urllib.parse import urlsplit

TOKEN = (
    "POST /token HTTP/1.1\r\n"
    "Authorization: Basic {basic}\r\n"
    "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
    "Content-Length: {length}\r\n"
    "Host: {host}\r\n\r\n"
)
SHEET = (
    "POST /api/v1/phieu-danh-gia HTTP/1.1\r\n"
    "Authorization: Bearer {token}\r\n"
    "Content-Type: application/json; charset=utf-8\r\n"
    "Content-Length: {length}\r\n"
    "Host: {host}\r\n\r\n"
)
BODY = (
    '{{"MaPhieu":"cs-{now}","MaDonVi":"{unit}","MaBoCauHoi":"KIOSK3","PhienBan":"1","ThoiDiemDanhGia":"{now}",'
    '"GiaiDoan":"3","KenhThuThap":"1","CheDo":"1","MucDoHaiLong":"Hài lòng"}}'
)


def _exchange(address: tuple[str, int], head: str, body: bytes) -> dict[str, object]:
    with socket.create_connection(address, timeout=30) as wire:
        wire.sendall(head.encode() + body)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += wire.recv(65536)
        top, _, rest = answer.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in top.decode().lower().split("\r\n")[1:])
        while len(rest) < int(headers["content-length"]):
            rest += wire.recv(65536)
    told: dict[str, object] = json.loads(rest)
    return told


def replay(account: dict[str, str]) -> str:
    """Sends the requests of the example with this account; what the example prints from the answers."""
    parts = urlsplit(account["PARINDEX_URL"])
    assert parts.hostname is not None
    assert parts.port is not None
    address, host = (parts.hostname, parts.port), parts.netloc
    pair = f"{account['PARINDEX_CLIENT_ID']}:{account['PARINDEX_CLIENT_SECRET']}"
    form = b"grant_type=client_credentials"
    basic = base64.b64encode(pair.encode()).decode()
    token = _exchange(address, TOKEN.format(basic=basic, length=len(form), host=host), form)["access_token"]
    now = f"{dt.datetime.now(dt.timezone(dt.timedelta(hours=7))):%Y%m%d%H%M%S}"
    sheet = BODY.format(now=now, unit=account["PARINDEX_UNIT"]).encode()
    printed = ""
    for _ in (1, 2):
        answer = _exchange(address, SHEET.format(token=token, length=len(sheet), host=host), sheet)
        result = answer["result"]
        assert isinstance(result, dict)
        printed += f"{answer['error_code']} trùng lặp: {result['TrungLap']}\n"
    return printed

"""What the conformance check says over HTTP: the một-cửa dialect as a vendor's software would speak it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from parindex.errors import Invalid, Unavailable

SHEETS = "/api/v1/phieu-danh-gia"
ADAPTER = "/XrdAdapter/RestService/forward/mapi"


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: status, body as JSON (an empty object where it was none) and how long it took in seconds."""

    status: int
    body: dict[str, Any]
    seconds: float

    @property
    def code(self) -> int | None:
        """`error_code`, None where the answer has none."""
        code = self.body.get("error_code")
        return code if isinstance(code, int) else None

    @property
    def result(self) -> dict[str, Any]:
        """`result` of a single answer."""
        found = self.body.get("result")
        return found if isinstance(found, dict) else {}


class Conversation:
    """One vendor's calls to one server. Raises Unavailable where the server does not answer."""

    def __init__(self, client: httpx.AsyncClient, client_id: str, secret: str) -> None:
        self._client = client
        self._pair = (client_id, secret)
        self._token = ""

    async def call(self, method: str, path: str, **options: Any) -> Said:
        """A call with the token, if there is one."""
        headers = {**options.pop("headers", {})}
        if self._token:
            headers.setdefault("Authorization", f"Bearer {self._token}")
        try:
            answer = await self._client.request(method, path, headers=headers, **options)
        except httpx.HTTPError as error:
            raise Unavailable(
                f"Máy chủ {self._client.base_url} không trả lời {method} {path}: {type(error).__name__}.",
                code="server_silent",
                hint="Kiểm tra địa chỉ, mạng, tường lửa và chứng thư TLS.",
            ) from None
        try:
            body = answer.json()
        except ValueError:
            body = {}
        return Said(answer.status_code, body if isinstance(body, dict) else {}, answer.elapsed.total_seconds())

    async def sign_in(self) -> Said:
        """Gets a token as WSO2 clients do."""
        self._token = ""
        said = await self.call("POST", "/token", data={"grant_type": "client_credentials"}, auth=self._pair)
        self._token = str(said.body.get("access_token", ""))
        return said

    async def service(self, session: str, unit: str, name: str, **fields: Any) -> Said:
        """A call of the session dialect, as an exporter for the national portal's adapter makes it."""
        body = {"session": session, "madonvi": unit, "service": name, **fields}
        return await self.call("POST", f"{ADAPTER}/g", json=body)

    async def log_in(self) -> Said:
        """Gets a session as such an exporter does."""
        username, password = self._pair
        return await self.call("POST", f"{ADAPTER}/login", json={"username": username, "password": password})

    async def post_sheet(self, sheet: dict[str, Any]) -> Said:
        """One sheet."""
        return await self.call("POST", SHEETS, json=sheet)

    async def post_text(self, text: str) -> Said:
        """A body as written."""
        return await self.call("POST", SHEETS, content=text.encode(), headers={"Content-Type": "application/json"})

    async def post_batch(self, sheets: list[Any], key: str) -> Said:
        """A batch under its name."""
        return await self.call("POST", f"{SHEETS}/lo", json={"MaLo": key, "DanhSach": sheets})


def read_file(path: Path) -> list[Any]:
    """The sheets of a vendor's own file, as `read_sheets`. Raises Invalid for one that is not there or not UTF-8, too."""
    try:
        return read_sheets(path.read_bytes().decode("utf-8-sig"), path.name)
    except OSError as error:
        raise Invalid(
            f"Không mở được tệp {path}: {error.strerror}.",
            code="file_unreadable",
            hint="Kiểm tra đường dẫn và quyền đọc.",
        ) from None
    except UnicodeDecodeError as error:
        raise Invalid(
            f"{path.name} không phải UTF-8 (byte thứ {error.start}): có thể là UTF-16, Windows-1258 hoặc TCVN3.",
            code="file_unreadable",
            hint="Xuất lại tệp bằng UTF-8; nội dung gửi đến máy chủ cũng phải là UTF-8.",
        ) from None


def read_sheets(text: str, where: str) -> list[Any]:
    """The sheets of a vendor's own file: a JSON array, an object with `DanhSach` or `data`, one sheet, or one a line (NDJSON).

    Raises Invalid naming the file.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError) as error:
            raise Invalid(
                f"{where} không đọc được thành JSON: {error}.",
                code="file_unreadable",
                hint="Một mảng JSON, một phiếu, hoặc mỗi dòng một phiếu.",
            ) from None
    if isinstance(value, dict):
        value = value.get("DanhSach", value.get("data", [value]))
    return value if isinstance(value, list) else [value]

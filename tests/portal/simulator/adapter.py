"""Front A: a local security server that forwards to the portal; the session stands in the body, the verb in `service`."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from . import catalogues, incoming
from .books import Call
from .faults import Fault
from .state import State
from .wire import Answer, Request

PREFIXES = ("/XrdAdapter/RestService/forward/", "/VXPAdapter/RestService/forward/")
EXPIRED = "Phiên làm việc không tồn tại hoặc đã hết hạn"


class Adapter:
    """Sessions and the dispatch of services."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.sessions: dict[str, tuple[str, dt.datetime]] = {}
        self.logins = 0

    def endpoint(self, request: Request) -> str | None:
        """The name of the endpoint for books and faults, or None when the request is not for this front."""
        path = self._forwarded(request)
        if path is None:
            return None
        if path.endswith("mapi/login"):
            return "A/login"
        service = request.json_object().get("service")
        return f"A/{service if isinstance(service, str) else '?'}"

    def revoke(self, request: Request) -> None:
        """Ends the caller's session before its time."""
        self.sessions.pop(str(request.json_object().get("session")), None)

    def answer(self, request: Request, call: Call, drawn: dict[str, Fault]) -> Answer:
        """With `partial_batch` drawn only so many items of a batch are stored before it fails."""
        keep = drawn["partial_batch"].parameter("k") if "partial_batch" in drawn else None
        options = self.state.options
        if (given := request.headers.get("dstcode") or request.query.get("dstcode")) != options.dstcode:
            return _gateway_fault(f"Unknown service provider '{given or ''}'")
        if request.method != "POST":
            return _gateway_fault(f"HTTP method {request.method} is not allowed")
        try:
            body = request.json()
        except (ValueError, RecursionError):
            return self._said(-1, "Dữ liệu gửi lên không đúng định dạng JSON")
        if not isinstance(body, dict):
            return self._said(-1, "Dữ liệu gửi lên phải là một đối tượng JSON")
        if (self._forwarded(request) or "").endswith("mapi/login"):
            return self._login(body)
        return self._dispatched(body, call, keep)

    def _login(self, body: dict[str, Any]) -> Answer:
        user = str(body.get("username"))
        if self.state.options.users.get(user) != body.get("password"):
            return self._said(-1, "Tên đăng nhập hoặc mật khẩu không đúng")
        if self.state.options.one_session:
            self.sessions = {name: kept for name, kept in self.sessions.items() if kept[0] != user}
        self.logins += 1
        session = hashlib.sha256(f"{self.state.seed}/session/{self.logins}".encode()).hexdigest()[:32]
        until = self.state.clock.now() + dt.timedelta(minutes=self.state.options.session_minutes)
        self.sessions[session] = (user, until)
        return Answer({"error_code": self._code(0), "message": "Đăng nhập thành công", "session": session})

    def _dispatched(self, body: dict[str, Any], call: Call, keep: int | None) -> Answer:
        _, until = self.sessions.get(str(body.get("session")), ("", self.state.clock.now()))
        if until <= self.state.clock.now():
            return self._said(-1, EXPIRED)
        if not isinstance(unit := body.get("madonvi"), str) or not unit:
            return self._said(-1, "Thiếu trường bắt buộc: madonvi")
        if self.state.options.check_units:
            today = self.state.clock.now().date()
            if refusal := self.state.country.refusal(unit, today, self.state.options.extra_units):
                return self._said(-1, f"Không thực hiện được: {refusal}")
        service = str(body.get("service"))
        if (rows := catalogues.rows(self.state, service, body)) is not None:
            return self._found(rows)
        if service in incoming.SERVICES:
            taken = incoming.taken(self.state, service, body, keep)
            self.state.books.commit(call, incoming.SERVICES[service], taken.items)
            return self._said(taken.code, taken.message)
        if service == "TraCuuHoSo":
            return self._looked_up(body)
        if service == "TraCuuDanhGia" and self.state.options.rating_lookup:
            wanted = str(body.get("mahoso"))
            return self._found([entry.body for entry in self.state.books.of("rating") if wanted in entry.key])
        return self._said(-1, f"Dịch vụ không tồn tại: {service}")

    def _looked_up(self, body: dict[str, Any]) -> Answer:
        """`TraCuuHoSo`: sees a dossier only some time after it was committed."""
        seen_before = self.state.clock.now() - dt.timedelta(seconds=self.state.options.visible_after_seconds)
        entries = [
            entry
            for entry in self.state.books.of("dossier")
            if entry.key == body.get("mahoso") and dt.datetime.fromisoformat(entry.at) <= seen_before
        ]
        if not entries:
            if self.state.options.missing_lookup == "error":
                return self._said(-1, "Không tìm thấy hồ sơ")
            return Answer({"error_code": self._code(0), "message": "Không tìm thấy hồ sơ", "result": []})
        last = entries[-1].body
        return self._found([{name: last.get(name) for name in ("MaHoSo", "MaTTHC", "TrangThaiHoSo", "NgayTiepNhan")}])

    def _found(self, rows: list[Any]) -> Answer:
        return Answer({"error_code": self._code(0), "message": "Thành công", "result": rows})

    def _said(self, code: int | str, message: str) -> Answer:
        return Answer({"error_code": self._code(code), "message": message})

    def _code(self, code: int | str) -> int | str:
        return str(code) if self.state.options.error_code == "string" else int(code)

    def _forwarded(self, request: Request) -> str | None:
        prefix = next((prefix for prefix in PREFIXES if request.path.startswith(prefix)), None)
        return None if prefix is None else request.path.removeprefix(prefix)


def _gateway_fault(text: str) -> Answer:
    fault = f"<faultcode>Server.ClientProxy.UnknownMember</faultcode><faultstring>{text}</faultstring>"
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<SOAP-ENV:Body><SOAP-ENV:Fault>{fault}</SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    return Answer(xml, 500, "text/xml;charset=UTF-8")

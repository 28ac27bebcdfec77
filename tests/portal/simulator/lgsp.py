"""Front B: a province's hub behind a WSO2 gateway. It stores every vote it is sent: what is sent twice stands there twice."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from .books import Call, digest
from .faults import Fault
from .state import State
from .wire import Answer, Request

OPERATIONS = {
    "/Vote/UpdateVote": "UpdateVote",
    "/Statistic/UpdateStatistic": "UpdateStatistic",
    "/Document/SyncDocument": "SyncDocument",
    "/Document/UpdateDocumentTraces": "UpdateDocumentTraces",
}
LOOKUP = "/Vote/GetVote"
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")
NO_DATE = "0000-00-00T00:00:00.000+0700"
PERCENTS = ("PercentVeryGood", "PercentGood", "PercentBad")


class Hub:
    """Tokens, and what is pushed with them."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.token: tuple[str, dt.datetime] | None = None
        self.issued = 0

    def endpoint(self, request: Request) -> str | None:
        """Any prefix before the operation; `/Statistic/UpdateStatistic ` with its trailing blank is the same one."""
        path = request.path.rstrip()
        if path.endswith("/token"):
            return "B/token"
        if path.endswith(LOOKUP):
            return "B/GetVote"
        return next((f"B/{name}" for suffix, name in OPERATIONS.items() if path.endswith(suffix)), None)

    def revoke(self, _request: Request) -> None:
        self.token = None

    def answer(self, request: Request, call: Call, drawn: dict[str, Fault]) -> Answer:
        """With `partial_batch` drawn only so many items of a batch are stored before it fails."""
        keep = drawn["partial_batch"].parameter("k") if "partial_batch" in drawn else None
        if call.endpoint == "B/token":
            return self._issued(request)
        if fault := self._unauthorised(request):
            return fault
        if call.endpoint == "B/GetVote":
            return self._looked_up(request)
        if request.method != "POST":
            return _fault(405, "900910", "Method Not Allowed")
        try:
            body = request.json()
        except (ValueError, RecursionError):
            return Answer("Malformed JSON", 400, "text/plain")
        rows = body if isinstance(body, list) else [body]
        check, kind = {"B/UpdateVote": (self._vote, "vote"), "B/UpdateStatistic": (self._statistic, "statistic")}.get(
            call.endpoint, (self._document, "document")
        )
        taken: list[tuple[str, Any]] = []
        trouble = None
        for number, row in enumerate(rows, 1):
            if keep is not None and number > keep:
                trouble = f"Lỗi hệ thống tại bản ghi {number}"
            elif complaint := check(row):
                trouble = f"Bản ghi {number}: {complaint}"
            if trouble:
                break
            taken.append((_key(kind, row), row))
        if trouble is None or keep is not None or self.state.options.batches == "partial":
            self.state.books.commit(call, kind, taken)
        return self._said(trouble or "Cập nhật thành công", taken=trouble is None)

    def _issued(self, request: Request) -> Answer:
        options, now = self.state.options, self.state.clock.now()
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        basic = _basic(request.headers.get("authorization", ""))
        given = basic or (form.get("client_id", ""), form.get("client_secret", ""))
        if request.method != "POST" or form.get("grant_type") != "client_credentials":
            return Answer({"error": "unsupported_grant_type", "error_description": "Unsupported grant_type value"}, 400)
        if given != (options.client_key, options.client_secret):
            return Answer(
                {"error": "invalid_client", "error_description": "A valid OAuth client could not be found"}, 401
            )
        if self.token is None or self.token[1] <= now:
            self.issued += 1
            name = hashlib.sha256(f"{self.state.seed}/token/{self.issued}".encode()).hexdigest()[:36]
            self.token = (name, now + dt.timedelta(seconds=options.token_seconds))
        token, until = self.token
        left = int((until - now).total_seconds())
        return Answer(
            {"access_token": token, "scope": "am_application_scope default", "token_type": "Bearer", "expires_in": left}
        )

    def _unauthorised(self, request: Request) -> Answer | None:
        options = self.state.options
        given = request.headers.get("authorization", "")
        if options.lgsp_header == "authorization":
            return None if self._access(given) else _fault(401, "900901", "Invalid Credentials")
        if self.token is None or given != f"Bearer {self.token[0]}" or self.token[1] <= self.state.clock.now():
            return _fault(401, "900901", "Invalid Credentials")
        if options.lgsp_header == "required" and not self._access(request.headers.get("lgspaccesstoken", "")):
            return _fault(401, "900901", "Invalid lgspaccesstoken")
        return None

    def _access(self, text: str) -> bool:
        """base64 of JSON {AccessKey, SecretKey, AppName, PartnerCode, PartnerCodeCus}."""
        try:
            given = json.loads(base64.b64decode(text, validate=True))
        except ValueError:
            return False
        names = {"AccessKey", "SecretKey", "AppName", "PartnerCode", "PartnerCodeCus"}
        if not isinstance(given, dict):
            return False
        wanted = self.state.options.lgsp_access.items()
        return names <= given.keys() and all(given.get(name) == value for name, value in wanted)

    def _looked_up(self, request: Request) -> Answer:
        """`vote_lookup`: the rows of an organisation and month as they stand in the hub's books."""
        if not self.state.options.vote_lookup:
            return _fault(404, "900906", "No matching resource found")
        wanted = f"{request.query.get('OrganizationInchargeIdLevel1')}/{request.query.get('Month')}"
        found = [entry for entry in self.state.books.of("vote") if entry.key == wanted]
        if self.state.options.vote_again == "replace":
            found = found[-1:]
        rows = [{"ReceivedAt": entry.at, "Digest": entry.digest, "Vote": entry.body} for entry in found]
        return Answer({"Status": self.state.options.mresult_success, "Message": "Thành công", "Data": rows})

    def _said(self, message: str, *, taken: bool) -> Answer:
        if self.state.options.hub_style == "error_code":
            return Answer({"error_code": 0 if taken else -1, "message": message})
        return Answer({"Status": self.state.options.mresult_success if taken else -1, "Message": message})

    def _vote(self, row: Any) -> str | None:
        """What is wrong with one MVotes, in Vietnamese."""
        if not isinstance(row, dict):
            return "MVotes phải là một đối tượng"
        if not isinstance(date := row.get("DateCreated"), str) or not DATE.fullmatch(date) or date == NO_DATE:
            return "DateCreated phải dạng yyyy-MM-dd'T'HH:mm:ss.SSSZ"
        if not isinstance(total := row.get("TotalVoted"), int) or isinstance(total, bool) or total < 0:
            return "TotalVoted phải là số nguyên không âm"
        if not row.get("OrganizationInchargeName"):
            return "Thiếu OrganizationInchargeName"
        code, options = row.get("OrganizationInchargeIdLevel1"), self.state.options
        today = self.state.clock.now().date()
        refusal = (
            self.state.country.refusal(code, today, options.extra_units) if options.check_units or not code else None
        )
        if refusal:
            return f"OrganizationInchargeIdLevel1: {refusal}"
        questions = row.get("Questions", [])
        if not isinstance(questions, list) or not all(
            isinstance(item, dict) and item.get("Content") for item in questions
        ):
            return "Questions phải là danh sách câu hỏi có Content"
        for number, item in enumerate([row, *questions]):
            if complaint := self._percents(item, voted=total > 0, whole=number == 0):
                return complaint if number == 0 else f"câu hỏi {number}: {complaint}"
        return None

    def _percents(self, item: dict[str, Any], *, voted: bool, whole: bool) -> str | None:
        values = [item.get(name) for name in PERCENTS]
        if not all(isinstance(value, int | Decimal) and not isinstance(value, bool) for value in values):
            return f"{', '.join(PERCENTS)} phải là số"
        numbers = [Decimal(value) for value in values]
        decimals = self.state.options.percent_decimals
        if decimals is not None and any(-number.as_tuple().exponent > decimals for number in numbers):
            return f"tỷ lệ có quá {decimals} chữ số thập phân"
        allowed = {Decimal(100)} if voted and whole else {Decimal(100), Decimal(0)} if voted else {Decimal(0)}
        if any(number < 0 for number in numbers) or sum(numbers) not in allowed:
            return f"tổng các tỷ lệ là {sum(numbers)}, phải là {' hoặc '.join(map(str, sorted(allowed)))}"
        return None

    def _statistic(self, row: Any) -> str | None:
        return None if isinstance(row, dict) and row else "bản ghi phải là một đối tượng"

    _document = _statistic


def _key(kind: str, row: dict[str, Any]) -> str:
    if kind == "vote":
        return f"{row['OrganizationInchargeIdLevel1']}/{row['DateCreated'][:7]}"
    return digest(row)[:16]


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, text = header.partition(" ")
    if scheme != "Basic":
        return None
    try:
        key, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return ("", "")
    return key, secret


def _fault(status: int, code: str, text: str) -> Answer:
    xml = (
        f'<ams:fault xmlns:ams="http://wso2.org/apimanager/security"><ams:code>{code}</ams:code>'
        f"<ams:message>{text}</ams:message><ams:description>Access failure</ams:description></ams:fault>"
    )
    return Answer(xml, status, "application/xml; charset=UTF-8")

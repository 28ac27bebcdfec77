"""A một-cửa vendor's view of the ingest contract: canonical items spelled in its dialect, its answers read back.

Written from the published facts (the contract's table of fields, the dialect's tables of codes and answers); shares no
code with ingest. Where an answer contradicts the dialect's own rules, reading it fails.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
import unicodedata
from typing import Any
from xml.sax.saxutils import escape

import httpx
import msgspec

FIELDS = {
    "response_id": "MaPhieu",
    "unit_code": "MaDonVi",
    "instrument": "MaBoCauHoi",
    "instrument_version": "PhienBan",
    "answered_at": "ThoiDiemDanhGia",
    "stage": "GiaiDoan",
    "collected_via": "KenhThuThap",
    "mode": "CheDo",
    "answers": "DanhSachTraLoi",
    "overall": "MucDoHaiLong",
    "dossier_code": "MaHoSo",
    "procedure_code": "MaTTHC",
    "field_code": "MaLinhVuc",
    "service_channel": "KenhThucHien",
    "replaces": "ThayThe",
    "sample": "MauKhaoSat",
    "comment": "YKien",
    "sent_at": "ThoiDiemGui",
    "device_id": "MaThietBi",
    "device_seq": "SoThuTuThietBi",
    "counter_id": "MaQuay",
    "staff_ref": "MaCanBo",
    "respondent_kind": "LoaiDoiTuong",
    "privacy_notice": "ThongBaoDuLieu",
}
ANSWER = {"item": "MaCauHoi", "value": "GiaTri", "text": "VanBan", "automatic": "TuDong"}
INNER = {
    "sample": {"round": "Dot", "stratum": "Tang", "cluster": "Cum", "weight": "TrongSo"},
    "privacy_notice": {"version": "PhienBan", "shown": "DaHienThi"},
}
CODES: dict[str, dict[str, Any]] = {
    "stage": {"intake": "1", "supplement": 2, "result": "3", "after": "4"},
    "collected_via": {
        "kiosk": "1",
        "qr": "2",
        "sms": "3",
        "zalo": 4,
        "web": "5",
        "paper": "6",
        "phone": "7",
        "other": "9",
    },
    "mode": {"self": "1", "assisted": "2", "from_paper": 3},
    "service_channel": {"direct": "1", "online": "2", "postal": 3},
    "respondent_kind": {"citizen": "1", "business": "2", "state_agency": "3", "other": 4},
}
REASONS = {"test": "1", "entered_in_error": 2, "citizen_request": "Theo yêu cầu của người dân"}
VERDICTS = {
    "TIEP_NHAN": "accepted",
    "TRUNG_LAP": "duplicate",
    "DANH_GIA_LAI": "repeat",
    "CHO_DOI_CHIEU": "quarantined",
    "XUNG_DOT": "conflict",
    "TU_CHOI": "refused",
}
STATES = {
    "DUOC_TINH": "counted",
    "DANH_GIA_LAI": "repeat",
    "DA_THU_HOI": "withdrawn",
    "DA_THAY_THE": "replaced",
    "CHO_DOI_CHIEU": "quarantined",
    "BI_LOAI_SAU": "rejected_later",
}
EVENTS = {
    **STATES,
    "DA_LUU": "stored",
    "DA_DOI_CHIEU": "released",
    "CO_BAN_MOI_HON": "superseded",
    "DUOC_TINH_THAY": "promoted",
}
WARNINGS = {
    "W01": "unknown_field",
    "W02": "dossier_off_pattern",
    "W03": "unit_code_closed",
    "W04": "procedure_unknown",
    "W05": "personal_data_masked",
    "W06": "personal_data_stripped",
}
WAITING = {
    "W08": "unit_unknown",
    "W09": "unit_ambiguous",
    "W10": "instrument_unknown",
    "W11": "instrument_version_unknown",
}
"""Why a sheet waits: a finding in the canonical dialect."""
BALANCE = {
    "DaNhan": "received",
    "TiepNhan": "accepted",
    "TrungLap": "duplicate",
    "XungDot": "conflict",
    "DanhGiaLai": "repeat",
    "TuChoi": "refused",
    "ChoDoiChieu": "quarantined",
    "DaDoiChieu": "released",
    "CoBanMoiHon": "superseded",
    "BiLoaiSau": "rejected_later",
    "DaThuHoi": "withdrawn",
}
_WHOLE_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d)?")

# What is sent.


def spelled(item: Any) -> Any:
    """A canonical item as an exporter spells it: codes, numbers and booleans as text, local compact times, decomposed Unicode."""
    if not isinstance(item, dict):
        return item
    return {FIELDS.get(name, name): _value(name, value) for name, value in item.items()}


def _value(name: str, value: Any) -> Any:
    if name in CODES and isinstance(value, str):
        return CODES[name].get(value, value)
    if name in ("answered_at", "sent_at") and isinstance(value, str) and _WHOLE_SECONDS.fullmatch(value):
        return _compact(value)
    if name in ("overall", "device_seq") and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name in ("overall", "comment") and isinstance(value, str):
        return _decomposed(value)
    if name in INNER and isinstance(value, dict):
        return {INNER[name].get(key, key): str(inner) if inner is True else inner for key, inner in value.items()}
    if name == "answers" and isinstance(value, list):
        return [_answer(answer) for answer in value]
    return value


def _compact(text: str) -> str:
    moment = dt.datetime.fromisoformat(text)
    zone = dt.timezone(dt.timedelta(hours=7))
    return f"{(moment.astimezone(zone) if moment.tzinfo else moment):%Y%m%d%H%M%S}"


def _decomposed(text: str) -> str:
    """NFD, where normalising it again gives the text back."""
    apart = unicodedata.normalize("NFD", text)
    return apart if unicodedata.normalize("NFC", apart) == text else text


def _answer(answer: Any) -> Any:
    if not isinstance(answer, dict):
        return answer
    return {ANSWER.get(name, name): _part(name, value) for name, value in answer.items()}


def _part(name: str, value: Any) -> Any:
    if name == "automatic" and isinstance(value, bool):
        return str(value)
    if name == "value" and isinstance(value, list) and len(value) > 1 and all(type(one) is str for one in value):
        return "##".join(value)
    if name == "value" and type(value) is int:
        return str(value)
    return _decomposed(value) if name == "text" and isinstance(value, str) else value


def path_in_dialect(path: str) -> str:
    """The dialect's path of a canonical one; a path without counterpart stays."""
    for pattern, path_there in (
        (r"/v1/responses", "/api/v1/phieu-danh-gia"),
        (r"/v1/responses/batch", "/api/v1/phieu-danh-gia/lo"),
        (r"/v1/responses/(.+)/withdrawal", r"/api/v1/phieu-danh-gia/\1/thu-hoi"),
        (r"/v1/responses/(.+)", r"/api/v1/phieu-danh-gia/\1"),
        (r"/v1/batches/(.+)", r"/api/v1/lo/\1"),
    ):
        if match := re.fullmatch(pattern, path, re.DOTALL):
            return match.expand(path_there)
    return path


def body_in_dialect(body: Any, path: str, headers: dict[str, str]) -> bytes:
    """The body of a request to a canonical path, in the dialect. Bytes that are no JSON get the dialect's names."""
    packed = headers.get("Content-Encoding") == "gzip"
    if not isinstance(body, bytes):
        return msgspec.json.encode(_told(body, path))
    if packed and body[:2] == b"\x1f\x8b" and len(body) > 18:
        return gzip.compress(_bytes(gzip.decompress(body), path, headers))
    return body if packed else _bytes(body, path, headers)


def _bytes(body: bytes, path: str, headers: dict[str, str]) -> bytes:
    mark, plain = (body[:3], body[3:]) if body.startswith(b"\xef\xbb\xbf") else (b"", body)
    if "ndjson" in headers.get("Content-Type", ""):
        return mark + b"\n".join(msgspec.json.encode(spelled(json.loads(line))) for line in plain.split(b"\n"))
    try:
        return mark + msgspec.json.encode(_told(msgspec.json.decode(plain), path))
    except (msgspec.DecodeError, UnicodeError):
        for name, there in FIELDS.items():
            plain = plain.replace(f'"{name}":'.encode(), f'"{there}":'.encode())
        return mark + plain


def _told(value: Any, path: str) -> Any:
    if path.endswith("/withdrawal"):
        if not isinstance(value, dict) or "reason" not in value:
            return value
        reason = value["reason"]
        # A number is no canonical reason, but may be a code of this dialect: told as one that is none.
        known = REASONS.get(reason, reason) if isinstance(reason, str) else reason and f"?{reason}"
        return {**value, "LyDo": known}
    return [spelled(one) for one in value] if isinstance(value, list) else spelled(value)


# What is answered.

_NAMES = {there: name for name, there in FIELDS.items()}
_INNER_NAMES = {
    "DanhSachTraLoi": {there: name for name, there in ANSWER.items()},
    **{FIELDS[outer]: {there: name for name, there in inner.items()} for outer, inner in INNER.items()},
}


def _path_back(path: str) -> str:
    outer, dot, inner = path.partition(".")
    name, bracket, index = outer.partition("[")
    return f"{_NAMES.get(name, name)}{bracket}{index}{dot}{_INNER_NAMES.get(name, {}).get(inner, inner)}"


def _finding(fault: dict[str, Any]) -> dict[str, Any]:
    assert fault["error_code"] <= 0, fault
    assert fault["NoiDung"], fault
    field = {"LyDo": "reason"}.get(fault["Truong"]) or _path_back(fault["Truong"])
    return {
        "code": fault["Ma"],
        "field": field,
        "message": fault["NoiDung"],
        "hint": "",
        "retry": fault["ThuLai"],
    }


def _warning(warning: dict[str, Any], code: str) -> dict[str, Any]:
    assert warning["NoiDung"], warning
    field = _path_back(warning["Truong"])
    return {"code": code, "field": field, "message": warning["NoiDung"], "hint": "", "retry": False}


def result_back(line: dict[str, Any], error_code: int) -> dict[str, Any]:
    """The canonical result of one sheet."""
    verdict = VERDICTS[line["PhanLoai"]]
    assert (error_code == 0) == (verdict not in ("conflict", "refused")), line
    assert (error_code == -3) == (verdict == "conflict"), line
    assert line["TrungLap"] == (verdict in ("duplicate", "repeat")), line
    marks = {one["Ma"] for one in line["CanhBao"]}
    assert ("W07" in marks) == (verdict == "repeat"), line
    assert bool(marks & WAITING.keys()) == (verdict == "quarantined"), line
    return {
        "response_id": line["MaPhieu"],
        "verdict": verdict,
        "receipt": line["SoTiepNhan"],
        "state": None if line["TrangThai"] is None else STATES[line["TrangThai"]],
        "counted": line["DuocTinh"],
        "counts": line["PhieuDuocTinh"],
        "warnings": [_warning(one, WARNINGS[one["Ma"]]) for one in line["CanhBao"] if one["Ma"] in WARNINGS],
        "findings": [_warning(one, WAITING[one["Ma"]]) for one in line["CanhBao"] if one["Ma"] in WAITING]
        + [_finding(fault) for fault in line["DanhSachLoi"]],
    }


_SINGLE = {"accepted": {201}, "duplicate": {200}, "repeat": {200}, "quarantined": {202}, "conflict": {409}}
_CODES_BY_STATUS = {400: {-12, -11}, 401: {-20}, 403: {-21}, 413: {-22}, 429: {-23}, 503: {-90}, 500: {-99}}


def answer_back(answer: httpx.Response) -> httpx.Response:
    """The answer as the canonical dialect gives it; its status is untouched."""
    told = answer.json()
    assert isinstance(told["error_code"], int), told
    assert isinstance(told["message"], str), told
    kind = "application/json"
    result = told.get("result")
    if "MaYeuCau" in told:
        assert told["MaYeuCau"] == answer.headers["x-request-id"]
        assert told["error_code"] in _CODES_BY_STATUS.get(answer.status_code, {told["error_code"]}), told
        assert told["error_code"] < 0, told
        kind, value = "application/problem+json", _problem(told, answer.status_code)
    elif "TongSo" in told:
        value = _batch(told, answer.status_code)
    elif isinstance(result, dict) and "LichSu" in result:
        value = _stored(result)
    else:
        value = result_back(result, told["error_code"])
        assert answer.status_code in _SINGLE.get(value["verdict"], {403, 422}), told
    headers = {name: text for name, text in answer.headers.items() if name not in ("content-length", "content-type")}
    return httpx.Response(
        answer.status_code,
        headers={**headers, "content-type": kind},
        content=msgspec.json.encode(value),
        request=answer.request,
    )


def _problem(told: dict[str, Any], status: int) -> dict[str, Any]:
    return {
        "type": f"urn:parindex:problem:{told['Ma']}",
        "status": status,
        "code": told["Ma"],
        "detail": told["message"],
        "request_id": told["MaYeuCau"],
        "findings": [_finding(fault) for fault in told["DanhSachLoi"]],
    }


def _batch(told: dict[str, Any], status: int) -> dict[str, Any]:
    lines = told["result"]
    assert [line["ViTri"] for line in lines] == list(range(len(lines)))
    results = [result_back(line, line["error_code"]) for line in lines]
    durable = sum(line["error_code"] == 0 for line in lines)
    assert (told["TongSo"], told["ThanhCong"], told["Loi"]) == (len(lines), durable, len(lines) - durable)
    assert told["TrungLap"] == sum(line["TrungLap"] for line in lines)
    assert (status, told["error_code"]) == ((200, 0) if durable == len(lines) else (207, 1) if durable else (422, 1))
    return {"results": results}


def _stored(result: dict[str, Any]) -> dict[str, Any]:
    history = [
        {
            "event": EVENTS[line["SuKien"]],
            "recorded_at": line["ThoiDiem"],
            "reason": line["LyDo"],
            "other": line["PhieuLienQuan"],
        }
        for line in result["LichSu"]
    ]
    return {
        "response_id": result["MaPhieu"],
        "receipt": result["SoTiepNhan"],
        "state": STATES[result["TrangThai"]],
        "counted": result["DuocTinh"],
        "counts": result["PhieuDuocTinh"],
        "realm": result["MoiTruong"],
        "received_at": result["ThoiDiemNhan"],
        "history": history,
        "findings": [_finding(fault) | {"retry": fault["ThuLai"]} for fault in result["DanhSachLoi"]],
    }


def sheet(**overrides: Any) -> dict[str, Any]:
    """A kiosk sheet of a commune of H99 under an id of its own; a field given as None is left out."""
    from support.ingest import item

    fields = {**spelled(item()), **overrides}
    return {name: value for name, value in fields.items() if value is not None}


def in_xml(name: str, value: Any) -> bytes:
    """A value as elements: lists hold `Muc`."""
    if isinstance(value, dict):
        inner = b"".join(in_xml(key, one) for key, one in value.items())
    elif isinstance(value, list):
        inner = b"".join(in_xml("Muc", one) for one in value)
    else:
        inner = escape("" if value is None else str(value), {"\r": "&#13;"}).encode()
    return b"<%s>%s</%s>" % (name.encode(), inner, name.encode())

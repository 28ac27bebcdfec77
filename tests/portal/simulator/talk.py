"""For tests of the simulator itself: the plainest clients of its fronts, on a connection of their own each call."""

from __future__ import annotations

from typing import Any

import httpx

from .handle import DSTCODE, Simulator

FORWARD = "/XrdAdapter/RestService/forward/"
DOSSIER = {
    "MaHoSo": "H44.07-260921-0042", "MaTTHC": "2.000815", "TenTTHC": "Chứng thực bản sao", "MaLinhVuc": "G15-TP01",
    "TenLinhVuc": "Chứng thực", "LoaiDoiTuong": "1", "NgayTiepNhan": "20260921081530", "NgayHenTra": "20260923170000",
    "TrangThaiHoSo": "4", "HinhThuc": "0", "DonViXuLy": "Sở Công Thương",
}  # fmt: skip
RATING = {
    "MaHoSo": "H44.07-260921-0042", "MaTTHC": "2.000815", "MaDonVi": "H44.01", "ThoiDiemDanhGia": "20260923160000",
    "MaBoCauHoi": "KIOSK3", "DanhSachTraLoi": [{"MaCauHoi": "1", "GiaTri": 3}], "MucDoHaiLong": 5,
}  # fmt: skip
VOTE = {
    "DateCreated": "2026-10-01T00:00:00.000+0700", "TotalVoted": 3, "PercentVeryGood": 66.67, "PercentGood": 33.33,
    "PercentBad": 0, "Questions": [], "OrganizationInchargeIdLevel1": "H44", "OrganizationInchargeName": "UBND tỉnh Phú Thọ",
}  # fmt: skip


def posted(simulator: Simulator, path: str, timeout: float = 10, **request: Any) -> httpx.Response:
    """One POST on a fresh connection. Raises httpx.TransportError when no whole answer comes."""
    with httpx.Client(base_url=simulator.url, timeout=timeout, trust_env=False, verify=False) as client:
        return client.post(path, **request)


def login(simulator: Simulator) -> str:
    body = {"username": "parindex", "password": "mat-khau-thu"}
    return posted(simulator, f"{FORWARD}mapi/login", json=body, headers={"dstcode": DSTCODE}).json()["session"]


def service(simulator: Simulator, session: str, name: str, timeout: float = 10, **fields: Any) -> httpx.Response:
    """One call of front A."""
    body = {"session": session, "madonvi": "H44", "service": name, **fields}
    return posted(simulator, f"{FORWARD}mapi/g", timeout, json=body, headers={"dstcode": DSTCODE})


def token(simulator: Simulator) -> str:
    form = {"grant_type": "client_credentials"}
    answer = posted(simulator, "/token", data=form, auth=("parindex-key", "parindex-secret"))
    return answer.json()["access_token"]


def vote(simulator: Simulator, bearer: str, timeout: float = 10, **changes: Any) -> httpx.Response:
    """One UpdateVote of front B."""
    headers = {"Authorization": f"Bearer {bearer}"}
    return posted(simulator, "/lgsp/Vote/UpdateVote", timeout, json=[{**VOTE, **changes}], headers=headers)


def evaluation(simulator: Simulator, name: str, **body: Any) -> httpx.Response:
    """One call of front D."""
    asked = {"timeType": "quarter", "year": 2026, "quarter": 3, "currentPage": 1, "pageSize": 200, **body}
    return posted(simulator, f"/api/v1/reporting/{name}", json=asked)

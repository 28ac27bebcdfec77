"""`parindex vendor-check`: a server that keeps the contract passes, one that does not is told in sentences."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from parindex.errors import Invalid, Unavailable
from parindex.settings import Settings
from support.ingest import Sender
from support.served import served
from survey_ingest.app import create_app
from survey_ingest.vendor.check import SITUATIONS, Found, conformance
from survey_ingest.vendor.cli import _address
from survey_ingest.vendor.conversation import Conversation, read_file, read_sheets

pytestmark = pytest.mark.database


@pytest.fixture
async def vendor(register, facts: asyncpg.Connection) -> Sender:
    """A sandbox system for Phú Thọ."""
    unit_id = await facts.fetchval(
        "SELECT unit_id FROM unit_code WHERE scheme = 'h_code' AND code = 'H44' AND upper(valid) IS NULL"
    )
    sender: Sender = await register(realm="sandbox", unit_ids=(unit_id,))
    return sender


async def report(
    client: httpx.AsyncClient, client_id: str, secret: str, unit: str = "H44", sheets: list[Any] | None = None
) -> list[Found]:
    return [one async for one in conformance(Conversation(client, client_id, secret), unit, sheets or [])]


async def test_our_server_keeps_every_promise_and_nothing_of_the_trial_counts(
    client: httpx.AsyncClient, vendor: Sender, facts: asyncpg.Connection
):
    found = await report(client, vendor.issued.credential_id, vendor.issued.secret)
    assert [one.sentence for one in found if not one.good] == []
    assert len(found) == len(SITUATIONS) + 1
    stored, counting = await facts.fetchrow(
        """SELECT count(*), coalesce(sum(1 + coalesce(delta, 0)), 0) FROM response LEFT JOIN
           (SELECT tenant_id, system_id, response_id, sum(delta) AS delta FROM response_change GROUP BY 1, 2, 3) AS changes
           USING (tenant_id, system_id, response_id) WHERE system_id = $1""",
        vendor.issued.system_id,
    )
    assert (stored > 3, counting) == (True, 0)
    dossiers = await facts.fetch("SELECT realm FROM dossier_version WHERE system_id = $1", vendor.issued.system_id)
    assert [row["realm"] for row in dossiers] == ["sandbox"], "one dossier, sent twice as an exporter does"


async def test_each_sheet_of_the_vendors_own_file_is_judged(client: httpx.AsyncClient, vendor: Sender):
    good = {
        "MaPhieu": "a", "MaDonVi": "H44", "MaBoCauHoi": "KIOSK3", "PhienBan": "1", "ThoiDiemDanhGia": "20261101080000",
        "GiaiDoan": 3, "KenhThuThap": "1", "CheDo": "1", "MucDoHaiLong": "Hài lòng",
    }  # fmt: skip
    sheets = [good, {**good, "SoDienThoai": "số của ai đó"}, {**good, "GiaiDoan": "7"}, "không phải phiếu", {"x": 1}]
    found = await report(client, vendor.issued.credential_id, vendor.issued.secret, sheets=sheets)
    own = [one for one in found if "trong tệp" in one.sentence]
    assert [one.good for one in own] == [True, False, False, False, False]
    assert "SoDienThoai" in own[1].advice
    assert "GiaiDoan" in own[2].advice
    assert "số của ai đó" not in json.dumps([one.advice + one.sentence for one in found], ensure_ascii=False)


async def test_only_a_sandbox_account_is_tried(client: httpx.AsyncClient, sender: Sender, facts: asyncpg.Connection):
    with pytest.raises(Invalid, match="không phải sandbox"):
        await report(client, sender.issued.credential_id, sender.issued.secret, unit="H99.101")
    assert await facts.fetchval("SELECT count(*) FROM receipt WHERE system_id = $1", sender.issued.system_id) == 0


async def test_a_wrong_secret_is_one_sentence(client: httpx.AsyncClient, vendor: Sender):
    (only,) = await report(client, vendor.issued.credential_id, "sai")
    assert not only.good
    assert "Không lấy được mã truy cập" in only.sentence


async def test_a_server_that_says_yes_to_everything_fails_where_it_should_say_no():
    async def yes(request: Request) -> JSONResponse:
        if request.url.path == "/token":
            return JSONResponse({"access_token": "t", "realm": "sandbox", "expires_in": 60})
        return JSONResponse({"error_code": 0, "message": "Thành công", "result": {}}, 201)

    everything = Starlette(routes=[Route("/{path:path}", yes, methods=["GET", "POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(everything), base_url="http://yes") as client:
        found = await report(client, "c", "s")
    good = [one.sentence.split()[0] for one in found if one.good]
    assert len(good) == 3, found  # the token, one sheet accepted, Unicode understood
    assert any("nhận dữ liệu cá nhân" in one.advice for one in found)


async def test_a_server_that_is_not_there_is_named():
    async with httpx.AsyncClient(base_url="http://127.0.0.1:9", timeout=2) as client:
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
            await report(client, "c", "s")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("[{}, {}]", 2),
        ('{"DanhSach": [{}]}', 1),
        ('{"data": [{}, {}, {}]}', 3),
        ('{"MaPhieu": "a"}', 1),
        ("{}\n{}\n", 2),
    ],
    ids=["array", "named batch", "session body", "one sheet", "lines"],
)
def test_a_file_of_sheets_is_read_in_every_form(text: str, count: int):
    assert len(read_sheets(text, "phieu.json")) == count


async def test_a_server_of_something_else_is_not_blamed_on_the_account():
    other = Starlette(routes=[])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(other), base_url="http://khac") as client:
        (only,) = await report(client, "c", "s")
    assert "HTTP 404" in only.sentence
    assert "xem lại địa chỉ" in only.advice


@pytest.mark.parametrize(
    ("content", "said"),
    [("\ufeff[{}]".encode("utf-16"), "không phải UTF-8"), (b"[" * 100_000, "không đọc được"), (None, "Không mở được")],
    ids=["UTF-16", "without an end", "not there"],
)
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(tmp_path: Path, content: bytes | None, said: str):
    file = tmp_path / "phieu.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Invalid, match=said):
        read_file(file)


def test_a_file_that_is_no_json_is_named():
    with pytest.raises(Invalid, match=r"phieu\.json không đọc được"):
        read_sheets("MaPhieu;MaDonVi", "phieu.json")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tiepnhan.tinh.gov.vn",
        "http://",
        "ftp://tinh.gov.vn",
        "http://[::1",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:-5",
        "http://127.0.0.1:0",
        "http://127.0.0.1:cong",
        "http://ten:mat-khau@127.0.0.1",
        "http://127.0.0.1?x",
        "http://127.0.0.1/\nx",
    ],
)
def test_what_is_no_address_is_a_sentence_and_is_not_repeated(url: str):
    with pytest.raises(Invalid) as caught:
        _address(url)
    assert caught.value.code == "address_invalid"
    assert "mat-khau" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("url", ["http://127.0.0.1:8010", " https://tinh.gov.vn/tiep-nhan/ ", "http://[::1]:8010"])
def test_an_address_with_port_and_path_is_one(url: str):
    assert str(_address(url)) == url.strip()


async def test_the_command_reports_in_sentences(shared_settings: Settings, vendor: Sender, tmp_path: Path):
    sheets = tmp_path / "phieu.json"
    sheets.write_text('[{"MaPhieu": "a", "MaDonVi": "H44"}]', encoding="utf-8")
    with served(create_app(shared_settings)) as url:
        command = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "parindex.cli", "vendor-check", url, "--unit", "H44", "--file", str(sheets),
            env={"PARINDEX_CLIENT_ID": vendor.issued.credential_id, "PARINDEX_CLIENT_SECRET": vendor.issued.secret, "PYTHONUTF8": "1"},
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, _ = await asyncio.wait_for(command.communicate(), 60)
    text = output.decode()
    assert command.returncode == 1
    assert "  đạt  Phiếu đúng được nhận" in text
    assert "CHƯA  Phiếu thứ 1 trong tệp bị từ chối" in text
    assert f"{len(SITUATIONS) + 1} điều đạt, 1 điều chưa đạt." in text

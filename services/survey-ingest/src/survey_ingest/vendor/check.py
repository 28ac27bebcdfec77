"""The conformance check: tries every situation of the contract against a server and says in sentences what happened.

Everything it sends is marked as a test and goes to realm `sandbox` only; sheets are withdrawn at the end, one dossier stays there.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from parindex.engine.period import VIETNAM
from parindex.errors import Invalid
from survey_ingest.vendor.conversation import SHEETS, Conversation, Said

SKEW_SECONDS = 60.0
"""A clock further off than this is named: answers more than five minutes ahead are refused."""


@dataclass(frozen=True, slots=True)
class Found:
    """One sentence of the report. `good`: the server did what the contract promises."""

    good: bool
    sentence: str
    advice: str = ""


@dataclass(slots=True)
class Trial:
    """What the situations share: the conversation, the unit, the mark of this run and what it has sent."""

    talk: Conversation
    unit: str
    mark: str
    sent: list[str]

    def sheet(self, number: int, **changes: Any) -> dict[str, Any]:
        """A correct sheet of this run, with changes; None takes a field out."""
        now = dt.datetime.now(VIETNAM)
        sheet = {
            "MaPhieu": f"{self.mark}-{number}",
            "MaDonVi": self.unit,
            "MaBoCauHoi": "KIOSK3",
            "PhienBan": "1",
            "ThoiDiemDanhGia": f"{now:%Y%m%d%H%M%S}",
            "GiaiDoan": "3",
            "KenhThuThap": "1",
            "CheDo": "1",
            "MucDoHaiLong": "Hài lòng",
            **changes,
        }
        return {name: value for name, value in sheet.items() if value is not None}

    async def send(self, number: int, **changes: Any) -> Said:
        """Posts the sheet of that number."""
        self.sent.append(f"{self.mark}-{number}")
        return await self.talk.post_sheet(self.sheet(number, **changes))


def _judge(good: bool, well: str, badly: str, advice: str = "") -> Found:
    return Found(True, well) if good else Found(False, badly, advice)


def _was(said: Said) -> str:
    return f"HTTP {said.status}, error_code {said.code}, “{said.body.get('message', '')}”"


async def _clock(trial: Trial) -> Found:
    said = await trial.talk.call("GET", "/api/v1/thoi-gian")
    told = said.result.get("VietNam")
    if said.status != 200 or not isinstance(told, str):
        return Found(False, f"Không đọc được giờ máy chủ ({_was(said)}).", "Kiểm tra địa chỉ máy chủ.")
    skew = (dt.datetime.now(VIETNAM) - dt.datetime.fromisoformat(told)).total_seconds()
    return _judge(
        abs(skew) <= SKEW_SECONDS,
        f"Giờ máy này và giờ máy chủ lệch {abs(skew):.0f} giây.",
        f"Giờ máy này lệch {skew:+.0f} giây so với máy chủ.",
        "Đồng bộ giờ (NTP): phiếu ghi giờ sớm hơn máy chủ quá 5 phút sẽ bị từ chối.",
    )


async def _accepted(trial: Trial) -> Found:
    said = await trial.send(1)
    return _judge(
        said.status == 201 and said.code == 0,
        f"Phiếu đúng được nhận trong {said.seconds * 1000:.0f} ms, số tiếp nhận {said.result.get('SoTiepNhan')}.",
        f"Phiếu đúng không được nhận: {_was(said)}.",
        "Kiểm tra đơn vị --unit có thuộc phạm vi tài khoản và bộ câu hỏi KIOSK3 có trong danh mục.",
    )


async def _duplicate(trial: Trial) -> Found:
    first = trial.sheet(2)
    trial.sent.append(first["MaPhieu"])
    await trial.talk.post_sheet(first)
    said = await trial.talk.post_sheet(first)
    return _judge(
        said.status == 200 and said.result.get("TrungLap") is True,
        "Gửi lại y nguyên được trả lời là trùng lặp và vẫn là thành công: mất câu trả lời thì cứ gửi lại.",
        f"Gửi lại y nguyên không được nhận ra: {_was(said)}.",
    )


async def _conflict(trial: Trial) -> Found:
    await trial.send(3)
    said = await trial.send(3, MucDoHaiLong="Rất hài lòng")
    return _judge(
        said.status == 409 and said.code == -3,
        "Cùng MaPhieu với nội dung khác bị từ chối (-3): mỗi phiếu một mã, sửa phiếu thì dùng ThayThe.",
        f"Cùng MaPhieu với nội dung khác không bị từ chối: {_was(said)}.",
    )


async def _unicode(trial: Trial) -> Found:
    words = unicodedata.normalize("NFD", "  RẤT HÀI LÒNG ")
    said = await trial.send(4, MucDoHaiLong=words)
    return _judge(
        said.code == 0,
        "Chữ Việt tổ hợp (NFD), viết hoa, thừa dấu cách vẫn được hiểu là một mức hài lòng.",
        f"Chữ Việt tổ hợp không được hiểu: {_was(said)}.",
    )


async def _personal(trial: Trial) -> Found:
    said = await trial.send(5, HoTen="Người Thử Nghiệm")
    if said.code == 0 and said.result.get("CanhBao"):
        return Found(True, "Trường HoTen bị bỏ kèm cảnh báo (tài khoản này được đặt là bỏ qua).")
    return _judge(
        said.status == 422 and said.code == -19,
        "Phiếu có trường HoTen bị từ chối (-19): không dữ liệu cá nhân nào được nhận.",
        f"Phiếu có trường HoTen không bị từ chối: {_was(said)}.",
        "Báo ngay cho cơ quan chủ quản: máy chủ này nhận dữ liệu cá nhân.",
    )


async def _missing(trial: Trial) -> Found:
    said = await trial.send(6, CheDo=None)
    lines = said.result.get("DanhSachLoi") or [{}]
    return _judge(
        said.status == 422 and said.code == -10,
        f"Thiếu CheDo bị từ chối và chỉ đúng trường: {lines[0].get('Truong', said.body.get('message'))}.",
        f"Thiếu CheDo không bị từ chối đúng cách: {_was(said)}.",
    )


async def _unreadable(trial: Trial) -> Found:
    said = await trial.talk.post_text('{"MaPhieu": ')
    return _judge(
        said.status == 400 and said.code == -12,
        "Nội dung không phải JSON được trả lời -12, không làm máy chủ lỗi.",
        f"Nội dung không phải JSON được trả lời khác mong đợi: {_was(said)}.",
    )


async def _outside(trial: Trial) -> Found:
    said = await trial.send(7, MaDonVi="H00.999")
    return _judge(
        said.status == 403 and said.code == -21,
        "Đơn vị ngoài phạm vi bị từ chối (-21).",
        f"Đơn vị ngoài phạm vi không bị từ chối: {_was(said)}.",
    )


async def _batch(trial: Trial) -> Found:
    sheets = [trial.sheet(8), trial.sheet(9, MucDoHaiLong="9"), trial.sheet(10)]
    trial.sent += [sheet["MaPhieu"] for sheet in sheets]
    said = await trial.talk.post_batch(sheets, f"lo-{trial.mark}")
    lines = said.body.get("result")
    codes = [line.get("error_code") for line in lines] if isinstance(lines, list) else []
    return _judge(
        said.status == 207 and codes == [0, -16, 0],
        "Lô có một phiếu hỏng: hai phiếu kia vẫn được nhận, kết quả đúng thứ tự gửi (207).",
        f"Lô có một phiếu hỏng được trả lời khác mong đợi: {_was(said)}, {codes}.",
    )


async def _batch_again(trial: Trial) -> Found:
    said = await trial.talk.call("GET", f"/api/v1/lo/lo-{trial.mark}")
    return _judge(
        said.status == 207 and said.body.get("TongSo") == 3,
        "Kết quả lô hỏi lại được theo MaLo.",
        f"Không hỏi lại được kết quả lô: {_was(said)}.",
    )


async def _without_token(trial: Trial) -> Found:
    said = await trial.talk.call("POST", SHEETS, json=trial.sheet(11), headers={"Authorization": "Bearer sai"})
    return _judge(
        said.status == 401 and said.code == -20,
        "Mã truy cập sai bị từ chối (-20): lấy mã mới rồi gửi lại.",
        f"Mã truy cập sai không bị từ chối đúng cách: {_was(said)}.",
    )


async def _exporter(trial: Trial) -> Found:
    session = (await trial.talk.log_in()).body.get("session")
    now = dt.datetime.now(VIETNAM)
    number = int(trial.mark.removeprefix("kt-"), 16) % 10**7
    record = {
        "MaHoSo": f"{trial.unit}-{now:%y%m%d}-{number:07d}", "MaTTHC": "1.000894", "KenhThucHien": "1",
        "NgayTiepNhan": f"{now:%Y%m%d%H%M%S}", "NgayHenTra": "", "TrangThaiHoSo": "2", "DanhSachLePhi": [],
    }  # fmt: skip
    said = [await trial.talk.service(str(session), trial.unit, "DongBoHoSoMC", data=[record]) for _ in range(2)]
    return _judge(
        bool(session) and all(one.code == 0 and "thành công" in str(one.body.get("message")) for one in said),
        f"Bộ đồng bộ kiểu trục liên thông chạy nguyên như cũ: hồ sơ {record['MaHoSo']} gửi hai lần, cả hai lần thành công.",
        f"Bộ đồng bộ kiểu trục liên thông không chạy được: {_was(said[-1])}.",
        "Kiểm tra đường dẫn mapi/login và mapi/g; mật khẩu là client_secret.",
    )


async def _withdrawn(trial: Trial) -> Found:
    kept: list[str] = []
    for sheet_id in dict.fromkeys(trial.sent):
        said = await trial.talk.call("POST", f"{SHEETS}/{sheet_id}/thu-hoi", json={"LyDo": "1"})
        if said.status not in (200, 404):
            kept.append(f"{sheet_id} ({_was(said)})")
    return _judge(
        not kept,
        f"Mọi phiếu thử của lần này đã thu hồi (lý do: dữ liệu thử nghiệm), mã bắt đầu bằng {trial.mark}.",
        f"Không thu hồi được: {', '.join(kept)}.",
    )


SITUATIONS: tuple[Callable[[Trial], Awaitable[Found]], ...] = (
    _clock,
    _accepted,
    _duplicate,
    _conflict,
    _unicode,
    _personal,
    _missing,
    _unreadable,
    _outside,
    _batch,
    _batch_again,
    _without_token,
    _exporter,
    _withdrawn,
)
"""In this order; the last one cleans up."""


async def conformance(talk: Conversation, unit: str, own_sheets: list[Any]) -> AsyncIterator[Found]:
    """The report, sentence by sentence. Raises Invalid when the account is not one of realm `sandbox`."""
    said = await talk.sign_in()
    if said.status != 200:
        known = said.code is not None
        advice = (
            "Kiểm tra client_id và client_secret." if known else "Máy chủ này không nói giao thức này; xem lại địa chỉ."
        )
        yield Found(False, f"Không lấy được mã truy cập: {_was(said)}.", advice)
        return
    trial = Trial(talk, unit, f"kt-{uuid.uuid4().hex[:12]}", [])
    # Asked before anything is sent: in another realm even a withdrawn trial would leave a trace.
    realm = said.body.get("realm")
    if realm != "sandbox":
        raise Invalid(
            f"Tài khoản này thuộc vùng {realm}, không phải sandbox: chưa gửi gì.",
            code="not_sandbox",
            hint="Xin cơ quan chủ quản tài khoản --realm sandbox.",
        )
    yield Found(True, f"Lấy được mã truy cập, dùng trong {said.body.get('expires_in')} giây, vùng sandbox.")
    for situation in SITUATIONS[:-1]:
        yield await situation(trial)
    for number, sheet in enumerate(own_sheets, start=1):
        yield await _own(trial, number, sheet)
    yield await SITUATIONS[-1](trial)


async def _own(trial: Trial, number: int, sheet: Any) -> Found:
    """What would become of a sheet of the vendor's own file; it is sent under an id of this run."""
    if not isinstance(sheet, dict):
        return Found(False, f"Phiếu thứ {number} trong tệp không phải đối tượng JSON.")
    if "MaPhieu" not in sheet:
        return Found(False, f"Phiếu thứ {number} trong tệp thiếu MaPhieu.", "Mỗi phiếu một mã, gửi lại giữ nguyên mã.")
    sheet_id = f"{trial.mark}-t{number}"
    trial.sent.append(sheet_id)
    said = await trial.talk.post_sheet({**sheet, "MaPhieu": sheet_id})
    if said.code == 0:
        cautions = [line.get("NoiDung", "") for line in said.result.get("CanhBao") or []]
        return Found(True, " ".join([f"Phiếu thứ {number} trong tệp được nhận.", *cautions]))
    lines = said.result.get("DanhSachLoi") or [{"Truong": "", "NoiDung": said.body.get("message", "")}]
    why = "; ".join(f"{line.get('Truong', '')}: {line.get('NoiDung', line.get('message', ''))}" for line in lines)
    return Found(False, f"Phiếu thứ {number} trong tệp bị từ chối ({_was(said)}).", why)

"""Bodies as exporters of one-stop software send them: `DongBoHoSoMC` and `CapNhatTienDoHoSoMC` of OCPS, TD and HG.

Every person is invented and marked so: names carry "Mô Phỏng", numbers begin with codes that were never given out,
addresses end in `.example`. `personal_values` lists them, so that a test can look for each of them afterwards.
Sources of the fields and habits: integration facts, section 1.3 (values are strings; OCPS repeats the telephone as fax and
knows no channel; TD pads unknown identity numbers with 000000001, writes "Dinhkem" for a blank summary, sends progress
in chunks of ten with a first and a last step of its own; HG posts a bare array with the verb in the query).
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .histories import History, Step, histories

CHUNK = 10
PERIOD = (dt.date(2026, 7, 1), dt.date(2026, 9, 30))
PERSONAL = ("ChuHoSo", "SoGiayToChuHoSo", "DinhDanhCHS", "MaDoiTuong", "Email", "Fax", "SoDienThoai", "NguoiXuLy")
DUMMY = "000000001"
HG_AGENCY = "000.00.01.H22"
"""A code that closed with the mergers of 2025 and that an exporter may still send."""


@dataclass(frozen=True)
class Sent:
    """One request of an exporter. `path` is below the adapter's `forward/`."""

    service: str
    path: str
    query: dict[str, str]
    body: Any


def dossier_bodies(seed: int, n: int, system: str = "OCPS") -> list[Any]:
    """The bodies of `n` dossiers' whole lives, in the order sent (`session` is empty: the caller signs in)."""
    return [sent.body for sent in dossier_calls(seed, n, system)]


def dossier_calls(seed: int, n: int, system: str = "OCPS", *, lives: Iterable[History] | None = None) -> Iterator[Sent]:
    """The requests behind `dossier_bodies`. `lives` instead of the drawn histories of Q3/2026 (80 % on time)."""
    first, last = PERIOD
    drawn = lives or histories(
        seed, n, on_time=n * 4 // 5, first=first, last=last, province="H60" if system == "HG" else "H44"
    )
    for life in drawn:
        yield from SYSTEMS[system](seed, life)


def personal_values(bodies: Iterable[Any]) -> set[str]:
    """Every value of a personal field in the bodies, however deep, apart from TD's dummy number."""
    found: set[str] = set()
    for body in bodies:
        _gather(body, found, personal=False)
    return found - {DUMMY, ""}


def _gather(value: Any, found: set[str], *, personal: bool) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _gather(inner, found, personal=personal or name in PERSONAL)
    elif isinstance(value, list):
        for inner in value:
            _gather(inner, found, personal=personal)
    elif personal and isinstance(value, str) and len(value) > 3:
        found.add(value)


def ocps(seed: int, life: History) -> Iterator[Sent]:
    """One version a change of status, each followed by the one step it came from."""
    for number, step in enumerate(life.steps):
        record = _ocps_record(seed, life, number)
        yield _forwarded("DongBoHoSoMC", [record], updating=number > 0)
        yield _forwarded("CapNhatTienDoHoSoMC", [_progress(life, step, "Chuyên viên Mô Phỏng")])


def td(seed: int, life: History) -> Iterator[Sent]:
    """Added once, updated once with its whole life, then all steps in chunks of ten."""
    yield _forwarded("DongBoHoSoMC", [_td_record(seed, life, 0)], updating=False)
    if len(life.steps) > 1:
        yield _forwarded("DongBoHoSoMC", [_td_record(seed, life, len(life.steps) - 1)], updating=True)
    steps = [_progress(life, step, "Cán bộ Mô Phỏng") for step in life.steps]
    steps.insert(0, {**_progress(life, Step(2, life.received), "Cán bộ Mô Phỏng"), "NoiDungXuLy": "Tiếp nhận hồ sơ"})
    if life.steps[-1].status in {9, 10}:
        last = Step(9, next(step.at for step in life.steps if step.status in {9, 10}))
        steps.append({**_progress(life, last, "Cán bộ Mô Phỏng"), "NoiDungXuLy": "Kết thúc xử lý"})
    for start in range(0, len(steps), CHUNK):
        yield _forwarded("CapNhatTienDoHoSoMC", steps[start : start + CHUNK])


def hg(seed: int, life: History) -> Iterator[Sent]:
    """A bare array, the verb and the agency in the query; no progress; a status may move backwards."""
    for number in range(len(life.steps)):
        query = {"MaDinhDanhDV": HG_AGENCY, "isUpdating": str(number > 0)}
        yield Sent("DongBoHoSoMC", "api/SynsTTHCC/DongBoHoSoMC", query, [_ocps_record(seed, life, number)])


SYSTEMS = {"OCPS": ocps, "TD": td, "HG": hg}


def end_put_back(seed: int, life: History) -> Sent:
    """TD's "Đặt lại hồ sơ quá hạn": the end of a late dossier becomes its due date, in a further version."""
    record = _td_record(seed, life, len(life.steps) - 1)
    return _forwarded("DongBoHoSoMC", [{**record, "NgayKetThucXuLy": record["NgayHenTra"]}], updating=True)


def due_put_forward(seed: int, life: History, days: int = 30) -> Sent:
    """TD's "Đặt lại ngày hẹn trả": a later due date, in a further version."""
    record = _td_record(seed, life, len(life.steps) - 1)
    later = _time(life.due and life.due + dt.timedelta(days=days))
    return _forwarded("DongBoHoSoMC", [{**record, "NgayHenTra": later}], updating=True)


def _forwarded(service: str, data: list[dict[str, Any]], *, updating: bool | None = None) -> Sent:
    body: dict[str, Any] = {"session": "", "madonvi": "H44", "service": service}
    if updating is not None:
        body["isUpdating"] = str(updating)
    return Sent(service, "mapi/g", {}, {**body, "data": data})


def _ocps_record(seed: int, life: History, number: int) -> dict[str, Any]:
    person = _person(seed, life)
    return {
        **_shared(life, number),
        "ChuHoSo": person["name"], "LoaiDoiTuong": person["kind"], "MaDoiTuong": "", "ThongTinKhac": "",
        "Email": person["email"], "Fax": person["phone"], "SoDienThoai": person["phone"],
        "TrichYeuHoSo": life.procedure.name, "ThongTinTra": "", "HinhThuc": "0", "GhiChu": "",
        "TaiLieuNop": [], "DanhSachLePhi": [], "DanhSachTepDinhKemKhac": [], "DanhSachHoSoBoSung": [],
        "DanhSachGiayToKetQua": [],
    }  # fmt: skip


def _td_record(seed: int, life: History, number: int) -> dict[str, Any]:
    draw = random.Random(f"{seed}/td/{life.number}")
    person = _person(seed, life)
    identity = draw.choices((person["cccd"], person["cmnd"], DUMMY), (85, 10, 5))[0]
    digitised, fee = draw.random() < 0.6, life.procedure.fee
    done = any(step.status in {9, 10} for step in life.steps[: number + 1])
    refused = next((step.at for step in life.steps[: number + 1] if step.status == 3), None)
    return {
        **_shared(life, number),
        "KenhThucHien": None if life.channel is None else str(life.channel),
        "ChuHoSo": person["name"], "SoGiayToChuHoSo": identity,
        "DinhDanhCHS": [{"LoaiDinhDanh": "1" if len(identity) == 12 else "2", "SoDinhDanh": identity}],
        "LoaiDoiTuong": draw.choice(("1", "1", "1", "2", "3", "4")),
        "MaDoiTuong": person["tech_id"] if life.channel == 2 else "",
        "Email": person["email"], "Fax": "", "SoDienThoai": person["phone"], "ThongTinKhac": "", "GhiChu": "",
        "TrichYeuHoSo": "Dinhkem" if draw.random() < 0.3 else life.procedure.name[:1000],
        "NgayNopHoSo": _time(life.received), "NgayTuChoi": _time(refused), "ThongTinTra": "",
        "HinhThuc": draw.choice(("0", "0", "1")), "NoiNopHoSo": "2",
        "TaiLieuNop": [
            {
                "TepDinhKemId": f"{life.number}", "TenTepDinhKem": "don-de-nghi.pdf", "IsDeleted": "False",
                "MaThanhPhanHoSo": "GT01", "DuongDanTaiTepTin": "https://vi-du.example/tep/1",
                "DuocSoHoa": "1" if digitised else "0", "DuocTaiSuDung": draw.choice("01"),
                "DuocLayTuKhoDMQG": "0", "MaKetQuaThayThe": "",
            }
        ],
        "DanhSachLePhi": [
            {"TenPhiLePhi": "Lệ phí", "MaPhiLePhi": "LP01", "HinhThucThu": "1", "Gia": str(fee), "LoaiPhiLePhi": "1"}
        ] if fee or draw.random() < 0.5 else [],
        "DanhSachTepDinhKemKhac": [], "DanhSachHoSoBoSung": [],
        "DanhSachGiayToKetQua": [
            {
                "TenGiayTo": "Kết quả", "MaThanhPhanHoSo": "", "GiayToId": "1",
                "DuongDanTepTinKetQua": "https://vi-du.example/kq/1", "MaGiayToKetQua": "KQ01",
            }
        ] if done and draw.random() < 0.8 else [],
        "HoSoCoThanhPhanSoHoa": "1" if digitised else "0",
        "TaiKhoanDuocXacThucVoiVNeID": draw.choice("011"),
        "DuocThanhToanTrucTuyen": draw.choice("123") if fee else "0",
        "DSKetNoiCSDL": [{"MaCSDL": "G01"}] if draw.random() < 0.5 else [],
    }  # fmt: skip


def _shared(life: History, number: int) -> dict[str, Any]:
    """What both generations write the same way, at the moment of the `number`-th step."""
    passed = life.steps[: number + 1]
    ended = next((step.at for step in passed if step.status == 9), None)
    code, name, _ = life.procedure.sector
    return {
        "MaHoSo": life.code, "MaTTHC": life.procedure.code, "TenTTHC": life.procedure.name,
        "MaLinhVuc": code, "TenLinhVuc": name, "NgayTiepNhan": _time(life.received), "NgayHenTra": _time(life.due),
        "NgayKetThucXuLy": _time(ended),
        "NgayTra": _time(next((step.at for step in passed if step.status == 10), None)),
        "TrangThaiHoSo": str(passed[-1].status), "DonViXuLy": life.agency.name,
    }  # fmt: skip


def _progress(life: History, step: Step, official: str) -> dict[str, Any]:
    return {
        "MaHoSo": life.code, "NguoiXuLy": official, "ChucDanh": "Chuyên viên", "ThoiDiemXuLy": _time(step.at),
        "PhongBanXuLy": "Bộ phận Một cửa", "NoiDungXuLy": WORDS[step.status], "TrangThai": str(step.status),
        "NgayBatDau": "", "NgayKetThucTheoQuyDinh": _time(life.due),
    }  # fmt: skip


WORDS = {
    1: "Mới đăng ký", 2: "Được tiếp nhận", 3: "Không được tiếp nhận", 4: "Đang xử lý", 5: "Yêu cầu bổ sung giấy tờ",
    7: "Công dân yêu cầu rút hồ sơ", 8: "Dừng xử lý", 9: "Đã xử lý xong", 10: "Đã trả kết quả",
}  # fmt: skip


def _person(seed: int, life: History) -> dict[str, str]:
    """An invented person: 099 is no province's code, 0900 000 xxx no subscriber's range, 999 no old identity number."""
    draw = random.Random(f"{seed}/person/{life.number}")
    name = f"{draw.choice(('Nguyễn', 'Trần', 'Lê', 'Phạm'))} {draw.choice(('Văn', 'Thị'))} Mô Phỏng {life.number}"
    return {
        "name": name,
        "kind": draw.choice(("1", "1", "2")),
        "cccd": f"099{draw.randrange(10**9):09d}",
        "cmnd": f"999{draw.randrange(10**6):06d}",
        "phone": f"0900000{draw.randrange(1000):03d}",
        "email": f"mo.phong.{life.number}@vi-du.example",
        "tech_id": f"synthetic-{draw.getrandbits(48):012x}",
    }


def _time(moment: dt.datetime | None) -> str:
    """`yyyyMMddHHmmss` without offset; empty when there is none."""
    return "" if moment is None else moment.strftime("%Y%m%d%H%M%S")

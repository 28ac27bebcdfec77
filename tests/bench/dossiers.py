"""Dossiers in batches of 100: new ones, then the same ones with new content, against psql copying the same rows."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from bench.client import load
from bench.measures import Line, at_least, copied_rows, expect, posts, psql_copy
from bench.stage import UNITS, Stage

BATCH = 100
CONNECTIONS = 8
"""Senders at once: four of them leave each of two processes waiting for its database a sixth of the time."""


def records(count: int, *, seed: int, done: bool) -> Iterator[dict[str, Any]]:
    """Dossiers by rule and seed in the union of fields that exporters send; `done`: the same ones once they are finished."""
    chance = random.Random(seed)
    now = dt.datetime.now(dt.timezone(dt.timedelta(hours=7)))
    for number in range(count):
        unit = UNITS[chance.randrange(len(UNITS))]
        accepted = now - dt.timedelta(seconds=chance.randrange(10 * 86400, 40 * 86400))
        due = accepted + dt.timedelta(days=chance.randrange(1, 15))
        ended = accepted + dt.timedelta(days=chance.randrange(1, 9))
        paper = {
            "TepDinhKemId": str(number),
            "TenTepDinhKem": "to-khai.pdf",
            "IsDeleted": "False",
            "MaThanhPhanHoSo": "TP.01",
            "DuongDanTaiTepTin": "https://kho.example.vn/1",
            "DuocSoHoa": "1",
            "DuocTaiSuDung": "0",
        }
        result = {"TenGiayTo": "Kết quả", "MaGiayToKetQua": "KQ.01", "DuongDanTepTinKetQua": "https://kho.example.vn/2"}
        yield {
            "MaHoSo": f"{unit}-{accepted:%y%m%d}-{seed % 100:02d}{number:05d}",
            "MaTTHC": f"1.{chance.randrange(300):06d}.000.00.00.H99",
            "TenTTHC": "Chứng thực bản sao từ bản chính giấy tờ, văn bản",
            "MaLinhVuc": "G15-TP01",
            "TenLinhVuc": "Chứng thực",
            "KenhThucHien": chance.choice("112"),
            "ChuHoSo": "Tên bịa ra",
            "LoaiDoiTuong": "1",
            "SoGiayToChuHoSo": "bịa",
            "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": "bịa"}],
            "Email": "",
            "Fax": "",
            "SoDienThoai": "",
            "TrichYeuHoSo": "Dinhkem",
            "NgayNopHoSo": f"{accepted:%Y%m%d%H%M%S}",
            "NgayTiepNhan": f"{accepted:%Y%m%d%H%M%S}",
            "NgayHenTra": f"{due:%Y%m%d}170000",
            "NgayKetThucXuLy": f"{ended:%Y%m%d%H%M%S}" if done else "",
            "NgayTra": "",
            "NgayTuChoi": "",
            "TrangThaiHoSo": "9" if done else "4",
            "HinhThuc": "0",
            "DonViXuLy": "Ủy ban nhân dân xã",
            "NoiNopHoSo": "2",
            "TaiLieuNop": [paper],
            "DanhSachLePhi": [{"TenPhiLePhi": "Lệ phí", "HinhThucThu": "1", "Gia": chance.choice(("0", "20000"))}],
            "DanhSachGiayToKetQua": [result] if done else [],
            "DanhSachHoSoBoSung": [],
            "DuocThanhToanTrucTuyen": "0",
        }


def _bodies(count: int, *, seed: int, done: bool) -> list[bytes]:
    source = records(count * BATCH, seed=seed, done=done)
    return [json.dumps([next(source) for _ in range(BATCH)], ensure_ascii=False).encode() for _ in range(count)]


async def _seconds(port: int, requests: Iterator[bytes], connections: int) -> float:
    """How long the requests take over connections opened one after the other.

    Those opened all at once are often taken by one process of several, and the others have nothing to do.
    """

    async def one(number: int) -> None:
        await asyncio.sleep(number * 0.02)
        expect(await load(port, requests, 1), 200)

    began = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(connections)))
    return time.perf_counter() - began


def dossier_lines(stage: Stage, *, seed: int, processes: int, rows: int = 30_000, turns: int = 5) -> list[Line]:
    """Upserts end to end over HTTP, from several senders at once; `processes` is how many the running service has.

    The floor is psql copying the same rows, the versions, into an empty table of the same form. Both are measured in each
    of several turns, one right after the other, and the turn of the middle ratio is shown: the machine's own speed
    changes by half within minutes, and must fall on both.
    """
    port = stage.ports["ingest"]
    token = asyncio.run(stage.token(port))
    count = rows // BATCH
    warm = list(posts(token, "/api/v1/ho-so", iter(_bodies(20, seed=seed + turns, done=False))))
    expect(asyncio.run(load(port, iter(warm), 2)), 200)
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for turn in range(turns):
        for done in (False, True):
            requests = list(posts(token, "/api/v1/ho-so", iter(_bodies(count, seed=seed + turn, done=done))))
            seconds["updated" if done else "new"].append(asyncio.run(_seconds(port, iter(requests), CONNECTIONS)))
        stored = asyncio.run(copied_rows(stage.url, "SELECT * FROM dossier_version")).splitlines(keepends=True)
        seconds["in batches"].append(psql_copy(stage, "dossier_version", stored[-rows:], BATCH))
        seconds["at once"].append(psql_copy(stage, "dossier_version", stored[-rows:], rows))
    by = f"{processes} process{'es' if processes > 1 else ''}"
    lines = []
    for what, name in (("new", "new ones"), ("updated", "new content")):
        for floor, target, told in (
            ("in batches", 0.3, "psql \\copy of the same rows, transactions of 100"),
            ("at once", None, "... one big \\copy"),
        ):
            measured, of = sorted(zip(seconds[what], seconds[floor], strict=True), key=_ratio)[turns // 2]
            lines.append(
                at_least(
                    f"dossiers in batches of 100, {name}, {by}", rows / measured, rows / of, target, "dossiers/s", told
                )
            )
    return lines


def _ratio(turn: tuple[float, float]) -> float:
    return turn[1] / turn[0]

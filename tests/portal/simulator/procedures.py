"""Administrative procedures: 5,741 of them, with the codes of the national database and both local suffix styles.

`1.` and `2.` are national, `3.` a province's own; a local copy adds the publishing agency (`1.000894.000.00.00.H56`,
newer `2.002622.H56`); `TS_lop1.000.00.00.H22` shows that other codes exist. Names are invented.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from typing import Any

from .country import NAMESPACE, PROVINCES

COUNT, SMALL_COUNT = 5_741, 120
SECTORS = (
    ("G15-TP01", "Chứng thực", "G15"), ("G15-TP02", "Hộ tịch", "G15"), ("G09-NV01", "Chính quyền địa phương", "G09"),
    ("G03-CT04", "Lưu thông hàng hóa trong nước", "G03"), ("G03-CT02", "Xúc tiến thương mại", "G03"),
    ("G05-GD10", "Giáo dục mầm non", "G05"), ("G05-GD02", "Giáo dục trung học", "G05"), ("G01-CA03", "Đăng ký, quản lý cư trú", "G01"),
)  # fmt: skip
VERBS = (
    "Cấp",
    "Cấp lại",
    "Gia hạn",
    "Thu hồi",
    "Xác nhận",
    "Đăng ký",
    "Thay đổi",
    "Điều chỉnh",
    "Chấm dứt",
    "Thẩm định",
)
OBJECTS = (
    "giấy phép kinh doanh", "giấy chứng nhận đủ điều kiện", "bản sao trích lục hộ tịch", "chứng thực bản sao",
    "giấy xác nhận tình trạng cư trú", "hoạt động của cơ sở giáo dục", "chương trình khuyến mại", "chức danh nghề nghiệp",
    "hồ sơ địa giới", "chữ ký trên giấy tờ", "giấy phép hành nghề", "kế hoạch tuyển sinh",
)  # fmt: skip


@dataclass(frozen=True)
class Procedure:
    """One procedure; `days` is the legal maximum in working days, `fee` in đồng (0: none)."""

    code: str
    name: str
    sector: tuple[str, str, str]
    publisher: str
    public: bool
    days: int
    fee: int

    @property
    def id(self) -> str:
        """The portal's `formalityId`."""
        return str(uuid.uuid5(NAMESPACE, f"procedure/{self.code}"))


def procedures(seed: int, *, small: bool) -> list[Procedure]:
    """All procedures of a seed, in the order of the catalogue."""
    draw = random.Random(f"{seed}/procedures")
    numbers = draw.sample(range(1, 12_999), SMALL_COUNT if small else COUNT)
    return [_procedure(draw, number, index) for index, number in enumerate(numbers)]


def _procedure(draw: random.Random, number: int, index: int) -> Procedure:
    sector = draw.choice(SECTORS)
    style = draw.random()
    province = draw.choice(list(PROVINCES))
    if index == 7:
        code, publisher = f"TS_lop{number}.000.00.00.H22", "000.00.00.H22"
    elif style < 0.70:
        code, publisher = f"{draw.choice('12')}.{number:06d}", sector[2]
    elif style < 0.80:
        code, publisher = f"{draw.choice('12')}.{number:06d}.000.00.00.{province}", f"000.00.00.{province}"
    elif style < 0.90:
        code, publisher = f"2.{number:06d}.{province}", province
    else:
        code, publisher = f"3.{number:06d}.000.00.00.{province}", f"000.00.00.{province}"
    name = f"{draw.choice(VERBS)} {draw.choice(OBJECTS)} ({number})"
    fee = draw.choice((0, 0, 8_000, 15_000, 50_000))
    return Procedure(code, name, sector, publisher, draw.random() < 0.97, draw.choice((1, 3, 5, 10, 15)), fee)


def listed(procedure: Procedure) -> dict[str, Any]:
    """The row of `LayDanhSachTTHC`."""
    code, name, _ = procedure.sector
    return {
        "MATTHC": procedure.code,
        "TENTTHC": procedure.name,
        "MACOQUANCONGBO": procedure.publisher,
        "TRANGTHAI": 1 if procedure.public else 0,
        "LINHVUCTHUCHIEN": [{"MALINHVUC": code, "TENLINHVUC": name}],
    }


def described(procedure: Procedure) -> dict[str, Any]:
    """The answer of `LayThuTuc`: every key of the catalogue."""
    fees = [{"MAPHILEPHI": "LP01", "SOTIEN": procedure.fee, "DONVI": "Đồng", "MOTA": "Lệ phí"}] if procedure.fee else []
    times = [{"THOIGIANGIAIQUYET": str(procedure.days), "DONVITINH": "Ngày làm việc", "MOTA": "", "PHILEPHI": fees}]
    return {
        **listed(procedure),
        "CACHTHUCTHUCHIEN": [{"KENH": str(channel), "THOIGIAN": times} for channel in (1, 2, 3)],
        "TRINHTUTHUCHIEN": [
            {"TRUONGHOP": "", "TRINHTU": [{"TENTRINHTU": "Nộp hồ sơ"}, {"TENTRINHTU": "Nhận kết quả"}]}
        ],
        "DOITUONGTHUCHIEN": [{"TENDOITUONG": "Công dân Việt Nam"}],
        "KETQUATHUCHIEN": [{"MAKETQUA": "KQ01", "TENKETQUA": "Văn bản chấp thuận"}],
        "CANCUPHAPLY": [{"SOVANBAN": "61/2018/NĐ-CP", "TENVANBAN": "Nghị định số 61/2018/NĐ-CP"}],
        "COQUANTHUCHIEN": [{"TENDONVI": "Trung tâm Phục vụ hành chính công"}],
        "THANHPHANHOSO": [{"TRUONGHOP": "", "GIAYTO": [{"MAGIAYTO": "GT01", "TENMAUDON": "Đơn đề nghị", "URL": ""}]}],
        "YEUCAU": "Không",
    }

"""Agencies as the portal knows them: the 34 provinces with their real codes, departments and communes drawn from the seed.

Codes, names of provinces and numbers of units per province follow published lists (QĐ 09/2025/QĐ-TTg; 12-31
departments and 39-169 communes each); the names of communes are invented.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from dataclasses import dataclass, replace
from typing import Any

PROVINCES = {
    "H01": "An Giang", "H05": "Bắc Ninh", "H12": "Cà Mau", "H13": "Cần Thơ", "H14": "Cao Bằng", "H15": "Đắk Lắk",
    "H17": "Đà Nẵng", "H18": "Điện Biên", "H19": "Đồng Nai", "H20": "Đồng Tháp", "H21": "Gia Lai", "H24": "Hải Phòng",
    "H26": "Hà Nội", "H27": "Hà Tĩnh", "H29": "Hồ Chí Minh", "H31": "Hưng Yên", "H32": "Khánh Hòa", "H35": "Lai Châu",
    "H36": "Lâm Đồng", "H37": "Lạng Sơn", "H38": "Lào Cai", "H41": "Nghệ An", "H42": "Ninh Bình", "H44": "Phú Thọ",
    "H48": "Quảng Ngãi", "H49": "Quảng Ninh", "H50": "Quảng Trị", "H52": "Sơn La", "H53": "Tây Ninh",
    "H55": "Thái Nguyên", "H56": "Thanh Hóa", "H57": "Huế", "H60": "Tuyên Quang", "H61": "Vĩnh Long",
}  # fmt: skip
CITIES = {"H13", "H17", "H24", "H26", "H29", "H57"}
NAMED_OTHERWISE = {
    "H05": "UBND thành phố Bắc Ninh",
    "H49": "UBND thành phố Quảng Ninh",
    "H19": "UBND Thành phố Đồng Nai",
}
"""Names the portal has shown beside the right ones: a client keys on the code."""
MINISTRIES = {"G01": "Bộ Công an", "G03": "Bộ Công Thương", "G05": "Bộ Giáo dục và Đào tạo", "G09": "Bộ Nội vụ",
              "G15": "Bộ Tư pháp", "G22": "Văn phòng Chính phủ"}  # fmt: skip
DEPARTMENTS = (
    "Văn phòng UBND tỉnh", "Sở Nội vụ", "Sở Tư pháp", "Sở Tài chính", "Sở Công Thương", "Sở Xây dựng", "Sở Y tế",
    "Sở Giáo dục và Đào tạo", "Sở Khoa học và Công nghệ", "Sở Nông nghiệp và Môi trường", "Thanh tra tỉnh",
    "Sở Văn hóa, Thể thao và Du lịch", "Ban Quản lý các khu công nghiệp", "Sở Dân tộc và Tôn giáo", "Sở Ngoại vụ",
    "Công an tỉnh", "Bảo hiểm xã hội tỉnh", "Thuế tỉnh", "Kho bạc Nhà nước khu vực", "Hải quan khu vực",
    "Điện lực tỉnh", "Trung tâm Phục vụ hành chính công", "Văn phòng Đăng ký đất đai", "Chi cục Quản lý thị trường",
    "Chi cục Kiểm lâm", "Chi cục Thú y", "Ban Quản lý khu kinh tế", "Quỹ Đầu tư phát triển", "Trung tâm Kiểm soát bệnh tật",
    "Sở Du lịch", "Chi cục Thủy lợi",
)  # fmt: skip
FIRST = ("An", "Bình", "Cẩm", "Đại", "Đông", "Hòa", "Hồng", "Hưng", "Khánh", "Kim", "Long", "Mỹ", "Nam", "Ngọc",
         "Phú", "Phước", "Quang", "Sơn", "Tân", "Tây", "Thanh", "Thạnh", "Thuận", "Tiên", "Trung", "Vân", "Vĩnh", "Xuân")  # fmt: skip
SECOND = ("An", "Bình", "Châu", "Đức", "Giang", "Hà", "Hải", "Hậu", "Hiệp", "Khê", "Lạc", "Lâm", "Lộc", "Lợi",
          "Lương", "Minh", "Nghĩa", "Nguyên", "Phong", "Phúc", "Thành", "Thắng", "Thịnh", "Thọ", "Tiến", "Trì", "Xá")  # fmt: skip
NAMESPACE = uuid.UUID("5b0f3c52-9d5e-5f0a-8a52-d1c0d6f7a111")
PROVINCE, DEPARTMENT, COMMUNE, MINISTRY = "PROVINCE", "PROVINCIAL_DEPARTMENT", "COMMUNE_PEOPLE_COMMITTEE", "MINISTRY"


@dataclass(frozen=True)
class Agency:
    """One agency; `opens` and `closes` are days by Vietnamese time, `closes` the first day it is gone."""

    code: str
    name: str
    kind: str
    root: str
    opens: dt.date | None = None
    closes: dt.date | None = None

    @property
    def id(self) -> str:
        """The portal's UUID."""
        return str(uuid.uuid5(NAMESPACE, self.code))

    def open_on(self, day: dt.date) -> bool:
        return (self.opens is None or self.opens <= day) and (self.closes is None or day < self.closes)


class Country:
    """All agencies of one seed. `small`: two departments and three communes a province."""

    def __init__(self, seed: int, *, small: bool) -> None:
        self.agencies: dict[str, Agency] = {}
        self.changes = 0
        for code, name in MINISTRIES.items():
            self._add(Agency(code, name, MINISTRY, code))
        for code, name in PROVINCES.items():
            self._province(code, name, random.Random(f"{seed}/country/{code}"), small=small)
        self.by_id = {agency.id: agency for agency in self.agencies.values()}

    def _province(self, code: str, name: str, draw: random.Random, *, small: bool) -> None:
        self._add(Agency(code, f"UBND {'thành phố' if code in CITIES else 'tỉnh'} {name}", PROVINCE, code))
        departments = 2 if small else draw.randint(12, 31)
        communes = 3 if small else draw.randint(39, 169)
        for number in range(1, departments + 1):
            self._add(Agency(f"{code}.{number:02d}", DEPARTMENTS[number - 1], DEPARTMENT, code))
        names = draw.sample([f"{first} {second}" for first in FIRST for second in SECOND if first != second], communes)
        for number, commune in enumerate(names, 101):
            kind = draw.choice(("xã", "xã", "xã", "phường"))
            self._add(Agency(f"{code}.{number}", f"UBND {kind} {commune}", COMMUNE, code))

    def _add(self, agency: Agency) -> None:
        self.agencies[agency.code] = agency

    def change(self, event: dict[str, Any]) -> list[str]:
        """`{"on": day, "close": [codes], "open": [{"code", "name"}]}`: from that day on. Sentences when it does not fit."""
        try:
            day = dt.date.fromisoformat(event["on"])
        except (KeyError, ValueError, TypeError):
            return ["Biến động danh mục cần “on”, một ngày dạng 2026-10-01."]
        unknown = [code for code in event.get("close", []) if code not in self.agencies]
        if unknown:
            return [f"Không có mã cơ quan để đóng: {', '.join(unknown)}."]
        self.changes += 1
        for code in event.get("close", []):
            self._add(replace(self.agencies[code], closes=day))
        for opened in event.get("open", []):
            root = opened["code"].partition(".")[0]
            self._add(Agency(opened["code"], opened["name"], opened.get("kind", COMMUNE), root, opens=day))
        self.by_id = {agency.id: agency for agency in self.agencies.values()}
        return []

    def open_on(self, day: dt.date) -> list[Agency]:
        return [agency for agency in self.agencies.values() if agency.open_on(day)]

    def children(self, root: str, day: dt.date) -> list[Agency]:
        """Departments and communes of a province that are open that day."""
        return [agency for agency in self.open_on(day) if agency.root == root and agency.code != root]

    def refusal(self, code: Any, day: dt.date, extra: list[str]) -> str | None:
        """Why the portal takes nothing for this code, or None. An old 13-character code is read as the new one."""
        if not isinstance(code, str) or not code:
            return "thiếu mã đơn vị"
        new = dotted(code)
        if new.partition(".")[0] in extra:
            return None
        agency = self.agencies.get(new)
        if agency is None:
            return f"mã đơn vị {code} không có trong danh mục"
        return None if agency.open_on(day) else f"mã đơn vị {code} đã đóng"


def dotted(code: str) -> str:
    """`000.00.07.H44` as `H44.07` (QĐ 20/2020/QĐ-TTg); other codes as they are."""
    parts = code.split(".")
    if len(parts) == 4 and parts[0] == "000" and parts[3][:1].isalpha():
        inner = [part for part in reversed(parts[:3]) if part.strip("0")]
        return ".".join([parts[3], *inner])
    return code


def old_form(code: str) -> str:
    """`H44.07` as `000.00.07.H44` (QCVN 102:2016/BTTTT); codes with a three-digit group as they are."""
    root, _, rest = code.partition(".")
    return code if len(rest) > 2 else f"000.00.{rest or '00'}.{root}"

# ruff: noqa: INP001
"""Builds the shipped register of units (shared/src/parindex/units/data/*.csv) from the published lists.

Run by hand when a list is published anew: `python tools/build_unit_register.py FOLDER`, where FOLDER holds
admin_provinces_63.csv, admin_provinces_34.csv, admin_districts_20241101.csv, admin_communes_20250701.csv,
province_merge_2025.csv, commune_merge_2025.csv and qd766_scores_2025_10.csv. The rules of identity are in
shared/src/parindex/units/data/README.md; ids once shipped are frozen (tests/units/test_shipped_register.py).
"""

from __future__ import annotations

import csv
import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

from parindex.units.names import spelling_key

DATA = Path(__file__).resolve().parent.parent / "shared/src/parindex/units/data"
MERGER = "2025-07-01"
CITY = "Thành phố trực thuộc trung ương"
Row = dict[str, str]


class Register:
    """The rows of each shipped file, in the order of their columns."""

    def __init__(self) -> None:
        self.units: list[tuple[object, ...]] = []
        self.names: list[tuple[object, ...]] = []
        self.codes: list[tuple[object, ...]] = []
        self.parents: list[tuple[object, ...]] = []
        self.lineage: list[tuple[object, ...]] = []
        self.sources: dict[str, str] = {}

    def add(
        self,
        unit_id: int,
        kind: str,
        valid: tuple[str, str],
        names: list[tuple[str, str, str, str, str]],
        source: str,
        *,
        realm: str = "production",
        provenance: str = "published",
    ) -> None:
        """A unit with its names (from, to, name, type, source key); its block is its kind, on its own days."""
        self.units.append((unit_id, kind, realm, *valid, "" if kind == "nation" else kind, provenance, source))
        for start, end, name, unit_type, name_source in names:
            self.names.append((unit_id, start, end, unicodedata.normalize("NFC", name), unit_type, name_source))

    def write(self) -> None:
        """Writes the six files, sorted, with LF line ends."""
        columns = {
            "units": "unit_id,kind,realm,valid_from,valid_to,block,provenance,source",
            "names": "unit_id,valid_from,valid_to,name,unit_type,source",
            "codes": "scheme,code,valid_from,valid_to,unit_id,evidence,source",
            "parents": "unit_id,valid_from,valid_to,parent_id,source",
            "lineage": "predecessor_id,successor_id,extent,effective,legal_basis,source",
        }
        for name, header in columns.items():
            with (DATA / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(header.split(","))
                writer.writerows(sorted(getattr(self, name)))
        with (DATA / "sources.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("key", "source"))
            writer.writerows(sorted(self.sources.items()))


def main(folder: Path) -> None:
    """Reads the published lists and writes the shipped files."""

    def rows(name: str) -> list[Row]:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    register = Register()
    old_provinces, new_provinces, merge = (
        rows("admin_provinces_63.csv"),
        rows("admin_provinces_34.csv"),
        rows("province_merge_2025.csv"),
    )
    links, communes, scores = (
        rows("commune_merge_2025.csv"),
        rows("admin_communes_20250701.csv"),
        rows("qd766_scores_2025_10.csv"),
    )
    districts = rows("admin_districts_20241101.csv")
    memory = next(row["h_code_evidence"] for row in old_provinces if row["h_code_evidence"].startswith("from memory"))
    exports = {row["level"]: f"{row['source']}, exported {row['exported_at']}" for row in reversed(scores)}
    register.sources = {
        "provinces-63": old_provinces[0]["source"],
        "provinces-34": new_provinces[0]["source"],
        "districts": districts[0]["source"],
        "communes": communes[0]["source"],
        "merges": links[0]["source"],
        "h-observed": old_provinces[0]["h_code_evidence"],
        "h-memory": memory,
        "766-province": exports["tỉnh"],
        "766-department": exports["sở, ban (An Giang)"],
        "766-commune": exports["xã (An Giang)"],
        "hue-2025": "general knowledge (high): Thừa Thiên Huế became a centrally-run city on 1/1/2025",
        "dong-nai-2026": "Nghị quyết 30/2026/QH16; https://github.com/thanglequoc/vietnamese-provinces-database (json 2026-07-25)",
        "one-province": "derived: every successor lies in a province that took part in no merger on 1/7/2025",
        "provinces-2025": merge[0]["legal_basis"],
        "communes-2025": "Nghị quyết của Ủy ban Thường vụ Quốc hội về sắp xếp đơn vị hành chính cấp xã của từng tỉnh, thành phố năm 2025 (from memory, high)",
        "nation": "Hiến pháp 2013, Điều 110",
        "invented": "invented for trials by this project; no such unit exists",
    }
    register.add(0, "nation", ("", ""), [("", "", "Cả nước", "Quốc gia", "nation")], "nation")

    current = _provinces(register, old_provinces, new_provinces, merge, scores)
    for row in districts:
        unit_id = 1000 + int(row["district_code"])
        register.add(
            unit_id,
            "district",
            ("", MERGER),
            [("", MERGER, row["district_name"], row["district_type"], "districts")],
            "districts",
        )
        register.codes.append(("gso", row["district_code"], "", MERGER, unit_id, "published", "districts"))
        register.parents.append((unit_id, "", MERGER, 100 + int(row["province_code"]), "districts"))
    _communes(register, links, communes, merge, current)
    _an_giang(register, communes, scores, current["91"])
    _invented(register)
    register.write()


def _provinces(
    register: Register, old: list[Row], new: list[Row], merge: list[Row], scores: list[Row]
) -> dict[str, int]:
    """Writes the 63, the 34 and their links; returns GSO code -> unit id since the merger."""
    unchanged = {row["old_gso_code"] for row in merge if row["merge_type"] == "unchanged"}
    for row in old:
        gso, end = row["gso_code"], "" if row["gso_code"] in unchanged else MERGER
        unit_id, city = 100 + int(gso), row["unit_type_until_2024"] != "Tỉnh"
        name = ("Thành phố " if city else "Tỉnh ") + row["name_vi"]
        names = [("", end, name, CITY if city else "Tỉnh", "provinces-63")]
        if gso == "46":
            names = [
                ("", "2025-01-01", name, "Tỉnh", "provinces-63"),
                ("2025-01-01", "", "Thành phố Huế", CITY, "hue-2025"),
            ]
        register.add(unit_id, "province", ("", end), names, "provinces-63")
        register.parents.append((unit_id, "", end, 0, "provinces-63"))
        register.codes.append(("gso", gso, "", end, unit_id, "published", "provinces-63"))
        observed = row["h_code_evidence"].startswith("observed")
        register.codes.append(
            (
                "h_code",
                row["h_code"],
                "",
                end,
                unit_id,
                "published" if observed else "memory",
                "h-observed" if observed else "h-memory",
            )
        )
    current = {gso: 100 + int(gso) for gso in unchanged}
    for row in new:
        gso = row["gso_code"]
        if gso in current:
            continue
        unit_id = current[gso] = 200 + int(gso)
        first, renamed = row["name_20250701"], row["renamed_on"]
        names = [(MERGER, renamed, first, CITY if first.startswith("Thành phố") else "Tỉnh", "provinces-34")]
        if renamed:
            names.append((renamed, "", row["name_20260725"], CITY, "dong-nai-2026"))
        register.add(unit_id, "province", (MERGER, ""), names, "provinces-34")
        register.parents.append((unit_id, MERGER, "", 0, "provinces-34"))
        register.codes.append(("gso", gso, MERGER, "", unit_id, "published", "provinces-34"))
        register.codes.append(("h_code", row["h_code"], MERGER, "", unit_id, "published", "h-observed"))
        for old_gso in row["old_codes"].split("|"):
            register.lineage.append((100 + int(old_gso), unit_id, "full", MERGER, "provinces-2025", "merges"))
    h_code = {row["h_code"]: current[row["gso_code"]] for row in new}
    portal = {(row["h_code"].split(".")[-1], row["dvcqg_id"]) for row in scores if row["level"] == "tỉnh"}
    for code, portal_id in portal:
        register.codes.append(("dvcqg_id", portal_id, MERGER, "", h_code[code], "published", "766-province"))
    return current


def _communes(
    register: Register, links: list[Row], communes: list[Row], merge: list[Row], current: dict[str, int]
) -> None:
    unchanged = {row["old_gso_code"] for row in merge if row["merge_type"] == "unchanged"}
    into, out_of = defaultdict(list), defaultdict(list)
    for link in links:
        into[link["new_commune_code"]].append(link)
        out_of[link["old_commune_code"]].append(link)
    carried_over = set()
    for row in communes:
        code, name, unit_type = row["commune_code"], row["commune_name"], row["commune_type"]
        parent = current[row["province_code"]]
        only = into[code][0] if len(into[code]) == 1 else None
        if (
            only
            and only["merge_type"] == "full"
            and only["old_commune_code"] == code
            and spelling_key(only["old_name"]) == spelling_key(name)
        ):
            carried_over.add(code)
            unit_id, start, parent_start = 100_000 + int(code), "", "" if row["province_code"] in unchanged else MERGER
        else:
            unit_id, start, parent_start = 200_000 + int(code), MERGER, MERGER
        register.add(unit_id, "commune", (start, ""), [(start, "", name, unit_type, "communes")], "communes")
        register.codes.append(("gso", code, start, "", unit_id, "published", "communes"))
        register.parents.append((unit_id, parent_start, "", parent, "communes" if parent_start else "one-province"))
    new_id = {
        row["commune_code"]: (100_000 if row["commune_code"] in carried_over else 200_000) + int(row["commune_code"])
        for row in communes
    }
    for code, successors in out_of.items():
        if code in carried_over:
            continue
        if len(code) == 3:  # five island districts without communes: the districts themselves
            unit_id = 1000 + int(code)
        else:
            unit_id, name = 100_000 + int(code), successors[0]["old_name"]
            unit_type = next(word for word in ("Thị trấn", "Phường", "Xã") if name.startswith(word + " "))
            register.add(unit_id, "commune", ("", MERGER), [("", MERGER, name, unit_type, "merges")], "merges")
            register.codes.append(("gso", code, "", MERGER, unit_id, "published", "merges"))
            provinces = {link["new_province_code"] for link in successors}
            if len(provinces) == 1 and provinces <= unchanged:
                register.parents.append((unit_id, "", MERGER, current[provinces.pop()], "one-province"))
        for link in successors:
            register.lineage.append(
                (unit_id, new_id[link["new_commune_code"]], link["merge_type"], MERGER, "communes-2025", "merges")
            )


def _an_giang(register: Register, communes: list[Row], scores: list[Row], province: int) -> None:
    by_code = {row[4]: row[1] for row in register.codes if row[0] == "gso" and row[3] == ""}
    ids = {code: unit_id for unit_id, code in by_code.items()}
    by_name = {
        spelling_key(row["commune_name"]): ids[row["commune_code"]] for row in communes if row["province_code"] == "91"
    }
    seen = set()
    for row in scores:
        if row["level"] == "tỉnh" or row["h_code"] in seen:
            continue
        seen.add(row["h_code"])
        name, source = row["unit"].removesuffix(" - tỉnh An Giang"), "766-commune"
        if row["level"].startswith("xã"):
            unit_id = by_name.pop(spelling_key(name.removeprefix("UBND ")))
        else:
            source, unit_id = "766-department", 3000 + int(row["h_code"].removeprefix("H01."))
            unit_type = next(word for word in ("Sở", "Ban", "Thanh tra") if name.startswith(word))
            register.add(unit_id, "department", (MERGER, ""), [(MERGER, "", name, unit_type, source)], source)
            register.parents.append((unit_id, MERGER, "", province, source))
        register.codes.append(("h_code", row["h_code"], MERGER, "", unit_id, "published", source))
        if re.fullmatch(r"\d+", row["dvcqg_id"]):
            register.codes.append(("dvcqg_id", row["dvcqg_id"], MERGER, "", unit_id, "published", source))
    if by_name:
        raise SystemExit(f"communes of An Giang without an H code: {sorted(by_name)}")


def _invented(register: Register) -> None:
    departments = (
        "Nội vụ",
        "Tài chính",
        "Y tế",
        "Xây dựng",
        "Tư pháp",
        "Công Thương",
        "Giáo dục và Đào tạo",
        "Nông nghiệp và Môi trường",
    )

    def add(number: int, code: str, kind: str, name: str, unit_type: str, parent: int) -> None:
        register.add(
            number,
            kind,
            (MERGER, ""),
            [(MERGER, "", f"{name} (dữ liệu giả lập)", unit_type, "invented")],
            "invented",
            realm="synthetic",
            provenance="invented",
        )
        register.parents.append((number, MERGER, "", parent, "invented"))
        register.codes.append(("h_code", code, MERGER, "", number, "invented", "invented"))

    for h_code, letter, base, n_departments, n_communes in (("H98", "B", 980_000, 4, 8), ("H99", "A", 990_000, 8, 24)):
        add(base, h_code, "province", f"Tỉnh Minh Họa {letter}", "Tỉnh", 0)
        for number, field in enumerate(departments[:n_departments], start=1):
            add(base + number, f"{h_code}.{number:02d}", "department", f"Sở {field} Minh Họa {letter}", "Sở", base)
        for number in range(1, n_communes + 1):
            unit_type = "Phường" if number <= n_communes // 4 else "Xã"
            add(
                base + 100 + number,
                f"{h_code}.{100 + number}",
                "commune",
                f"{unit_type} Minh Họa {letter}{number:02d}",
                unit_type,
                base,
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]))

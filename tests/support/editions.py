"""Inputs documents of small editions of each kind, invented, as ranking-worker gathers them."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from parindex.engine.score import ENGINE_VERSION
from parindex.frameworks.policy_files import load_policies
from parindex.instruments.document import read_instrument

FRAMEWORK: dict[str, Any] = {
    "code": "test-index", "version": "1", "title_vi": "Bộ tiêu chí thử", "title_en": "Test criteria", "publisher_vi": "Thử",
    "decision": None, "status": "example", "status_note_vi": "Dữ liệu thử", "status_note_en": "Test data",
    "in_force": {"from": "2025-01-01", "to": None}, "replaces": None, "periods": ["year"], "max": "10",
    "rounding": {"digits": 2, "mode": "half_up", "at": "component"}, "index": {"digits": 2, "ranked_on": "percent"},
    "blocks": [{"code": "department", "title_vi": "Sở, ban, ngành", "title_en": "Departments"}],
    "ties": {"rule": "competition", "provenance": "declared", "source": "own", "note_vi": "Đồng hạng", "note_en": "Shared"},
    "grades": {"provenance": "illustrative", "source": "own", "default": [
        {"label_vi": "Tốt", "label_en": "Good", "min": "80"}, {"label_vi": "Khá", "label_en": "Fair", "min": "0"}]},
    "views": [], "sources": {"own": {"title": "Invented for a test"}}, "not_modelled": [],
    "children": [
        {"code": "steering", "number": "1", "title_vi": "Chỉ đạo", "title_en": "Steering", "max": "4",
         "provenance": "illustrative", "rule": "linear", "source": "appraised", "on_no_data": "zero"},
        {"code": "satisfaction", "number": "2", "title_vi": "Hài lòng", "title_en": "Satisfaction", "max": "6",
         "provenance": "illustrative", "rule": "survey_top2", "source": "survey", "on_no_data": "zero"},
    ],
}  # fmt: skip


def unit(name: str, region: str | None = None) -> dict[str, Any]:
    return {"name": name, "codes": {"h_code": f"H00.{name[-2:]}"}, "region": region, "partial_predecessors": []}


def _head(**given: Any) -> dict[str, Any]:
    return {
        "engine_version": ENGINE_VERSION,
        "as_of": "2026-01-20T00:00:00+00:00",
        "realm": "synthetic",
        "scope": {"unit_id": 990000, "name": "Tỉnh Thử", "codes": {}},
        "title_vi": "Bảng xếp hạng thử",
        "decision": "01/QĐ-UBND ngày 20/01/2026",
        "source": "Invented for a test",
        **given,
    }


def round_inputs(**given: Any) -> dict[str, Any]:
    """Four departments: two share a total, one is below, one has a component missing."""
    shares = {"990001": (3, 80), "990002": (3, 80), "990003": (1, 50)}
    inputs = {
        unit_id: {
            "steering": {"numerator": str(done), "denominator": "4"},
            "satisfaction": {"favourable": str(favourable), "answers": "100"},
        }
        for unit_id, (done, favourable) in shares.items()
    }
    return _head(
        kind="round",
        block="department",
        period="2025",
        units={f"99000{place}": unit(f"Sở Thử 0{place}") for place in range(1, 5)},
        framework=FRAMEWORK,
        inputs={**inputs, "990004": {"steering": {"numerator": "4", "denominator": "4"}}},
        **given,
    )


@cache
def _kiosk() -> str:
    folder = files("parindex.instruments") / "data"
    entry = next(one for one in folder.iterdir() if one.name.startswith("SIPAS"))
    return json.dumps(read_instrument(entry.read_text("utf-8"), entry.name))


def instrument() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_kiosk())
    return document


def counted(favourable: int, other: int, columns: int = 22) -> dict[str, Any]:
    """Counts of a unit whose respondents all answered every column: the best or the worst value of a scale of five."""
    n = favourable + other
    cells = {"0": {"0": [n, str(n), str(n)]}}
    for column in range(1, columns + 1):
        cells[str(column)] = {
            code: [count, str(count), str(count)] for code, count in (("5", favourable), ("1", other)) if count
        }
    return {"cells": cells, "pooled_unit_ids": [], "constructed": False}


def satisfaction_inputs(**given: Any) -> dict[str, Any]:
    """Five departments: two equal, one larger and worse, one small (3 responses), one without responses."""
    results = {
        "990001": counted(18, 2), "990002": counted(9, 1), "990003": counted(20, 20), "990004": counted(3, 0),
    }  # fmt: skip
    return _head(
        kind="satisfaction",
        block="department",
        period="2025-Q4",
        units={f"99000{place}": unit(f"Sở Thử 0{place}") for place in range(1, 6)},
        policy=load_policies().get("satisfaction", "2026-1").document,
        instrument=instrument(),
        method="top2",
        results=results,
        scope_result=counted(50, 23),
        **given,
    )


def imported_inputs(**given: Any) -> dict[str, Any]:
    """Four provinces as a portal printed them: two share 84.70 on consecutive rows, one has a group missing."""
    policy = load_policies().get("qd766-portal", "2025-1").document
    rows = {
        "46": ("H57", "Huế", 2, "84.70", ("18.00", "19.00", "10.00", "8.00", "14.70", "15.00")),
        "4": ("H14", "Cao Bằng", 3, "84.70", ("17.00", "19.00", "11.00", "8.00", "14.70", "15.00")),
        "1": ("H26", "Hà Nội", 1, "86.05", ("18.00", "19.00", "11.00", "8.00", "14.05", "16.00")),
        "8": ("H60", "Tuyên Quang", 4, "70.00", ("18.00", "19.00", "10.00", "8.00", "15.00", None)),
    }
    parts = [{**part, "kind": "part"} for part in policy["parts"]]
    return _head(
        kind="imported",
        block="province",
        period="2025-10",
        to_date=True,
        observed_at="2025-10-11T20:01:35+07:00",
        units={
            unit_id: unit(f"Tỉnh {name}", "Miền Bắc" if unit_id != "46" else "Miền Trung")
            for unit_id, (_, name, *_) in rows.items()
        },
        policy=policy,
        index={
            "code": "qd766",
            "version": "2022-1",
            "title_vi": policy["title_vi"],
            "title_en": policy["title_en"],
            "maximum": "100",
            "parts": parts,
        },
        rows={
            unit_id: {
                "printed_code": code,
                "printed_name": name,
                "printed_rank": place,
                "total": total,
                "parts": dict(zip((part["code"] for part in parts), points, strict=True)),
            }
            for unit_id, (code, name, place, total, points) in rows.items()
        },
        **{**given, "scope": {"unit_id": 0, "name": "Cả nước", "codes": {}}},
    )

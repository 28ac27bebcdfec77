"""What an edition of single published figures is made of: every unit of the block, known figures, and gaps as gaps.

Of PAR INDEX, SIPAS and PAPI no whole table was published as text. Sources that contradict each other are named and none is
chosen; a change that was printed stands beside the figures as printed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import asyncpg

from parindex.editions.policies import policy_of_printed
from parindex.engine.criteria import Framework
from parindex.engine.numerals import vi, written
from parindex.engine.period import Period
from parindex.engine.rounding import half_up
from parindex.errors import Invalid, NotFound
from parindex.frameworks.criteria_catalogue import load_frameworks
from parindex.frameworks.policy import RankingPolicy
from ranking_worker.drafts_heading import Wish, cannot_be_built, described_units, heading
from ranking_worker.registers import Registers

REALM = "production"
_FIGURES = """
SELECT block, unit_id, printed_name, measure, value, maximum, printed_rank, printed_grade, evidence, note, source, observed_at
FROM published_figure
WHERE tenant_id = $1 AND realm = $2 AND framework = $3 AND period = $4 AND scope_unit_id = $5 AND (block = $6 OR block = 'nation')
ORDER BY printed_name COLLATE "C", measure COLLATE "C", observed_at, source COLLATE "C"
"""
_MARK = """
SELECT count(*) || ' ' || coalesce(max(recorded_at)::text, '') FROM published_figure
WHERE tenant_id = $1 AND realm = $2 AND framework = $3 AND period = $4 AND scope_unit_id = $5
"""
_TOTALS = ("index", "points")
"""Measures that are a unit's figure, the first found; the others are its parts."""
_MEANS = {
    "mean": ("Trung bình (do cơ quan công bố in)", "Mean as printed"),
    "mean_policy": ("Trung bình phần chính sách (do cơ quan công bố in)", "Mean of the policy part as printed"),
    "mean_service": ("Trung bình phần dịch vụ (do cơ quan công bố in)", "Mean of the service part as printed"),
    "mean_region_DBSH": ("Đồng bằng sông Hồng (do cơ quan công bố in)", "Red River Delta as printed"),
    "mean_region_DNB": ("Đông Nam Bộ (do cơ quan công bố in)", "Southeast as printed"),
    "mean_region_DBSCL": ("Đồng bằng sông Cửu Long (do cơ quan công bố in)", "Mekong Delta as printed"),
    "mean_region_TDMNPB": ("Trung du và miền núi phía Bắc (do cơ quan công bố in)", "Northern uplands as printed"),
    "mean_region_BTBDHMT": (
        "Bắc Trung Bộ và Duyên hải miền Trung (do cơ quan công bố in)",
        "North Central and Central Coast as printed",
    ),
}
_LEFT_OUT = ("components_", "grade_", "units", "change_")
"""Measures that are neither a figure of a part nor of the whole."""

Figure: TypeAlias = asyncpg.Record


async def figures_mark(connection: asyncpg.Connection, wish: Wish) -> str:
    """Moves whenever a figure is added: what was observed never changes."""
    source = wish.source
    return str(
        await connection.fetchval(
            _MARK, wish.tenant_id, REALM, source["framework"], source["period"], source["scope_unit_id"]
        )
    )


async def figures_inputs(connection: asyncpg.Connection, registers: Registers, wish: Wish) -> dict[str, Any]:
    """The inputs document. Raises Invalid when no figure is known, or no policy ranks them on the period's last day."""
    source = wish.source
    code, block, scope = source["framework"], source["block"], source["scope_unit_id"]
    period = Period.parse(source["period"])
    figures = await connection.fetch(_FIGURES, wish.tenant_id, REALM, code, period.code, scope, block)
    mine = [one for one in figures if one["block"] == block]
    if not mine:
        raise cannot_be_built(
            "published_figures_unknown",
            "source.framework",
            f"Không có số liệu đã công bố của {code}, {period.code}. / No published figure of {code} for {period.code} is stored.",
            "Withdraw the publication; GET /v1/published/figures names what there is.",
        )
    policy = policy_of_printed(registers.policies, code, period.last)
    framework = _framework(code, period)
    strangers = _strangers(mine)
    of_unit: defaultdict[int, list[Figure]] = defaultdict(list)
    for one in mine:
        unit_id = one["unit_id"] if one["unit_id"] is not None else strangers[one["printed_name"]]
        if one["measure"] not in _MEANS and unit_id is not None:
            of_unit[unit_id].append(one)
    parts = _parts(policy, framework, mine)
    return {
        "kind": "imported",
        **heading(
            wish,
            registers,
            as_of=max(one["observed_at"] for one in figures),
            realm=REALM,
            scope_unit_id=scope,
            block=block,
            period=period.code,
            day=period.last,
            source="; ".join(dict.fromkeys(one["source"] for one in figures)),
        ),
        "to_date": False,
        "observed_at": max(one["observed_at"] for one in figures).isoformat(),
        "units": _units(registers, period, source, of_unit, strangers),
        "policy": policy.document,
        "index": {
            "code": code,
            "version": framework.version if framework else None,
            "sha256": framework.sha256 if framework else None,
            "title_vi": policy.title_vi,
            "title_en": policy.title_en,
            "maximum": f"{policy.maximum:f}" if policy.maximum is not None else "100",
            "fragment": policy.document.get("coverage") == "fragments",
            "parts": parts,
        },
        "rows": {
            str(unit_id): _row(given, [part["code"] for part in parts]) for unit_id, given in sorted(of_unit.items())
        },
        "printed_means": _means(figures),
    }


def _framework(code: str, period: Period) -> Framework | None:
    try:
        return load_frameworks().on(code, period.last).framework
    except (NotFound, Invalid):
        return None


def _strangers(figures: Iterable[Figure]) -> dict[str, int | None]:
    """Printed names that the register does not know -> -1, -2, ... in the order of the names; means are no units."""
    names = sorted(
        {
            one["printed_name"]
            for one in figures
            if one["unit_id"] is None and one["measure"] not in _MEANS and not one["printed_name"].startswith(_NO_UNIT)
        }
    )
    numbered: defaultdict[str, int | None] = defaultdict(lambda: None)
    numbered.update({name: -place for place, name in enumerate(names, 1)})
    return numbered


_NO_UNIT = ("trung bình", "số đơn vị")
"""How names begin under which a whole block is printed."""


def _units(
    registers: Registers,
    period: Period,
    source: Mapping[str, Any],
    of_unit: Mapping[int, Sequence[Figure]],
    strangers: Mapping[str, int | None],
) -> dict[str, dict[str, Any]]:
    """Every unit of the block, known or not; where the register does not know the block, those that were printed."""
    members = {unit_id for unit_id in of_unit if unit_id >= 0}
    if not any(strangers.values()):
        members |= set(registers.units.members(source["scope_unit_id"], source["block"], period.last, REALM))
    units = described_units(registers, members, period.last)
    for name, unit_id in strangers.items():
        if unit_id is not None:
            units[str(unit_id)] = {"name": name, "codes": {}, "region": None, "partial_predecessors": []}
    return units


def _parts(policy: RankingPolicy, framework: Framework | None, figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """The declared parts of the policy; else every part of which some unit's figure is known, named by the framework."""
    if policy.parts:
        return [{**part, "kind": "part"} for part in policy.document["parts"]]
    titles: dict[str, tuple[str, str]] = {}
    if framework is not None:
        titles |= {node.code: (node.title_vi, node.title_en) for node in framework.walk()}
        titles |= {
            view["code"]: (view["title_vi"], view.get("title_en", "")) for view in framework.document.get("views", ())
        }
    maxima: dict[str, str | None] = {}
    for one in figures:
        measure = one["measure"]
        if measure not in (*_TOTALS, *_MEANS) and not measure.startswith(_LEFT_OUT):
            maxima.setdefault(measure, None if one["maximum"] is None else written(one["maximum"]))
    order = [code for code in titles if code in maxima] + sorted(code for code in maxima if code not in titles)
    return [
        {
            "code": code,
            "title_vi": titles.get(code, (code, code))[0],
            "title_en": titles.get(code, (code, code))[1],
            "maximum": maxima[code],
            "kind": "part",
        }
        for code in order
    ]


def _row(figures: Sequence[Figure], parts: Sequence[str]) -> dict[str, Any]:
    by_measure: defaultdict[str, list[Figure]] = defaultdict(list)
    for one in figures:
        by_measure[one["measure"]].append(one)
    total = next((by_measure[measure] for measure in _TOTALS if measure in by_measure), [])
    value, contradicted = _agreed(total)
    ranks = [one["printed_rank"] for one in total if one["printed_rank"]]
    row: dict[str, Any] = {
        "printed_code": "",
        "printed_name": figures[0]["printed_name"],
        "printed_rank": ranks[0] if ranks else None,
        "total": value,
        "parts": {code: _agreed(by_measure[code])[0] for code in parts if code in by_measure},
        "notes": _notes(total, by_measure),
    }
    if contradicted:
        row["contradicted"] = contradicted
    changes = {
        name: _agreed(by_measure[f"change_{name}"])[0]
        for name in ("points", "places")
        if f"change_{name}" in by_measure
    }
    if changes:
        places = changes.get("places")
        row["printed_change"] = {"points": changes.get("points"), "places": None if places is None else int(places)}
    return row


def _agreed(figures: Sequence[Figure]) -> tuple[str | None, list[str]]:
    """The figure that all sources give, with the most digits printed; else None and what each gives.

    Sources agree when they differ only in how many digits they print.
    """
    values = sorted({one["value"] for one in figures if one["value"] is not None}, key=lambda one: (_digits(one), one))
    if not values:
        return None, []
    finest = values[-1]
    if all(half_up(finest, _digits(value)) == value for value in values):
        return written(finest), []
    return None, sorted(written(value) for value in values)


def _digits(value: Decimal) -> int:
    return len(written(value).partition(".")[2])


def _notes(total: Sequence[Figure], by_measure: Mapping[str, Sequence[Figure]]) -> list[dict[str, str]]:
    notes = [
        {"vi": f"Suy ra từ số liệu đã in ({one['note']}).", "en": f"Derived from printed figures ({one['note']})."}
        for one in total
        if one["evidence"] == "derived"
    ]
    if len({one["value"] for one in total if one["value"] is not None}) > 1:
        notes += [
            {
                "vi": f"{vi(written(one['value']))}: {one['source']}",
                "en": f"{written(one['value'])}: {one['source']}",
            }
            for one in total
            if one["value"] is not None
        ]
    if total and total[0]["measure"] == "index":
        notes += [
            {
                "vi": f"Điểm đã in: {vi(written(one['value']))}{'' if one['maximum'] is None else '/' + vi(written(one['maximum']))}.",
                "en": f"Points as printed: {written(one['value'])}{'' if one['maximum'] is None else '/' + written(one['maximum'])}.",
            }
            for one in by_measure.get("points", ())
            if one["value"] is not None
        ]
    notes += [
        {"vi": f"Xếp loại đã in: {one['printed_grade']}.", "en": f"Grade as printed: {one['printed_grade']}."}
        for one in total
        if one["printed_grade"]
    ]
    return notes


def _means(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """Means as printed; where sources contradict each other there is no value."""
    found: defaultdict[str, list[Figure]] = defaultdict(list)
    for one in figures:
        if one["measure"] in _MEANS:
            found[one["measure"]].append(one)
    return [
        {"title_vi": vi_words, "title_en": en_words, "value": _agreed(found[measure])[0], "units": None}
        for measure, (vi_words, en_words) in _MEANS.items()
        if measure in found
    ]

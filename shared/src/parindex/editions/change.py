"""The change of a league table against an earlier edition: units, parts, movers, shares, means; in numbers and in words. Pure.

Works on two bodies and decides nothing about comparability itself (`comparable.py`) nor about merged units (`lineage.py`).
A figure that is missing, withheld or not comparable yields no change and says why, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from parindex.editions.comparable import Body, Reason, not_comparable
from parindex.editions.decompose import decompose_printed
from parindex.editions.lineage import Ancestry, no_ancestry
from parindex.editions.parts_change import part_changes, spreads
from parindex.editions.words import SIGN, change_words, points_words, refusal, signed
from parindex.engine.rounding import half_up, half_up_ratio

Row = Mapping[str, Any]
MOVERS = 5


def compare(now: Body, before: Body, *, ancestry: Ancestry | None = None) -> dict[str, Any]:
    """The change document of `now` against `before`.

    `ancestry` tells who came out of whom, for units that `before` does not have; without it they are simply new. Places
    are compared where both editions place the unit (or both publishers printed a place).
    """
    reasons = not_comparable(now, before)
    ancestry = ancestry or no_ancestry()
    earlier = _by_unit(before)
    rows = [_row(row, earlier, now, before, reasons, ancestry) for row in now["rows"]]
    followed = {unit for row in rows for unit in row["predecessor_ids"]}
    current = set(_by_unit(now))
    compared = [row for row in rows if row["points"] is not None]
    return {
        "now": _said(now),
        "before": _said(before),
        "sign": SIGN,
        "digits": now["policy"]["change_digits"],
        "comparable": not reasons,
        "reasons": [reason.as_json() for reason in reasons],
        "rows": rows,
        "gone": [_gone(row, key in followed) for key, row in earlier.items() if key not in current],
        "movers": {
            "points": _movers(rows, "points_exact"),
            "places": _movers(rows, "places"),
        },
        "shares": {
            "points": _shares([Decimal(row["points_exact"]) for row in compared]),
            "places": _shares([Decimal(row["places"]) for row in rows if row["places"] is not None]),
        },
        "parts": [] if reasons else spreads(now["columns"], rows),
        "means": _means(now, before, reasons),
    }


def _by_unit(body: Body) -> dict[int | str, Row]:
    return {_key(row): row for row in body["rows"]}


def _key(row: Row) -> int | str:
    """A unit that the register does not know (a negative number) is the same where it is printed under the same name."""
    unit_id: int = row["unit_id"]
    return unit_id if unit_id >= 0 else str(row["name"])


def _said(body: Body) -> dict[str, Any]:
    return {
        "index": body["index"]["code"],
        "version": body["index"]["version"],
        "policy": body["policy"]["name"],
        "period": body["period"],
        "title_vi": body["title_vi"],
        "as_of": body["as_of"],
        "observed_at": body["observed_at"],
        "inputs_sha256": body["inputs_sha256"],
    }


def _row(
    row: Row,
    earlier: Mapping[int | str, Row],
    now: Body,
    before: Body,
    reasons: Sequence[Reason],
    ancestry: Ancestry,
) -> dict[str, Any]:
    old = earlier.get(_key(row))
    percent = now["policy"]["ranked_on"] == "percent"
    digits: int = now["policy"]["change_digits"]
    found: dict[str, Any] = {
        "unit_id": row["unit_id"],
        "name": row["name"],
        "status": "compared",
        "now": _figure(row),
        "before": None if old is None else _figure(old),
        "points": None,
        "points_exact": None,
        "places": None,
        "places_of": None,
        "printed_change": row.get("printed_change"),
        "reason": None,
        "parts": [],
        "by_part": None,
        "predecessors": [],
        "predecessor_ids": [],
        "baseline": None,
        "constructed": False,
    }
    if old is None:
        reason = Reason("new", "đơn vị không có trong bảng trước.", "the unit is not in the earlier table.")
        found |= {"status": "new", **ancestry.baseline(row, earlier, before, now, comparable=not reasons)}
        if (baseline := found["baseline"]) is not None and not reasons:
            _put_points(found, row["value"], baseline["value"], digits)
        found["reason"] = (found.pop("why") or reason).as_json() if found["points"] is None else None
        found.pop("why", None)
    elif reasons:
        found |= {"status": "not_comparable", "reason": reasons[0].as_json()}
    elif (why := _unit_reason(row, old, now)) is not None:
        found |= {"status": "not_comparable", "reason": why.as_json()}
        _put_places(found, row, old)
    else:
        _put_points(found, row["value"], old["value"], digits)
        _put_places(found, row, old)
        found["parts"] = part_changes(row, old, now["columns"], before["columns"], percent=percent)
        if now["kind"] == "imported":
            found["by_part"] = decompose_printed(row, old, now["columns"])
    found["words"] = _words(found, reasons if old is not None else [], percent=percent)
    return found


def _figure(row: Row) -> dict[str, Any]:
    return {
        "value": row["value"],
        "rank": row["rank"],
        "printed_rank": row.get("printed_rank"),
        "grade": row["grade"],
        "group": row["group"],
        "constructed": row["constructed"],
    }


def _unit_reason(row: Row, old: Row, now: Body) -> Reason | None:
    for side, name_vi, name_en in ((row, "kỳ này", "this"), (old, "kỳ trước", "the earlier")):
        if side["value"] is None:
            why = side["unranked"] or {}
            return Reason(
                why.get("code", "no_value"),
                f"{name_vi} không có số liệu. {why.get('reason_vi', '')}".strip(),
                f"no figure in {name_en} edition. {why.get('reason_en', '')}".strip(),
            )
    maxima = row["maximum"], old["maximum"]
    if now["policy"]["ranked_on"] == "points" and None not in maxima and Decimal(maxima[0]) != Decimal(maxima[1]):
        return Reason(
            "other_maximum",
            f"điểm tối đa áp dụng cho đơn vị khác nhau: {maxima[1]} và {maxima[0]}.",
            f"the maxima that apply to the unit differ: {maxima[1]} and {maxima[0]}.",
        )
    return None


def _put_points(found: dict[str, Any], now: str | None, before: str | None, digits: int) -> None:
    if now is not None and before is not None:
        exact = Decimal(now) - Decimal(before)
        found["points"], found["points_exact"] = signed(half_up(exact, digits)), signed(exact)


def _put_places(found: dict[str, Any], row: Row, old: Row) -> None:
    """Our places where both editions have one; else the printed ones, and says so."""
    for of, one, other in (
        ("declared", row["rank"], old["rank"]),
        ("printed", place_of(row.get("printed_rank")), place_of(old.get("printed_rank"))),
    ):
        if one is not None and other is not None:
            found["places"], found["places_of"] = other - one, of
            return


def place_of(printed: int | str | None) -> int | None:
    """The place in a printed rank: 34, `34`, `21/63`; None for `last` or nothing."""
    first = str(printed).partition("/")[0]
    return int(first) if first.isascii() and first.isdigit() else None


def _words(found: Mapping[str, Any], reasons: Sequence[Reason], *, percent: bool) -> dict[str, str] | None:
    points = None if found["points"] is None else Decimal(found["points"])
    places = found["places"]
    if points is not None or places is not None:
        return change_words(points, places, percent=percent)
    if printed := found["printed_change"]:
        return _printed_words(printed, percent=percent)
    if reasons or found["reason"] is not None:
        return refusal([reason.as_json() for reason in reasons] or [found["reason"]])
    return None


def printed_changes(body: Body) -> list[dict[str, Any]]:
    """Changes that the publisher printed beside its figures, in words: also where the earlier table is not known."""
    percent = body["policy"]["ranked_on"] == "percent"
    return [
        {
            "unit_id": row["unit_id"],
            "name": row["name"],
            **row["printed_change"],
            "words": _printed_words(row["printed_change"], percent=percent),
        }
        for row in body["rows"]
        if row.get("printed_change")
    ]


def _printed_words(printed: Mapping[str, Any], *, percent: bool) -> dict[str, str] | None:
    points = None if printed.get("points") is None else Decimal(printed["points"])
    return change_words(points, printed.get("places"), percent=percent)


def _gone(row: Row, followed: bool) -> dict[str, Any]:
    return {
        "unit_id": row["unit_id"],
        "name": row["name"],
        "before": _figure(row),
        "into_successor": followed,
        "words": {"vi": "không còn trong bảng này", "en": "no longer in this table"},
    }


def _movers(rows: Iterable[Mapping[str, Any]], key: str) -> dict[str, list[dict[str, Any]]]:
    """Those that gained most and lost most; whoever equals the last of them is named too."""
    moved = [(Decimal(row[key]), row) for row in rows if row[key] is not None and Decimal(row[key])]
    return {
        "best": _top([(change, row) for change, row in moved if change > 0], best=True),
        "worst": _top([(change, row) for change, row in moved if change < 0], best=False),
    }


def _top(moved: list[tuple[Decimal, Mapping[str, Any]]], *, best: bool) -> list[dict[str, Any]]:
    moved.sort(key=lambda one: (-one[0] if best else one[0], one[1]["unit_id"]))
    last = moved[MOVERS - 1][0] if len(moved) > MOVERS else None
    kept = [row for place, (change, row) in enumerate(moved) if place < MOVERS or change == last]
    return [{key: row[key] for key in ("unit_id", "name", "points", "places", "words")} for row in kept]


def _shares(changes: Sequence[Decimal]) -> dict[str, Any]:
    """Units up, down and unchanged, with their percent of those compared (half-up, two decimals)."""
    counted = {
        "up": sum(change > 0 for change in changes),
        "down": sum(change < 0 for change in changes),
        "unchanged": sum(not change for change in changes),
    }
    total = len(changes)
    percents = {
        f"{key}_percent": f"{half_up_ratio(100 * n, total, 2):f}" if total else None for key, n in counted.items()
    }
    return {"compared": total, **counted, **percents}


def _means(now: Body, before: Body, reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Each mean beside the earlier one of the same scope and name."""
    percent = now["policy"]["ranked_on"] == "percent"
    earlier = {(mean["scope"], mean["title_vi"]): mean for mean in before["means"]}
    lines = []
    for mean in now["means"]:
        old = earlier.get((mean["scope"], mean["title_vi"]))
        value, previous = mean["value"], old["value"] if old else None
        change = None
        if not reasons and value is not None and previous is not None:
            change = half_up(Decimal(value) - Decimal(previous), now["policy"]["change_digits"])
        lines.append(
            {
                "scope": mean["scope"],
                "title_vi": mean["title_vi"],
                "title_en": mean["title_en"],
                "now": value,
                "before": previous,
                "change": None if change is None else signed(change),
                "words": points_words(change, percent=percent)
                if change is not None
                else refusal([reason.as_json() for reason in reasons])
                if reasons
                else None,
            }
        )
    return lines

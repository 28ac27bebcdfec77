"""Earlier figures of units that were merged or divided: predecessors side by side, a combined baseline only by declared rule.

The 34 provinces against their 63 predecessors, communes over their links. A unit that continues one whole predecessor
under another id has that figure; several whole predecessors have a combined baseline only where the policy declares one
(weights named, marked constructed). A part of unknown share is listed and never carried. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from parindex.editions.comparable import Body, Reason
from parindex.engine.numerals import vi
from parindex.engine.rounding import exact_sum, half_up_ratio
from parindex.units.lineage import Lineage

Row = Mapping[str, Any]
_WEIGHT_WORDS = {
    "equal": ("mỗi đơn vị trước đây như nhau", "every predecessor alike"),
    "population": ("theo dân số", "by population"),
    "responses": ("theo số phiếu trả lời", "by responses"),
}


@dataclass(frozen=True, slots=True)
class Ancestry:
    """Who came out of whom, and the weights that a declared rule asks for and the bodies do not hold."""

    lineage: Lineage
    weights: Mapping[int, Decimal]
    """Unit id -> inhabitants on the last day before the merger; empty where nobody gave them."""
    weights_source: str = ""

    def baseline(
        self, row: Row, earlier: Mapping[Any, Row], before: Body, now: Body, *, comparable: bool
    ) -> dict[str, Any]:
        """What stands for the earlier figure of a unit that the earlier table does not have.

        `predecessors` with their figures and extent, `baseline` {value, rule, weights, words} or None, `constructed`,
        `why` (a Reason) where there is no baseline.
        """
        unit_id = row["unit_id"]
        partial = self.lineage.partial_predecessors(unit_id)
        whole, unknown = self._whole(unit_id, earlier)
        lines = [_line(one, earlier[one], "full") for one in whole]
        lines += [_line(one, earlier[one], "partial") for one in partial if one in earlier]
        found: dict[str, Any] = {
            "predecessors": lines,
            "predecessor_ids": [line["unit_id"] for line in lines],
            "baseline": None,
            "constructed": False,
            "why": None,
        }
        if not comparable or not (lines or partial):
            return found
        if partial:
            return found | {"why": _partial(lines)}
        return found | self._combined([earlier[one] for one in whole], unknown, before, now)

    def _whole(self, unit_id: int, earlier: Mapping[Any, Row]) -> tuple[list[int], int]:
        """Full predecessors that stand in the earlier table, and how many neither stand there nor come out of such."""
        known: list[int] = []
        unknown = 0
        waiting = [link for link in self.lineage.predecessors(unit_id) if link.extent == "full"]
        while waiting:
            one = waiting.pop().predecessor_id
            before = [link for link in self.lineage.predecessors(one) if link.extent == "full"]
            if one in earlier:
                known.append(one)
            elif before:
                waiting += before
            else:
                unknown += 1
        return sorted(set(known)), unknown

    def _combined(self, rows: list[Row], unknown: int, before: Body, now: Body) -> dict[str, Any]:
        without = [row["name"] for row in rows if row["value"] is None]
        if without or unknown:
            named = ", ".join(without) or str(unknown)
            return {
                "why": Reason(
                    "predecessor_without_figure",
                    f"đơn vị trước đây không có số liệu: {named}.",
                    f"a predecessor has no figure: {named}.",
                )
            }
        if len(rows) == 1:
            return {"baseline": _continued(rows[0])}
        rule = now["policy"].get("baseline")
        if rule is None:
            words = "; ".join(f"{row['name']} {vi(row['value'])}" for row in rows)
            words_en = "; ".join(f"{row['name']} {row['value']}" for row in rows)
            return {
                "why": Reason(
                    "newly_formed",
                    f"đơn vị được thành lập từ {len(rows)} đơn vị ({words}); không có quy tắc đã công bố để tính số liệu gộp.",
                    f"the unit was formed out of {len(rows)} units ({words_en}); no declared rule combines their figures.",
                )
            }
        weights = self._weights(rule["weights"], rows)
        if weights is None:
            return {
                "why": Reason(
                    "weights_missing",
                    f"thiếu trọng số của quy tắc ({_WEIGHT_WORDS[rule['weights']][0]}).",
                    f"the weights of the rule are missing ({_WEIGHT_WORDS[rule['weights']][1]}).",
                )
            }
        value = half_up_ratio(
            exact_sum(weight * Decimal(row["value"]) for weight, row in zip(weights, rows, strict=True)),
            exact_sum(weights),
            before["policy"]["digits"],
        )
        parts_vi = ", ".join(f"{row['name']} {vi(f'{weight:f}')}" for weight, row in zip(weights, rows, strict=True))
        named_vi, named_en = _WEIGHT_WORDS[rule["weights"]]
        return {
            "constructed": True,
            "baseline": {
                "value": f"{value:f}",
                "rule": rule["rule"],
                "weights": rule["weights"],
                "weights_source": self.weights_source if rule["weights"] == "population" else "",
                "of": [
                    {"unit_id": row["unit_id"], "name": row["name"], "value": row["value"], "weight": f"{weight:f}"}
                    for weight, row in zip(weights, rows, strict=True)
                ],
                "words": {
                    "vi": f"Số liệu dựng lại: trung bình có trọng số {named_vi} ({parts_vi}). {rule['note_vi']}",
                    "en": f"Constructed: mean weighted {named_en}. {rule['note_en']}",
                },
            },
        }

    def _weights(self, named: str, rows: list[Row]) -> list[Decimal] | None:
        match named:
            case "equal":
                return [Decimal(1)] * len(rows)
            case "responses":
                given = [row.get("responses") for row in rows]
                counted = [Decimal(n) for n in given if n]
            case _:
                counted = [self.weights[row["unit_id"]] for row in rows if row["unit_id"] in self.weights]
        return counted if len(counted) == len(rows) else None


def _continued(row: Row) -> dict[str, Any]:
    """The unit is its one predecessor under another id or name: nothing is combined."""
    return {
        "value": row["value"],
        "rule": "continued",
        "weights": None,
        "weights_source": "",
        "of": [{"unit_id": row["unit_id"], "name": row["name"], "value": row["value"], "weight": "1"}],
        "words": {
            "vi": f"Tiếp nối nguyên vẹn {row['name']}.",
            "en": f"The whole of {row['name']}, continued.",
        },
    }


def no_ancestry() -> Ancestry:
    """Nobody came out of anybody: units that are not in the earlier table are new."""
    return Ancestry(Lineage([]), {})


def _line(unit_id: int, row: Row, extent: str) -> dict[str, Any]:
    return {
        "unit_id": unit_id,
        "name": row["name"],
        "extent": extent,
        "value": row["value"],
        "rank": row["rank"],
        "printed_rank": row.get("printed_rank"),
    }


def _partial(lines: list[dict[str, Any]]) -> Reason:
    named = ", ".join(line["name"] for line in lines if line["extent"] == "partial")
    of = f" ({named})" if named else ""
    return Reason(
        "partial_lineage",
        f"một phần lãnh thổ, không rõ tỷ lệ, đến từ đơn vị khác{of}: số liệu cũ không được chuyển sang.",
        f"a part of unknown share came from other units{of}: earlier figures are not carried over.",
    )

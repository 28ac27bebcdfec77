"""Figures of data components of QĐ 766 from our own count of dossiers: frozen where the period is closed, else of the moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import asyncpg

from parindex.db.catalogue import load_units
from parindex.dossiers.figures import Figure as Counted
from parindex.dossiers.portal_metrics import SYNC
from parindex.engine.digest import sha256
from parindex.engine.rounding import half_up_ratio
from scoring_api.dossiers.ours import read_frozen, read_ours, with_sync
from scoring_api.portal.observed import newest
from scoring_api.rounds.figures import Absent, Figure, Found
from scoring_api.rounds.join_portal import data_components
from scoring_api.rounds.round import Round

AVERAGE = "avg_processing_time"
"""2.2 is a number of days, not a share: it is shown as such."""


async def dossier_figures(connection: asyncpg.Connection, assessed: Round, today: dt.date, now: dt.datetime) -> Found:
    """What dossiers can give each unit of the round; every component without a figure with its reason.

    The denominator of 1.4 is the portal's, where one was observed: then 1.4 and 3.3 can be said too.
    """
    units = await load_units(connection)
    nodes = data_components(assessed)
    observed = await newest(connection, assessed.realm, assessed.units, assessed.period.code)
    figures: list[Figure] = []
    absent: list[Absent] = []
    for unit_id in assessed.units:
        sync = observed[unit_id].get(SYNC)
        reported = sync.counts[1] if sync and sync.counts else None
        frozen = await read_frozen(connection, assessed.realm, unit_id, assessed.period)
        if frozen is None:
            ours = await read_ours(
                connection, units, assessed.realm, unit_id, assessed.period, today, reported=reported
            )
            given, origin = ours.figures, _origin("current", assessed, now, ours.figures)
            origin["judged_on"] = ours.judged_on.isoformat()
        else:
            given = with_sync(frozen.figures, assessed.period, reported)
            origin = _origin("frozen", assessed, frozen.closes_at, given) | {
                "sha256": frozen.sha256,
                "rules": frozen.rules,
            }
        for node in nodes:
            figure = given.get(node.code)
            if figure is None or figure.missing:
                why = figure.reason_vi if figure else "Chỉ tiêu này không tính được từ hồ sơ."
                absent.append(
                    Absent(
                        unit_id, node.code, why, f"Dossiers do not tell it: {figure.missing if figure else 'no rule'}."
                    )
                )
            else:
                figures.append(Figure(unit_id, node.code, {**_input(figure), "from": origin}, node.code))
    return Found(tuple(figures), tuple(absent))


def _input(figure: Counted) -> dict[str, Any]:
    assert figure.numerator is not None
    assert figure.denominator is not None
    if figure.component == AVERAGE:
        return {"value": f"{half_up_ratio(figure.numerator, figure.denominator, 2):f}"}
    return {"numerator": str(figure.numerator), "denominator": str(figure.denominator)}


def _origin(state: str, assessed: Round, as_of: dt.datetime, figures: Mapping[str, Counted]) -> dict[str, Any]:
    counts = {code: [one.numerator, one.denominator, one.missing] for code, one in sorted(figures.items())}
    return {
        "kind": "dossiers", "period": assessed.period.code, "state": state, "as_of": as_of.isoformat(),
        "sha256": sha256(counts).hex(),
    }  # fmt: skip

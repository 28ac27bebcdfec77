"""The control API: `POST /__dieu-khien` sets clock, options, faults and data; `GET` shows all of it with what exists."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from typing import Any

from .clock import instant
from .faults import KINDS
from .state import State
from .wire import Answer, Request

KEYS = ("reset", "seed", "clock", "options", "faults", "add_faults", "agencies", "figures")


def answered(state: State, request: Request) -> Answer:
    """Carries out what fits; with 422 it says in sentences all that does not."""
    if request.method == "GET":
        return Answer(shown(state))
    try:
        wanted = json.loads(request.body)
    except (ValueError, RecursionError):
        wanted = None
    if request.method != "POST" or not isinstance(wanted, dict):
        return Answer({"loi": ["POST một đối tượng JSON."]}, 422)
    complaints = [f"Không có “{name}”; có: {', '.join(KEYS)}." for name in wanted if name not in KEYS]
    if not complaints:
        try:
            complaints = _done(state, wanted)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            complaints = [f"Không đọc được yêu cầu: {error!r}."]
    return Answer({"loi": complaints}, 422) if complaints else Answer(shown(state))


def shown(state: State) -> dict[str, Any]:
    """The state as anybody may see it."""
    return {
        "seed": state.seed,
        "small": state.small,
        "clock": {"now": state.clock.now().isoformat(), "rate": state.clock.rate},
        "options": asdict(state.options),
        "faults": state.faults.shown(),
        "faults_offered": {kind: {"what": what, "with": defaults} for kind, (what, defaults) in KINDS.items()},
        "changes_of_agencies": [
            {"code": agency.code, "opens": str(agency.opens or ""), "closes": str(agency.closes or "")}
            for agency in state.country.agencies.values()
            if agency.opens or agency.closes
        ],
        "accepted": KEYS,
    }


def _done(state: State, wanted: dict[str, Any]) -> list[str]:
    if wanted.get("reset") or "seed" in wanted:
        state.reset(int(wanted.get("seed", state.seed)))
    complaints = _timed(state, wanted.get("clock", {}))
    complaints += state.options.change(wanted.get("options", {}))
    state.show_certificate()
    if "faults" in wanted:
        state.faults.reset()
    for fault in [*wanted.get("faults", []), *wanted.get("add_faults", [])]:
        complaints += state.faults.add(fault)
    for event in wanted.get("agencies", []):
        complaints += state.country.change(event)
    for figure in wanted.get("figures", []):
        complaints += state.plant(figure)
    return complaints


def _timed(state: State, wanted: dict[str, Any]) -> list[str]:
    """`at` (an instant), `rate` (0 stands still), `forward` (seconds), `real`."""
    unknown = set(wanted) - {"at", "rate", "forward", "real"}
    if unknown:
        return [f"Đồng hồ không có “{', '.join(sorted(unknown))}”; có: at, rate, forward, real."]
    try:
        at = instant(wanted["at"]) if "at" in wanted else None
        if wanted.get("real"):
            state.clock.set(dt.datetime.now(dt.UTC), 1.0)
        state.clock.set(at, float(wanted["rate"]) if "rate" in wanted else None)
        state.clock.forward(float(wanted.get("forward", 0)))
    except (ValueError, TypeError):
        return ["Đồng hồ: at là thời điểm ISO 8601, rate và forward là số."]
    return []

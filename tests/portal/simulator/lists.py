"""Procedures and agencies of the public API: by page (`formalities`) and by cursor (`lastId`)."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from .country import COMMUNE, MINISTRY, PROVINCE, Agency
from .faults import Fault
from .paging import after, page
from .procedures import Procedure, described
from .state import State

APPLIED_TO_ALL = 3
"""Number of the one procedure whose list of applying agencies is very long (3,629 ids were seen)."""


def formalities(state: State, body: dict[str, Any], drawn: dict[str, Fault]) -> dict[str, Any]:
    """`{q, currentPage, pageSize}`, ten a page."""
    found = page(_matching(state, body), body, 10, drawn)
    return {"items": [_item(state, procedure) for procedure in found.rows], "pagination": found.described}


def all_formalities(state: State, body: dict[str, Any], drawn: dict[str, Fault]) -> dict[str, Any]:
    """`{limit, lastId, q, categoryId, departmentCode}` -> items, the next cursor, how many there are."""
    wanted = body.get("departmentCode")
    rows = [
        {"id": procedure.id, "code": procedure.code, "name": procedure.name, "departmentCode": procedure.publisher}
        for procedure in _matching(state, body)
        if not wanted or procedure.publisher == wanted
    ]
    items, last = after(rows, body, 100, drawn)
    return {"items": items, "lastId": last, "total": len(rows)}


def formality(state: State, body: dict[str, Any], _drawn: dict[str, Fault]) -> dict[str, Any] | None:
    """`{id}` -> one procedure, or null."""
    found = next((procedure for procedure in state.procedures if procedure.id == body.get("id")), None)
    return (
        None if found is None else {"id": found.id, "code": found.code, "name": found.name, "detail": described(found)}
    )


def departments(state: State, body: dict[str, Any], drawn: dict[str, Fault]) -> dict[str, Any]:
    """`{type, levels[], agencyLevel, lastId, limit}` -> rows, the next cursor."""
    today = state.clock.now().date()
    wanted = {"type": body.get("type"), "agencyLevel": body.get("agencyLevel")}
    levels = found if isinstance(found := body.get("levels"), list) else []
    rows = [
        {"id": agency.id, "name": agency.name, "code": agency.code, "level": _level(agency), "hasChild": agency.kind == PROVINCE}
        for agency in state.country.open_on(today)
        if (not wanted["type"] or agency.kind == wanted["type"])
        and (not wanted["agencyLevel"] or ("level_2" if agency.kind == COMMUNE else "level_1") == wanted["agencyLevel"])
        and (not levels or _level(agency) in levels)
    ]  # fmt: skip
    found, last = after(rows, body, 100, drawn)
    return {"rows": found, "lastId": last}


ENDPOINTS: dict[str, Callable[[State, dict[str, Any], dict[str, Fault]], Any]] = {
    "formalities": formalities,
    "list-all-formality-by-citizen": all_formalities,
    "get-formality-by-citizen": formality,
    "list-with-location": departments,
}


def _matching(state: State, body: dict[str, Any]) -> list[Procedure]:
    text = str(body.get("q") or "").casefold()
    return [
        procedure
        for procedure in state.procedures
        if text in procedure.code.casefold() or text in procedure.name.casefold()
    ]


def _item(state: State, procedure: Procedure) -> dict[str, Any]:
    agencies = list(state.country.agencies.values())
    everywhere = procedure is state.procedures[APPLIED_TO_ALL]
    draw = random.Random(f"{state.seed}/applied/{procedure.code}")
    applied = agencies if everywhere else draw.sample(agencies, min(len(agencies), draw.randint(1, 12)))
    publisher = state.country.agencies.get(procedure.publisher.rpartition(".")[2], agencies[0])
    return {
        "id": procedure.id, "code": procedure.code, "name": procedure.name,
        "state": "ACTIVE" if procedure.public else "INACTIVE", "departmentId": publisher.id,
        "publishingDepartmentIds": [publisher.id], "appliedDepartmentIds": [agency.id for agency in applied],
    }  # fmt: skip


def _level(agency: Agency) -> int:
    return {MINISTRY: 1, PROVINCE: 1, COMMUNE: 3}.get(agency.kind, 2)

"""What every kind of draft says of itself before its figures: which authority, period and units; and why it cannot be built."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from parindex.engine.score import ENGINE_VERSION
from parindex.errors import Finding, Invalid
from parindex.units.regions import region_of
from ranking_worker.registers import Registers


@dataclass(frozen=True, slots=True)
class Wish:
    """A publication that waits for its draft."""

    tenant_id: int
    publication_id: int
    source: Mapping[str, Any]
    title_vi: str
    decision: str | None
    supersedes: int | None
    erratum: str | None

    @property
    def key(self) -> tuple[int, int]:
        """Authority and publication."""
        return self.tenant_id, self.publication_id


def heading(
    wish: Wish,
    registers: Registers,
    *,
    as_of: dt.datetime,
    realm: str,
    scope_unit_id: int,
    block: str,
    period: str,
    day: dt.date,
    source: str,
) -> dict[str, Any]:
    """The common members of an inputs document. `day` decides the name and codes of the scope."""
    name, codes, _ = registers.described(scope_unit_id, day)
    return {
        "engine_version": ENGINE_VERSION,
        "as_of": as_of.astimezone(dt.UTC).isoformat(),
        "realm": realm,
        "scope": {"unit_id": scope_unit_id, "name": name, "codes": codes},
        "block": block,
        "period": period,
        "title_vi": wish.title_vi,
        "decision": wish.decision,
        "source": source,
    }


def described_units(registers: Registers, unit_ids: Iterable[int], day: dt.date) -> dict[str, dict[str, Any]]:
    """Names, codes, region and lineage of the units of a table, as of a day."""
    described = {}
    for unit_id in sorted(unit_ids):
        name, codes, partial = registers.described(unit_id, day)
        described[str(unit_id)] = {
            "name": name,
            "codes": codes,
            "region": region_of(registers.units, registers.province(unit_id, day)),
            "partial_predecessors": list(partial),
        }
    return described


def cannot_be_built(code: str, field: str, message: str, hint: str) -> Invalid:
    """The error of a draft whose source is not ready, with its one finding."""
    return Invalid(message, code=code, hint=hint, findings=[Finding(code, field, message, hint)])

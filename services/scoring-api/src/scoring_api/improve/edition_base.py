"""A unit of a published edition as the start of a target or what-if: its published inputs, the others' published figures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import asyncpg

from parindex.db.session import Database
from parindex.engine.period import Period
from parindex.engine.read_inputs import read_for
from parindex.engine.score import compile_framework
from parindex.errors import Conflict, NotFound
from parindex.frameworks.criteria_file import read_framework_json
from parindex.frameworks.policy_files import load_policies
from scoring_api.improve.bases import Base, number, refused

_EDITION = """
SELECT e.document, e.sha256, i.document AS inputs
FROM edition e JOIN edition_inputs i ON i.tenant_id = e.tenant_id AND i.edition_no = e.edition_no
WHERE e.tenant_id = $1 AND e.edition_no = $2
"""


@dataclass(frozen=True, slots=True)
class StoredEdition:
    """A published edition as it was signed, and what it was computed from."""

    tenant_id: int
    edition_no: int
    sha256: str
    document: dict[str, Any]
    inputs: dict[str, Any]

    @property
    def body(self) -> dict[str, Any]:
        """The body of docs/design.md "Editions"."""
        body: dict[str, Any] = self.document["body"]
        return body


async def read_edition(connection: asyncpg.Connection, tenant_id: int, edition_no: int) -> StoredEdition:
    """The edition of that number of an authority. Raises NotFound."""
    row = await connection.fetchrow(_EDITION, tenant_id, edition_no)
    if row is None:
        raise NotFound(
            f"Không có ấn bản {tenant_id}/{edition_no}. / There is no edition {edition_no} of authority {tenant_id}.",
            code="edition_unknown",
            hint="GET /v1/editions lists editions; name their realm.",
        )
    document, inputs = await asyncio.to_thread(lambda: (json.loads(row["document"]), json.loads(row["inputs"])))
    return StoredEdition(tenant_id, edition_no, row["sha256"], document, inputs)


async def edition_base(database: Database, base: Mapping[str, Any], unit: Any) -> Base:
    """The unit with the inputs that were published. Raises NotFound, Conflict for an edition without components."""
    edition_no, authority, unit_id = number(base.get("edition")), number(base.get("authority")), number(unit)
    if base.keys() != {"edition", "authority"} or edition_no is None or authority is None:
        raise refused("The edition has another form.", "base")
    if unit_id is None:
        raise refused(f"unit is {str(unit)[:60]!r}.", "unit", "Expected our own id of a unit of the edition.")
    async with database.connection() as connection:
        edition = await read_edition(connection, authority, edition_no)
    if edition.body["kind"] != "round":
        raise Conflict(
            "Ấn bản này không có số liệu theo tiêu chí thành phần. / This edition has no inputs of components.",
            code="edition_without_components",
            hint="Editions of assessment rounds have; for survey results POST /v1/targets/satisfaction.",
        )
    return await asyncio.to_thread(_base, edition, unit_id)


def small_surveys(inputs: Mapping[str, Any], period: str) -> set[str]:
    """Components whose survey had fewer responses than may be shown to everybody (JSON of one unit's inputs)."""
    minimum = load_policies().on("satisfaction", Period.parse(period).last).rules().small_cell_minimum
    origins = {code: given.get("from") or {} for code, given in inputs.items() if isinstance(given, dict)}
    return {
        code
        for code, origin in origins.items()
        if isinstance(origin.get("responses"), int) and origin["responses"] < minimum
    }


def _base(edition: StoredEdition, unit_id: int) -> Base:
    inputs, body = edition.inputs, edition.body
    names = {int(one): line["name"] for one, line in inputs["units"].items()}
    if unit_id not in names:
        raise NotFound(
            f"Đơn vị {unit_id} không có trong ấn bản. / Unit {unit_id} is not in the edition.",
            code="unit_not_in_edition",
            hint="Its rows name the units.",
        )
    if small := small_surveys(inputs["inputs"].get(str(unit_id), {}), inputs["period"]):
        raise Conflict(
            f"Số phiếu quá ít nên không công khai số liệu của {', '.join(sorted(small))}. / Too few people answered to show the counts.",
            code="small_cell",
            hint="Officials of the authority can start from the round instead.",
        )
    file = read_framework_json(inputs["framework"], "the edition's framework")
    plan = compile_framework(file.framework, inputs["block"])
    others = {
        row["unit_id"]: Decimal(row["value"])
        for row in body["rows"]
        if row["rank"] is not None and row["unit_id"] != unit_id
    }
    return Base(
        "edition",
        file,
        plan,
        unit_id,
        names[unit_id],
        read_for(plan, inputs["inputs"].get(str(unit_id), {})),
        others,
        names,
        "published",
        inputs["realm"],
        {"edition_no": edition.edition_no, "authority": edition.tenant_id, "sha256": edition.sha256},
    )

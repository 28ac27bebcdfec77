"""The change of an edition against an earlier one, in numbers and words; of one unit also by criterion, down to the leaves."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from parindex.editions.change import compare
from parindex.editions.decompose import decompose
from parindex.editions.lineage import Ancestry
from parindex.engine.read_inputs import read_for
from parindex.engine.score import Scored, compile_framework
from parindex.errors import Invalid, NotFound, ParindexError
from parindex.frameworks.criteria_file import read_framework_json
from scoring_api.editions.answers import edition_line
from scoring_api.editions.edition_route import EDITION, TENANT, UNDER, EditionRoute, Given, Shown
from scoring_api.editions.rows import EditionHead, documents, edition_head, standing_editions
from scoring_api.parameters import Parameter, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from scoring_api.app import Resources

_KEPT_SECONDS = 60.0
"""Two editions never change; only the register's lineage may be corrected meanwhile."""
_NAMED = re.compile(r"(?:([0-9]{1,9})/)?([0-9]{1,9})")
_INPUTS = "SELECT document FROM edition_inputs WHERE tenant_id = $1 AND edition_no = $2"


def _against() -> tuple[Callable[[str], Any], dict[str, Any]]:
    def read(value: str) -> tuple[int | None, int]:
        found = _NAMED.fullmatch(value)
        if found is None:
            raise ValueError("the number of an edition, or AUTHORITY/NUMBER")
        return (None if found[1] is None else int(found[1])), int(found[2])

    return read, {"type": "string", "pattern": "^([0-9]{1,9}/)?[0-9]{1,9}$"}


AGAINST = Parameter(
    "against",
    *_against(),
    "Ấn bản để so sánh: số, hoặc cơ quan/số; mặc định ấn bản kỳ liền trước của cùng bảng",
    "Edition to compare with: its number, or authority/number; by default the one before it of the same table",
    "1",
)
UNIT = Parameter(
    "unit",
    *whole(0, 2_147_483_647),
    "Chỉ một đơn vị, kèm phân tích theo tiêu chí",
    "One unit only, with its change taken apart by criterion",
    "146",
)


async def _read(resources: Resources, given: Given) -> Shown:
    async with resources.database.connection() as connection:
        head = await edition_head(connection, given["tenant_id"], given["edition_no"])
    return Shown(msgspec.json.encode(await change_of(resources, head, given["against"], given["unit"])))


async def change_of(
    resources: Resources, head: EditionHead, against: tuple[int | None, int] | None = None, unit_id: int | None = None
) -> dict[str, Any]:
    """The change of an edition against another one (authority or None, number), by default the one before it.

    Raises NotFound when there is none before it, or no such unit; Invalid for editions of two realms.
    """
    async with resources.snapshots.open(head.realm) as snapshot:
        connection = snapshot.connection
        before = await _earlier(connection, head, against)
        both = await documents(connection, [head, before])
        inputs = []
        if unit_id is not None:
            texts = [await connection.fetchval(_INPUTS, one.tenant_id, one.edition_no) for one in (head, before)]
            inputs = [json.loads(text) for text in texts]
        ancestry = Ancestry(snapshot.units.lineage, {})
    now, then = (both[one.tenant_id, one.edition_no]["body"] for one in (head, before))
    return await asyncio.to_thread(_change, head, before, now, then, ancestry, unit_id, inputs)


def _change(
    head: EditionHead,
    before: EditionHead,
    now: Mapping[str, Any],
    then: Mapping[str, Any],
    ancestry: Ancestry,
    unit_id: int | None,
    inputs: list[Mapping[str, Any]],
) -> dict[str, Any]:
    change = compare(now, then, ancestry=ancestry)
    if unit_id is not None:
        change["rows"] = [row for row in change["rows"] if row["unit_id"] == unit_id]
        if not change["rows"]:
            raise NotFound(
                f"Ấn bản không có đơn vị {unit_id}. / The edition does not list unit {unit_id}.",
                code="unit_not_in_edition",
                hint="Its rows name the units.",
            )
        for row in change["rows"]:
            row["by_criterion"] = by_criterion(unit_id, inputs) if change["comparable"] else None
    return {
        "edition": edition_line(head),
        "against": edition_line(before),
        "corrects": head.supersedes == before.edition_no and head.tenant_id == before.tenant_id,
        "erratum": head.erratum,
        **change,
    }


def by_criterion(unit_id: int, inputs: list[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The parts of a unit's change that sum exactly to it; None for tables that no criteria tree gave. Pure.

    `inputs`: the inputs documents of the edition and of the earlier one. Where a side is incomplete or the frameworks may
    not be compared, `refused` says why.
    """
    if any(one["kind"] != "round" or str(unit_id) not in one["inputs"] for one in inputs):
        return None
    try:
        return decompose(*(_scored(one, unit_id) for one in inputs)).document()
    except ParindexError as error:
        return {"refused": {"code": error.code, "message": error.message, "hint": error.hint}}


def _scored(inputs: Mapping[str, Any], unit_id: int) -> Scored:
    framework = read_framework_json(inputs["framework"]).framework
    plan = compile_framework(framework, inputs["block"])
    return plan.score(read_for(plan, inputs["inputs"][str(unit_id)]))


async def _earlier(
    connection: asyncpg.Connection, head: EditionHead, against: tuple[int | None, int] | None
) -> EditionHead:
    """The edition named, else the one that it corrects, else the standing one of the latest earlier period of the same table."""
    if against is not None:
        tenant_id, edition_no = against
        other = await edition_head(connection, head.tenant_id if tenant_id is None else tenant_id, edition_no)
        if other.realm != head.realm:
            raise Invalid(
                f"Hai ấn bản thuộc hai phạm vi dữ liệu ({head.realm}, {other.realm}). / The editions are of different realms.",
                code="realms_differ",
                hint="Compare editions of one realm.",
            )
        return other
    if head.supersedes is not None:
        return await edition_head(connection, head.tenant_id, head.supersedes)
    before = [
        one
        for one in await standing_editions(
            connection, head.realm, head.index_code, scope=head.scope_unit_id, block=head.block, tenant=head.tenant_id
        )
        if one.order < head.order and one.kind == head.kind
    ]
    if not before:
        raise NotFound(
            "Không có ấn bản trước của bảng này. / There is no earlier edition of this table.",
            code="edition_unknown",
            hint="Name the edition to compare with in `against`.",
        )
    return before[-1]


ROUTES = (
    EditionRoute(
        f"{UNDER}/change",
        "Thay đổi so với một ấn bản khác",
        "Change against another edition",
        "Points and places with the sign convention in words, per field, movers, shares of units up and down, means; what may not be compared says "
        "why instead of a number. Merged units: predecessors side by side. With `unit`: its change by criterion, parts that sum exactly to the whole.",
        (TENANT, EDITION, AGAINST, UNIT),
        _read,
        None,
        fresh_seconds=_KEPT_SECONDS,
    ),
)

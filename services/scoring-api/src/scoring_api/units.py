"""The register of units as anyone may read it: tree and search, one unit, any code on any day, children, lineage."""

from __future__ import annotations

import datetime as dt

from parindex.errors import Invalid
from parindex.units.codes import DVCQG_ID, GSO, H_CODE, SCHEMES, parse_unit_code
from parindex.units.records import EVERY_FRAMEWORK, KINDS, Dated, LineageLink, UnitRecord
from scoring_api import asked
from scoring_api.answers import register_standing, standing_columns
from scoring_api.csv_form import Sheet
from scoring_api.parameters import Parameter, day, one_of, unit, unit_id_in_path, word
from scoring_api.places import coded_unit, named_unit, unit_line, visible_unit
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot
from scoring_api.unit_answers import (
    BlockSpan,
    CodeSpan,
    LineageAnswer,
    Link,
    LookUp,
    NameSpan,
    ParentSpan,
    Span,
    UnitAnswer,
    UnitEntry,
    UnitPage,
)


def _span(dated: Dated) -> Span:
    return Span(dated.start, dated.end)


def _entry(snapshot: Snapshot, record: UnitRecord, on: dt.date) -> UnitEntry:
    named = snapshot.units.named(record.unit_id, on)
    parent = next((parent.parent_id for parent in record.parents if parent.on(on)), None)
    codes = snapshot.units.codes(record.unit_id, on)
    return UnitEntry(
        record.unit_id,
        named.name,
        named.unit_type,
        record.kind,
        _block(record, on),
        parent,
        codes,
        record.realm,
        _span(record),
        record.provenance,
    )


def _block(record: UnitRecord, on: dt.date) -> str | None:
    return next((block.block for block in record.blocks if block.framework == EVERY_FRAMEWORK and block.on(on)), None)


async def _page(snapshot: Snapshot, given: Given) -> UnitPage:
    on = given["as_of"] or snapshot.today
    units = snapshot.units
    if given["parent"] is not None:
        ids = units.children(named_unit(snapshot, given["parent"], on), on, snapshot.realm)
    else:
        ids = tuple(
            record.unit_id for record in units.units if record.on(on) and units.visible(record.unit_id, snapshot.realm)
        )
    if given["q"] is not None:
        found = units.search(given["q"], on, snapshot.realm, len(units.units))
        ids = tuple(one for one in found if one in set(ids)) if given["parent"] is not None else found
    matching = [one for one in ids if _fits(units.unit(one), given, on)]
    start = 0
    if given["cursor"] is not None:
        if given["cursor"] not in matching:
            raise Invalid(
                f"cursor={given['cursor']} is no unit of this list.",
                code="cursor_unknown",
                hint="Use next_cursor of the page before with the same filters.",
            )
        start = matching.index(given["cursor"]) + 1
    page = matching[start : start + given["limit"]]
    more = start + len(page) < len(matching)
    return UnitPage(
        **register_standing(snapshot),
        day=on,
        units=[_entry(snapshot, units.unit(one), on) for one in page],
        next_cursor=page[-1] if more and page else None,
    )


def _fits(record: UnitRecord, given: Given, on: dt.date) -> bool:
    return given["kind"] in (None, record.kind) and given["block"] in (None, _block(record, on))


async def _children(snapshot: Snapshot, given: Given) -> UnitPage:
    on = given["as_of"] or snapshot.today
    visible_unit(snapshot, given["unit_id"])
    children = snapshot.units.children(given["unit_id"], on, snapshot.realm)
    return UnitPage(
        **register_standing(snapshot),
        day=on,
        units=[_entry(snapshot, snapshot.units.unit(one), on) for one in children],
        next_cursor=None,
    )


async def _one(snapshot: Snapshot, given: Given) -> UnitAnswer:
    record = visible_unit(snapshot, given["unit_id"])
    on = given["as_of"] or snapshot.today
    units = snapshot.units
    return UnitAnswer(
        **register_standing(snapshot),
        day=on,
        unit=_entry(snapshot, record, on),
        ancestors=[unit_line(units, one, on) for one in units.ancestors(record.unit_id, on)],
        names=[NameSpan(one.name, one.unit_type, _span(one), one.source) for one in record.names],
        codes=[CodeSpan(one.scheme, one.code, _span(one), one.evidence, one.source) for one in record.codes],
        parents=[
            ParentSpan(one.parent_id, units.name(one.parent_id, one.start or on), _span(one), one.source)
            for one in record.parents
        ],
        blocks=[BlockSpan(one.framework, one.block, _span(one)) for one in record.blocks],
        source=record.source,
    )


async def _look_up(snapshot: Snapshot, given: Given) -> LookUp:
    on = given["day"] or snapshot.today
    scheme, code = given["scheme"], given["code"]
    if scheme is None or (scheme == H_CODE and code.count(".") == 3) or code.lower().startswith("gso:"):
        form = parse_unit_code(code)
        if scheme not in (None, form.scheme):
            raise Invalid(
                f"code={code} is a code of scheme {form.scheme}, not {scheme}.",
                code="parameter_invalid",
                hint=f"Leave scheme out or say scheme={form.scheme}.",
            )
        scheme, code = form.scheme, form.code
    elif scheme == H_CODE:
        code = parse_unit_code(code).code
    unit_id = coded_unit(snapshot, scheme, code, on)
    status = snapshot.units.resolve(scheme, code, on, snapshot.realm).status
    return LookUp(
        **register_standing(snapshot),
        day=on,
        scheme=scheme,
        code=code,
        status=status,
        unit=_entry(snapshot, snapshot.units.unit(unit_id), on),
    )


async def _lineage(snapshot: Snapshot, given: Given) -> LineageAnswer:
    unit_id = visible_unit(snapshot, given["unit_id"]).unit_id
    units = snapshot.units
    return LineageAnswer(
        **register_standing(snapshot),
        unit=unit_line(units, unit_id, snapshot.today),
        predecessors=[_link(snapshot, link) for link in units.lineage.predecessors(unit_id)],
        successors=[_link(snapshot, link) for link in units.lineage.successors(unit_id)],
        full_predecessor_ids=list(units.full_predecessors(unit_id)),
        partial_predecessor_ids=list(units.partial_predecessors(unit_id)),
    )


def _link(snapshot: Snapshot, link: LineageLink) -> Link:
    before, after = link.effective - dt.timedelta(days=1), link.effective
    return Link(
        unit_line(snapshot.units, link.predecessor_id, before),
        unit_line(snapshot.units, link.successor_id, after),
        link.extent,
        link.effective,
        link.legal_basis,
        link.source,
    )


def _sheet(answer: UnitPage) -> Sheet:
    columns, repeated = standing_columns(answer)
    columns = [
        "unit_id",
        "name",
        "unit_type",
        "kind",
        "block",
        "parent_id",
        GSO,
        H_CODE,
        DVCQG_ID,
        "valid_from",
        "valid_to",
        "provenance",
        "unit_realm",
        "day",
        *columns,
    ]
    rows = [
        [one.unit_id, one.name, one.unit_type, one.kind, one.block, one.parent_id, one.codes.get(GSO), one.codes.get(H_CODE), one.codes.get(DVCQG_ID), one.valid.start, one.valid.end,
         one.provenance, one.realm, answer.day, *repeated]
        for one in answer.units
    ]  # fmt: skip
    return columns, rows


_AS_OF = Parameter(
    "as_of", *day(), "Ngày; mặc định hôm nay", "Local day on which the register is read; today by default", "2025-06-30"
)
ROUTES = (
    PublicRoute(
        "/v1/units",
        "Đơn vị hành chính",
        "Units",
        "Units on a day, filtered and paged; with `q` the best matches first, with or without diacritics.",
        "units",
        (
            Parameter("kind", *one_of(*KINDS), "Cấp đơn vị", "Kind of unit", "commune"),
            asked.optional(asked.BLOCK),
            Parameter("parent", *unit(), "Trực thuộc đơn vị", "Directly under this unit (id or code)", "H01"),
            _AS_OF,
            asked.SEARCH,
            asked.LIMIT,
            asked.CURSOR,
        ),
        _page,
        UnitPage,
        _sheet,
    ),
    PublicRoute(
        "/v1/units/lookup",
        "Tra cứu đơn vị theo mã",
        "What a code means",
        "Any code form: H44.07, 000.00.07.H44, gso:91, or a bare code with its scheme. A closed code follows its full successor.",
        "units",
        (
            Parameter(
                "scheme",
                *one_of(*SCHEMES),
                "Hệ mã; bỏ trống thì nhận theo dạng mã",
                "Code system; read from the code's form when left out",
                "gso",
            ),
            Parameter("code", *word(), "Mã", "The code", "gso:91", required=True),
            Parameter("day", *day(), "Ngày; mặc định hôm nay", "Local day; today by default", "2025-06-30"),
        ),
        _look_up,
        LookUp,
    ),
    PublicRoute(
        "/v1/units/{unit_id}",
        "Một đơn vị",
        "One unit",
        "The unit on a day, with every dated name, code, parent and block.",
        "units",
        (unit_id_in_path(), _AS_OF),
        _one,
        UnitAnswer,
    ),
    PublicRoute(
        "/v1/units/{unit_id}/children",
        "Đơn vị trực thuộc",
        "Units directly under it",
        "On a day.",
        "units",
        (unit_id_in_path(), _AS_OF),
        _children,
        UnitPage,
        _sheet,
    ),
    PublicRoute(
        "/v1/units/{unit_id}/lineage",
        "Chia tách, sáp nhập",
        "Lineage",
        "Predecessors and successors, full or partial, with the day and the legal basis.",
        "units",
        (unit_id_in_path(),),
        _lineage,
        LineageAnswer,
    ),
)

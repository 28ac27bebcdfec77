"""A unit hands in a step of its own: the declaration, or its answers. Until the deadline it may still change and hand in again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from parindex.db.session import Database
from parindex.engine.criteria import Info, Manual, Node
from parindex.errors import Conflict, Finding
from scoring_api.people.person import Person
from scoring_api.rounds.access import need_own_unit
from scoring_api.rounds.acting import acting
from scoring_api.rounds.deadlines import PHASE_WORDS_VI, writing
from scoring_api.rounds.fold import Cell, NewEvent, State
from scoring_api.rounds.round import Round


async def submit_step(
    database: Database,
    person: Person,
    round_id: int,
    unit_id: int,
    *,
    step: str,
    accept_incomplete: bool,
    note: str,
    late_reason: str | None,
    now: dt.datetime,
) -> State:
    """Hands in `declaration` or `answer`; returns the state after it.

    A declaration with open components is refused with one finding each, unless the unit accepts that they stay open.
    """
    async with acting(database, person, round_id, now) as act:
        need_own_unit(person, act.assessed, unit_id)
        late = writing(act.state, step, unit_id, now, late_reason)
        findings: list[Finding] = []
        if step == "declaration":
            nodes = declarable(act.assessed)
            cells = await act.cells([(unit_id, node.code) for node in nodes])
            findings = open_declarations(nodes, {code: cell for (_, code), cell in cells.items()})
        if findings and not accept_incomplete:
            raise Conflict(
                f"Còn {len(findings)} mục chưa đầy đủ trong bước “{PHASE_WORDS_VI[step]}”. / {len(findings)} entries are still open.",
                code="declaration_incomplete",
                hint="Complete them, or hand in with accept_incomplete: what is open can earn no points by declaration.",
                findings=findings[:200],
            )
        return await act.append(
            NewEvent(
                kind="submitted",
                person_id=person.person_id,
                role="unit",
                unit_id=unit_id,
                note=note,
                late_reason=late,
                detail={"step": step, "open": len(findings)},
            )
        )


def declarable(assessed: Round) -> list[Node]:
    """Components that a unit has to declare: appraised from documents, in the main section, with an input of its own."""
    return [
        node
        for node in assessed.components
        if node.leaf is not None
        and node.leaf.source == "appraised"
        and not isinstance(node.leaf.rule, Manual | Info)
        and assessed.field(node.code).section == "main"
    ]


def open_declarations(nodes: list[Node], cells: Mapping[str, Cell]) -> list[Finding]:
    """One finding for each component without a declaration, or without the evidence that the framework demands."""
    findings = []
    for node in nodes:
        cell = cells.get(node.code, Cell())
        given = (cell.sides.get("declared") or {}).get("input")
        title = f"{node.number} {node.title_vi}".strip()
        if given is None:
            findings.append(
                Finding("not_declared", node.code, f"{title}: chưa kê khai. / Nothing is declared.", "Declare it.")
            )
        elif (
            node.leaf is not None
            and node.leaf.evidence_required
            and cell.evidence < 1
            and not ({"not_applicable", "no_data"} & given.keys())
        ):
            findings.append(
                Finding(
                    "evidence_missing",
                    node.code,
                    f"{title}: chưa có tài liệu kiểm chứng ({node.leaf.evidence_required}). / No evidence is attached.",
                    "Attach it.",
                )
            )
    return findings

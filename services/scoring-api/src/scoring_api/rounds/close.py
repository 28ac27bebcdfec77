"""The council closes a round: one member proposes, another confirms, and one of the two has scored nothing in it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from parindex.db.session import Database
from parindex.errors import Conflict, Finding, Forbidden
from scoring_api.people.person import Person
from scoring_api.rounds.acting import Acting, acting
from scoring_api.rounds.deadlines import PHASE_WORDS_VI, need_open
from scoring_api.rounds.fold import SIDES, NewEvent, State
from scoring_api.rounds.set_deadline import need_reason
from scoring_api.rounds.standing import final_inputs, missing_components

_SCORED = """
SELECT EXISTS (SELECT FROM round_event WHERE tenant_id = $1 AND round_id = $2 AND person_id = $3 AND kind = ANY($4::text[]))
"""
_PROPOSAL = """
SELECT detail::text FROM round_event WHERE tenant_id = $1 AND round_id = $2 AND kind = 'close_proposed'
ORDER BY event_no DESC LIMIT 1
"""


async def propose_closing(
    database: Database, person: Person, round_id: int, *, accept_incomplete: bool, note: str, now: dt.datetime
) -> State:
    """Proposes to close what stands now; anything said afterwards on a component ends the proposal.

    Raises Conflict listing every component without a final result, unless `accept_incomplete` is given with a reason:
    then those units stay without an index.
    """
    person.need("council")
    async with acting(database, person, round_id, now) as act:
        _need_council_step(act)
        if act.state.close_proposed_by is not None:
            raise Conflict(
                f"Đã có đề nghị kết thúc của người {act.state.close_proposed_by}. / A proposal stands already.",
                code="closing_proposed",
                hint="Another council member confirms or withdraws it.",
            )
        missing = await _missing(act)
        findings = _findings(missing)
        if findings and not accept_incomplete:
            raise Conflict(
                f"Còn {len(findings)} kết quả chưa có ở {len(missing)} đơn vị. / {len(findings)} results of {len(missing)} units are missing.",
                code="round_incomplete",
                hint="Complete them, or propose with accept_incomplete and a reason: those units stay without an index.",
                findings=findings[:500],
            )
        if findings:
            need_reason(note)
        return await act.append(
            NewEvent(
                kind="close_proposed",
                person_id=person.person_id,
                role="council",
                note=note,
                detail={"accept_incomplete": accept_incomplete, "missing": _counted(missing)},
            )
        )


async def confirm_closing(database: Database, person: Person, round_id: int, *, note: str, now: dt.datetime) -> State:
    """Closes the round as proposed: its table is final and ready for publication. Persons are compared by person id.

    Raises Forbidden for the proposer, or when both have scored; Conflict without a standing proposal.
    """
    person.need("council")
    async with acting(database, person, round_id, now) as act:
        _need_council_step(act)
        proposer = _proposer(act)
        if proposer == person.person_id:
            raise Forbidden(
                "Người đề nghị không được tự xác nhận. / Whoever proposed the closing does not confirm it.",
                code="second_person_needed",
                hint="Another council member confirms.",
            )
        if await _has_scored(act, proposer) and await _has_scored(act, person.person_id):
            raise Forbidden(
                "Cả hai người đều đã chấm điểm trong đợt này; phải có một người chưa chấm điểm."
                " / Both have scored in this round: one of the two must have scored nothing.",
                code="closers_have_scored",
                hint="A council member who has scored nothing confirms, or proposes anew.",
            )
        assessed = act.assessed
        detail = json.loads(await act.connection.fetchval(_PROPOSAL, assessed.tenant_id, assessed.round_id))
        return await act.append(
            NewEvent(
                kind="closed",
                person_id=person.person_id,
                role="council",
                note=note,
                detail={**detail, "proposed_by": proposer},
            )
        )


async def withdraw_closing(database: Database, person: Person, round_id: int, *, note: str, now: dt.datetime) -> State:
    """Takes a proposal back, by any council member, with a reason; the council may then decide further."""
    person.need("council")
    async with acting(database, person, round_id, now) as act:
        need_open(act.state)
        proposer = _proposer(act)
        need_reason(note)
        return await act.append(
            NewEvent(
                kind="close_withdrawn",
                person_id=person.person_id,
                role="council",
                note=note,
                detail={"proposed_by": proposer},
            )
        )


def _proposer(act: Acting) -> int:
    if act.state.close_proposed_by is None:
        raise Conflict(
            "Không có đề nghị kết thúc nào còn hiệu lực. / No proposal to close stands.",
            code="closing_not_proposed",
            hint="Propose first (POST /v1/rounds/{id}/closing); a decision made meanwhile ends a proposal.",
        )
    return act.state.close_proposed_by


def _need_council_step(act: Acting) -> None:
    need_open(act.state)
    if act.state.phase != "council":
        raise Conflict(
            f"Đợt đánh giá đang ở bước “{PHASE_WORDS_VI[act.state.phase]}”, chưa đến bước hội đồng. / The round is in {act.state.phase}.",
            code="phase_not_open",
            hint="The officer moves the round on to the council's step.",
        )


async def _missing(act: Acting) -> dict[int, list[str]]:
    return missing_components(act.assessed, await final_inputs(act.connection, act.assessed, act.assessed.units))


def _findings(missing: dict[int, list[str]]) -> list[Finding]:
    return [
        Finding(
            "result_missing", f"units.{unit_id}.{code}", f"Đơn vị {unit_id}, {code}: chưa có kết quả. / No result yet."
        )
        for unit_id, codes in missing.items()
        for code in codes
    ]


def _counted(missing: dict[int, list[str]]) -> dict[str, Any]:
    return {str(unit_id): len(codes) for unit_id, codes in missing.items()}


async def _has_scored(act: Acting, person_id: int) -> bool:
    assessed = act.assessed
    return bool(await act.connection.fetchval(_SCORED, assessed.tenant_id, assessed.round_id, person_id, sorted(SIDES)))

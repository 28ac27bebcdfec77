"""The officer joins figures into a round: survey results, other indices, statistics with their source. Joining again appends."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from parindex.db.session import Database
from parindex.engine.criteria import External, Node, Survey
from parindex.engine.period import local_day
from parindex.errors import Finding, Invalid, NotFound
from scoring_api.people.person import Person
from scoring_api.rounds.acting import Acting, acting
from scoring_api.rounds.deadlines import need_open
from scoring_api.rounds.figures import Absent, Figure, Found
from scoring_api.rounds.fold import NewEvent
from scoring_api.rounds.join_dossiers import dossier_figures
from scoring_api.rounds.join_external import external_figures
from scoring_api.rounds.join_portal import portal_figures
from scoring_api.rounds.join_survey import survey_figures
from scoring_api.rounds.posted_figures import read_csv_figures
from scoring_api.rounds.round import Round
from scoring_api.rounds.spoken import Spoken, read_spoken
from scoring_api.rounds.standing import read_units


@dataclass(frozen=True, slots=True)
class Joined:
    """What a join did: how many figures, under which events, and who stays without."""

    joined: int
    last_event_no: int
    absent: tuple[Absent, ...]


async def join_surveys(
    database: Database,
    person: Person,
    round_id: int,
    *,
    components: Sequence[str] | None,
    instrument: str | None,
    note: str,
    now: dt.datetime,
) -> Joined:
    """Joins the satisfaction results of the period into the survey components (all, or those named)."""
    person.need("officer")
    async with acting(database, person, round_id, now) as act:
        need_open(act.state)
        nodes = _named(act.assessed, components, Survey)
        return await _store(act, await survey_figures(act.connection, act.assessed, nodes, instrument), note)


async def join_imported(
    database: Database,
    person: Person,
    round_id: int,
    *,
    components: Sequence[str] | None,
    note: str,
    now: dt.datetime,
) -> Joined:
    """Joins imported league tables of the period into the external components (all, or those named)."""
    person.need("officer")
    async with acting(database, person, round_id, now) as act:
        need_open(act.state)
        nodes = _named(act.assessed, components, External)
        return await _store(act, await external_figures(act.connection, act.assessed, nodes), note)


async def join_dossiers(database: Database, person: Person, round_id: int, *, note: str, now: dt.datetime) -> Joined:
    """Joins our own count of dossiers into the data components of a round of QĐ 766."""
    person.need("officer")
    async with acting(database, person, round_id, now) as act:
        need_open(act.state)
        return await _store(act, await dossier_figures(act.connection, act.assessed, local_day(now), now), note)


async def join_portal(database: Database, person: Person, round_id: int, *, note: str, now: dt.datetime) -> Joined:
    """Joins what the portal showed into the data components of a round of QĐ 766."""
    person.need("officer")
    async with acting(database, person, round_id, now) as act:
        need_open(act.state)
        return await _store(act, await portal_figures(act.connection, act.assessed), note)


async def join_figures(
    database: Database,
    person: Person,
    round_id: int,
    *,
    figures: Sequence[Figure] | bytes,
    source: str,
    note: str,
    now: dt.datetime,
) -> Joined:
    """Joins posted figures (a list, or the bytes of a CSV) into survey, external and data components, with their source.

    All or nothing: raises Invalid naming every figure at fault. Units of the round without a figure for a component
    that was posted are listed.
    """
    person.need("officer")
    async with acting(database, person, round_id, now) as act:
        need_open(act.state)
        if not source:
            raise Invalid(
                "Số liệu phải có nguồn. / Posted figures need their source.",
                code="source_missing",
                hint="Name the document or publisher in `source`.",
            )
        if isinstance(figures, bytes):
            figures = await asyncio.to_thread(read_csv_figures, figures, await _unit_words(act))
        origin = {"kind": "posted", "source": source}
        given = [replace(one, input={**one.input, "from": origin}) for one in figures]
        return await _store(act, Found(tuple(given), tuple(_without(act.assessed, given))), note)


async def _unit_words(act: Acting) -> dict[str, int]:
    words = {str(unit_id): unit_id for unit_id in act.assessed.units}
    for unit_id, line in (await read_units(act.connection, act.assessed, act.assessed.units)).items():
        words |= {code: unit_id for scheme, code in line["codes"].items() if scheme != "gso"}
    return words


def _named(assessed: Round, components: Sequence[str] | None, rule: type[Survey | External]) -> list[Node]:
    wanted = None if components is None else {assessed.node(code).code for code in components}
    nodes = [
        node
        for node in assessed.components
        if node.leaf is not None and isinstance(node.leaf.rule, rule) and (wanted is None or node.code in wanted)
    ]
    kind = "survey" if rule is Survey else "external"
    if not nodes or (wanted is not None and len(nodes) < len(wanted)):
        raise Invalid(
            f"Không có tiêu chí nào như vậy để ghép tự động. / Not every component named is of the rule {kind}.",
            code="nothing_to_join",
            hint=f"Name components whose rule is {kind}, or post figures with their source.",
        )
    return nodes


def _without(assessed: Round, given: Sequence[Figure]) -> list[Absent]:
    have = {(one.unit_id, one.component) for one in given}
    return [
        Absent(unit_id, code, "Không có trong số liệu gửi lên.", "Not among the posted figures.")
        for code in dict.fromkeys(one.component for one in given)
        for unit_id in assessed.units
        if (unit_id, code) not in have
    ]


async def _store(act: Acting, found: Found, note: str) -> Joined:
    spoken = await asyncio.to_thread(_spoken, act.assessed, found)
    state = await act.append(*(_event(act, figure, said, note) for figure, said in spoken))
    return Joined(len(spoken), state.last_event_no, found.absent)


def _spoken(assessed: Round, found: Found) -> list[tuple[Figure, Spoken]]:
    findings: list[Finding] = []
    spoken: list[tuple[Figure, Spoken]] = []
    seen: set[tuple[int, str]] = set()
    for figure in found.figures:
        fault = _misplaced(assessed, figure, seen)
        if fault is not None:
            findings.append(fault)
            continue
        seen.add((figure.unit_id, figure.component))
        try:
            spoken.append((figure, read_spoken(assessed, figure.component, dict(figure.input))))
        except Invalid as error:
            findings += [replace(one, field=f"{figure.place}: {one.field}") for one in error.findings]
    if findings:
        raise Invalid(
            f"{len(findings)} số liệu không ghép được, chưa ghép số liệu nào. / {findings[0].message}",
            code="figures_invalid",
            hint="Correct each finding and join again; nothing was joined.",
            findings=findings[:200],
        )
    return spoken


def _event(act: Acting, figure: Figure, said: Spoken, note: str) -> NewEvent:
    return NewEvent(
        kind="joined",
        person_id=act.person.person_id,
        role="officer",
        unit_id=figure.unit_id,
        component=figure.component,
        input=said.input,
        points=said.points,
        note=note,
    )


def _misplaced(assessed: Round, figure: Figure, seen: set[tuple[int, str]]) -> Finding | None:
    try:
        assessed.need_unit(figure.unit_id)
        source = assessed.source(figure.component)
    except NotFound as error:
        return Finding(error.code, figure.place, error.message, error.hint)
    if source == "appraised":
        return Finding(
            "component_appraised",
            figure.place,
            f"{figure.component}: điểm do thẩm định, không ghép số liệu. / It is appraised from documents.",
            "Join survey, external and data components only.",
        )
    if (figure.unit_id, figure.component) in seen:
        return Finding(
            "figure_twice",
            figure.place,
            f"{figure.unit_id}, {figure.component}: nêu hai lần. / Given twice.",
            "Keep one.",
        )
    return None

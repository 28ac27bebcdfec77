"""Wire forms of appeals, and how rows become them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from scoring_api.appeals.disputed import TOTAL_VI
from scoring_api.appeals.evidence import AppealFile
from scoring_api.appeals.rows import EVENT_WORDS_VI, STATE_WORDS_VI, Appeal


class AppealLine(msgspec.Struct, frozen=True):
    """An appeal and where it stands, for those who may see it."""

    appeal_id: int
    case_no: str
    publication_id: int
    title_vi: str
    edition_no: int | None
    """null: a draft is disputed."""
    unit_id: int
    unit: str
    component: str | None
    """null: total and place."""
    component_vi: str
    state: str
    """open, answered, upheld, dismissed, withdrawn or corrected."""
    state_vi: str
    filed_at: dt.datetime
    corrected_by: int | None
    """Number of the edition that corrects."""
    late: bool
    """It came after the window, by a right that an officer granted."""


class AppealList(msgspec.Struct, frozen=True):
    """Appeals, newest first; `next_before` is null on the last page."""

    appeals: list[AppealLine]
    next_before: int | None


class AppealStep(msgspec.Struct, frozen=True):
    """One event: who did what, with which words, when."""

    event_no: int
    kind: str
    kind_vi: str
    person: str
    text: str
    edition_no: int | None
    at: dt.datetime


class LateRight(msgspec.Struct, frozen=True):
    """An officer let the unit dispute the table after its window: until when, why, who, when."""

    until: dt.datetime
    why: str
    person: str
    granted_at: dt.datetime


class TableLateRight(msgspec.Struct, frozen=True):
    """A right of one unit to dispute a table after its window; the newest of a unit holds."""

    unit_id: int
    until: dt.datetime
    why: str
    person: str
    granted_at: dt.datetime


class AppealDecision(msgspec.Struct, frozen=True):
    """What the council decided anew in the closed round because the appeal was upheld, with its reason."""

    event_no: int
    """Of the round."""
    component: str
    component_vi: str
    points: str | None
    """What the rule gives for the decided input; null: it gives none."""
    person: str
    why: str
    at: dt.datetime


class AppealDocument(msgspec.Struct, frozen=True):
    """The whole case: argument, evidence, everything said on it."""

    appeal: AppealLine
    argument: str
    late_reason: str | None
    round_evidence: list[str]
    """Ids of files of the unit in the round that the argument refers to: GET /v1/evidence/{id}."""
    evidence: list[AppealFile]
    value: str | None
    """The unit's figure in the disputed table as it stands now."""
    rank: int | None
    steps: list[AppealStep]
    late_rights: list[LateRight]
    """Rights granted to the unit for this table, whether used or not."""
    decisions: list[AppealDecision]
    """Empty until another council member than the one who upheld it has decided."""


class DisputableTable(msgspec.Struct, frozen=True):
    """A table that lists one of the reader's units, with the unit's own row and until when it may be disputed."""

    publication_id: int
    edition_no: int | None
    """null: a draft."""
    title_vi: str
    unit_id: int
    unit: str
    value: str | None
    rank: int | None
    closes_at: dt.datetime
    late_until: dt.datetime | None
    """Until when the unit may still dispute it with a reason, by a right that an officer granted."""
    open: bool
    windows: str
    """Which declared windows hold, `table-appeals@2026-1`."""
    components: dict[str, str]


class DisputableTables(msgspec.Struct, frozen=True):
    """Tables that list the reader's units, newest first."""

    tables: list[DisputableTable]


class PublicAppeal(msgspec.Struct, frozen=True):
    """What everybody may know of a case: its number; after the outcome also unit, component, outcome and reason."""

    case_no: str
    state: str
    state_vi: str
    filed_on: dt.date
    late: bool
    unit_id: int | None
    unit: str | None
    component: str | None
    component_vi: str | None
    outcome: str | None
    reason: str | None
    decided_at: dt.datetime | None
    corrected_by: int | None


class PublicAppeals(msgspec.Struct, frozen=True):
    """Cases of one edition's table, in the order of their numbers. Arguments and evidence stay with the parties."""

    tenant_id: int
    edition_no: int
    appeals: list[PublicAppeal]


class AppealDecided(msgspec.Struct, frozen=True):
    """The council's new decision in the closed round: its event, and the points that the rule gives."""

    event_no: int
    component: str
    points: str | None


def corrected_by(appeal: Appeal) -> int | None:
    """Number of the edition that corrects what was upheld."""
    return next((step.edition_no for step in appeal.steps if step.kind == "corrected"), None)


def line(appeal: Appeal, unit: str, titles: Mapping[str, str]) -> AppealLine:
    """The line of an appeal. `titles`: code -> Vietnamese title of the table's components."""
    return AppealLine(
        appeal.appeal_id,
        appeal.case_no,
        appeal.publication_id,
        appeal.title_vi,
        appeal.edition_no,
        appeal.unit_id,
        unit,
        appeal.component,
        component_words(appeal.component, titles),
        appeal.state,
        STATE_WORDS_VI[appeal.state],
        appeal.recorded_at,
        corrected_by(appeal),
        appeal.late_reason is not None,
    )


def steps(appeal: Appeal, people: Mapping[int, str]) -> list[AppealStep]:
    """Everything said, in order."""
    return [
        AppealStep(
            step.event_no,
            step.kind,
            EVENT_WORDS_VI[step.kind],
            people.get(step.person_id, ""),
            step.text,
            step.edition_no,
            step.at,
        )
        for step in appeal.steps
    ]


def component_words(component: str | None, titles: Mapping[str, str]) -> str:
    """The disputed cell in words."""
    return TOTAL_VI if component is None else titles.get(component, component)


ANSWERS = (AppealList, AppealDocument, DisputableTables, PublicAppeals, AppealDecided, AppealFile)
"""Answer types, for the OpenAPI document."""

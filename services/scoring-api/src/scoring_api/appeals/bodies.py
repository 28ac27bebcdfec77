"""What the routes of appeals are sent."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, Field

from scoring_api.rounds.bodies import Body, Code, Note, UnitId, Until
from scoring_api.rounds.spoken import clean_note

_INT4 = 2_147_483_647
AppealPath = Annotated[int, Path(ge=1, le=_INT4, description="Vụ khiếu nại / appeal", examples=[1])]
Number = Annotated[int, Field(ge=1, le=_INT4)]
Words = Annotated[str, AfterValidator(clean_note), Field(min_length=1, max_length=4000)]


class AppealBody(Body):
    """A unit disputes one cell. `component` null: total and place. `evidence_ids`: files of the unit in the round."""

    publication_id: Number
    unit_id: UnitId
    component: Code | None = None
    argument: Words
    evidence_ids: Annotated[list[uuid.UUID], Field(max_length=50)] = Field(default_factory=list)
    late_reason: Note | None = None


class AnswerBody(Body):
    """An answer to the unit."""

    text: Words


class OutcomeBody(Body):
    """The outcome; `why` becomes public."""

    outcome: Literal["upheld", "dismissed"]
    why: Words


class AppealReason(Body):
    """Why."""

    why: Words


class NewDecisionBody(Body):
    """What the council decides anew on a component that was disputed and upheld."""

    component: Code
    input: Any
    note: Words


class CorrectionBody(Body):
    """The edition that corrects."""

    edition_no: Number


class LateAppealBody(Body):
    """Which unit may still dispute the table, until when, and why."""

    unit_id: UnitId
    until: Until
    why: Words

"""What the routes of rounds are sent. Instants may be days: then the end of that day in Asia/Ho_Chi_Minh is meant."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from parindex.engine.period import VIETNAM
from scoring_api.rounds.spoken import LONGEST_NOTE, Entry, clean_note

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INT4 = 2_147_483_647
_CODE = r"^[A-Za-z0-9._-]{1,120}$"
Phase = Literal["declaration", "appraisal_1", "answer", "appraisal_2", "council"]
Note = Annotated[str, Field(max_length=LONGEST_NOTE), AfterValidator(clean_note)]
UnitId = Annotated[int, Field(ge=0, le=_INT4)]
Code = Annotated[str, Field(pattern=_CODE)]
RoundPath = Annotated[int, Path(ge=1, le=_INT4, description="Đợt đánh giá / round", examples=[1])]
UnitPath = Annotated[int, Path(ge=0, le=_INT4, description="Đơn vị / our own id of the unit", examples=[990001])]
CodePath = Annotated[str, Path(pattern=_CODE, description="Tiêu chí thành phần / code of the component")]


def read_until(value: Any) -> dt.datetime:
    """An instant with offset, or a day. Raises ValueError."""
    if isinstance(value, str) and len(value) <= 40:
        try:
            if _DAY.fullmatch(value):
                day = dt.date.fromisoformat(value) + dt.timedelta(days=1)
                found = dt.datetime.combine(day, dt.time(), VIETNAM)
            else:
                found = dt.datetime.fromisoformat(value)
        except (ValueError, OverflowError):
            found = None
        if found is not None and found.tzinfo is not None and 2000 <= found.year <= 2200:
            return found.astimezone(dt.UTC)
    raise ValueError("expected a day (2026-03-31, meaning its end) or an instant with offset, years 2000 to 2200")


Until = Annotated[
    dt.datetime,
    BeforeValidator(read_until),
    WithJsonSchema({"type": "string", "maxLength": 40, "examples": ["2026-03-31", "2026-03-31T17:00:00+07:00"]}),
]


class Body(BaseModel):
    """What comes in: unknown fields are named, never ignored."""

    model_config = ConfigDict(extra="forbid")


class OpeningBody(Body):
    """A round to open. `departments`: field code -> unit in charge; `deadlines`: one for each step, in their order."""

    title_vi: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(clean_note)]
    realm: Literal["production", "sandbox", "synthetic"] = "production"
    framework: Code
    version: Annotated[str, Field(min_length=1, max_length=40), AfterValidator(clean_note)] | None = None
    block: Code
    period: Annotated[str, Field(min_length=4, max_length=7)]
    scope_unit_id: UnitId | None = None
    units: Annotated[list[UnitId], Field(min_length=1, max_length=5000)] | None = None
    departments: Annotated[dict[Code, UnitId], Field(max_length=200)]
    deadlines: dict[Phase, Until]
    note: Note = ""


class DeadlineBody(Body):
    """A new deadline of a step, and why."""

    phase: Phase
    until: Until
    note: Note


class PhaseBody(Body):
    """The step to open, which must be the next one."""

    to: Phase
    note: Note = ""


class LateRightBody(Body):
    """Who may still write a step, until when, and why. `unit_id`: unit or department; null for the council."""

    phase: Phase
    unit_id: UnitId | None = None
    until: Until
    note: Note


class EntryBody(Body):
    """What a side says on a component: an input as docs/design.md has it for the component's rule, and words."""

    input: dict[str, Any] | None = None
    note: Note = ""
    late_reason: Note | None = None
    expected_event_no: Annotated[int, Field(ge=0, le=_INT4)] | None = None

    def entry(self) -> Entry:
        """The entry meant."""
        return Entry(self.input, self.note, self.late_reason or None, self.expected_event_no)


class SubmissionBody(Body):
    """A unit hands in a step of its own."""

    step: Literal["declaration", "answer"]
    accept_incomplete: bool = False
    note: Note = ""
    late_reason: Note | None = None


class FigureBody(Body):
    """A figure for one component of one unit."""

    unit_id: UnitId
    component: Code
    input: dict[str, Any]


class JoinBody(Body):
    """What to join: `figures` are posted with their source, everything else is taken from what is stored."""

    kind: Literal["survey", "external", "figures", "dossiers", "portal"]
    components: Annotated[list[Code], Field(max_length=500)] | None = None
    instrument: Annotated[str, Field(max_length=80, pattern=r"^[A-Za-z0-9._-]+(@[A-Za-z0-9._-]+)?$")] | None = None
    figures: Annotated[list[FigureBody], Field(max_length=20_000)] = []
    source: Annotated[str, Field(max_length=500), AfterValidator(clean_note)] = ""
    note: Note = ""


class ClosingBody(Body):
    """A proposal to close; with components missing it needs `accept_incomplete` and a reason in `note`."""

    accept_incomplete: bool = False
    note: Note = ""


class NoteBody(Body):
    """Words that go with a step."""

    note: Note = ""

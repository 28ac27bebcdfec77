"""Wire forms of rounds: what each route answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from scoring_api.answers import NOTICES, Words
from scoring_api.improve.flagged import Flagged
from scoring_api.rounds.deadlines import PHASE_WORDS_VI, STEPS
from scoring_api.rounds.fold import State
from scoring_api.rounds.round import Round


class FrameworkName(msgspec.Struct, frozen=True):
    """Which criteria set, and whether it is official; a template says so beside every figure."""

    code: str
    version: str
    title_vi: str
    status: str
    status_note_vi: str
    status_note_en: str
    sha256: str


class Deadline(msgspec.Struct, frozen=True):
    """A step of the round and until when it may be written."""

    phase: str
    title_vi: str
    until: dt.datetime


class RoundHead(msgspec.Struct, frozen=True):
    """A round and where it stands."""

    round_id: int
    title_vi: str
    realm: str
    notice: Words | None
    framework: FrameworkName
    block: str
    period: str
    scope_unit_id: int
    phase: str
    phase_vi: str
    last_event_no: int
    deadlines: list[Deadline]
    units: int
    ready_for_publication: bool
    """The round is closed: its table is final."""


class RoundList(msgspec.Struct, frozen=True):
    """Rounds of the authority that concern the reader, the newest first."""

    rounds: list[RoundHead]


class ComponentLine(msgspec.Struct, frozen=True):
    """A component in the order of the decision; its rule with all parameters stands in the framework's document."""

    code: str
    number: str
    title_vi: str
    field: str
    section: str
    maximum: str
    rule: str | None
    """None: a branch that may take an imported score."""
    source: str
    evidence_required: str
    provenance: str
    declared_by_unit: bool


class UnitLine(msgspec.Struct, frozen=True):
    """A unit of the round and how far it is. Counts are of the components that the reader sees."""

    unit_id: int
    name: str
    codes: dict[str, str]
    submissions: dict[str, Any]
    declared: int
    appraised: int
    answered: int
    final: int
    """Components with a final input."""
    evidence: int


class StoredSides(Mapping[str, Any]):
    """The sides of a cell as JSON text: read only where somebody looks inside, written out without being read."""

    __slots__ = ("_read", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._read: dict[str, Any] | None = None

    def _sides(self) -> dict[str, Any]:
        if self._read is None:
            self._read = msgspec.json.decode(self.text)
        return self._read

    def __getitem__(self, side: str) -> Any:
        return self._sides()[side]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sides())

    def __len__(self) -> int:
        return len(self._sides())


def written_out(value: Any) -> msgspec.Raw:
    """Encoding hook of the one type that JSON does not know."""
    assert isinstance(value, StoredSides)
    return msgspec.Raw(value.text.encode())


class CellLine(msgspec.Struct, frozen=True):
    """One component of one unit on which somebody has spoken: the latest word of each side, and which one is final."""

    unit_id: int
    component: str
    final: str | None
    """The side whose input enters the index: decided, appraised_2, appraised_1 or joined; null while none does."""
    sides: Any
    """Side -> {input, points, note, event_no, person_id, at, late_reason}; `StoredSides`, written out as it is stored."""
    evidence: int
    event_no: int


class FieldLine(msgspec.Struct, frozen=True):
    """A field and the department in charge of its appraisal."""

    code: str
    number: str
    title_vi: str
    section: str
    department_unit_id: int | None
    department: str


class RoundDocument(msgspec.Struct, frozen=True):
    """The whole state of a round, as far as the reader's roles reach."""

    round: RoundHead
    whole: bool
    """The reader sees every unit and field; otherwise its own units or fields only."""
    late_rights: dict[str, dict[str, str]]
    close_proposed_by: int | None
    fields: list[FieldLine]
    components: list[ComponentLine]
    units: list[UnitLine]
    cells: list[CellLine]
    persons: dict[str, str]
    """Person id -> name: everybody of the authority, or those who acted on what the reader sees."""


class EventLine(msgspec.Struct, frozen=True):
    """One event: who, when, why, what."""

    event_no: int
    kind: str
    phase: str
    person_id: int
    person: str
    role: str
    unit_id: int | None
    component: str | None
    input: Any
    points: str | None
    note: str
    late_reason: str | None
    detail: Any
    at: dt.datetime


class EventPage(msgspec.Struct, frozen=True):
    """Events in their order, those that the reader may see; `next_after` is None on the last page."""

    round_id: int
    events: list[EventLine]
    next_after: int | None


class Stored(msgspec.Struct, frozen=True):
    """An entry as it was stored, with the points that the rule gives."""

    round_id: int
    event_no: int
    side: str
    input: Any
    points: str | None
    late: bool


class Moved(msgspec.Struct, frozen=True):
    """Where the round stands after the change."""

    round_id: int
    event_no: int
    phase: str
    phase_vi: str
    close_proposed_by: int | None


class AbsentLine(msgspec.Struct, frozen=True):
    """A unit that has no figure for a component."""

    unit_id: int
    component: str
    reason_vi: str
    reason_en: str


class JoinAnswer(msgspec.Struct, frozen=True):
    """How many figures were joined, and who stays without one."""

    round_id: int
    event_no: int
    joined: int
    absent: list[AbsentLine]


class WorkbookImported(msgspec.Struct, frozen=True):
    """What a filled-in workbook changed; nothing is half-imported."""

    round_id: int
    event_no: int
    changed: int
    unchanged: int


class UnitScore(msgspec.Struct, frozen=True):
    """The explained score of a unit from the present final inputs: provisional until the round is closed."""

    round_id: int
    event_no: int
    state: str
    realm: str
    notice: Words | None
    framework: FrameworkName
    unit_id: int
    name: str
    codes: dict[str, str]
    score: dict[str, Any]
    flagged: list[Flagged]
    """Survey results that are called out (below 70 percent), with the rule and its source."""


class RoundTable(msgspec.Struct, frozen=True):
    """The table of the round: provisional until the round is closed, then final."""

    round_id: int
    event_no: int
    """The last event that the table has seen."""
    state: str
    computed: str
    """`stored`: the run that the worker stored; `now`: computed for this answer, because no run has seen the last inputs."""
    as_of: dt.datetime
    realm: str
    notice: Words | None
    framework: FrameworkName
    table: dict[str, Any]


def framework_name(assessed: Round) -> FrameworkName:
    """Which criteria set the round assesses by, and how official it is."""
    document, framework = assessed.file.document, assessed.file.framework
    return FrameworkName(
        framework.code,
        framework.version,
        document["title_vi"],
        document["status"],
        document["status_note_vi"],
        document["status_note_en"],
        framework.sha256,
    )


def round_head(assessed: Round, state: State) -> RoundHead:
    """The head of a round."""
    return RoundHead(
        assessed.round_id,
        assessed.title_vi,
        assessed.realm,
        NOTICES.get(assessed.realm),
        framework_name(assessed),
        assessed.block,
        assessed.period.code,
        assessed.scope_unit_id,
        state.phase,
        PHASE_WORDS_VI[state.phase],
        state.last_event_no,
        [Deadline(phase, PHASE_WORDS_VI[phase], dt.datetime.fromisoformat(state.deadlines[phase])) for phase in STEPS],
        len(assessed.units),
        state.phase == "closed",
    )


def moved(round_id: int, state: State) -> Moved:
    """The answer to a change of the round as a whole."""
    return Moved(round_id, state.last_event_no, state.phase, PHASE_WORDS_VI[state.phase], state.close_proposed_by)


ANSWERS = (RoundList, RoundDocument, EventPage, Stored, Moved, JoinAnswer, WorkbookImported, UnitScore, RoundTable)
"""Answer types, for the OpenAPI document."""

"""What a site tells about its connection: addresses, words of the other side, limits, what is pushed and pulled.

Sites differ in all of it, so none of it is code. `profile_file.py` reads the file, `deploy/portal.example.yaml` explains it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from parindex.engine.period import VIETNAM
from parindex.errors import Invalid
from ranking_worker.portal.answer import Words
from ranking_worker.portal.mapper import Mapper

Kind = Literal["adapter_session", "lgsp", "public_766"]
KINDS: tuple[Kind, ...] = ("adapter_session", "lgsp", "public_766")
Access = Literal["none", "header", "authorization"]
Envelope = Literal["object", "array"]
Organisations = Literal["level_1", "level_2"]
State = Literal["frozen", "current"]
Resend = Literal["replaces", "refused", "person"]
"""What sending a body a second time does there: takes the first one's place, is refused as known, or nobody knows."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """How calls keep apart: from the end of one to the start of the next, and after a refusal (403, 429, HTML)."""

    gap: dt.timedelta
    jitter: dt.timedelta
    """Longest random addition to the gap."""
    refusal: dt.timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may take."""

    connect_seconds: float
    total_seconds: float
    """From the first byte sent to the last one heard."""
    answer_bytes: int


@dataclass(frozen=True, slots=True)
class Breaker:
    """After so many failures of the connection in a row nothing is called for so long."""

    failures: int
    pause: dt.timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """A daily time in which the other side is not called (local time); it may pass midnight."""

    begin: dt.time
    end: dt.time
    why: str

    def until(self, now: dt.datetime) -> dt.datetime | None:
        """When the window that `now` lies in ends; None outside of it."""
        local = now.astimezone(VIETNAM)
        day, time = local.date(), local.time()
        if self.begin < self.end:
            inside, ends = self.begin <= time < self.end, day
        else:
            inside = time >= self.begin or time < self.end
            ends = day + dt.timedelta(days=1) if time >= self.begin else day
        return dt.datetime.combine(ends, self.end, VIETNAM) if inside else None


@dataclass(frozen=True, slots=True)
class Ask:
    """How the other side is asked whether something arrived."""

    name: str
    """Path (lgsp) or service (adapter)."""
    parameters: Mapping[str, str]
    """Their parameter -> `{organisation}`, `{month}`, `{dossier}`."""
    rows: str
    """Field of the answer that holds what was found."""
    row: str | None
    """Field of one of them that holds the body sent; None: the row is the body."""
    after: dt.timedelta
    """What was committed may be seen only so long afterwards."""


@dataclass(frozen=True, slots=True)
class Votes:
    """Monthly aggregates (`/Vote/UpdateVote`)."""

    path: str
    envelope: Envelope
    instrument: str
    version: str
    first: dt.date
    """First day of the first month that is pushed."""
    organisations: Organisations
    state: State
    levels: Mapping[int, str]
    """Answer value -> very_good, good or bad."""
    questions: tuple[str, ...]
    """Items that are shown one by one; all of the questionnaire that use the mapped scale when empty."""
    percent_digits: int
    minimum: int
    """Fewer answers than this are not shown: neither a question nor a whole month."""
    ask: Ask | None
    resend: Resend


@dataclass(frozen=True, slots=True)
class Ratings:
    """Single ratings (`DongBoDanhGia`): off until an authority supplies the specification."""

    mapper: Mapper
    instruments: tuple[str, ...]
    first: dt.date
    """First local day of answers that are pushed."""
    batch: int
    whole_batches: bool
    """A refused batch stored nothing: known of this site. Otherwise it may have stored its beginning."""
    ask: Ask | None
    resend: Resend


@dataclass(frozen=True, slots=True)
class Pulls:
    """What is read from the other side."""

    catalogues: tuple[str, ...]
    """Of agencies, sectors, procedures."""
    catalogues_every: dt.timedelta
    largest_drop_percent: int
    """A catalogue that lost a larger share is held back and shown to a person."""
    metrics: tuple[str, ...]
    """Endpoints of the 766 reporting interface."""
    first_period: dt.date | None
    units: tuple[str, ...]
    """Level-1 codes whose metrics are pulled; the authority's own when empty."""
    tries: int
    """How often a catalogue or table whose pages do not fit together is pulled anew in one go."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One connection."""

    name: str
    kind: Kind
    authority: str
    """Level-1 code of the authority that owns the rows, or `nation`."""
    realm: str
    """The only realm that leaves by this profile, and what is pulled is stored under."""
    enabled: bool
    address: str
    ca_file: str | None
    paths: Mapping[str, str]
    """Of the operations; `{...}` are filled in."""
    headers: Mapping[str, str]
    query: Mapping[str, str]
    unit_code: str
    """madonvi: as whom we speak."""
    secret_files: Mapping[str, Path]
    access: Access
    """Where lgspaccesstoken goes (B')."""
    session: dt.timedelta
    """How long a session is used before a new sign-in (A)."""
    charset: str
    words: Words
    throttle: Throttle
    limits: Limits
    breaker: Breaker
    windows: tuple[Window, ...]
    votes: Votes | None
    ratings: Ratings | None
    pulls: Pulls | None

    def closed_until(self, now: dt.datetime) -> dt.datetime | None:
        """When the last of the windows that `now` lies in ends; None when calls are allowed."""
        return max(filter(None, (window.until(now) for window in self.windows)), default=None)

    def secret(self, name: str) -> str:
        """A secret, read from its file anew each time, so that a rotated one is used. Raises Invalid naming the file."""
        try:
            text = self.secret_files[name].read_text("utf-8").strip()
        except KeyError:
            raise Invalid(
                f"Profile {self.name} names no file for the secret `{name}`.",
                code="portal_secret_missing",
                hint=f"Add `{name}: FILE` under `secrets`.",
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(
                f"The secret `{name}` of profile {self.name} cannot be read from {self.secret_files[name]}: {type(error).__name__}.",
                code="portal_secret_unreadable",
                hint="The worker must be able to read the file, and it holds UTF-8 text.",
            ) from None
        if not text:
            raise Invalid(f"The secret `{name}` of profile {self.name} is empty.", code="portal_secret_missing")
        return text

    def secrets(self) -> tuple[str, ...]:
        """All secrets that can be read: what is masked wherever something is kept."""
        found = []
        for name in self.secret_files:
            try:
                found.append(self.secret(name))
            except Invalid:
                continue
        return tuple(found)

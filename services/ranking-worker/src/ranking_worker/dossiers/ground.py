"""What dossiers are settled on: calendar, procedures, rules, as one immutable snapshot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parindex.db.catalogue import units_revision
from parindex.db.dossiers import load_procedures, load_work_calendar
from parindex.dossiers.history import history
from parindex.dossiers.portal_rules import Settled, settle, settled_by
from parindex.dossiers.procedures import Procedure
from parindex.dossiers.records import Step, Version
from parindex.dossiers.rules import Rules, portal_766
from parindex.dossiers.work_calendar import WorkCalendar

if TYPE_CHECKING:
    import asyncpg


@dataclass(frozen=True, slots=True)
class Ground:
    """One snapshot."""

    calendar: WorkCalendar
    procedures: dict[str, Procedure]
    rules: Rules

    def settle(
        self, versions: Iterable[Version], steps: Iterable[Step], *, before: dt.datetime | None = None
    ) -> Settled | None:
        """One dossier as recorded before an instant (None: all of it); None: nothing was received by then."""
        told = history(versions, steps, before=before)
        return settle(told, self.calendar, self.procedures, self.rules) if told else None

    def same_as(self, other: Ground) -> bool:
        """Whether both settle every dossier alike."""
        return (self.calendar.digest, self.procedures, self.rules) == (
            other.calendar.digest,
            other.procedures,
            other.rules,
        )

    def label(self, procedure_base: str) -> str:
        """What a dossier of that procedure is settled by now; another label in `dossier_counted` is out of date."""
        return settled_by(self.rules, self.calendar, self.procedures.get(procedure_base))


class GroundCache:
    """The newest snapshot of this process."""

    def __init__(self) -> None:
        self._ground: Ground | None = None
        self._revision = -1
        self._joined: dict[tuple[int, str], dt.datetime] = {}

    @property
    def current(self) -> Ground:
        """The snapshot. Raises RuntimeError before the first `renew`."""
        if self._ground is None:
            raise RuntimeError("calendar and procedures were not loaded yet: call renew first")
        return self._ground

    async def renew(self, connection: asyncpg.Connection) -> bool:
        """Looks again when a register load was committed; True when calendar, procedures or rules are others now."""
        revision = await units_revision(connection)
        if self._ground is not None and revision == self._revision:
            return False
        self._revision = revision
        read = Ground(await load_work_calendar(connection), await load_procedures(connection), portal_766())
        if self._ground is not None and read.same_as(self._ground):
            return False
        self._ground = read
        return True

    async def joined(self, connection: asyncpg.Connection, tenant_id: int, realm: str) -> dt.datetime:
        """When the first version of the authority was recorded: what closed before it was never anyone's figure.

        Versions are only appended, so it is looked up once. Call it after a version was received.
        """
        known = self._joined.get((tenant_id, realm))
        if known is None:
            known = await connection.fetchval(
                "SELECT min(recorded_at) FROM dossier_version WHERE tenant_id = $1 AND realm = $2", tenant_id, realm
            )
            if known is None:
                return dt.datetime.max.replace(tzinfo=dt.UTC)
            self._joined[tenant_id, realm] = known
        return known

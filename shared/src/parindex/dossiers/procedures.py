"""What the catalogue of procedures says, as far as dossiers and their figures need it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from parindex.dossiers.work_calendar import LimitUnit
from parindex.engine.digest import sha256


@dataclass(frozen=True)
class Procedure:
    """The newest detail of one procedure. None and '' mean that the catalogue does not say."""

    base_code: str
    service_level: str = ""
    """full, partial, information."""
    limit: Decimal | None = None
    """Longest handling time, in `limit_unit`."""
    limit_unit: LimitUnit | None = None
    has_fee: bool | None = None
    payment_integrated: bool | None = None
    result_due: bool | None = None
    """A paper or certificate is handed out."""
    for_citizens: bool | None = None
    units: frozenset[str] | None = None
    """Codes of the agencies that offer it; None: everyone."""

    @cached_property
    def digest(self) -> str:
        """Of what settling a dossier depends on: another digest, another count."""
        limit = None if self.limit is None else str(self.limit.normalize())
        return sha256([limit, self.limit_unit, self.has_fee, self.result_due]).hex()[:8]

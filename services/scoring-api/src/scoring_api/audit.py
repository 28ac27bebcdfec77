"""Who may see what small cells hide, and response ids: a caller with scope `audit` over the unit, in its own realm."""

from __future__ import annotations

from parindex.engine.period import Period
from parindex.errors import Forbidden
from parindex.web.auth import Caller
from scoring_api.parameters import UnitName
from scoring_api.places import named_unit, reading_day
from scoring_api.snapshot import Snapshot


def audited_unit(snapshot: Snapshot, caller: Caller, name: UnitName, period: Period) -> int:
    """The unit that an auditor asks about. Raises Forbidden without the scope, in another realm, outside the subtree."""
    caller.need("audit")
    if caller.realm != snapshot.realm:
        raise Forbidden(
            f"This credential belongs to realm {caller.realm}, not {snapshot.realm}.",
            code="realm_forbidden",
            hint=f"Ask with realm={caller.realm}.",
        )
    unit_id = named_unit(snapshot, name, reading_day(snapshot, period))
    if not snapshot.units.in_subtree(caller.scope_unit_ids, unit_id, period.last):
        raise Forbidden(
            f"Unit {unit_id} is outside the subtree that this credential audits.",
            code="unit_outside_scope",
            hint=f"It covers units {', '.join(map(str, sorted(caller.scope_unit_ids)))} and those under them.",
        )
    return unit_id

"""Which ranking policy an edition of a printed table is ranked by."""

from __future__ import annotations

import datetime as dt

from parindex.errors import NotFound
from parindex.frameworks.policy import PolicyCatalogue, RankingPolicy


def policy_of_printed(policies: PolicyCatalogue, framework: str, day: dt.date) -> RankingPolicy:
    """The policy for tables of a framework that others publish: `<framework>-index`, `<framework>-portal` or `<framework>`.

    Raises NotFound when none of them exists, Invalid when the one that does is not in force on the day.
    """
    known = {one.id for one in policies.policies}
    names = (f"{framework}-index", f"{framework}-portal", framework)
    for name in names:
        if name in known:
            return policies.on(name, day)
    raise NotFound(
        f"No ranking policy is declared for printed tables of {framework!r}.",
        code="policy_unknown",
        hint=f"Declare {names[0]} in parindex/frameworks/data; known: {', '.join(sorted(known))}.",
    )

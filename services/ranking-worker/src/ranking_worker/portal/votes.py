"""Monthly aggregates as the hub's `MVotes`: from counts of stored results to percentages on three levels. Pure.

Neutral content (what the outbox keeps): `{organisation {code, name}, month, state, instrument, version, answers, shares [3 texts],
questions [{item, content, shares}]}`. Percentages come from integers and are rounded once (`shares.py`). Fewer answers
than the profile's minimum are never shown: a question is left out, a month with so few is not pushed at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from parindex.engine.period import VIETNAM, Period
from parindex.errors import Invalid
from parindex.instruments.catalogue import Instrument, Item
from ranking_worker.portal.profile_traffic import LEVELS
from ranking_worker.portal.profiles import Votes
from ranking_worker.portal.shares import percentages

ALLOWED = frozenset(
    {
        "DateCreated", "TotalVoted", "PercentVeryGood", "PercentGood", "PercentBad", "Questions", "Content",
        "OrganizationInchargeIdLevel1", "OrganizationInchargeName",
    }
)  # fmt: skip
"""Every name of MVotes that we fill."""
Cells = Mapping[str, Mapping[str, list[Any]]]
"""`cells` of a stored result: column -> code -> [n, w, w2]."""


def shown_items(instrument: Instrument, votes: Votes) -> tuple[Item, ...]:
    """The questions that are pushed. Raises Invalid when the profile's levels do not fit them."""
    if instrument.design != "self_selected":
        raise Invalid(
            f"{instrument.code} is a probability sample: its figures are weighted and are no votes.",
            code="votes_unmappable",
            hint="Name a questionnaire of the counter in the profile.",
        )
    if strangers := [code for code in votes.questions if code not in instrument.items]:
        raise Invalid(f"{instrument.code} has no item {', '.join(strangers)}.", code="votes_unmappable")
    wanted = [instrument.items[code] for code in votes.questions] or [
        item
        for item in instrument.items.values()
        if item.satisfaction and item.kind in {"scale", "choice"} and item.values <= set(votes.levels)
    ]
    counted = [*wanted, *([instrument.overall] if instrument.overall is not None else [])]
    unmapped = {item.code: sorted(item.values - set(votes.levels)) for item in counted}
    if missing := {code: values for code, values in unmapped.items() if values}:
        raise Invalid(
            f"The profile's levels say nothing of the values {missing} of {instrument.code}.",
            code="votes_unmappable",
            hint="Map every value of the pushed items to very_good, good or bad.",
        )
    if not counted:
        raise Invalid(f"{instrument.code} has no item that the profile's levels fit.", code="votes_unmappable")
    return tuple(wanted)


def neutral_votes(
    votes: Votes, instrument: Instrument, period: Period, organisation: Mapping[str, str], cells: Cells | None
) -> dict[str, Any] | None:
    """The content of one organisation and month; None when so few answered that it must not be shown.

    No result (`cells` None) is a month in which nobody voted: zeros. Raises Invalid as `shown_items`.
    """
    items = shown_items(instrument, votes)
    each = {item.code: _levels(item, votes, cells or {}) for item in items}
    if instrument.overall is not None:
        whole = _levels(instrument.overall, votes, cells or {})
    else:
        whole = [sum(level) for level in zip(*each.values(), strict=True)]
    if 0 < sum(whole) < votes.minimum:
        return None
    return {
        "organisation": dict(organisation),
        "month": period.code,
        "state": votes.state,
        "instrument": instrument.code,
        "version": instrument.version,
        "answers": sum(whole),
        "shares": _texts(whole, votes.percent_digits),
        "questions": [
            {"item": item.code, "content": item.title_vi, "shares": _texts(each[item.code], votes.percent_digits)}
            for item in items
            if sum(each[item.code]) >= votes.minimum
        ],
    }


def mvotes(content: Mapping[str, Any]) -> dict[str, Any]:
    """The hub's form of neutral content. Dated at the last second of the month, so that it is the same whenever it is sent."""
    last = Period.parse(content["month"]).end - dt.timedelta(days=1)
    created = dt.datetime.combine(last, dt.time(23, 59, 59), VIETNAM)
    return {
        "DateCreated": created.strftime("%Y-%m-%dT%H:%M:%S.000%z"),
        "TotalVoted": content["answers"],
        **_percents(content["shares"]),
        "Questions": [{"Content": one["content"], **_percents(one["shares"])} for one in content["questions"]],
        "OrganizationInchargeIdLevel1": content["organisation"]["code"],
        "OrganizationInchargeName": content["organisation"]["name"],
    }


def _levels(item: Item, votes: Votes, cells: Cells) -> list[int]:
    """Answers given by persons on each of the three levels; values below 0 are no answers."""
    counts: dict[str, int] = dict.fromkeys(LEVELS, 0)
    for column in item.columns:
        for code, counted in cells.get(str(column), {}).items():
            if int(code) in votes.levels and int(code) in item.values:
                counts[votes.levels[int(code)]] += int(counted[0])
    return list(counts.values())


def _texts(counts: list[int], digits: int) -> list[str]:
    return [f"{share:f}" for share in percentages(counts, digits)]


def _percents(shares: list[str]) -> dict[str, Decimal]:
    return dict(zip(("PercentVeryGood", "PercentGood", "PercentBad"), map(Decimal, shares), strict=True))

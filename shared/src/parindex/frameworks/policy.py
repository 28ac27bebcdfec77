"""Ranking policies: how a league table is ranked, graded and protected, as data with validity, source and provenance."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from parindex.engine.rank import Band, TieRule, band_of
from parindex.engine.table import Rules
from parindex.errors import Invalid, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from parindex.engine.aggregate import Method


@dataclass(frozen=True, slots=True)
class Part:
    """A group of points of which a published total is the sum."""

    code: str
    title_vi: str
    title_en: str
    maximum: Decimal


@dataclass(frozen=True, slots=True)
class RankingPolicy:
    """One version of a policy. Published versions never change; `valid_to` is the day after the last, None while open."""

    id: str
    version: str
    title_vi: str
    title_en: str
    valid_from: dt.date
    valid_to: dt.date | None
    tie_rule: TieRule
    tie_breakers: tuple[str, ...]
    tie_note_vi: str
    tie_note_en: str
    digits: int
    """Decimals of the published figure, on which ranks are taken."""
    rounding: Literal["half_up"]
    bands: tuple[Band, ...]
    """Best first; the last begins at 0."""
    small_cell_minimum: int | None
    """Fewest answers of a shown figure; None where figures are published by others and count no respondents."""
    default_method: Method | None
    """`top2` or `mean` for survey answers; None where the figure is a published total."""
    method_note_vi: str | None
    method_note_en: str | None
    blocks: tuple[str, ...]
    change_sign_vi: str
    change_sign_en: str
    parts: tuple[Part, ...]
    maximum: Decimal | None
    """Most points of a total that is made of `parts`."""
    sources: Mapping[str, str]
    """Source key -> what it is."""
    citations: Mapping[str, str]
    """Node (ties, bands, ...) -> source key."""
    provenance: Mapping[str, str]
    """Node -> sourced, memory, inferred, illustrative or declared (our own rule)."""
    document: dict[str, Any]
    """The version as JSON, numbers as strings with their written digits."""
    sha256: str
    """Hex digest of the document (RFC 8785)."""

    @property
    def name(self) -> str:
        """Policy and version as printed beside every rank, for example `satisfaction@2026-1`."""
        return f"{self.id}@{self.version}"

    def valid_on(self, day: dt.date) -> bool:
        """Whether the version is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def band(self, value: Decimal) -> Band:
        """The grade of a figure. Raises Invalid for a negative one."""
        found = band_of(value, self.bands)
        if found is None:
            raise Invalid(
                f"{value} lies below every band of {self.name}.",
                code="below_bands",
                hint="A figure of 0 or more was expected.",
            )
        return found

    def rules(self) -> Rules:
        """What the engine ranks survey answers by. Raises Invalid for a policy of published totals."""
        if self.default_method is None or self.small_cell_minimum is None:
            raise Invalid(
                f"{self.name} ranks published totals: it declares no method and no smallest cell for answers.",
                code="policy_without_method",
                hint="Rank survey answers by a policy with `method` and `small_cells`, such as satisfaction.",
            )
        return Rules(
            policy=self.name,
            tie_rule=self.tie_rule,
            tie_breakers=self.tie_breakers,
            digits=self.digits,
            bands=self.bands,
            small_cell_minimum=self.small_cell_minimum,
            default_method=self.default_method,
        )


class PolicyCatalogue:
    """Every known policy version."""

    def __init__(self, policies: Iterable[RankingPolicy]) -> None:
        self.policies = tuple(sorted(policies, key=lambda policy: (policy.id, policy.valid_from, policy.version)))

    def get(self, policy_id: str, version: str) -> RankingPolicy | None:
        """The version of that name, or None."""
        return next((one for one in self.policies if (one.id, one.version) == (policy_id, version)), None)

    def on(self, policy_id: str, day: dt.date) -> RankingPolicy:
        """The one version in force on a day (for a period: its last day).

        Raises NotFound for an unknown policy, and Invalid outside every validity: a rank is never taken by a rule that
        was not in force.
        """
        versions = [one for one in self.policies if one.id == policy_id]
        if not versions:
            known = ", ".join(sorted({one.id for one in self.policies}))
            raise NotFound(f"There is no ranking policy {policy_id!r}.", code="policy_unknown", hint=f"Known: {known}.")
        for one in versions:
            if one.valid_on(day):
                return one
        spans = "; ".join(f"{one.version} from {one.valid_from} to {one.valid_to or 'open'}" for one in versions)
        raise Invalid(
            f"No version of the ranking policy {policy_id} is in force on {day}.",
            code="policy_not_in_force",
            hint=f"Known versions: {spans} (last day excluded).",
        )

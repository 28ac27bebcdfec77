"""Everything one running simulator holds; the fronts and the control API are given it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from .books import Books
from .clock import Clock
from .country import Country
from .faults import Faults
from .options import Options
from .procedures import Procedure, procedures
from .tls import Certificates


class State:
    """One simulated portal. `reset` makes it as if it had just been started, with another seed if one is given."""

    def __init__(self, seed: int, clock: Clock, *, small: bool, certificates: Certificates | None = None) -> None:
        self.clock, self.small, self.certificates = clock, small, certificates
        self.books = Books(clock)
        self.generation = 0
        self.reset(seed)

    def reset(self, seed: int) -> None:
        self.seed = seed
        self.generation += 1  # sessions, tokens and windows of the fronts end with the old one
        self.options = Options()
        self.show_certificate()
        self.faults = Faults(seed)
        self.clock.reset()
        self.books.reset()
        self.country = Country(seed, small=self.small)
        self.__dict__.pop("procedures", None)
        self.figures: dict[tuple[str, str], dict[str, Any]] = {}

    @cached_property
    def procedures(self) -> list[Procedure]:
        return procedures(self.seed, small=self.small)

    def plant(self, figure: dict[str, Any]) -> list[str]:
        """Sets counts of one unit and period at front D: `{"unit": "H44", "period": "2026-Q3", "counts": {...}}`."""
        if set(figure) != {"unit", "period", "counts"} or figure["unit"] not in self.country.agencies:
            return ["Số liệu cần unit (mã có trong danh mục), period (2026, 2026-Q3 hoặc 2026-09) và counts."]
        self.figures[figure["unit"], figure["period"]] = figure["counts"]
        return []

    def show_certificate(self) -> None:
        """The certificate of the options, for new connections over HTTPS."""
        if self.certificates is not None:
            self.certificates.show(self.options.tls_certificate)

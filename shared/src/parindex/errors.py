"""Errors that this project raises on purpose. Each carries a kind; only `parindex.web.problems` knows HTTP.

A message says what happened, where, what was expected and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "invalid",
    "unreadable",
    "unauthenticated",
    "forbidden",
    "not_found",
    "conflict",
    "too_large",
    "too_many",
    "unavailable",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with (or worth knowing about) a given input."""

    code: str
    """Stable machine-readable code, for example `value_outside_scale`."""
    field: str
    """Where: a field path such as `answers[2].value`, a file line, or '' for the whole."""
    message: str
    """What happened and what was expected, in a sentence."""
    hint: str = ""
    """What to do."""
    retry: bool = False
    """Whether sending the same again later can help."""


class ParindexError(Exception):
    """Base of all errors raised on purpose.

    `kind` decides the HTTP status, `code` is stable for machines, `hint` says what to do, `findings` name each fault,
    `retry_after` is in seconds.
    """

    kind: Kind = "invalid"
    code: str = "invalid"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str = "",
        findings: list[Finding] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.hint = hint
        self.findings = findings or []
        self.retry_after = retry_after


class Invalid(ParindexError):
    """The input was read, but does not mean anything acceptable."""


class Unreadable(ParindexError):
    """The input could not be decoded at all."""

    kind, code = "unreadable", "unreadable"


class Unauthenticated(ParindexError):
    """No credential, or one that does not hold."""

    kind, code = "unauthenticated", "unauthenticated"


class Forbidden(ParindexError):
    """The credential holds but does not reach this far."""

    kind, code = "forbidden", "forbidden"


class NotFound(ParindexError):
    """Nothing is stored under that name."""

    kind, code = "not_found", "not_found"


class Conflict(ParindexError):
    """The request contradicts what is stored or still running."""

    kind, code = "conflict", "conflict"


class TooLarge(ParindexError):
    """A body over its limit."""

    kind, code = "too_large", "too_large"


class TooMany(ParindexError):
    """Over the rate agreed for this sending system."""

    kind, code = "too_many", "too_many"


class Unavailable(ParindexError):
    """We cannot do it now; nothing was stored; send again after `retry_after` seconds."""

    kind, code = "unavailable", "unavailable"

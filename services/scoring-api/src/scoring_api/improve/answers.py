"""What targets and what-if are answered with. The parts are those of docs/design.md "Targets and what-if"."""

from __future__ import annotations

from typing import Any

import msgspec

from scoring_api.answers import NOTICES, Words
from scoring_api.improve.bases import Base


class BaseLine(msgspec.Struct, frozen=True):
    """What an answer starts from. A template, an example or invented data says so beside every figure."""

    kind: str
    framework: str
    version: str
    framework_sha256: str
    block: str
    status: str
    status_note_vi: str
    status_note_en: str
    template: bool
    ranked_on: str
    standing: str
    realm: str | None
    notice: Words | None
    about: dict[str, int | str]
    unit_id: int
    unit: str


class TargetAnswer(msgspec.Struct, frozen=True):
    """What is missing, which components have room and why, and the smallest set of gains; the others held still."""

    base: BaseLine
    outcome: str
    target: dict[str, Any]
    now: dict[str, Any]
    lacking: dict[str, str] | None
    missing: list[dict[str, str]]
    counts: dict[str, Any]
    room: list[dict[str, Any]]
    plan: dict[str, Any] | None
    best: dict[str, Any] | None


class MovedLine(msgspec.Struct, frozen=True):
    """Another unit whose place changes."""

    unit_id: int
    unit: str
    before: int
    after: int


class WhatIfAnswer(msgspec.Struct, frozen=True):
    """Score and place before and after; nothing is stored. `moved` is null where the reader may not know the others."""

    base: BaseLine
    before: dict[str, Any]
    after: dict[str, Any]
    nodes: list[dict[str, Any]]
    moved: list[MovedLine] | None
    moved_units: int
    score: dict[str, Any]


class SatisfactionTarget(msgspec.Struct, frozen=True):
    """How many more favourable answers are missing, whole and by factor."""

    outcome: str
    target: str
    now: dict[str, str | None]
    lacking: dict[str, str] | None
    factors: list[dict[str, str | None]]
    fewest: dict[str, Any] | None
    even: dict[str, Any] | None


ANSWERS: tuple[type, ...] = (TargetAnswer, WhatIfAnswer, SatisfactionTarget)
"""Answer types, for the OpenAPI document."""


def base_line(base: Base) -> BaseLine:
    """The line of a base."""
    framework, document = base.file.framework, base.file.document
    return BaseLine(
        base.kind,
        framework.code,
        framework.version,
        framework.sha256,
        base.plan.block,
        base.file.status,
        document.get("status_note_vi") or "",
        document.get("status_note_en") or "",
        framework.template,
        framework.ranked_on,
        base.standing,
        base.realm,
        None if base.realm is None else NOTICES.get(base.realm),
        dict(base.about),
        base.unit_id,
        base.unit,
    )

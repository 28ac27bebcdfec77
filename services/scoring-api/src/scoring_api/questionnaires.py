"""Published questionnaire versions, as anyone may read them: items, scales, factors, provenance of the wording."""

from __future__ import annotations

import datetime as dt
import difflib
from typing import Any

import msgspec

from parindex.errors import NotFound
from parindex.instruments.catalogue import Instrument, InstrumentCatalogue
from scoring_api.answers import Answer, register_standing
from scoring_api.parameters import Parameter, word
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot


class InstrumentLine(msgspec.Struct, frozen=True):
    """One version in the list."""

    instrument: str
    version: str
    title_vi: str
    title_en: str
    design: str
    """self_selected (kiosk, QR) or probability (survey waves); the two never mix."""
    dossier_required: bool
    valid_from: dt.date
    valid_to: dt.date | None
    """The day after the last; null while in use."""
    items: int
    sha256: str


class InstrumentList(Answer, kw_only=True):
    """Every published version."""

    instruments: list[InstrumentLine]


class InstrumentAnswer(Answer, kw_only=True):
    """One published version; its document never changes."""

    instrument: str
    version: str
    sha256: str
    document: dict[str, Any]


def named_instrument(instruments: InstrumentCatalogue, code: str, version: str | None) -> Instrument:
    """The named version, or the latest one where none is named. Raises NotFound naming what exists."""
    found = instruments.get(code, version) if version else instruments.latest(code)
    if found is not None:
        return found
    versions = sorted(one.version for one in instruments.instruments if one.code == code)
    if versions:
        raise NotFound(
            f"Questionnaire {code} has no version {version!r}.",
            code="instrument_version_not_found",
            hint=f"It has: {', '.join(versions)}.",
        )
    near = difflib.get_close_matches(code, instruments.codes, 1, 0.4)
    raise NotFound(
        f"There is no questionnaire {code!r}.",
        code="instrument_not_found",
        hint=f"{'Nearest: ' + near[0] + '. ' if near else ''}Known: {', '.join(instruments.codes)}.",
    )


async def _list(snapshot: Snapshot, _given: Given) -> InstrumentList:
    lines = [
        InstrumentLine(
            one.code,
            one.version,
            one.title_vi,
            one.title_en,
            one.design,
            one.dossier_required,
            one.valid_from,
            one.valid_to,
            len(one.items),
            one.sha256,
        )
        for one in sorted(snapshot.instruments.instruments, key=lambda one: (one.code, one.valid_from, one.version))
    ]
    return InstrumentList(**register_standing(snapshot), instruments=lines)


async def _one(snapshot: Snapshot, given: Given) -> InstrumentAnswer:
    one = named_instrument(snapshot.instruments, given["code"], given["version"])
    return InstrumentAnswer(
        **register_standing(snapshot),
        instrument=one.code,
        version=one.version,
        sha256=one.sha256,
        document=one.document,
    )


ROUTES = (
    PublicRoute(
        "/v1/instruments",
        "Danh mục bộ câu hỏi",
        "Questionnaires",
        "Every published questionnaire version.",
        "questionnaires",
        (),
        _list,
        InstrumentList,
    ),
    PublicRoute(
        "/v1/instruments/{code}/{version}",
        "Một phiên bản bộ câu hỏi",
        "One questionnaire version",
        "The published document: items, scales, factors, favourable answers, provenance of the wording.",
        "questionnaires",
        (
            Parameter("code", *word(), "Mã bộ câu hỏi", "Code of the questionnaire", "KIOSK3", place="path"),
            Parameter("version", *word(), "Phiên bản", "Version", "1", place="path"),
        ),
        _one,
        InstrumentAnswer,
    ),
)

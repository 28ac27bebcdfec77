"""Satisfaction results in bulk: /v1/exports/results.csv, every ranked unit in every period of one questionnaire, streamed.

Postgres copies the figures out unit by unit (COPY; no row becomes a Python object); names are joined and what must be
withheld is blanked on the way. Memory is that of one batch of units, whatever the number of rows. Everything is read
in one snapshot, so that the rows belong together.
"""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from starlette.responses import Response, StreamingResponse

from parindex.errors import Unavailable
from parindex.web.problems import problem_openapi
from scoring_api import asked, csv_form
from scoring_api.answers import NOTICES
from scoring_api.exports.results_withheld import Shown, shown_by_period
from scoring_api.parameters import Parameters
from scoring_api.questionnaires import named_instrument
from scoring_api.route import REALM
from scoring_api.snapshot import Snapshot
from scoring_api.stored import instrument_version_id

if TYPE_CHECKING:
    from scoring_api.app import Resources

PATH = "/v1/exports/results.csv"
MOST_AT_ONCE = 2
"""Exports at a time: each holds a database connection until its reader has taken everything."""
_UNITS_AT_ONCE, _LINES_AT_ONCE = 50, 2_000
_PARAMETERS = Parameters(asked.INSTRUMENT, asked.VERSION, asked.optional(asked.PERIOD), asked.STATE, REALM)
_HEAD = "unit_id,name,h_code,gso,instrument,version,realm,state,period,responses,answered,not_answered,dont_know,not_applicable,automatic,top2,top2_n,mean,mean_n,constructed,as_of,suppressed,notice_vi"
_FIGURES = 12
"""Columns from `responses` to `as_of`: empty where a row is withheld."""
_ROWS = """
SELECT r.unit_id, r.period, document->>'responses', document->'balance'->>'answered', document->'balance'->>'not_answered',
       document->'balance'->>'dont_know', document->'balance'->>'not_applicable', document->'balance'->>'automatic',
       document->'whole'->'top2'->>'value', document->'whole'->'top2'->>'n', document->'whole'->'mean'->>'value',
       document->'whole'->'mean'->>'n', document->>'constructed', to_char(r.as_of AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
FROM unit_result r
WHERE r.unit_id = ANY($1::int[]) AND r.realm = $2 AND r.instrument_version_id = $3 AND r.state = $4 AND ($5::text IS NULL OR r.period = $5)
ORDER BY r.unit_id, r.period
"""


class Labels:
    """The cells before the figures: who a unit was on the reading day of a period. Kept per unit while nothing of it changed."""

    def __init__(self, snapshot: Snapshot, cells: list[str]) -> None:
        self._units, self._cells = snapshot.units, cells
        self._changes: dict[int, list[dt.date]] = {}
        self._kept: dict[tuple[int, int], bytes] = {}

    def of(self, unit_id: int, day: dt.date) -> bytes:
        """The encoded cells, with a comma at the end."""
        changes = self._changes.get(unit_id)
        if changes is None:
            unit = self._units.unit(unit_id)
            dated = [*unit.names, *unit.codes]
            days = {one for holds in dated for one in (holds.start, holds.end) if one is not None}
            changes = self._changes[unit_id] = sorted(days)
        key = unit_id, bisect_right(changes, day)
        found = self._kept.get(key)
        if found is None:
            codes = self._units.codes(unit_id, day)
            found = self._kept[key] = _line(
                [unit_id, self._units.name(unit_id, day), codes.get("h_code"), codes.get("gso"), *self._cells]
            )
        return found

    def forget(self) -> None:
        """Drops what was kept: the next batch has other units."""
        self._changes.clear()
        self._kept.clear()


def _line(values: list[Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator=",").writerow([csv_form.cell(value) for value in values])
    return out.getvalue().encode()


async def result_rows(snapshot: Snapshot, given: dict[str, Any]) -> AsyncIterator[bytes]:
    """The file in pieces: BOM and header, then the rows of a batch of units at a time, by unit and period."""
    instrument = named_instrument(snapshot.instruments, given["instrument"], given["version"])
    period = given["period"]
    shown = await shown_by_period(snapshot, instrument, None if period is None else period.code)
    labels = Labels(snapshot, [instrument.code, instrument.version, snapshot.realm, given["state"]])
    notice = NOTICES.get(snapshot.realm)
    end = _line([notice.vi if notice else None]).removesuffix(b",") + b"\r\n"
    yield b"\xef\xbb\xbf" + _HEAD.encode() + b"\r\n"
    units = sorted({unit_id for one in shown.values() for unit_id in one.units})
    batches = [units[start : start + _UNITS_AT_ONCE] for start in range(0, len(units), _UNITS_AT_ONCE)]
    asked_of = (
        snapshot.realm,
        instrument_version_id(instrument),
        given["state"],
        None if period is None else period.code,
    )
    copying: asyncio.Task[bytes] | None = None
    try:
        for batch in [*batches, None]:
            copied = b"" if copying is None else await copying
            # Postgres copies the next batch while this one is written out.
            copying = None if batch is None else asyncio.create_task(_copy(snapshot, batch, asked_of))
            lines = copied.splitlines()
            for start in range(0, len(lines), _LINES_AT_ONCE):
                yield b"".join(_rows(lines[start : start + _LINES_AT_ONCE], shown, labels, end))
                await asyncio.sleep(0)
            labels.forget()
    finally:
        if copying is not None:
            copying.cancel()
            await asyncio.gather(copying, return_exceptions=True)


async def _copy(snapshot: Snapshot, units: list[int], asked_of: tuple[str, int, str, str | None]) -> bytes:
    copied = bytearray()

    async def take(data: bytes) -> None:
        copied.extend(data)

    await snapshot.connection.copy_from_query(_ROWS, units, *asked_of, output=take, format="csv")
    return bytes(copied)


def _rows(lines: list[bytes], shown: dict[bytes, Shown], labels: Labels, end: bytes) -> Iterator[bytes]:
    empty = b"," * _FIGURES
    for line in lines:
        unit, period, figures = line.split(b",", 2)
        one, unit_id = shown.get(period), int(unit)
        if one is None or unit_id not in one.units:
            continue
        label = labels.of(unit_id, one.reading_day)
        reason = one.hidden.get(unit_id)
        if reason is None:
            yield b"%b%b,%b,,%b" % (label, period, figures, end)
        else:
            yield b"%b%b,%b%b,%b" % (label, period, empty, reason.encode(), end)


def add_results_stream(app: FastAPI, resources: Callable[[], Resources]) -> None:
    """Makes the route answer."""
    slots = asyncio.Semaphore(MOST_AT_ONCE)

    async def body(given: dict[str, Any]) -> AsyncIterator[bytes]:
        async with slots, resources().snapshots.open(given["realm"]) as snapshot:
            async for piece in result_rows(snapshot, given):
                yield piece

    async def endpoint(request: Request) -> Response:
        given = _PARAMETERS.read(request.scope["query_string"], {})
        if slots.locked():
            raise Unavailable(
                f"{MOST_AT_ONCE} lượt xuất dữ liệu đang chạy. / {MOST_AT_ONCE} exports are running.",
                code="exports_busy",
                hint="Ask again in a minute.",
            )
        # What is refused is refused before the answer begins.
        async with resources().snapshots.open(given["realm"]) as snapshot:
            named_instrument(snapshot.instruments, given["instrument"], given["version"])
        name = f"results-{given['instrument'].replace(':', '-')}.csv"
        return StreamingResponse(
            body(given),
            media_type=csv_form.MEDIA_TYPE,
            headers={"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'},
        )

    app.add_api_route(
        PATH,
        endpoint,
        methods=["GET"],
        tags=["exports"],
        summary="Toàn bộ kết quả hài lòng của một bộ câu hỏi (CSV) / All satisfaction results of a questionnaire as CSV",
        description="Streamed: every unit that a league table ranks, and the nation, in every period (or the one named). Small cells are withheld as everywhere; "
        "units that no table ranks are read at /v1/results.",
        operation_id="exports_results",
        response_class=Response,
        responses={
            200: {"description": "Rows by unit and period", "content": {"text/csv": {"schema": {"type": "string"}}}},
            **problem_openapi(404, 422, 503),
        },
        openapi_extra={"parameters": _PARAMETERS.openapi()},
    )

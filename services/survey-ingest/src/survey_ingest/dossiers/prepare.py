"""Records as sent -> what can be stored: read, given a unit and a digest, or refused with its reason. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from parindex.dossiers.records import Channel
from parindex.engine.period import local_day
from parindex.errors import Finding
from parindex.web.auth import Caller
from survey_ingest.body import decoded
from survey_ingest.dossiers.codes import Codes
from survey_ingest.dossiers.findings import finding
from survey_ingest.dossiers.moments import VIETNAM
from survey_ingest.dossiers.progress import StepEntry, step_entry
from survey_ingest.dossiers.read_record import Record, RefusedRecord, Said, read_record
from survey_ingest.dossiers.read_step import read_step
from survey_ingest.dossiers.store import Entry, entry_of
from survey_ingest.dossiers.unit_of import finder
from survey_ingest.interpret import Catalogues


def dossiers_of(
    raws: Sequence[Any], agency: str, caller: Caller, catalogues: Catalogues, now: dt.datetime
) -> list[Entry | RefusedRecord]:
    """The dossiers of one request in the order sent; `agency` is the envelope's agency code or ''."""
    codes, places, today = Codes.of(caller.dossier_codes), finder(catalogues.units), local_day(now)
    now = now.astimezone(VIETNAM)
    prepared: list[Entry | RefusedRecord] = []
    for position, raw in enumerate(raws):
        record = read_record(raw, codes, now, position)
        if isinstance(record, Record):
            place = places.place(record, agency, caller.scope_unit_ids, caller.realm, today)
            if place.refused:
                why = [finding(place.refused, place.field)]
                prepared.append(RefusedRecord(position, why, record.said.dossier_code, record.dropped))
            else:
                record.findings += place.findings
                _note_procedure(record.said, catalogues, record.findings)
                prepared.append(entry_of(record, place, caller))
        else:
            prepared.append(record)
    return prepared


def _note_procedure(said: Said, catalogues: Catalogues, findings: list[Finding]) -> None:
    if said.procedure_code is not None and said.procedure_base not in catalogues.procedures:
        findings.append(finding("procedure_unknown", "MaTTHC"))
    if said.channel == Channel.ONLINE and said.procedure_base in catalogues.information_only:
        findings.append(finding("information_only_online", "KenhThucHien"))


def steps_of(
    raws: Sequence[Any], caller: Caller, catalogues: Catalogues, now: dt.datetime
) -> list[StepEntry | RefusedRecord]:
    """The progress steps of one request in the order sent."""
    codes, places, today = Codes.of(caller.dossier_codes), finder(catalogues.units), local_day(now)
    prepared: list[StepEntry | RefusedRecord] = []
    for position, raw in enumerate(raws):
        step = read_step(decoded(raw), codes, now, position)
        if isinstance(step, RefusedRecord):
            prepared.append(step)
        elif places.of_code(step.dossier_code, caller.scope_unit_ids, caller.realm, today) == "out":
            why = [finding("unit_out_of_scope", "MaHoSo")]
            prepared.append(RefusedRecord(position, why, step.dossier_code, step.dropped))
        else:
            prepared.append(step_entry(step, caller))
    return prepared

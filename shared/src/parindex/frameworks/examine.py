"""Everything there is to say about a framework file before it is put in force: faults, warnings, cases, time, digest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from parindex.errors import Finding, Invalid, ParindexError
from parindex.frameworks.cases import check_cases
from parindex.frameworks.criteria_catalogue import CriteriaCatalogue, changed_after_publication, uncovered
from parindex.frameworks.criteria_file import FrameworkFile


@dataclass(frozen=True, slots=True)
class Examined:
    """The outcome: nothing stands against the version when `faults` is empty."""

    version: FrameworkFile
    faults: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    cases: int


def examine(version: FrameworkFile, cases: tuple[str, str] | None) -> Examined:
    """A version by itself with its worked cases (name and text of the file, None: there is none).

    What no case reaches is a fault of an official version and a warning for a template or example.
    """
    faults: list[Finding] = []
    warnings = list(version.warnings)
    count = 0
    if cases is None:
        missing = [
            Finding(
                "cases_missing",
                version.file,
                f"{version.name} has no worked cases.",
                f"Expected them beside it in cases/{version.framework.version}.yaml.",
            )
        ]
    else:
        try:
            report = check_cases(version, cases[1], cases[0])
        except ParindexError as error:
            faults += error.findings
            missing = []
        else:
            faults += report.wrong
            missing = list(report.unreached)
            count = len(report.cases)
    (faults if version.status == "official" else warnings).extend(missing)
    return Examined(version, tuple(faults), tuple(warnings), count)


def examine_time(versions: Sequence[FrameworkFile], known: Iterable[FrameworkFile], today: dt.date) -> list[Finding]:
    """New versions together with those known: overlaps, days without a version, published versions that changed.

    `today` is the local day.
    """
    known = list(known)
    findings = changed_after_publication(versions, {one.name: one.framework.sha256 for one in known})
    names, codes = {one.name for one in versions}, {one.framework.code for one in versions}
    others = [one for one in known if one.framework.code in codes and one.name not in names]
    try:
        catalogue = CriteriaCatalogue([*others, *versions])
    except Invalid as error:
        return [*findings, *error.findings]
    return findings + [finding for code in catalogue.codes for finding in uncovered(catalogue, code, today)]

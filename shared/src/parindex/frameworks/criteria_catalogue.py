"""Every version of every criteria set: which one holds on a day, and whether time is covered without gap or overlap."""

from __future__ import annotations

import datetime as dt
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from parindex.errors import Finding, Invalid, NotFound
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_yaml, shipped_files
from parindex.frameworks.criteria_head import Gap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOOK_AHEAD = dt.timedelta(days=90)
"""How far beyond today the versions of a framework must reach: a round is prepared before its period ends."""


class CriteriaCatalogue:
    """Versions of criteria sets by code and time. Immutable."""

    def __init__(self, files: Iterable[FrameworkFile]) -> None:
        """Raises Invalid when two versions of a framework hold on the same day, or a version stands twice."""
        self.files = tuple(sorted(files, key=lambda one: (one.framework.code, one.valid_from, one.framework.version)))
        if findings := _overlaps(self):
            raise Invalid(
                f"{len(findings)} versions contradict each other in time, the first: {findings[0].field} {findings[0].message}",
                code="validity_overlap",
                hint="One version of a framework holds on any day.",
                findings=findings,
            )

    @property
    def codes(self) -> list[str]:
        """Codes of the frameworks, in alphabetical order."""
        return sorted({one.framework.code for one in self.files})

    def versions(self, code: str) -> tuple[FrameworkFile, ...]:
        """The versions of a framework, oldest first. Raises NotFound for an unknown code."""
        found = tuple(one for one in self.files if one.framework.code == code)
        if not found:
            raise NotFound(
                f"There is no framework {code!r}.",
                code="framework_unknown",
                hint=f"Known: {', '.join(self.codes) or 'none'}.",
            )
        return found

    def get(self, code: str, version: str) -> FrameworkFile:
        """The version of that name. Raises NotFound naming those that exist."""
        versions = self.versions(code)
        for one in versions:
            if one.framework.version == version:
                return one
        raise NotFound(
            f"There is no version {version!r} of {code}.",
            code="framework_version_unknown",
            hint=f"Known: {', '.join(one.framework.version for one in versions)}.",
        )

    def end(self, file: FrameworkFile) -> dt.date | None:
        """The day after the last on which a version holds: as declared, or when the version that replaces it begins."""
        if file.valid_to is not None:
            return file.valid_to
        return min(
            (
                one.valid_from
                for one in self.files
                if one.framework.code == file.framework.code and one.replaces == file.framework.version
            ),
            default=None,
        )

    def gaps(self, code: str) -> list[Gap]:
        """Days without a version that some version names, with the reason, in order of time."""
        return sorted((gap for one in self.versions(code) for gap in one.gaps), key=lambda gap: gap.start)

    def on(self, code: str, day: dt.date) -> FrameworkFile:
        """The one version in force on a day (for a period: its last day).

        Raises NotFound for an unknown code, and Invalid outside every validity, with the reason where a gap is named:
        nobody is scored by criteria that were not in force.
        """
        versions = self.versions(code)
        for one in versions:
            if _holds(one.valid_from, self.end(one), day):
                return one
        why = next((f" {gap.why}." for gap in self.gaps(code) if _holds(gap.start, gap.until, day)), "")
        spans = "; ".join(
            f"{one.framework.version} from {one.valid_from} to {self.end(one) or 'open'}" for one in versions
        )
        raise Invalid(
            f"No version of {code} is in force on {day}.{why}",
            code="framework_not_in_force",
            hint=f"Known versions: {spans} (last day excluded).",
        )


@cache
def load_frameworks() -> CriteriaCatalogue:
    """The frameworks shipped with this package. Raises Invalid naming the faults of the first faulty file."""
    return CriteriaCatalogue(read_framework_yaml(text, file) for file, text in shipped_files())


def uncovered(catalogue: CriteriaCatalogue, code: str, today: dt.date) -> list[Finding]:
    """Stretches between the first day of a framework and today + 90 days that neither a version nor a named gap covers.

    Also gaps that a version covers. `today` is the local day; this module has no clock.
    """
    versions = catalogue.versions(code)
    spans = [(one.valid_from, catalogue.end(one), one.name) for one in versions]
    gaps = catalogue.gaps(code)
    findings = [
        Finding(
            "gap_in_force",
            code,
            f"the gap from {gap.start} ({gap.why}) lies on days on which {name} is in force.",
            "End the gap where the version begins.",
        )
        for gap in gaps
        for start, end, name in spans
        if (gap.until is None or start < gap.until) and (end is None or gap.start < end)
    ]
    reached, goal = versions[0].valid_from, today + LOOK_AHEAD
    for start, end, _ in sorted([*spans, *((gap.start, gap.until, "") for gap in gaps)], key=lambda span: span[0]):
        if start > reached:
            findings.append(_hole(code, reached, start))
        reached = max(reached, end or dt.date.max)
    if reached <= goal:
        findings.append(_hole(code, reached, goal + dt.timedelta(days=1)))
    return findings


def changed_after_publication(files: Iterable[FrameworkFile], published: Mapping[str, str]) -> list[Finding]:
    """A finding for each version whose digest is not the one it was published with (`code@version` -> hex digest)."""
    return [
        Finding(
            "published_version_changed",
            one.file,
            f"{one.name} was published with the digest {published[one.name][:12]}…, this file has {one.framework.sha256[:12]}….",
            "A published version never changes: put the change into a new version.",
        )
        for one in files
        if one.name in published and published[one.name] != one.framework.sha256
    ]


def _holds(start: dt.date, end: dt.date | None, day: dt.date) -> bool:
    return start <= day and (end is None or day < end)


def _hole(code: str, start: dt.date, until: dt.date) -> Finding:
    return Finding(
        "time_not_covered",
        code,
        f"no version is in force from {start} to {until - dt.timedelta(days=1)}.",
        "Add the version, or name the gap with its reason under `gaps`.",
    )


def _overlaps(catalogue: CriteriaCatalogue) -> list[Finding]:
    findings = []
    for earlier, later in pairwise(catalogue.files):
        if earlier.framework.code != later.framework.code:
            continue
        if earlier.framework.version == later.framework.version:
            findings.append(
                Finding("duplicate_version", later.name, f"stands in {earlier.file} and {later.file}.", "Keep one.")
            )
            continue
        end = catalogue.end(earlier)
        if end is None or later.valid_from < end:
            findings.append(
                Finding(
                    "validity_overlap",
                    later.name,
                    f"is in force from {later.valid_from}, when {earlier.name} still is.",
                    f'Say replaces: "{earlier.framework.version}", or begin later.',
                )
            )
    for one in catalogue.files:
        siblings = {other.framework.version for other in catalogue.files if other.framework.code == one.framework.code}
        if one.replaces is not None and one.replaces not in siblings:
            findings.append(
                Finding(
                    "replaces_unknown",
                    one.name,
                    f"replaces {one.replaces!r}, which is not known.",
                    f"Expected one of {', '.join(sorted(siblings - {one.framework.version})) or '(none)'}, or null.",
                )
            )
    return findings

"""Computes an edition's body again from the inputs that it stored, and compares byte for byte. Pure.

Needs nothing but the inputs: neither responses nor counts nor registers, so that it holds after they were purged, after a
restore, and on another machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parindex.editions.body import SCHEMA, build_body
from parindex.engine.digest import canonical_json
from parindex.errors import Conflict, Finding


@dataclass(frozen=True, slots=True)
class Rederivation:
    """The body computed anew, and where it differs from the published one."""

    body: bytes
    """Canonical JSON."""
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether the bytes are the same."""
        return not self.findings


def rederive(published: Mapping[str, Any], inputs: Mapping[str, Any]) -> Rederivation:
    """Builds the body from `inputs` and compares it with the published one.

    Raises Conflict naming the rules version when this release computes by another one: it would prove nothing.
    """
    if published["schema"] != SCHEMA:
        raise Conflict(
            f"The edition was made in the form {published['schema']}; this release writes {SCHEMA}.",
            code="edition_schema",
            hint="Repeat with the release of parindex that wrote it.",
        )
    digest = hashlib.sha256(canonical_json(inputs)).hexdigest()
    findings = []
    if digest != published["inputs_sha256"]:
        findings.append(
            Finding(
                "inputs_altered",
                "inputs",
                f"The inputs have the SHA-256 {digest}, the edition was computed from {published['inputs_sha256']}.",
                "Take the inputs that were stored with the edition.",
            )
        )
    body = build_body({**inputs, "engine_version": published["engine_version"]}, inputs_sha256=digest)
    text = canonical_json(body)
    if text != canonical_json(published):
        findings += _differences(published, body)
    return Rederivation(text, tuple(findings))


def _differences(published: Mapping[str, Any], computed: Mapping[str, Any]) -> list[Finding]:
    """Which members differ; of the rows, whose."""
    found = []
    for key in sorted(published.keys() | computed.keys()):
        if key == "rows" or published.get(key) == computed.get(key):
            continue
        found.append(Finding("body_differs", key, f"`{key}` is computed as something else than was published."))
    before = {row["unit_id"]: row for row in published["rows"]}
    after = {row["unit_id"]: row for row in computed["rows"]}
    for unit_id in sorted(before.keys() | after.keys()):
        old, new = before.get(unit_id), after.get(unit_id)
        if old != new:
            name = (old or new or {}).get("name", "")
            found.append(
                Finding(
                    "row_differs",
                    f"unit {unit_id}",
                    f"{name}: published {_figure(old)}, computed {_figure(new)}.",
                )
            )
    return found or [Finding("body_differs", "rows", "The rows stand in another order than was published.")]


def _figure(row: Mapping[str, Any] | None) -> str:
    return "no row" if row is None else f"{row['value'] or 'no figure'} in place {row['rank'] or 'none'}"

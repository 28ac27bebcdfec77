"""The portal's counting rules as data (`data/portal-766.yaml`): named switches with default, provenance and reason. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files

from parindex.engine.digest import sha256
from parindex.instruments.fields import UNREAD, Fields
from parindex.instruments.strict_yaml import read_strict

PROVENANCE = ("text", "recorded", "inferred", "ours")
SWITCHES = {
    "end_from": ("record", "steps"),
    "after_finish": ("end_stands", "open_again"),
    "after_stop": ("open_again", "end_stands"),
    "answered_supplement": ("goes_on", "ends"),
    "repeated_supplement": ("late", "goes_on"),
    "supplement_time": ("taken_off", "kept"),
    "compare": ("instant", "day"),
    "due_without_time": ("as_sent", "end_of_day"),
    "result_due_when_unknown": ("due", "from_record"),
    "digitised_needs_result": ("with_result", "paper_only"),
    "reused_by": ("either", "reused", "digitised"),
    "fee_when_unknown": ("by_fee_list", "nobody"),
}
"""Switch -> the words it knows."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a switch stands as it does."""

    provenance: str
    source: str
    note_vi: str


@dataclass(frozen=True)
class Rules:
    """One version of the rules; the switches are described in the file."""

    name: str
    version: str
    accepted: frozenset[int]
    """Statuses that make a dossier an accepted one."""
    end_from: str
    after_finish: str
    after_stop: str
    answered_supplement: str
    repeated_supplement: str
    supplement_time: str
    compare: str
    due_without_time: str
    result_due_when_unknown: str
    digitised_needs_result: str
    reused_by: str
    fee_when_unknown: str
    reasons: dict[str, Reason] = field(compare=False, repr=False)

    @cached_property
    def label(self) -> str:
        """Name and version, as in `portal-766@2026-1`."""
        return f"{self.name}@{self.version}"

    @cached_property
    def digest(self) -> str:
        """Of what decides a count; the reasons do not."""
        switches = {name: getattr(self, name) for name in SWITCHES}
        return sha256([sorted(self.accepted), switches]).hex()[:8]


def read_rules(text: str, file: str) -> Rules:
    """The rules of one strict YAML file. Raises Invalid with every fault (file, line, node, expected)."""
    strict = read_strict(text, file)
    if not isinstance(strict.value, dict):
        strict.refuse_faults()
    top = Fields.of(strict)
    name, version = top.text("rules"), top.quoted_text("version")
    top.text("title_vi")
    top.text("title_en")
    declared = top.mapping("sources")
    sources = {key: declared.mapping(key) for key in declared.names}
    titles = {key: source.text("title") for key, source in sources.items()}
    statuses = top.mapping("statuses")
    accepted = frozenset(statuses.integers("accepted"))
    if not accepted <= set(range(1, 11)):
        statuses.fault("accepted", "status_range", "a status lies outside 1 to 10.", "Expected codes of TrangThaiHoSo.")
    _source(statuses, titles)
    given = top.mapping("switches")
    values, reasons = {}, {}
    for switch, words in SWITCHES.items():
        line = given.mapping(switch)
        values[switch] = line.word("value", words)
        reasons[switch] = Reason(line.word("provenance", PROVENANCE), _source(line, titles), line.text("note_vi"))
        line.close()
    for one in (*sources.values(), declared, given, top):
        one.close()
    strict.refuse_faults()
    return Rules(name, version, accepted, **values, reasons=reasons)


def _source(line: Fields, titles: dict[str, str]) -> str:
    source = line.text("source")
    if source != UNREAD and source not in titles:
        line.fault("source", "unknown_source", f"{source!r} is not declared.", "Expected a key of sources.")
    return titles.get(source, UNREAD)


@cache
def portal_766() -> Rules:
    """The rules of this release."""
    name = "portal-766.yaml"
    return read_rules((files("parindex.dossiers") / "data" / name).read_text("utf-8"), name)

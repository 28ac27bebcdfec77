"""The ingest contract's rules of identity, slots, corrections and withdrawals again, in plain Python and nothing but dictionaries.

Written from the contract, not from the service: what both say alike is right, or both misread the same sentence.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Verdict = tuple[str, str | None, str | None]
"""verdict, state, response that counts."""


@dataclass(frozen=True)
class Sent:
    """What a sender says in one item, as far as these rules look at it."""

    response_id: str
    overall: int
    dossier: str | None = None
    replaces: str | None = None
    unit_known: bool = True


@dataclass
class Model:
    """One sending system's responses and the slots that they rate."""

    stored: dict[str, Sent] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, Sent] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    """Ids in the order in which they were stored: in it repeats move up."""
    slots: dict[str, str] = field(default_factory=dict)
    """Dossier -> the response that counts, or the tombstone."""

    def counts(self, response_id: str) -> str | None:
        dossier = self.stored[response_id].dossier
        if self.states[response_id] == "counted":
            return response_id
        return None if dossier is None else self.slots.get(dossier)

    def _claimed(self, verdict: str, response_id: str) -> Verdict:
        return verdict, self.states[response_id], self.counts(response_id)

    def _store(self, sent: Sent, state: str) -> Verdict:
        self.stored[sent.response_id], self.states[sent.response_id] = sent, state
        self.order.append(sent.response_id)
        self.waiting.pop(sent.response_id, None)
        return "accepted" if state == "counted" else state, state, self.counts(sent.response_id)

    def post(self, sent: Sent) -> Verdict:
        one, held = sent.response_id, self.waiting.get(sent.response_id)
        if held is not None and (self.states[one] == "withdrawn" or held == sent):
            return "duplicate" if held == sent else "conflict", self.states[one], None
        if one in self.stored:
            return self._claimed("duplicate" if self.stored[one] == sent else "conflict", one)
        if not sent.unit_known:
            self.waiting[one], self.states[one] = sent, "quarantined"
            return "quarantined", "quarantined", None
        if sent.replaces is not None:
            old = self.stored.get(sent.replaces)
            if old is None or self.states[old.response_id] != "counted" or old.dossier != sent.dossier:
                return "refused", None, None
            self.states[old.response_id] = "replaced"
            if sent.dossier is not None:
                self.slots[sent.dossier] = one
            return self._store(sent, "counted")
        if sent.dossier is None:
            return self._store(sent, "counted")
        holder = self.slots.setdefault(sent.dossier, one)
        return self._store(sent, "counted" if holder == one else "repeat")

    def batch(self, items: list[Sent]) -> list[Verdict]:
        """Items with `replaces` come after the others, and so does what follows them under the same id."""
        late: set[str] = set()
        first, then = [], []
        for place, sent in enumerate(items):
            if sent.replaces is not None or sent.response_id in late:
                late.add(sent.response_id)
                then.append(place)
            else:
                first.append(place)
        verdicts = {place: self.post(items[place]) for place in first + then}
        return [verdicts[place] for place in range(len(items))]

    def withdraw(self, response_id: str, reason: str) -> bool:
        """False where nothing is stored under the id."""
        if response_id in self.waiting:
            self.states[response_id] = "withdrawn"
            return True
        if response_id not in self.stored:
            return False
        dossier, before = self.stored[response_id].dossier, self.states[response_id]
        if before in ("withdrawn", "replaced"):
            return True
        self.states[response_id] = "withdrawn"
        if before == "counted" and dossier is not None and reason != "citizen_request":
            del self.slots[dossier]
            for one in self.order:
                if self.stored[one].dossier == dossier and self.states[one] == "repeat":
                    self.slots[dossier], self.states[one] = one, "counted"
                    break
        return True

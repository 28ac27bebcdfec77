"""Two careless vendors' view of the ingest contract: every verdict, state and balance line, from a few dictionaries.

Written from the contract's text; shares no code with ingest. It knows only the fields that `vendor_stream` varies.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Key = tuple[int, str]
"""Sending system and response_id."""
Item = dict[str, Any]
WORDS = {"Rất hài lòng": 5, "HÀI LÒNG": 4, "Chưa hài lòng": 2}
_NATIONAL_FORM = re.compile(r"H99\.101-\d{6}-\d{4}")


@dataclass
class Kept:
    """A response that is stored."""

    content: Item
    received: tuple[int, int]
    state: str
    slot: tuple[Any, ...] | None


@dataclass
class Waiting:
    """A quarantined item that holds its id."""

    content: Item
    received: tuple[int, int]
    withdrawn: bool = False


def content_of(item: Item) -> Item:
    """Same content: syntactic normalisation only, without `sent_at` and unknown fields."""
    content = {
        name: value for name, value in item.items() if value is not None and name not in ("sent_at", "vendor_note")
    }
    content["overall"] = WORDS.get(content["overall"], content["overall"])
    return content


@dataclass
class VendorModel:
    """Any number of sending systems of one tenant and realm."""

    known_units: set[str]
    stored: dict[Key, Kept] = field(default_factory=dict)
    waiting: dict[Key, Waiting] = field(default_factory=dict)
    slots: dict[tuple[Any, ...], Key] = field(default_factory=dict)
    balance: dict[int, Counter[str]] = field(default_factory=dict)
    requests: int = 0
    order: list[int] = field(default_factory=list)
    """Positions of the last request's items in the order in which they were applied."""

    def submit(self, system: int, items: list[Item]) -> list[dict[str, Any]]:
        """What is answered to each item of a request: verdict, state, counted, counts."""
        self.requests += 1
        answers: list[dict[str, Any]] = [{}] * len(items)
        first: list[int] = []
        last: list[int] = []
        late: set[str] = set()
        for position, item in enumerate(items):
            if item.get("replaces") or item["response_id"] in late:
                late.add(item["response_id"])
                last.append(position)
            else:
                first.append(position)
        self.order = first + last
        for position in self.order:
            answers[position] = self._one(system, items[position], position)
        tally = self.balance[system]
        tally.update(answer["verdict"] for answer in answers)
        tally["received"] += len(items)
        return answers

    def _one(self, system: int, item: Item, position: int) -> dict[str, Any]:
        key, content = (system, item["response_id"]), content_of(item)
        received = (self.requests, position)
        if "phone" in item or item["mode"] == "robot" or item["unit_code"] == "H26":
            return _answer("refused")
        if key in self.stored:
            return self.standing("duplicate" if self.stored[key].content == content else "conflict", key)
        held = self.waiting.get(key)
        if held and held.content == content:
            return _answer("duplicate", "withdrawn" if held.withdrawn else "quarantined")
        if held and held.withdrawn:
            return _answer("conflict", "withdrawn")
        if item["answered_at"].startswith("2024-"):
            return _answer("refused")
        if item["unit_code"] not in self.known_units:
            self._supersede(key)
            self.waiting[key] = Waiting(content, received)
            return _answer("quarantined", "quarantined")
        verdict = "refused" if content["overall"] == 3 else self._take(key, content, received)
        if verdict == "refused":
            return _answer("refused")
        self._supersede(key)
        return self.standing(verdict, key)

    def _take(self, key: Key, content: Item, received: tuple[int, int]) -> str:
        slot = self._slot(content)
        if "replaces" in content:
            old = self.stored.get((key[0], content["replaces"]))
            if old is None or old.state != "counted" or old.slot != slot or not _same_place(old, content):
                return "refused"
            old.state = "replaced"
            self.balance[key[0]]["withdrawn"] += 1
        elif slot is not None and slot in self.slots:
            self.stored[key] = Kept(content, received, "repeat", slot)
            return "repeat"
        self.stored[key] = Kept(content, received, "counted", slot)
        if slot is not None:
            self.slots[slot] = key
        return "accepted"

    @staticmethod
    def _slot(content: Item) -> tuple[Any, ...] | None:
        dossier = content.get("dossier_code")
        if dossier is None:
            return None
        unit = None if _NATIONAL_FORM.fullmatch(dossier) else content["unit_code"]
        return dossier, content["instrument"], content["stage"], unit

    def _supersede(self, key: Key) -> None:
        if self.waiting.pop(key, None):
            self.balance[key[0]]["superseded"] += 1

    def withdraw(self, system: int, identity: str, reason: str) -> bool:
        """Whether the id is known."""
        key = (system, identity)
        held, kept = self.waiting.get(key), self.stored.get(key)
        if kept is None:
            if held is not None and not held.withdrawn:
                held.withdrawn = True
                self.balance[system]["withdrawn"] += 1
            return held is not None
        if kept.state in ("withdrawn", "replaced"):
            return True
        self.balance[system]["withdrawn"] += 1
        counted, kept.state = kept.state == "counted", "withdrawn"
        if counted and kept.slot is not None and reason != "citizen_request":
            del self.slots[kept.slot]
            repeats = [
                (other.received, one)
                for one, other in self.stored.items()
                if other.slot == kept.slot and other.state == "repeat"
            ]
            if repeats:
                _, risen = min(repeats)
                self.stored[risen].state = "counted"
                self.slots[kept.slot] = risen
        return True

    def learn(self, unit_code: str) -> None:
        """The catalogue now knows the unit: what waits is checked again, in the order received."""
        self.known_units.add(unit_code)
        for key, held in sorted(self.waiting.items(), key=lambda one: one[1].received):
            if held.withdrawn or held.content["unit_code"] not in self.known_units:
                continue
            del self.waiting[key]
            rejected = held.content["overall"] == 3 or self._take(key, held.content, held.received) == "refused"
            self.balance[key[0]]["rejected_later" if rejected else "released"] += 1

    def standing(self, verdict: str, key: Key) -> dict[str, Any]:
        """An answer about a stored response as it stands now."""
        kept = self.stored[key]
        holder = key if kept.state == "counted" else self.slots.get(kept.slot) if kept.slot is not None else None
        return _answer(verdict, kept.state, kept.state == "counted", holder[1] if holder else None)

    def counting(self) -> Counter[tuple[str, int]]:
        """(unit code, level) -> responses that count."""
        return Counter(
            (kept.content["unit_code"], kept.content["overall"])
            for kept in self.stored.values()
            if kept.state == "counted"
        )


def _same_place(old: Kept, content: Item) -> bool:
    if old.slot is not None:
        return True
    return all(old.content[name] == content[name] for name in ("unit_code", "instrument", "stage"))


def _answer(verdict: str, state: str | None = None, counted: bool = False, counts: str | None = None) -> dict[str, Any]:
    return {"verdict": verdict, "state": state, "counted": counted, "counts": counts}

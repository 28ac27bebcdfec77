"""Random streams of careless senders, answered by a real ingest and by `VendorModel`; every difference is a failure."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from support.ingest import AN_HOUR_AGO, VERDICTS, Sender
from support.vendor_model import Item, VendorModel

ASKED = ("verdict", "state", "counted", "counts")
LATER = ("released", "superseded", "rejected_later", "withdrawn")
UNITS = ("H99.101", "H99.102")


@dataclass
class Stream:
    """What the senders do, drawn from `draw`. `new_unit` is a code that the catalogue learns on the way."""

    draw: random.Random
    senders: Sequence[Sender]
    new_unit: str
    learn: Callable[[], Awaitable[None]]
    model: VendorModel = field(init=False)
    receipts: dict[tuple[int, str], str] = field(default_factory=dict)
    """Receipt under which an id was claimed, as the sender was told."""
    sent: list[tuple[int, str, list[Item], str, Any]] = field(default_factory=list)
    """Batches: system, dialect, items, key, results."""

    def __post_init__(self) -> None:
        self.model = VendorModel(set(UNITS))
        self.model.balance.update({system: Counter() for system in range(len(self.senders))})
        self.prefix = f"{self.draw.getrandbits(40):x}"
        self.day = f"{self.draw.randrange(1_000_000):06d}"

    async def run(self, steps: int) -> None:
        """Takes the steps, the catalogue moving half-way; then compares every state and balance."""
        for step in range(steps):
            if step == steps // 2:
                await self.learn()
                self.model.learn(self.new_unit)
            await self._step()
        await self.compare()

    async def _step(self) -> None:
        system = self.draw.randrange(len(self.senders))
        dialect = self.senders[system].dialect = self.draw.choice(("canonical", "motcua"))
        kind = self.draw.random()
        if kind < 0.4:
            item = self._item()
            self._same([await self.senders[system].post(item)], system, [item])
        elif kind < 0.75:
            items = [self._item() for _ in range(self.draw.randint(1, 6))]
            key = f"{self.prefix}-{len(self.sent)}"
            results = await self.senders[system].batch(items, key)
            self._same(results, system, items)
            self.sent.append((system, dialect, items, key, results))
        elif kind < 0.8 and self.sent:
            system, dialect, items, key, results = self.draw.choice(self.sent)
            self.senders[system].dialect = dialect  # the same bytes
            assert await self.senders[system].batch(items, key) == results
        else:
            identity = self._identity()
            reason = self.draw.choice(("test", "entered_in_error", "citizen_request"))
            answer = await self.senders[system].withdraw(identity, reason)
            assert answer.status_code == (200 if self.model.withdraw(system, identity, reason) else 404), answer.text

    def _identity(self) -> str:
        return f"{self.prefix}.{self.draw.randrange(60)}"

    def _item(self) -> Item:
        choice, chance = self.draw.choice, self.draw.random
        item: Item = {
            "response_id": self._identity(),
            "unit_code": choice((*UNITS, UNITS[0], self.new_unit)) if chance() > 0.03 else "H26",
            "instrument": "KIOSK3",
            "instrument_version": "1",
            "answered_at": AN_HOUR_AGO if chance() > 0.04 else "2024-11-01T08:00:00",
            "stage": choice(("result", "result", "intake")),
            "collected_via": "kiosk",
            "mode": "self" if chance() > 0.03 else "robot",
            "overall": choice((5, "Rất hài lòng", 4, "HÀI LÒNG", 2, "Chưa hài lòng")) if chance() > 0.05 else 3,
            "dossier_code": choice((None, f"H99.101-{self.day}-0001", f"H99.101-{self.day}-0001", f"Sổ {self.day}")),
        }
        if chance() < 0.25:
            item["replaces"] = self._identity()
        if chance() < 0.03:
            item["phone"] = "none"
        if chance() < 0.3:
            item["sent_at"] = choice((AN_HOUR_AGO, "20261101080000"))
        if chance() < 0.2:
            item["vendor_note"] = self.draw.random()
        if self.sent and chance() < 0.25:
            # The same again, as blind retries bring it.
            item = dict(choice(choice(self.sent)[2]))
        if item.get("replaces") == item["response_id"]:
            del item["replaces"]
        return item

    def _same(self, results: list[dict[str, Any]], system: int, items: list[Item]) -> None:
        expected = self.model.submit(system, items)
        told = [{name: result[name] for name in ASKED} for result in results]
        assert told == expected, "\n".join(
            f"{json.dumps(item, ensure_ascii=False)}\n   told {one}\n   rule {rule}"
            for item, one, rule in zip(items, told, expected, strict=True)
            if one != rule
        )
        for position in self.model.order:
            result, key = results[position], (system, items[position]["response_id"])
            if result["verdict"] in ("accepted", "repeat", "quarantined"):
                self.receipts[key] = result["receipt"]
            elif result["verdict"] in ("duplicate", "conflict"):
                assert result["receipt"] == self.receipts[key], (result, self.receipts[key])

    async def compare(self) -> None:
        """Every state and every line of the balance."""
        for (system, identity), kept in self.model.stored.items():
            told = await self.senders[system].state(identity)
            rule = self.model.standing("", (system, identity))
            assert {name: told[name] for name in ASKED[1:]} == {name: rule[name] for name in ASKED[1:]}, (told, kept)
        for (system, identity), held in self.model.waiting.items():
            told = await self.senders[system].state(identity)
            assert told["state"] == ("withdrawn" if held.withdrawn else "quarantined")
        for system, sender in enumerate(self.senders):
            total = await sender.balance()
            rule = self.model.balance[system]
            assert {name: total[name] for name in ("received", *VERDICTS, *LATER)} == {
                name: rule[name] for name in ("received", *VERDICTS, *LATER)
            }

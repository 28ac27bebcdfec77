"""The satisfaction league table that the afternoon moves: read from scoring-api, drawn for the terminal."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import httpx
from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from parindex.engine.period import VIETNAM, Period
from parindex.local.afternoon import INSTRUMENT
from parindex.local.answers import checked, read_json

SETTLE_SECONDS = 30
REALM = "synthetic"
BLOCK = "department"


class SatisfactionTable:
    """Departments of one invented province, in the month of the afternoon."""

    def __init__(self, client: httpx.Client, scoring_url: str, scope: str, day: dt.date) -> None:
        self.client = client
        self.url = f"{scoring_url}/v1/league-tables"
        self.scope = scope
        self.period = Period.containing(day, "month").code

    @property
    def parameters(self) -> dict[str, str]:
        """The query that names the table, its realm included."""
        return {"scope": self.scope, "block": BLOCK, "period": self.period, "instrument": INSTRUMENT, "realm": REALM}

    @property
    def address(self) -> str:
        """The table's whole URL."""
        return str(httpx.URL(self.url, params=self.parameters))

    def address_on(self, day: dt.date) -> str:
        """The same table's URL in the month of another day: where a response answered on that day is seen."""
        return str(httpx.URL(self.url, params={**self.parameters, "period": Period.containing(day, "month").code}))

    def read(self) -> dict[str, Any] | None:
        """The table as it stands, or None before the first response was counted."""
        answer = self.client.get(self.url, params=self.parameters)
        return None if answer.status_code == httpx.codes.NOT_FOUND else checked(answer)

    def read_settled(self) -> dict[str, Any]:
        """The table once everything that was acknowledged is counted. Raises ParindexError when it does not come to that."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            answer = self.read()
            if answer is not None and answer["not_counted"] == 0 and not answer["recompute_due"]:
                return answer
            time.sleep(0.1)
        return read_json(self.client, self.url, **self.parameters)

    def drawn(self, answer: dict[str, Any] | None) -> Group:
        """The table for the terminal, with what it rests on; before the first count it has no rows."""
        title = f"Satisfaction (KIOSK3, top-two share), departments of {self.scope}, {self.period}"
        table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
        for name in ("rank", "responses", "satisfied %", "mean"):
            table.add_column(name, justify="right")
        table.add_column("unit", min_width=40)
        if answer is None:
            return Group(table, Text("nothing counted yet", style="dim"))
        for row in answer["rows"]:
            table.add_row(*_cells(row), row["name"])
        as_of = dt.datetime.fromisoformat(answer["as_of"]).astimezone(VIETNAM)
        basis = f"realm {answer['realm']} · as of {as_of:%Y-%m-%d %H:%M:%S %z} · not yet counted {answer['not_counted']} · {answer['policy']}, tie rule {answer['tie_rule']}"
        return Group(
            table, *(Text(line, style="dim") for line in (basis, answer["notice"]["vi"], answer["notice"]["en"]))
        )


def _cells(row: dict[str, Any]) -> list[str]:
    if row["top2"]["value"] is None:
        return ["-", "-", row["suppressed"] or row["unranked_reason"] or "-", "-"]
    return [str(row["top2"]["rank"]), str(row["responses"]), row["top2"]["value"], row["mean"]["value"] or "-"]

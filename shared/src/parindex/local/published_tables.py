"""Shows the real tables that scoring-api serves: QĐ 766 as published, read over HTTP, with source and tie rule."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from parindex.engine.period import VIETNAM
from parindex.local.answers import read_json

SHOWN = 5
TABLES = [
    ("34 provinces, October 2025", "0", "province", "2025-10"),
    ("34 provinces, year to date", "0", "province", "2025"),
    ("departments of An Giang, year to date", "H01", "department", "2025"),
    ("communes of An Giang, year to date", "H01", "commune", "2025"),
]
"""Title, scope, block, period of each table that is shown."""


def show_published_tables(console: Console, client: httpx.Client, scoring_url: str) -> None:
    """Prints the head of each table. Raises ParindexError when scoring-api does not serve one of them."""
    console.rule("Real figures: QĐ 766 as the National Public Service Portal published them", style="dim")
    url = f"{scoring_url}/v1/published/qd766/tables"
    for title, scope, block, period in TABLES:
        answer = read_json(client, url, scope=scope, block=block, period=period)
        console.print(_drawn(title, answer))
        observed = dt.datetime.fromisoformat(answer["observed_at"]).astimezone(VIETNAM)
        for line in (
            f"realm {answer['realm']} · observed {observed:%Y-%m-%d %H:%M:%S %z}",
            f"source {answer['source']}",
            f"all rows: {url}?scope={scope}&block={block}&period={period}",
        ):
            console.print(line, style="dim", soft_wrap=True, markup=False)
        console.print()
    console.print(
        f"Tie rule, declared ({answer['policy']}): {answer['tie_rule_words']['vi']} {answer['tie_note']['vi']}",
        soft_wrap=True,
        markup=False,
    )
    console.print(f"{answer['tie_rule_words']['en']} {answer['tie_note']['en']}", soft_wrap=True, markup=False)


def _drawn(title: str, answer: dict[str, Any]) -> Table:
    rows = answer["rows"]
    table = Table(
        title=f"{title} ({len(rows)} units)", title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    table.add_column("rank", justify="right")
    table.add_column("printed no.", justify="right")
    table.add_column("unit", min_width=32)
    table.add_column(f"total of {answer['maximum']}", justify="right")
    table.add_column("band")
    for row in rows[:SHOWN]:
        table.add_row(
            _whole(row["rank"]),
            _whole(row["printed_rank"]),
            row["name"],
            row["total"] or "-",
            row["band"]["vi"] if row["band"] else "-",
        )
    table.add_row("…", "", f"{len(rows) - SHOWN} more", "", "")
    return table


def _whole(number: int | None) -> str:
    return "-" if number is None else str(number)

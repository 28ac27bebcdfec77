"""Shows the real tables that scoring-api serves: QĐ 766 as published, read over HTTP, with source and tie rule."""

from __future__ import annotations

from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

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
    for title, scope, block, period in TABLES:
        answer = read_json(client, f"{scoring_url}/v1/published/qd766/tables", scope=scope, block=block, period=period)
        console.print(_drawn(title, answer))
    console.print(
        f"Tie rule, declared: {answer['tie_rule_words']['vi']} / {answer['tie_rule_words']['en']}", style="dim"
    )
    console.print(f"{answer['tie_note']['vi']} / {answer['tie_note']['en']}", style="dim")


def _drawn(title: str, answer: dict[str, Any]) -> Table:
    rows = answer["rows"]
    caption = f"… {len(rows) - SHOWN} more · realm {answer['realm']} · {answer['policy']} · observed {answer['observed_at']} · {answer['source']}"
    table = Table(
        title=f"{title} ({len(rows)} units)",
        caption=caption,
        title_justify="left",
        caption_justify="left",
        title_style="bold",
        pad_edge=False,
    )
    table.add_column("rank", justify="right")
    table.add_column("printed", justify="right")
    table.add_column("unit", min_width=28)
    table.add_column(f"total /{answer['maximum']}", justify="right")
    for group in answer["groups"]:
        table.add_column(f"{group['code']} /{group['maximum']}", justify="right")
    for row in rows[:SHOWN]:
        groups = [row["groups"][group["code"]] or "-" for group in answer["groups"]]
        table.add_row(_whole(row["rank"]), _whole(row["printed_rank"]), row["name"], row["total"] or "-", *groups)
    return table


def _whole(number: int | None) -> str:
    return "-" if number is None else str(number)

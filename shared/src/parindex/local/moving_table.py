"""Shows the afternoon while it is posted: a progress bar and the table as it moves; plain lines where there is no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from parindex.local.afternoon import OPENS, Post, Step
from parindex.local.satisfaction_table import SatisfactionTable

STEP_SECONDS = 0.08
"""Pace on a terminal, so that the table can be seen moving; elsewhere there is none."""


def show_moving(
    console: Console,
    steps: list[Step],
    done: int,
    table: SatisfactionTable,
    send: Callable[[Step], None],
    remember: Callable[[int], None],
) -> None:
    """Sends the steps from number `done` on, remembers each once it has its verdicts, and shows what it does to the table."""
    show = _show_live if console.is_terminal else _show_lines
    show(console, steps, done, table, send, remember)


def _show_live(
    console: Console,
    steps: list[Step],
    done: int,
    table: SatisfactionTable,
    send: Callable[[Step], None],
    remember: Callable[[int], None],
) -> None:
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("responses"), console=console
    )
    task = progress.add_task(f"{OPENS}:00", total=_responses(steps), completed=_responses(steps[:done]))
    with Live(console=console, auto_refresh=False, transient=True) as live:
        for number, step in enumerate(steps[done:], start=done + 1):
            send(step)
            remember(number)
            progress.update(task, completed=_responses(steps[:number]), description=f"{step.clock:%H:%M}")
            live.update(Group(progress, table.drawn(table.read())), refresh=True)
            time.sleep(STEP_SECONDS)


def _show_lines(
    console: Console,
    steps: list[Step],
    done: int,
    table: SatisfactionTable,
    send: Callable[[Step], None],
    remember: Callable[[int], None],
) -> None:
    hour = OPENS
    for number, step in enumerate(steps[done:], start=done + 1):
        send(step)
        remember(number)
        if step.clock.hour > hour or number == len(steps):
            hour = step.clock.hour
            console.print(
                f"{step.clock:%H:%M}  {_responses(steps[:number])} of {_responses(steps)} responses posted; {_leader(table)}"
            )


def _responses(steps: list[Step]) -> int:
    return sum(len(step.items) for step in steps if isinstance(step, Post))


def _leader(table: SatisfactionTable) -> str:
    answer = table.read()
    first = next((row for row in answer["rows"] if row["top2"]["rank"] == 1), None) if answer else None
    return (
        f"first: {first['name']} {first['top2']['value']} % of {first['responses']} responses"
        if first
        else "nothing counted yet"
    )

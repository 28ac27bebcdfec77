"""`make bench` and `make bench-full`: prints a table of ratios, each floor measured in the same run. Never a test."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import sys
import time
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from bench import measures
from bench.dossier_figures import dossier_figure_lines
from bench.dossiers import dossier_lines
from bench.edition_reads import edition_read_lines
from bench.editions import edition_lines
from bench.engine import engine_lines
from bench.exports import results_csv
from bench.history import grow
from bench.rounds import round_lines
from bench.stage import ROOT, Stage, staged

BEFORE, LATER = 100_000, 1_000_000


def main() -> int:
    """Runs every measurement; exit code 0 whether or not targets are met: it prints, it does not judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--full",
        action="store_true",
        help="10 million older responses instead of 1 million (several GB), and all 464,494 dossiers recounted",
    )
    parser.add_argument("--only", default="", help="names of measurements, separated by commas")
    arguments = parser.parse_args()
    chosen = {name for name in arguments.only.split(",") if name}
    console = Console(width=150)
    began = time.monotonic()
    lines: list[measures.Line] = []

    def note(line: measures.Line) -> None:
        lines.append(line)
        console.print(f"  {line.what}: {line.measured}, ratio {line.ratio:.2f}")

    if not chosen or "engine" in chosen:
        for line in engine_lines():
            note(line)
    if chosen != {"engine"}:
        with staged() as stage:
            console.print(
                f"Synthetic responses on {os.cpu_count()} cores; Postgres and Valkey embedded, synchronous_commit and fsync on; load generator on the same machine."
            )
            stage.start("ingest", "-m", "bench.apps", "ingest")
            for line in _measured(stage, chosen, console, full=arguments.full):
                note(line)
    _print(console, lines)
    folder = ROOT / "bench-results"
    folder.mkdir(exist_ok=True)
    path = folder / f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}.json"
    path.write_text(json.dumps([asdict(line) for line in lines], indent=1))
    console.print(f"{time.monotonic() - began:.0f} s in all; also written to {path.relative_to(ROOT)}")
    return 0


def _measured(stage: Stage, chosen: set[str], console: Console, *, full: bool):
    later = 10_000_000 if full else LATER

    def wanted(name: str) -> bool:
        return not chosen or name in chosen

    if wanted("edition"):
        yield from edition_lines(stage)
    if wanted("edition-reads"):
        stage.start("scoring", "-m", "bench.apps", "scoring")
        yield from edition_read_lines(stage, 3)
        stage.stop("scoring")
    if wanted("round"):
        stage.start("scoring", "-m", "bench.apps", "scoring")
        yield from round_lines(stage)
        stage.stop("scoring")
    if wanted("batches"):
        yield from measures.ingest_batches(stage, 100_000, seed=1, processes=1)
        stage.stop("ingest")
        stage.start("ingest", "-m", "bench.apps", "ingest", "--workers", "2")
        yield from measures.ingest_batches(stage, 100_000, seed=2, processes=2)
        stage.stop("ingest")
        stage.start("ingest", "-m", "bench.apps", "ingest")
    if wanted("dossiers"):
        yield from dossier_lines(stage, seed=8, processes=1)
        stage.stop("ingest")
        stage.start("ingest", "-m", "bench.apps", "ingest", "--workers", "2")
        yield from dossier_lines(stage, seed=18, processes=2)
        stage.stop("ingest")
        stage.start("ingest", "-m", "bench.apps", "ingest")
    if wanted("dossier-figures"):
        console.print("  464,494 dossiers ...")
        yield from dossier_figure_lines(stage, full=full)
    if wanted("singles"):
        yield from measures.single_posts(stage, 6)
    if wanted("exports"):
        console.print("  1 million results rows ...")
        yield from results_csv(stage)
    if wanted("visible") or wanted("reads") or wanted("recount"):
        console.print(f"  {BEFORE:,} older responses ...")
        asyncio.run(grow(stage.url, 0, BEFORE))
        stage.start("worker", "-m", "ranking_worker")
        stage.start("scoring", "-m", "bench.apps", "scoring")
    if wanted("reads"):
        yield from measures.league_table_reads(stage, 3)
    if wanted("visible"):
        measures.visible(stage, rate=1000, seconds=3, seed=20)
        few50, few99 = measures.visible(stage, rate=1000, seconds=15, seed=21)
        yield measures.Line(
            f"acknowledged -> visible, p99 at 1,000/s, {BEFORE:,} older",
            f"{few99:.3f} s (p50 {few50:.3f})",
            "1 s",
            few99,
            "< 1",
            few99 < 1,
        )
    if wanted("visible") or wanted("recount"):
        console.print(f"  {later:,} older responses ...")
        stage.stop("worker")
        asyncio.run(grow(stage.url, BEFORE, later - BEFORE))
        stage.start("worker", "-m", "ranking_worker")
    if wanted("visible"):
        measures.visible(stage, rate=1000, seconds=3, seed=22)
        many50, many99 = measures.visible(stage, rate=1000, seconds=15, seed=23)
        yield measures.Line(
            f"acknowledged -> visible, p99 at 1,000/s, {later:,} older",
            f"{many99:.3f} s (p50 {many50:.3f})",
            "1 s",
            many99,
            "< 1",
            many99 < 1,
        )
        yield measures.at_most(
            f"... {later:,} against {BEFORE:,} older", many99, few99, 1.2, "s", f"p99 with {BEFORE:,}"
        )
    if wanted("recount"):
        yield from measures.recount_everything(stage)


def _print(console: Console, lines: list[measures.Line]) -> None:
    table = Table(title="Speed against a floor measured in the same run (synthetic data)")
    for heading, right in (
        ("what", False),
        ("measured", True),
        ("floor", True),
        ("ratio", True),
        ("target", True),
        ("met", False),
    ):
        table.add_column(heading, justify="right" if right else "left")
    for line in lines:
        met = "" if line.met is None else "yes" if line.met else "NO"
        table.add_row(line.what, line.measured, line.floor, f"{line.ratio:.2f}", line.target, met)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())

"""`parindex run`: what `make run` calls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    state: Annotated[
        Path, typer.Option(envvar="PARINDEX_STATE", help="Folder that keeps everything between runs.")
    ] = Path(".state/run"),
    ingest_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of survey-ingest.")] = 8010,
    scoring_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of scoring-api.")] = 8020,
    worker_port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port of ranking-worker's health and metrics.")
    ] = 8030,
    demo: Annotated[bool, typer.Option(help="Show the published tables and post the synthetic afternoon.")] = True,
    exit_after_demo: Annotated[
        bool,
        typer.Option("--exit-after-demo", help="Stop everything once all is shown, instead of waiting for Ctrl-C."),
    ] = False,
) -> None:
    """Run everything on this machine: servers, schema, registers, three services, an afternoon of responses."""
    from parindex.local.launch import Launch, Options  # noqa: PLC0415 (other commands do not need the servers' packages)

    options = Options(
        state=state,
        ingest_port=ingest_port,
        scoring_port=scoring_port,
        worker_port=worker_port,
        demo=demo,
        exit_after_demo=exit_after_demo,
    )
    raise typer.Exit(Launch(options).run())

"""Where to go next: addresses, a trial credential, one command that posts a response and one that reads its effect."""

from __future__ import annotations

import datetime as dt

from rich.console import Console

from parindex.engine.period import local_day
from parindex.local.afternoon import INSTRUMENT, VERSION
from parindex.local.places import Places
from parindex.local.satisfaction_table import SatisfactionTable
from parindex.local.senders import Sender
from parindex.local.state import RunFolder

TRIAL_UNIT = "H99.01"


def post_command(ingest_url: str, sender: Sender) -> str:
    """A shell command that takes a token and posts one very satisfied response under a new id, answered now."""
    token = f"curl -s {ingest_url}/v1/token -d grant_type=client_credentials -d client_id={sender.client_id} -d client_secret={sender.client_secret} | cut -d'\"' -f4"
    fields = {
        "response_id": "trial-$(date +%s)-$$",
        "unit_code": TRIAL_UNIT,
        "instrument": INSTRUMENT,
        "instrument_version": VERSION,
        "answered_at": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
        "stage": "result",
        "collected_via": "web",
        "mode": "self",
        "overall": "Rất hài lòng",
    }
    body = ",".join(f'\\"{name}\\":\\"{value}\\"' for name, value in fields.items())
    return f'curl -s {ingest_url}/v1/responses -H "Authorization: Bearer $({token})" -H "Content-Type: application/json" -d "{{{body}}}"'


def show_next_steps(
    console: Console, places: Places, sender: Sender, table: SatisfactionTable, folder: RunFolder
) -> None:
    """Prints everything a newcomer needs to go on by hand. Lines are never wrapped, so that they can be copied."""
    console.rule("Where to go next", style="dim")

    def line(text: str = "") -> None:
        console.print(text, soft_wrap=True, markup=False)

    line(f"survey-ingest   {places.ingest}/docs")
    line(f"for vendors     {places.ingest}/ket-noi (kết nối trong một buổi chiều)")
    line(f"scoring-api     {places.scoring}/docs")
    line(f"officials' pages {places.scoring}/pages/ (đợt đánh giá, bộ tiêu chí, công bố)")
    line(f"ranking-worker  {places.worker}/metrics")
    line(f"the table above {table.address}")
    line()
    line(f"Trial credential, realm synthetic: client_id={sender.client_id} client_secret={sender.client_secret}")
    line()
    line("Post a response of your own (a new id each time):")
    line(f"  {post_command(places.ingest, sender)}")
    line()
    line(
        "A sandbox account of your own, and whether a connection keeps the contract (after the line on commands below):"
    )
    line("  .venv/bin/parindex systems create 'Một cửa thử' --unit H44 --realm sandbox")
    line(f"  PARINDEX_CLIENT_ID=… PARINDEX_CLIENT_SECRET=… .venv/bin/parindex vendor-check {places.ingest} --unit H44")
    line()
    line("Read its effect (realm synthetic, this month):")
    line(f"  curl -s '{table.address_on(local_day(dt.datetime.now(dt.UTC)))}'")
    line()
    line(f"Commands on this very database: set -a; . {folder.path / 'env'}; set +a; .venv/bin/parindex --help")
    line(
        "First officer of the invented province H99, with a link to set password and authenticator (after the line above):"
    )
    line(
        "  .venv/bin/parindex persons add 'Nguyễn Thị An' --work-address an@noivu.example.vn --authority H99 --role officer"
    )
    line(f"Logs: {folder.path / 'logs'}")

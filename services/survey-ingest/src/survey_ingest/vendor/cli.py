"""`parindex vendor-check URL`: does this connection keep the contract? In sentences, for the people who build it."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import typer

from parindex.errors import Invalid
from survey_ingest.vendor.check import Found, conformance
from survey_ingest.vendor.conversation import Conversation, read_file

ID, SECRET = "PARINDEX_CLIENT_ID", "PARINDEX_CLIENT_SECRET"


def vendor_check(
    url: Annotated[str, typer.Argument(help="Address of the ingest server, for example https://tiepnhan.tinh.gov.vn.")],
    unit: Annotated[str, typer.Option(help="Code of a unit that the account may speak for, for example H44.07.")],
    file: Annotated[
        Path | None, typer.Option(help="Sheets that your software exported (JSON or NDJSON): what becomes of each.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines instead of sentences.")] = False,
) -> None:
    """Tries every situation of the contract with an account of realm sandbox (PARINDEX_CLIENT_ID, PARINDEX_CLIENT_SECRET).

    Ends with 1 when something is not as the contract says. Sends test data only and withdraws it; may run any time again.
    """
    absent = [name for name in (ID, SECRET) if not os.environ.get(name)]
    if absent:
        raise Invalid(
            f"Thiếu {' và '.join(absent)}.",
            code="credential_missing",
            hint="export PARINDEX_CLIENT_ID=… PARINDEX_CLIENT_SECRET=… (tài khoản sandbox).",
        )
    address = _address(url)
    sheets = [] if file is None else read_file(file)
    found = asyncio.run(_report(address, unit, sheets, as_json=as_json))
    failed = sum(not one.good for one in found)
    if not as_json:
        typer.echo(f"{len(found) - failed} điều đạt, {failed} điều chưa đạt.")
    raise typer.Exit(1 if failed else 0)


def _address(text: str) -> httpx.URL:
    """The server's address. Raises Invalid; what was given is not repeated, as it may hold a password."""
    try:
        url, parts = httpx.URL(text.strip()), urlsplit(text.strip())
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        alone = not ("@" in parts.netloc or parts.query or parts.fragment)
    except (ValueError, httpx.InvalidURL):
        fits = alone = False
    if not (fits and alone):
        raise Invalid(
            "Địa chỉ máy chủ không đúng dạng.",
            code="address_invalid",
            hint="Ví dụ https://tiepnhan.tinh.gov.vn hoặc http://127.0.0.1:8010; không kèm tài khoản, dấu ? hay dấu #.",
        )
    return url


async def _report(url: httpx.URL, unit: str, sheets: list[object], *, as_json: bool) -> list[Found]:
    found: list[Found] = []
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        talk = Conversation(client, os.environ[ID], os.environ[SECRET])
        async for one in conformance(talk, unit, sheets):
            found.append(one)
            if as_json:
                typer.echo(json.dumps(asdict(one), ensure_ascii=False))
            else:
                typer.echo(f"{'  đạt ' if one.good else 'CHƯA '} {one.sentence}")
                if one.advice:
                    typer.echo(f"       {one.advice}")
    return found

"""`parindex portal`: where the connection with the national portal stands, what needs a person, and what a person decides."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import asyncpg
import typer

from parindex.db.session import Database
from parindex.engine.period import local_day
from parindex.errors import Invalid, NotFound
from parindex.settings import Settings
from ranking_worker.portal import show, steer
from ranking_worker.portal.link import authority_of
from ranking_worker.portal.outbox import STATES
from ranking_worker.portal.profile_file import load_profiles
from ranking_worker.registers import RegisterCache

Answer = TypeVar("Answer")
Json = Annotated[bool, typer.Option("--json", help="Machine-readable.")]
Key = Annotated[str, typer.Argument(help="Key of an item, as `parindex portal outbox` shows it.")]
Note = Annotated[str, typer.Option("--note", help="What was found or done, in a sentence; kept.")]
app = typer.Typer(no_args_is_help=True, help="The connection with the National Public Service Portal.")


def _run(work: Callable[[asyncpg.Connection], Awaitable[Answer]]) -> Answer:
    """In one transaction, connected like the worker."""
    settings = Settings.from_env(os.environ)

    async def connected() -> Answer:
        database = Database.for_service(settings, "ranking-worker")
        try:
            async with database.transaction() as connection:
                return await work(connection)
        finally:
            await database.close()

    return asyncio.run(connected())


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _say(value: object, text: str, *, as_json: bool) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2) if as_json else text)


@app.command()
def status(as_json: Json = False) -> None:
    """Where each profile stands: what keeps calls back, and the outbox by state."""
    found = _run(show.standing)
    _say(found, show.standing_text(found, _now()), as_json=as_json)


@app.command()
def attention(as_json: Json = False) -> None:
    """Everything that needs a person: what, since when, what to do. In Vietnamese."""
    entries = _run(show.attention_entries)
    _say(entries, show.attention_text(entries), as_json=as_json)


@app.command()
def outbox(
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATES)}.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: Json = False,
) -> None:
    """Items of the outbox, the ones that moved last first."""
    if state is not None and state not in STATES:
        raise Invalid(f"{state!r} is no state.", code="state_unknown", hint=f"Expected one of {', '.join(STATES)}.")
    items = _run(lambda connection: show.outbox_items(connection, state, limit))
    lines = [
        f"{item['key']}  v{item['version']}  {show.STATES_VI[item['state']]}"
        + (f"  {item['last_error']}" if item["last_error"] else "")
        for item in items
    ]
    _say(items, "\n".join(lines) or "Không có mục nào.", as_json=as_json)


@app.command()
def attempts(key: Key, as_json: Json = False) -> None:
    """Every attempt for one item: when, what for, what came back."""
    found = _run(lambda connection: show.attempts_of(connection, key))
    lines = [
        f"{show.local(dt.datetime.fromisoformat(one['at']))}  v{one['version']}  {'hỏi' if one['purpose'] == 'ask' else 'gửi'}  "
        f"{one['outcome']}  {one['detail']}"
        for one in found
    ]
    _say(found, "\n".join(lines) or "Chưa gửi lần nào.", as_json=as_json)


@app.command()
def retry(
    key: Key,
    again: Annotated[bool, typer.Option("--again", help="Also when it holds for delivered.")] = False,
    alike: Annotated[bool, typer.Option("--alike", help="Also everything that failed in the same way.")] = False,
) -> None:
    """Send an item again; it has a new day of attempts."""

    async def work(connection: asyncpg.Connection) -> int:
        keys = await steer.alike(connection, key) if alike else [key]
        for one in keys:
            await steer.send_again(connection, one, _now(), again=again)
        return len(keys)

    print(f"Đã xếp lại vào hàng chờ: {_run(work)} mục.")


@app.command()
def delivered(key: Key, note: Note) -> None:
    """Say that the portal has an item whose outcome was unknown."""
    _run(lambda connection: steer.is_there(connection, key, note, _now()))
    print(f"Đã ghi: {key} có trên Cổng.")


@app.command()
def settle(
    subject: Annotated[str, typer.Argument(help="As `parindex portal attention` shows it.")], note: Note
) -> None:
    """Close something that needed a person."""
    _run(lambda connection: steer.settled(connection, subject, note, _now()))
    print(f"Đã đóng: {subject}.")


@app.command()
def pause(profile: str) -> None:
    """Stop every call of a profile until `resume`. A call under way ends."""
    _hold(profile, paused=True)
    print(f"Đã tạm dừng {profile}.")


@app.command()
def resume(profile: str) -> None:
    """Let the calls of a profile go on."""
    _hold(profile, paused=False)
    print(f"{profile} hoạt động trở lại.")


@app.command("check-profile")
def check_profile(file: Path) -> None:
    """Check a profile file; every fault is named with its line. Calls nobody."""
    profiles = load_profiles(file)
    for profile in profiles:
        pushes = [name for name, section in (("votes", profile.votes), ("ratings", profile.ratings)) if section]
        pulls = [*profile.pulls.catalogues, *profile.pulls.metrics] if profile.pulls else []
        what = "; ".join([f"đẩy {', '.join(pushes)}"] * bool(pushes) + [f"đọc {', '.join(pulls)}"] * bool(pulls))
        state = "" if profile.enabled else " (tắt)"
        print(f"{profile.name}: {profile.kind}, {profile.authority}, {profile.realm}{state}: {what or 'không làm gì'}")


def _hold(name: str, *, paused: bool) -> None:
    settings = Settings.from_env(os.environ)
    if not settings.portal_file:
        raise Invalid("No profile file is named.", code="setting_missing", hint="Set PARINDEX_PORTAL_FILE.")
    profile = next((one for one in load_profiles(Path(settings.portal_file)) if one.name == name), None)
    if profile is None:
        raise NotFound(
            f"There is no profile {name}.",
            code="portal_profile_unknown",
            hint=f"Profiles stand in {settings.portal_file}.",
        )

    async def work(connection: asyncpg.Connection) -> None:
        registers = RegisterCache()
        await registers.renew(connection)
        tenant_id = authority_of(profile, registers, local_day(_now()))
        await steer.hold(connection, tenant_id, name, _now(), paused=paused)

    _run(work)

"""Reads the profiles of a site (`PARINDEX_PORTAL_FILE`, strict YAML): every fault at once, with its line.

Form and meaning of each key: deploy/portal.example.yaml. Secrets stand in files of their own, which are named here.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from parindex.errors import Invalid
from parindex.instruments.fields import UNREAD, Fields
from parindex.instruments.strict_yaml import read_strict
from ranking_worker.portal.answer import OUTCOMES, Outcome, Rule, Words, folded
from ranking_worker.portal.profile_traffic import read_pulls, read_ratings, read_votes
from ranking_worker.portal.profiles import KINDS, Access, Breaker, Kind, Limits, Profile, Throttle, Window

REALMS = ("production", "sandbox", "synthetic")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_AUTHORITY = re.compile(r"nation|[A-Z][0-9A-Z]{1,5}")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_SECRETS: dict[str, tuple[str, ...]] = {
    "adapter_session": ("username", "password"),
    "lgsp": ("client_id", "client_secret"),
    "public_766": (),
}
_PATHS: dict[str, tuple[str, ...]] = {"adapter_session": ("sign_in", "call"), "lgsp": ("token",), "public_766": ()}
_SUCCESS: dict[str, tuple[str, ...]] = {"adapter_session": ("0",), "lgsp": ("0",), "public_766": ("OK",)}


def load_profiles(file: Path) -> tuple[Profile, ...]:
    """The profiles of a file. Raises Invalid with every fault, or naming a file that cannot be read."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(
            f"The profiles of the portal cannot be read from {file}: {type(error).__name__}.",
            code="portal_file_unreadable",
            hint="PARINDEX_PORTAL_FILE names a UTF-8 file like deploy/portal.example.yaml.",
        ) from None
    return read_profiles(text, file.name, file.parent)


def read_profiles(text: str, file: str, folder: Path) -> tuple[Profile, ...]:
    """The profiles of a text; files named in it lie relative to `folder`. Raises Invalid with every fault (file, line, node)."""
    strict = read_strict(text, file)
    if not isinstance(strict.value, dict):
        strict.refuse_faults()
    top = Fields.of(strict)
    top.quoted_text("version")
    profiles = [_profile(entry, folder) for entry in top.entries("profiles")]
    top.close()
    for number, profile in enumerate(profiles):
        if profile.name in [other.name for other in profiles[:number]]:
            strict.fault(
                ("profiles", number, "name"),
                "name_taken",
                f"{profile.name} stands twice.",
                "Expected a name of its own.",
            )
    strict.refuse_faults()
    return tuple(profiles)


def _profile(top: Fields, folder: Path) -> Profile:
    kind = cast("Kind", top.word("kind", KINDS))
    known: Kind = kind if kind in KINDS else "public_766"
    name = _matching(top, "name", _NAME, "lower-case letters, digits and hyphens")
    authority = _matching(top, "authority", _AUTHORITY, "a level-1 code such as H44, or nation")
    paths = _texts(top, "paths")
    secrets = {key: folder / path for key, path in _texts(top, "secrets").items()}
    access = top.word("access", ("none", "header", "authorization"), "none")
    needed = (*(() if access == "authorization" else _SECRETS[known]), *(("access",) if access != "none" else ()))
    for key in needed:
        if key not in secrets:
            top.fault("secrets", "secret_missing", f"names no file for {key}.", f"A profile of kind {kind} needs it.")
    for key, path in secrets.items():
        if not path.is_file():
            top.fault(
                "secrets",
                "secret_unreadable",
                f"{key}: there is no file {path}.",
                "Expected a file with the secret alone.",
            )
    for key in () if access == "authorization" else _PATHS[known]:
        if key not in paths:
            top.fault("paths", "path_missing", f"has no {key}.", f"A profile of kind {kind} needs it.")
    profile = Profile(
        name=name,
        kind=known,
        authority=authority,
        realm=top.word("realm", REALMS),
        enabled=top.boolean("enabled", default=True),
        address=_address(top),
        ca_file=_ca_file(top, folder),
        paths=paths,
        headers=_texts(top, "headers"),
        query=_texts(top, "query"),
        unit_code=top.text("unit_code") if known == "adapter_session" else top.optional_text("unit_code") or "",
        secret_files=secrets,
        access=cast("Access", access),
        session=_minutes(top, "session_minutes", Decimal(25)),
        charset=_charset(top),
        words=_words(top, known),
        throttle=_throttle(top.mapping("throttle", optional=True)),
        limits=_limits(top.mapping("limits", optional=True)),
        breaker=_breaker(top.mapping("breaker", optional=True)),
        windows=tuple(_window(entry) for entry in top.entries("closed", optional=True)),
        votes=read_votes(top.mapping("votes")) if top.has("votes") else None,
        ratings=read_ratings(top.mapping("ratings"), folder) if top.has("ratings") else None,
        pulls=read_pulls(top.mapping("pulls")) if top.has("pulls") else None,
    )
    top.skip("votes", "ratings", "pulls")
    if profile.votes and known != "lgsp":
        top.fault("votes", "not_offered", f"{known} takes no aggregates.", "Only a profile of kind lgsp does.")
    if profile.ratings and known != "adapter_session":
        top.fault(
            "ratings", "not_offered", f"{known} takes no ratings.", "Only a profile of kind adapter_session does."
        )
    if known == "public_766" and profile.pulls and profile.pulls.metrics == () and profile.pulls.catalogues == ():
        top.fault("pulls", "missing", "names neither catalogues nor metrics.", "Expected at least one of them.")
    top.close()
    return profile


def _matching(top: Fields, key: str, form: re.Pattern[str], expected: str) -> str:
    value = top.text(key)
    if value != UNREAD and not form.fullmatch(value):
        top.fault(key, "form", f"{value!r} does not have the form.", f"Expected {expected}.")
    return value


def _texts(top: Fields, key: str) -> dict[str, str]:
    entries = top.mapping(key, optional=True)
    found = {name: entries.text(name) for name in entries.names}
    entries.close()
    return found


def _address(top: Fields) -> str:
    value = top.text("address")
    if value != UNREAD:
        try:
            parts = urlsplit(value)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
            good = good and not ("@" in parts.netloc or parts.query or parts.fragment)
        except ValueError:
            good = False
        if not good:
            top.fault(
                "address",
                "form",
                "this is no address.",  # not repeated: it may hold a password
                "Expected http(s)://host[:port][/path] without a password.",
            )
    return value.rstrip("/")


def _ca_file(top: Fields, folder: Path) -> str | None:
    named = top.optional_text("ca_file")
    if named and not (folder / named).is_file():
        top.fault("ca_file", "file_missing", f"there is no file {folder / named}.", "Expected certificates (PEM).")
    return str(folder / named) if named else None


def _charset(top: Fields) -> str:
    value = top.optional_text("charset") or "utf-8"
    try:
        "".encode(value)
    except LookupError:
        top.fault(
            "charset", "charset_unknown", f"{value} is no known charset.", "Expected utf-8 or, say, windows-1258."
        )
    return value


def _words(top: Fields, kind: str) -> Words:
    success = top.mapping("success", optional=True)
    codes = tuple(success.texts("codes", optional=True)) or _SUCCESS[kind]
    contains = tuple(folded(text) for text in success.texts("contains", optional=True))
    code_fields = tuple(success.texts("code_fields", optional=True)) or (
        "error_code",
        "Status",
        "code",
        "response_code",
    )
    message_fields = tuple(success.texts("message_fields", optional=True)) or ("message", "Message")
    success.close()
    rules = tuple(_rule(entry) for entry in top.entries("errors", optional=True))
    return Words(code_fields, message_fields, frozenset(codes), contains, rules)


def _rule(entry: Fields) -> Rule:
    outcome = entry.word("outcome", OUTCOMES)
    codes = entry.texts("codes", optional=True)
    contains = entry.texts("contains", optional=True)
    if not codes and not contains:
        entry.fault(None, "missing", "names neither codes nor words.", "Expected `codes`, `contains` or both.")
    entry.close()
    return Rule(cast("Outcome", outcome), frozenset(codes), tuple(folded(text) for text in contains))


def _throttle(top: Fields) -> Throttle:
    gap = _seconds(top, "gap_seconds", Decimal(0), Decimal(3600), Decimal(1))
    jitter = _seconds(top, "jitter_seconds", Decimal(0), Decimal(3600), Decimal("0.5"))
    refusal = _minutes(top, "after_refusal_minutes", Decimal(15))
    top.close()
    return Throttle(gap, jitter, refusal)


def _limits(top: Fields) -> Limits:
    connect = _seconds(top, "connect_seconds", Decimal("0.01"), Decimal(120), Decimal(10))
    total = _seconds(top, "total_seconds", Decimal("0.01"), Decimal(1800), Decimal(90))
    size = top.bounded("answer_mb", 1, 512, 0, Decimal(64))
    top.close()
    return Limits(connect.total_seconds(), total.total_seconds(), int(size) * 2**20 if size.is_finite() else 0)


def _breaker(top: Fields) -> Breaker:
    failures = top.bounded("failures", 1, 100, 0, Decimal(5))
    pause = _minutes(top, "pause_minutes", Decimal(15), least=Decimal(15))
    top.close()
    return Breaker(int(failures) if failures.is_finite() else 1, pause)


def _window(entry: Fields) -> Window:
    begin, end = (_time(entry, key) for key in ("from", "to"))
    why = entry.text("why")
    if begin == end:
        entry.fault("to", "empty_window", "is the same as `from`.", "Expected a later time.")
    entry.close()
    return Window(begin, end, why)


def _time(entry: Fields, key: str) -> dt.time:
    written = entry.text(key)
    if found := _TIME.fullmatch(written):
        return dt.time(int(found[1]), int(found[2]))
    if written != UNREAD:
        entry.fault(key, "time_form", f"{written!r} is no time of day.", 'Expected "00:30".')
    return dt.time.max if key == "to" else dt.time.min


def _seconds(top: Fields, key: str, least: Decimal, most: Decimal, default: Decimal) -> dt.timedelta:
    value = top.bounded(key, least, most, 3, default)
    return dt.timedelta(milliseconds=int(value * 1000)) if value.is_finite() else dt.timedelta()


def _minutes(top: Fields, key: str, default: Decimal, *, least: Decimal = Decimal(1)) -> dt.timedelta:
    value = top.bounded(key, least, 1440, 0, default)
    return dt.timedelta(minutes=int(value)) if value.is_finite() else dt.timedelta()

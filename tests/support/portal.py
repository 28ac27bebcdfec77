"""A site at the portal for tests: a clock that both sides share, a profile file, results and ratings in the database."""

from __future__ import annotations

import datetime as dt
import json
import textwrap
from pathlib import Path

from ranking_worker.metrics import Metrics
from ranking_worker.portal.link import connect
from ranking_worker.portal.profile_file import load_profiles
from support.facts import respond

H99 = 990_000
VIETNAM = dt.timezone(dt.timedelta(hours=7))
START = dt.datetime(2026, 10, 1, 20, 0, tzinfo=VIETNAM)
SECRETS = {
    "user": "parindex",
    "word": "mat-khau-thu",
    "key": "parindex-key",
    "secret": "parindex-secret",
    "access": '{"AccessKey":"khoa-thu","SecretKey":"bi-mat-thu","AppName":"parindex","PartnerCode":"1","PartnerCodeCus":"1"}',
}
COMMON = """\
    authority: H99
    realm: synthetic
    throttle: {gap_seconds: 2, jitter_seconds: 1, after_refusal_minutes: 15}
    limits: {connect_seconds: 2, total_seconds: 3, answer_mb: 1}
"""
HUB = """\
  - name: hub
    kind: lgsp
    address: "URL"
    paths: {token: /token}
    secrets: {client_id: key, client_secret: secret}
    success: {codes: ["1"], code_fields: [Status, error_code], message_fields: [Message, message], contains: ["thành công"]}
    errors: [{outcome: retry, contains: ["đang bận"]}]
    votes:
      path: /lgsp/Vote/UpdateVote
      instrument: KIOSK3
      version: "1"
      first_month: 2026-08-01
      organisations: level_1
      levels: {very_good: [5], good: [4], bad: [2]}
      resend: person
      ask: {name: /lgsp/Vote/GetVote, parameters: {OrganizationInchargeIdLevel1: "{organisation}", Month: "{month}"}, rows: Data, row: Vote, after_seconds: 60}
"""
ADAPTER = """\
  - name: adapter
    kind: adapter_session
    address: "URL"
    paths: {sign_in: /XrdAdapter/RestService/forward/mapi/login, call: /XrdAdapter/RestService/forward/mapi/g}
    headers: {dstcode: "VN:GOV:000.00.00.G22:vpcpdvcprovider"}
    unit_code: H99
    secrets: {username: user, password: word}
    success: {codes: ["0"], contains: ["thành công"]}
    errors:
      - {outcome: known, contains: ["đã tồn tại"]}
      - {outcome: session, contains: ["phiên làm việc"]}
      - {outcome: absent, contains: ["không tìm thấy"]}
      - {outcome: retry, contains: ["đang bận", "lỗi hệ thống"]}
    closed: [{from: "00:00", to: "00:30", why: Bảo trì}]
    ratings:
      enabled: true
      instruments: [KIOSK3]
      first_day: 2026-01-01
      batch: 5
      resend: refused
"""


class SharedClock:
    """Stands still; sleeping moves it, and the simulator's with it. The same draws every time."""

    def __init__(self, simulator, at=START):
        self.simulator = simulator
        self.at = at
        self.draws = 0
        self._tell()

    def now(self):
        return self.at.astimezone(dt.UTC)

    async def sleep(self, seconds):
        self.forward(seconds)

    def forward(self, seconds):
        self.at += dt.timedelta(seconds=seconds)
        self._tell()

    def draw(self):
        self.draws += 1
        return (self.draws * 37 % 100) / 100

    def _tell(self):
        self.simulator.control(clock={"at": self.at.isoformat(), "rate": 0})


def site_file(folder: Path, url: str, *profiles: str, **changes: str) -> Path:
    """A profile file with its secrets; `changes` replace text, underscores in names standing for nothing."""
    for name, text in SECRETS.items():
        (folder / name).write_text(text)
    text = 'version: "1"\nprofiles:\n' + "".join(profile + COMMON for profile in profiles)
    for old, new in changes.pop("replaced", {}).items():
        assert old in text, old
        text = text.replace(old, new)
    file = folder / "portal.yaml"
    file.write_text(textwrap.dedent(text).replace("URL", url))
    return file


async def linked(file, database, registers, clock, name=None):
    """The link of a profile of the file (the first when none is named)."""
    profiles = {profile.name: profile for profile in load_profiles(file)}
    return await connect(
        profiles[name] if name else next(iter(profiles.values())), database, registers, clock, Metrics()
    )


async def month_closed(connection, period, cells=None, unit_id=H99, realm="synthetic"):
    """A closed month with its frozen result: KIOSK3 answers {value: n}, or nobody answered."""
    version = await connection.fetchval(
        "SELECT instrument_version_id FROM instrument_version WHERE instrument = 'KIOSK3' AND version = '1'"
    )
    await connection.execute(
        "INSERT INTO period_closing (tenant_id, realm, period, closes_at, recorded_at, results) VALUES (0, $1, $2, now(), now(), 1) ON CONFLICT DO NOTHING",
        realm, period,
    )  # fmt: skip
    if cells:
        await frozen(connection, version, period, cells, unit_id, realm)


async def frozen(connection, version, period, cells, unit_id, realm, state="frozen"):
    total = sum(cells.values())
    document = {
        "cells": {
            "0": {"0": [total, str(total), str(total)]},
            "1": {str(value): [n, str(n), str(n)] for value, n in cells.items()},
        }
    }
    await connection.execute(
        "INSERT INTO unit_result (tenant_id, realm, unit_id, instrument_version_id, period, state, as_of, document, sha256)"
        " VALUES ($1, $2, $3, $4, $5, $6, now(), $7::jsonb, '')"
        " ON CONFLICT (tenant_id, realm, unit_id, instrument_version_id, period, state) DO UPDATE SET document = excluded.document",
        H99, realm, unit_id, version, period, state, json.dumps(document),
    )  # fmt: skip


async def items(connection, kind=None):
    """The outbox: (key, version) -> state."""
    rows = await connection.fetch(
        "SELECT kind, subject, version, state FROM outbox WHERE $1::text IS NULL OR kind = $1 ORDER BY 1, 2, 3", kind
    )
    return {(f"{row['kind']}/{row['subject']}", row["version"]): row["state"] for row in rows}


async def rated(connection, number, value=5, *, dossier=None, **overrides):
    """One counted KIOSK3 answer of H99; its response id."""
    fact = await respond(connection, delta=False, answers=(value,), response_id=f"r{number}", **overrides)
    code = dossier or f"H99.01-260901-{number:04d}"
    await connection.execute("UPDATE response SET dossier_code = $2 WHERE response_id = $1", fact.id, code)
    return fact

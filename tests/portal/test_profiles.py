"""The profiles of a site: the example holds, every fault is named with its line, secrets are never in the file."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from parindex.errors import Invalid
from ranking_worker.portal.profile_file import load_profiles, read_profiles

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = (ROOT / "deploy" / "portal.example.yaml").read_text()
SECRETS = ("portal-username", "portal-password", "lgsp-key", "lgsp-secret")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "secrets").mkdir()
    for name in SECRETS:
        (tmp_path / "secrets" / name).write_text(f"{name}\n")
    return tmp_path


def faults(text, folder):
    with pytest.raises(Invalid) as refused:
        read_profiles(text, "site.yaml", folder)
    return {(finding.code, finding.field): finding.message for finding in refused.value.findings}


def test_the_example_is_a_profile_file(folder):
    adapter, hub, public = read_profiles(EXAMPLE, "example", folder)
    assert [profile.kind for profile in (adapter, hub, public)] == ["adapter_session", "lgsp", "public_766"]
    assert adapter.secret("password") == "portal-password"
    assert adapter.ratings is None, "single ratings stay off until somebody switches them on"
    assert hub.votes.levels == {5: "very_good", 4: "good", 2: "bad"}
    assert public.pulls.first_period == dt.date(2026, 1, 1)


def test_every_fault_comes_at_once_with_its_line(folder):
    broken = (
        EXAMPLE.replace("kind: lgsp", "kind: lgps")
        .replace("gap_seconds: 1,", "gap_seconds: -1,")
        .replace("bad: [2]", "bad: [4]")
        .replace('to: "00:30"', 'to: "24:30"', 1)
        .replace("realm: production", "realm: prod", 1)
    )
    lines = broken.splitlines()
    found = faults(broken, folder)
    assert {code for code, _ in found} >= {"unknown_word", "number_range", "value_twice", "time_form"}
    at = {lines[int(field.rpartition(":")[2]) - 1].strip().partition(":")[0] for _, field in found}
    assert {"kind", "realm", "throttle"} <= at


def test_a_secret_is_a_file_that_is_there(folder):
    (folder / "secrets" / "lgsp-key").unlink()
    ((code, _),) = faults(EXAMPLE, folder)
    assert code == "secret_unreadable"


@pytest.mark.parametrize(
    "address", ["ftp://x", "http://[::1", "http://x:99999", "http://x:0", "http://ten:mat-khau@x", "http://:mat-khau@x"]
)
def test_what_is_no_address_is_a_fault_and_is_not_repeated(folder, address):
    text = re.sub(r"address: \S+", f'address: "{address}"', EXAMPLE, count=1)
    ((code, message),) = [(code, message) for (code, _), message in faults(text, folder).items()]
    assert code == "form"
    assert address not in message
    assert "mat-khau" not in message


def test_a_secret_in_the_file_itself_is_an_unknown_key(folder):
    found = faults(EXAMPLE.replace("    session_minutes: 25", "    password: hunter2\n    session_minutes: 25"), folder)
    assert {code for code, _ in found} == {"unknown_key"}


def test_a_breaker_never_closes_within_a_quarter_of_an_hour(folder):
    assert {code for code, _ in faults(EXAMPLE.replace("pause_minutes: 15", "pause_minutes: 5"), folder)} == {
        "number_range"
    }


def test_a_mapper_cannot_name_a_personal_field(folder):
    (folder / "m.yaml").write_text(
        'mapper: x\nversion: "1"\nservice: DongBoDanhGia\nitems: data\ntime: "%Y"\n'
        "fields: {MaHoSo: CCCD, ThoiDiemDanhGia: a, Khac: b}\n"
    )
    text = EXAMPLE.replace("# mapper: rating-mapper.yaml", "mapper: m.yaml #")
    assert {code for code, _ in faults(text, folder)} == {"personal_name", "unknown_field", "missing"}


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(Invalid, match="cannot be read"):
        load_profiles(tmp_path / "none.yaml")


def vietnamese(text):
    return dt.datetime.fromisoformat(f"2026-10-01T{text}+07:00")


def test_a_maintenance_window_may_pass_midnight(folder):
    adapter, _, public = read_profiles(EXAMPLE, "example", folder)
    assert adapter.closed_until(vietnamese("00:10:00")) == vietnamese("00:30:00")
    assert adapter.closed_until(vietnamese("00:30:00")) is None
    assert public.closed_until(vietnamese("23:45:00")) == vietnamese("00:30:00") + dt.timedelta(days=1)
    assert public.closed_until(vietnamese("00:29:59")) == vietnamese("00:30:00")


@pytest.mark.parametrize("form", ["{thang}", "{", "{0}", "{month.year}"])
def test_a_look_up_that_cannot_be_filled_in_is_a_fault_of_the_file(folder, form):
    ask = f'ask: {{name: /x, parameters: {{Month: "{form}"}}, rows: Data}} #'
    text = EXAMPLE.replace("# ask: {name: /Vote/GetVote", ask)
    assert {code for code, _ in faults(text, folder)} == {"unknown_placeholder"}

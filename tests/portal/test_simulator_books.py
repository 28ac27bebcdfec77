"""The oracles of the simulator, its certificates, and that it is a program of its own."""

from __future__ import annotations

import ast
import hashlib
import json
import ssl
import sys
import threading
from pathlib import Path

import httpx
import pytest

from portal.simulator.handle import DSTCODE, running
from portal.simulator.talk import DOSSIER, FORWARD, RATING, VOTE, login, posted, service, token, vote

PACKAGE = Path(__file__).parent / "simulator"
MODULES = sorted(PACKAGE.glob("*.py"))


def imported(path):
    """Top-level names a module imports; a relative import is `.`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." if node.level else (node.module or "").partition(".")[0]


@pytest.mark.parametrize("path", MODULES, ids=[path.stem for path in MODULES])
def test_the_simulator_is_a_program_of_its_own(path):
    allowed = {".", "uvicorn", "httpx", "cryptography", *sys.stdlib_module_names}
    assert set(imported(path)) <= allowed
    assert len(path.read_text().splitlines()) <= 300


def test_the_digest_is_that_of_the_item_as_sorted_json(simulator):
    vote(simulator, token(simulator))
    text = json.dumps(VOTE, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert simulator.committed("vote") == [("H44/2026-10", hashlib.sha256(text.encode()).hexdigest())]


def test_bodies_are_shown_when_asked_for(simulator):
    vote(simulator, token(simulator))
    assert simulator.books(kind="vote", bodies=1)["committed"][0]["body"] == VOTE
    assert "body" not in simulator.books(kind="vote")["committed"][0]


def test_every_call_is_in_the_books_with_its_moment(simulator):
    simulator.control(clock={"rate": 0, "at": "2026-10-01T08:00:00+07:00"})
    bearer = token(simulator)
    simulator.control(clock={"forward": 61})
    vote(simulator, bearer)
    calls = simulator.books()["calls"]
    assert [(call["endpoint"], call["at"], call["outcome"]) for call in calls] == [
        ("B/token", "2026-10-01T08:00:00+07:00", "200"),
        ("B/UpdateVote", "2026-10-01T08:01:01+07:00", "200"),
    ]


def test_calls_at_once_and_pauses_are_measured(simulator):
    bearer = token(simulator)
    simulator.fault("hang_before", "B/UpdateVote", **{"with": {"seconds": 0.3}})

    def lost():
        with pytest.raises(httpx.ReadError):
            vote(simulator, bearer)

    threads = [threading.Thread(target=lost) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measured = simulator.books()["endpoints"]["B/UpdateVote"]
    assert (measured["calls"], measured["max_in_flight"], measured["outcomes"]) == (2, 2, {"hang": 2})
    assert measured["min_pause_seconds"] < 0
    assert simulator.books()["fronts"]["B"]["max_in_flight"] == 2


def test_the_tap_tells_where_a_person_was_pushed_and_never_what(simulator):
    session = login(simulator)
    service(simulator, session, "DongBoDanhGia", data=[RATING])
    vote(simulator, token(simulator))
    assert simulator.books()["privacy"] == []
    service(simulator, session, "DongBoHoSoMC", isUpdating="False", data=[{**DOSSIER, "SoDienThoai": "0912345678"}])
    hits = simulator.books()["privacy"]
    assert {(hit["endpoint"], hit["where"], hit["what"]) for hit in hits} == {
        ("A/DongBoHoSoMC", ".data[0].SoDienThoai", "field"),
        ("A/DongBoHoSoMC", ".data[0].SoDienThoai", "phone"),
    }
    assert "0912345678" not in json.dumps(hits)


def test_books_are_exact_through_a_night_of_resets(simulator):
    """A client that resends blindly whatever it could not read: the books tell each double, and lose nothing."""
    simulator.reset(seed=11)
    bearer = token(simulator)
    for kind in ("reset_before", "reset_after", "gateway_after", "gateway_502"):
        simulator.fault(kind, "B/UpdateVote", probability=0.2)
    attempts = {}
    for month in range(1, 13):
        date = f"2026-{month:02d}-28T00:00:00.000+0700"
        for attempt in range(1, 100):
            attempts[f"H44/2026-{month:02d}"] = attempt
            try:
                if vote(simulator, bearer, DateCreated=date).status_code == 200:
                    break
            except httpx.TransportError:
                continue
    books = simulator.books()
    keys = [entry["key"] for entry in books["committed"]]
    assert set(keys) == set(attempts)
    by_calls = [call for call in books["calls"] if call["endpoint"] == "B/UpdateVote"]
    assert len(by_calls) == sum(attempts.values())
    assert sum(call["committed"] for call in by_calls) == len(keys)
    unseen = [call for call in by_calls if call["committed"] and call["outcome"] != "200"]
    assert len(keys) == 12 + len(unseen)
    assert sum(twice["times"] - 1 for twice in books["twice"]) == len(unseen) > 0


def test_a_reset_forgets_everything(simulator):
    vote(simulator, token(simulator))
    simulator.fault("gateway_502")
    simulator.control(options={"session_minutes": 1}, clock={"forward": 10**6})
    shown = simulator.reset(seed=2)
    assert (shown["seed"], shown["faults"], shown["options"]["session_minutes"]) == (2, [], 30)
    assert shown["clock"]["now"].startswith("2026-10-01T08:00")
    assert simulator.books()["committed"] == simulator.books()["calls"] == []


@pytest.mark.processes
def test_a_certificate_expires_or_is_for_another_name(tmp_path):
    with running(tls_folder=tmp_path) as simulator:
        trusted = ssl.create_default_context(cafile=tmp_path / "ca.pem")

        def signed_in():
            with httpx.Client(base_url=simulator.secure_url, verify=trusted, trust_env=False) as client:
                return client.post("/token", data={"grant_type": "client_credentials"}).status_code

        assert signed_in() == 401
        for name, words in (("expired", "expired"), ("other_name", "mismatch")):
            simulator.control(options={"tls_certificate": name})
            with pytest.raises(httpx.ConnectError, match=words):
                signed_in()
        simulator.reset()
        assert signed_in() == 401


ODD = [None, [], [[]], 1, "x", {}, {"data": 1}, {"data": [1, None]}, {"levels": 3, "limit": "x", "lastId": []}]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: json.dumps(odd)[:24])
def test_odd_bodies_are_answered_and_never_break_the_simulator(simulator, odd):
    session, bearer = login(simulator), {"Authorization": f"Bearer {token(simulator)}"}
    fields = odd if isinstance(odd, dict) else {"data": odd, "isUpdating": odd, "mahoso": odd}
    for name in ("DongBoHoSoMC", "CapNhatTienDoHoSoMC", "DongBoDanhGia", "TraCuuHoSo", "LayThuTuc", "DongBoHoiDap"):
        service(simulator, session, name, **fields)
    posted(simulator, f"{FORWARD}mapi/g", json=odd, headers={"dstcode": DSTCODE})
    for path in ("/Vote/UpdateVote", "/Statistic/UpdateStatistic", "/token"):
        posted(simulator, path, json=odd, headers=bearer)
    for name in ("evaluation/transparency", "evaluation/handling-satisfaction", "formalities", "x/list-with-location"):
        posted(simulator, f"/api/v1/reporting/{name}", json=odd)
    posted(simulator, "/api/v1/configuring/citizen/department/list-with-location", json=odd)
    posted(simulator, "/__dieu-khien", json=odd)
    posted(simulator, "/__dieu-khien", json={"options": odd, "faults": odd, "clock": odd, "agencies": odd})
    outcomes = {call["outcome"] for call in simulator.books()["calls"]}
    assert "simulator error" not in outcomes
    assert outcomes <= {"200", "201", "400", "404"}

"""Every fault of the simulator can be seen by a raw client, and the books stay exact under all of them."""

from __future__ import annotations

import datetime as dt
import time
import unicodedata

import httpx
import pytest

from portal.simulator.faults import Faults
from portal.simulator.talk import RATING, login, service, token, vote


def test_a_reset_before_the_commit_leaves_nothing(simulator):
    bearer = token(simulator)
    simulator.fault("reset_before", "B/UpdateVote", calls=1)
    with pytest.raises(httpx.ReadError):
        vote(simulator, bearer)
    assert simulator.committed("vote") == []
    assert vote(simulator, bearer).json()["Status"] == 1
    assert len(simulator.committed("vote")) == 1


def test_a_reset_after_the_commit_leaves_it_there(simulator):
    bearer = token(simulator)
    simulator.fault("reset_after", "B/UpdateVote", calls=1)
    with pytest.raises(httpx.ReadError):
        vote(simulator, bearer)
    books = simulator.books(endpoint="B/UpdateVote")
    assert [entry["key"] for entry in books["committed"]] == ["H44/2026-10"]
    assert [(call["outcome"], call["committed"]) for call in books["calls"]] == [("reset", 1)]
    vote(simulator, bearer)
    assert simulator.books()["twice"][0]["times"] == 2


@pytest.mark.parametrize(("kind", "kept"), [("hang_before", 0), ("hang_after", 1)])
def test_a_call_hangs_before_or_after_its_commit(simulator, kind, kept):
    bearer = token(simulator)
    simulator.fault(kind, "B/UpdateVote", calls=1)
    with pytest.raises(httpx.ReadTimeout):
        vote(simulator, bearer, timeout=0.3)
    assert len(simulator.committed("vote")) == kept


def test_a_batch_is_kept_in_part(simulator):
    session = login(simulator)
    simulator.fault("partial_batch", "A/DongBoDanhGia", calls=1, **{"with": {"k": 2}})
    ratings = [{**RATING, "ThoiDiemDanhGia": f"2026092316000{number}"} for number in range(4)]
    answer = service(simulator, session, "DongBoDanhGia", data=ratings).json()
    assert answer["error_code"] == -1
    assert len(simulator.committed("rating")) == 2


def test_a_gateway_loses_the_answer_of_a_commit(simulator):
    bearer = token(simulator)
    simulator.fault("gateway_after", "B/UpdateVote")
    assert vote(simulator, bearer).status_code == 502
    assert len(simulator.committed("vote")) == 1


@pytest.mark.parametrize(
    ("kind", "with_", "status", "text"),
    [
        ("text_500", {}, 500, "Hồ sơ đã được đánh giá"),
        ("gateway_502", {}, 502, "502 Bad Gateway"),
        ("maintenance_503", {"retry_after": 1800}, 503, "bảo trì"),
        ("waf_page", {"status": 403}, 403, "Request Rejected"),
        ("too_many_429", {"retry_after": 60}, 429, "Too Many"),
        ("error_200", {"text": "Hệ thống đang bận"}, 200, "đang bận"),
    ],
)
def test_an_answer_that_stands_before_the_portal_commits_nothing(simulator, kind, with_, status, text):
    bearer = token(simulator)
    simulator.fault(kind, "B/UpdateVote", **{"with": with_})
    answer = vote(simulator, bearer)
    assert answer.status_code == status
    assert text in answer.text
    assert answer.headers.get("retry-after") == (str(with_["retry_after"]) if "retry_after" in with_ else None)
    assert simulator.committed("vote") == []


def test_success_comes_capitalised_or_decomposed(simulator):
    bearer = token(simulator)
    simulator.fault("capital", "B/*", calls=1)
    assert vote(simulator, bearer).json()["Message"] == "Cập nhật THÀNH CÔNG"
    simulator.fault("nfd", "B/*", calls=1)
    message = vote(simulator, bearer).json()["Message"]
    assert message != "Cập nhật thành công"
    assert unicodedata.normalize("NFC", message) == "Cập nhật thành công"


def test_bytes_are_spoilt(simulator):
    bearer = token(simulator)
    simulator.fault("bom", calls=1)
    assert vote(simulator, bearer).content.startswith(b"\xef\xbb\xbf{")
    simulator.fault("wrong_charset", calls=1)
    assert vote(simulator, bearer).headers["content-type"] == "application/json; charset=iso-8859-1"
    simulator.fault("numbers_as_strings", calls=1)
    assert vote(simulator, bearer).json()["Status"] == "1"
    simulator.fault("cut_json", calls=1)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        vote(simulator, bearer).json()
    simulator.fault("truncated", calls=1)
    with pytest.raises(httpx.RemoteProtocolError):
        vote(simulator, bearer)
    simulator.fault("oversized", calls=1, **{"with": {"bytes": 300_000}})
    assert len(vote(simulator, bearer).content) > 300_000


def test_a_body_comes_slowly_and_a_date_is_wrong(simulator):
    bearer = token(simulator)
    simulator.fault("slow_body", calls=1, **{"with": {"seconds": 30}})
    with pytest.raises(httpx.ReadTimeout):
        vote(simulator, bearer, timeout=0.2)
    assert len(simulator.committed("vote")) == 1
    simulator.control(clock={"rate": 0, "at": "2026-10-01T08:00:00+07:00"})
    simulator.fault("date_skew", calls=1, **{"with": {"seconds": -25_200}})
    assert vote(simulator, bearer).headers["date"] == "Wed, 30 Sep 2026 18:00:00 GMT"
    assert vote(simulator, bearer).headers["date"] == "Thu, 01 Oct 2026 01:00:00 GMT"


def test_a_token_and_a_session_are_revoked_early(simulator):
    bearer, session = token(simulator), login(simulator)
    simulator.fault("revoke", "B/UpdateVote", calls=1)
    simulator.fault("revoke", "A/LayDanhMucLinhVuc", calls=1)
    assert vote(simulator, bearer).status_code == 401
    assert service(simulator, session, "LayDanhMucLinhVuc").json()["error_code"] == -1
    assert token(simulator) != bearer


def test_a_window_opens_and_closes_on_the_simulators_clock(simulator):
    bearer = token(simulator)
    simulator.control(
        clock={"at": "2026-10-02T00:29:59+07:00", "rate": 0}, options={"token_seconds": 10**6},
        faults=[{"kind": "maintenance_503", "daily": ["00:00", "00:30"]}],
    )  # fmt: skip
    assert vote(simulator, bearer).status_code == 503
    simulator.control(clock={"forward": 1})
    bearer = token(simulator)
    assert vote(simulator, bearer).status_code == 200
    later = {"kind": "gateway_502", "from": "2026-10-02T01:00:00", "to": "2026-10-02T02:00:00"}
    simulator.control(faults=[later], clock={"at": "2026-10-02T01:59:59+07:00"})
    assert vote(simulator, bearer).status_code == 502


def test_calls_are_skipped_and_counted(simulator):
    simulator.fault("gateway_502", "B/token", after_calls=1, calls=2)
    statuses = []
    for _ in range(4):
        try:
            token(simulator)
            statuses.append(200)
        except ValueError:
            statuses.append(502)
    assert statuses == [200, 502, 502, 200]


def test_the_same_seed_strikes_the_same_calls(simulator):
    def struck(seed):
        simulator.reset(seed=seed, faults=[{"kind": "gateway_502", "endpoint": "B/UpdateVote", "probability": 0.5}])
        bearer = token(simulator)
        return [vote(simulator, bearer).status_code for _ in range(12)]

    first = struck(5)
    assert set(first) == {200, 502}
    assert struck(5) == first
    assert struck(6) != first


def test_latency_outlasts_a_client_and_its_request_counts_all_the_same(simulator):
    bearer = token(simulator)
    simulator.fault("latency", "B/UpdateVote", calls=1, **{"with": {"p50": 40, "p99": 41}})
    with pytest.raises(httpx.ReadTimeout):
        vote(simulator, bearer, timeout=0.2)
    for _ in range(500):
        if simulator.books(endpoint="B/UpdateVote")["calls"][0]["outcome"] != "in flight":
            break
        time.sleep(0.02)
    (call,) = simulator.books(endpoint="B/UpdateVote")["calls"]
    assert (call["outcome"], call["faults"], call["committed"]) == ("client gone", ["latency"], 1)


def test_latency_is_spread_as_asked_for():
    faults = Faults(1)
    faults.add({"kind": "latency"})
    (fault,) = faults.drawn("A/login", dt.datetime(2026, 10, 1, tzinfo=dt.UTC)).values()
    seconds = sorted(faults.latency(fault) for _ in range(2_000))
    assert 0.7 < seconds[1_000] < 0.9
    assert 15 < seconds[1_980] < 27


def test_what_does_not_fit_is_told_in_sentences(simulator):
    wanted = {"options": {"sesion_minutes": 5}, "faults": [{"kind": "reset"}, {"kind": "bom", "with": {"x": 1}}]}
    answer = simulator.client.post("/__dieu-khien", json=wanted)
    assert answer.status_code == 422
    assert len(answer.json()["loi"]) == 3

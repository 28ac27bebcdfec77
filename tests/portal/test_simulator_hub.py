"""Front B of the simulator, through a raw client."""

from __future__ import annotations

import base64
import json

import pytest

from portal.simulator.talk import VOTE, posted, token, vote


def test_the_same_token_is_given_until_it_expires(simulator):
    simulator.control(clock={"rate": 0})
    first = token(simulator)
    simulator.control(clock={"forward": 3599})
    form = {"grant_type": "client_credentials", "client_id": "parindex-key", "client_secret": "parindex-secret"}
    again = posted(simulator, "/token", data=form).json()
    assert (again["access_token"], again["expires_in"]) == (first, 1)
    simulator.control(clock={"forward": 1})
    assert vote(simulator, first).status_code == 401
    assert token(simulator) != first


def test_a_wrong_token_is_an_xml_fault(simulator):
    answer = vote(simulator, "nobody")
    assert answer.status_code == 401
    assert "900901" in answer.text
    assert simulator.committed("vote") == []


def test_a_wrong_secret_gets_no_token(simulator):
    answer = posted(simulator, "/token", data={"grant_type": "client_credentials"}, auth=("parindex-key", "x"))
    assert answer.status_code == 401


def test_a_vote_sent_twice_stands_in_the_books_twice(simulator):
    bearer = token(simulator)
    for _ in range(2):
        assert vote(simulator, bearer).json() == {"Status": 1, "Message": "Cập nhật thành công"}
    books = simulator.books(kind="vote")
    assert [entry["action"] for entry in books["committed"]] == ["new", "again"]
    assert [(twice["key"], twice["times"]) for twice in books["twice"]] == [("H44/2026-10", 2)]


@pytest.mark.parametrize(("again", "rows"), [("append", 2), ("replace", 1)])
def test_a_lookup_shows_what_the_hub_has_where_it_is_offered(simulator, again, rows):
    bearer = token(simulator)
    vote(simulator, bearer)
    vote(simulator, bearer, TotalVoted=6)
    headers = {"Authorization": f"Bearer {bearer}"}
    path = "/lgsp/Vote/GetVote?OrganizationInchargeIdLevel1=H44&Month=2026-10"
    assert posted(simulator, path, headers=headers).status_code == 404
    simulator.control(options={"vote_lookup": True, "vote_again": again})
    found = posted(simulator, path, headers=headers).json()["Data"]
    assert len(found) == rows
    assert found[-1]["Vote"]["TotalVoted"] == 6


@pytest.mark.parametrize("blank", ["", "%20"])
def test_statistics_are_taken_with_and_without_the_trailing_blank(simulator, blank):
    headers = {"Authorization": f"Bearer {token(simulator)}"}
    answer = posted(simulator, f"/Statistic/UpdateStatistic{blank}", json={"TotalReceived": 3}, headers=headers)
    assert answer.json()["Status"] == 1
    assert len(simulator.committed("statistic")) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"PercentBad": 0.01},
        {"PercentGood": "33.33"},
        {"TotalVoted": 3.0},
        {"TotalVoted": "3"},
        {"TotalVoted": 0},
        {"DateCreated": "2026-10-01T00:00:00+07:00"},
        {"DateCreated": "0000-00-00T00:00:00.000+0700"},
        {"OrganizationInchargeIdLevel1": "H99"},
        {"OrganizationInchargeName": ""},
        {"Questions": [{"Content": "Thái độ", "PercentVeryGood": 50, "PercentGood": 49, "PercentBad": 0}]},
        {"Questions": [{"PercentVeryGood": 50, "PercentGood": 50, "PercentBad": 0}]},
    ],
    ids=lambda wrong: "-".join(f"{name}={str(value)[:24]}" for name, value in wrong.items()),
)
def test_a_vote_that_does_not_add_up_is_refused(simulator, wrong):
    assert vote(simulator, token(simulator), **wrong).json()["Status"] == -1
    assert simulator.committed("vote") == []


def test_a_month_without_votes_is_zeros(simulator):
    zeros = {"TotalVoted": 0, "PercentVeryGood": 0, "PercentGood": 0, "PercentBad": 0}
    assert vote(simulator, token(simulator), **zeros).json()["Status"] == 1


def test_nan_is_not_json(simulator):
    body = json.dumps([{**VOTE, "PercentBad": float("nan")}])
    headers = {"Authorization": f"Bearer {token(simulator)}", "Content-Type": "application/json"}
    assert posted(simulator, "/Vote/UpdateVote", content=body, headers=headers).status_code == 400


def test_the_access_header_is_asked_for_where_a_hub_wants_it(simulator):
    access = {
        "AccessKey": "khoa-thu",
        "SecretKey": "bi-mat-thu",
        "AppName": "parindex",
        "PartnerCode": "",
        "PartnerCodeCus": "",
    }
    packed = base64.b64encode(json.dumps(access).encode()).decode()
    bearer = f"Bearer {token(simulator)}"
    simulator.control(options={"lgsp_header": "required"})

    def status(**headers):
        return posted(simulator, "/Vote/UpdateVote", json=[VOTE], headers=headers).status_code

    assert status(Authorization=bearer) == 401
    assert status(Authorization=bearer, lgspaccesstoken="bm9uc2Vuc2U=") == 401
    assert status(Authorization=bearer, lgspaccesstoken=packed) == 200
    simulator.control(options={"lgsp_header": "authorization"})
    assert status(Authorization=bearer) == 401
    assert status(Authorization=packed) == 200


def test_a_hub_may_answer_in_the_other_style(simulator):
    simulator.control(options={"hub_style": "error_code"})
    assert vote(simulator, token(simulator)).json() == {"error_code": 0, "message": "Cập nhật thành công"}

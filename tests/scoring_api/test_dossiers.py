"""Our figures of QĐ 766 beside the portal's over HTTP: both sides digit for digit, the difference in words, nothing merged."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from parindex.engine.period import Period
from support.people import make_person
from support.portal_facts import NOON, PHU_THO, attention, counted, odd, petitions, queued, shown
from support.rounds import FINANCE, H99

pytestmark = pytest.mark.database
Q3 = {"unit": "H44", "period": "2026-Q3"}
XUAN_LUNG = 208_500
JULY, AUGUST = dt.date(2026, 7, 15), dt.date(2026, 8, 3)


@pytest.fixture
async def phu_tho(connection, client):
    """What was published for Phú Thọ in quarter 3 of 2026; our own counts differ in a way that can be told."""
    await counted(connection, PHU_THO, JULY, n=464_494, ended=464_494, on_time=403_000, late=61_494, filed_online=435_258, online=435_258, digitised=83_994)  # fmt: skip
    for month, (received, on_time, satisfied, complained) in {
        7: (199, 100, 88, 100),
        8: (150, 100, 80, 20),
        9: (150, 100, 70, 10),
    }.items():
        counts = {
            "received": received,
            "due": received,
            "on_time": on_time,
            "satisfied": satisfied,
            "dossiers_complained": complained,
        }
        await petitions(connection, PHU_THO, dt.date(2026, month, 1), **counts)
    metrics = {
        "PROGRESS_ON_TIME": ("403016", "464494", "86.76", "17.35", "20"),
        "DOSSIER_RECEIVING_SATISFACTION": ("402886", "464494", "86.74", "5.78", "6"),
        "PETITION_PROCESSING_ON_TIME": ("300", "499", "60.12", "3.61", "6"),
        "DOSSIER_SYNC": ("339457", "339457", "100", "6", "6"),
        "DOSSIER_ONLINE": ("435258", "440558", None, None, None),
        "ELECTRONIC_CERTIFIED_COPY": (None, None, "100", "2", "2"),
        "TOTAL.dvc-progress-tree": (None, None, "86.76", "17.35", "20"),
    }
    names = ("numerator", "denominator", "ratio", "score", "max_score")
    for metric, values in metrics.items():
        await shown(connection, PHU_THO, "2026-Q3", metric, **dict(zip(names, values, strict=True)))
    return client


async def test_each_component_stands_beside_the_portals_with_the_difference_in_words(phu_tho):
    answer = (await phu_tho.get("/v1/qd766/figures", params=Q3)).json()
    assert (answer["name"], answer["framework"], answer["block"]) == ("Tỉnh Phú Thọ", "qd766@2022-1", "province")
    by_code = {one["code"]: one for one in answer["components"]}
    progress = by_code["progress_on_time"]
    assert (progress["ours"]["numerator"], progress["ours"]["percent"], progress["ours"]["points"]) == (
        403_000,
        "86.76",
        "17.35",
    )
    assert (progress["portal"]["numerator"], progress["portal"]["percent"], progress["portal"]["points"]) == (
        "403016",
        "86.76",
        "17.35",
    )
    assert progress["difference"]["vi"] == (
        "So với Cổng, hệ thống có tử số ít hơn 16 (403.000 so với 403.016); mẫu số bằng nhau (464.494); tỷ lệ như nhau."
    )
    content = by_code["dossier_receiving_satisfaction"]
    assert (content["ours"]["numerator"], content["portal"]["numerator"]) == (402_870, "402886")
    assert by_code["petition_processing_on_time"]["difference"]["vi"] == "Hai bên khớp nhau từng hồ sơ."
    assert by_code["so_hoa_giay_to_giai_quyet"]["ours"]["percent"] == "18.08"
    assert by_code["so_hoa_giay_to_giai_quyet"]["portal"] is None
    copies = by_code["electronic_certified_copy"]
    assert (copies["ours"], copies["portal"]["numerator"], copies["portal"]["percent"]) == (None, None, "100")
    (group,) = [one for one in answer["groups"] if one["code"] == "progress"]
    assert (group["maximum"], group["portal"]["points"]) == ("20", "17.35")


async def test_what_cannot_be_counted_says_why_and_is_not_zero(phu_tho, connection):
    by_code = {one["code"]: one for one in (await phu_tho.get("/v1/qd766/figures", params=Q3)).json()["components"]}
    offered = by_code["formality_online"]["ours"]
    assert (offered["numerator"], offered["missing"]) == (None, "procedures_unknown")
    assert offered["reason_vi"]
    assert by_code["publish_on_time"]["ours"] is None, "nothing that dossiers could tell"
    sync = by_code["dossier_sync"]["ours"]
    assert (sync["numerator"], sync["denominator"]) == (464_494, 464_494), (
        "ours over the larger of ours and the report's"
    )
    nothing = (await phu_tho.get("/v1/qd766/figures", params={"unit": "H01", "period": "2026-Q3"})).json()
    (progress,) = [one for one in nothing["components"] if one["code"] == "progress_on_time"]
    assert (progress["ours"]["numerator"], progress["ours"]["missing"], progress["ours"]["points"]) == (
        None,
        "no_dossiers",
        None,
    )


async def test_frozen_figures_stand_beside_the_restated_ones(phu_tho, connection):
    document = {"rules": "portal-766@2026-1", "figures": {"progress_on_time": {"numerator": 402_000, "denominator": 464_000}, "formality_online": {"missing": "procedures_unknown", "numerator": None, "denominator": None}}}  # fmt: skip
    await connection.execute(
        "INSERT INTO dossier_figures (tenant_id, realm, unit_id, period, closes_at, recorded_at, document, sha256)"
        " VALUES ($1, 'production', $1, '2026-Q3', $2, now(), $3::jsonb, 'abc')",
        PHU_THO, Period.parse("2026-Q3").closes_at, json.dumps(document),
    )  # fmt: skip
    answer = (await phu_tho.get("/v1/qd766/figures", params=Q3)).json()
    progress = next(one for one in answer["components"] if one["code"] == "progress_on_time")
    assert (progress["frozen"]["numerator"], progress["ours"]["numerator"]) == (402_000, 403_000)
    assert (answer["state"], answer["frozen_sha256"]) == ("restated", "abc")


async def test_only_good_observations_count_and_the_newest_of_them(phu_tho, connection):
    later = NOON + dt.timedelta(days=1)
    await shown(connection, PHU_THO, "2026-Q3", "PROGRESS_ON_TIME", at=later, numerator="403020", denominator="464494", ratio="86.77", score="17.35", max_score="20")  # fmt: skip
    await shown(
        connection,
        PHU_THO,
        "2026-Q3",
        "PROGRESS_ON_TIME",
        at=later + dt.timedelta(days=1),
        good=False,
        numerator="1",
        denominator="2",
    )
    answer = (await phu_tho.get("/v1/qd766/figures", params=Q3)).json()
    progress = next(one for one in answer["components"] if one["code"] == "progress_on_time")
    assert progress["portal"]["numerator"] == "403020"
    moments = (await phu_tho.get("/v1/portal/observations", params=Q3 | {"metric": "PROGRESS_ON_TIME"})).json()
    assert [one["numerator"] for one in moments["observations"]] == ["403016", "403020"], (
        "earlier ones stay, bad ones are not shown"
    )
    sheet = await phu_tho.get("/v1/portal/observations", params=Q3 | {"format": "csv"})
    assert "DOSSIER_SYNC" in sheet.text


async def test_derived_satisfaction_is_explained_beside_what_people_answered(phu_tho):
    answer = (await phu_tho.get("/v1/qd766/compare-satisfaction", params=Q3)).json()
    assert answer["answered"] == []
    assert answer["ours"]["numerator"] == 402_870
    first = answer["explanation"][0]["vi"]
    assert "chỉ khác nhau 130 trong 464.494 hồ sơ (0,03%)" in first
    assert "không gộp" in first


async def test_answers_stand_with_their_number_and_questionnaire(client, connection, facts):
    unit = FINANCE
    document = {
        "responses": 200,
        "whole": {"top2": {"value": "96.50", "n": 200, "numerator": "193", "denominator": "200", "reason": None}},
    }
    version = await connection.fetchval(
        "SELECT instrument_version_id FROM instrument_version WHERE instrument = 'KIOSK3' AND version = '1'"
    )
    await connection.execute(
        "INSERT INTO unit_result (tenant_id, realm, unit_id, instrument_version_id, period, state, as_of, document, sha256)"
        " VALUES ($1, 'synthetic', $2, $3, '2026-09', 'current', now(), $4::jsonb, '')",
        H99, unit, version, json.dumps(document | {"cells": {"0": {"0": [200, "200", "200"]}}}),
    )  # fmt: skip
    answer = (
        await client.get(
            "/v1/qd766/compare-satisfaction", params={"unit": "H99.02", "period": "2026-09", "realm": "synthetic"}
        )
    ).json()
    (answered,) = answer["answered"]
    assert (answered["instrument"], answered["responses"], answered["satisfied"]["value"]) == ("KIOSK3", 200, "96.50")
    assert any("96,50% hài lòng, theo 200 câu trả lời" in one["vi"] for one in answer["explanation"])


async def test_dossiers_on_time_as_provinces_report_them(client, connection):
    await counted(connection, PHU_THO, JULY, n=10, ended=8, on_time=6, late=2, filed_online=4, postal=1)
    await counted(connection, PHU_THO, AUGUST, n=5, late_from=dt.date(2026, 8, 20))
    commune = XUAN_LUNG
    await counted(connection, commune, AUGUST, n=3, ended=3, on_time=3)
    answer = (await client.get("/v1/dossiers/on-time", params=Q3)).json()
    counts = answer["unit"]["counts"]
    assert (counts["received"], counts["done_on_time"], counts["done_late"]) == (18, 9, 2)
    assert (counts["open_within"], counts["open_late"]) == (2, 5), "late on the day that the period was judged"
    assert (counts["online"], counts["direct_and_postal"], counts["percent_on_time"]) == (4, 14, "61.1")
    assert answer["sentence_vi"] == "Tiếp nhận, giải quyết 18 hồ sơ, 61,1% đúng hạn."
    (child,) = [one for one in answer["children"] if one["unit_id"] == commune]
    assert (child["counts"]["received"], child["counts"]["percent_on_time"]) == (3, "100.0")
    others = [one for one in answer["children"] if one["unit_id"] != commune]
    assert others
    assert all(one["counts"]["percent_on_time"] is None for one in others), "no dossiers is no percent"


async def test_changes_of_catalogues_are_public_page_by_page(client, connection):
    snapshot = await shown(connection, PHU_THO, "2026-Q3", "X")
    for number, (code, kind, applied) in enumerate((("H44.31", "opened", "register"), ("H44.01", "closed", "person"))):
        await connection.execute(
            "INSERT INTO portal_catalogue_change (tenant_id, change_id, catalogue, code, kind, before, after, snapshot_id, applied, revision, recorded_at)"
            " VALUES ($1, $2, 'agency', $3, $4, $5::jsonb, $6::jsonb, $7, $8, $9, $10)",
            PHU_THO, f"0190000{number}-0000-7000-8000-000000000000", code, kind, None if kind == "opened" else '{"name": "Sở Nội vụ"}',
            '{"name": "Sở Nội vụ"}' if kind == "opened" else None, snapshot, applied, 4 if applied == "register" else None, NOON,
        )  # fmt: skip
    first = (await client.get("/v1/portal/catalogue-changes", params={"limit": 1})).json()
    assert [(one["code"], one["applied_words"]["vi"]) for one in first["changes"]] == [
        ("H44.01", "Chờ người xác định.")
    ]
    second = (
        await client.get("/v1/portal/catalogue-changes", params={"limit": 1, "cursor": first["next_cursor"]})
    ).json()
    assert [one["name_after"] for one in second["changes"]] == ["Sở Nội vụ"]
    assert second["next_cursor"] is None
    assert (await client.get("/v1/portal/catalogue-changes", params={"realm": "synthetic"})).json()["changes"] == []


async def test_officers_see_what_waits_and_what_goes(client, connection):
    officer = await make_person(connection, H99, "Cán bộ", ["officer"])
    await attention(connection, H99, "catalogue/agencies", "Danh mục thiếu 22 mã.")
    await attention(connection, H99, "breaker/hub", "Kết nối hỏng.")
    await attention(connection, H99, "breaker/hub", "Kết nối đã trở lại.", closes=True, minute=5)
    await attention(connection, PHU_THO, "catalogue/agencies", "Của tỉnh khác.", minute=9)
    for subject, state in (("H99/2026-08", "received"), ("H99/2026-09", "dead")):
        await queued(connection, H99, subject, state)
    waiting = (await client.get("/v1/portal/attention", headers=officer.headers)).json()["attention"]
    assert [(one["subject"], one["sentence"]["vi"]) for one in waiting] == [
        ("catalogue/agencies", "Danh mục thiếu 22 mã.")
    ]
    outbox = (await client.get("/v1/portal/outbox", params={"state": "dead"}, headers=officer.headers)).json()
    assert {one["state"]: one["items"] for one in outbox["counts"]} == {"received": 1, "dead": 1}
    assert [one["subject"] for one in outbox["items"]] == ["H99/2026-09"]
    assert "body" not in outbox["items"][0]


async def test_findings_and_restatements_name_dossiers_to_officers_only(client, connection):
    officer = await make_person(connection, H99, "Cán bộ", ["auditor"])
    day = dt.date(2026, 9, 3)
    await odd(
        connection,
        "H99.02-260903-0001",
        FINANCE,
        day,
        "due_date_reset",
        "backwards_move",
        tenant=H99,
        realm="synthetic",
    )
    await odd(connection, "H99.02-260903-0002", FINANCE, day, "due_date_reset", tenant=H99, realm="synthetic")
    await odd(connection, "H99.02-260903-0003", FINANCE, None, "accepted_missing", tenant=H99, realm="synthetic")
    await odd(connection, "H44.07-260903-0001", FINANCE, day, "due_date_reset", tenant=PHU_THO, realm="synthetic")
    await connection.execute(
        "INSERT INTO dossier_restatement (tenant_id, restatement_id, realm, dossier_key, unit_id, period, cause, before, after, recorded_at)"
        " VALUES ($1, gen_random_uuid(), 'synthetic', 'H99.02-260903-0001', $2, '2026-09', 'due_date_reset', '{\"late\": true}', '{\"late\": false}', $3)",
        H99, FINANCE, NOON,
    )  # fmt: skip
    asked = {"unit": "H99", "period": "2026-09", "realm": "synthetic"}
    found = (await client.get("/v1/dossiers/findings", params=asked, headers=officer.headers)).json()
    assert {one["code"]: one["dossiers"] for one in found["by_code"]} == {"due_date_reset": 2, "backwards_move": 1}
    assert [one["dossier"] for one in found["dossiers"]] == ["H99.02-260903-0001", "H99.02-260903-0002"]
    assert found["not_accepted"] == 1
    narrowed = (
        await client.get("/v1/dossiers/findings", params=asked | {"code": "backwards_move"}, headers=officer.headers)
    ).json()
    assert len(narrowed["dossiers"]) == 1
    restated = (await client.get("/v1/dossiers/restatements", params=asked, headers=officer.headers)).json()
    assert [(one["dossier"], one["cause_vi"], one["after"]) for one in restated["restatements"]] == [
        ("H99.02-260903-0001", "Đặt lại ngày hẹn trả", {"late": False})
    ]
    for path in ("/v1/dossiers/findings", "/v1/dossiers/restatements"):
        assert (await client.get(path, params=asked)).status_code == 401

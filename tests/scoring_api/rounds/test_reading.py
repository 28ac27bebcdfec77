"""What each role sees of a round, and the figures made of it."""

from __future__ import annotations

import csv
import io

import pytest

from support.people import make_person
from support.rounds import FINANCE, H99, HEALTH, JUSTICE, UNITS, Stage

YES = {"value": True}


@pytest.fixture
async def busy(opened: Stage) -> Stage:
    """Two units declared in two fields, one was appraised."""
    for unit in (FINANCE, HEALTH):
        await opened.declare(unit, "publication", {"ticked": ["a", "b", "c"]})
        await opened.declare(unit, "plan", YES)
    await opened.move_to("appraisal_1")
    await opened.appraise(opened.cast.control, FINANCE, "publication", {"ticked": ["b"]}, note="Chưa đầy đủ")
    await opened.appraise(opened.cast.home, HEALTH, "plan", YES)
    return opened


def keys(state: dict) -> set[tuple[int, str]]:
    return {(cell["unit_id"], cell["component"]) for cell in state["cells"]}


async def test_a_unit_sees_itself_with_the_opinions_on_it_and_nobody_else(busy: Stage):
    state = await busy.state(busy.cast.units[FINANCE])
    assert keys(state) == {(FINANCE, "publication"), (FINANCE, "plan")}
    assert [unit["unit_id"] for unit in state["units"]] == [FINANCE]
    cell = next(one for one in state["cells"] if one["component"] == "publication")
    assert cell["sides"]["appraised_1"]["note"] == "Chưa đầy đủ"
    assert state["whole"] is False
    events = await busy.done(busy.cast.units[FINANCE], "GET", f"/{busy.round_id}/events")
    assert {event["unit_id"] for event in events["events"]} == {None, FINANCE}
    table = await busy.done(busy.cast.units[FINANCE], "GET", f"/{busy.round_id}/table")
    assert [row["unit_id"] for row in table["table"]["rows"]] == [FINANCE]
    report = await busy.done(busy.cast.units[FINANCE], "GET", f"/{busy.round_id}/variance")
    assert {line["unit_id"] for line in report["lines"]} == {FINANCE}
    path = f"/{busy.round_id}/units/{HEALTH}/score"
    await busy.refused(busy.cast.units[FINANCE], "GET", path, None, 403, "unit_not_yours")


async def test_an_appraiser_sees_its_fields_of_all_units(busy: Stage):
    state = await busy.state(busy.cast.control)
    assert keys(state) == {(FINANCE, "publication"), (HEALTH, "publication")}
    assert {one["field"] for one in state["components"]} == {"procedures"}
    events = await busy.done(busy.cast.control, "GET", f"/{busy.round_id}/events")
    assert {event["component"] for event in events["events"]} == {None, "publication"}
    score = await busy.done(busy.cast.control, "GET", f"/{busy.round_id}/units/{FINANCE}/score")
    assert {node["code"] for node in score["score"]["nodes"]} == {"procedures", "publication", "late"}
    assert score["score"]["points"] is None
    table = await busy.done(busy.cast.control, "GET", f"/{busy.round_id}/table")
    assert {one["code"] for row in table["table"]["rows"] for one in row["fields"]} == {"procedures"}
    assert {row["points"] for row in table["table"]["rows"]} == {None}


@pytest.mark.parametrize("role", ["officer", "chair", "auditor"])
async def test_officer_council_and_auditor_see_everything(busy: Stage, role: str):
    state = await busy.state(getattr(busy.cast, role))
    assert state["whole"] is True
    assert keys(state) == {(unit, code) for unit in (FINANCE, HEALTH) for code in ("publication", "plan")}
    counts = {unit["unit_id"]: (unit["declared"], unit["appraised"], unit["final"]) for unit in state["units"]}
    assert counts == {FINANCE: (2, 1, 1), HEALTH: (2, 1, 1), JUSTICE: (0, 0, 0)}
    assert "Thẩm định Văn phòng" in state["persons"].values()


async def test_a_person_without_a_part_in_the_round_sees_nothing(busy: Stage):
    stranger = await make_person(busy.connection, H99, "Đơn vị ngoài", [("unit", 990_008), ("appraiser", 990_007)])
    for path in ("", "/events", "/variance", "/table", f"/units/{FINANCE}/score"):
        await busy.refused(stranger, "GET", f"/{busy.round_id}{path}", None, 403, "round_not_yours")
    assert (await busy.done(stranger, "GET", ""))["rounds"] == []
    listed = await busy.done(busy.cast.units[FINANCE], "GET", "")
    assert [one["round_id"] for one in listed["rounds"]] == [busy.round_id]
    answer = await busy.client.get(f"/v1/rounds/{busy.round_id}")
    assert answer.status_code == 401


async def test_events_come_in_pages_in_their_order(busy: Stage):
    seen: list[int] = []
    after = 0
    while True:
        page = await busy.done(busy.cast.auditor, "GET", f"/{busy.round_id}/events?after={after}&limit=3")
        seen += [event["event_no"] for event in page["events"]]
        if page["next_after"] is None:
            break
        after = page["next_after"]
    assert seen == list(range(1, 9))
    first = await busy.done(busy.cast.auditor, "GET", f"/{busy.round_id}/events?limit=1")
    assert (first["events"][0]["kind"], first["events"][0]["person"]) == ("opened", "Cán bộ Sở Nội vụ")


async def test_the_variance_report_compares_what_both_sides_said(busy: Stage):
    report = await busy.done(busy.cast.officer, "GET", f"/{busy.round_id}/variance")
    lines = {(line["unit_id"], line["component"]): line for line in report["lines"]}
    assert len(lines) == len(UNITS) * 5
    disputed = lines[FINANCE, "publication"]
    assert [disputed[key] for key in ("declared", "appraised", "final", "difference", "note")] == [
        "0.75", "0.25", "0.25", "0.50", "Chưa đầy đủ",
    ]  # fmt: skip
    open_one = lines[FINANCE, "plan"]
    assert (open_one["declared"], open_one["final"], open_one["difference"]) == ("48.86", None, None)
    finance = next(one for one in report["units"] if one["key"] == str(FINANCE))
    assert (finance["compared"], finance["difference"], finance["overstated"], finance["equal"]) == (1, "0.50", 1, 0)
    field = next(one for one in report["fields"] if one["key"] == "steering")
    assert (field["compared"], field["declared"], field["final"], field["equal"]) == (1, "48.86", "48.86", 1)
    answer = await busy.send(busy.cast.officer, "GET", f"/{busy.round_id}/variance?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == len(lines)
    row = next(row for row in rows if row["component"] == "publication")
    assert (row["difference"], row["provenance"], row["framework"]) == ("0.50", "illustrative", "round-demo@1")
    assert row["framework_status_note"] == "Minh họa, không phải văn bản chính thức"


async def test_every_figure_says_how_official_its_criteria_are(busy: Stage):
    for path in ("table", f"units/{FINANCE}/score"):
        document = await busy.done(busy.cast.officer, "GET", f"/{busy.round_id}/{path}")
        named = document["framework"]
        assert (named["code"], named["version"], named["status"]) == ("round-demo", "1", "example")
        assert named["status_note_vi"] == "Minh họa, không phải văn bản chính thức"
    assert {node["provenance"] for node in document["score"]["nodes"]} == {"illustrative"}
    table = (await busy.done(busy.cast.officer, "GET", f"/{busy.round_id}/table"))["table"]
    assert table["template"] is True
    assert {field["provenance"] for field in table["fields"]} == {"illustrative"}


async def test_the_table_is_computed_now_until_a_run_has_seen_the_last_inputs(busy: Stage):
    table = await busy.done(busy.cast.auditor, "GET", f"/{busy.round_id}/table")
    assert (table["computed"], table["state"]) == ("now", "provisional")
    assert table["table"]["rows"][0]["unit"]["codes"]["h_code"] == "H99.02"
    await busy.connection.execute(
        "INSERT INTO index_run (tenant_id, round_id, event_no, engine_version, realm, state, framework_version_id, framework_sha256, input_sha256, as_of, document, sha256, recorded_at)"
        " SELECT $1, $2, last_event_no, '1', 'synthetic', 'provisional', 1, '', '', now(), '{\"rows\": [], \"mean\": null, \"stored\": true}', '', now() FROM round_state",
        H99, busy.round_id,
    )  # fmt: skip
    table = await busy.done(busy.cast.auditor, "GET", f"/{busy.round_id}/table")
    assert (table["computed"], table["table"]["stored"]) == ("stored", True)
    await busy.appraise(busy.cast.home, FINANCE, "plan", YES)
    table = await busy.done(busy.cast.auditor, "GET", f"/{busy.round_id}/table")
    assert table["computed"] == "now"

"""No way of asking shows what a small cell hides: views, sheets, explanations and states taken together."""

from __future__ import annotations

import datetime as dt

import pytest

from support.scoring_facts import COMMUNES, DEPARTMENTS, H98, H99, Facts, columns, kiosk

pytestmark = pytest.mark.database
BASE = {"period": "2026-01", "instrument": "KIOSK3", "realm": "synthetic"}
TABLE = {"scope": H99, "block": "department", **BASE}
SMALL, NEXT, LARGE = DEPARTMENTS[:3]
COUNTS = {
    SMALL: kiosk({5: 3, 2: 1}),
    NEXT: kiosk({5: 5, 2: 2}),
    LARGE: kiosk({5: 61, 2: 39}),
    DEPARTMENTS[3]: kiosk({5: 71, 2: 29}),
}
TELLING = ("75.00", "71.43")
"""What the two hidden departments would show."""


async def get(client, path, **asked):
    answer = await client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer


def rows(answer):
    return {row["unit_id"]: row for row in answer.json()["rows"]}


async def every_answer_about(client, unit, **more):
    """All that the public can ask about a department."""
    for state in ("current", "frozen"):
        yield await client.get("/v1/league-tables", params={**TABLE, "state": state, **more})
        yield await client.get("/v1/league-tables", params={**TABLE, "state": state, "format": "csv", "method": "mean"})
        for subject in ({}, {"item": "overall"}, {"method": "mean"}):
            yield await client.get(
                "/v1/league-tables/explanation", params={**TABLE, "state": state, "unit": unit, **subject}
            )
        for by in ("whole", "item", "factor"):
            for form in ("json", "csv"):
                yield await client.get(
                    "/v1/results", params={**BASE, "state": state, "unit": unit, "by": by, "format": form}
                )
    for by in ("channel", "collected_via", "stage", "mode", "respondent_kind"):
        for form in ("json", "csv"):
            yield await client.get("/v1/results", params={**BASE, "unit": unit, "by": by, "format": form})
    for form in ("json", "csv"):
        yield await client.get(
            "/v1/series",
            params={
                "unit": unit,
                "instrument": "KIOSK3",
                "realm": "synthetic",
                "from": "2026-01",
                "to": "2026-01",
                "format": form,
            },
        )


async def test_neither_the_small_cell_nor_the_one_beside_it_is_shown_anywhere(client, facts):
    await facts.month("2026-01", COUNTS)
    for unit, cells in COUNTS.items():
        await facts.rollup(unit, dt.date(2026, 1, 9), cells)
    table = rows(await get(client, "/v1/league-tables", **TABLE))
    assert (table[SMALL]["suppressed"], table[NEXT]["suppressed"], table[LARGE]["suppressed"]) == (
        "small_cell",
        "complementary",
        None,
    )
    assert (table[SMALL]["responses"], table[SMALL]["top2"]["rank"], table[LARGE]["top2"]["rank"]) == (None, None, 2)
    asked = 0
    for unit in (SMALL, NEXT):
        async for answer in every_answer_about(client, unit):
            asked += answer.status_code == 200
            assert not any(told in answer.text for told in TELLING), answer.url
    assert asked > 40


async def test_the_explanation_of_a_hidden_unit_says_why_and_no_count(client, facts):
    await facts.month("2026-01", COUNTS)
    told = (await get(client, "/v1/league-tables/explanation", **TABLE, unit=NEXT)).json()
    assert (told["suppressed"], told["figure"], told["rule"], told["responses"], told["balance"]) == (
        "complementary",
        None,
        None,
        None,
        None,
    )
    assert [(one["answers"], one["figure"], one["suppressed"]) for one in told["inputs"]] == [
        ([], None, "complementary")
    ]
    assert told["suppressed_words"]["vi"]
    assert told["responses_url"] is None


async def test_what_is_hidden_when_frozen_stays_hidden_when_restated(client, facts):
    frozen = {SMALL: kiosk({5: 3, 2: 1}), NEXT: kiosk({5: 5, 2: 2}), LARGE: kiosk({5: 61, 2: 39})}
    restated = {**frozen, SMALL: kiosk({5: 6, 2: 2})}
    await facts.month("2026-01", frozen, state="frozen")
    await facts.month("2026-01", restated)
    for state in ("frozen", "current"):
        table = rows(await get(client, "/v1/league-tables", **TABLE, state=state))
        assert [table[unit]["suppressed"] is None for unit in (SMALL, NEXT, LARGE)] == [False, False, True]
        assert table[LARGE]["top2"]["rank"] == 1
    for unit in (SMALL, NEXT):
        async for answer in every_answer_about(client, unit):
            assert not any(told in answer.text for told in (*TELLING, '"75.00"')), answer.url


async def test_the_next_period_does_not_show_what_this_one_hid(client, facts):
    january = await facts.month("2026-01", COUNTS)
    await facts.month("2026-02", {unit: kiosk({5: 50, 2: 50}) for unit in COUNTS}, previous=january)
    table = rows(await get(client, "/v1/league-tables", **{**TABLE, "period": "2026-02"}))
    for unit in (SMALL, NEXT):
        figure = table[unit]["top2"]
        assert (figure["value"], figure["change_points"], figure["previous_value"], figure["change_reason"]) == (
            "50.00",
            None,
            None,
            "previous_not_shown",
        )
    assert table[LARGE]["top2"]["change_points"] == "-11.00"


async def test_filters_and_orders_do_not_tell_where_a_hidden_unit_stands(client, facts):
    await facts.month("2026-01", COUNTS)
    for band in ("Xuất sắc", "Tốt", "Khá", "Trung bình", "Yếu"):
        assert SMALL not in rows(await get(client, "/v1/league-tables", **TABLE, band=band))
    for sort in ("rank", "value", "responses", "change_points", "change_places"):
        for order in ("asc", "desc"):
            found = list(rows(await get(client, "/v1/league-tables", **TABLE, sort=sort, order=order)))
            hidden = [unit for unit in found if unit in (SMALL, NEXT)]
            assert hidden == [SMALL, NEXT]


async def test_a_small_channel_is_hidden_with_the_next_smallest_channel_and_the_next_smallest_sibling(client, facts):
    by_channel = {
        SMALL: {"direct": 40, "online": 3, "postal": 20},
        NEXT: {"direct": 30, "online": 11, "postal": 20},
        LARGE: {"direct": 50, "online": 60, "postal": 20},
    }
    for unit, channels in by_channel.items():
        for channel, n in channels.items():
            await facts.rollup(unit, dt.date(2026, 1, 9), kiosk({5: n}), service_channel=channel)
    await facts.month("2026-01", {unit: kiosk({5: sum(channels.values())}) for unit, channels in by_channel.items()})

    async def shown(unit):
        lines = (await get(client, "/v1/results", **BASE, unit=unit, by="channel")).json()["lines"]
        return {line["key"] for line in lines if line["suppressed"] is None}, {
            line["key"] for line in lines if line["suppressed"] is not None
        }

    seen = {unit: await shown(unit) for unit in by_channel}
    assert seen[SMALL] == ({"direct"}, {"online", "postal"})
    for channel in ("direct", "online", "postal"):
        assert sum(channel in hidden for _, hidden in seen.values()) != 1
    for _, hidden in seen.values():
        assert len(hidden) != 1
    assert (await shown(H99))[1] == set()


async def test_a_channel_hidden_for_a_province_is_hidden_for_everyone_in_it(client, facts, connection):
    for unit, n in ((SMALL, 2), (NEXT, 1)):
        await facts.rollup(unit, dt.date(2026, 1, 9), kiosk({5: n}), service_channel="postal")
    for unit in (SMALL, NEXT, LARGE, H98 + 1):
        await facts.rollup(unit, dt.date(2026, 1, 9), kiosk({5: 30}), service_channel="direct")
        await facts.rollup(unit, dt.date(2026, 1, 9), kiosk({5: 20}), service_channel="online")
    await facts.rollup(H98 + 1, dt.date(2026, 1, 9), kiosk({5: 9}), service_channel="postal")
    await facts.month("2026-01", {SMALL: kiosk({5: 52}), NEXT: kiosk({5: 51}), LARGE: kiosk({5: 50})})
    province = {
        line["key"]: line["suppressed"]
        for line in (await get(client, "/v1/results", **BASE, unit=H99, by="channel")).json()["lines"]
    }
    assert province["postal"] == "small_cell"
    assert sum(reason is not None for reason in province.values()) >= 2
    hidden = {key for key, reason in province.items() if reason}
    for unit in (SMALL, LARGE):
        lines = (await get(client, "/v1/results", **BASE, unit=unit, by="channel")).json()["lines"]
        assert hidden & {line["key"] for line in lines} <= {line["key"] for line in lines if line["suppressed"]}


async def test_an_item_few_people_answered_is_hidden_with_another_of_its_factor(client, connection, registers):
    facts = await Facts.of(connection, next(iter(registers.values())), "SIPAS-2017")

    def answers(few):
        return {column: {5: few} if column == 1 else {5: 20 + column, 1: 10} for column in range(1, 23)}

    await facts.month(
        "2026-01", {SMALL: columns(answers(3), 60), NEXT: columns(answers(30), 60), LARGE: columns(answers(40), 60)}
    )
    asked = {**BASE, "instrument": "SIPAS-2017"}
    lines = (await get(client, "/v1/results", **asked, unit=SMALL, by="item")).json()["lines"]
    hidden = [line["item"] for line in lines if line["suppressed"]]
    first, factor = lines[0]["item"], lines[0]["factor"]
    assert hidden == [first, lines[1]["item"]]
    assert lines[1]["factor"] == factor
    factors = (await get(client, "/v1/results", **asked, unit=SMALL, by="factor")).json()["lines"]
    assert {line["suppressed"] for line in factors} == {None}
    for unit in (NEXT, LARGE):
        others = (await get(client, "/v1/results", **asked, unit=unit, by="item")).json()["lines"]
        assert sum(line["suppressed"] is not None for line in others if line["factor"] == factor) != 1
    table = {**TABLE, "instrument": "SIPAS-2017", "unit": SMALL}
    whole = (await get(client, "/v1/league-tables/explanation", **table)).json()
    assert [one["item"] for one in whole["inputs"] if one["suppressed"]] == hidden
    assert all(one["answers"] == [] and one["figure"] is None for one in whole["inputs"] if one["suppressed"])
    assert whole["figure"] is not None
    alone = (await get(client, "/v1/league-tables/explanation", **table, item=first)).json()
    assert (alone["suppressed"], alone["figure"]) == ("small_cell", None)


async def test_a_factor_nobody_much_answered_is_hidden_with_every_other_view_that_adds_up_to_it(
    client, connection, registers
):
    facts = await Facts.of(connection, next(iter(registers.values())), "SIPAS-2017")
    few = {column: {5: 2} if column <= 4 else {5: 30} for column in range(1, 23)}
    many = {column: {5: 30} for column in range(1, 23)}
    await facts.month("2026-01", {SMALL: columns(few, 40), NEXT: columns(many, 40), LARGE: columns(many, 40)})
    asked = {**BASE, "instrument": "SIPAS-2017", "unit": SMALL}
    for by in ("factor", "item"):
        lines = (await get(client, "/v1/results", **asked, by=by)).json()["lines"]
        assert all(line["suppressed"] for line in lines)
    assert (await get(client, "/v1/results", **asked)).json()["lines"][0]["top2"]["value"] == "100.00"


async def test_under_a_hidden_province_nothing_is_shown(client, facts):
    small = {H98 + 101: kiosk({5: 2, 2: 1})}
    communes = {COMMUNES[0]: kiosk({5: 7, 2: 5}), COMMUNES[1]: kiosk({5: 8, 2: 6})}
    await facts.month("2026-01", communes)
    every = {**small, **communes}
    nation = {H98: kiosk({5: 2, 2: 1}), H99: kiosk({5: 15, 2: 11})}
    await facts.month("2026-01", nation, scope=0, blocks=("province",))
    assert len(every) == 3
    table = (await get(client, "/v1/league-tables", **{**TABLE, "scope": 0, "block": "province"})).json()
    assert {row["unit_id"]: row["suppressed"] for row in table["rows"]} == {H98: "small_cell", H99: "complementary"}
    below = (await get(client, "/v1/league-tables", **{**TABLE, "block": "commune"})).json()
    assert {row["top2"]["value"] for row in below["rows"]} == {None}
    assert below["scope_result"]["top2"] is None
    assert (await get(client, "/v1/results", **BASE, unit=COMMUNES[0])).json()["suppressed"] is not None
    assert (await get(client, "/v1/results", **BASE, unit=H99)).json()["lines"][0]["top2"] is None


async def test_an_offices_small_cell_is_hidden_among_the_offices_of_its_department(client, facts, connection):
    for office, n in ((1_000_001, 3), (1_000_002, 9), (1_000_003, 20)):
        await connection.execute(
            "INSERT INTO unit (unit_id, kind, realm, valid, provenance, source, revision) VALUES ($1, 'office', 'synthetic', '[2025-07-01,)', 'invented', 'test', 99)",
            office,
        )
        await connection.execute(
            "INSERT INTO unit_name (unit_id, valid, name, unit_type, search_name, source) VALUES ($1, '[2025-07-01,)', $2, 'Phòng', 'phong', 'test')",
            office,
            f"Phòng {n}",
        )
        await connection.execute(
            "INSERT INTO unit_parent (unit_id, valid, parent_id, source) VALUES ($1, '[2025-07-01,)', $2, 'test')",
            office,
            LARGE,
        )
    await connection.execute(
        "INSERT INTO register_load (revision, register, sha256, summary, recorded_at) VALUES (99, 'units', '', '{}', now())"
    )
    await facts.month("2026-01", {LARGE: kiosk({5: 32}), DEPARTMENTS[3]: kiosk({5: 40})})
    for office, n in ((1_000_001, 3), (1_000_002, 9), (1_000_003, 20)):
        from parindex.engine.result import unit_result

        await facts._result(
            office,
            "2026-01",
            "current",
            unit_result(office, "2026-01", facts.questionnaire, kiosk({5: n}), partial=False),
        )
    seen = {
        office: (await get(client, "/v1/results", **BASE, unit=office)).json()["suppressed"]
        for office in (1_000_001, 1_000_002, 1_000_003)
    }
    assert seen == {1_000_001: "small_cell", 1_000_002: "complementary", 1_000_003: None}

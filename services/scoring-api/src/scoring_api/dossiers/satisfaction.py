"""GET /v1/qd766/compare-satisfaction: what people answered, beside the portal's derived satisfaction and ours, and why they differ."""

from __future__ import annotations

import msgspec

from parindex.dossiers.portal_metrics import CONTENT, ON_TIME
from parindex.engine.period import Period
from parindex.engine.small_cells import WORDS
from parindex.engine.table import size
from parindex.instruments.catalogue import Instrument
from scoring_api import asked
from scoring_api.answers import Answer, Words, register_standing
from scoring_api.dossiers.difference import derived_words
from scoring_api.dossiers.ours import read_ours
from scoring_api.dossiers.points import block_of, plan_of
from scoring_api.dossiers.side_by_side import OurSide, PortalSide, our_side, portal_side
from scoring_api.figures import Figure
from scoring_api.places import named_unit, reading_day
from scoring_api.portal.observed import newest
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot
from scoring_api.stored import unit_results
from scoring_api.withheld import withheld_units

_ASKED = """
SELECT DISTINCT instrument_version_id FROM unit_result WHERE realm = $1 AND unit_id = $2 AND period = $3 ORDER BY 1
"""
NOBODY = Words(
    "Chưa có phiếu đánh giá nào trong kỳ: hệ thống không suy ra mức độ hài lòng từ tiến độ.",
    "Nobody was asked in this period: satisfaction is not derived from progress here.",
)


class Answered(msgspec.Struct, frozen=True):
    """Satisfaction that people answered, by one questionnaire: the share of favourable answers with n."""

    instrument: str
    version: str
    title: Words
    design: str
    """self_selected (kiosks, links) or probability (a drawn sample): the two never mix."""
    state: str
    responses: int | None
    satisfied: Figure | None
    suppressed: str | None
    suppressed_words: Words | None


class SatisfactionCompared(Answer, kw_only=True):
    """Three figures that are called satisfaction, side by side."""

    unit_id: int
    name: str
    codes: dict[str, str]
    period: str
    answered: list[Answered]
    ours: OurSide | None
    """Component 5.4 by the portal's formula, from our dossiers."""
    portal: PortalSide | None
    """Component 5.4 as the portal shows it."""
    portal_on_time: PortalSide | None
    """Component 2.1 of the portal: what its 5.4 is nearly equal to."""
    explanation: list[Words]


async def _read(snapshot: Snapshot, given: Given) -> SatisfactionCompared:
    period: Period = given["period"]
    day = reading_day(snapshot, period)
    unit_id = named_unit(snapshot, given["unit"], day)
    _, plan = plan_of(period, block_of(snapshot.units, unit_id, period))
    observed = (await newest(snapshot.connection, snapshot.realm, [unit_id], period.code))[unit_id]
    ours = await read_ours(snapshot.connection, snapshot.units, snapshot.realm, unit_id, period, snapshot.today)
    answered = [
        await _answered(snapshot, snapshot.instruments.by_id(version), unit_id, period)
        for (version,) in await snapshot.connection.fetch(_ASKED, snapshot.realm, unit_id, period.code)
    ]
    on_time, content = observed.get(ON_TIME), observed.get(CONTENT)
    return SatisfactionCompared(
        **{**register_standing(snapshot), "as_of": snapshot.pulse.merged_as_of},
        unit_id=unit_id,
        name=snapshot.units.name(unit_id, day),
        codes=snapshot.units.codes(unit_id, day),
        period=period.code,
        answered=answered,
        ours=our_side(plan, ours.figures.get(CONTENT.lower())),
        portal=portal_side(content),
        portal_on_time=portal_side(on_time),
        explanation=[
            derived_words(on_time, content),
            *(_said(one) for one in answered),
            *([] if answered else [NOBODY]),
        ],
    )


async def _answered(snapshot: Snapshot, instrument: Instrument, unit_id: int, period: Period) -> Answered:
    both = await unit_results(snapshot, instrument, [unit_id], [period.code])
    state = "frozen" if (unit_id, period.code, "frozen") in both else "current"
    document = both[unit_id, period.code, state].document
    sizes = {period.code: [size(one.document) for one in both.values()]}
    hidden = (await withheld_units(snapshot, instrument, unit_id, {period.code: period}, sizes)).get(period.code)
    words = WORDS[hidden] if hidden else None
    return Answered(
        instrument.code,
        instrument.version,
        Words(instrument.title_vi, instrument.title_en),
        instrument.design,
        state,
        None if hidden else document["responses"],
        None if hidden else msgspec.convert(document["whole"]["top2"], Figure),
        hidden,
        Words(words["vi"], words["en"]) if words else None,
    )


def _said(one: Answered) -> Words:
    if one.satisfied is None or one.satisfied.value is None:
        return Words(f"{one.title.vi}: chưa đủ phiếu để công bố.", f"{one.title.en}: too few answers to be shown.")
    value = one.satisfied.value.replace(".", ",")
    return Words(
        f"{one.title.vi}: {value}% hài lòng, theo {one.satisfied.n} câu trả lời của người dân, doanh nghiệp.",
        f"{one.title.en}: {one.satisfied.value}% satisfied, by {one.satisfied.n} answers.",
    )


ROUTES = (
    PublicRoute(
        "/v1/qd766/compare-satisfaction",
        "Hài lòng: người dân trả lời, Cổng suy ra, hệ thống tính theo công thức của Cổng",
        "Satisfaction: answered by people, derived by the portal, and ours by the portal's formula",
        "What people answered, with n and questionnaire, beside the portal's derived component 5.4 and ours by the same formula, "
        "and why they differ. Figures of too few people are withheld as everywhere.",
        "dossiers",
        (asked.UNIT, asked.PERIOD),
        _read,
        SatisfactionCompared,
    ),
)

"""GET /v1/qd766/figures: each component of QĐ 766 as we count it, beside what the portal shows, with the difference in words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from parindex.dossiers.figures import Figure
from parindex.dossiers.portal_metrics import GROUP_OF_TOTAL, ONLINE, SYNC
from parindex.engine.period import Period
from parindex.engine.score import Plan
from scoring_api import asked
from scoring_api.answers import Answer, Words, register_standing
from scoring_api.csv_form import Sheet
from scoring_api.dossiers.difference import difference
from scoring_api.dossiers.ours import Frozen, Ours, read_frozen, read_ours
from scoring_api.dossiers.points import FRAMEWORK, block_of, given_text, plan_of, points_of
from scoring_api.places import named_unit, reading_day
from scoring_api.portal.observed import Observed, newest
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot


class OurSide(msgspec.Struct, frozen=True):
    """Our figure; null is not zero: `missing` says why there is none."""

    numerator: int | None
    denominator: int | None
    percent: str | None
    points: str | None
    """By the component's own rule."""
    missing: str | None
    reason_vi: str | None
    notes: list[str]


class PortalSide(msgspec.Struct, frozen=True):
    """The portal's figure as printed; null as null."""

    numerator: str | None
    denominator: str | None
    percent: str | None
    points: str | None
    maximum: str | None
    quality: str | None
    observed_at: dt.datetime
    snapshot: str
    sha256: str


class ComponentFigures(msgspec.Struct, frozen=True):
    """One component, both sides. `frozen`: ours when the period closed; `ours` then counts what came later too."""

    code: str
    number: str
    title: Words
    group: str
    maximum: str
    ours: OurSide | None
    frozen: OurSide | None
    portal: PortalSide | None
    difference: Words


class GroupFigures(msgspec.Struct, frozen=True):
    """One of the portal's columns: its own points. We add up none, since not every component can be counted from dossiers."""

    code: str
    number: str
    title: Words
    maximum: str
    portal: PortalSide | None


class SideBySide(Answer, kw_only=True):
    """The figures of one unit and period, side by side."""

    unit_id: int
    name: str
    codes: dict[str, str]
    period: str
    partial: bool
    closes_at: dt.datetime
    framework: str
    framework_note: Words
    block: str
    judged_on: dt.date
    """Local day at whose end open dossiers are judged."""
    state: str
    """current: the period is open; restated: it closed, and `ours` has what came later."""
    frozen_rules: str | None
    frozen_sha256: str | None
    groups: list[GroupFigures]
    components: list[ComponentFigures]


async def _read(snapshot: Snapshot, given: Given) -> SideBySide:
    period: Period = given["period"]
    unit_id = named_unit(snapshot, given["unit"], reading_day(snapshot, period))
    return await side_by_side(snapshot, unit_id, period)


async def side_by_side(snapshot: Snapshot, unit_id: int, period: Period) -> SideBySide:
    """Both sides of every component. Raises Invalid where no version of QĐ 766 was in force."""
    block = block_of(snapshot.units, unit_id, period)
    file, plan = plan_of(period, block)
    observed = (await newest(snapshot.connection, snapshot.realm, [unit_id], period.code))[unit_id]
    sync = observed[SYNC].counts if SYNC in observed else None
    ours = await read_ours(
        snapshot.connection, snapshot.units, snapshot.realm, unit_id, period, snapshot.today,
        reported=sync[1] if sync else None,
    )  # fmt: skip
    frozen = await read_frozen(snapshot.connection, snapshot.realm, unit_id, period)
    day = reading_day(snapshot, period)
    standing = {**register_standing(snapshot), "as_of": snapshot.pulse.now, "not_counted": ours.waiting}
    return SideBySide(
        **standing,
        unit_id=unit_id,
        name=snapshot.units.name(unit_id, day),
        codes=snapshot.units.codes(unit_id, day),
        period=period.code,
        partial=period.partial_on(snapshot.today),
        closes_at=period.closes_at,
        framework=f"{FRAMEWORK}@{file.framework.version}",
        framework_note=Words(file.document["status_note_vi"], file.document["status_note_en"]),
        block=block,
        judged_on=ours.judged_on,
        state="restated" if snapshot.pulse.now >= period.closes_at else "current",
        frozen_rules=frozen.rules if frozen else None,
        frozen_sha256=frozen.sha256 if frozen else None,
        groups=_groups(plan, observed),
        components=_components(plan, ours, frozen, observed),
    )


def _groups(plan: Plan, observed: dict[str, Observed]) -> list[GroupFigures]:
    metric_of = {branch: metric for metric, branch in GROUP_OF_TOTAL.items()}
    return [
        GroupFigures(
            one.node.code, one.node.number, Words(one.node.title_vi, one.node.title_en), str(one.node.maximum),
            portal_side(observed.get(metric_of[one.node.code])),
        )
        for one in plan.nodes if one.node.code in metric_of
    ]  # fmt: skip


def _components(plan: Plan, ours: Ours, frozen: Frozen | None, observed: dict[str, Observed]) -> list[ComponentFigures]:
    found = []
    for one in plan.nodes:
        node = one.node
        if node.leaf is None:
            continue
        own, theirs = ours.figures.get(node.code), observed.get(node.code.upper())
        found.append(
            ComponentFigures(
                node.code,
                node.number,
                Words(node.title_vi, node.title_en),
                plan.nodes[one.root].node.code,
                str(node.maximum),
                our_side(plan, own),
                our_side(plan, frozen.figures.get(node.code)) if frozen else None,
                portal_side(theirs),
                _online_words(own, theirs) if node.code == ONLINE else difference(own, theirs),
            )
        )
    return found


def _online_words(own: Figure | None, theirs: Observed | None) -> Words:
    """3.3: ours is multiplied with the rate of 1.4 already, the portal prints the dossiers alone."""
    words = difference(own, theirs)
    if own is None or own.missing or theirs is None:
        return words
    return Words(
        "Tỷ lệ của hệ thống đã nhân với tỷ lệ đồng bộ (1.4); Cổng in riêng số hồ sơ trực tuyến trên số hồ sơ tiếp nhận.",
        "Ours is multiplied by the ratio of 1.4; the portal prints the dossiers alone.",
    )


def our_side(plan: Plan, figure: Figure | None) -> OurSide | None:
    """Our figure with its points; None for what dossiers do not say anything about."""
    if figure is None:
        return None
    percent = figure.percent
    return OurSide(
        figure.numerator,
        figure.denominator,
        None if percent is None else str(percent),
        points_of(plan, figure.component, figure.input_json()),
        figure.missing or None,
        figure.reason_vi or None,
        list(figure.notes),
    )


def portal_side(one: Observed | None) -> PortalSide | None:
    """The portal's figure digit for digit; None where none was pulled."""
    if one is None:
        return None
    return PortalSide(
        _text(one.numerator),
        _text(one.denominator),
        _text(one.ratio),
        _text(one.score),
        _text(one.max_score),
        one.quality,
        one.observed_at,
        str(one.snapshot_id),
        one.sha256,
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else given_text(value)


def _sheet(answer: SideBySide) -> Sheet:
    columns = [
        "code", "number", "title_vi", "maximum", "ours_numerator", "ours_denominator", "ours_percent", "ours_points", "ours_missing",
        "frozen_numerator", "frozen_denominator", "portal_numerator", "portal_denominator", "portal_percent", "portal_points",
        "portal_observed_at", "difference_vi", "unit_id", "name", "period", "realm", "as_of",
    ]  # fmt: skip
    rows = []
    for one in answer.components:
        ours, frozen, portal = one.ours, one.frozen, one.portal
        rows.append(
            [
                one.code, one.number, one.title.vi, one.maximum,
                *((ours.numerator, ours.denominator, ours.percent, ours.points, ours.missing) if ours else [None] * 5),
                *((frozen.numerator, frozen.denominator) if frozen else [None] * 2),
                *((portal.numerator, portal.denominator, portal.percent, portal.points, portal.observed_at) if portal else [None] * 5),
                one.difference.vi, answer.unit_id, answer.name, answer.period, answer.realm, answer.as_of,
            ]
        )  # fmt: skip
    return columns, rows


ROUTES = (
    PublicRoute(
        "/v1/qd766/figures",
        "Số liệu Quyết định 766: của hệ thống bên cạnh của Cổng",
        "QĐ 766: our figures beside the portal's",
        "Each component as counted here from dossiers, beside the portal's newest good observation, never merged: numerator, "
        "denominator, percent, points by the component's own rule, and the difference in words. Null is not zero.",
        "dossiers",
        (asked.UNIT, asked.PERIOD),
        _read,
        SideBySide,
        _sheet,
    ),
)

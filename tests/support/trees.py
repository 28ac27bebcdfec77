"""Random criteria trees of all rule kinds, inputs for them, and better inputs: Hypothesis strategies."""

from decimal import Decimal

from hypothesis import strategies as st

from parindex.engine.criteria import (
    RULE_KINDS,
    Checklist,
    Choice,
    Deduct,
    External,
    Framework,
    Info,
    Leaf,
    Linear,
    Manual,
    Node,
    Option,
    PerItem,
    RatioFloor,
    Step,
    Steps,
    Survey,
    Threshold,
    View,
    YearOnYear,
    YesNo,
    kind_of,
)

KINDS = tuple(RULE_KINDS)
NO_DATA = ("max", "zero", "not_applicable", "null")
SHARES = ("0.25", "0.5", "0.8", "0.9", "1")
hundredths = st.integers(0, 800).map(lambda units: Decimal(units).scaleb(-2))
positive = st.integers(1, 800).map(lambda units: Decimal(units).scaleb(-2))


def leaf(code, rule, maximum, *, on_no_data=None, source="appraised", **node):
    """A component with plain titles; what matters is its rule and its maximum."""
    return Node(
        code=code,
        number="",
        title_vi=f"Thành phần {code}",
        title_en=f"Component {code}",
        maximum=Decimal(maximum),
        provenance="illustrative",
        leaf=Leaf(rule, source, on_no_data),
        **node,
    )


def branch(code, children, *, maximum=None, **node):
    """A field or criterion; its maximum is its children's sum unless given."""
    total = sum((child.maximum for child in children), Decimal(0)) if maximum is None else Decimal(maximum)
    return Node(code, "", f"Nhóm {code}", f"Branch {code}", total, "illustrative", children=tuple(children), **node)


def framework(*roots, digits=2, at="component", index_digits=2, ranked_on="percent", blocks=("all",), **rest):
    """A synthetic framework, marked as a template."""
    maximum = sum((root.maximum for root in roots if root.section == "main"), Decimal(0))
    return Framework(
        "synthetic", "1", "0" * 64, maximum, digits, at, index_digits, ranked_on, blocks, roots, template=True, **rest
    )


@st.composite
def leaves(draw, code, section="main"):
    """A leaf of any kind."""
    kind = draw(st.sampled_from(KINDS))
    maximum = draw(positive)
    points = sorted(draw(st.lists(hundredths, min_size=1, max_size=3)))
    match kind:
        case "yes_no":
            rule = YesNo()
        case "checklist":
            rule = Checklist(tuple(Option(f"o{place}", one, "") for place, one in enumerate(points)))
            maximum = sum(points)
        case "choice":
            rule = Choice(tuple(Option(f"o{place}", one, "") for place, one in enumerate(points)))
            maximum = points[-1]
        case "steps":
            of = draw(st.sampled_from(["number", "ratio", "date"]))
            bounds = {
                "number": [Decimal(10), Decimal("20.5")],
                "ratio": [Decimal("0.3"), Decimal("0.75")],
                "date": ["2025-03-01", "2025-09-01"],
            }[of]
            edges = [None, *bounds[: len(points) - 1], None]
            rule = Steps(of, tuple(Step(edges[place], edges[place + 1], one) for place, one in enumerate(points)))
            maximum = points[-1]
        case "linear":
            rule = Linear()
        case "ratio_floor":
            floor, full = sorted(draw(st.tuples(st.sampled_from(SHARES), st.sampled_from(SHARES))), key=Decimal)
            rule = RatioFloor(Decimal(floor), Decimal(full))
        case "threshold":
            rule = Threshold(Decimal(draw(st.sampled_from(SHARES))))
        case "per_item":
            rule = PerItem(draw(hundredths))
        case "deduct":
            rule = Deduct(tuple(Option(f"o{place}", one, "") for place, one in enumerate(points)))
        case "survey_top2":
            rule = Survey("top2")
        case "survey_mean":
            rule = Survey("mean")
        case "external":
            rule = External("SIPAS", Decimal(draw(st.sampled_from(["10", "100", "60"]))))
        case "yoy":
            partial = draw(st.sampled_from([Decimal(0), maximum / 2]))
            rule = YearOnYear(draw(st.sampled_from(["up", "down"])), draw(hundredths), partial)
        case "manual":
            rule = Manual()
        case "info":
            rule, maximum = Info(), Decimal(0)
    on_no_data = draw(st.sampled_from(NO_DATA))
    applies_to = draw(st.sampled_from([frozenset(), frozenset(), frozenset({"all"}), frozenset({"other"})]))
    return leaf(code, rule, maximum, on_no_data=on_no_data, applies_to=applies_to, section=section)


@st.composite
def frameworks(draw, *, sections=True, at=None):
    """A framework of one to four fields (and bonus and penalty), up to four levels deep, for the block `all`."""
    number = iter(range(10_000))

    def node(depth, section="main"):
        code = f"n{next(number)}"
        if depth == 3 or draw(st.booleans()):
            return draw(leaves(code, section))
        children = [node(depth + 1) for _ in range(draw(st.integers(1, 3)))]
        return branch(code, children, section=section, inferred_split=draw(st.integers(0, 5)) == 0)

    roots = [node(0) for _ in range(draw(st.integers(1, 3)))]
    for section in ("bonus", "penalty"):
        if sections and draw(st.booleans()):
            children = [node(2) for _ in range(draw(st.integers(1, 3)))]
            roots.append(branch(f"n{next(number)}", children, maximum=draw(positive), section=section))
    built = framework(
        *roots,
        digits=draw(st.integers(0, 3)),
        at=at or draw(st.sampled_from(["component", "criterion", "total"])),
        index_digits=draw(st.integers(0, 3)),
        blocks=("all", "other"),
    )
    codes = [one.code for one in built.leaves("all")]
    return with_view(built, draw(st.sets(st.sampled_from(codes)) if codes else st.just(set())))


def with_view(built, codes):
    view = View("v", "Góc nhìn", "View", None, frozenset(codes))
    return framework(
        *built.roots,
        digits=built.digits,
        at=built.rounding_at,
        index_digits=built.index_digits,
        blocks=built.blocks,
        views=(view,),
    )


@st.composite
def answers(draw, node, digits):
    """Input JSON with figures for a leaf."""
    rule, kind = node.leaf.rule, kind_of(node.leaf.rule)
    whole = draw(st.integers(0, 400))
    part = draw(st.integers(0, whole))
    share = draw(
        st.sampled_from(
            [{"numerator": part, "denominator": str(whole)}, {"percent": str(Decimal(part % 10_001).scaleb(-2))}]
        )
    )
    decimal = st.integers(0, 4000).map(lambda units: str(Decimal(units).scaleb(-2)))
    match kind:
        case "yes_no":
            return {"value": draw(st.booleans())}
        case "checklist":
            ids = [option.id for option in rule.options]
            return {"ticked": draw(st.lists(st.sampled_from(ids), unique=True))}
        case "choice":
            return {"chosen": draw(st.sampled_from([option.id for option in rule.options]))}
        case "steps" if rule.of == "number":
            return {"value": draw(decimal)}
        case "steps" if rule.of == "date":
            return {"date": draw(st.dates().map(lambda day: day.isoformat()))}
        case "steps" | "linear" | "ratio_floor" | "threshold":
            return share
        case "per_item":
            return {"count": draw(st.integers(0, 30))}
        case "deduct":
            return {"events": {option.id: draw(st.integers(0, 4)) for option in rule.events}}
        case "survey_top2":
            return {"favourable": str(part), "answers": whole}
        case "survey_mean":
            return {"sum": str(part), "largest": whole}
        case "external":
            return {"value": str(Decimal(draw(st.integers(0, int(rule.scale) * 100))).scaleb(-2))}
        case "yoy":
            return {"current": draw(decimal), "previous": draw(decimal)}
        case "manual":
            most = int(node.maximum.scaleb(digits))
            return {"points": str(Decimal(draw(st.integers(0, most))).scaleb(-digits))}
        case "info":
            return {"value": "8,5 ngày"}


@st.composite
def inputs(draw, built, *, complete=False, block="all"):
    """Inputs for one unit: figures, no data, not applicable, missing (unless `complete`), imported branches."""
    states = ["figures"] * 6 + ["no_data", "not_applicable"] + ([] if complete else ["missing"])
    given = {}
    for node in built.leaves(block):
        match draw(st.sampled_from(states)):
            case "figures":
                given[node.code] = draw(answers(node, built.digits))
            case "missing":
                pass
            case state:
                given[node.code] = {state: True}
    for node in built.walk():
        if node.inferred_split and draw(st.booleans()) and in_block(built, node.code, block):
            most = int(maximum_in(node, block).scaleb(built.digits))
            given[node.code] = {"imported_points": str(Decimal(draw(st.integers(0, most))).scaleb(-built.digits))}
    return given


def maximum_in(node, block):
    """The most points that a branch can have in the block: components of other blocks are not there."""
    if node.applies_to and block not in node.applies_to:
        return Decimal(0)
    return node.maximum if node.leaf else sum((maximum_in(child, block) for child in node.children), Decimal(0))


def in_block(built, code, block):
    """Whether a branch has anything in the block."""
    below = next(node for node in built.walk() if node.code == code)
    codes = {node.code for node in below.walk()}
    return any(node.code in codes for node in built.leaves(block))


@st.composite
def scored_units(draw, **options):
    """A framework and complete or incomplete inputs of one unit."""
    complete = options.pop("complete", False)
    built = draw(frameworks(**options))
    return built, draw(inputs(built, complete=complete))


def better(node, given):
    """A better input of a leaf, None where there is none to say."""
    rule, kind = node.leaf.rule, kind_of(node.leaf.rule)
    if "no_data" in given or "not_applicable" in given:
        return None
    if "percent" in given:
        return {"percent": str(min(Decimal(100), Decimal(given["percent"]) + 7))}
    match kind:
        case "yes_no":
            return {"value": True}
        case "checklist":
            return {"ticked": [option.id for option in rule.options]}
        case "choice":
            return {"chosen": rule.options[-1].id}
        case "steps" if rule.of == "number":
            return {"value": str(Decimal(given["value"]) + 8)}
        case "steps" if rule.of == "date":
            return {"date": max(given["date"], "2025-05-01")}
        case "per_item":
            return {"count": given["count"] + 1}
        case "deduct":
            return {"events": {event: max(0, count - 1) for event, count in given["events"].items()}}
        case "external":
            return {"value": str(min(rule.scale, Decimal(given["value"]) + 3))}
        case "yoy":
            moved = Decimal(given["current"]) + (3 if rule.direction == "up" else -3)
            return {**given, "current": str(moved)}
        case "manual":
            return {"points": given["points"]}
        case "info":
            return {"value": "7 ngày"}
    top, bottom = list(given)
    if int(given[bottom]) == 0:
        return None
    return {top: min(int(given[top]) + 5, int(given[bottom])), bottom: given[bottom]}

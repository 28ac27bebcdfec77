"""Which components of a round an appeal is about: the disputed one and everything below it; the total is about all. Pure."""

from __future__ import annotations

from scoring_api.rounds.round import Round


def covers(assessed: Round, disputed: str | None, component: str) -> bool:
    """Whether `component` is the disputed node or lies below it; None disputes the total."""
    if disputed is None:
        return True
    places = assessed.plan.places
    if disputed not in places or component not in places:
        return False
    return places[disputed] <= places[component] < assessed.plan.nodes[places[disputed]].end

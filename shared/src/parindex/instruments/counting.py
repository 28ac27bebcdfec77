"""A questionnaire version as the engine counts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parindex.engine.aggregate import ColumnSpec
from parindex.engine.result import Questionnaire

if TYPE_CHECKING:
    from parindex.instruments.catalogue import Instrument


def questionnaire_of(instrument: Instrument) -> Questionnaire:
    """What the engine must know of an instrument. A multi-select option counts as chosen when its column holds 1."""
    specs = []
    for column in instrument.columns:
        item = instrument.items[column.item]
        chosen = column.option is not None
        specs.append(
            ColumnSpec(
                number=column.number,
                item=column.item,
                factor=item.factor,
                favourable=frozenset({1}) if chosen else item.favourable,
                maximum=None if chosen else item.maximum,
                satisfaction=item.satisfaction,
                option=column.option,
            )
        )
    return Questionnaire(instrument.code, instrument.version, instrument.design, tuple(specs))

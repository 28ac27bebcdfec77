"""Protection of small cells: who must not be shown, so that no respondent's answer can be read off a table. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

Key = TypeVar("Key", int, str)
Suppression = Literal["small_cell", "complementary"]

WORDS: dict[Suppression, dict[str, str]] = {
    "small_cell": {
        "vi": "Ít phiếu hơn mức tối thiểu nên không công bố kết quả.",
        "en": "Fewer responses than the minimum: no figure is shown.",
    },
    "complementary": {
        "vi": "Không công bố để không suy ra được kết quả của đơn vị có ít phiếu.",
        "en": "Withheld so that the figure of a small unit cannot be derived.",
    },
}


def suppress(sizes: Mapping[Key, int], minimum: int) -> dict[Key, Suppression]:
    """Which siblings of one table to hide, by number of responses.

    1 <= n < minimum is a `small_cell`. If exactly one is hidden, its figure would be the total minus the others: the
    next smallest (then the smallest key, so that the choice is never accidental) is hidden too, `complementary`.
    Siblings without responses have nothing to hide and hide nothing.
    """
    hidden: dict[Key, Suppression] = {key: "small_cell" for key, n in sizes.items() if 0 < n < minimum}
    if len(hidden) == 1:
        others = sorted((n, key) for key, n in sizes.items() if n >= minimum)
        if others:
            hidden[others[0][1]] = "complementary"
    return hidden


def total_reveals(sizes: Mapping[Key, int], minimum: int) -> bool:
    """Whether the total must be hidden too: it is small itself, or a single small sibling has no other to hide behind."""
    hidden = suppress(sizes, minimum)
    return 0 < sum(sizes.values()) < minimum or len(hidden) == 1

"""Protection of small cells: who must not be shown, so that no respondent's answer can be read off a table. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal, TypeVar

Key = TypeVar("Key", int, str)
Suppression = Literal["small_cell", "complementary"]
Cell = tuple[int, str]
"""Unit id and category (an item, a factor, a channel, ...)."""

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

    1 <= n < minimum is a `small_cell`. The total minus the siblings shown is what the hidden ones have together: while
    that is one sibling alone, or fewer responses than the minimum (two single respondents who both answered alike), the
    next smallest (then the smallest key, so that the choice is never accidental) is hidden too, `complementary`.
    Siblings without responses have nothing to hide and hide nothing.
    """
    hidden: dict[Key, Suppression] = {key: "small_cell" for key, n in sizes.items() if 0 < n < minimum}
    others = sorted((n, key) for key, n in sizes.items() if n >= minimum)
    for _, key in others if hidden else ():
        if not reveals([sizes[one] for one in hidden], minimum):
            break
        hidden[key] = "complementary"
    return hidden


def reveals(hidden: Collection[int], minimum: int) -> bool:
    """Whether a total tells too much about what is hidden in it, given the responses of each: one alone, or too few."""
    return len(hidden) == 1 or 0 < sum(hidden) < minimum


def total_reveals(sizes: Mapping[Key, int], minimum: int) -> bool:
    """Whether the total must be hidden too: it is small itself, or its small siblings have no other to hide behind."""
    hidden = suppress(sizes, minimum)
    return 0 < sum(sizes.values()) < minimum or reveals([sizes[key] for key in hidden], minimum)


def hidden_cells(
    sizes: Mapping[Cell, int], minimum: int, *, forced: Iterable[Cell] = (), part_of: Mapping[str, str] | None = None
) -> dict[Cell, Suppression]:
    """Which cells of a table of siblings by category to hide.

    `sizes` are numbers of respondents; empty cells hide nothing and have nothing to hide. `forced` cells are hidden
    whatever their size. `part_of` names the total that a category adds up to (items of a factor); by default all
    categories of a unit add up to one total. Ends when no row and no column has a single withheld cell, or too few
    responses in its withheld cells, that a visible one could join.
    """
    hidden: dict[Cell, Suppression] = {cell: "small_cell" for cell, n in sizes.items() if 0 < n < minimum}
    for cell in forced:
        if sizes.get(cell, 0) > 0:
            hidden.setdefault(cell, "complementary")
    lines: dict[tuple[str, int, str], list[Cell]] = {}
    for cell in sizes:
        unit_id, category = cell
        lines.setdefault(("row", unit_id, (part_of or {}).get(category, "")), []).append(cell)
        lines.setdefault(("column", 0, category), []).append(cell)
    in_order = [lines[line] for line in sorted(lines)]  # so that every view of these cells withholds the same ones
    moved = True
    while moved:
        moved = False
        for line in in_order:
            if not reveals([sizes[cell] for cell in line if cell in hidden], minimum):
                continue
            visible = sorted((sizes[cell], cell) for cell in line if cell not in hidden and sizes[cell] > 0)
            if visible:
                hidden[visible[0][1]] = "complementary"
                moved = True
    return hidden

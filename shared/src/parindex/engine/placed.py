"""The nodes of a criteria tree that exist in one block, flat, in the order of the decision. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from parindex.engine.criteria import Framework, Node


@dataclass(frozen=True, slots=True)
class Placed:
    """A node of the block's tree and where it stands."""

    node: Node
    index: int
    parent: int
    """Index of the parent; -1 for a field."""
    depth: int
    end: int
    """Index after the last node below it."""
    root: int


def placed_nodes(framework: Framework, block: str) -> Iterator[Placed]:
    """The nodes that exist in the block, parents first; a branch of which nothing exists is left out."""

    def exists(node: Node) -> bool:
        if node.applies_to and block not in node.applies_to:
            return False
        return node.leaf is not None or any(exists(child) for child in node.children)

    def place(node: Node, index: int, parent: int, depth: int, root: int) -> list[Placed]:
        below: list[Placed] = []
        for child in node.children:
            if exists(child):
                below += place(child, index + 1 + len(below), index, depth + 1, root)
        return [Placed(node, index, parent, depth, index + 1 + len(below), root), *below]

    index = 0
    for node in framework.roots:
        if exists(node):
            placed = place(node, index, -1, 0, index)
            index += len(placed)
            yield from placed

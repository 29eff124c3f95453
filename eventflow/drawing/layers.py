"""The places in a layered drawing: the layer and the column of every box, label and bend."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from math import floor, inf
from typing import NamedTuple

APART = 3
"""Columns kept free between neighbours."""

SWEEPS = 2
"""How often order and columns follow the layer above and then the one below; more changes little."""


class Arrow(NamedTuple):
    """A line to be drawn from box to box, through a label if it has one; all three by number."""

    source: int
    target: int
    label: int | None = None
    dotted: bool = False


@dataclass(slots=True)
class Item:
    """What has a place: a box, a label, or the bend (1 wide) where a long line passes a layer."""

    width: int = 1
    text: Sequence[str] = ()
    """Its characters by column; the layout looks at the width alone."""
    tail: Sequence[str] = ()
    """What stands right of it and belongs to it."""
    boxed: bool = False
    dotted: bool = False
    layer: int = 0
    x: int = 0
    """The column of its middle."""

    @property
    def left(self) -> int:
        """The column of its left edge."""
        return self.x - self.width // 2

    @property
    def right(self) -> int:
        """The first column right of it and its tail."""
        return self.left + self.width + len(self.tail)

    @property
    def ports(self) -> tuple[int, int]:
        """The first and the last column where a line may touch it."""
        return (self.left + 1, self.left + self.width - 2) if self.boxed else (self.x, self.x)


class Link(NamedTuple):
    """A line, or a piece of one, from an item down to another; `upward` lines have their head above."""

    upper: int
    lower: int
    dotted: bool
    upward: bool
    head: bool
    """Whether this piece has the head of its line."""


def stack(boxes: int, items: list[Item], arrows: Sequence[Arrow]) -> list[list[Link]]:
    """Give every item a layer; the first `boxes` items are what arrows connect, the others their labels.

    Adds the bends to `items`. Returns the links of each gap between two layers, from top to bottom.
    """
    links = _bend(items, _assign_layers(items, arrows, _ranks(boxes, arrows)))
    gaps: list[list[Link]] = [[] for _ in range(max((item.layer for item in items), default=0))]
    for link in links:
        gaps[items[link.upper].layer].append(link)
    return gaps


def _ranks(boxes: int, arrows: Sequence[Arrow]) -> list[int]:
    """An order in which only the arrows that close a cycle lead back: depth-first finishing, reversed."""
    targets: list[list[int]] = [[] for _ in range(boxes)]
    for arrow in arrows:
        targets[arrow.source].append(arrow.target)
    entered = {arrow.target for arrow in arrows}
    seen: set[int] = set()
    rank = [0] * boxes
    last = boxes
    for root in [*(box for box in range(boxes) if box not in entered), *range(boxes)]:
        if root in seen:
            continue
        seen.add(root)
        trail = [(root, iter(targets[root]))]
        while trail:
            box, rest = trail[-1]
            if (target := next((one for one in rest if one not in seen), None)) is not None:
                seen.add(target)
                trail.append((target, iter(targets[target])))
            else:
                trail.pop()
                last -= 1
                rank[box] = last
    return rank


def _assign_layers(items: list[Item], arrows: Sequence[Arrow], rank: Sequence[int]) -> list[Link]:
    """Longest path from the top; arrows that lead back are turned round, labels get a layer of their own."""
    links: list[Link] = []
    for arrow in sorted(arrows, key=lambda arrow: min(rank[arrow.source], rank[arrow.target])):
        upward = rank[arrow.source] > rank[arrow.target]
        upper, lower = (arrow.target, arrow.source) if upward else (arrow.source, arrow.target)
        below = items[upper].layer + 1
        if arrow.label is None:
            links.append(Link(upper, lower, arrow.dotted, upward, head=True))
        else:
            links.append(Link(upper, arrow.label, arrow.dotted, upward, head=upward))
            links.append(Link(arrow.label, lower, arrow.dotted, upward, head=not upward))
            items[arrow.label].layer = below
            below += 1
        items[lower].layer = max(items[lower].layer, below)
    return links


def _bend(items: list[Item], links: Iterable[Link]) -> list[Link]:
    """Cut links at each layer they pass; those of one kind that leave an item downwards share their bends."""
    pieces: list[Link] = []
    bends: dict[tuple[int, bool, bool, int], int] = {}
    for upper, lower, dotted, upward, head in links:
        here = upper
        for layer in range(items[upper].layer + 1, items[lower].layer):
            key = (upper, dotted, upward, layer)
            if key not in bends:
                bends[key] = len(items)
                items.append(Item(dotted=dotted, layer=layer))
                pieces.append(Link(here, bends[key], dotted, upward, head and upward and here == upper))
            here = bends[key]
        pieces.append(Link(here, lower, dotted, upward, head and (not upward or here == upper)))
    return pieces


def arrange(items: Sequence[Item], gaps: Sequence[Sequence[Link]]) -> list[list[int]]:
    """Give every item a column; returns the layers from top to bottom, each from left to right.

    Sorts each layer by the barycentres of its neighbours, then moves it as near to them as there is room.
    """
    above: defaultdict[int, list[int]] = defaultdict(list)
    below: defaultdict[int, list[int]] = defaultdict(list)
    for link in chain.from_iterable(gaps):
        above[link.lower].append(link.upper)
        below[link.upper].append(link.lower)
    layers: list[list[int]] = [[] for _ in range(len(gaps) + 1)]
    for number, item in enumerate(items):
        layers[item.layer].append(number)
    sweeps = [*[(layers, above), (layers[::-1], below)] * SWEEPS, (layers, above)]

    def seen(number: int, neighbours: Mapping[int, list[int]]) -> list[int]:
        return [items[one].x for one in neighbours.get(number, [number])]

    for layer in layers:
        _set_columns(items, layer, [0] * len(layer))
    for order, neighbours in sweeps:
        for layer in order:
            layer.sort(key=lambda number: mean(seen(number, neighbours)))
            _set_columns(items, layer, [0] * len(layer))
    for order, neighbours in sweeps:
        for layer in order:
            _set_columns(items, layer, [median(seen(number, neighbours)) for number in layer])
    start = min((item.left for item in items), default=0)
    for item in items:
        item.x -= start
    return layers


def _set_columns(items: Sequence[Item], layer: Sequence[int], wanted: Sequence[float]) -> None:
    steps = [
        items[one].right - items[one].x + APART + items[other].x - items[other].left
        for one, other in pairwise(layer)
    ]
    for number, column in zip(layer, spread(wanted, steps), strict=True):
        items[number].x = column


# Not those of the statistics module: to import it takes 11 ms, as long as to draw a graph of 100 nodes.
def mean(values: Sequence[float]) -> float:
    """The arithmetic mean.

    >>> mean([1, 2, 6])
    3.0
    """
    return sum(values) / len(values)


def median(values: Sequence[float]) -> float:
    """The value in the middle, or halfway between the two there.

    >>> median([6, 1, 2]), median([6, 1, 2, 4])
    (2.0, 3.0)
    """
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def spread(wanted: Sequence[float], steps: Sequence[int], low: float = -inf, high: float = inf) -> list[int]:
    """The columns nearest to the wanted ones, each `steps` or more right of the one before, within bounds.

    This is isotonic regression: neighbours that want to overlap move together, to the mean of their wishes.

    >>> spread([0, 0, 9], [2, 2])
    [-1, 1, 9]
    """
    offsets = list(accumulate(steps, initial=0))[: len(wanted)]
    blocks: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            total, count = total + blocks[-1][0], count + blocks[-1][1]
            blocks.pop()
        blocks.append((total, count))
    columns: list[int] = []
    for total, count in blocks:
        start = floor(min(max(total / count, low), high - offsets[-1]) + 0.5)
        columns += [start + offset for offset in offsets[len(columns) : len(columns) + count]]
    return columns

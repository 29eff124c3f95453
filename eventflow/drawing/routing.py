"""The lines in a layered drawing: where each leaves and enters its items, and where it runs level."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

from eventflow.drawing.layers import Item, Link, spread

Bundle = list[Link]
"""Links of one gap that are drawn as one line: from one item to many, or from many to one."""

CLOSE = 2
"""How many columns off the middle a fork may be to save one of its lines a bend."""


@dataclass(slots=True)
class Rail:
    """A level line: the columns of the lines that come from above and go on below, and its row in the gap."""

    tops: list[int]
    bottoms: list[int]
    dotted: bool
    track: int = 0

    @property
    def span(self) -> tuple[int, int]:
        """Its first and its last column."""
        return min(self.tops + self.bottoms), max(self.tops + self.bottoms)


class Fall(NamedTuple):
    """An upright line, from row `start` of its gap to before row `stop`."""

    column: int
    start: int
    stop: int
    dotted: bool


@dataclass(slots=True)
class Gap:
    """All that is drawn between two layers; heads are columns, in the first row and in the last."""

    rows: int
    rails: list[Rail]
    falls: list[Fall]
    heads_above: set[int]
    heads_below: set[int]


def bundle(links: Sequence[Link]) -> list[Bundle]:
    """Bundle by lower item where all lines to it come from items with no other line, else by upper item.

    So a bundle joins each of its upper items with each of its lower ones, and can be read without doubt.
    """
    fan_out = Counter((link.upper, link.dotted, link.upward) for link in links)
    torn = {
        (link.lower, link.dotted, link.upward)
        for link in links
        if fan_out[link.upper, link.dotted, link.upward] > 1
    }
    bundles: defaultdict[tuple[int, bool, bool, bool], Bundle] = defaultdict(list)
    for link in links:
        by_upper = (link.lower, link.dotted, link.upward) in torn
        bundles[link.upper if by_upper else link.lower, by_upper, link.dotted, link.upward].append(link)
    return list(bundles.values())


def widen(items: Sequence[Item], bundles: Sequence[Bundle]) -> None:
    """Make boxes wide enough for a port for each bundle, with a column between two."""
    uppers = Counter(number for links in bundles for number in {link.upper for link in links})
    lowers = Counter(number for links in bundles for number in {link.lower for link in links})
    for number, ports in [*uppers.items(), *lowers.items()]:
        if items[number].boxed:
            items[number].width = max(items[number].width, 2 * ports + 1)


def route(
    items: Sequence[Item], bundles: Sequence[Bundle], above: Sequence[int], below: Sequence[int]
) -> Gap:
    """Lay the bundles between two layers; moves what is no box in the layer `below`, so that lines fall straight."""
    tops = _ports(items, [[(link.upper, items[link.lower].x) for link in links] for links in bundles])
    single = {links[0].lower: tops[n, links[0].upper] for n, links in enumerate(bundles) if len(links) == 1}
    _straighten(items, below, single)
    bottoms = _ports(
        items, [[(link.lower, tops[n, link.upper]) for link in links] for n, links in enumerate(bundles)]
    )
    wires = [
        Rail(
            sorted({tops[n, link.upper] for link in links}),
            sorted({bottoms[n, link.lower] for link in links}),
            links[0].dotted,
        )
        for n, links in enumerate(bundles)
    ]
    rails = [wire for wire in wires if wire.tops != wire.bottoms]
    outside = 2 + max(items[number].right for number in [*above, *below])
    joints = _assign_tracks(rails, {column for wire in wires for column in wire.tops + wire.bottoms}, outside)
    rows = 2 + max((rail.track for rail in rails), default=0)
    heads = [(n, link) for n, links in enumerate(bundles) for link in links if link.head]
    return Gap(
        rows,
        rails,
        [
            *(Fall(wire.tops[0], 0, rows, wire.dotted) for wire in wires if wire.tops == wire.bottoms),
            *(
                Fall(column, 0, rail.track, rail.dotted)
                for rail in rails
                for column in rail.tops
                if column < outside
            ),
            *(
                Fall(column, rail.track + 1, rows, rail.dotted)
                for rail in rails
                for column in rail.bottoms
                if column < outside
            ),
            *joints,
        ],
        heads_above={tops[n, link.upper] for n, link in heads if link.upward},
        heads_below={bottoms[n, link.lower] for n, link in heads if not link.upward},
    )


def _straighten(items: Sequence[Item], layer: Sequence[int], goals: Mapping[int, int]) -> None:
    """Move what is no box under its line, as far as its neighbours leave room."""
    for place, number in enumerate(layer):
        item = items[number]
        if number in goals and not item.boxed:
            low = items[layer[place - 1]].right + 2 if place else 0
            high = items[layer[place + 1]].left - 2 - item.width if place + 1 < len(layer) else goals[number]
            item.x = max(min(goals[number], high + item.width // 2), low + item.width // 2)


def _ports(items: Sequence[Item], ends: Sequence[Sequence[tuple[int, int]]]) -> dict[tuple[int, int], int]:
    """The column of each bundle at each item; `ends` has, for each bundle, items and the columns they aim at."""
    aims: defaultdict[int, defaultdict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for n, pairs in enumerate(ends):
        for number, aim in pairs:
            aims[number][n].append(aim)
    columns: dict[tuple[int, int], int] = {}
    for number, by_bundle in aims.items():
        order = sorted(by_bundle, key=lambda n: fmean(by_bundle[n]))
        wanted = [_port(items[number], by_bundle[n], single=len(ends[n]) == 1) for n in order]
        places = spread(wanted, [2] * (len(order) - 1), *items[number].ports)
        columns |= {(n, number): column for n, column in zip(order, places, strict=True)}
    return columns


def _port(item: Item, aims: Sequence[int], *, single: bool) -> int:
    """The middle of the item, or where a line is straight: any single one, or of several one close by."""
    low, high = item.ports
    nearest = min(aims, key=lambda aim: abs(aim - item.x))
    straight = low <= nearest <= high and (single or abs(nearest - item.x) <= CLOSE)
    return nearest if straight else item.x


def _assign_tracks(rails: list[Rail], used: set[int], outside: int) -> list[Fall]:
    """Give each rail a track of its own wherever it would touch another; returns the joints of those cut.

    A rail that goes on in the column where another one comes from must run below that one, a row between
    them. Where rails wait for each other in a circle one is cut in two, joined in a column from `outside` on.
    """
    source = {column: number for number, rail in enumerate(rails) for column in rail.tops}
    over = [{source[end] for end in rail.bottoms if end in source} - {n} for n, rail in enumerate(rails)]
    pending = sorted(range(len(rails)), key=lambda number: rails[number].span)
    taken: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    cut: list[tuple[int, int]] = []
    while pending:
        number = next((one for one in pending if over[one].isdisjoint(pending)), None)
        if number is None:
            number = pending[0]
            cut.append((number, len(rails)))
            pending.append(len(rails))
            joint = outside + 2 * len(cut)
            used.add(joint)
            rails.append(Rail([joint], rails[number].bottoms, rails[number].dotted))
            rails[number].bottoms = [joint]
            over.append(over[number] | {number})
            over[number] = set()
        pending.remove(number)
        rail = rails[number]
        rail.track = max((rails[one].track + 2 for one in over[number]), default=1)
        while any(_touch(rail.span, other, used) for other in taken[rail.track]):
            rail.track += 1
        taken[rail.track].append(rail.span)
    return [
        Fall(rails[lower].tops[0], rails[upper].track + 1, rails[lower].track, rails[upper].dotted)
        for upper, lower in cut
    ]


def _touch(one: tuple[int, int], other: tuple[int, int], used: set[int]) -> bool:
    """Whether no column without any line lies between two spans, so that they would look like one."""
    (_, end), (start, _) = sorted((one, other))
    return all(column in used for column in range(end + 1, start))

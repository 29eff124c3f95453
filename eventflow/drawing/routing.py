"""The lines in a layered drawing: where each leaves and enters its items, and where it runs level."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from eventflow.drawing.layers import Item, Link, mean, spread

Bundle = list[Link]
"""Links of one gap that are drawn as one line: from one item to many, or from many to one."""

CLOSE = 2
"""How many columns off the middle a fork may be to save one of its lines a bend."""


@dataclass(slots=True)
class Wire:
    """A bundle by its columns: where it comes from above, and where it goes on below."""

    tops: list[int]
    bottoms: list[int]
    dotted: bool
    track: int = 0
    """The row of its gap in which it runs level, from 1; 0 if it falls straight."""

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


class Gap(NamedTuple):
    """All that is drawn between two layers; heads are columns, in the first row and in the last."""

    rows: int
    level: list[Wire]
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
    """Lay the bundles between two layers; may move what is no box in the layer `below` under its line."""
    tops = _ports(items, [[(link.upper, items[link.lower].x) for link in links] for links in bundles])
    single = {links[0].lower: tops[n, links[0].upper] for n, links in enumerate(bundles) if len(links) == 1}
    _straighten(items, below, single)
    ends = [[(link.lower, tops[n, link.upper]) for link in links] for n, links in enumerate(bundles)]
    bottoms = _ports(items, ends)
    wires = [
        Wire(
            sorted({tops[n, link.upper] for link in links}),
            sorted({bottoms[n, link.lower] for link in links}),
            links[0].dotted,
        )
        for n, links in enumerate(bundles)
    ]
    outside = 2 + max(items[number].right for number in [*above, *below])
    joints = _assign_tracks(wires, outside)
    rows = 2 + max((wire.track for wire in wires), default=0)
    heads = [(n, link) for n, links in enumerate(bundles) for link in links if link.head]
    return Gap(
        rows,
        [wire for wire in wires if wire.track],
        [
            *(Fall(top, 0, wire.track, wire.dotted) for wire in wires for top in wire.tops if top < outside),
            *(
                Fall(end, wire.track, rows, wire.dotted)
                for wire in wires
                for end in wire.bottoms
                if end < outside
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
        order = sorted(by_bundle, key=lambda n: mean(by_bundle[n]))
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


def _assign_tracks(wires: list[Wire], outside: int) -> list[Fall]:
    """Give each wire that has to run level a track where it touches no other.

    One that goes on in the column where another one comes from must run below that one, a row between them.
    Where wires wait for each other in a circle one is cut in two; the lower half is added to `wires`. Returns
    what joins the halves, in columns from `outside` on, where nothing else is.
    """
    used = {column for wire in wires for column in wire.tops + wire.bottoms}
    bent = [number for number, wire in enumerate(wires) if wire.tops != wire.bottoms]
    begins = {column: number for number in bent for column in wires[number].tops}
    over = {n: {begins[end] for end in wires[n].bottoms if end in begins} - {n} for n in bent}
    pending = sorted(bent, key=lambda number: wires[number].span)
    taken: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    cut: list[tuple[Wire, Wire]] = []
    while pending:
        number = next((one for one in pending if over[one].isdisjoint(pending)), None)
        if number is None:
            number, half = pending[0], len(wires)
            joint = outside + 2 * len(cut)
            used.add(joint)
            wires.append(Wire([joint], wires[number].bottoms, wires[number].dotted))
            wires[number].bottoms = [joint]
            cut.append((wires[number], wires[half]))
            pending.append(half)
            over[half], over[number] = over[number] | {number}, set()
        pending.remove(number)
        wire = wires[number]
        wire.track = max((wires[one].track + 2 for one in over[number]), default=1)
        while any(_touch(wire.span, other, used) for other in taken[wire.track]):
            wire.track += 1
        taken[wire.track].append(wire.span)
    return [Fall(lower.tops[0], upper.track, lower.track, lower.dotted) for upper, lower in cut]


def _touch(one: tuple[int, int], other: tuple[int, int], used: set[int]) -> bool:
    """Whether no column without any line lies between two spans, so that they would look like one."""
    (_, end), (start, _) = sorted((one, other))
    return all(column in used for column in range(end + 1, start))

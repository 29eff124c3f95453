"""The picture of a graph in plain ASCII: boxes, level and upright lines, `*` where a line arrives."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest

from eventflow.drawing.layers import Arrow, Item, arrange, stack
from eventflow.drawing.node import Edge
from eventflow.drawing.routing import Gap, bundle, route, widen

_Line = tuple[str, str, str, bool]
"""What is drawn of an edge: source, target, label, and whether it is dotted."""

_Canvas = list[list[str]]


def draw_ascii(names: Mapping[str, str], edges: Iterable[Edge]) -> str:
    """Draw the nodes, given as id and name, and the edges between them.

    Lines run downwards to a `*` above a box, or, where they close a cycle, upwards to a `*` below it. Those
    of conditional edges are dotted, and what an edge carries as data stands on its line. `+` is a bend or a
    fork; lines that cross without one have nothing to do with each other. An edge from a node to itself
    hangs on the right side of the box.

    >>> print(draw_ascii({"a": "first", "b": "second"}, [Edge("a", "b"), Edge("b", "b", "again", True)]))
     +-------+
     | first |
     +-------+
         |
         *
    +--------+
    | second |*.+ again
    +--------+..+
    """
    lines = dict.fromkeys((edge.source, edge.target, _label(edge), edge.conditional) for edge in edges)
    loops: dict[str, list[_Line]] = {id: [] for id in names}
    for line in lines:
        if line[0] == line[1]:
            loops[line[0]].append(line)
    items = [_box(name, loops[id]) for id, name in names.items()]
    arrows = list(_arrows(items, {id: number for number, id in enumerate(names)}, lines))
    links = stack(len(names), items, arrows)
    bundles = [bundle(gap) for gap in links]
    for gap in bundles:
        widen(items, gap)
    layers = arrange(items, links)
    gaps = [route(items, gap, *pair) for gap, pair in zip(bundles, pairwise(layers), strict=True)]
    return _paint([[items[number] for number in layer] for layer in layers], gaps) if items else ""


def _label(edge: Edge) -> str:
    return "" if edge.data is None else str(edge.data).strip()


def _cells(text: str) -> list[str]:
    """A text by columns: marks join the letter before them, wide letters take up a second, empty cell."""
    cells: list[str] = []
    for character in text:
        shown = character if character.isprintable() else character.encode("unicode_escape").decode()
        if unicodedata.combining(character) and cells:
            cells[-1] += character
        else:
            cells += shown
        if unicodedata.east_asian_width(character) in "WF":
            cells.append("")
    return cells


def _box(name: str, loops: Sequence[_Line]) -> Item:
    text = _cells(name)
    tail = ""
    if loops:
        labels = ", ".join(label for *_, label, _ in loops if label)
        tail = f"*{'.' if all(dotted for *_, dotted in loops) else '-'}+ {labels}".rstrip()
    return Item(width=len(text) + 4, text=text, tail=_cells(tail), boxed=True)


def _arrows(items: list[Item], numbers: Mapping[str, int], lines: Iterable[_Line]) -> Iterator[Arrow]:
    """The lines from box to box by number; adds their labels to `items`."""
    for source, target, label, dotted in lines:
        if source == target:
            continue
        place = None
        if label:
            place = len(items)
            text = _cells(label)
            items.append(Item(width=len(text), text=text, dotted=dotted))
        yield Arrow(numbers[source], numbers[target], place, dotted)


def _paint(layers: Sequence[Sequence[Item]], gaps: Sequence[Gap]) -> str:
    heights = [3 if any(item.boxed for item in layer) else 1 for layer in layers]
    ends = [item.right for layer in layers for item in layer]
    ends += [wire.span[1] + 1 for gap in gaps for wire in gap.level]
    rows = sum(heights) + sum(gap.rows for gap in gaps)
    canvas = [[" "] * max(ends) for _ in range(rows)]
    row = 0
    for layer, height, gap in zip_longest(layers, heights, gaps):
        for item in layer:
            _paint_item(canvas, item, row, height)
        row += height
        if gap is not None:
            _paint_gap(canvas, gap, row)
            row += gap.rows
    return "\n".join("".join(cells).rstrip() for cells in canvas)


def _paint_item(canvas: _Canvas, item: Item, row: int, height: int) -> None:
    if not item.boxed:
        _paint_upright(canvas, item.x, row, row + height, dotted=item.dotted)
        _paint_text(canvas, row + height // 2, item.left, item.text)
        return
    border = "+" + "-" * (item.width - 2) + "+"
    _paint_text(canvas, row, item.left, border)
    _paint_text(canvas, row + 1, item.left, "|" + " " * (item.width - 2) + "|")
    _paint_text(canvas, row + 1, item.left + (item.width - len(item.text)) // 2, item.text)
    _paint_text(canvas, row + 2, item.left, border)
    if item.tail:
        _paint_text(canvas, row + 1, item.left + item.width, item.tail)
        _paint_text(canvas, row + 2, item.left + item.width, [item.tail[1], item.tail[1], "+"])


def _paint_gap(canvas: _Canvas, gap: Gap, top: int) -> None:
    bottom = top + gap.rows - 1
    for wire in gap.level:
        start, end = wire.span
        _paint_text(canvas, top + wire.track, start, ("." if wire.dotted else "-") * (end + 1 - start))
    # After all that is level, so that a line that crosses another is seen to go on.
    for fall in gap.falls:
        _paint_upright(canvas, fall.column, top + fall.start, top + fall.stop, dotted=fall.dotted)
    for wire in gap.level:
        for column in wire.tops + wire.bottoms:
            canvas[top + wire.track][column] = "+"
    for column in gap.heads_above:
        canvas[top][column] = "*"
    for column in gap.heads_below:
        canvas[bottom][column] = "*"


def _paint_upright(canvas: _Canvas, column: int, start: int, stop: int, *, dotted: bool) -> None:
    for row in range(start, stop):
        canvas[row][column] = ":" if dotted else "|"


def _paint_text(canvas: _Canvas, row: int, column: int, text: Sequence[str]) -> None:
    canvas[row][column : column + len(text)] = text

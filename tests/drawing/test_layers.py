"""The places of a layered drawing: what leads where, and that nothing stands on anything else."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from eventflow.drawing.layers import APART, Arrow, Item, arrange, spread, stack


def layers_of(boxes: int, arrows: list[Arrow]) -> list[int]:
    items = [Item(boxed=True) for _ in range(boxes)]
    stack(boxes, items, arrows)
    return [item.layer for item in items[:boxes]]


def test_a_layer_is_the_longest_way_from_the_top():
    assert layers_of(4, [Arrow(0, 1), Arrow(1, 2), Arrow(0, 2), Arrow(3, 2)]) == [0, 1, 2, 0]


def test_a_cycle_starts_where_it_is_entered():
    assert layers_of(3, [Arrow(0, 1), Arrow(1, 0), Arrow(2, 1)]) == [2, 1, 0]


def test_a_cycle_that_nobody_enters_starts_at_its_first_box():
    assert layers_of(2, [Arrow(1, 0), Arrow(0, 1)]) == [0, 1]


def test_a_label_has_a_layer_of_its_own():
    items = [Item(boxed=True), Item(boxed=True), Item(width=5)]
    stack(2, items, [Arrow(0, 1, label=2)])
    assert [item.layer for item in items] == [0, 2, 1]


def test_lines_that_leave_together_bend_together():
    items = [Item(boxed=True) for _ in range(5)]
    arrows = [Arrow(0, 1), Arrow(1, 2), Arrow(2, 3), Arrow(3, 4), Arrow(0, 3), Arrow(0, 4)]
    stack(5, items, arrows)
    assert [item.layer for item in items[5:]] == [1, 2, 3]


@st.composite
def drawings(draw: st.DrawFn) -> tuple[int, list[Item], list[Arrow]]:
    boxes = draw(st.integers(1, 8))
    ends = st.integers(0, boxes - 1)
    pairs = draw(
        st.lists(st.tuples(ends, ends, st.booleans()).filter(lambda pair: pair[0] != pair[1]), max_size=16)
    )
    items = [
        Item(width=draw(st.integers(5, 9)), tail="x" * draw(st.integers(0, 3)), boxed=True)
        for _ in range(boxes)
    ]
    arrows: list[Arrow] = []
    for source, target, labelled in pairs:
        arrows.append(Arrow(source, target, len(items) if labelled else None))
        items += [Item(width=3)] * labelled
    return boxes, [Item(item.width, tail=item.tail, boxed=item.boxed) for item in items], arrows


@given(drawings())
def test_links_lead_one_layer_down_and_heads_are_as_many_as_arrows(
    drawing: tuple[int, list[Item], list[Arrow]],
):
    boxes, items, arrows = drawing
    gaps = stack(boxes, items, arrows)
    for layer, links in enumerate(gaps):
        assert all((items[link.upper].layer, items[link.lower].layer) == (layer, layer + 1) for link in links)
    heads = {link.upper if link.upward else link.lower for links in gaps for link in links if link.head}
    assert heads == {arrow.target for arrow in arrows}


@given(drawings())
def test_neighbours_keep_apart(drawing: tuple[int, list[Item], list[Arrow]]):
    boxes, items, arrows = drawing
    layers = arrange(items, stack(boxes, items, arrows))
    assert sorted(number for layer in layers for number in layer) == list(range(len(items)))
    assert min(item.left for item in items) == 0
    for layer in layers:
        for one, other in pairwise(layer):
            assert items[other].left - items[one].right >= APART


PLACES = st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 5)), min_size=1, max_size=12)


@given(PLACES)
def test_spread_keeps_order_and_room(places: list[tuple[int, int]]):
    wanted, steps = [want for want, _ in places], [step for _, step in places[1:]]
    columns = spread(wanted, steps)
    assert all(b - a >= step for a, b, step in zip(columns, columns[1:], steps, strict=False))


@given(PLACES)
def test_spread_gives_what_is_wanted_where_there_is_room(places: list[tuple[int, int]]):
    columns = [sum(step for _, step in places[: number + 1]) for number in range(len(places))]
    assert spread(columns, [step for _, step in places[1:]]) == columns


@given(PLACES, st.integers(-60, 60))
def test_spread_stays_within_bounds(places: list[tuple[int, int]], low: int):
    wanted, steps = [want for want, _ in places], [step for _, step in places[1:]]
    columns = spread(wanted, steps, low, low + sum(steps) + 3)
    assert low <= columns[0]
    assert columns[-1] <= low + sum(steps) + 3

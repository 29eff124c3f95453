"""The lines of a layered drawing: what is drawn as one, and that no two lines are drawn as one by chance."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from eventflow.drawing.layers import Item, Link
from eventflow.drawing.routing import bundle, route, widen

LINKS = st.lists(
    st.builds(Link, st.integers(0, 4), st.integers(5, 9), st.booleans(), st.booleans(), st.booleans()),
    unique_by=lambda link: link[:4],
)


def down(upper: int, lower: int) -> Link:
    return Link(upper, lower, dotted=False, upward=False, head=True)


def test_a_fork_is_one_line():
    assert bundle([down(0, 5), down(0, 6)]) == [[down(0, 5), down(0, 6)]]


def test_lines_that_meet_are_one():
    assert bundle([down(0, 5), down(1, 5)]) == [[down(0, 5), down(1, 5)]]


def test_lines_that_fork_and_meet_are_two():
    assert bundle([down(0, 5), down(0, 6), down(1, 6)]) == [[down(0, 5), down(0, 6)], [down(1, 6)]]


@given(LINKS)
def test_a_bundle_joins_all_its_ends_and_is_of_one_kind(links: list[Link]):
    bundles = bundle(links)
    assert sorted(link for one in bundles for link in one) == sorted(links)
    for one in bundles:
        assert len({(link.dotted, link.upward) for link in one}) == 1
        joined = set(product({link.upper for link in one}, {link.lower for link in one}))
        assert {link[:2] for link in one} == joined


@given(LINKS, st.lists(st.integers(3, 9), min_size=10, max_size=10))
def test_no_two_lines_share_a_cell_that_is_no_crossing(links: list[Link], widths: list[int]):
    items = [Item(width=width, boxed=True) for width in widths]
    bundles = bundle(links)
    widen(items, bundles)
    for layer in (items[:5], items[5:]):
        column = 0
        for item in layer:
            item.x = column + item.width // 2
            column = item.right + 3
    gap = route(items, bundles, range(5), range(5, 10))
    upright = [(fall.column, row) for fall in gap.falls for row in range(fall.start, fall.stop)]
    level = [(column, wire.track) for wire in gap.level for column in range(wire.span[0], wire.span[1] + 1)]
    assert len(level) == len(set(level))
    corners = {(column, wire.track) for wire in gap.level for column in wire.tops + wire.bottoms}
    assert len(set(upright) - corners) == len([cell for cell in upright if cell not in corners])
    assert all(0 <= row < gap.rows for _, row in upright)


def test_a_single_line_is_straight_if_a_box_is_wide_enough():
    items = [Item(width=21, boxed=True, x=10), Item(width=5, boxed=True, x=16)]
    gap = route(items, [[down(0, 1)]], [0], [1])
    assert (gap.level, gap.heads_below) == ([], {16})


def test_lines_that_wait_for_each_other_are_cut_and_joined_outside():
    items = [Item(width=3, boxed=True, x=x) for x in (1, 7, 1, 7)]
    gap = route(items, [[down(0, 3)], [down(1, 2)]], [0, 1], [2, 3])
    assert [(wire.tops, wire.bottoms, wire.track) for wire in gap.level] == [
        ([1], [11], 1),
        ([7], [1], 3),
        ([11], [7], 5),
    ]

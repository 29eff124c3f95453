"""The pictures: five shapes by heart, and a law - whoever follows the lines finds every edge and no other."""

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing.reading import Picture
from eventflow.drawing import Edge
from eventflow.drawing.ascii import draw_ascii


def draw(*edges: Edge) -> str:
    """The picture of the nodes that the edges name."""
    return draw_ascii({id: id for edge in edges for id in edge[:2]}, edges)


def test_sequence():
    picture = draw(Edge("PromptInput", "prompt"), Edge("prompt", "model"), Edge("model", "StrOutput"))
    assert picture == dedent("""\
        +-------------+
        | PromptInput |
        +-------------+
               |
               *
          +--------+
          | prompt |
          +--------+
               |
               *
           +-------+
           | model |
           +-------+
               |
               *
         +-----------+
         | StrOutput |
         +-----------+""")


def test_parallel():
    steps = ("context", "question", "x")
    picture = draw(*[Edge("input", step) for step in steps], *[Edge(step, "prompt") for step in steps])
    assert picture == dedent("""\
                       +-------+
                       | input |
                       +-------+
                            |
             +--------------+----------+
             *              *          *
        +---------+   +----------+   +---+
        | context |   | question |   | x |
        +---------+   +----------+   +---+
             |              |          |
             +--------------+----------+
                            *
                       +--------+
                       | prompt |
                       +--------+""")


def test_branch_with_labels():
    picture = draw(
        Edge("router", "math", "is math", conditional=True),
        Edge("router", "chat", "else", conditional=True),
        Edge("math", "end"),
        Edge("chat", "end"),
    )
    assert picture == dedent("""\
            +--------+
            | router |
            +--------+
                 :
             +...+....+
             :        :
          is math   else
             :        :
             *        *
        +------+   +------+
        | math |   | chat |
        +------+   +------+
            |          |
            +-----+----+
                  *
               +-----+
               | end |
               +-----+""")


def test_loop():
    picture = draw(
        Edge("start", "agent"),
        Edge("agent", "tools", conditional=True),
        Edge("agent", "end", conditional=True),
        Edge("tools", "agent"),
    )
    assert picture == dedent("""\
             +-------+
             | start |
             +-------+
                 |
                 *
             +-------+
             | agent |
             +-------+
                * :
           +----+ :
           | +....+....+
           | *         *
        +-------+   +-----+
        | tools |   | end |
        +-------+   +-----+""")


def test_long_line_and_loop_to_itself():
    picture = draw(Edge("a", "b"), Edge("b", "b", "again", conditional=True), Edge("b", "c"), Edge("a", "c"))
    assert picture == dedent("""\
               +---+
               | a |
               +---+
                 |
          +------+-------+
          *              |
        +---+            |
        | b |*.+ again   |
        +---+..+         |
          |              |
          +-------+------+
                  *
                +---+
                | c |
                +---+""")


def test_nothing_to_draw():
    assert draw_ascii({}, []) == ""


def test_nodes_without_edges_stand_side_by_side():
    assert draw_ascii({"1": "a", "2": "b"}, []).split("\n")[1] == "| a |   | b |"


def test_equal_edges_are_drawn_once():
    edge = Edge("a", "b", "yes")
    assert draw(edge, edge) == draw(edge)


def test_no_row_ends_in_blanks():
    rows = draw(Edge("wide name", "b"), Edge("wide name", "c")).split("\n")
    assert rows == [row.rstrip() for row in rows]


def test_what_cannot_be_printed_is_spelled_out():
    assert draw_ascii({"1": "a\nb\x1b[0m"}, []).split("\n")[1] == r"| a\nb\x1b[0m |"


def test_wide_letters_take_two_columns_and_marks_none():
    border, middle, _ = draw_ascii({"1": "日本"}, []).split("\n")
    assert (border, middle) == ("+------+", "| 日本 |")
    border, middle, _ = draw_ascii({"1": "e\u0301"}, []).split("\n")
    assert (border, middle) == ("+---+", "| e\u0301 |")


LABELS = [f"yes{number}" for number in range(8)]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[str], list[Edge]]:
    """Any graph: with cycles, loops, edges twice, nodes nobody leads to; labels are unique, to be found."""
    names = draw(st.lists(st.from_regex(r"[a-m]{1,12}", fullmatch=True), min_size=1, max_size=9, unique=True))
    ends = st.sampled_from(names)
    edges = draw(st.lists(st.builds(Edge, ends, ends, st.none(), st.booleans()), max_size=24))
    labels = iter(LABELS)
    labelled = draw(
        st.lists(st.builds(Edge, ends, ends, st.builds(lambda: next(labels)), st.booleans()), max_size=4)
    )
    return names, draw(st.permutations(edges + labelled))


def label_of(edge: Edge) -> str:
    return "" if edge.data is None else str(edge.data)


@given(graphs())
def test_following_the_lines_gives_the_edges(graph: tuple[list[str], list[Edge]]):
    names, edges = graph
    between = {(*edge[:2], label_of(edge), edge.conditional) for edge in edges if edge.source != edge.target}
    picture = Picture(
        draw_ascii({name: name for name in names}, edges), names, [label for *_, label, _ in between if label]
    )
    assert picture.edges() == between


@pytest.mark.parametrize(
    "edges",
    [
        [Edge(source, target) for source in "abc" for target in "xyz"],
        [Edge(source, target) for source in "abcdefg" for target in "abcdefg" if source != target],
    ],
    ids=["three to three", "all to all"],
)
def test_dense_graphs_can_be_read(edges: list[Edge]):
    assert Picture(draw(*edges), {id for edge in edges for id in edge[:2]}, []).edges() == {
        (edge.source, edge.target, "", False) for edge in edges
    }


@given(graphs())
def test_edges_to_itself_hang_on_the_box(graph: tuple[list[str], list[Edge]]):
    names, edges = graph
    loops: dict[str, dict[tuple[str, bool], None]] = {}
    for edge in edges:
        if edge.source == edge.target:
            loops.setdefault(edge.source, {})[label_of(edge), edge.conditional] = None
    picture = Picture(draw_ascii({name: name for name in names}, edges), names, [])
    assert picture.loops() == {
        name: (", ".join(label for label, _ in lines if label), all(dotted for _, dotted in lines))
        for name, lines in loops.items()
    }


@given(st.dictionaries(st.text(), st.text(), min_size=1, max_size=6), st.data())
def test_any_text_can_be_drawn(names: dict[str, str], data: st.DataObject):
    ends = st.sampled_from(sorted(names))
    edges = data.draw(
        st.lists(st.builds(Edge, ends, ends, st.none() | st.text() | st.integers(), st.booleans()))
    )
    picture = draw_ascii(names, edges)
    assert all(row.isprintable() for row in picture.split("\n"))

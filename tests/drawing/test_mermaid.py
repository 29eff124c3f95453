"""The Mermaid text: LangChain's syntax, and ids and texts that Mermaid reads as such, whatever is in them."""

import re
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.drawing import CurveStyle, Edge, Graph, Node, NodeStyles
from eventflow.drawing.mermaid import safe_id


def graph_of(*edges: Edge, **metadata: dict[str, Any]) -> Graph:
    ids = dict.fromkeys(id for edge in edges for id in edge[:2])
    return Graph({id: Node(id, id, None, metadata.get(id)) for id in ids}, list(edges))


def body(graph: Graph, **options: Any) -> list[str]:
    """The lines of the graph itself, without frontmatter and class definitions."""
    text = graph.draw_mermaid(**options).partition("graph TD;\n")[2]
    return [line.strip() for line in text.splitlines() if "classDef" not in line]


def header(config: dict[str, Any] | None) -> str:
    return graph_of(Edge("a", "b")).draw_mermaid(frontmatter_config=config).partition("---\ngraph TD;")[0]


def test_the_whole_text():
    graph = graph_of(
        Edge("__start__", "agent"),
        Edge("agent", "tools", "go on", conditional=True),
        Edge("agent", "Parallel<a,b>Input", conditional=True),
        Edge("tools", "agent", 7),
    )
    assert graph.draw_mermaid() == dedent("""\
        ---
        config:
          flowchart:
            curve: linear
        ---
        graph TD;
        \t__start__([<p>__start__</p>]):::first
        \tagent(agent)
        \ttools(tools)
        \tParallel\\3ca\\2cb\\3eInput([Parallel<a,b>Input]):::last
        \t__start__ --> agent;
        \tagent -. &nbsp;go on&nbsp; .-> tools;
        \tagent -.-> Parallel\\3ca\\2cb\\3eInput;
        \ttools -- &nbsp;7&nbsp; --> agent;
        \tclassDef default fill:#f2f0ff,line-height:1.2
        \tclassDef first fill-opacity:0
        \tclassDef last fill:#bfb6fc
        """)


def test_without_styles_it_is_the_bare_edges():
    graph = graph_of(Edge("a", "sub:b"), Edge("sub:b", "c", conditional=True))
    assert graph.draw_mermaid(with_styles=False) == "graph TD;\n\ta --> sub\\3ab;\n\tsub\\3ab -.-> c;\n"


def test_styles_and_curve_are_as_given():
    text = graph_of(Edge("a", "b")).draw_mermaid(
        curve_style=CurveStyle.STEP_AFTER, node_colors=NodeStyles(first="fill:#fff")
    )
    assert "    curve: stepAfter\n" in text
    assert "\tclassDef first fill:#fff\n\tclassDef last fill:#bfb6fc\n" in text


def test_a_single_node_is_the_last():
    assert body(Graph({"a": Node("a", "a", None, None)})) == ["a([a]):::last"]


def test_loops_come_after_the_other_edges():
    assert body(graph_of(Edge("a", "a"), Edge("a", "b")))[-2:] == ["a --> b;", "a --> a;"]


def test_long_labels_are_wrapped_by_words():
    graph = graph_of(Edge("a", "b", "one  two\nthree"))
    assert body(graph, wrap_label_n_words=2)[-1] == "a -- &nbsp;one two&nbsp<br>&nbspthree&nbsp; --> b;"


@pytest.mark.parametrize("words", [0, -1])
def test_a_label_has_at_least_one_word_a_line(words: int):
    with pytest.raises(ValueError, match=f"wrap_label_n_words must be 1 or more, not {words}"):
        Graph().draw_mermaid(wrap_label_n_words=words)


def test_metadata_stands_below_the_name():
    graph = graph_of(Edge("a", "b"), a={"k": 'f(x) "#1"', "list": [1, 2], "deep": {"x": 1}, "none": None})
    shown = "k = f#40;x#41; #quot;#35;1#quot;\nlist = 1, 2"
    assert f"\ta([a<hr/><small><em>{shown}</em></small>]):::first\n" in graph.draw_mermaid()


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("f(x)", "f#40;x#41;"),
        ('[{"a|b"}]', "#91;#123;#quot;a#124;b#quot;#125;#93;"),
        ("#quot; #1", "#35;quot; #1"),
        ("a@b", "a#64;b"),
        ("-x-", "#45;x#45;"),
        ("_x*", "<p>_x*</p>"),
        ("_x", "_x"),
    ],
)
def test_names_are_read_as_text(name: str, label: str):
    assert f"({label})" in body(graph_of(Edge("a", name), Edge(name, "b")))[1]


def test_labels_do_not_end_their_line():
    solid, dotted = body(
        graph_of(Edge("a", "b", "a--b 1.5 |"), Edge("a", "b", "a-b v1.5", conditional=True))
    )[-2:]
    assert solid == "a -- &nbsp;a#45;#45;b 1.5 #124;&nbsp; --> b;"
    assert dotted == "a -. &nbsp;a-b v1#46;5&nbsp; .-> b;"


def test_an_empty_label_is_no_error():
    assert body(graph_of(Edge("a", "b", "")))[-1] == "a -- &nbsp;&nbsp; --> b;"


def test_prefixes_are_subgraphs():
    graph = graph_of(
        Edge("a", "p:x"),
        Edge("p:x", "p:q:y", conditional=True),
        Edge("p:q:y", "p:q:z"),
        Edge("p:q:z", "end of it"),
    )
    assert body(graph) == [
        "a([a]):::first",
        "end\\20of\\20it([end of it]):::last".replace("end", "\\65nd", 1),
        "a --> p\\3ax;",
        "p\\3aq\\3az --> \\65nd\\20of\\20it;",
        "subgraph p",
        "p\\3ax(x)",
        "p\\3ax -.-> p\\3aq\\3ay;",
        "subgraph q",
        "p\\3aq\\3ay(y)",
        "p\\3aq\\3az(z)",
        "p\\3aq\\3ay --> p\\3aq\\3az;",
        "end",
        "end",
    ]


def test_subgraphs_of_one_name_are_two():
    lines = body(graph_of(Edge("a:p:x", "b:p:x")))
    assert [line for line in lines if line.startswith("subgraph")] == [
        "subgraph a",
        'subgraph \\3aa\\3ap ["p"]',
        "subgraph b",
        'subgraph \\3ab\\3ap ["p"]',
    ]


def test_a_subgraph_and_a_node_of_one_name_are_two():
    assert 'subgraph \\3ap ["p"]' in body(graph_of(Edge("p", "p:x")))


@pytest.mark.parametrize("prefix", ["a--b", "end", "my end", "f(x)", "default", "<b>"])
def test_a_subgraph_with_an_odd_name_has_it_as_a_title(prefix: str):
    [line] = [line for line in body(graph_of(Edge("a", f"{prefix}:x"))) if line.startswith("subgraph")]
    assert re.fullmatch(r'subgraph \\3a\S+ \["[^"]+"\]', line)


def test_a_colon_that_divides_nothing_makes_no_subgraph():
    lines = body(graph_of(Edge(":a", "b:"), Edge("b:", "c: ")))
    assert lines[:3] == ["\\3aa([:a]):::first", "b\\3a(b:)", "c\\3a\\20([c: ]):::last"]


def test_the_frontmatter_is_kept_and_not_changed():
    given = {
        "title": "T: it's",
        "config": {"theme": "neutral", "flowchart": {"curve": "basis", "padding": 3}},
    }
    assert header(given) == dedent("""\
        ---
        config:
          flowchart:
            curve: linear
            padding: 3
          theme: neutral
        title: 'T: it''s'
        """)
    assert given["config"]["flowchart"] == {"curve": "basis", "padding": 3}


def test_the_frontmatter_is_yaml_whatever_the_values():
    values = {
        "a": "#fff",
        "b": "yes",
        "c": True,
        "d": None,
        "e": [1, "x"],
        "f": "two\nlines",
        "g": {},
        "h": "",
    }
    assert header({"config": values}).splitlines()[2:10] == [
        "  a: '#fff'",
        "  b: 'yes'",
        "  c: true",
        "  d: null",
        '  e: [1, "x"]',
        '  f: "two\\nlines"',
        "  flowchart:",
        "    curve: linear",
    ]
    assert header({"config": values}).splitlines()[10:] == ["  g: {}", "  h: ''"]


def test_ids_that_would_be_keywords_are_not():
    assert [safe_id(id) for id in ("end", "end-x", "ending", "style x", "graph_2")] == [
        "\\65nd",
        "\\65nd-x",
        "ending",
        "\\73tyle\\20x",
        "graph_2",
    ]


@given(st.text(), st.text())
def test_ids_are_safe_and_no_two_become_one(one: str, other: str):
    assert re.fullmatch(r"(?:[A-Za-z0-9_]|-(?![-\s]|$)|\\[0-9a-f]{2}|\\u[0-9a-f]{6})*", safe_id(one))
    assert (safe_id(one) == safe_id(other)) == (one == other)


IDS = st.text(st.sampled_from('ab:-. (<é"|'), min_size=1, max_size=6)


@given(st.lists(st.tuples(IDS, IDS, st.none() | IDS, st.booleans()), min_size=1))
def test_every_edge_is_drawn_once_and_every_subgraph_ends(
    given_edges: list[tuple[str, str, str | None, bool]],
):
    edges = [Edge(*edge) for edge in given_edges]
    lines = body(graph_of(*edges))
    arrow = re.compile(r"(\S+) (?:-->|-\.->|-- .* -->|-\. .* \.->) (\S+);")
    drawn = [match.groups() for line in lines if (match := arrow.fullmatch(line))]
    assert sorted(drawn) == sorted((safe_id(edge.source), safe_id(edge.target)) for edge in edges)
    assert sum(line.startswith("subgraph ") for line in lines) == lines.count("end")

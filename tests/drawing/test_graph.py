"""Building a graph, and what it says about itself."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from eventflow.drawing import Edge, Graph, Node
from eventflow.drawing.node import is_uuid


class Step:
    """Stands in for a runnable."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get_name(self) -> str:
        return self.name


class Question(BaseModel):
    text: str


def path(*ids: str) -> Graph:
    """A graph of named nodes, one after the other."""
    graph = Graph()
    for id in ids:
        graph.add_node(None, id)
    for source, target in pairwise(ids):
        graph.add_edge(graph.nodes[source], graph.nodes[target])
    return graph


def pairs(graph: Graph) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in graph.edges]


def test_a_node_without_id_goes_by_the_name_of_its_data():
    step = Step("parse")
    node = Graph().add_node(step)
    assert (node.name, node.data, node.metadata) == ("parse", step, None)
    assert is_uuid(node.id)


def test_a_node_with_id_goes_by_it():
    assert Graph().add_node(Step("parse"), "p", metadata={"k": 1})[:2] == ("p", "p")


def test_a_node_for_nothing_goes_by_its_id():
    node = Graph().add_node(None)
    assert node.name == node.id


def test_a_taken_id_is_refused():
    with pytest.raises(ValueError, match="Node with id a already exists: choose another"):
        path("a").add_node(None, "a")


def test_an_edge_needs_both_ends_in_the_graph():
    graph = path("a")
    stranger = Node("x", "x", None, None)
    with pytest.raises(ValueError, match="Target node x not in graph: add it"):
        graph.add_edge(graph.nodes["a"], stranger)
    with pytest.raises(ValueError, match="Source node x not in graph: add it"):
        graph.add_edge(stranger, graph.nodes["a"])
    assert not graph.edges


def test_removing_a_node_removes_its_edges():
    graph = path("a", "b", "c")
    graph.add_edge(graph.nodes["a"], graph.nodes["c"])
    graph.remove_node(graph.nodes["b"])
    assert (list(graph.nodes), pairs(graph)) == (["a", "c"], [("a", "c")])


def test_removing_a_stranger_is_refused():
    with pytest.raises(KeyError):
        path("a").remove_node(Node("x", "x", None, None))


def test_a_graph_is_true_if_it_has_nodes():
    assert not Graph()
    assert path("a")


@pytest.mark.parametrize(
    ("edges", "first", "last"),
    [
        (["ab", "bc"], "a", "c"),
        (["ac", "bc"], None, "c"),
        (["ab", "ac"], "a", None),
        (["ab", "bc", "ca"], None, None),
        (["aa", "ab", "bc", "cc"], None, None),
    ],
)
def test_first_and_last_are_the_only_ones_of_their_kind(
    edges: list[str], first: str | None, last: str | None
):
    graph = path("a")
    graph.add_node(None, "b")
    graph.add_node(None, "c")
    for source, target in edges:
        graph.add_edge(graph.nodes[source], graph.nodes[target])
    assert graph.first_node() == (first and graph.nodes[first])
    assert graph.last_node() == (last and graph.nodes[last])


def test_trimming_takes_one_node_off_either_end():
    graph = path("a", "b", "c")
    graph.trim_first_node()
    assert (list(graph.nodes), pairs(graph)) == (["b", "c"], [("b", "c")])
    graph.trim_last_node()
    assert (list(graph.nodes), pairs(graph)) == (["b"], [])


def test_trimming_leaves_what_would_fall_apart():
    graph = Graph()
    a, b, c, d = (graph.add_node(None, id) for id in "abcd")
    for source, target in ((a, b), (a, c), (b, d), (c, d)):
        graph.add_edge(source, target)
    graph.trim_first_node()
    graph.trim_last_node()
    assert list(graph.nodes) == ["a", "b", "c", "d"]


def test_trimming_leaves_a_node_with_two_edges():
    graph = path("a", "b")
    graph.add_edge(graph.nodes["a"], graph.nodes["b"], "other")
    graph.trim_first_node()
    graph.trim_last_node()
    assert list(graph.nodes) == ["a", "b"]


def test_trimming_leaves_a_single_node():
    graph = path("a")
    graph.trim_first_node()
    graph.trim_last_node()
    assert list(graph.nodes) == ["a"]


def test_trimming_leaves_the_way_into_a_cycle():
    graph = path("a", "b", "c")
    graph.add_edge(graph.nodes["c"], graph.nodes["b"])
    graph.trim_first_node()
    assert list(graph.nodes) == ["a", "b", "c"]


def test_extending_with_a_prefix_renames_what_has_a_name():
    graph, inner = path("a"), path("x", "y")
    inner.add_edge(inner.nodes["x"], inner.nodes["y"], "again", conditional=True)
    first, last = graph.extend(inner, prefix="in")
    assert (first, last) == (graph.nodes["in:x"], graph.nodes["in:y"])
    assert first is not None
    assert first.name == "x"
    assert graph.edges == [Edge("in:x", "in:y"), Edge("in:x", "in:y", "again", conditional=True)]


def test_extending_leaves_machine_made_ids_alone():
    inner = Graph()
    node = inner.add_node(Step("f"))
    graph = Graph()
    assert graph.extend(inner, prefix="in") == (node, node)


def test_extending_without_ends_returns_none():
    assert path("a").extend(Graph()) == (None, None)


def test_extending_never_merges_two_nodes():
    graph = path("a", "b")
    with pytest.raises(ValueError, match="Node with id a already exists: give extend a prefix"):
        graph.extend(path("x", "a"))
    assert list(graph.nodes) == ["a", "b"]


def test_reid_gives_names_for_ids_and_numbers_for_twins():
    graph = Graph()
    f, g, twin = graph.add_node(Step("f")), graph.add_node(Step("g")), graph.add_node(Step("f"))
    graph.add_edge(f, g)
    graph.add_edge(g, twin)
    named = graph.reid()
    assert [(id, node.id, node.name) for id, node in named.nodes.items()] == [
        ("f_1", "f_1", "f"),
        ("g", "g", "g"),
        ("f_2", "f_2", "f"),
    ]
    assert pairs(named) == [("f_1", "g"), ("g", "f_2")]


def test_reid_leaves_given_ids_alone():
    assert list(path("b", "a").reid().nodes) == ["b", "a"]


def test_reid_numbers_round_names_that_look_numbered():
    graph = path("f")
    for name in ("f", "g", "g", "g_1"):
        graph.add_node(Step(name))
    assert list(graph.reid().nodes) == ["f", "f_1", "g_2", "g_3", "g_1"]


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["f", "f_1", "f_1_1", "f_2", "g"]))))
def test_reid_loses_no_node_and_no_edge(steps: list[tuple[bool, str]]):
    graph = Graph()
    for named, name in steps:
        graph.add_node(Step(name), name if named and name not in graph.nodes else None)
    nodes = list(graph.nodes.values())
    for source, target in pairwise(nodes):
        graph.add_edge(source, target)
    named = graph.reid()
    assert [node.data for node in named.nodes.values()] == [node.data for node in nodes]
    assert pairs(named) == list(pairwise(named.nodes))


def test_json_calls_machine_made_ids_by_number():
    graph = Graph()
    question, step, end = graph.add_node(Question), graph.add_node(Step("f")), graph.add_node(None, "end")
    graph.add_edge(question, step)
    graph.add_edge(step, end, "done", conditional=True)
    assert graph.to_json() == {
        "nodes": [
            {"id": 0, "type": "schema", "data": "Question"},
            {"id": 1, "type": "runnable", "data": {"id": [*Step.__module__.split("."), "Step"], "name": "f"}},
            {"id": "end"},
        ],
        "edges": [
            {"source": 0, "target": 1},
            {"source": 1, "target": "end", "data": "done", "conditional": True},
        ],
    }


def test_json_calls_data_by_a_given_id_and_shows_metadata():
    graph = Graph()
    inner, graph = Graph(), Graph()
    inner.add_node(Step("f"), "mine", metadata={"k": 1})
    graph.extend(inner, prefix="in")
    [node] = graph.to_json()["nodes"]
    assert (node["id"], node["data"]["name"], node["metadata"]) == ("in:mine", "in:mine", {"k": 1})


def test_json_has_schemas_on_request():
    graph = Graph()
    graph.add_node(Question)
    graph.add_node(int)
    assert graph.to_json(with_schemas=True)["nodes"] == [
        {"id": 0, "type": "schema", "data": Question.model_json_schema()},
        {"id": 1, "type": "unknown", "data": "int"},
    ]


def test_ascii_shows_names_even_if_two_are_the_same(capsys: pytest.CaptureFixture[str]):
    graph = Graph()
    graph.add_edge(graph.add_node(Step("f")), graph.add_node(Step("f")))
    graph.print_ascii()
    assert capsys.readouterr().out == graph.draw_ascii() + "\n"
    assert graph.draw_ascii().count("| f |") == 2


def test_mermaid_marks_the_ends_of_what_is_drawn():
    graph = Graph()
    graph.add_edge(graph.add_node(Question), graph.add_node(Step("answer")))
    text = graph.draw_mermaid()
    assert "\tQuestion([Question]):::first\n\tanswer([answer]):::last\n\tQuestion --> answer;\n" in text

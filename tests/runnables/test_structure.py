"""Graphs of runnables, and the prompts inside them."""

import pytest

from eventflow import (
    Graph,
    PromptTemplate,
    Runnable,
    RunnableBranch,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    chain,
)


def first(x: int) -> int:
    return x


def last(x: int) -> str:
    return str(x)


def prompt(text: str) -> PromptTemplate:
    return PromptTemplate.from_template(text)


def shape(runnable: Runnable, config=None) -> set[tuple[str, str]]:
    """The edges by the names of their ends."""
    graph = runnable.get_graph(config).reid()
    return {(edge.source, edge.target) for edge in graph.edges}


def test_one_after_the_other():
    assert shape(RunnableLambda(first) | last) == {
        ("first_input", "first"),
        ("first", "last"),
        ("last", "last_output"),
    }


def test_the_same_runnable_twice():
    step = RunnableLambda(first)
    assert shape(step | step) == {
        ("first_input", "first_1"),
        ("first_1", "first_2"),
        ("first_2", "first_output"),
    }


def test_side_by_side():
    assert shape(RunnableLambda(first) | {"a": first, "b": last} | last) == {
        ("first_input", "first_1"),
        ("first_1", "Parallel<a,b>Input"),
        ("Parallel<a,b>Input", "first_2"),
        ("Parallel<a,b>Input", "last_1"),
        ("first_2", "Parallel<a,b>Output"),
        ("last_1", "Parallel<a,b>Output"),
        ("Parallel<a,b>Output", "last_2"),
        ("last_2", "last_output"),
    }


def test_assign_has_the_input_beside():
    assert shape(RunnablePassthrough.assign(a=first)) == {
        ("Parallel<a>Input", "first"),
        ("first", "Parallel<a>Output"),
        ("Parallel<a>Input", "Passthrough"),
        ("Passthrough", "Parallel<a>Output"),
    }


def test_what_is_wrapped_is_what_is_drawn():
    inner = RunnableLambda(first) | last
    wrapped = (
        inner.bind(),
        inner.with_config(tags=["t"]),
        inner.with_retry(),
        inner.map(),
        inner.bind().with_retry(),
    )
    assert [shape(one) for one in wrapped] == [shape(inner)] * len(wrapped)


def test_metadata_is_shown_at_the_nodes():
    graph = (RunnableLambda(first).with_config(metadata={"a": 1}) | last).get_graph({"metadata": {"b": 2}})
    assert {node.name: node.metadata for node in graph.nodes.values() if node.metadata} == {
        "first": {"a": 1, "b": 2},
        "last": {"b": 2},
    }


def test_a_function_shows_the_runnables_that_it_uses():
    inner = RunnableLambda(first) | last

    @chain
    def outer(x: int) -> str:
        return inner.invoke(x)

    assert shape(outer) == {("outer_input", "first"), ("first", "last"), ("last", "outer_output")}


def test_functions_may_use_each_other_in_a_circle():
    @chain
    def even(n):
        return n == 0 or odd.invoke(n - 1)

    @chain
    def odd(n):
        return n != 0 and (odder | bool).invoke(n - 1)

    odder = even | bool

    @chain
    def alone(n):
        return n == 0 or alone.invoke(n - 1)

    assert even.invoke(2) is True
    for one in (even, odd, alone, odder):
        assert one.get_graph()
        assert one.config_specs == one.get_prompts() == []


def test_a_graph_of_ones_own_is_used():
    class Own(Runnable[int, int]):
        def get_graph(self, config=None):
            graph = Graph()
            begin, end = graph.add_node(None, "begin"), graph.add_node(None, "end")
            graph.add_edge(begin, graph.add_node(None, "one"))
            graph.add_edge(graph.nodes["one"], end)
            return graph

    assert shape(RunnableLambda(first) | Own() | last) == {
        ("first_input", "first"),
        ("first", "one"),
        ("one", "last"),
        ("last", "last_output"),
    }


class Loose(Runnable[int, int]):
    """Its graph has two ends."""

    def get_graph(self, config=None):
        graph = Graph()
        begin = graph.add_node(None, "begin")
        for end in ("a", "b"):
            graph.add_edge(begin, graph.add_node(None, end))
        return graph


@pytest.mark.parametrize("outer", [Loose() | RunnableLambda(first), RunnableParallel(a=Loose())])
def test_a_graph_without_one_end_cannot_be_inside_another(outer):
    with pytest.raises(ValueError, match=r"cannot draw 'Loose' inside another graph: .* one node"):
        outer.get_graph()


def test_a_graph_with_several_ends_may_stand_at_the_end():
    assert ("first", "begin") in shape(RunnableLambda(first) | Loose())


def test_prompts_wherever_they_are():
    a, b, c, d, e = map(prompt, "abcde")

    @chain
    def using(x):
        return e.invoke(x)

    runnable = (
        a.bind()
        | RunnableBranch((first, b), RunnableParallel(x=c, y=RunnablePassthrough.assign(z=d)))
        | RunnableLambda(last).with_fallbacks([using])
    )
    assert [one.template for one in runnable.get_prompts()] == ["a", "b", "c", "d", "e"]


def test_it_can_be_drawn():
    text = (RunnableLambda(first) | {"a": last, "b": last}).get_graph().draw_mermaid()
    assert "first" in text
    assert "Parallel" in text

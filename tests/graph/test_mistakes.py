"""Mistakes that people make: the error says what is wrong, where it is, and what to do instead."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from typing_extensions import TypedDict

from eventflow.checkpoints import InMemorySaver
from eventflow.errors import EmptyInputError, InvalidUpdateError
from eventflow.graph import END, START, Command, Send, StateGraph, entrypoint, task


class State(TypedDict):
    x: int
    items: Annotated[list[int], operator.add]


THREAD: Any = {"configurable": {"thread_id": "1"}}


def nothing(state: State) -> None: ...


async def later(state: State) -> dict[str, int]:
    return {"x": 1}


def one(node: Any, **compiled: Any) -> Any:
    return StateGraph(State).add_node("a", node).add_edge(START, "a").compile(**compiled)


async def refused(graph: Any, kind: type[Exception], text: str, input: Any, *config: Any, **said: Any):
    """The call is refused, in sync and async code, with the same words."""
    with pytest.raises(kind, match=text) as raised:
        graph.invoke(input, *config, **said)
    with pytest.raises(kind, match=text) as awaited:
        await graph.ainvoke(input, *config, **said)
    assert str(raised.value) == str(awaited.value)


# ---- building


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (
            lambda: StateGraph(State).invoke({}),
            r"StateGraph is not compiled: call invoke\(\) of what compile",
        ),
        (lambda: StateGraph(State).astream({}), r"call astream\(\) of what compile\(\) gives"),
        (lambda: StateGraph(State).get_graph(), r"call get_graph\(\) of what compile\(\) gives"),
        (lambda: StateGraph(State).speed, "'StateGraph' object has no attribute 'speed'"),
    ],
)
def test_a_graph_that_is_not_compiled_says_so(build: Callable[[], Any], text: str):
    with pytest.raises(AttributeError, match=text):
        build()


def test_a_node_that_is_not_compiled_is_refused():
    with pytest.raises(TypeError, match=r"node 'a' cannot run a StateGraph: compile\(\) it first"):
        StateGraph(State).add_node("a", StateGraph(State))


def test_an_edge_to_several_nodes_is_refused():
    with pytest.raises(TypeError, match=r"end_key=\['b', 'c'\]: an edge leads to one node; add one edge for"):
        StateGraph(State).add_edge("a", ["b", "c"])  # type: ignore[arg-type]  # pyright: ignore


@pytest.mark.parametrize("wrong", [{"x": int}, ["x"], "State", None])
def test_what_is_no_schema_is_refused(wrong: Any):
    with pytest.raises(TypeError, match="give a TypedDict, a dataclass, a pydantic model"):
        StateGraph(wrong)


# ---- going on


@pytest.mark.parametrize("target", ["b", Send("b", 1), Send(END, 1)])
@pytest.mark.parametrize("barrier", [True, False])
async def test_the_entry_leads_to_an_unknown_node(target: Any, barrier: bool):
    builder = StateGraph(State).add_node("a", nothing).add_conditional_edges(START, lambda state: [target])
    name = getattr(target, "node", target)
    text = f"'__start__' goes on to '{name}', which is no node of this graph: there are a"
    await refused(builder.compile(barrier=barrier), InvalidUpdateError, text, {"x": 1})


async def test_a_command_as_input_leads_to_an_unknown_node():
    text = "'__start__' goes on to 'b', which is no node of this graph: there are a"
    await refused(one(nothing), InvalidUpdateError, text, Command(goto="b", update={"x": 1}))


def test_an_update_leads_to_an_unknown_node():
    graph = one(nothing, checkpointer=InMemorySaver())
    with pytest.raises(InvalidUpdateError, match="'__start__' goes on to 'b', which is no node"):
        graph.update_state(THREAD, Command(goto="b"), as_node=START)


def test_leading_to_the_end_at_once_is_fine():
    builder = StateGraph(State).add_node("a", nothing).add_conditional_edges(START, lambda state: END)
    assert builder.compile().invoke({"x": 1}) == {"x": 1, "items": []}


# ---- what a node gives


async def test_a_coroutine_that_nobody_awaits():
    text = "Expected dict, got a coroutine: node 'a' has to await it, in an `async def`"
    await refused(one(lambda state: later(state)), InvalidUpdateError, text, {"x": 1})


@pytest.mark.parametrize("gives", [Send("a", 1), [Send("a", 1)]])
async def test_a_node_that_sends(gives: Any):
    text = r"node 'a' gives a Send: return Command\(goto=\[Send\(\.\.\.\)\]\), or give it from a conditional edge"
    await refused(one(lambda state: gives), InvalidUpdateError, text, {"x": 1})


def test_a_reducer_that_fails_says_of_which_key():
    with pytest.raises(TypeError, match="can only concatenate") as raised:
        one(lambda state: {"items": 3}).invoke({"x": 1})
    assert raised.value.__notes__ == ["While adding 3 to the key 'items' of the state, by its reducer"]


# ---- where it failed


def fails(state: State) -> None:
    raise KeyError("x")


async def test_an_error_says_in_which_node_it_was_raised():
    inner = one(fails)
    outer = StateGraph(State).add_node("outer", inner).add_edge(START, "outer").compile()
    with pytest.raises(KeyError) as raised:
        outer.invoke({"x": 1})
    with pytest.raises(KeyError) as awaited:
        await outer.ainvoke({"x": 1})
    for error in (raised.value, awaited.value):
        assert [note.partition(" and id ")[0] for note in error.__notes__] == [
            "During task with name 'a'",
            "During task with name 'outer'",
        ]


async def test_a_task_that_fails_is_named_too():
    @task
    def work(x: int) -> int:
        raise ValueError(x)

    @entrypoint()
    def flow(x: int) -> int:
        return work(x).result()

    with pytest.raises(ValueError, match="3") as raised:
        flow.invoke(3)
    assert [note.partition(" and id ")[0] for note in raised.value.__notes__] == [
        "During task with name 'work'",
        "During task with name 'flow'",
    ]


# ---- calling


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"recursion_limit": 5}, r"give it in the config: config=\{'recursion_limit': \.\.\.\}"),
        ({"tags": ["a"]}, r"give it in the config: config=\{'tags': \.\.\.\}"),
        ({"thread_id": "1"}, r"give it in the config: config=\{'configurable': \{'thread_id': \.\.\.\}\}"),
    ],
)
async def test_what_belongs_into_the_config(said: dict[str, Any], text: str):
    await refused(one(nothing), TypeError, text, {"x": 1}, **said)


@pytest.mark.parametrize("limit", [0, -1])
async def test_a_limit_of_no_steps(limit: int):
    config = {"recursion_limit": limit}
    await refused(one(nothing), ValueError, "recursion_limit must be at least 1", {"x": 1}, config)


async def test_an_answer_to_a_graph_that_keeps_nothing():
    text = r"Cannot use Command\(resume=\.\.\.\) without checkpointer: .*compile\(checkpointer=InMemorySaver"
    await refused(one(nothing), RuntimeError, text, Command(resume="yes"))


async def test_an_answer_in_a_thread_that_has_not_asked():
    text = "the thread has nothing to go on with"
    graph = one(nothing, checkpointer=InMemorySaver())
    await refused(graph, EmptyInputError, text, Command(resume="yes"), THREAD)

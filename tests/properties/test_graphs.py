"""The laws for graphs: watching changes nothing, sync and async agree, and every run lives once."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

import eventflow
from differential.random_graphs import specs
from eventflow import AIMessage, GenericFakeChatModel, subscribe
from eventflow.checkpoints import InMemorySaver
from eventflow.graph import START, MessagesState, StateGraph
from eventflow.graph.modes import StreamModeName
from properties.telling import assert_lives
from properties.trees import Side

OURS = Side(eventflow)
INPUT: dict[str, Any] = {"x": 0, "log": []}
ALL = [*get_args(StreamModeName)]
WATCHED = st.sampled_from([*([mode] for mode in ALL), ALL])


def config() -> Any:
    """One thread, and few steps: what a random graph does in a loop may double each time."""
    return {"configurable": {"thread_id": "1"}, "max_concurrency": 1, "recursion_limit": 7}


def ended(call: Any) -> str:
    try:
        return repr(call())
    except Exception as error:
        return repr(error)


async def aended(call: Any) -> str:
    try:
        return repr(await call())
    except Exception as error:
        return repr(error)


def last_state(parts: Any) -> Any:
    """The state that is shown last; interrupts come as a list from `invoke`."""
    last = None
    for mode, part in parts:
        last = part if mode == "values" else last
    if last and "__interrupt__" in last:
        last = {**last, "__interrupt__": [*last["__interrupt__"]]}
    return last


def without_ids(text: str) -> str:
    return text.split(", '__interrupt__")[0].rstrip("}")


@given(specs(), WATCHED)
async def test_watching_changes_nothing(spec, modes):
    plain, awaited, watched = (spec.build(OURS) for _ in range(3))
    expected = without_ids(ended(lambda: plain.invoke(INPUT, config())))
    assert without_ids(await aended(lambda: awaited.ainvoke(INPUT, config()))) == expected
    asked = [*modes, "values"]
    shown = ended(lambda: last_state(watched.stream(INPUT, config(), stream_mode=asked)))
    assert without_ids(shown) == expected


@given(specs(), st.sampled_from(ALL), st.booleans())
async def test_every_run_lives_once(spec, mode, asynchronous):
    events: list[Any] = []
    graph = spec.build(OURS)
    with subscribe(events.append):
        try:
            if asynchronous:
                async for _ in graph.astream(INPUT, config(), stream_mode=mode):
                    pass
            else:
                for _ in graph.stream(INPUT, config(), stream_mode=mode):
                    pass
        except Exception:  # noqa: S110  # a node that fails is one of the ways to end
            pass
    assert_lives(events)


@given(specs(), st.permutations(ALL))
def test_the_order_of_parts_does_not_depend_on_how_modes_are_asked_for(spec, modes):
    def shown(asked: Any) -> Any:
        order: list[str] = []
        graph = spec.build(OURS)
        try:
            order.extend(mode for mode, _ in graph.stream(INPUT, config(), stream_mode=asked))
        except Exception as error:
            order.append(repr(error))
        return order

    assert shown(modes) == shown(ALL)


@given(st.sampled_from([None, "m"]), WATCHED)
def test_messages_have_the_same_ids_and_contents(id, modes):
    def node(state: MessagesState) -> Any:
        model = GenericFakeChatModel(messages=iter([AIMessage("one two", id=id)]))
        return {"messages": [model.invoke("x"), AIMessage("own", id="own")]}

    graph = (
        StateGraph(MessagesState).add_node(node).add_edge(START, "node").compile(checkpointer=InMemorySaver())
    )
    whole = graph.invoke({"messages": []}, {"configurable": {"thread_id": "a"}})["messages"]
    for _ in graph.stream({"messages": []}, {"configurable": {"thread_id": "b"}}, stream_mode=modes):
        pass
    state = graph.get_state({"configurable": {"thread_id": "b"}}).values["messages"]
    assert [type(m) for m in state] == [type(m) for m in whole]
    assert [m.content for m in state] == [m.content for m in whole]
    if id is not None:
        assert [m.id for m in state] == [m.id for m in whole]

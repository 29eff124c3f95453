"""Messages that a node shows and writes before it has ended."""

from typing import Any

import pytest

from eventflow import AIMessage
from eventflow.errors import InvalidUpdateError, NoRunError
from eventflow.graph import START, MessagesState, RetryPolicy, StateGraph, push_message


def graph_of(node: Any, **options: Any) -> Any:
    return StateGraph(MessagesState).add_node("node", node, **options).add_edge(START, "node").compile()


def pushes(state: MessagesState) -> Any:
    push_message(AIMessage("first", id="1"))
    return {"messages": [AIMessage("second", id="2")]}


def test_it_is_shown_once_and_written_first():
    graph = graph_of(pushes)
    assert [m.text for m, _ in graph.stream({"messages": []}, stream_mode="messages")] == ["first", "second"]
    assert [m.text for m in graph.invoke({"messages": []})["messages"]] == ["first", "second"]


async def test_it_is_shown_without_being_written():
    async def node(state: MessagesState) -> None:
        push_message(("ai", "x")) if state["messages"] else push_message(
            AIMessage("shown", id="1"), state_key=None
        )

    graph = graph_of(node)
    assert [m.text async for m, _ in graph.astream({"messages": []}, stream_mode="messages")] == ["shown"]
    assert await graph.ainvoke({"messages": []}) == {"messages": []}
    with pytest.raises(ValueError, match="Message ID is required"):
        await graph.ainvoke({"messages": [("user", "hi")]})


def test_another_attempt_begins_anew():
    attempts: list[int] = []

    def node(state: MessagesState) -> Any:
        attempts.append(1)
        push_message(AIMessage(f"attempt {len(attempts)}", id=str(len(attempts))))
        if len(attempts) < 2:
            raise ConnectionError

    again = RetryPolicy(initial_interval=0, jitter=False)
    result = graph_of(node, retry_policy=again).invoke({"messages": []})
    assert [message.text for message in result["messages"]] == ["attempt 2"]


def test_a_key_that_is_not_there():
    graph = graph_of(lambda state: push_message(AIMessage("x", id="1"), state_key="nope") and None)
    with pytest.raises(InvalidUpdateError, match="'node' writes the key 'nope'"):
        graph.invoke({"messages": []})


def test_outside_a_node():
    with pytest.raises(NoRunError, match="outside a node"):
        push_message(AIMessage("x", id="1"))

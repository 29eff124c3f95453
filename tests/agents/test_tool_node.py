"""`ToolNode` where LangGraph has nothing to compare with; see also `differential/test_tool_nodes.py`."""

import asyncio
import threading
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from eventflow import AIMessage, RunnableLambda, ToolMessage
from eventflow.agents import ToolNode
from eventflow.errors import GraphInterrupt
from eventflow.graph import START, Command, MessagesState, Send, StateGraph
from eventflow.tools import tool


def call(name: str, id: str = "1", /, **args: Any) -> dict[str, Any]:
    return {"name": name, "args": args, "id": id, "type": "tool_call"}


def said(*calls: dict[str, Any]) -> list[Any]:
    return [AIMessage("", tool_calls=[*calls])]


def add(a: int, b: int = 1) -> int:
    """Adds."""
    return a + b


async def test_sync_and_async_give_the_same():
    node = ToolNode([add])
    calls = said(call("add", "1", a=1), call("nope", "2"), call("add", "3", a="x"))
    answers = node.invoke(calls)
    assert [(m.tool_call_id, m.status) for m in answers] == [("1", "success"), ("2", "error"), ("3", "error")]
    assert await node.ainvoke(calls) == answers


def test_no_more_at_once_than_the_config_allows():
    running, most = 0, 0
    lock = threading.Lock()

    def count(n: int) -> int:
        """Counts."""
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        with lock:
            running -= 1
        return n

    calls = said(*(call("count", str(n), n=n) for n in range(8)))
    answers = ToolNode([count]).invoke(calls, {"max_concurrency": 1})
    assert [message.content for message in answers] == [str(n) for n in range(8)]
    assert most == 1


async def test_a_failure_cancels_the_others():
    ended: list[str] = []

    async def hang(n: int) -> int:
        """Hangs."""
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("hang")
        return n

    async def boom(n: int) -> int:
        """Fails."""
        raise ConnectionError("lost")

    with pytest.raises(ConnectionError):
        await ToolNode([hang, boom]).ainvoke(said(call("hang", n=1), call("boom", "2", n=1)))
    assert ended == ["hang"]


def test_a_validation_error_of_the_tools_own_work_is_its_failure():
    class Row(BaseModel):
        n: int

    def parse(text: str) -> int:
        """Parses."""
        return Row.model_validate({"n": text}).n

    with pytest.raises(ValidationError):
        ToolNode([parse]).invoke(said(call("parse", text="x")))
    (told,) = ToolNode([parse], handle_tool_errors=True).invoke(said(call("parse", text="x")))
    assert "for Row" in told.content


def test_what_the_graph_is_asked_is_no_failure():
    def ask(q: str) -> str:
        """Asks."""
        raise GraphInterrupt(())

    with pytest.raises(GraphInterrupt):
        ToolNode([ask], handle_tool_errors=True).invoke(said(call("ask", q="a")))


async def test_calls_are_wrapped_in_async_code():
    seen: list[str] = []

    async def awrap(request: Any, execute: Any) -> Any:
        seen.append(request.tool_call["name"])
        return await execute(request)

    def wrap(request: Any, execute: Any) -> Any:
        seen.append("sync " + request.tool_call["name"])
        return execute(request)

    calls = said(call("add", a=1))
    both = ToolNode([add], wrap_tool_call=wrap, awrap_tool_call=awrap)
    one = ToolNode([add], wrap_tool_call=wrap)
    for node in (both, one):
        assert (await node.ainvoke(calls))[0].content == "2"
    assert both.invoke(calls)[0].content == "2"
    assert seen == ["add", "sync add", "sync add"]


def test_handoffs_of_several_tools_are_one_command():
    @tool
    def hand(to: str) -> Any:
        """Hands over."""
        return Command(graph=Command.PARENT, goto=[Send(to, {"x": to})])

    given = ToolNode([hand]).invoke({"messages": said(call("hand", to="a"), call("hand", "2", to="b"))})
    assert given == [Command(graph=Command.PARENT, goto=[Send("a", {"x": "a"}), Send("b", {"x": "b"})])]


def test_a_runnable_as_a_tool():
    shout = RunnableLambda(lambda x: x["text"].upper()).as_tool(name="shout", arg_types={"text": str})
    assert ToolNode([shout]).invoke(said(call("shout", text="hi")))[0].content == "HI"


def test_tags_are_those_of_its_runs():
    graph = StateGraph(MessagesState).add_node(ToolNode([add], name="sums", tags=["maths"]))
    agent = graph.add_edge(START, "sums").compile()
    events = list(agent.stream_events({"messages": said(call("add", a=1))}))
    (began,) = [e for e in events if e["event"] == "on_chain_start" and e["name"] == "sums"]
    assert "maths" in began["tags"]


@pytest.mark.parametrize("handling", [3, (ValueError, 3), [ValueError]])
def test_handling_that_says_nothing(handling: Any):
    with pytest.raises(TypeError, match="handle_tool_errors="):
        ToolNode([add], handle_tool_errors=handling)


def test_a_handler_of_something_else():
    def handler(error: int) -> str:
        return "x"

    with pytest.raises(TypeError, match="which is no exception"):
        ToolNode([add], handle_tool_errors=handler)


def test_answers_are_messages():
    node = ToolNode([add])
    assert isinstance(node.invoke(said(call("add", a=1)))[0], ToolMessage)
    assert list(node.tools_by_name) == ["add"]
    assert node.get_name() == "tools"

"""What tools are given of the graph they are called in, and that nobody is told of it."""

from typing import Annotated, Any

import pytest

from eventflow import AIMessage, ScriptedChatModel
from eventflow.agents import InjectedState, InjectedStore, ToolNode, ToolRuntime, create_react_agent
from eventflow.errors import NoRunError
from eventflow.graph import START, MessagesState, StateGraph, StreamWriter
from eventflow.tools import InjectedToolCallId, tool

HI: dict[str, Any] = {"messages": [("user", "hi")]}


def call(name: str, id: str = "1", /, **args: Any) -> dict[str, Any]:
    return {"name": name, "args": args, "id": id, "type": "tool_call"}


@tool
def look(
    q: str,
    state: Annotated[dict[str, Any], InjectedState],
    messages: Annotated[list[Any], InjectedState("messages")],
    runtime: ToolRuntime,
    writer: StreamWriter,
    id: Annotated[str, InjectedToolCallId],
) -> str:
    """Looks."""
    writer(q)
    return f"{q} {len(state['messages'])} {len(messages)} {runtime.tool_call_id} {id} {runtime.context}"


def test_nothing_of_it_is_shown_to_a_model():
    assert list(look.args) == ["q"]


async def test_nothing_of_it_is_told():
    agent = create_react_agent(ScriptedChatModel(call("look", q="a"), "done"), [look])
    events = [event async for event in agent.astream_events(HI)]
    (began,) = [event for event in events if event["event"] == "on_tool_start"]
    assert began["data"] == {"input": {"q": "a"}, "tool_call_id": "1"}


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_it_is_given_in_sync_and_async_code(version: Any):
    def agent() -> Any:
        model = ScriptedChatModel(call("look", q="a"), "done")
        return create_react_agent(model, [look], version=version)

    expected = "a 2 2 1 1 {'user': 'ann'}"
    context = {"user": "ann"}
    assert agent().invoke(HI, context=context)["messages"][2].text == expected
    assert (await agent().ainvoke(HI, context=context))["messages"][2].text == expected
    assert list(agent().stream(HI, stream_mode="custom", context=context)) == ["a"]


async def test_what_a_model_says_of_it_counts_for_nothing():
    said = call("look", q="a", state={"messages": []}, id="mine", runtime=None)
    agent = create_react_agent(ScriptedChatModel(said, "done"), [look])
    assert agent.invoke(HI)["messages"][2].text == "a 2 2 1 1 None"


def test_a_node_that_calls_a_tool_itself():
    def node(state: MessagesState) -> Any:
        return {"messages": [look.invoke(call("look", q="b"))]}

    graph = StateGraph(MessagesState).add_node(node).add_edge(START, "node").compile()
    assert graph.invoke(HI)["messages"][1].text == "b 1 1 1 1 None"


def test_a_tool_that_runs_a_graph_does_not_hand_its_state_down():
    def inner(state: MessagesState) -> Any:
        return {"messages": [look.invoke(call("look", q="inner"))]}

    graph = StateGraph(MessagesState).add_node(inner).add_edge(START, "inner").compile()

    def delegate(q: str) -> str:
        """Asks another graph."""
        return str(graph.invoke({"messages": [("user", q)]})["messages"][-1].text)

    agent = create_react_agent(ScriptedChatModel(call("delegate", q="x"), "done"), [delegate])
    assert agent.invoke(HI)["messages"][2].text == "inner 1 1 1 1 None"


def test_the_store():
    @tool
    def remember(q: str, store: Annotated[Any, InjectedStore]) -> str:
        """Remembers."""
        return f"{q} {store['k']}"

    made = lambda: ScriptedChatModel(call("remember", q="a"), "done")  # noqa: E731
    agent = create_react_agent(made(), [remember], store={"k": "v"})
    assert agent.invoke(HI)["messages"][2].text == "a v"
    with pytest.raises(
        ValueError, match="'store' of tool 'remember' is the store of the graph, which has none"
    ):
        create_react_agent(made(), [remember]).invoke(HI)


def test_a_key_that_the_state_does_not_have():
    @tool
    def whoami(user: Annotated[str, InjectedState("user")]) -> str:
        """Who."""
        return user

    agent = create_react_agent(ScriptedChatModel(call("whoami"), "done"), [whoami])
    with pytest.raises(
        ValueError, match="'user' of tool 'whoami' is the key 'user' of the state, which has the keys"
    ):
        agent.invoke(HI)


def test_deltas_of_the_output():
    @tool
    def slow(q: str, runtime: ToolRuntime) -> str:
        """Slow."""
        runtime.emit_output_delta("half")
        return "whole"

    agent = create_react_agent(ScriptedChatModel(call("slow", q="a"), "done"), [slow])
    told = [
        (e["event"], e["data"].get("chunk")) for e in agent.stream_events(HI) if "tool_stream" in e["event"]
    ]
    assert told == [("on_tool_stream", "half")]


# ---- outside a graph


def test_outside_a_graph_the_host_gives_it():
    given = {"state": {"messages": [1]}, "messages": [1], "writer": print, "id": "1"}

    @tool
    def count(q: str, state: Annotated[dict[str, Any], InjectedState]) -> str:
        """Counts."""
        return f"{q} {len(state['messages'])}"

    assert count.invoke({"q": "a", "state": given["state"]}) == "a 1"
    assert count.invoke({"q": "a"}, injected_args={"state": given["state"]}) == "a 1"


@pytest.mark.parametrize("kind", [Annotated[Any, InjectedState], Annotated[Any, InjectedStore], ToolRuntime])
def test_outside_a_graph_it_is_missed(kind: Any):
    def function(q: str, given: Any) -> str:
        """Needs it."""
        return q

    function.__annotations__["given"] = kind
    with pytest.raises(NoRunError, match="argument 'given' of tool 'function' comes from the graph"):
        tool(function).invoke({"q": "a"})


def test_outside_a_graph_a_default_will_do():
    @tool
    def function(q: str, runtime: ToolRuntime = None, state: Annotated[Any, InjectedState] = None) -> str:  # type: ignore[assignment]
        """May do without."""
        return f"{q} {runtime} {state}"

    assert function.invoke({"q": "a"}) == "a None None"


def test_a_tool_node_outside_a_graph_gives_the_state():
    @tool
    def count(messages: Annotated[list[Any], InjectedState("messages")]) -> str:
        """Counts."""
        return str(len(messages))

    said = AIMessage("", tool_calls=[call("count")])
    assert ToolNode([count]).invoke({"messages": [said]})["messages"][0].text == "1"
    assert ToolNode([count]).invoke([said])[0].text == "1"

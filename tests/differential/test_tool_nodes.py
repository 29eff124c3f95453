"""A tool node answers calls as LangGraph's does: what tools may return, what the model is told of failures."""

import warnings
from typing import Annotated, Any

import pytest

import eventflow
import eventflow.agents
import eventflow.graph
import eventflow.tools
from differential.agent_programs import Side, call

pytest.importorskip("langgraph.prebuilt")

from langchain_core import messages, tools
from langgraph import graph as langgraph_graph
from langgraph import prebuilt
from langgraph import types as langgraph_types
from langgraph.prebuilt import tool_node

from differential.test_agents import plain

OURS = Side(eventflow.graph, eventflow.agents, eventflow.tools, eventflow)
PEER = Side(langgraph_graph, langgraph_types, prebuilt, tool_node, tools, messages)


def made_tools(lib: Any) -> list[Any]:
    """Tools that return each of what a tool may return, and some that it may not."""
    said = lib.ToolMessage
    command = lib.Command
    returned: dict[str, Any] = {
        "text": lambda id: "text",
        "nothing": lambda id: None,
        "data": lambda id: {"a": [1, "é"]},
        "blocks": lambda id: [{"type": "text", "text": "x"}],
        "empty_list": lambda id: [],
        "message": lambda id: said("mine", tool_call_id=id),
        "message_for_other": lambda id: said("mine", tool_call_id="other"),
        "messages": lambda id: [said("a", tool_call_id=id), said("b", tool_call_id=id)],
        "command": lambda id: command(update={"messages": [said("ok", tool_call_id=id)], "foo": 1}, goto="z"),
        "command_and_human": lambda id: command(
            update={"messages": [lib.HumanMessage("h"), said("a", tool_call_id=id)]}
        ),
        "goto": lambda id: command(goto="q"),
        "empty_command": lambda id: command(),
        "no_answer": lambda id: command(update={"foo": 1}),
        "wrong_answer": lambda id: command(update={"messages": [said("a", tool_call_id="no")]}),
        "list_update": lambda id: command(update=[said("a", tool_call_id=id)]),
        "clear": lambda id: command(update={"messages": [lib.RemoveMessage(id="__remove_all__")]}),
        "to_parent": lambda id: command(goto="z", graph=command.PARENT),
        "commands": lambda id: [
            command(update={"messages": [said("a", tool_call_id=id)]}),
            command(goto="q"),
        ],
        "mixed": lambda id: [command(goto="q"), said("a", tool_call_id=id)],
        "gotos": lambda id: [command(goto="q"), command(goto="z")],
        "two_answers": lambda id: [
            command(update={"messages": [said("a", tool_call_id=id)]}),
            command(update={"messages": [said("b", tool_call_id=id)]}),
        ],
    }

    def make(name: str, give: Any) -> Any:
        def tool(x: int, id: Annotated[str, lib.InjectedToolCallId]) -> Any:
            """Returns something."""
            return give(id)

        tool.__name__ = name
        return lib.tool(tool)

    def add(a: int, b: int = 1) -> int:
        """Adds."""
        return a + b

    @lib.tool
    def boom(x: int) -> str:
        """Fails."""
        raise ValueError("boom!")

    @lib.tool
    def refuses(x: int) -> str:
        """Fails."""
        raise lib.ToolException("no")

    @lib.tool
    def look(
        q: str,
        state: Annotated[dict[str, Any], lib.InjectedState],
        talk: Annotated[list[Any], lib.InjectedState("messages")],
        runtime: lib.ToolRuntime,
    ) -> str:
        """Looks at what it is given."""
        known = [tool.name for tool in runtime.tools]
        return f"{q} {sorted(state)} {len(talk)} {runtime.tool_call_id} {sorted(runtime.state)} {len(known)}"

    return [*(make(name, give) for name, give in returned.items()), add, boom, refuses, look]


NAMES = [getattr(tool, "name", "add") for tool in made_tools(OURS)]


def answers(lib: Any, calls: list[dict[str, Any]], **options: Any) -> Any:
    """What a graph of a tool node tells of such calls."""
    if wrap := options.pop("wrap", None):
        options["wrap_tool_call"] = wrap
    if isinstance(handled := options.get("handle_tool_errors"), str) and hasattr(lib, handled):
        options["handle_tool_errors"] = getattr(lib, handled)

    class State(lib.MessagesState):
        foo: int

    graph = lib.StateGraph(State).add_node("tools", lib.ToolNode(made_tools(lib), **options))
    graph.add_node("z", lambda state: {"foo": 99}).add_node("q", lambda state: None)
    graph.add_edge(lib.START, "tools")
    said = lib.AIMessage("", tool_calls=calls, id="ai")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parts = graph.compile().stream({"messages": [said], "foo": 0}, stream_mode="updates")
            return [plain(part) for part in parts]
        except Exception as error:
            text = str(error) if "rror invoking" in str(error) else ""
            return type(error).__name__, text


@pytest.mark.parametrize("name", NAMES)
def test_what_a_tool_returns(name: str):
    arguments: dict[str, Any] = {"q": "a"} if name == "look" else {"a": 1} if name == "add" else {"x": 1}
    for calls in ([call(name, **arguments)], [call(name, **arguments), call("add", "2", a=1)]):
        assert answers(OURS, calls) == answers(PEER, calls)


def on_value_error(error: ValueError) -> str:
    return f"value {error}"


def on_several(error: KeyError | TypeError) -> str:
    return f"several {error}"


def on_anything(error) -> str:
    return f"anything {error}"


HANDLING: list[Any] = [
    True,
    False,
    "a text",
    ValueError,
    KeyError,
    (KeyError, ValueError),
    "ToolInvocationError",
    on_value_error,
    on_several,
    on_anything,
    lambda error: f"some {error}",
]


@pytest.mark.parametrize("handling", HANDLING, ids=str)
@pytest.mark.parametrize(
    "made",
    [
        call("boom", x=1),
        call("boom", y=1),
        call("refuses", x=1),
        call("add", a="x"),
        call("add", a="x", b="y"),
        call("nope"),
        call("look", q=1),
    ],
    ids=str,
)
def test_what_the_model_is_told(handling: Any, made: dict[str, Any]):
    assert answers(OURS, [made], handle_tool_errors=handling) == answers(
        PEER, [made], handle_tool_errors=handling
    )


def changes(request: Any, execute: Any) -> Any:
    return execute(request.override(tool_call={**request.tool_call, "args": {"a": 5}}))


def answers_itself(request: Any, execute: Any) -> Any:
    answer = execute(request)
    answer.content += (
        f" {sorted(request.state)} {request.tool and request.tool.name} {request.runtime.tool_call_id}"
    )
    return answer


def fails(request: Any, execute: Any) -> Any:
    raise KeyError("w")


def tries_again(request: Any, execute: Any) -> Any:
    try:
        return execute(request)
    except ValueError:
        return execute(request.override(tool_call={**request.tool_call, "name": "add", "args": {"a": 1}}))


@pytest.mark.parametrize("wrap", [changes, answers_itself, fails, tries_again])
@pytest.mark.parametrize("handling", [True, False])
def test_wrapped_calls(wrap: Any, handling: bool):
    for calls in ([call("add", a=1), call("add", "2", a=2)], [call("nope", a=1)], [call("boom", x=1)]):
        options = {"handle_tool_errors": handling, "wrap": wrap}
        assert answers(OURS, calls, **options) == answers(PEER, calls, **options)


def inputs(lib: Any) -> list[Any]:
    said = lib.AIMessage("", tool_calls=[call("add", a=1), call("command", "2", x=1)])
    one = lib.AIMessage("", tool_calls=[call("add", a=1)])
    return [
        [said],
        [one],
        [lib.HumanMessage("x"), one, lib.HumanMessage("y")],
        {"messages": [one]},
        [call("add", a=1), call("look", "2", q="b")],
        [lib.HumanMessage("hi")],
        {"messages": [lib.HumanMessage("hi")]},
        {"messages": []},
        {"foo": 1},
        {"__type": "tool_call_with_context", "tool_call": call("look", q="b"), "state": {"messages": [1, 2]}},
        {"messages": [lib.AIMessage("")]},
    ]


@pytest.mark.parametrize("number", range(11))
def test_inputs(number: int):
    def given(lib: Any) -> Any:
        node, found = lib.ToolNode(made_tools(lib)), []

        def inside(state: Any) -> Any:
            try:
                found.append(plain(node.invoke(inputs(lib)[number])))
            except ValueError:
                found.append("ValueError")

        class State(lib.MessagesState):
            foo: int

        graph = lib.StateGraph(State).add_node("inside", inside).add_edge(lib.START, "inside")
        graph.compile().invoke({"messages": [], "foo": 3})
        return found

    assert given(OURS) == given(PEER)


def test_a_key_of_its_own():
    def given(lib: Any) -> Any:
        node = lib.ToolNode(made_tools(lib), messages_key="talk")
        state = {"talk": [lib.AIMessage("", tool_calls=[call("add", a=1)])]}
        graph = lib.StateGraph(dict).add_node("tools", node).add_edge(lib.START, "tools")
        return plain(graph.compile().invoke(state))

    assert given(OURS) == given(PEER)


def test_condition():
    for lib in (OURS, PEER):
        calls = lib.AIMessage("", tool_calls=[call("add", a=1)])
        assert lib.tools_condition({"messages": [calls]}) == "tools"
        assert lib.tools_condition([calls]) == "tools"
        assert lib.tools_condition({"talk": [calls]}, messages_key="talk") == "tools"
        assert lib.tools_condition([calls, lib.AIMessage("x")]) == "__end__"
        with pytest.raises(ValueError, match="No messages found"):
            lib.tools_condition({"messages": []})

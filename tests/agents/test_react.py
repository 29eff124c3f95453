"""`create_react_agent` where LangGraph has nothing to compare with: events, async code, and errors at the door."""

import asyncio
import threading
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from eventflow import (
    AIMessage,
    BaseChatModel,
    HumanMessage,
    RunnableConfig,
    RunnableLambda,
    ScriptedChatModel,
    SystemMessage,
    ToolMessage,
    register_chat_model,
)
from eventflow.agents import AgentState, ToolNode, create_react_agent
from eventflow.checkpoints import InMemorySaver
from eventflow.graph import Command, MessagesState, RemainingSteps, StateGraph, interrupt
from eventflow.tools import tool

HI: dict[str, Any] = {"messages": [("user", "hi")]}


def call(name: str, id: str = "1", /, **args: Any) -> dict[str, Any]:
    return {"name": name, "args": args, "id": id}


def weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


def texts(result: Any) -> list[str]:
    return [message.text for message in result["messages"]]


def asked(model: ScriptedChatModel) -> list[list[str]]:
    return [[message.text for message in call.messages] for call in model.calls]


async def events_of(agent: Any, *kinds: str) -> list[tuple[str, str]]:
    events = agent.astream_events(HI)
    return [(event["event"], event["name"]) async for event in events if not kinds or event["event"] in kinds]


# ---- what happens


async def test_runs_are_nodes_models_tools_and_edges_and_nothing_else():
    agent = create_react_agent(ScriptedChatModel(call("weather", city="sf"), "done"), [weather])
    assert await events_of(agent, "on_chain_start", "on_chat_model_start", "on_tool_start") == [
        ("on_chain_start", "LangGraph"),
        ("on_chain_start", "agent"),
        ("on_chat_model_start", "ScriptedChatModel"),
        ("on_chain_start", "should_continue"),
        ("on_chain_start", "tools"),
        ("on_tool_start", "weather"),
        ("on_chain_start", "agent"),
        ("on_chat_model_start", "ScriptedChatModel"),
        ("on_chain_start", "should_continue"),
    ]


async def test_a_tool_that_yields_is_streamed_from():
    @tool
    def count(n: int):
        """Counts."""
        for i in range(n):
            yield str(i)

    agent = create_react_agent(ScriptedChatModel(call("count", n=3), "done"), [count])
    events = [event async for event in agent.astream_events(HI)]
    assert [e["data"]["chunk"] for e in events if e["event"] == "on_tool_stream"] == ["0", "1", "2"]
    (ended,) = [event for event in events if event["event"] == "on_tool_end"]
    assert ended["data"]["output"].content == "012"


def test_model_is_told_of_the_tools():
    model = ScriptedChatModel("done")
    create_react_agent(model, [weather, {"type": "web_search"}]).invoke(HI)
    known, builtin = model.calls[0].tools
    assert (known.name, builtin) == ("weather", {"type": "web_search"})


def test_only_tools_of_the_provider_make_no_node():
    agent = create_react_agent(ScriptedChatModel("done"), [{"type": "web_search"}])
    assert list(agent.nodes) == ["agent"]


async def test_results_keep_the_order_of_the_calls():
    begun = threading.Barrier(2)

    def slow(n: int) -> str:
        """Ends after the others have begun."""
        begun.wait(5)
        return f"slow {n}"

    for version in ("v1", "v2"):
        turns = [call("slow", "1", n=1), call("slow", "2", n=2)], "done"
        make = lambda: create_react_agent(ScriptedChatModel(*turns), [slow], version=version)  # noqa: B023, E731
        assert texts(make().invoke(HI)) == ["hi", "", "slow 1", "slow 2", "done"]
        assert texts(await make().ainvoke(HI)) == ["hi", "", "slow 1", "slow 2", "done"]


async def test_async_tools_run_at_the_same_time():
    began: list[int] = []
    both = asyncio.Event()

    async def wait(n: int) -> str:
        """Waits for the other."""
        began.append(n)
        if len(began) == 2:
            both.set()
        await both.wait()
        return str(n)

    turns = [call("wait", "1", n=1), call("wait", "2", n=2)], "done"
    for version in ("v1", "v2"):
        began.clear()
        both.clear()
        agent = create_react_agent(ScriptedChatModel(*turns), [wait], version=version)
        assert texts(await agent.ainvoke(HI)) == ["hi", "", "1", "2", "done"]


def test_a_conversation_is_kept():
    model = ScriptedChatModel("one", "two")
    agent = create_react_agent(model, [], checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "1"}}
    agent.invoke(HI, thread)
    agent.invoke({"messages": [("user", "again")]}, thread)
    assert asked(model) == [["hi"], ["hi", "one", "again"]]


def test_a_person_answers_a_call_in_place_of_the_tool():
    agent = create_react_agent(
        ScriptedChatModel(call("weather", city="sf"), "done"),
        [weather],
        checkpointer=InMemorySaver(),
        interrupt_before=["tools"],
    )
    thread: Any = {"configurable": {"thread_id": "1"}}
    agent.invoke(HI, thread)
    answer = ToolMessage("rain", tool_call_id="1")
    agent.update_state(thread, {"messages": [answer]}, as_node="tools")
    assert texts(agent.invoke(None, thread)) == ["hi", "", "rain", "done"]
    agent.update_state(thread, {"messages": [answer]}, as_node="agent")
    assert agent.get_state(thread).next == ()


def test_two_tools_ask_and_are_answered_by_id():
    def ask(q: str) -> str:
        """Asks."""
        return str(interrupt(q))

    turns = [call("ask", "1", q="a?"), call("ask", "2", q="b?")], "done"
    agent = create_react_agent(ScriptedChatModel(*turns), [ask], checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "1"}}
    first = agent.invoke(HI, thread)["__interrupt__"]
    answers = {one.id: f"answer to {one.value}" for one in first}
    result = agent.invoke(Command(resume=answers), thread)
    assert texts(result) == ["hi", "", "answer to a?", "answer to b?", "done"]


def test_a_call_is_kept_without_the_conversation():
    saver = InMemorySaver()
    model = ScriptedChatModel(call("weather", city="sf"), "done")
    agent = create_react_agent(model, [weather], checkpointer=saver, interrupt_before=["tools"])
    thread: Any = {"configurable": {"thread_id": "1"}}
    agent.invoke(HI, thread)
    found = saver.get_tuple(thread)
    assert found is not None
    (planned,) = found.checkpoint["tasks"]
    assert planned.get("sent", {}).keys() == {"__type", "tool_call"}


# ---- models, prompts, hooks


def test_model_by_name():
    with register_chat_model("parrots", lambda model: ScriptedChatModel(f"{model} here")):
        agent = create_react_agent("parrots:polly", [])
    assert texts(agent.invoke(HI)) == ["hi", "polly here"]


async def test_model_chosen_by_a_coroutine_function_with_the_context():
    @dataclass
    class Context:
        loud: bool

    async def choose(state: AgentState, runtime: Any) -> BaseChatModel:
        return ScriptedChatModel("LOUD" if runtime.context.loud else "low")

    agent = create_react_agent(choose, [], context_schema=Context)
    assert texts(await agent.ainvoke(HI, context={"loud": True})) == ["hi", "LOUD"]
    with pytest.raises(TypeError, match="can only be awaited"):
        agent.invoke(HI, context={"loud": True})


def test_a_chooser_that_gives_no_model():
    agent = create_react_agent(lambda state, runtime: "gpt", [])
    with pytest.raises(TypeError, match="returned 'gpt': it has to return a chat model"):
        agent.invoke(HI)


@pytest.mark.parametrize(
    "prompt",
    [
        "be kind",
        SystemMessage("be kind"),
        lambda state: [SystemMessage("be kind"), *state["messages"]],
        RunnableLambda(lambda state: [SystemMessage("be kind"), *state["messages"]]),
    ],
)
async def test_prompts(prompt: Any):
    model = ScriptedChatModel("done", loop=True)
    agent = create_react_agent(model, [], prompt=prompt)
    agent.invoke(HI)
    await agent.ainvoke(HI)
    assert asked(model) == [["be kind", "hi"]] * 2


def test_prompt_function_with_config():
    def prompt(state: AgentState, config: RunnableConfig) -> list[Any]:
        return [("system", f"user {config['configurable']['user']}"), *state["messages"]]

    model = ScriptedChatModel("done")
    create_react_agent(model, [], prompt=prompt).invoke(HI, {"configurable": {"user": "ann"}})
    assert asked(model) == [["user ann", "hi"]]


class Model(BaseModel):
    messages: Any = []
    remaining_steps: RemainingSteps = 25


@dataclass
class Data:
    messages: Any
    remaining_steps: RemainingSteps = 25


@pytest.mark.parametrize("schema", [Model, Data])
def test_states_of_other_classes(schema: Any):
    def prompt(state: Any) -> list[Any]:
        assert isinstance(state, schema)
        assert state.remaining_steps > 100
        return [("system", "s"), *state.messages]

    model = ScriptedChatModel("done")
    agent = create_react_agent(
        model,
        [weather],
        state_schema=schema,
        prompt=prompt,
        pre_model_hook=lambda state: {"llm_input_messages": [HumanMessage("only this")]},
    )
    agent.invoke({"messages": [HumanMessage("hi")]})
    assert asked(model) == [["s", "only this"]]


def test_structured_response_by_a_tool_call():
    class Weather(BaseModel):
        """The weather."""

        sunny: bool

    model = ScriptedChatModel("It is sunny.", call("Weather", sunny=True))
    agent = create_react_agent(model, [], response_format=Weather)
    assert agent.invoke(HI)["structured_response"] == Weather(sunny=True)


@pytest.mark.parametrize("limit", range(1, 12))
@pytest.mark.parametrize("hooks", [(False, False), (True, False), (False, True), (True, True)])
def test_an_agent_never_fails_for_want_of_steps(limit: int, hooks: tuple[bool, bool]):
    agent = create_react_agent(
        ScriptedChatModel(call("weather", city="sf"), loop=True),
        [weather],
        pre_model_hook=(lambda state: {}) if hooks[0] else None,
        post_model_hook=(lambda state: {}) if hooks[1] else None,
    )
    least = 1 + hooks[0] + hooks[1]
    if limit >= least:
        answer = agent.invoke(HI, {"recursion_limit": limit})["messages"][-1]
        assert answer.text == "Sorry, need more steps to process this request."


# ---- at the door


class Mute(BaseChatModel):
    @property
    def _llm_type(self) -> str:
        return "mute"

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
        raise AssertionError("it was asked")


class NoSteps(TypedDict):
    messages: list[Any]


@pytest.mark.parametrize(
    ("error", "says", "arguments"),
    [
        (TypeError, "model=3: give a chat model", {"model": 3}),
        (NotImplementedError, "Mute does not say how", {"model": Mute()}),
        (TypeError, "has no bind_tools", {"model": RunnableLambda(lambda x: x, name="f")}),
        (
            ValueError,
            r"bound to 1 tools \(other\), and the agent has 1 \(weather\)",
            {"model": ScriptedChatModel("x").bind(tools=[{"name": "other"}])},
        ),
        (TypeError, "tools=None: give a list", {"tools": None}),
        (TypeError, "cannot be run as a tool", {"tools": [3]}),
        (ValueError, "two tools are called 'weather'", {"tools": [weather, weather]}),
        (TypeError, "prompt=3: give a text", {"prompt": 3}),
        (ValueError, "Missing required key.*remaining_steps", {"state_schema": NoSteps}),
        (
            ValueError,
            "Missing required key.*structured_response",
            {"state_schema": AgentState, "response_format": Model},
        ),
        (ValueError, "Invalid version v3", {"version": "v3"}),
        (ValueError, "needs version='v2'", {"version": "v1", "post_model_hook": lambda state: None}),
        (ValueError, "Interrupt node `model` not found", {"interrupt_before": ["model"]}),
    ],
)
def test_what_does_not_fit(error: Any, says: str, arguments: dict[str, Any]):
    given: dict[str, Any] = {"model": ScriptedChatModel("x"), "tools": [weather], **arguments}
    with pytest.raises(error, match=says):
        create_react_agent(given.pop("model"), given.pop("tools"), **given)


def test_a_bound_model_is_taken_as_it_is():
    model = ScriptedChatModel("done")
    bound = model.bind_tools([weather]).with_config(tags=["a"])
    create_react_agent(bound, [weather]).invoke(HI)
    assert len(model.calls[0].tools) == 1


def test_calls_without_answers():
    said = AIMessage("", tool_calls=[{**call("weather", str(n)), "type": "tool_call"} for n in range(5)])
    agent = create_react_agent(Mute(), [])
    history = [HumanMessage("a"), said, ToolMessage("x", tool_call_id="1"), HumanMessage("b")]
    with pytest.raises(ValueError, match=r"INVALID_CHAT_HISTORY.*0 \(weather\), 2 .*, 3 .* and 1 more"):
        agent.invoke({"messages": history})


def test_debug_prints_what_runs(capsys: pytest.CaptureFixture[str]):
    agent = create_react_agent(ScriptedChatModel("done"), [], debug=True)
    agent.invoke(HI)
    assert "Entering new agent chain" in capsys.readouterr().out
    assert list(agent.nodes) == ["agent"]


def test_an_agent_as_a_node_says_who_it_is():
    agent = create_react_agent(ScriptedChatModel("done"), [], name="helper")
    graph = StateGraph(MessagesState).add_node(agent).add_edge("__start__", "helper").compile()
    assert graph.invoke(HI)["messages"][-1].name == "helper"


def test_a_tool_node_is_taken_as_it_is():
    node = ToolNode([weather], handle_tool_errors="no luck")
    agent = create_react_agent(ScriptedChatModel(call("weather", town="sf"), "done"), node)
    assert texts(agent.invoke(HI)) == ["hi", "", "no luck", "done"]

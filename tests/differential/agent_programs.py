"""Agents that are built by one function on both sides, eventflow's and LangGraph's, to compare what they do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from typing_extensions import TypedDict

Library = Any
"""The names of one side: `create_react_agent`, `ToolNode`, `AIMessage`, …"""

Turn = str | list[dict[str, Any]]


class Side:
    """The names of one side, each from the first module that has it."""

    def __init__(self, *modules: Any) -> None:
        self._modules = modules

    def __getattr__(self, name: str) -> Any:
        for module in self._modules:
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(name)


HUMAN = {"messages": [("user", "hi")]}


@dataclass(frozen=True)
class Program:
    """How an agent is built, and what it is called with: one input after the other."""

    build: Callable[[Library], Any]
    inputs: Sequence[Any] = (HUMAN,)
    config: dict[str, Any] = field(default_factory=dict[str, Any])

    def __repr__(self) -> str:
        return self.build.__name__


PROGRAMS: list[Program] = []


def program(*inputs: Any, **config: Any) -> Callable[[Callable[[Library], Any]], Callable[[Library], Any]]:
    def add(build: Callable[[Library], Any]) -> Callable[[Library], Any]:
        PROGRAMS.append(Program(build, inputs or (HUMAN,), config))
        return build

    return add


def call(name: str, id: str = "1", /, **args: Any) -> dict[str, Any]:
    return {"name": name, "args": args, "id": id, "type": "tool_call"}


def scripted(lib: Library, *turns: Turn) -> Any:
    """A model that says these turns, one a call; with `echo` as a turn, what it was asked."""

    asked: list[Any] = []

    class Scripted(lib.BaseChatModel):
        @property
        def _llm_type(self) -> str:
            return "scripted"

        def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
            turn = turns[len(asked) % len(turns)]
            asked.append(" ".join(f"{message.type}:{message.content}" for message in messages))
            turn = asked[-1] if turn == "echo" else turn
            said = lib.AIMessage(turn) if isinstance(turn, str) else lib.AIMessage("", tool_calls=turn)
            return lib.ChatResult(generations=[lib.ChatGeneration(message=said)])

        def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
            return self.bind(tools=[getattr(tool, "name", tool) for tool in tools])

        def with_structured_output(self, schema: Any, **kwargs: Any) -> Any:
            return lib.RunnableLambda(lambda messages: {"of": [message.content for message in messages]})

    return Scripted()


def weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


def add(a: int, b: int = 1) -> int:
    """Adds."""
    return a + b


def boom(x: int) -> str:
    """Fails."""
    raise ValueError(f"boom {x}")


TWO = [call("weather", city="sf"), call("weather", "2", city="la")]
ONE = [call("weather", city="sf")]


def simple(version: str) -> None:
    def named(build: Callable[[Library], Any], *inputs: Any, **config: Any) -> None:
        build.__name__ = f"{build.__name__}_{version}"
        program(*inputs, **config)(build)

    def one_tool(lib: Library) -> Any:
        return lib.create_react_agent(scripted(lib, ONE, "echo"), [weather], version=version)

    def two_tools(lib: Library) -> Any:
        return lib.create_react_agent(scripted(lib, TWO, "echo"), [weather], version=version, prompt="sys")

    def several_rounds(lib: Library) -> Any:
        model = scripted(lib, ONE, [call("add", "2", a=1)], TWO, "echo")
        return lib.create_react_agent(model, [weather, add], version=version)

    def unknown_tool(lib: Library) -> Any:
        return lib.create_react_agent(
            scripted(lib, [call("nope", x=1)], "echo"), [weather, add], version=version
        )

    def invalid_arguments(lib: Library) -> Any:
        turns = [call("add", a="x")], [call("add", "2", c=1)], "echo"
        return lib.create_react_agent(scripted(lib, *turns), [add], version=version)

    def failing_tool(lib: Library) -> Any:
        return lib.create_react_agent(scripted(lib, [call("boom", x=1)], "echo"), [boom], version=version)

    def failures_told(lib: Library) -> Any:
        node = lib.ToolNode([boom, add], handle_tool_errors=True)
        model = scripted(lib, [call("boom", x=1)], [call("add", "2", a="x")], "echo")
        return lib.create_react_agent(model, node, version=version)

    def return_direct(lib: Library) -> Any:
        @lib.tool(return_direct=True)
        def direct(x: int) -> str:
            """Answers."""
            return f"direct {x}"

        model = scripted(lib, [call("weather", city="sf")], [call("direct", "2", x=1)], "never")
        return lib.create_react_agent(model, [direct, weather], version=version)

    def structured(lib: Library) -> Any:
        model = scripted(lib, ONE, "echo")
        schema = {"title": "R", "type": "object", "properties": {}}
        return lib.create_react_agent(model, [weather], version=version, response_format=schema)

    def structured_with_prompt(lib: Library) -> Any:
        schema = ("struct", {"title": "R", "type": "object", "properties": {}})
        return lib.create_react_agent(scripted(lib, "echo"), [], version=version, response_format=schema)

    def pre_hook_input(lib: Library) -> Any:
        def hook(state: Any) -> Any:
            return {"llm_input_messages": [lib.HumanMessage(f"only {len(state['messages'])}")]}

        return lib.create_react_agent(
            scripted(lib, ONE, "echo"), [weather], version=version, pre_model_hook=hook, prompt="sys"
        )

    def pre_hook_history(lib: Library) -> Any:
        def hook(state: Any) -> Any:
            last = state["messages"][-1]
            return {"messages": [lib.RemoveMessage(id="__remove_all__"), last]}

        model = scripted(lib, "one", "two")
        return lib.create_react_agent(model, [weather], version=version, pre_model_hook=hook)

    def pre_hook_nothing(lib: Library) -> Any:
        return lib.create_react_agent(
            scripted(lib, ONE, "echo"), [weather], version=version, pre_model_hook=lambda state: None
        )

    def own_state(lib: Library) -> Any:
        class State(lib.AgentState):
            user: str

        def prompt(state: Any) -> Any:
            return [("system", f"user {state['user']}"), *state["messages"]]

        def whoami(q: str, user: Annotated[str, lib.InjectedState("user")]) -> str:
            """Who."""
            return f"{q} {user}"

        model = scripted(lib, [call("whoami", q="a")], "echo")
        return lib.create_react_agent(model, [whoami], version=version, state_schema=State, prompt=prompt)

    def tool_command(lib: Library) -> Any:
        class State(lib.AgentState):
            user: str

        @lib.tool
        def rename(name: str, tool_call_id: Annotated[str, lib.InjectedToolCallId]) -> Any:
            """Renames."""
            message = lib.ToolMessage("renamed", tool_call_id=tool_call_id)
            return lib.Command(update={"user": name, "messages": [message]})

        model = scripted(lib, [call("rename", name="bob"), call("weather", "2", city="sf")], "echo")
        return lib.create_react_agent(model, [rename, weather], version=version, state_schema=State)

    def named_agent(lib: Library) -> Any:
        return lib.create_react_agent(scripted(lib, ONE, "echo"), [weather], version=version, name="bob")

    for build in (
        one_tool,
        two_tools,
        several_rounds,
        unknown_tool,
        invalid_arguments,
        failing_tool,
        failures_told,
        return_direct,
        structured,
        structured_with_prompt,
        pre_hook_input,
        pre_hook_history,
        pre_hook_nothing,
        tool_command,
        named_agent,
    ):
        named(build)
    named(own_state, {"messages": [("user", "hi")], "user": "ann"})

    def few_steps(lib: Library) -> Any:
        return lib.create_react_agent(scripted(lib, ONE), [weather], version=version)

    def waits_for_tools(lib: Library) -> Any:
        return lib.create_react_agent(
            scripted(lib, TWO, "echo"),
            [weather],
            version=version,
            checkpointer=lib.InMemorySaver(),
            interrupt_before=["tools"],
        )

    def asks_in_tool(lib: Library) -> Any:
        def ask(q: str) -> str:
            """Asks."""
            return f"human: {lib.interrupt(q)}"

        return lib.create_react_agent(
            scripted(lib, [call("ask", q="ok?"), call("weather", "2", city="sf")], "echo"),
            [ask, weather],
            version=version,
            checkpointer=lib.InMemorySaver(),
        )

    named(few_steps, recursion_limit=4)
    thread = {"configurable": {"thread_id": "1"}}
    named(waits_for_tools, HUMAN, None, **thread)
    named(asks_in_tool, HUMAN, lambda lib: lib.Command(resume="yes"), **thread)


simple("v1")
simple("v2")


@program()
def no_tools(lib: Library) -> Any:
    return lib.create_react_agent(scripted(lib, "echo"), [])


@program()
def after_hook(lib: Library) -> Any:
    return lib.create_react_agent(
        scripted(lib, TWO, "echo"),
        [weather],
        post_model_hook=lambda state: {},
        pre_model_hook=lambda state: {"llm_input_messages": state["messages"]},
        response_format={"title": "R", "type": "object", "properties": {}},
    )


@program()
def after_hook_answers_one(lib: Library) -> Any:
    def hook(state: Any) -> Any:
        last = state["messages"][-1]
        if last.type == "ai" and last.tool_calls:
            return {"messages": [lib.ToolMessage("not allowed", tool_call_id="1")]}
        return None

    return lib.create_react_agent(scripted(lib, TWO, "echo"), [weather], post_model_hook=hook)


@program()
def after_hook_answers_all(lib: Library) -> Any:
    def hook(state: Any) -> Any:
        last = state["messages"][-1]
        if last.type == "ai" and last.tool_calls:
            return {"messages": [lib.ToolMessage("no", tool_call_id=one["id"]) for one in last.tool_calls]}
        return None

    return lib.create_react_agent(scripted(lib, TWO, "echo"), [weather], post_model_hook=hook)


@program()
def chosen_model(lib: Library) -> Any:
    models = [scripted(lib, ONE), scripted(lib, "echo")]

    def choose(state: Any, runtime: Any) -> Any:
        return models[0 if state["messages"][-1].type == "human" else 1].bind_tools([weather])

    return lib.create_react_agent(choose, [weather])


@program({"messages": [("user", "a"), ("user", "b")]}, {"messages": [("user", "c")]})
def prompt_runnable(lib: Library) -> Any:
    prompt = lib.ChatPromptTemplate.from_messages([("system", "be {mood}"), ("placeholder", "{messages}")])
    return lib.create_react_agent(scripted(lib, "echo"), [], prompt=prompt.partial(mood="kind"))


@program({"messages": [("user", "hi"), ("ai", "x")]})
def unanswered_calls(lib: Library) -> Any:
    agent = lib.create_react_agent(scripted(lib, "echo"), [weather])
    builder = lib.StateGraph(lib.MessagesState)
    builder.add_node("talk", lambda state: {"messages": [lib.AIMessage("", tool_calls=TWO)]})
    builder.add_node("agent", agent)
    return builder.add_edge(lib.START, "talk").add_edge("talk", "agent").compile()


@program()
def agent_as_node(lib: Library) -> Any:
    agent = lib.create_react_agent(scripted(lib, ONE, "echo"), [weather], name="helper")
    builder = lib.StateGraph(lib.MessagesState).add_node("helper", agent)
    return builder.add_edge(lib.START, "helper").add_edge("helper", lib.END).compile()


@program()
def handoff(lib: Library) -> Any:
    @lib.tool
    def to_bob(tool_call_id: Annotated[str, lib.InjectedToolCallId]) -> Any:
        """Hands over to Bob."""
        message = lib.ToolMessage("over to bob", tool_call_id=tool_call_id)
        return lib.Command(goto="bob", graph=lib.Command.PARENT, update={"messages": [message]})

    ann = lib.create_react_agent(scripted(lib, [call("to_bob")], "never"), [to_bob], name="ann")
    bob = lib.create_react_agent(scripted(lib, "bob here"), [], name="bob")
    builder = (
        lib.StateGraph(lib.MessagesState).add_node("ann", ann, destinations=("bob",)).add_node("bob", bob)
    )
    return builder.add_edge(lib.START, "ann").compile()


class Loose(TypedDict):
    messages: list[Any]


@program({"messages": []})
def tool_node_without_reducer(lib: Library) -> Any:
    builder = lib.StateGraph(Loose)
    builder.add_node("talk", lambda state: {"messages": [lib.AIMessage("", tool_calls=TWO)]})
    builder.add_node("tools", lib.ToolNode([weather]))
    builder.add_edge(lib.START, "talk").add_conditional_edges("talk", lib.tools_condition)
    return builder.compile()


@program()
def tool_runtime(lib: Library) -> Any:
    def look(q: str, runtime: lib.ToolRuntime) -> str:
        """Looks."""
        runtime.stream_writer({"looking": q})
        known = [tool.name for tool in runtime.tools]
        return f"{q} {runtime.tool_call_id} {len(runtime.state['messages'])} {runtime.context} {known}"

    return lib.create_react_agent(scripted(lib, [call("look", q="a")], "echo"), [look])

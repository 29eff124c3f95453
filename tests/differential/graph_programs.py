"""Graphs that are built by one function on both sides, eventflow's and LangGraph's, to compare what they do."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated, Any, Literal

from pydantic import BaseModel
from typing_extensions import TypedDict

Library = Any
"""The names of one side: `StateGraph`, `START`, `Send`, …"""


class State(TypedDict):
    x: int
    log: Annotated[list[Any], operator.add]


@dataclass
class Data:
    x: int
    y: str = ""


class Model(BaseModel):
    x: int
    y: str = "d"


class Question(TypedDict):
    q: str


class Answer(TypedDict):
    a: str


class Secret(TypedDict):
    secret: int


class Talk(TypedDict):
    q: str
    a: str
    z: int


@dataclass
class Context:
    user: str


@dataclass(frozen=True)
class Program:
    """How a graph is built, and what it is called with."""

    build: Callable[[Library], Any]
    input: Any

    def __repr__(self) -> str:
        return self.build.__name__


PROGRAMS: list[Program] = []


def program(input: Any) -> Callable[[Callable[[Library], Any]], Callable[[Library], Any]]:
    def add(build: Callable[[Library], Any]) -> Callable[[Library], Any]:
        PROGRAMS.append(Program(build, input))
        return build

    return add


def node(name: str, **written: Any) -> Callable[[Any], Any]:
    """A node that writes its name into the log."""

    def act(state: Any) -> Any:
        return {"log": [name], **written}

    act.__name__ = name
    return act


def named(lib: Library, *names: str, schema: Any = State) -> Any:
    graph = lib.StateGraph(schema)
    for name in names:
        graph.add_node(name, node(name))
    return graph


@program({"x": 0, "log": []})
def fan_out_and_join(lib: Library) -> Any:
    graph = named(lib, "src", "p", "q", "join")
    graph.add_node("w", lambda arg: {"log": [f"w{arg}"]})
    graph.add_edge(lib.START, "src").add_edge("src", "p").add_edge("src", "q")
    graph.add_conditional_edges("src", lambda state: [lib.Send("w", 0), lib.Send("w", 1)], ["w"])
    return graph.add_edge(["p", "q"], "join").add_edge("join", lib.END).compile()


def commands(lib: Library) -> Any:
    def a(state: State) -> Any:
        return lib.Command(update={"x": 5, "log": ["a"]}, goto="c" if state["x"] else "b")

    def c(state: State) -> Any:
        return [lib.Command(update={"log": ["c1"]}), {"log": ["c2"]}]

    graph = lib.StateGraph(State).add_node("a", a, destinations=("b", "c"))
    return (
        graph.add_node("b", node("b"))
        .add_node("c", c)
        .add_edge(lib.START, "a")
        .add_edge("b", lib.END)
        .compile()
    )


program({"x": 1})(commands)
program({"x": 0})(commands)


@program({"x": 0})
def loop(lib: Library) -> Any:
    graph = lib.StateGraph(State).add_node("a", lambda state: {"x": state["x"] + 1, "log": ["a"]})
    graph.add_edge(lib.START, "a")
    return graph.add_conditional_edges("a", lambda state: lib.END if state["x"] > 3 else "a").compile()


@program({"x": 0})
def endless_loop(lib: Library) -> Any:
    graph = named(lib, "a").add_edge(lib.START, "a").add_edge("a", "a")
    return graph.compile().with_config(recursion_limit=3)


@program({"x": 0})
def two_writers(lib: Library) -> Any:
    graph = lib.StateGraph(State).add_node("a", lambda state: {"x": 1}).add_node("b", lambda state: {"x": 2})
    return graph.add_edge(lib.START, "a").add_edge(lib.START, "b").compile()


@program({"x": 0})
def failing(lib: Library) -> Any:
    def boom(state: State) -> Any:
        raise ValueError("boom")

    return named(lib, "a").add_node(boom).add_edge(lib.START, "a").add_edge("a", "boom").compile()


@program({"x": 0})
def nothing_written(lib: Library) -> Any:
    graph = lib.StateGraph(State).add_node("a", lambda state: None).add_node("b", lambda state: {"zzz": 1})
    graph.add_node("c", lambda state: {}).add_edge(lib.START, "a").add_edge("a", "b").add_edge("b", "c")
    return graph.compile()


def one(lib: Library) -> Any:
    return named(lib, "a").add_edge(lib.START, "a").compile()


program({})(one)
program(None)(one)
program({"y": 1})(one)


@program({"x": 0})
def no_update(lib: Library) -> Any:
    return lib.StateGraph(State).add_node("a", lambda state: 5).add_edge(lib.START, "a").compile()


@program(["in"])
def one_value(lib: Library) -> Any:
    graph = lib.StateGraph(Annotated[list, operator.add])
    graph.add_node("a", lambda state: ["a", len(state)]).add_node("b", lambda state: ["b"])
    return graph.add_edge(lib.START, "a").add_edge("a", "b").compile()


@program({"x": 1})
def dataclass_state(lib: Library) -> Any:
    graph = lib.StateGraph(Data).add_node("a", lambda state: {"y": f"{type(state).__name__}{state.x}"})
    return graph.add_node("b", lambda state: Data(x=3)).add_edge(lib.START, "a").add_edge("a", "b").compile()


@program({"x": 1})
def pydantic_state(lib: Library) -> Any:
    graph = lib.StateGraph(Model).add_node("a", lambda state: {"y": f"{type(state).__name__}{state.x}"})
    return graph.add_node("b", lambda state: Model(x=3)).add_edge(lib.START, "a").add_edge("a", "b").compile()


@program({"x": 0, "log": []})
def graph_in_a_graph(lib: Library) -> Any:
    inner = lib.StateGraph(State).add_node(node("in1", x=4)).add_node(node("in2", x=5))
    child = inner.add_edge(lib.START, "in1").add_edge("in1", "in2").compile()
    graph = named(lib, "pre").add_node("child", child)
    return graph.add_edge(lib.START, "pre").add_edge("pre", "child").compile()


@program({"x": 0})
def command_to_the_parent(lib: Library) -> Any:
    def up(state: State) -> Any:
        return lib.Command(graph=lib.Command.PARENT, update={"log": ["up"]}, goto="other")

    inner = named(lib, "in1").add_node(up).add_edge(lib.START, "in1").add_edge("in1", "up").compile()
    graph = named(lib, "other", "after").add_node("child", inner)
    return graph.add_edge(lib.START, "child").add_edge("child", "after").compile()


@program({"x": 0})
def deferred(lib: Library) -> Any:
    graph = named(lib, "a", "b", "c", "d").add_node("e", node("e"), defer=True)
    graph.add_edge(lib.START, "a").add_edge("a", "b").add_edge("a", "c").add_edge("c", "d")
    return graph.add_edge("b", "e").add_edge("d", "e").compile()


@program({"x": 0})
def reached_twice(lib: Library) -> Any:
    graph = named(lib, "a", "b", "c", "d").add_edge(lib.START, "a").add_edge(lib.START, "b")
    return graph.add_edge("a", "c").add_edge("c", "d").add_edge("b", "d").compile()


@program({"q": "hi"})
def several_schemas(lib: Library) -> Any:
    def a(state: Question) -> Secret:
        return {"secret": 3}

    def b(state: Secret) -> Any:
        return {"a": str(state), "z": 1}

    a.__annotations__, b.__annotations__ = {"state": Question}, {"state": Secret}
    graph = lib.StateGraph(Talk, input_schema=Question, output_schema=Answer)
    return graph.add_node(a).add_node(b).add_edge(lib.START, "a").add_edge("a", "b").compile()


@program({"x": 0})
def chosen_entry(lib: Library) -> Any:
    graph = named(lib, "a", "b").set_conditional_entry_point(lambda state: ["a", "b"])
    return graph.set_finish_point("b").compile()


@program({"x": 0})
def generator_node(lib: Library) -> Any:
    def a(state: State) -> Any:
        yield {"log": ["1"]}
        yield {"log": ["2"]}

    return lib.StateGraph(State).add_node(a).add_edge(lib.START, "a").compile()


@program({"x": 0})
def path_map(lib: Library) -> Any:
    graph = named(lib, "a", "b").add_edge(lib.START, "a")
    return graph.add_conditional_edges("a", lambda state: True, {True: "b", False: lib.END}).compile()


@program({"x": 0})
def sequence(lib: Library) -> Any:
    graph = lib.StateGraph(State).add_sequence([node("a"), ("b", node("b")), node("c")])
    return graph.add_edge(lib.START, "a").compile()


@program({"x": 0})
def writers(lib: Library) -> Any:
    def deep(value: Any) -> Any:
        lib.get_stream_writer()("deep")
        return value

    def a(state: State, writer) -> Any:  # type: ignore[no-untyped-def]  # LangGraph looks at the annotation
        for value in ({"p": 1}, "two", [3], None):
            writer(value)
        lib.RunnableLambda(deep).invoke(1)
        return {"log": ["a"]}

    def b(state: State) -> Any:
        lib.get_stream_writer()("inner")
        return {}

    inner = lib.StateGraph(State).add_node(b).add_edge(lib.START, "b").compile()
    graph = lib.StateGraph(State).add_node("a", a).add_node("child", inner)
    return graph.add_edge(lib.START, "a").add_edge("a", "child").compile()


def side(*modules: Any) -> Library:
    """The names that programs use, from the first module that has them."""
    names = (
        "StateGraph START END Send Command interrupt RetryPolicy get_stream_writer get_config RunnableLambda "
    )
    names += "InMemorySaver GenericFakeChatModel AIMessage HumanMessage ChatPromptTemplate Literal"
    found = {
        n: next(getattr(m, n) for m in modules if hasattr(m, n)) for n in names.split() if n != "Literal"
    }
    return SimpleNamespace(**found, Literal=Literal)

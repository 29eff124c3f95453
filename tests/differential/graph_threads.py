"""What happens in a thread over several calls: interrupts, stops, failures, and looking at states. On both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from differential.graph_programs import Context, Library, State, named

Transcript = Callable[[Library], Iterator[Any]]
"""What is done with a graph; yields what is seen."""

TRANSCRIPTS: list[Transcript] = []


def transcript(function: Transcript) -> Transcript:
    TRANSCRIPTS.append(function)
    return function


def thread(name: str = "1") -> Any:
    return {"configurable": {"thread_id": name}}


def raised(act: Callable[[], Any]) -> Any:
    """What `act` gives, or the type of what it raises."""
    try:
        return act()
    except Exception as error:
        return type(error).__name__


def asking(lib: Library) -> Callable[[Any], Any]:
    def ask(state: State) -> Any:
        return {"log": ["ask:" + lib.interrupt({"q": "name?"})]}

    return ask


def with_a_question(lib: Library) -> Any:
    graph = named(lib, "a", "b").add_node("ask", asking(lib))
    graph.add_edge(lib.START, "a").add_edge("a", "ask").add_edge("ask", "b")
    return graph.compile(checkpointer=lib.InMemorySaver())


def state_of(snapshot: Any) -> Any:
    tasks = [(t.name, t.path, t.error, t.interrupts, t.result) for t in snapshot.tasks]
    said = snapshot.metadata
    return (
        snapshot.values,
        snapshot.next,
        snapshot.config["configurable"].keys(),
        said and {key: said[key] for key in ("source", "step", "parents")},
        snapshot.parent_config is None,
        snapshot.interrupts,
        tasks,
    )


@transcript
def an_answer(lib: Library) -> Iterator[Any]:
    graph = with_a_question(lib)
    yield from graph.stream({"x": 0}, thread("debug"), stream_mode="debug")
    for mode in ("updates", "values", "tasks"):
        yield from graph.stream({"x": 0}, thread(mode), stream_mode=mode)
        yield from graph.stream(lib.Command(resume="Bob"), thread(mode), stream_mode=mode)
    yield graph.invoke({"x": 0}, thread())
    yield graph.invoke(lib.Command(resume="Al"), thread())
    yield graph.invoke({"x": 5}, thread())
    yield graph.invoke(lib.Command(resume="Al"), thread())
    yield graph.invoke(None, thread())


def told(parts: Any) -> Iterator[Any]:
    """Checkpoints as they are told, without what names them."""
    for part in parts:
        kept = part.get("payload", part)
        if "parent_config" in kept:
            tasks = [(task["name"], task["interrupts"]) for task in kept["tasks"]]
            yield kept["values"], kept["metadata"], kept["next"], tasks, kept["parent_config"] is None
        else:
            yield part


@transcript
def the_checkpoint_from_which_it_goes_on(lib: Library) -> Iterator[Any]:
    graph = with_a_question(lib)
    for mode in ("checkpoints", "debug"):
        for input in ({"x": 0}, lib.Command(resume="Bob")):
            yield from told(graph.stream(input, thread(mode), stream_mode=mode))
    history = [*graph.get_state_history(thread("debug"))]
    (begun,) = (one.config for one in history if one.next == ("a",))
    for mode, part in graph.stream(None, begun, stream_mode=["values", "checkpoints", "tasks"]):
        yield mode, [*told([part])] if mode == "checkpoints" else part
    for options in ({"output_keys": "x"}, {"version": "v2"}, {"stream_mode": "updates"}):
        yield graph.invoke({"x": 0}, thread(str(options)), **options)


@transcript
def two_answers(lib: Library) -> Iterator[Any]:
    def ask(state: State) -> Any:
        return {"log": [lib.interrupt("one") + lib.interrupt("two")]}

    graph = lib.StateGraph(State).add_node(ask).add_edge(lib.START, "ask")
    graph = graph.compile(checkpointer=lib.InMemorySaver())
    for input in ({"x": 0}, lib.Command(resume="A"), lib.Command(resume="B")):
        yield from graph.stream(input, thread())


@transcript
def a_question_beside_others(lib: Library) -> Iterator[Any]:
    graph = named(lib, "q").add_node("p", asking(lib)).add_edge(lib.START, "p").add_edge(lib.START, "q")
    graph = graph.compile(checkpointer=lib.InMemorySaver())
    for input in ({"x": 0}, lib.Command(resume="A")):
        yield sorted(map(str, graph.stream(input, thread(), stream_mode="updates")), key=len)
        yield state_of(graph.get_state(thread()))


@transcript
def answers_by_id(lib: Library) -> Iterator[Any]:
    graph = lib.StateGraph(State).add_node("p", asking(lib)).add_node("q", asking(lib))
    graph = graph.add_edge(lib.START, "p").add_edge(lib.START, "q").compile(checkpointer=lib.InMemorySaver())
    graph.invoke({"x": 0}, thread())
    asked = graph.get_state(thread()).interrupts
    yield len(asked)
    yield raised(lambda: graph.invoke(lib.Command(resume="to whom?"), thread()))
    answers = {interrupt.id: str(number) for number, interrupt in enumerate(asked)}
    yield graph.invoke(lib.Command(resume=answers), thread())


@transcript
def stops(lib: Library) -> Iterator[Any]:
    graph = named(lib, "a", "b", "c").add_edge(lib.START, "a").add_edge("a", "b").add_edge("b", "c")
    graph = graph.compile(checkpointer=lib.InMemorySaver(), interrupt_before=["b"], interrupt_after=["b"])
    for input in ({"x": 0}, None, None):
        yield from graph.stream(input, thread(), stream_mode=["updates", "values"])
        yield state_of(graph.get_state(thread()))


@transcript
def a_question_in_a_graph_inside(lib: Library) -> Iterator[Any]:
    inner = named(lib, "in1").add_node("ask", asking(lib)).add_edge(lib.START, "in1").add_edge("in1", "ask")
    graph = named(lib, "pre", "post").add_node("child", inner.compile())
    graph.add_edge(lib.START, "pre").add_edge("pre", "child").add_edge("child", "post")
    graph = graph.compile(checkpointer=lib.InMemorySaver())
    for input in ({"x": 0}, lib.Command(resume="A")):
        yield from graph.stream(input, thread(), stream_mode="updates", subgraphs=True)


@transcript
def after_a_failure(lib: Library) -> Iterator[Any]:
    calls: list[str] = []

    def fails_once(state: State) -> Any:
        calls.append("fails")
        if len(calls) == 1:
            raise ValueError("no")
        return {"log": ["failed once"]}

    graph = named(lib, "a", "c").add_node("b", fails_once)
    graph.add_edge(lib.START, "a").add_edge("a", "b").add_edge("b", "c")
    graph = graph.compile(checkpointer=lib.InMemorySaver())
    yield raised(lambda: graph.invoke({"x": 0}, thread()))
    yield state_of(graph.get_state(thread()))
    yield [*graph.stream(None, thread())]
    yield calls


@transcript
def wrong_calls(lib: Library) -> Iterator[Any]:
    graph = with_a_question(lib)
    yield raised(lambda: graph.invoke({"x": 0}))
    yield raised(lambda: graph.invoke(None, thread("new")))
    yield raised(lambda: graph.update_state(thread(), {"x": 1}, as_node="nobody"))
    plain = named(lib, "a").add_edge(lib.START, "a").compile()
    yield raised(lambda: plain.get_state(thread()))


@transcript
def states(lib: Library) -> Iterator[Any]:
    graph = with_a_question(lib)
    yield state_of(graph.get_state(thread()))[:2]
    graph.invoke({"x": 0}, thread())
    yield state_of(graph.get_state(thread()))
    history = [*graph.get_state_history(thread())]
    yield from map(state_of, history)
    (begun,) = (one.config for one in history if one.next == ("a",))
    yield graph.invoke(None, begun)
    graph.invoke(lib.Command(resume="Z"), thread())
    yield state_of(graph.get_state(thread()))
    graph.update_state(thread(), {"x": 99, "log": ["updated"]})
    yield state_of(graph.get_state(thread()))
    graph.update_state(thread(), {"x": 5}, as_node="a")
    yield state_of(graph.get_state(thread()))
    yield graph.invoke(None, thread())
    yield graph.invoke(lib.Command(resume="Y"), thread())
    yield len([*graph.get_state_history(thread())])
    yield [one.metadata["step"] for one in graph.get_state_history(thread(), limit=3)]
    yield [one.values for one in graph.get_state_history(thread(), filter={"source": "update"})]
    yield graph.invoke(None, graph.update_state(begun, {"x": 1}))
    graph.update_state(thread("other"), {"x": 1})
    yield state_of(graph.get_state(thread("other")))


@transcript
def an_update_that_is_routed(lib: Library) -> Iterator[Any]:
    graph = named(lib, "a", "b").add_edge(lib.START, "a")
    graph.add_conditional_edges("a", lambda state: "b" if state["x"] > 1 else lib.END, ["b", lib.END])
    graph = graph.compile(checkpointer=lib.InMemorySaver())
    yield graph.invoke({"x": 0}, thread())
    graph.update_state(thread(), {"x": 5}, as_node="a")
    yield state_of(graph.get_state(thread()))
    yield graph.invoke(None, thread())


@transcript
def attempts(lib: Library) -> Iterator[Any]:
    calls: list[int] = []

    def flaky(state: State) -> Any:
        calls.append(1)
        if len(calls) < 3:
            raise ConnectionError("no")
        return {"log": ["ok"]}

    def wrong(state: State) -> Any:
        calls.append(1)
        raise ValueError("no")

    policy = lib.RetryPolicy(initial_interval=0.0001, jitter=False)
    graph = lib.StateGraph(State).add_node(flaky, retry_policy=policy).add_edge(lib.START, "flaky").compile()
    yield graph.invoke({"x": 0}), len(calls)
    calls.clear()
    graph = lib.StateGraph(State).add_node(wrong, retry_policy=policy).add_edge(lib.START, "wrong").compile()
    yield raised(lambda: graph.invoke({"x": 0})), len(calls)


@transcript
def what_nodes_are_told(lib: Library) -> Iterator[Any]:
    def a(state, config, runtime):  # type: ignore[no-untyped-def]
        runtime.stream_writer("written")
        said = config["metadata"]
        return {"log": [config["configurable"]["user"], said["langgraph_node"], said["langgraph_step"]]}

    def b(state, runtime):  # type: ignore[no-untyped-def]
        return {"log": [runtime.context.user, lib.get_config()["metadata"]["langgraph_node"]]}

    graph = lib.StateGraph(State, context_schema=Context).add_node("a", a).add_node("b", b)
    graph = graph.add_edge(lib.START, "a").add_edge("a", "b").compile()
    config = {"configurable": {"user": "me"}}
    yield [*graph.stream({"x": 0}, config, context={"user": "bob"}, stream_mode=["updates", "custom"])]
    yield graph.invoke({"x": 0}, config, context=Context("al"))


@transcript
def conversations(lib: Library) -> Iterator[Any]:
    def said(*texts: str) -> Any:
        return lib.GenericFakeChatModel(messages=iter([lib.AIMessage(t, id=f"id-{t[:3]}") for t in texts]))

    model = said("Hello you there")

    def call(state: State) -> Any:
        return {"log": [model.invoke([("human", "hi")]), lib.HumanMessage("new", id="n"), *state["log"][:1]]}

    inner = lib.StateGraph(State).add_node(call).add_edge(lib.START, "call").compile()
    graph = lib.StateGraph(State).add_node("child", inner).add_edge(lib.START, "child").compile()
    for one, options in ((inner, {}), (graph, {}), (graph, {"subgraphs": True})):
        model = said("Hello you there")
        input = {"log": [lib.HumanMessage("old", id="o")]}
        for part in one.stream(input, stream_mode="messages", **options):
            *ns, (message, metadata) = part if options else ((), part)
            keys = ("langgraph_step", "langgraph_node", "langgraph_path", "langgraph_checkpoint_ns")
            yield ns, type(message).__name__, message.content, message.id, [metadata[key] for key in keys]

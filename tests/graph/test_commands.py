"""A `Command` as the input of a thread that has a state: it goes on from there, and does not begin anew."""

from __future__ import annotations

import operator
from typing import Annotated, Any

import pytest
from typing_extensions import TypedDict

from eventflow.checkpoints import InMemorySaver
from eventflow.graph import START, Command, Send, StateGraph, entrypoint, interrupt, task

THREAD: Any = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    text: str
    log: Annotated[list[str], operator.add]


def draft(state: State) -> Any:
    return {"text": "draft", "log": ["draft"]}


def ask(state: State) -> Any:
    return {"log": [f"{interrupt(state['text'])}: {state['text']}"]}


def last(state: State) -> Any:
    return {"log": ["last"]}


def other(state: State) -> Any:
    return {"log": ["other"]}


def stopped() -> Any:
    """A graph whose thread waits for an answer."""
    builder = StateGraph(State).add_node(draft).add_node(ask).add_node(last).add_node(other)
    builder.add_edge(START, "draft").add_edge("draft", "ask").add_edge("ask", "last")
    graph = builder.compile(InMemorySaver())
    assert graph.invoke({"log": ["in"]}, THREAD)["__interrupt__"][0].value == "draft"
    return graph


CASES: list[tuple[Command[Any], list[str]]] = [
    (Command(resume="yes", update={"text": "mine"}), ["in", "draft", "yes: mine", "last"]),
    (Command(resume="yes", update=[("text", "mine")]), ["in", "draft", "yes: mine", "last"]),
    (Command(resume="yes", update={"log": ["u"]}), ["in", "draft", "u", "yes: draft", "last"]),
    (Command(resume="yes", goto="other"), ["in", "draft", "yes: draft", "other", "last"]),
    (Command(resume="yes", goto="ask"), ["in", "draft", "yes: draft", "last"]),
    (
        Command(resume="yes", goto=Send("other", {}), update={"log": ["u"]}),
        ["in", "draft", "u", "yes: draft", "other", "last"],
    ),
]


@pytest.mark.parametrize(("command", "log"), CASES)
async def test_an_answer_with_more(command: Command[Any], log: list[str]):
    assert stopped().invoke(command, THREAD)["log"] == log
    graph = stopped()
    assert (await graph.ainvoke(command, THREAD))["log"] == log
    assert graph.get_state(THREAD).next == ()
    assert graph.get_state(THREAD).values["log"] == log


def test_an_update_does_not_answer():
    graph = stopped()
    found = graph.invoke(Command(update={"text": "mine"}), THREAD)
    assert (found["text"], found["__interrupt__"][0].value) == ("mine", "mine")
    assert graph.get_state(THREAD).next == ("ask",)
    assert graph.invoke(Command(resume="yes"), THREAD)["log"] == ["in", "draft", "yes: mine", "last"]


def test_the_state_is_shown_with_the_update():
    parts = [*stopped().stream(Command(resume="yes", update={"text": "mine"}), THREAD, stream_mode="values")]
    assert [part["text"] for part in parts] == ["mine", "mine", "mine"]


def test_an_update_is_a_checkpoint():
    graph = stopped()
    graph.invoke(Command(resume="yes", update={"text": "mine"}), THREAD)
    history = [(s.next, s.metadata["source"], s.values.get("text")) for s in graph.get_state_history(THREAD)]
    assert history == [
        ((), "loop", "mine"),
        (("last",), "loop", "mine"),
        (("ask",), "update", "mine"),
        (("ask",), "loop", "draft"),
        (("draft",), "loop", None),
        (("__start__",), "input", None),
    ]


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
async def test_what_other_tasks_did_is_not_done_again(durability: Any):
    done: list[str] = []

    def work(state: State) -> Any:
        done.append("work")
        return {"log": ["work"]}

    def twice(state: State) -> Any:
        return {"log": [f"{interrupt(1)} {interrupt(2)} {state['text']}"]}

    builder = StateGraph(State).add_node(work).add_node(twice)
    graph = builder.add_edge(START, "work").add_edge(START, "twice").compile(InMemorySaver())
    await graph.ainvoke({"log": []}, THREAD, durability=durability)
    first: Command[Any] = Command(resume="a", update={"text": "a"})
    second: Command[Any] = Command(resume="b", update={"text": "b"})
    asked = await graph.ainvoke(first, THREAD, durability=durability)
    assert asked["__interrupt__"][0].value == 2
    assert (await graph.ainvoke(second, THREAD, durability=durability))["log"] == ["a b b", "work"]
    assert done == ["work"]


def test_a_graph_inside_goes_on():
    inner = StateGraph(State).add_node(draft).add_node(ask).add_edge(START, "draft").add_edge("draft", "ask")
    outer = StateGraph(State).add_node("inner", inner.compile()).add_edge(START, "inner")
    graph = outer.compile(InMemorySaver())
    graph.invoke({"log": []}, THREAD)
    assert graph.invoke(Command(resume="yes", update={"log": ["u"]}), THREAD)["log"] == [
        "u",
        "draft",
        "yes: draft",
    ]


@pytest.mark.parametrize(
    ("command", "log"),
    [
        (Command(update={"log": ["u"]}), ["in", "draft", "yes: draft", "last", "u"]),
        (Command(goto="other"), ["in", "draft", "yes: draft", "last", "other"]),
        (Command(goto="last", update={"log": ["u"]}), ["in", "draft", "yes: draft", "last", "u", "last"]),
    ],
)
def test_a_thread_that_has_ended(command: Command[Any], log: list[str]):
    graph = stopped()
    graph.invoke(Command(resume="yes"), THREAD)
    assert graph.invoke(command, THREAD)["log"] == log
    assert graph.get_state(THREAD).values["log"] == log


def test_a_branch_of_the_past():
    graph = stopped()
    graph.invoke(Command(resume="yes"), THREAD)
    past = next(s for s in graph.get_state_history(THREAD) if s.next == ("ask",)).config
    found = graph.invoke(Command(resume="no", update={"text": "mine"}), past)
    assert found["log"] == ["in", "draft", "no: mine", "last"]
    found = graph.invoke(Command(resume="no", goto="other"), past)
    assert found["log"] == ["in", "draft", "no: draft", "other", "last"]


def test_what_is_sent_comes_behind_what_was_sent():
    def answer(arg: int) -> Any:
        return {"log": [f"{arg} {interrupt(arg) if arg < 2 else 'sent'}"]}

    builder = StateGraph(State).add_node(answer)
    builder.add_conditional_edges(START, lambda state: [Send("answer", n) for n in range(2)])
    graph = builder.compile(InMemorySaver())
    asked = graph.invoke({"log": []}, THREAD)["__interrupt__"]
    command: Any = Command(resume={one.id: "yes" for one in asked}, goto=Send("answer", 2))
    assert graph.invoke(command, THREAD)["log"] == ["0 yes", "1 yes", "2 sent"]


def test_calls_of_a_workflow_are_not_made_again():
    made: list[int] = []

    @task
    def double(x: int) -> int:
        made.append(x)
        return x * 2

    @entrypoint(checkpointer=InMemorySaver())
    def flow(x: int) -> Any:
        return double(x).result(), interrupt("?")

    flow.invoke(3, THREAD)
    assert flow.invoke(Command(resume="yes", update={"unknown": 1}), THREAD) == (6, "yes")
    assert made == [3]

"""The handle of a graph: each projection is its stream mode, graphs inside have handles, and all of it stops."""

from __future__ import annotations

import asyncio
import gc
import operator
import re
import threading
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import TypedDict

from eventflow import AIMessage, AIMessageChunk, Command, HumanMessage, RunnableLambda, tool
from eventflow.checkpoints import InMemorySaver
from eventflow.graph import START, MessagesState, StateGraph, StreamWriter, interrupt, push_token
from graph.stopping import Seen, async_graph, sync_graph, thread
from properties.telling import lines
from runnables.test_handle import GATE, Talker, aseen_of, listed, seen_of

MODES = ("values", "updates", "custom", "tasks", "tools")
HELLO: Any = {"messages": [HumanMessage("hi", id="h")]}


def talker() -> Talker:
    return Talker(pieces=[AIMessageChunk("Hel", id="m1"), AIMessageChunk("lo", id="m1")])


def line_of(*nodes: Any, state: Any = MessagesState, **options: Any) -> Any:
    graph = StateGraph(state)
    before = START
    for name, node in nodes:
        graph.add_node(name, node).add_edge(before, name)
        before = name
    return graph.compile(**options)


def nested(**options: Any) -> Any:
    """`sub`, a graph whose node talks, and then a node that writes."""

    def talk(state: MessagesState) -> Any:
        return {"messages": [talker().invoke(state["messages"])]}

    def write(state: MessagesState, writer: StreamWriter) -> Any:
        writer("written")
        return {"messages": [AIMessage("bye", id="m2")]}

    return line_of(("sub", line_of(("talk", talk))), ("write", write), **options)


def plain(part: Any) -> str:
    """A part without the ids that differ from run to run."""
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}", "#", repr(part))


# ---- projections are modes


class Log(TypedDict):
    log: Annotated[list[str], operator.add]


KINDS = st.recursive(
    st.sampled_from(["log", "write", "talk", "nothing", "fail", "ask"]),
    lambda inner: st.lists(inner, min_size=1, max_size=3),
    max_leaves=5,
)
"""What a node does; a list is a graph inside, node after node."""


def node_of(kind: Any) -> Any:
    if isinstance(kind, list):
        return graph_of(kind)

    def node(state: Log, writer: StreamWriter) -> Any:
        if kind == "fail":
            raise ValueError("broken")
        if kind == "ask":
            return {"log": [interrupt(len(state["log"]))]}
        if kind == "write":
            writer("one")
            writer("two")
        if kind == "talk":
            return {"log": [talker().invoke("x").text]}
        return None if kind == "nothing" else {"log": [kind]}

    return node


def graph_of(kinds: list[Any], **options: Any) -> Any:
    return line_of(*[(f"n{at}", node_of(kind)) for at, kind in enumerate(kinds)], state=Log, **options)


@given(st.lists(KINDS, min_size=1, max_size=3))
async def test_each_projection_is_its_stream_mode(kinds):
    graph = [graph_of(kinds, checkpointer=InMemorySaver()) for _ in range(3)]
    for input in ({"log": []}, Command(resume="yes")):
        started = len(graph[0].get_state(thread()).next) > 0
        if isinstance(input, Command) and not started:
            break
        parts, error = seen_of(graph[0].stream(input, thread(), stream_mode=[*MODES, "messages"]))
        run = graph[1].stream_events(input, thread(), version="v3")
        arun = await graph[2].astream_events(input, thread(), version="v3")
        for mode in MODES:
            expected = ([plain(part) for name, part in parts if name == mode], error)
            kept, raised = seen_of(getattr(run, mode))
            akept, araised = await aseen_of(getattr(arun, mode))
            assert ([plain(part) for part in kept], raised) == expected
            assert ([plain(part) for part in akept], araised) == expected
        said = [part[0].text for name, part in parts if name == "messages"]
        assert [chunk.text for message in seen_of(run.messages)[0] for chunk in message] == said
        assert run.status == arun.status == status_of(error, parts)
        assert len(seen_of(run.subgraphs)[0]) == len((await aseen_of(arun.subgraphs))[0])


def status_of(error: str, parts: list[Any]) -> str:
    if error:
        return "failed"
    return (
        "interrupted"
        if any("__interrupt__" in part for name, part in parts if name == "updates")
        else "completed"
    )


async def test_all_of_them_of_one_run():
    graph = nested()
    run, arun = graph.stream_events(HELLO, version="v3"), await graph.astream_events(HELLO, version="v3")
    for mode in MODES:
        expected = [plain(part) for part in graph.stream(HELLO, stream_mode=mode)]
        assert [plain(part) for part in getattr(run, mode)] == expected
        assert [plain(part) for part in await listed(getattr(arun, mode))] == expected
    assert plain(lines(list(run.events))) == plain(lines(list(graph.stream_events(HELLO))))
    expected = plain(lines(await listed(graph.astream_events(HELLO))))
    assert plain(lines(await listed(arun.events))) == expected
    assert run.output == await arun.output == graph.invoke(HELLO)
    assert (run.interrupted, run.interrupts, run.status) == (False, [], "completed")


@pytest.mark.parametrize("returned", [True, False])
async def test_messages_are_those_of_the_mode(returned):
    def talk(state: MessagesState) -> Any:
        answer = talker().invoke(state["messages"])
        id = push_token("to")
        push_token("ken")
        return {"messages": [answer, AIMessage("token", id=id), AIMessage("whole")] if returned else []}

    graph = line_of(("talk", talk))
    parts = list(graph.stream(HELLO, stream_mode="messages"))
    run, arun = graph.stream_events(HELLO, version="v3"), await graph.astream_events(HELLO, version="v3")
    found = [chunk for message in run.messages for chunk in message]
    assert [c.text for c in found] == [message.text for message, _ in parts]
    assert [str(m.text) for m in run.messages] == ["Hello", "token", "whole"][: 3 if returned else 2]
    assert [await m.text for m in await listed(arun.messages)] == [str(m.text) for m in run.messages]
    assert [m.node for m in run.messages] == ["talk"] * len(list(run.messages))
    assert next(iter(run.messages)).output.id == "m1"


def test_a_whole_message_does_not_wait_for_the_rest():
    begun: list[str] = []

    def second(state: MessagesState) -> Any:
        begun.append("second")
        return {}

    graph = line_of(("first", lambda state: {"messages": [AIMessage("one", id="1")]}), ("second", second))
    run = graph.stream_events(HELLO, version="v3", interrupt_before=[])
    message = next(iter(run.messages))
    assert (message.output.text, message.done) == ("one", True)
    run.abort()


def test_interleave_is_in_the_order_of_things():
    run = nested().stream_events(HELLO, version="v3")
    names = [name for name, _ in run.interleave("values", "messages", "custom", "updates", "subgraphs")]
    assert names == [
        *("values", "subgraphs", "messages", "updates", "values"),
        *("custom", "messages", "updates", "values"),
    ]
    with pytest.raises(ValueError, match="no 'vallues': there are subgraphs, messages"):
        run.interleave("vallues")


def test_tokens_are_seen_while_the_node_runs():
    go, seen = threading.Event(), list[str]()

    class Waits(Talker):
        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            for chunk in super()._stream(messages):
                yield chunk
                assert go.wait(GATE)

    def talk(state: MessagesState) -> Any:
        return {"messages": [Waits(pieces=talker().pieces).invoke("x")]}

    run = line_of(("talk", talk)).stream_events(HELLO, version="v3")
    for message in run.messages:
        for text in message.text:
            seen.append(text)
            assert len(seen) == 2 or list(run._span.log.events)[-1].data.text == "Hel"
            go.set()
    assert seen == ["Hel", "lo"]


# ---- graphs inside


async def test_subgraphs():
    run = nested().stream_events(HELLO, version="v3")
    arun = await nested().astream_events(HELLO, version="v3")
    (sub,), (asub,) = run.subgraphs, await listed(arun.subgraphs)
    for one in (sub, asub):
        assert (one.graph_name, len(one.path)) == ("sub", 1)
    assert sub.path[0].startswith("sub:")
    assert (
        [m.output.text for m in sub.messages]
        == [(await m).text for m in await listed(asub.messages)]
        == ["Hello"]
    )
    assert [m.namespace for m in sub.messages] == [sub.path]
    assert (
        [len(s["messages"]) for s in sub.values]
        == [len(s["messages"]) for s in await listed(asub.values)]
        == [1, 2]
    )
    assert [[*u] for u in sub.updates] == [["talk"]]
    assert sub.output == await asub.output == list(sub.values)[-1]
    assert (sub.status, sub.interrupted, list(sub.subgraphs), list(sub.custom)) == (
        "completed",
        False,
        [],
        [],
    )
    assert {e["name"] for e in sub.events} == {"LangGraph", "talk", "Talker"}
    assert next(iter(sub.events))["event"] == "on_chain_start"


async def test_one_graph_called_twice_in_one_node_has_two_handles():
    inner = line_of(("add", lambda state: {"log": ["inner"]}), state=Log)

    async def both(state: Log) -> Any:
        one, two = await asyncio.gather(inner.ainvoke({"log": ["1"]}), inner.ainvoke({"log": ["2"]}))
        return {"log": one["log"] + two["log"]}

    run = await line_of(("both", both), state=Log).astream_events({"log": []}, version="v3")
    subs = await listed(run.subgraphs)
    assert sorted([(await sub.output)["log"] for sub in subs]) == [["1", "inner"], ["2", "inner"]]
    assert sorted([[s["log"][0] for s in await listed(sub.values)] for sub in subs]) == [
        ["1", "1"],
        ["2", "2"],
    ]


# ---- interrupts


async def test_interrupt_and_resume():
    def ask(state: Log) -> Any:
        return {"log": [interrupt("really?")]}

    def graph() -> Any:
        return line_of(("sub", line_of(("ask", ask), state=Log)), state=Log, checkpointer=InMemorySaver())

    sync, async_ = graph(), graph()
    run, arun = sync.stream_events({"log": []}, thread(), version="v3"), None
    arun = await async_.astream_events({"log": []}, thread(), version="v3")
    (sub,), (asub,) = run.subgraphs, await listed(arun.subgraphs)
    assert (run.interrupted, [i.value for i in run.interrupts], run.status) == (
        True,
        ["really?"],
        "interrupted",
    )
    assert (await arun.interrupted, [i.value for i in await arun.interrupts()]) == (True, ["really?"])
    assert (sub.interrupted, sub.status, sub.output) == (True, "interrupted", {"log": []})
    assert (await asub.interrupted, asub.status, await asub.output) == (True, "interrupted", {"log": []})
    assert run.output == await arun.output == {"log": []}
    again = sync.stream_events(Command(resume="yes"), thread(), version="v3")
    aagain = await async_.astream_events(Command(resume="yes"), thread(), version="v3")
    assert again.output == await aagain.output == {"log": ["yes"]}
    assert (again.interrupted, again.interrupts, again.status) == (False, [], "completed")
    assert [s.status for s in again.subgraphs] == ["completed"]


def test_a_graph_that_stops_before_a_node():
    graph = line_of(
        ("a", lambda s: {"log": ["a"]}), ("b", lambda s: {}), state=Log, checkpointer=InMemorySaver()
    )
    run = graph.stream_events({"log": []}, thread(), version="v3", interrupt_before=["b"])
    assert (run.output, run.interrupted, run.interrupts) == ({"log": ["a"]}, True, [])


# ---- errors


async def test_errors():
    def broken(state: Log) -> Any:
        raise ValueError("broken")

    graph = line_of(("a", lambda s: {"log": ["a"]}), ("sub", line_of(("b", broken), state=Log)), state=Log)
    run, arun = (
        graph.stream_events({"log": []}, version="v3"),
        await graph.astream_events({"log": []}, version="v3"),
    )
    expected = ([{"log": []}, {"log": ["a"]}], "ValueError('broken')")
    for _ in range(2):
        assert seen_of(run.values) == await aseen_of(arun.values) == expected
        subs, error = seen_of(run.subgraphs)
        assert (len(subs), error) == (1, "ValueError('broken')")
        assert seen_of(subs[0].values) == ([{"log": ["a"]}], "ValueError('broken')")
        assert subs[0].status == "failed"
    with pytest.raises(ValueError, match="broken"):
        _ = run.output
    with pytest.raises(ValueError, match="broken"):
        await arun.output
    assert (run.status, arun.status) == ("failed", "failed")


@pytest.mark.parametrize(
    "option", [{"stream_mode": "values"}, {"subgraphs": True}, {"debug": True}, {"fou": 1}]
)
def test_options_that_make_no_sense(option):
    graph = nested()
    with pytest.raises(TypeError, match=next(iter(option))):
        graph.stream_events(HELLO, version="v3", **option)
    with pytest.raises(TypeError, match=next(iter(option))):
        graph.astream_events(HELLO, version="v3", **option)


# ---- stopping


async def test_aborting_cancels_graphs_inside():
    seen = Seen()
    run = await async_graph(seen).astream_events({"log": []}, thread(), version="v3")
    async for sub in run.subgraphs:
        async for written in sub.custom:
            assert written == "slow begins"
            await run.abort()
        assert sub.status == "aborted"
    assert seen.left == seen.begun == ["slow"]
    assert (run.status, await run.output) == ("aborted", {"log": ["first"]})
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_cancelling_the_only_reader_leaves_the_run_to_the_handle():
    seen = Seen()
    run = await async_graph(seen).astream_events({"log": []}, thread(), version="v3")
    reader = asyncio.ensure_future(listed(run.values))
    while not seen.begun:  # noqa: ASYNC110  # a turn of the loop for the graph
        await asyncio.sleep(0)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert seen.left == []
    await run.abort()
    assert seen.left == ["slow"]


def test_aborting_stops_a_tool_in_a_graph_in_a_node_at_the_next_thing_it_tells():
    begun, go, left = threading.Event(), threading.Event(), list[str]()

    @tool
    def work(x: int) -> str:
        """Work."""
        try:
            begun.set()
            assert go.wait(GATE)
            return str(talker().invoke("x").text)
        finally:
            left.append("tool")

    def call(state: Log) -> Any:
        try:
            answer = work.invoke({"x": 1})
            left.append("went on")
            return {"log": [answer]}
        finally:
            left.append("node")

    graph = line_of(("sub", line_of(("call", call), state=Log)), state=Log)
    run = graph.stream_events({"log": []}, version="v3")
    assert next(iter(run.values)) == {"log": []}
    assert begun.wait(GATE)
    stopper = threading.Thread(target=run.abort)
    stopper.start()
    while not run._span.log.aborted:
        pass
    go.set()
    stopper.join(GATE)
    assert left == ["tool", "node"]
    assert (run.status, run.output) == ("aborted", {"log": []})


def test_leaving_the_block_stops_the_graph():
    seen = Seen()
    with sync_graph(seen).stream_events({"log": []}, thread(), version="v3") as run:
        for written in run.custom:
            assert written == "slow begins"
            seen.go.set()
            break
    assert (seen.left, run.status) == (["slow"], "aborted")


async def test_leaving_the_block_with_an_error_stops_the_graph():
    seen = Seen()
    with pytest.raises(KeyError):  # noqa: PT012  # the whole block is what is left
        async with async_graph(seen).astream_events({"log": []}, thread(), version="v3") as run:
            async for _ in run.subgraphs:
                raise KeyError
    assert seen.left == seen.begun
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_a_handle_that_nobody_holds_stops_its_thread():
    before = threading.active_count()
    graph = line_of(*[(f"n{n}", lambda state: {"log": ["x"]}) for n in range(50)], state=Log)
    run = graph.stream_events({"log": []}, version="v3", buffer=1)
    next(iter(run.values))
    del run
    gc.collect()
    for one in threading.enumerate():
        if one is not threading.current_thread() and threading.active_count() > before:
            one.join(GATE)
    assert threading.active_count() == before


def test_the_graph_is_no_further_ahead_than_the_buffer():
    done: list[int] = []

    def node(n: int) -> Any:
        def step(state: Log, writer: StreamWriter) -> Any:
            for _ in range(20):
                writer(n)
            done.append(n)
            return {}

        return step

    graph = line_of(*[(f"n{n}", node(n)) for n in range(50)], state=Log)
    with graph.stream_events({"log": []}, version="v3", buffer=5) as run:
        custom = iter(run.custom)
        assert next(custom) == 0
        assert len(done) <= 2
        assert sum(1 for _ in custom) == 50 * 20 - 1
    assert run.status == "completed"


def test_readers_in_several_threads():
    graph = nested()
    run = graph.stream_events(HELLO, version="v3", buffer=2)
    expected = [plain(part) for part in graph.stream(HELLO, stream_mode="values")]
    found: list[Any] = []
    begin = threading.Barrier(4)

    def read() -> None:
        begin.wait(GATE)
        found.append(
            ([plain(v) for v in run.values], ["".join(m.text) for s in run.subgraphs for m in s.messages])
        )

    threads = [threading.Thread(target=read) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(GATE)
    assert found == [(expected, ["Hello"])] * 4


# ---- where it runs


def test_a_handle_inside_a_node_is_of_that_graph_only():
    inner = line_of(("add", lambda state: {"log": ["inner"]}), state=Log)

    def node(state: Log) -> Any:
        with inner.stream_events({"log": []}, version="v3") as run:
            return {"log": [str(len(list(run.values))), *run.output["log"]]}

    graph = line_of(("node", node), state=Log)
    run = graph.stream_events({"log": []}, version="v3")
    assert run.output == {"log": ["2", "inner"]}
    assert [sub.output for sub in run.subgraphs] == [{"log": ["inner"]}]


def test_a_graph_with_a_config_bound_to_it():
    run = nested().with_config(tags=["mine"]).stream_events(HELLO, version="v3")
    assert len(list(run.values)) == 3
    assert "mine" in next(iter(run.events))["tags"]


def test_a_graph_in_a_chain_has_its_messages():
    run = (RunnableLambda(lambda x: x) | nested()).stream_events(HELLO, version="v3")
    assert [str(m.text) for m in run.messages] == ["Hello"]
    assert [m.text for m in run.output["messages"]] == ["hi", "Hello", "bye"]


def test_ids_and_state_are_the_same_with_and_without_a_handle():
    for graph in (nested(), nested(checkpointer=InMemorySaver())):
        alone = graph.invoke(HELLO, {"configurable": {"thread_id": "alone"}})
        run = graph.stream_events(HELLO, {"configurable": {"thread_id": "watched"}}, version="v3")
        assert run.output == alone
        assert [m.id for m in run.output["messages"]] == ["h", "m1", "m2"]

"""When checkpoints are written: before the next step, while it runs, or at the end; and what is there then."""

import asyncio
import operator
from collections import Counter
from contextlib import aclosing
from typing import Annotated, Any

import pytest
from typing_extensions import TypedDict

from checkpoints.savers import PlainSaver
from eventflow.checkpoints import AsyncSqliteSaver, InMemorySaver, SqliteSaver
from eventflow.errors import CodecError
from eventflow.graph import END, START, Command, Send, StateGraph, entrypoint, interrupt, task

ONE = {"configurable": {"thread_id": "1"}}
STEPS = 6
ALWAYS = ["sync", "async", "exit"]


class State(TypedDict):
    n: int
    log: Annotated[list[Any], operator.add]


class Held(PlainSaver):
    """A saver whose writes are held until they are let go; `failing` counts down to the one that fails."""

    def __init__(self, *, held=False, failing=0):
        super().__init__()
        self.free = asyncio.Event()
        self.begun = asyncio.Event()
        self.batches = []
        self.under_way = 0
        self.failing = failing
        if not held:
            self.free.set()

    async def _aside(self, function, *args, **kwargs):
        return function(*args, **kwargs)

    async def aput_all(self, todo):
        self.under_way += 1
        assert self.under_way == 1
        self.batches.append([name for name, _ in todo])
        self.begun.set()
        try:
            await asyncio.sleep(0)
            await self.free.wait()
            self.failing -= 1
            if self.failing == 0:
                raise OSError("disk full")
            self.put_all(todo)
        finally:
            self.under_way -= 1

    @property
    def steps(self):
        """The steps of the checkpoints that are there, from the first to the last; each has its parent."""
        found = [*self.list(ONE)][::-1]
        ids = [None, *(one.config["configurable"]["checkpoint_id"] for one in found)]
        parents = [one.parent_config and one.parent_config["configurable"]["checkpoint_id"] for one in found]
        assert parents == ids[: len(parents)]
        return [one.metadata["step"] for one in found]


class Counting:
    """A graph of one node that counts to `STEPS`, and says when it begins to."""

    def __init__(self, saver, act=None):
        self.ran = []
        self.arrived = asyncio.Condition()
        self.act = act

        async def count(state):
            self.ran.append(state["n"])
            async with self.arrived:
                self.arrived.notify_all()
            if self.act is not None:
                await self.act(state)
            return {"n": state["n"] + 1, "log": [state["n"]]}

        graph = StateGraph(State).add_node(count).add_edge(START, "count")
        graph.add_conditional_edges("count", lambda state: "count" if state["n"] < STEPS else END)
        self.graph = graph.compile(checkpointer=saver)

    async def runs(self, n):
        async with self.arrived:
            await self.arrived.wait_for(lambda: n in self.ran)

    def begin(self, durability=None):
        return asyncio.ensure_future(
            self.graph.ainvoke({"n": 0, "log": []}, ONE, **({"durability": durability} if durability else {}))
        )


async def turns(count=50):
    """Let everything happen that can."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("durability", [None, "async"])
async def test_the_next_step_runs_while_the_last_is_written_and_no_further(durability):
    saver = Held(held=True)
    program = Counting(saver)
    run = program.begin(durability)
    await turns()
    assert program.ran == [0]  # what was put in is being written
    saver.free.set()
    assert (await run)["n"] == STEPS
    assert saver.steps == [-1, 0, 1, 2, 3, 4, 5, 6]


async def test_one_step_ahead_and_no_further_in_the_middle():
    saver = Held()

    async def hold(state):
        if state["n"] == 2:
            saver.free.clear()

    program = Counting(saver, hold)
    run = program.begin()
    await program.runs(2)
    await turns()
    assert program.ran == [0, 1, 2]  # what was before it is being written: that of 3 waits
    assert saver.steps[-1] == 1
    saver.free.set()
    await run


async def test_sync_waits_for_each_step():
    saver = Held(held=True)
    program = Counting(saver)
    run = program.begin("sync")
    await turns()
    assert program.ran == []
    seen = []

    async def look(state):
        seen.append(saver.steps[-1])

    program.act = look
    saver.free.set()
    await run
    assert seen == [0, 1, 2, 3, 4, 5]


async def test_exit_writes_once():
    saver = Held()
    await Counting(saver).begin("exit")
    assert saver.batches == [["put"]]
    assert saver.steps == [6]


@pytest.mark.parametrize("durability", ["sync", "async"])
async def test_a_step_of_one_task_is_one_write(durability):
    saver = Held()
    await Counting(saver).begin(durability)
    assert [len(one) for one in saver.batches] == [3, *[2] * STEPS]


def test_a_step_of_one_task_is_one_transaction_in_sync_code(tmp_path):
    class Counted(SqliteSaver):
        writes = 0

        def put_all(self, todo):
            self.writes += 1
            super().put_all(todo)

    graph = StateGraph(State).add_node("a", lambda state: {"n": state["n"] + 1}).add_edge(START, "a")
    graph.add_conditional_edges("a", lambda state: "a" if state["n"] < STEPS else END)
    with Counted.from_conn_string(str(tmp_path / "file.db")) as saver:
        graph.compile(checkpointer=saver).invoke({"n": 0, "log": []}, ONE)
        assert saver.writes == 1 + STEPS


async def test_what_ended_beside_others_is_written_before_they_end():
    saver, go = Held(), asyncio.Event()

    async def work(job):
        if job:
            await go.wait()
        return {"log": [job]}

    async def src(state):
        return {}

    graph = StateGraph(State).add_node(src).add_node(work).add_edge(START, "src")
    graph.add_conditional_edges("src", lambda state: [Send("work", 0), Send("work", 1)], ["work"])
    run = asyncio.ensure_future(graph.compile(checkpointer=saver).ainvoke({"n": 0, "log": []}, ONE))
    await turns()
    assert [value for _, key, value in saver.get_tuple(ONE).pending_writes if key == "log"] == [[0]]
    go.set()
    assert (await run)["log"] == [0, 1]


# ---- errors


@pytest.mark.parametrize("durability", ALWAYS)
@pytest.mark.parametrize("write", range(1, 8))
async def test_an_error_of_the_saver_reaches_the_caller(write, durability):
    saver = Held(failing=1 if durability == "exit" else write)
    program = Counting(saver)
    with pytest.raises(OSError, match="disk full"):
        await program.begin(durability)
    ahead = {"sync": 1, "async": 2}.get(durability, 0)
    if ahead:
        assert saver.steps == [-1, *range(write)][: write if write > 1 else 0]
        assert len(program.ran) <= write + ahead - 1
    assert len(saver.batches) == (1 if durability == "exit" else write)  # nothing behind it


@pytest.mark.parametrize("durability", ["sync", "async"])
async def test_what_is_no_data_is_refused_in_the_step_that_gives_it(durability, tmp_path):
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "file.db")) as saver:
        ran = []

        async def bad(state):
            ran.append(state["n"])
            return {"n": state["n"] + 1, "log": [object()] if state["n"] == 1 else []}

        graph = StateGraph(State).add_node(bad).add_edge(START, "bad")
        graph.add_conditional_edges("bad", lambda state: "bad" if state["n"] < STEPS else END)
        with pytest.raises(CodecError, match="cannot keep a object"):
            await graph.compile(checkpointer=saver).ainvoke({"n": 0, "log": []}, ONE, durability=durability)
        assert ran == [0, 1]
        assert (await saver.aget_tuple(ONE)).metadata["step"] == 1


async def test_a_node_that_catches_the_error_does_not_hide_it():
    saver = Held(failing=2)

    @task
    async def one(x):
        return x

    @entrypoint(checkpointer=saver)
    async def workflow(x):
        for n in range(3):
            try:
                await one(n)
            except OSError:
                pass
            await turns(10)
        return x

    with pytest.raises(OSError, match="disk full"):
        await workflow.ainvoke(1, ONE)
    assert len(saver.batches) == 2


# ---- ending early


@pytest.mark.parametrize("durability", ALWAYS)
async def test_who_is_cancelled_leaves_all_that_had_ended(durability):
    saver, never = Held(), asyncio.Event()

    async def stick(state):
        if state["n"] == 3:
            saver.free.clear()
            await never.wait()

    program = Counting(saver, stick)
    run = program.begin(durability)
    await program.runs(3)
    run.cancel()
    await turns()
    run.cancel()  # again: it waits for the saver nevertheless
    await turns()
    assert durability == "sync" or not run.done()
    saver.free.set()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert saver.steps == ([3] if durability == "exit" else [-1, 0, 1, 2, 3])
    program.act = None
    assert (await program.graph.ainvoke(None, ONE))["log"] == [0, 1, 2, 3, 4, 5]
    assert program.ran == [0, 1, 2, 3, 3, 4, 5]


@pytest.mark.parametrize("durability", ALWAYS)
async def test_who_leaves_a_stream_leaves_all_that_had_ended(durability):
    saver = Held()
    program = Counting(saver)
    async with aclosing(program.graph.astream({"n": 0, "log": []}, ONE, durability=durability)) as parts:
        async for part in parts:
            if part["count"]["n"] == 3:
                break
    kept = saver.steps[-1]
    assert kept >= 2
    assert (await program.graph.ainvoke(None, ONE))["log"] == [0, 1, 2, 3, 4, 5]
    assert max(Counter(program.ran).values()) <= 2
    assert sum(Counter(program.ran).values()) <= STEPS + 1


@pytest.mark.parametrize("durability", ALWAYS)
@pytest.mark.parametrize("kind", [AsyncSqliteSaver, Held])
def test_a_loop_that_ends_leaves_all_that_had_ended(kind, durability, tmp_path):
    """`asyncio.run` cancels every task, that which writes too."""
    path = str(tmp_path / "file.db")
    kept = []

    async def main():
        saver = Held() if kind is Held else AsyncSqliteSaver(sqlite(path))
        kept.append(saver)
        program = Counting(saver)

        async def stick(state):
            if state["n"] == 3:
                await asyncio.Event().wait()

        program.act = stick
        main.run = program.begin(durability)
        await program.runs(3)

    asyncio.run(main())
    assert main.run.cancelled()
    (saver,) = kept
    steps = [one.metadata["step"] for one in saver.list(ONE)][::-1]
    assert steps == ([3] if durability == "exit" else [-1, 0, 1, 2, 3])
    if kind is AsyncSqliteSaver:
        asyncio.run(saver.aclose())


def sqlite(path):
    import sqlite3

    return sqlite3.connect(path, check_same_thread=False, isolation_level=None)


@pytest.mark.parametrize("durability", ALWAYS)
async def test_a_node_that_fails_leaves_all_that_had_ended(durability):
    saver = Held()

    async def fail(state):
        if state["n"] == 3:
            raise KeyError(3)

    program = Counting(saver, fail)
    with pytest.raises(KeyError):
        await program.begin(durability)
    assert saver.steps[-1] == 3
    program.act = None
    assert (await program.graph.ainvoke(None, ONE))["log"] == [0, 1, 2, 3, 4, 5]


# ---- what is there when something is shown


def asking():
    async def ask(state):
        return {"log": [interrupt("who?")]}

    async def before(state):
        return {"n": 1}

    graph = StateGraph(State).add_node(before).add_node(ask)
    return graph.add_edge(START, "before").add_edge("before", "ask")


@pytest.mark.parametrize("durability", ["sync", "async"])
async def test_a_question_is_kept_when_it_is_shown(durability, tmp_path):
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "file.db")) as saver:
        graph = asking().compile(checkpointer=saver)
        shown = []
        async for part in graph.astream({"n": 0, "log": []}, ONE, durability=durability):
            if "__interrupt__" in part:
                shown = [one.value for one in (await graph.aget_state(ONE)).interrupts]
        assert shown == ["who?"]
        assert (await graph.ainvoke(Command(resume="me"), ONE, durability=durability))["log"] == ["me"]


def test_a_question_is_kept_when_it_is_shown_in_sync_code(tmp_path):
    def ask(state):
        return {"log": [interrupt("who?")]}

    graph = StateGraph(State).add_node(ask).add_edge(START, "ask")
    with SqliteSaver.from_conn_string(str(tmp_path / "file.db")) as saver:
        compiled = graph.compile(checkpointer=saver)
        shown = [
            [one.value for one in compiled.get_state(ONE).interrupts]
            for part in compiled.stream({"n": 0, "log": []}, ONE, stream_mode=["custom", "updates"])
            if "__interrupt__" in part[1]
        ]
    assert shown == [["who?"]]


@pytest.mark.parametrize("where", ["interrupt_before", "interrupt_after"])
async def test_a_stop_is_shown_when_it_is_kept(where):
    saver = Held()
    graph = asking().compile(checkpointer=saver)
    shown = []
    node = ["ask"] if where == "interrupt_before" else ["before"]
    async for part in graph.astream({"n": 0, "log": []}, ONE, **{where: node}):
        if "__interrupt__" in part:
            shown = saver.steps
    assert shown == [-1, 0, 1]


async def test_a_result_is_given_when_all_is_kept():
    saver = Held()

    async def hold(state):
        if state["n"] == STEPS - 1:
            saver.free.clear()

    program = Counting(saver, hold)
    run = program.begin()
    await program.runs(STEPS - 1)
    await turns()
    assert not run.done()
    saver.free.set()
    await run
    assert saver.steps[-1] == STEPS


async def test_what_is_read_meanwhile_makes_sense(tmp_path):
    """Whoever looks from elsewhere sees states that were, one after the other, and none without the one before."""
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "file.db")) as saver:
        program = Counting(saver, lambda state: asyncio.sleep(0))
        run = program.begin()
        seen = []
        while not run.done():
            state = await program.graph.aget_state(ONE)
            if state.values:
                assert state.values["log"] == [*range(state.values["n"])]
                seen.append(state.values["n"])
                history = [one async for one in program.graph.aget_state_history(ONE)]
                assert [one.metadata["step"] for one in history][::-1] == [*range(-1, len(history) - 1)]
        assert seen == sorted(seen)
        await run


@pytest.mark.parametrize("durability", ["async", "sync"])
async def test_what_a_node_changes_in_place_is_not_in_the_step_before(durability, tmp_path):
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "file.db")) as saver:

        async def first(state):
            return {"log": [{"by": "first"}]}

        def second(state):  # at once, before the write has begun
            state["log"][0]["by"] = "second"
            return {}

        graph = StateGraph(State).add_node(first).add_node(second)
        compiled = graph.add_edge(START, "first").add_edge("first", "second").compile(checkpointer=saver)
        await compiled.ainvoke({"n": 0, "log": []}, ONE, durability=durability)
        states = [one async for one in compiled.aget_state_history(ONE)]
        assert states[1].next == ("second",)
        assert states[1].values["log"] == [{"by": "first"}]


# ---- graphs in graphs


@pytest.mark.parametrize("durability", ALWAYS)
async def test_a_graph_inside_is_kept_as_the_one_around_it(durability):
    saver = Held()
    kept = []

    async def last(state):
        kept.append([one.metadata["step"] for one in saver.list(ONE)])
        return {}

    inner = StateGraph(State).add_node("a", lambda state: {"n": 1}).add_node(last)
    inner.add_edge(START, "a").add_edge("a", "last")
    graph = StateGraph(State).add_node("inner", inner.compile()).add_edge(START, "inner")
    compiled = graph.compile(checkpointer=saver)
    await compiled.ainvoke({"n": 0, "log": []}, ONE, durability=durability)
    (seen,) = kept
    if durability == "sync":
        assert seen == [1, 0, -1, 0, -1]
    elif durability == "exit":
        assert seen == []
    else:
        assert seen == [0, -1, 0, -1]


@pytest.mark.parametrize("durability", ALWAYS)
def test_in_memory_nothing_waits(durability):
    saver = InMemorySaver()
    graph = StateGraph(State).add_node("a", lambda state: {"n": 1}).add_edge(START, "a")
    compiled = graph.compile(checkpointer=saver)

    async def main():
        before = asyncio.all_tasks()
        await compiled.ainvoke({"n": 0, "log": []}, ONE, durability=durability)
        assert asyncio.all_tasks() == before

    asyncio.run(main())
    assert compiled.get_state(ONE).values["n"] == 1

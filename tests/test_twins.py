"""The sync and the async half of every runnable are one program; and the proof of it has teeth."""

import ast
from pathlib import Path

import pytest

import eventflow
from twins import Words, complaints, lonely, twin_of

HOUSE = Path(eventflow.__file__).parent


def modules(*patterns: str) -> list[str]:
    """The modules that are there, as paths in the house."""
    return [path.relative_to(HOUSE).as_posix() for one in patterns for path in sorted(HOUSE.glob(one))]


RUNNABLES = modules("runnables/*.py")
ASIDE = modules(
    "graph/*.py",
    "graph/modes/*.py",
    "tools/*.py",
    "history/session.py",
    "agents/*.py",
    "checkpoints/*.py",
    "stores/*.py",
)
"""Modules in which an async half may be its sync half called as it is: what never waits here, what may in a thread."""

MODULES = [*RUNNABLES, *ASIDE]
BELOW = [*RUNNABLES, *modules("runs/*.py")]
"""The modules whose pairs the halves of a runnable are made of."""
SPOKEN = [*BELOW, *ASIDE, *modules("history/base.py")]
"""The same for the rooms above."""

BY_HAND = {
    "runnables/seam.py": "waiting, threads and tasks: pairs that do the same by other means, tested for that",
    "graph/fan.py": "threads there, tasks here: pairs that do the same by other means, tested for that",
    "runnables/fanout.py": "threads there, tasks here: pairs that do the same by other means, tested for that",
    "runnables/replay.py": "readers drive the run there, and wait for a task here, in two classes of the same methods",
}
"""Modules whose halves differ in kind, and why."""

BRIDGES: dict[str, dict[str, str]] = {
    "runnables/drive.py": {
        "flow": "`Context.run` is the faster way, and has no form that awaits",
    },
    "runnables/verbs.py": {
        "_plain_invoke": "async is derived from sync, never the other way round",
        "Verbs._do_invoke": "async is derived from sync, never the other way round",
        "Verbs._do_stream": "async is derived from sync, never the other way round",
        "Verbs._do_transform": "awaits the input, so it has to be a generator and cannot hand on the stream",
    },
    "runnables/function.py": {
        "RunnableLambda._do_invoke": "calls the async function, or the sync one in a thread",
        "RunnableLambda._do_transform": "calls the async function, or the sync one in a thread",
        "RunnableLambda._call_sync": "leads from async code to sync code; there is no way back",
    },
    "runnables/generator.py": {
        "RunnableGenerator._do_transform": "without an async function the sync one is stepped in a thread",
        "RunnableGenerator._collected": "leads from async code to sync code; there is no way back",
    },
    "runnables/passthrough.py": {
        "RunnablePassthrough._tell": "calls the async function, or the sync one in a thread",
        "RunnablePassthrough._do_transform": "has two functions that may want the whole",
    },
    "runnables/batch.py": {
        "batch_as_completed": "threads here, tasks there",
    },
    "runnables/watchable.py": {
        "Watchable.stream_events": "the same, but a Generator has three parameters, and an AsyncGenerator two",
    },
    "runnables/handle.py": {
        "run_stream": "readers step the run there, and the loop has a task for it here",
    },
    "runnables/observe.py": {
        "stream_events": "the consumer's own thread steps the run; the loop has a task for it",
    },
    "graph/behind.py": {
        "WriteBehind.reached": "only a saver that may block is written to behind, and only async code is held up by it",
        "WriteBehind._write": "the same",
    },
    "graph/calls.py": {
        "Calls._do": "a pool of threads has a limit of its own; tasks need a semaphore",
        "Calls.finish": "waits for threads there, for tasks and calls from threads here",
        "Calls.stop": "threads are let go on, tasks are cancelled",
        "Calls._apart": "a call from a worker thread of an async graph; sync graphs have no such place",
        "Calls._adone": "what the semaphore is around",
    },
    "graph/compiled.py": {
        "CompiledStateGraph.invoke": "drives by another hook, and a list is made of an async stream by a comprehension",
        "CompiledStateGraph.transform": "`yield from` closes what it yields from, `async for` does not",
    },
    "graph/dataflow.py": {
        "flow": "notes the loop that tasks are to be made in",
        "spread": "threads there, tasks here, tested for the same",
    },
    "graph/execute.py": {
        "perform": "what is kept of a stopped task waits for the saver only where that is written to behind",
        "_execute": "timeouts are for coroutines: the sync half calls the node, the async one `_attempt`",
    },
    "graph/keeper.py": {
        "Keeper.keep": "in async code a saver that may block is written to behind",
    },
    "graph/nodes.py": {
        "Node.invoke": "sync code refuses timeouts and coroutines, async code calls sync functions in a thread",
    },
    "graph/steps.py": {
        "steps": "who pulls a sync stream is in its thread, and is given the state before each step",
    },
    "graph/streaming.py": {
        "stream_parts": "pulled in the caller's thread, or from another one; async code has a task",
    },
    "graph/streams.py": {
        "Streams.stream": "the same, but a Generator has three parameters, and an AsyncGenerator two; another drive",
    },
    "graph/timeouts.py": {
        "within": "sync code cannot be stopped where it is",
    },
    "graph/tokens.py": {
        "push_token": "a sync producer in an async run may not wait at all, which `pause` asks",
    },
    "graph/types.py": {
        "StreamWriter.drain": "a sync writer waits by itself",
    },
    "graph/watched.py": {
        "Watched._handle": "makes the handle of its colour",
    },
    "graph/work.py": {
        "Work._steps": "the sync steps yield None between two of them, see `steps`",
        "Work._do_invoke": "the same",
        "Work._do_stream": "the same",
    },
    "graph/writer.py": {
        "Writer.drain": "a sync writer waits by itself",
    },
    "history/session.py": {
        "RunnableWithMessageHistory._load": "what sync code reads as an attribute, async code asks a method for",
    },
    "tools/base.py": {
        "BaseTool._function": "async is derived from sync, never the other way round",
        "BaseTool._generates": "async code takes generators of both colours",
        "BaseTool._chunks": "the same, but what collects chunks has two colours",
    },
    "tools/functional.py": {
        "FunctionTool._function": "async is derived from sync, never the other way round",
        "FunctionTool._run": "calls the async function, or the sync one in a thread",
    },
    "agents/tool_node.py": {
        "ToolNode._answer": "a sync wrapper is called in a thread where there is no async one",
    },
    "checkpoints/base.py": {
        "BaseCheckpointSaver.list": "the sync iterator is stepped aside",
        "BaseCheckpointSaver.put_all": "names the methods by text",
        "BaseCheckpointSaver._aside": "leads from async code to sync code; there is no way back",
    },
    "checkpoints/memory.py": {
        "InMemorySaver._aside": "leads from async code to sync code; there is no way back",
    },
    "checkpoints/sqlite.py": {
        "_SqliteCheckpoints.put_all": "the whole, with its transaction, goes into one thread",
        "AsyncSqliteSaver.from_conn_string": "the async one has only this colour, as LangGraph's",
        "AsyncSqliteSaver.setup": "the same",
        "AsyncSqliteSaver.aclose": "the same",
        "AsyncSqliteSaver._aside": "leads from async code to sync code; there is no way back",
    },
}
"""Module -> `Class.method` -> why this pair differs, or why this half has no twin."""


def source_of(module: str) -> str:
    return (HOUSE / module).read_text(encoding="utf-8")


@pytest.mark.parametrize("module", [module for module in MODULES if module not in BY_HAND])
def test_halves_are_one_program(module):
    spoken = SPOKEN if module in ASIDE else BELOW
    source, others = source_of(module), [source_of(other) for other in spoken if other != module]
    found = complaints(source, Words.of(source, *others), BRIDGES.get(module), aside=module in ASIDE)
    assert not found, "\n".join(found)


def test_exceptions_are_modules_that_exist():
    assert sorted({*BY_HAND, *BRIDGES} - set(MODULES)) == []


# ------------------------------------------------------------------------------------------- the proof bites

SEAM = """
sleep, asleep = time.sleep, asyncio.sleep

def close_all(its): ...
async def aclose_all(its): ...

def gather(calls): ...
async def agather(calls): ...

def merge(its):
    yield its
async def amerge(its):
    async def pump(it): ...
    yield its
"""

SOURCE = '''
class Sequence:
    def _pick(self, x: str) -> Runnable: ...

    def _do_invoke(self, x: Iterable[str]) -> str:
        """Runs the steps."""
        for step in self.steps:
            x = step.invoke(x)
        return x

    async def _do_ainvoke(self, x: Iterable[str]) -> str:
        """Runs the steps, awaiting each."""
        for step in self.steps:
            x = await step.ainvoke(x)
        return x

    def _do_transform(self, xs: Iterator[str]) -> Iterator[str]:
        stream = self._pick(xs).stream(xs)
        with run:
            try:
                yield from_first(next(stream, END), [c for c in stream])
                for c in merge([stream, xs]):
                    yield c
            finally:
                close_all([stream])

    async def _do_atransform(self, xs: AsyncIterator[str]) -> AsyncIterator[str]:
        stream = self._pick(xs).astream(xs)
        with run:
            try:
                yield from_first(await anext(stream, END), [c async for c in stream])
                async for c in amerge([stream, xs]):
                    yield c
            finally:
                await aclose_all([stream])

    def _do_stream(self, x):
        return self._pick(x).stream(x)

    def _do_astream(self, x):
        return self._pick(x).astream(x)


    def _plain_stream(self, xs):
        with threading.Lock():
            yield from self.stream(xs)

    async def _plain_astream(self, xs):
        async with asyncio.Lock():
            async for c in self.astream(xs):
                yield c


class Retry:
    def _again(self, call: Callable[[], str]) -> str:
        sleep(self.wait)
        return call()

    async def _aagain(self, call: Callable[[], Awaitable[str]]) -> str:
        await asleep(self.wait)
        return await call()

    def _do_invoke(self, x):
        def one(y):
            return self.inner.invoke(y)

        gather([r.invoke for r in self.all])
        return one(self._again(lambda: self.inner.invoke(x)))

    async def _do_ainvoke(self, x):
        async def one(y):
            return await self.inner.ainvoke(y)

        await agather([r.ainvoke for r in self.all])
        return await one(await self._aagain(lambda: self.inner.ainvoke(x)))

    def invoke(self, x) -> str:
        return self._do_invoke(x)

    def ainvoke(self, x) -> Awaitable[str]:
        return self._do_ainvoke(x)
'''

MUTATIONS = {
    "x = await step.ainvoke(x)": [
        "x = step.ainvoke(x)",
        "x = step.invoke(x)",
        "x = await step.invoke(x)",
        "pass",
    ],
    "await anext(stream, END)": ["anext(stream, END)", "next(stream, END)", "await anext(stream)"],
    "async for c in amerge([stream, xs])": [
        "for c in amerge([stream, xs])",
        "for c in merge([stream, xs])",
        "async for c in amerge([xs, stream])",
    ],
    "await aclose_all([stream])": [
        "aclose_all([stream])",
        "close_all([stream])",
        "pass",
        "await aclose_all([xs])",
    ],
    "async with asyncio.Lock()": ["with threading.Lock()", "async with asyncio.Event()"],
    "async for c in self.astream(xs)": ["for c in self.astream(xs)", "async for c in self.stream(xs)"],
    "                yield c\n\n\nclass": ["                yield xs\n\n\nclass"],
    "await asleep(self.wait)": ["asleep(self.wait)", "sleep(self.wait)", "await asleep(0)"],
    "await agather([r.ainvoke for r in self.all])": [
        "agather([r.ainvoke for r in self.all])",
        "await agather([r.invoke for r in self.all])",
        "gather([r.ainvoke for r in self.all])",
    ],
    "await one(": ["one("],
    "await self._aagain(lambda: self.inner.ainvoke(x))": [
        "self._aagain(lambda: self.inner.ainvoke(x))",
        "self._again(lambda: self.inner.ainvoke(x))",
        "await self._aagain(lambda: self.inner.invoke(x))",
        "await self._aagain(self.inner.ainvoke(x))",
    ],
    "return self._pick(x).astream(x)": ["return self._pick(x).stream(x)", "return self.default.astream(x)"],
    "async def _do_atransform(self, xs: AsyncIterator[str]) -> AsyncIterator[str]:": [
        "async def _do_atransform(self, xs: AsyncIterator[int]) -> AsyncIterator[str]:",
        "async def _do_atransform(self, xs: AsyncIterator[str], more) -> AsyncIterator[str]:",
        "async def _do_aother(self, xs: AsyncIterator[str]) -> AsyncIterator[str]:",
    ],
    "    def _do_astream(self, x):\n        return self._pick(x).astream(x)": [""],
    "def _do_stream(self, x):": ["def _do_other(self, x):"],
    "def _do_astream(self, x):": ["def _do_other(self, x):"],
}

WORDS = Words.of(SOURCE, SEAM)


def test_two_good_halves_pass():
    assert complaints(SOURCE, WORDS) == []


@pytest.mark.parametrize(("old", "new"), [(old, new) for old, news in MUTATIONS.items() for new in news])
def test_every_mutation_is_caught(old, new):
    assert SOURCE.count(old) == 1
    assert complaints(SOURCE.replace(old, new), WORDS)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "await step.ainvoke(x)",
            "step.invoke(x)",
            "Sequence._do_invoke: line 14 of the async half says invoke",
        ),
        ("await anext(", "anext(", "Sequence._do_transform: line 31 of the async half does not await anext"),
        ("await asleep(self.wait)", "await asleep(0)", "Retry._again: the halves differ"),
        ("def _do_astream(", "def _do_atream(", "Sequence._do_stream: has no twin"),
    ],
)
def test_a_complaint_says_where_and_what(old, new, complaint):
    assert complaint in "\n".join(complaints(SOURCE.replace(old, new), WORDS))


def test_a_difference_is_shown_as_lines():
    (found,) = complaints(SOURCE.replace("await asleep(self.wait)", "await asleep(0)"), WORDS)
    assert "-    sleep(self.wait)" in found
    assert "+    sleep(0)" in found


def test_a_bridge_may_differ_and_must_lead_over_something():
    source = SOURCE.replace("await asleep(self.wait)", "await asleep(0)")
    assert complaints(source, WORDS, {"Retry._again": "a reason"}) == []
    assert complaints(SOURCE, WORDS, {"Retry._again": "a reason"}) == ["Retry._again: a bridge over nothing"]
    assert complaints(SOURCE, WORDS, {"Retry._gone": "a reason"}) == ["Retry._gone: a bridge over nothing"]


ASIDES = """
class Saver:
    def get(self, key: str, *rest: int, limit: int | None = None) -> str:
        return self.kept[key]

    async def aget(self, key: str, *rest: int, limit: int | None = None) -> str:
        \'\'\'The same.\'\'\'
        return await self._aside(self.get, key, *rest, limit=limit)

    def clear(self) -> None:
        self.kept.clear()

    async def aclear(self) -> None:
        self.clear()

    def find(self, name: str) -> str:
        return self.kept[name]

    async def afind(self, name: str) -> str:
        return await in_thread(self.find, name)
"""


def test_an_async_half_may_call_its_sync_half_where_that_is_allowed():
    assert complaints(ASIDES, Words.of(ASIDES), aside=True) == []
    assert complaints(ASIDES, Words.of(ASIDES))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self._aside(self.get, key, *rest, limit=limit)", "self._aside(self.get, key, *rest)"),
        ("self._aside(self.get, key, *rest, limit=limit)", "self._aside(self.find, key, *rest, limit=limit)"),
        ("await in_thread(self.find, name)", "in_thread(self.find, name)"),
        ("await in_thread(self.find, name)", "await in_thread(self.find, name.lower())"),
        ("        self.clear()", "        self.clear()\n        self.clear()"),
        ("async def afind(self, name: str)", "async def afind(self, name: str, more: int = 0)"),
    ],
)
def test_but_only_with_all_that_it_was_given(old, new):
    assert ASIDES.count(old) == 1
    source = ASIDES.replace(old, new)
    assert complaints(source, Words.of(source), aside=True)


def test_lonely_halves():
    source = """
class A:
    def stream(self, x): return self.inner.stream(x)
    def _do_invoke(self, x): return x[self.key]
    def helper(self): return next(self.inner)
    async def extra(self): ...
    def _do_astream(self, x): ...
    async def __anext__(self): ...
"""
    assert lonely(ast.parse(source), WORDS) == ["A.stream", "A.extra", "A._do_astream"]


def test_private_pairs_of_other_modules_are_not_spoken():
    others = "def _choose(): ...\nasync def _achoose(): ...\ndef find(): ...\nasync def afind(): ..."
    words = Words.of(SOURCE, others)
    assert (words.sync_of.get("afind"), words.sync_of.get("_achoose")) == ("find", None)
    assert {"afind", "_achoose"} & words.coroutines == {"afind"}


@pytest.mark.parametrize(
    ("sync", "async_"),
    [
        ("invoke", "ainvoke"),
        ("_step", "_astep"),
        ("_do_invoke", "_do_ainvoke"),
        ("_plain_batch", "_plain_abatch"),
        ("__next__", "__anext__"),
    ],
)
def test_twin_of(sync, async_):
    assert twin_of(sync) == async_

"""The sync and the async half of every runnable are one program; and the proof of it has teeth."""

import ast
from pathlib import Path

import pytest

import eventflow
from twins import Words, complaints, lonely, twin_of

HOUSE = Path(eventflow.__file__).parent
MODULES = sorted(path.relative_to(HOUSE).as_posix() for path in HOUSE.glob("runnables/*.py"))
SPOKEN = [*MODULES, *sorted(path.relative_to(HOUSE).as_posix() for path in HOUSE.glob("runs/*.py"))]
"""The modules whose pairs the halves of a runnable are made of."""

BY_HAND = {
    "runnables/seam.py": "waiting, threads and tasks: pairs that do the same by other means, tested for that",
    "runnables/fanout.py": "threads there, tasks here: pairs that do the same by other means, tested for that",
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
    "runnables/observe.py": {
        "stream_events": "the consumer's own thread steps the run; the loop has a task for it",
    },
}
"""Module -> `Class.method` -> why this pair differs, or why this half has no twin."""


def source_of(module: str) -> str:
    return (HOUSE / module).read_text(encoding="utf-8")


@pytest.mark.parametrize("module", [module for module in MODULES if module not in BY_HAND])
def test_halves_are_one_program(module):
    source, others = source_of(module), [source_of(other) for other in SPOKEN if other != module]
    found = complaints(source, Words.of(source, *others), BRIDGES.get(module))
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

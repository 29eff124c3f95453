"""Random programs: trees of runnables as plain data, which can be built as often as one likes, from any library.

Every tree takes text and gives text, so that any two can be put together. A tree is built by giving it a
`Side`: the names of a library (`RunnableLambda`, …), and a ledger of the generators that were entered and left.
What fails raises `Boom`, always the same, so that it does not matter which of two parallel branches came first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from hypothesis import strategies as st

import eventflow

Colour = Literal["sync", "async", "both"]


class Boom(Exception):
    """What a failing step raises."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Boom)

    __hash__ = Exception.__hash__


class Side:
    """The names of one library, found in its modules; and how many generators were entered and left."""

    def __init__(self, *modules: Any) -> None:
        self._modules = modules
        self.entered = self.left = 0
        self.pausing = False

    def __getattr__(self, name: str) -> Any:
        for module in self._modules:
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(f"{name} is in none of {', '.join(m.__name__ for m in self._modules)}")

    def fresh(self, *, pausing: bool = False) -> Side:
        """The same names with an empty ledger; with `pausing`, async functions give way to other tasks."""
        made = Side(*self._modules)
        made.pausing = pausing
        return made

    async def pause(self) -> None:
        """Where an async function may be cancelled."""
        if self.pausing:
            await asyncio.sleep(0)

    def function(self, colour: Colour, sync: Callable[..., Any], async_: Callable[..., Any]) -> Any:
        """A lambda of this colour. Sync functions do not block here, so eventflow may call them inline."""
        if colour == "sync":
            return self.RunnableLambda(sync)
        if colour == "async":
            return self.RunnableLambda(async_)
        return self.RunnableLambda(sync, async_)


OURS = Side(eventflow)


@dataclass(frozen=True)
class Tree:
    """A program that takes text and gives text."""

    def build(self, side: Side) -> Any:
        """A new runnable."""
        raise NotImplementedError


# ---- leaves


@dataclass(frozen=True)
class Call(Tree):
    """A function that puts `mark` behind its input, or fails."""

    colour: Colour = "both"
    mark: str = "!"
    fails: bool = False

    def build(self, side: Side) -> Any:
        def call(x: str) -> str:
            if self.fails:
                raise Boom
            return x + self.mark

        async def acall(x: str) -> str:
            await side.pause()
            return call(x)

        return side.function(self.colour, call, acall)


@dataclass(frozen=True)
class Flaky(Tree):
    """A function that fails `times` times, and then works."""

    times: int = 1

    def build(self, side: Side) -> Any:
        left = [self.times]

        def flaky(x: str) -> str:
            if left[0]:
                left[0] -= 1
                raise Boom
            return x

        async def aflaky(x: str) -> str:
            await side.pause()
            return flaky(x)

        return side.function("both", flaky, aflaky)


@dataclass(frozen=True)
class Pieces(Tree):
    """A generator function that gives its input in pieces of `size`, and fails before piece `fails_at`."""

    colour: Colour = "both"
    size: int = 1
    fails_at: int | None = None

    def build(self, side: Side) -> Any:
        def pieces(x: str) -> Iterator[str]:
            side.entered += 1
            try:
                for n, start in enumerate(range(0, len(x), self.size)):
                    if n == self.fails_at:
                        raise Boom
                    yield x[start : start + self.size]
            finally:
                side.left += 1

        async def apieces(x: str) -> AsyncIterator[str]:
            side.entered += 1
            try:
                for n, start in enumerate(range(0, len(x), self.size)):
                    await side.pause()
                    if n == self.fails_at:
                        raise Boom
                    yield x[start : start + self.size]
            finally:
                try:
                    await side.pause()  # where it may be cancelled once more
                finally:
                    side.left += 1

        return side.function(self.colour, pieces, apieces)


@dataclass(frozen=True)
class Chunkwise(Tree):
    """A transformer of chunks, which begins before its input is complete."""

    colour: Colour = "both"

    def build(self, side: Side) -> Any:
        def swap(chunks: Iterator[str]) -> Iterator[str]:
            side.entered += 1
            try:
                for chunk in chunks:
                    yield chunk.swapcase()
            finally:
                side.left += 1

        async def aswap(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
            side.entered += 1
            try:
                async for chunk in chunks:
                    await side.pause()
                    yield chunk.swapcase()
            finally:
                try:
                    await side.pause()  # where it may be cancelled once more
                finally:
                    side.left += 1

        if self.colour == "both":
            return side.RunnableGenerator(swap, aswap)
        return side.RunnableGenerator(swap if self.colour == "sync" else aswap)


@dataclass(frozen=True)
class Through(Tree):
    """The input as it is."""

    def build(self, side: Side) -> Any:
        return side.RunnablePassthrough()


@dataclass(frozen=True)
class Tells(Tree):
    """A function that dispatches an event of its own."""

    event: str = "progress"

    def build(self, side: Side) -> Any:
        def tells(x: str) -> str:
            side.dispatch_custom_event(self.event, {"seen": x})
            return x

        async def atells(x: str) -> str:
            await side.adispatch_custom_event(self.event, {"seen": x})
            return x

        return side.function("both", tells, atells)


@dataclass(frozen=True)
class Asks(Tree):
    """A prompt, a chat model that always gives the same answer letter by letter, and a parser."""

    answer: str = "aX"

    def build(self, side: Side) -> Any:
        prompt = side.ChatPromptTemplate.from_messages([("human", "{text}")])
        return prompt | side.FakeListChatModel(responses=[self.answer]) | side.StrOutputParser()


# ---- functions that run what is inside


@dataclass(frozen=True)
class Calls(Tree):
    """A function that invokes `inner`, with the config it is given or without."""

    inner: Tree
    explicit: bool = False

    def build(self, side: Side) -> Any:
        inner = self.inner.build(side)

        def calls(x: str) -> str:
            return inner.invoke(x)

        async def acalls(x: str) -> str:
            return await inner.ainvoke(x)

        def hands_on(x: str, config: Any) -> str:
            return inner.invoke(x, config)

        async def ahands_on(x: str, config: Any) -> str:
            return await inner.ainvoke(x, config)

        if self.explicit:
            return side.function("both", hands_on, ahands_on)
        return side.function("both", calls, acalls)


@dataclass(frozen=True)
class Streams(Tree):
    """A generator function that hands on the chunks of `inner`."""

    inner: Tree

    def build(self, side: Side) -> Any:
        inner = self.inner.build(side)

        def streams(x: str) -> Iterator[str]:
            chunks = inner.stream(x)
            try:
                yield from chunks
            finally:
                chunks.close()

        async def astreams(x: str) -> AsyncIterator[str]:
            chunks = inner.astream(x)
            try:
                async for chunk in chunks:
                    yield chunk
            finally:
                await chunks.aclose()

        return side.function("both", streams, astreams)


@dataclass(frozen=True)
class Returns(Tree):
    """A function that gives `inner` to be run instead."""

    inner: Tree

    def build(self, side: Side) -> Any:
        inner = self.inner.build(side)

        async def areturns(x: str) -> Any:
            return inner

        return side.function("both", lambda x: inner, areturns)


# ---- composites


@dataclass(frozen=True)
class Seq(Tree):
    """One after the other."""

    steps: tuple[Tree, ...]

    def build(self, side: Side) -> Any:
        return side.RunnableSequence(*(step.build(side) for step in self.steps))


@dataclass(frozen=True)
class Par(Tree):
    """Side by side; the outputs are joined by a function."""

    branches: tuple[Tree, ...]

    def build(self, side: Side) -> Any:
        branches = {f"k{n}": branch.build(side) for n, branch in enumerate(self.branches)}
        return side.RunnableParallel(branches) | _joiner(side)


@dataclass(frozen=True)
class Assigned(Tree):
    """Keys added to a dict that the text is put in; what is picked out of it is the last of them."""

    branches: tuple[Tree, ...]

    def build(self, side: Side) -> Any:
        def wrapped(x: str) -> dict[str, str]:
            return {"text": x}

        async def awrapped(x: str) -> dict[str, str]:
            return {"text": x}

        start = side.function("both", wrapped, awrapped)
        added = {
            f"k{n}": side.RunnablePick("text") | branch.build(side) for n, branch in enumerate(self.branches)
        }
        return (start | side.RunnablePassthrough.assign(**added)).pick(f"k{len(added) - 1}")


@dataclass(frozen=True)
class Chosen(Tree):
    """One of two, by the length of the input."""

    odd: Tree
    even: Tree

    def build(self, side: Side) -> Any:
        def is_odd(x: str) -> bool:
            return len(x) % 2 == 1

        async def ais_odd(x: str) -> bool:
            return len(x) % 2 == 1

        condition = side.function("both", is_odd, ais_odd)
        return side.RunnableBranch((condition, self.odd.build(side)), self.even.build(side))


@dataclass(frozen=True)
class Routed(Tree):
    """A router with one route."""

    inner: Tree

    def build(self, side: Side) -> Any:
        def routed(x: str) -> dict[str, str]:
            return {"key": "only", "input": x}

        async def arouted(x: str) -> dict[str, str]:
            return {"key": "only", "input": x}

        return side.function("both", routed, arouted) | side.RouterRunnable({"only": self.inner.build(side)})


@dataclass(frozen=True)
class Mapped(Tree):
    """The same for the input and for its first letter."""

    inner: Tree

    def build(self, side: Side) -> Any:
        def doubled(x: str) -> list[str]:
            return [x, x[:1]]

        async def adoubled(x: str) -> list[str]:
            return [x, x[:1]]

        return side.function("both", doubled, adoubled) | self.inner.build(side).map() | _joiner(side)


@dataclass(frozen=True)
class Configured(Tree):
    """With tags, metadata and a name."""

    inner: Tree
    tags: tuple[str, ...] = ()
    metadata: tuple[tuple[str, int], ...] = ()
    run_name: str | None = None

    def build(self, side: Side) -> Any:
        config: dict[str, Any] = {"tags": [*self.tags], "metadata": dict(self.metadata)}
        if self.run_name is not None:
            config["run_name"] = self.run_name
        return self.inner.build(side).with_config(config)


@dataclass(frozen=True)
class Retried(Tree):
    """Tried again at once, `attempts` times in all."""

    inner: Tree
    attempts: int = 2

    def build(self, side: Side) -> Any:
        return self.inner.build(side).with_retry(
            retry_if_exception_type=(Boom,),
            stop_after_attempt=self.attempts,
            wait_exponential_jitter=False,
        )


@dataclass(frozen=True)
class Replaced(Tree):
    """Replaced by the next when it fails."""

    candidates: tuple[Tree, ...] = field(default=())

    def build(self, side: Side) -> Any:
        first, *others = (candidate.build(side) for candidate in self.candidates)
        return first.with_fallbacks(others, exceptions_to_handle=(Boom,))


def _joiner(side: Side) -> Any:
    def join(x: Any) -> str:
        return "".join(x[key] for key in sorted(x)) if isinstance(x, dict) else "".join(x)

    async def ajoin(x: Any) -> str:
        return join(x)

    return side.function("both", join, ajoin)


# ---- what a tree is made of


def walk(tree: Tree) -> Iterator[Tree]:
    """The tree and all trees inside it."""
    yield tree
    for value in vars(tree).values():
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Tree):
                yield from walk(inner)


def has(tree: Tree, *kinds: type[Tree]) -> bool:
    """Whether there is a tree of one of these kinds in it."""
    return any(isinstance(inner, kinds) for inner in walk(tree))


TEXTS = st.text("abXY", min_size=1, max_size=5)
"""Inputs: short, and never empty (LangChain forgets falsy inputs)."""


def leaves(colours: tuple[Colour, ...], failing: bool) -> st.SearchStrategy[Tree]:
    """Single steps."""
    colour = st.sampled_from(colours)
    cut = st.integers(1, 3)
    return st.one_of(
        st.builds(Call, colour, st.sampled_from("!?")),
        st.builds(Pieces, colour, cut),
        st.builds(Chunkwise, colour if "async" not in colours else st.just("both")),
        st.just(Through()),
        st.builds(Tells, st.sampled_from(["progress", "found"])),
        st.builds(Asks, st.sampled_from(["aX", "bYb"])),
        *(
            (
                st.builds(Call, colour, fails=st.just(True)),
                st.builds(Pieces, colour, cut, st.integers(0, 2)),
                st.builds(Flaky, st.integers(1, 2)),
            )
            if failing
            else ()
        ),
    )


def trees(
    *,
    colours: tuple[Colour, ...] = ("both",),
    failing: bool = False,
    parallel: bool = True,
    again: bool = True,
    size: int = 8,
) -> st.SearchStrategy[Tree]:
    """Programs of up to `size` leaves.

    `failing`: with steps that raise; `parallel`: with steps that run at the same time; `again`: with retries
    and fallbacks.
    """

    def grow(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        kinds: list[st.SearchStrategy[Tree]] = [
            st.builds(Seq, several),
            st.builds(Seq, several),
            st.builds(Chosen, inner, inner),
            st.builds(Calls, inner, st.booleans()),
            st.builds(Streams, inner),
            st.builds(Returns, inner),
            st.builds(Routed, inner),
            st.builds(
                Configured,
                inner,
                st.lists(st.sampled_from("st"), max_size=2).map(tuple),
                st.lists(st.tuples(st.sampled_from("mn"), st.integers(0, 1)), max_size=2).map(tuple),
                st.sampled_from([None, "named"]),
            ),
        ]
        if parallel:
            kinds += [st.builds(Par, several), st.builds(Assigned, several), st.builds(Mapped, inner)]
        if again:
            kinds += [st.builds(Retried, inner, st.integers(1, 3)), st.builds(Replaced, several)]
        return st.one_of(kinds)

    return st.recursive(leaves(colours, failing), grow, max_leaves=size)

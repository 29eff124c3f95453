"""`RunnableSequence`: one after the other, chunk by chunk."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from eventflow.bus import listen
from eventflow.runnables import (
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    RunnableSequence,
)


def add(x: int) -> int:
    return x + 1


def words(x: str) -> Iterator[str]:
    yield from x.split()


def upper(chunks: Iterator[str]) -> Iterator[str]:
    for chunk in chunks:
        yield chunk.upper()


async def aupper(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
    async for chunk in chunks:
        yield chunk.upper()


# ---- making one


def test_made_from_steps_or_by_name():
    one = RunnableSequence(add, str, len)
    other = RunnableSequence(
        first=RunnableLambda(add), middle=[RunnableLambda(str)], last=RunnableLambda(len)
    )
    assert one.invoke(9) == other.invoke(9) == 2
    assert other.first == RunnableLambda(add)
    assert other.middle == [RunnableLambda(str)]
    assert other.last == RunnableLambda(len)
    assert list(other.inner_runnables()) == other.steps


def test_sequences_in_sequences_are_flattened():
    inner = RunnableLambda(add) | add
    assert len((inner | inner).steps) == 4
    assert len((add | inner).steps) == 3
    assert len(RunnableSequence(inner, add).steps) == 3


def test_what_has_a_config_of_its_own_stays_whole():
    inner = (RunnableLambda(add) | add).with_config(run_name="inner")
    assert len((RunnableLambda(add) | inner).steps) == 2


@pytest.mark.parametrize("steps", [(), (add,)])
def test_too_few_steps(steps):
    with pytest.raises(ValueError, match=f"at least 2 steps, got {len(steps)}"):
        RunnableSequence(*steps)


def test_a_step_that_is_none():
    with pytest.raises(TypeError, match="Expected a Runnable, callable or dict"):
        RunnableSequence(add, 5)


def test_the_name_is_kept_when_more_is_put_behind():
    named = RunnableSequence(add, add, name="named")
    assert (named | add).get_name() == (add | named).get_name() == "named"
    assert RunnableSequence(add, add).get_name() == "RunnableSequence"
    assert RunnableLambda(add).pipe(add, add, name="piped").get_name() == "piped"


def test_text():
    assert repr(RunnableLambda(add) | RunnablePassthrough()) == "RunnableLambda(add)\n| RunnablePassthrough()"


# ---- running it


async def test_each_takes_what_the_one_before_gives():
    sequence = RunnableLambda(add) | add | str
    assert sequence.invoke(1) == await sequence.ainvoke(1) == "3"


def test_arguments_are_for_the_first_step():
    sequence = RunnableLambda(lambda x, by: x * by) | add
    assert sequence.invoke(2, by=3) == 7
    assert list(sequence.stream(2, by=3)) == [7]


def test_it_stops_at_the_first_error():
    called: list[int] = []

    def refuse(x: int) -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        (RunnableLambda(refuse) | called.append).invoke(1)
    assert called == []


def test_chunks_go_through_one_by_one():
    pulled: list[str] = []

    def source(x: str) -> Iterator[str]:
        for word in x.split():
            pulled.append(word)
            yield word

    stream: Any = (RunnableLambda(source) | RunnableGenerator(upper) | RunnablePassthrough()).stream("a b c")
    assert next(stream) == "A"
    assert pulled == ["a"]
    assert list(stream) == ["B", "C"]


async def test_a_step_that_cannot_stream_collects():
    sequence = RunnableLambda(words) | (lambda x: f"<{x}>") | RunnableGenerator(upper, aupper)
    assert list(sequence.stream("a b")) == ["<AB>"]
    assert [chunk async for chunk in sequence.astream("a b")] == ["<AB>"]


def test_tags_say_which_step_it_is():
    with listen(phases=["start"]) as events:
        (RunnableLambda(add) | add | add).invoke(1, {"tags": ["t"]})
    root, *steps = events
    assert root["tags"] == ["t"]
    assert [event["tags"] for event in steps] == [[f"seq:step:{n}", "t"] for n in (1, 2, 3)]
    assert all(event["parent_ids"] == [root["run_id"]] for event in steps)


def test_streams_are_closed_last_to_first():
    """Also those that somebody still holds, which a collector would leave open."""
    closed: list[str] = []
    held: list[Any] = []

    def step(name: str) -> Any:
        def passes(chunks: Iterator[str]) -> Iterator[str]:
            held.append(chunks)
            try:
                for chunk in chunks:
                    yield chunk
            finally:
                closed.append(name)

        return RunnableGenerator(passes)

    stream: Any = (step("first") | step("second") | step("third")).transform(iter("ab"))
    next(stream)
    stream.close()
    assert closed == ["third", "second", "first"]


async def test_async_streams_are_closed_when_the_sequence_is():
    closed: list[str] = []

    def step(name: str) -> Any:
        async def passes(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
            try:
                async for chunk in chunks:
                    yield chunk
            finally:
                closed.append(name)

        return RunnableGenerator(passes)

    async def source() -> AsyncIterator[str]:
        yield "a"
        yield "b"

    stream: Any = (step("first") | step("second") | step("third")).atransform(source())
    await anext(stream)
    await stream.aclose()
    assert closed == ["third", "second", "first"]


def test_a_step_that_stops_early_closes_those_before_it():
    """`itertools.islice` and the like: what is not wanted is not made."""
    closed: list[str] = []

    def endless(x: str) -> Iterator[str]:
        try:
            while True:
                yield x
        finally:
            closed.append("source")

    def two(chunks: Iterator[str]) -> Iterator[str]:
        yield next(chunks)
        yield next(chunks)

    assert list((RunnableLambda(endless) | RunnableGenerator(two)).stream("a")) == ["a", "a"]
    assert closed == ["source"]


@pytest.mark.parametrize("steps", [200, 1_000])
async def test_many_steps(steps):
    many = RunnableSequence(*[add] * steps)
    assert many.invoke(0) == steps
    assert await RunnableSequence(*[RunnableLambda(add, blocking=False)] * steps).ainvoke(0) == steps


def test_a_dict_in_a_sequence():
    sequence = {"a": add, "b": RunnablePassthrough()} | RunnableLambda(lambda d: d["a"] + d["b"])
    assert isinstance(sequence.steps[0], RunnableParallel)
    assert sequence.invoke(1) == 3

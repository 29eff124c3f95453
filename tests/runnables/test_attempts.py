"""What retry and fallbacks have in common: attempts in order, until one succeeds or its first chunk is out."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from eventflow.bus import listen
from eventflow.runnables import RunnableLambda
from eventflow.runnables.attempts import Attempt, Attempts
from eventflow.runnables.plan import plan


class Tries(Attempts[Any, Any]):
    """Tries each runnable on its input, and then on the error of the one before."""

    def __init__(self, *runnables: Any, waits: float = 0.0) -> None:
        self.steps = plan((runnable, None) for runnable in runnables)
        self.waits = waits

    def _attempts(self, input: Any) -> Iterator[Attempt]:
        for n, step in enumerate(self.steps):
            yield Attempt(step, self.waits if n else 0.0)

    def _handles(self, error: BaseException) -> bool:
        return isinstance(error, ValueError)

    def _next_input(self, input: Any, error: BaseException) -> Any:
        return str(error)


def refuse(x: str) -> str:
    raise ValueError(f"no {x}")


def break_down(x: str) -> str:
    raise KeyError(x)


def middle(x: str) -> Iterator[str]:
    yield x
    raise ValueError("middle")


def nothing(x: str) -> Iterator[str]:
    yield from ()


async def outcomes(runnable: Any, input: str) -> list[Any]:
    """What every verb gives, or raises."""

    async def stream() -> list[str]:
        return [chunk async for chunk in runnable.astream(input)]

    async def ainvoke() -> list[str]:
        return [await runnable.ainvoke(input)]

    found: list[Any] = []
    for act in (lambda: [runnable.invoke(input)], lambda: list(runnable.stream(input))):
        try:
            found.append(act())
        except Exception as error:
            found.append(repr(error))
    for aact in (ainvoke, stream):
        try:
            found.append(await aact())
        except Exception as error:
            found.append(repr(error))
    return found


@pytest.mark.parametrize(
    ("functions", "outcome"),
    [
        ([str.upper], ["A"]),
        ([refuse, str.upper], ["NO A"]),
        ([refuse, refuse, str.upper], ["NO NO A"]),
        ([refuse], "ValueError('no a')"),
        ([refuse, refuse], "ValueError('no no a')"),
        ([break_down, str.upper], "KeyError('a')"),
        ([refuse, break_down, str.upper], "KeyError('no a')"),
    ],
)
async def test_attempts_in_order_until_one_succeeds(functions, outcome):
    assert await outcomes(Tries(*map(RunnableLambda, functions)), "a") == [outcome] * 4


async def test_a_stream_is_committed_with_its_first_chunk():
    tries = Tries(RunnableLambda(middle), RunnableLambda(str.upper))
    stream = tries.stream("a")
    assert next(stream) == "a"
    with pytest.raises(ValueError, match="middle"):
        next(stream)
    astream = tries.astream("a")
    assert await anext(astream) == "a"
    with pytest.raises(ValueError, match="middle"):
        await anext(astream)


def test_a_stream_of_nothing_is_a_success():
    assert list(Tries(RunnableLambda(nothing), RunnableLambda(str.upper)).stream("a")) == []


async def test_each_attempt_has_ended_before_the_next_one_starts():
    told: list[str] = []

    def fails(x: str) -> Iterator[str]:
        try:
            told.append("begun")
            raise ValueError("no")
            yield x
        finally:
            told.append("closed")

    async def afails(x: str) -> AsyncIterator[str]:
        try:
            told.append("begun")
            raise ValueError("no")
            yield x
        finally:
            told.append("closed")

    tries = Tries(RunnableLambda(fails, afails), RunnableLambda(lambda x: told.append("next")))
    list(tries.stream("a"))
    [chunk async for chunk in tries.astream("a")]
    assert told == ["begun", "closed", "next"] * 2


def test_attempts_are_children():
    with listen(phases=["start", "error", "end"]) as events:
        Tries(RunnableLambda(refuse), RunnableLambda(str.upper)).invoke("a")
    told = [
        (event["name"], event["event"].removeprefix("on_chain_"), len(event["parent_ids"]))
        for event in events
    ]
    assert told == [
        ("Tries", "start", 0),
        ("refuse", "start", 1),
        ("refuse", "error", 1),
        ("upper", "start", 1),
        ("upper", "end", 1),
        ("Tries", "end", 0),
    ]


async def test_waits_between_attempts(monkeypatch):
    waited: list[float] = []

    async def asleep(seconds: float) -> None:
        waited.append(-seconds)

    monkeypatch.setattr("eventflow.runnables.attempts.sleep", waited.append)
    monkeypatch.setattr("eventflow.runnables.attempts.asleep", asleep)
    tries = Tries(RunnableLambda(refuse), RunnableLambda(refuse), RunnableLambda(str.upper), waits=3.0)
    await outcomes(tries, "a")
    assert waited == [3.0, 3.0, 3.0, 3.0, -3.0, -3.0, -3.0, -3.0]


async def test_leaving_a_stream_closes_the_attempt_and_tries_no_other():
    told: list[str] = []

    def source(x: str) -> Iterator[str]:
        try:
            yield from x
        finally:
            told.append("closed")

    async def asource(x: str) -> AsyncIterator[str]:
        try:
            for letter in x:
                yield letter
        finally:
            told.append("aclosed")

    tries = Tries(RunnableLambda(source, asource), RunnableLambda(told.append))
    stream: Any = tries.stream("abc")
    next(stream)
    stream.close()
    astream: Any = tries.astream("abc")
    await anext(astream)
    await astream.aclose()
    assert told == ["closed", "aclosed"]


def test_a_subclass_has_to_say_what_to_try():
    class Says(Attempts[Any, Any]): ...

    with pytest.raises(NotImplementedError, match="a subclass says which attempts there are"):
        Says().invoke("a")
    with pytest.raises(NotImplementedError, match="a subclass says which errors it handles"):
        Says()._handles(ValueError())


def test_arguments_go_to_every_attempt():
    seen: list[int] = []

    def look(x: str, by: int) -> str:
        seen.append(by)
        if len(seen) == 1:
            raise ValueError("first")
        return x

    assert Tries(RunnableLambda(look), RunnableLambda(look)).invoke("a", by=2) == "first"
    assert seen == [2, 2]

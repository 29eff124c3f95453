"""What retry and fallbacks have in common: attempts in order, until one succeeds or its first chunk is out."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from eventflow.bus import listen, subscribe
from eventflow.callbacks import BaseCallbackHandler
from eventflow.events.notices import Notice
from eventflow.runnables import RunnableLambda
from eventflow.runnables.attempts import Attempt, Attempts
from eventflow.runnables.plan import plan
from eventflow.runs import dispatch_custom_event


class Tries(Attempts[Any, Any]):
    """Tries each runnable on its input, and then on the error of the one before."""

    notice = Notice("on_try")

    def __init__(self, *runnables: Any, waits: float = 0.0) -> None:
        self.steps = plan((runnable, None) for runnable in runnables)
        self.waits = waits

    @property
    def max_attempts(self) -> int:
        return len(self.steps)

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


async def told_by(act: Any) -> list[tuple[str, Any]]:
    """The names and data of the events that tell of an attempt, and the names of others in between."""
    with listen() as events:
        await act()
    return [
        (e["name"], e["data"] if e["event"] == "on_custom_event" else e["event"].removeprefix("on_chain_"))
        for e in events
        if "stream" not in e["event"]
    ]


async def test_each_new_attempt_is_told_of_before_it_starts():
    tries = Tries(RunnableLambda(refuse), RunnableLambda(refuse), RunnableLambda(str.upper))

    async def invoke() -> None:
        tries.invoke("a")

    async def ainvoke() -> None:
        await tries.ainvoke("a")

    async def stream() -> None:
        list(tries.stream("a"))

    async def astream() -> None:
        [chunk async for chunk in tries.astream("a")]

    first = await told_by(invoke)
    errors = [data["error"] for name, data in first if name == "on_try"]
    assert [str(error) for error in errors] == ["no a", "no no a"]
    about = {"max_attempts": 3, "wait": 0.0}
    assert first == [
        ("Tries", "start"),
        ("refuse", "start"),
        ("refuse", "error"),
        ("on_try", {"attempt": 2, "runnable": "refuse", "error": errors[0], **about}),
        ("refuse", "start"),
        ("refuse", "error"),
        ("on_try", {"attempt": 3, "runnable": "upper", "error": errors[1], **about}),
        ("upper", "start"),
        ("upper", "end"),
        ("Tries", "end"),
    ]
    for act in (ainvoke, stream, astream):
        assert [(name, repr(data)) for name, data in await told_by(act)] == [
            (name, repr(data)) for name, data in first
        ]


def test_it_is_told_before_the_wait(monkeypatch):
    done: list[str] = []
    monkeypatch.setattr("eventflow.runnables.attempts.sleep", lambda seconds: done.append("waited"))
    with subscribe(lambda event: done.append(event["name"]), include_types=["on_try"]):
        Tries(RunnableLambda(refuse), RunnableLambda(str.upper), waits=3.0).invoke("a")
    assert done == ["on_try", "waited"]


def test_an_attempt_that_is_not_made_is_not_told_of():
    with listen(include_types=["on_try"]) as events, pytest.raises(ValueError, match="no a"):
        Tries(RunnableLambda(refuse)).invoke("a")
    with listen(include_types=["on_try"]) as more, pytest.raises(KeyError):
        Tries(RunnableLambda(break_down), RunnableLambda(str.upper)).invoke("a")
    assert [*events, *more] == []


def test_a_stream_that_has_begun_tells_of_no_new_attempt():
    with listen(include_types=["on_try"]) as events, pytest.raises(ValueError, match="middle"):
        list(Tries(RunnableLambda(middle), RunnableLambda(str.upper)).stream("a"))
    assert [*events] == []


def test_the_event_is_of_the_run_around_the_attempts():
    tries = Tries(RunnableLambda(refuse), RunnableLambda(str.upper))
    events = [*tries.stream_events("a", {"tags": ["t"], "metadata": {"m": 1}})]
    (told,) = [event for event in events if event["name"] == "on_try"]
    assert (told["event"], told["run_id"], told["parent_ids"]) == ("on_custom_event", events[0]["run_id"], [])
    assert (told["tags"], told["metadata"]) == (["t"], {"m": 1})


async def test_langchain_has_no_such_event():
    tries = Tries(RunnableLambda(refuse), RunnableLambda(str.upper))
    assert "on_custom_event" in [event["event"] for event in tries.stream_events("a")]
    sync = [event["event"] for event in tries.stream_events("a", version="v2")]
    awaited = [event["event"] async for event in tries.astream_events("a", version="v2")]
    assert "on_custom_event" not in [*sync, *awaited]
    seen: list[str] = []

    class Handler(BaseCallbackHandler):
        def on_custom_event(self, name: str, data: Any, **kwargs: Any) -> None:
            seen.append(name)

        def on_retry(self, retry_state: Any, **kwargs: Any) -> None:
            seen.append("on_retry")

    tries.invoke("a", {"callbacks": [Handler()]})
    assert seen == []


def test_a_users_event_of_the_same_name_is_another():
    seen: list[str] = []

    class Handler(BaseCallbackHandler):
        def on_custom_event(self, name: str, data: Any, **kwargs: Any) -> None:
            seen.append(data)

    def tell(x: str) -> str:
        dispatch_custom_event("on_try", "mine")
        return x

    tries = Tries(RunnableLambda(refuse), RunnableLambda(tell))
    assert tries.invoke("a", {"callbacks": [Handler()]}) == "no a"
    assert seen == ["mine"]
    shown = [e["data"] for e in tries.stream_events("a", version="v2") if e["event"] == "on_custom_event"]
    assert shown == ["mine"]
    own = [isinstance(e["name"], Notice) for e in tries.stream_events("a", include_types=["on_try"])]
    assert own == [True, False]


def test_nothing_is_built_for_nobody(monkeypatch):
    monkeypatch.setattr(RunnableLambda, "get_name", lambda *_: pytest.fail("a name was asked for"))
    assert Tries(RunnableLambda(refuse), RunnableLambda(str.upper)).invoke("a") == "NO A"


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
    with pytest.raises(NotImplementedError, match="a subclass says how many attempts there are"):
        _ = Says().max_attempts


def test_arguments_go_to_every_attempt():
    seen: list[int] = []

    def look(x: str, by: int) -> str:
        seen.append(by)
        if len(seen) == 1:
            raise ValueError("first")
        return x

    assert Tries(RunnableLambda(look), RunnableLambda(look)).invoke("a", by=2) == "first"
    assert seen == [2, 2]


def test_one_type_of_exceptions_is_enough():
    def fail(error):
        raised.append(error)
        raise error

    for error, attempts in ((ValueError("no"), 2), (KeyError("no"), 1)):
        raised = []
        step = RunnableLambda(fail).with_retry(
            retry_if_exception_type=ValueError, stop_after_attempt=2, wait_exponential_jitter=False
        )
        with pytest.raises(type(error)):
            step.invoke(error)
        assert len(raised) == attempts

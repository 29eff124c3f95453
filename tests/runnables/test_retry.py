"""`RunnableRetry`: the same, tried again."""

from collections.abc import Iterator
from typing import Any

import pytest

from eventflow.bus import listen
from eventflow.runnables import RunnableLambda, RunnablePassthrough, RunnableRetry


def flaky(times: int, error: type[Exception] = ValueError) -> RunnableLambda[str, str]:
    """Fails so many times, and then works."""
    left = [times]

    def works_in_the_end(x: str) -> str:
        if left[0]:
            left[0] -= 1
            raise error(f"{left[0]} left")
        return x

    async def works_in_the_end_async(x: str) -> str:
        return works_in_the_end(x)

    return RunnableLambda(works_in_the_end, works_in_the_end_async)


def at_once(runnable: Any, **options: Any) -> Any:
    return runnable.with_retry(wait_exponential_jitter=False, **options)


async def test_it_is_tried_three_times():
    assert at_once(flaky(2)).invoke("a") == "a"
    assert await at_once(flaky(2)).ainvoke("a") == "a"
    assert list(at_once(flaky(2)).stream("a")) == ["a"]
    assert [chunk async for chunk in at_once(flaky(2)).astream("a")] == ["a"]
    with pytest.raises(ValueError, match="0 left"):
        at_once(flaky(3)).invoke("a")


async def test_or_as_often_as_is_said():
    assert at_once(flaky(4), stop_after_attempt=5).invoke("a") == "a"
    with pytest.raises(ValueError, match="4 left"):
        at_once(flaky(5), stop_after_attempt=1).invoke("a")


async def test_only_these_errors():
    with pytest.raises(KeyError):
        at_once(flaky(1, KeyError), retry_if_exception_type=(ValueError,)).invoke("a")
    assert at_once(flaky(1, KeyError), retry_if_exception_type=(ValueError, KeyError)).invoke("a") == "a"
    handles = RunnableRetry(
        flaky(1), retry_if_exception_type=lambda e: "0 left" in str(e), wait_exponential_jitter=False
    )
    assert handles.invoke("a") == "a"


def test_who_interrupts_is_not_answered_with_another_attempt():
    called: list[str] = []

    def interrupt(x: str) -> str:
        called.append(x)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        at_once(RunnableLambda(interrupt)).invoke("a")
    assert called == ["a"]


def test_what_is_told():
    with listen(phases=["start", "error", "end"]) as events:
        (RunnablePassthrough() | at_once(flaky(2))).invoke("a")
    told = [
        (e["name"], e["event"].removeprefix("on_chain_"), len(e["parent_ids"]), e["tags"]) for e in events
    ]
    name = "works_in_the_end"
    assert told[3:-1] == [
        (name, "start", 1, ["seq:step:2"]),
        (name, "start", 2, []),
        (name, "error", 2, []),
        (name, "start", 2, ["retry:attempt:2"]),
        (name, "error", 2, ["retry:attempt:2"]),
        (name, "start", 2, ["retry:attempt:3"]),
        (name, "end", 2, ["retry:attempt:3"]),
        (name, "end", 1, ["seq:step:2"]),
    ]


def test_the_waits_grow_to_a_limit(monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr("eventflow.runnables.attempts.sleep", waited.append)
    params = {"initial": 1.0, "exp_base": 3.0, "max": 20.0, "jitter": 0.0}
    retry = flaky(5).with_retry(stop_after_attempt=6, exponential_jitter_params=params)
    assert retry.invoke("a") == "a"
    assert waited == [1.0, 3.0, 9.0, 20.0, 20.0]


def test_the_waits_are_not_all_the_same(monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr("eventflow.runnables.attempts.sleep", waited.append)
    assert flaky(2).with_retry().invoke("a") == "a"
    assert 1.0 <= waited[0] <= 2.0
    assert 2.0 <= waited[1] <= 3.0


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match=r"stop_after_attempt=0: there has to be one attempt"):
        flaky(0).with_retry(stop_after_attempt=0)
    with pytest.raises(ValueError, match=r"has \['start'\]: there are initial, max, exp_base, jitter"):
        flaky(0).with_retry(exponential_jitter_params={"start": 1.0})


def test_names():
    retry = flaky(0).with_retry()
    assert retry.get_name() == "works_in_the_end"
    assert "max_attempt_number=3" in repr(retry)
    assert len(retry.inner_runnables()) == 1


def test_a_stream_is_retried_until_its_first_chunk():
    called: list[str] = []

    def source(x: str) -> Iterator[str]:
        called.append(x)
        if len(called) < 3:
            raise ValueError("not yet")
        yield x
        raise ValueError("middle")

    stream = at_once(RunnableLambda(source)).stream("a")
    assert next(stream) == "a"
    with pytest.raises(ValueError, match="middle"):
        next(stream)
    assert len(called) == 3


def test_it_tells_of_each_retry(monkeypatch):
    monkeypatch.setattr("eventflow.runnables.attempts.sleep", lambda seconds: None)
    retry = flaky(2).with_retry(exponential_jitter_params={"initial": 0.5, "jitter": 0.0})
    with listen(include_types=["on_retry"]) as events:
        assert (RunnablePassthrough() | retry).invoke("a") == "a"
    told = [
        (e["tags"], len(e["parent_ids"]), {**e["data"], "error": str(e["data"]["error"])}) for e in events
    ]
    about = {"max_attempts": 3, "runnable": "works_in_the_end"}
    assert told == [
        (["seq:step:2"], 1, {"attempt": 2, "error": "1 left", "wait": 0.5, **about}),
        (["seq:step:2"], 1, {"attempt": 3, "error": "0 left", "wait": 1.0, **about}),
    ]


async def test_it_tells_of_the_retries_of_a_stream():
    def told(events: list[Any]) -> list[int]:
        return [event["data"]["attempt"] for event in events if event["name"] == "on_retry"]

    assert told([*at_once(flaky(2)).stream_events("a")]) == [2, 3]
    assert told([event async for event in at_once(flaky(2)).astream_events("a")]) == [2, 3]
    assert told([*at_once(flaky(2)).stream_events("a", version="v2")]) == []

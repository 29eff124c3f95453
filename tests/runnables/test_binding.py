"""`RunnableBinding`: arguments, a config, types and listeners of its own."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from eventflow.bus import listen
from eventflow.runnables import RunnableBinding, RunnableLambda, RunnablePassthrough


def times(x: str, by: int = 1, to: str = "") -> str:
    return x * by + to


async def atimes(x: str, by: int = 1, to: str = "") -> str:
    return times(x, by, to)


TIMES = RunnableLambda(times, atimes)


def starts(events: Any) -> list[tuple[str, list[str], dict[str, Any]]]:
    return [(event["name"], event["tags"], event["metadata"]) for event in events]


# ---- arguments


async def test_arguments_are_passed_by_every_verb():
    bound = TIMES.bind(by=2)

    async def letters() -> AsyncIterator[str]:
        yield "a"

    assert bound.invoke("a") == await bound.ainvoke("a") == "aa"
    assert list(bound.stream("a")) == [chunk async for chunk in bound.astream("a")] == ["aa"]
    assert list(bound.transform(iter("a"))) == [c async for c in bound.atransform(letters())] == ["aa"]
    assert bound.batch(["a", "b"]) == await bound.abatch(["a", "b"]) == ["aa", "bb"]
    assert sorted(bound.batch_as_completed(["a"])) == [(0, "aa")]
    assert [pair async for pair in bound.abatch_as_completed(["a"])] == [(0, "aa")]


def test_those_of_the_call_win():
    assert TIMES.bind(by=2, to="!").invoke("a", by=3) == "aaa!"
    assert TIMES.bind(by=2).bind(to="!").bind(by=1).invoke("a") == "a!"


def test_bindings_do_not_pile_up():
    bound = TIMES.bind(by=2).with_config(tags=["t"]).bind(to="!")
    assert isinstance(bound, RunnableBinding)
    assert bound.bound is TIMES
    assert bound.kwargs == {"by": 2, "to": "!"}
    assert bound.config == {"tags": ["t"]}
    assert repr(bound).startswith("RunnableBinding(bound=RunnableLambda(times), kwargs={'by': 2, 'to': '!'}")


# ---- config


def test_a_config_of_its_own():
    bound = TIMES.with_config({"tags": ["bound"], "metadata": {"m": 1}}, run_name="named")
    with listen(phases=["start"]) as events:
        bound.invoke("a")
        bound.invoke("a", {"tags": ["call"], "metadata": {"m": 2, "n": 3}, "run_name": "called"})
    assert starts(events) == [
        ("named", ["bound"], {"m": 1}),
        ("called", ["bound", "call"], {"m": 2, "n": 3}),
    ]


def test_a_second_config_replaces_the_first_key_by_key():
    bound = TIMES.with_config(tags=["first"], metadata={"first": 1}).with_config(tags=["second"])
    with listen(phases=["start"]) as events:
        bound.invoke("a")
    assert starts(events) == [("times", ["second"], {"first": 1})]


def test_each_input_of_a_batch_has_its_config():
    configs: list[Any] = [{"tags": ["x"]}, {"tags": ["y"]}]
    with listen(phases=["start"]) as events:
        TIMES.with_config(tags=["bound"]).batch(["a", "b"], configs)
    assert sorted(tags for _, tags, _ in starts(events)) == [["bound", "x"], ["bound", "y"]]


def test_it_has_no_run_of_its_own_and_keeps_its_place():
    with listen(phases=["start"]) as events:
        (RunnablePassthrough() | TIMES.with_config(tags=["bound"])).invoke("a", {"tags": ["call"]})
    assert starts(events) == [
        ("RunnableSequence", ["call"], {}),
        ("RunnablePassthrough", ["seq:step:1", "call"], {}),
        ("times", ["seq:step:2", "call", "bound"], {}),
    ]


def test_a_bound_config_holds_below():
    outer = RunnableLambda(lambda x: RunnablePassthrough().invoke(x)).with_config(tags=["bound"])
    with listen(phases=["start"]) as events:
        outer.invoke("a")
    assert [tags for _, tags, _ in starts(events)] == [["bound"], ["bound"]]


# ---- types


def test_other_types():
    typed = TIMES.with_types(input_type=int, output_type=float)
    assert typed.InputType is int
    assert typed.OutputType is float
    assert TIMES.bind(by=2).InputType is str


# ---- listeners


def test_listeners_are_called_in_order():
    told: list[Any] = []
    listening = TIMES.with_listeners(
        on_start=lambda run: told.append(("start", run.inputs)),
        on_end=lambda run: told.append(("end", run.outputs)),
        on_error=lambda run: told.append(("error", run.error)),
    ).with_listeners(
        on_start=lambda run: told.append("second start"), on_end=lambda run: told.append("second end")
    )
    assert listening.invoke("a") == "a"
    assert told == [
        ("start", {"input": "a"}),
        "second start",
        ("end", {"output": "a"}),
        "second end",
    ]


async def test_listeners_hear_of_that_run_only():
    told: list[str] = []
    inner = RunnableLambda(lambda x: TIMES.invoke(x)).with_listeners(
        on_start=lambda run: told.append(run.name)
    )
    (RunnablePassthrough() | inner | RunnablePassthrough()).invoke("a")
    await (RunnablePassthrough() | inner).ainvoke("a")
    assert told == ["RunnableLambda", "RunnableLambda"]


def test_listeners_hear_of_errors_and_may_take_the_config():
    told: list[Any] = []

    def refuse(x: str) -> str:
        raise ValueError("no")

    def on_error(run: Any, config: Any) -> None:
        told.append((run.error.splitlines()[-1], config["tags"]))

    listening = RunnableLambda(refuse).with_config(tags=["bound"]).with_listeners(on_error=on_error)
    with pytest.raises(ValueError, match="no"):
        listening.invoke("a", {"tags": ["call"]})
    assert told == [("ValueError: no", ["bound", "call"])]


async def test_async_listeners_have_ended_when_the_call_has():
    told: list[str] = []

    async def on_start(run: Any) -> None:
        told.append("start")

    async def on_end(run: Any) -> None:
        told.append("end")

    assert await TIMES.with_alisteners(on_start=on_start, on_end=on_end).ainvoke("a") == "a"
    assert told == ["start", "end"]


# ---- attributes


def test_attributes_are_those_of_what_is_bound():
    class Mine(RunnableLambda[str, str]):
        flavour = "sweet"

        def shout(self, x: str, config: Any = None) -> Any:
            return x.upper(), (config or {}).get("tags")

        def whisper(self, x: str) -> str:
            return x.lower()

    bound: Any = Mine(times).with_config(tags=["bound"])
    assert bound.flavour == "sweet"
    assert bound.whisper("A") == "a"
    assert bound.shout("a") == ("A", ["bound"])
    assert bound.shout("a", {"tags": ["call"]}) == ("A", ["bound", "call"])
    assert bound.shout("a", config={"tags": ["call"]}) == ("A", ["bound", "call"])
    with pytest.raises(AttributeError, match="missing"):
        _ = bound.missing


def test_it_can_be_copied():
    import copy

    bound = TIMES.bind(by=2)
    assert copy.copy(bound).invoke("a") == copy.deepcopy(bound).invoke("a") == "aa"


def test_a_generator_is_closed_through_it():
    closed: list[str] = []

    def source(x: str) -> Iterator[str]:
        try:
            yield from x
        finally:
            closed.append("source")

    stream: Any = RunnableLambda(source).with_config(tags=["t"]).stream("abc")
    next(stream)
    stream.close()
    assert closed == ["source"]

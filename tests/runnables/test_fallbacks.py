"""`RunnableWithFallbacks`: another one when one fails."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from eventflow.bus import listen
from eventflow.runnables import RunnableLambda, RunnablePassthrough, RunnableWithFallbacks


def refuse(x: Any) -> Any:
    raise ValueError("refused")


def break_down(x: Any) -> Any:
    raise KeyError("broken")


def words(x: str) -> Iterator[str]:
    yield from x.split()


async def awords(x: str) -> AsyncIterator[str]:
    for word in x.split():
        yield word


REFUSE = RunnableLambda(refuse)


async def test_the_next_one_is_run():
    safe = REFUSE.with_fallbacks([RunnableLambda(break_down), RunnableLambda(words, awords)])
    assert safe.invoke("a b") == await safe.ainvoke("a b") == "ab"
    assert list(safe.stream("a b")) == [chunk async for chunk in safe.astream("a b")] == ["a", "b"]
    assert safe.batch(["a b", "c"]) == await safe.abatch(["a b", "c"]) == ["ab", "c"]


async def test_the_first_error_is_raised_when_all_fail():
    doomed = REFUSE.with_fallbacks([break_down])
    for act in (doomed.invoke, lambda x: list(doomed.stream(x))):
        with pytest.raises(ValueError, match="refused"):
            act("a")
    with pytest.raises(ValueError, match="refused"):
        await doomed.ainvoke("a")


def test_other_errors_are_raised_at_once():
    safe = REFUSE.with_fallbacks([len], exceptions_to_handle=(KeyError,))
    with pytest.raises(ValueError, match="refused"):
        safe.invoke("a")


def test_a_predicate_may_say_which_errors():
    safe = RunnableWithFallbacks(REFUSE, [len], exceptions_to_handle=lambda e: "refused" in str(e))
    assert safe.invoke("abc") == 3


async def test_a_fallback_may_look_at_the_error():
    def explain(x: dict[str, Any]) -> str:
        return f"{x['text']}: {x['error']}"

    safe = REFUSE.with_fallbacks([break_down, explain], exception_key="error")
    given = {"text": "a"}
    assert safe.invoke(given) == await safe.ainvoke(given) == "a: 'broken'"
    assert list(safe.stream(given)) == ["a: 'broken'"]
    assert given == {"text": "a"}, "the input is left as it is"


async def test_for_that_the_input_has_to_be_a_dict():
    safe = REFUSE.with_fallbacks([len], exception_key="error")
    text = "If 'exception_key' is specified then input must be a dict"
    for act in (safe.invoke, lambda x: list(safe.stream(x))):
        with pytest.raises(ValueError, match=text):
            act("text")
    with pytest.raises(ValueError, match=text):
        await safe.ainvoke("text")


def test_what_is_told():
    with listen(phases=["start"]) as events:
        (RunnablePassthrough() | REFUSE.with_fallbacks([RunnablePassthrough(name="second")])).invoke("a")
    told = [(event["name"], len(event["parent_ids"]), event["tags"]) for event in events]
    assert told == [
        ("RunnableSequence", 0, []),
        ("RunnablePassthrough", 1, ["seq:step:1"]),
        ("RunnableWithFallbacks", 1, ["seq:step:2"]),
        ("refuse", 2, []),
        ("second", 2, []),
    ]


def test_attributes_are_those_of_the_first():
    class Model(RunnableLambda[Any, Any]):
        flavour = "sweet"
        inner = RunnablePassthrough[Any]()

        def bind_tools(self, *tools: str) -> Any:
            return self.bind(tools=tools)

        def price(self) -> int:
            return 5

    def call(x: Any, tools: tuple[str, ...] = ()) -> Any:
        return tools

    def fail(x: Any, tools: tuple[str, ...] = ()) -> Any:
        raise ValueError("fail")

    safe: Any = Model(fail).with_fallbacks([Model(call)])
    assert safe.flavour == "sweet"
    assert safe.inner is Model.inner
    assert safe.price() == 5
    both = safe.bind_tools("hammer")
    assert isinstance(both, RunnableWithFallbacks)
    assert both.invoke(1) == ("hammer",)
    with pytest.raises(AttributeError):
        _ = safe.missing


def test_parts():
    safe: Any = REFUSE.with_fallbacks([len])
    assert [r.get_name() for r in safe.runnables] == ["refuse", "len"]
    assert list(safe.inner_runnables()) == safe.runnables
    assert repr(safe) == "RunnableWithFallbacks(RunnableLambda(refuse), fallbacks=[RunnableLambda(len)])"


def test_what_is_no_runnable_is_refused():
    with pytest.raises(TypeError, match="Expected a Runnable, callable or dict"):
        REFUSE.with_fallbacks(["text"])


async def test_it_tells_of_each_fallback():
    safe = REFUSE.with_fallbacks([RunnableLambda(break_down), RunnableLambda(words, awords, name="split")])
    streamed = [event async for event in safe.astream_events("a b")]
    with listen() as invoked:
        safe.invoke("a b")
    for events in (streamed, invoked):
        told = [event["data"] for event in events if event["name"] == "on_fallback"]
        assert [(t["attempt"], t["max_attempts"], t["runnable"], t["wait"]) for t in told] == [
            (2, 3, "break_down", 0.0),
            (3, 3, "split", 0.0),
        ]
        assert [repr(t["error"]) for t in told] == ["ValueError('refused')", "KeyError('broken')"]

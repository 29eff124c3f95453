"""Handlers and listeners in the config of real runs."""

import asyncio
import threading

import pytest

from callbacks.telling import Diary, Words
from eventflow import (
    RunnableGenerator,
    RunnableLambda,
    dispatch_custom_event,
)
from eventflow.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from eventflow.errors import SubscriptionError


class Awaiting(AsyncCallbackHandler):
    """Writes down the chains it is told of, after having awaited something."""

    def __init__(self):
        self.told, self.loops = [], []

    async def _write(self, what):
        await asyncio.sleep(0)
        self.told.append(what)
        self.loops.append(asyncio.get_running_loop())

    async def on_chain_start(self, serialized, inputs, *, name, **kwargs):
        await self._write(("start", name))

    async def on_chain_end(self, outputs, **kwargs):
        await self._write(("end", outputs))

    async def on_chain_error(self, error, **kwargs):
        await self._write(("error", type(error).__name__))


def work(x):
    dispatch_custom_event("half", x)
    return inner.invoke(x)


inner = RunnableLambda(lambda x: x + 1, name="inner")
outer = RunnableLambda(work, name="outer")
LIFE = [("start", "outer"), ("start", "inner"), ("end", 2), ("end", 2)]


def fail(x):
    raise ValueError("no")


failing = RunnableLambda(fail, name="failing")


def letters(texts):
    for text in texts:
        yield from text


spelling = RunnableGenerator(letters, name="spelling")


def test_a_handler_hears_the_run_it_was_given_to_and_everything_below():
    diary = Diary()
    assert outer.invoke(1, {"callbacks": [diary], "tags": ["t"]}) == 2
    assert diary.methods == [
        "on_chain_start",
        "on_custom_event",
        "on_chain_start",
        "on_chain_end",
        "on_chain_end",
    ]
    first, custom, second, *_ = [by_name for _, _, by_name in diary.told]
    assert (first["name"], second["name"]) == ("outer", "inner")
    assert custom["run_id"] == second["parent_run_id"] == first["run_id"]
    assert [by_name["tags"] for _, _, by_name in diary.told] == [["t"]] * 5


def test_nobody_else_is_heard():
    diary = Diary()
    outer.invoke(1, {"callbacks": [diary]})
    told = len(diary.told)
    outer.invoke(1)
    assert len(diary.told) == told


def test_a_handler_given_inside_a_run_hears_only_that_part():
    diary = Diary()
    RunnableLambda(lambda x: inner.invoke(x, {"callbacks": [diary]}) + inner.invoke(x)).invoke(1)
    assert diary.methods == ["on_chain_start", "on_chain_end"]


def test_a_handler_that_hears_a_run_anyway_is_told_once():
    diary = Diary()
    handlers = {"callbacks": [diary, diary]}
    RunnableLambda(lambda x: inner.invoke(x, handlers)).invoke(1, handlers)
    assert diary.methods == ["on_chain_start", "on_chain_start", "on_chain_end", "on_chain_end"]


def test_another_handler_inside_hears_too():
    first, second = Diary(), Diary()
    RunnableLambda(lambda x: inner.invoke(x, {"callbacks": [first, second]})).invoke(
        1, {"callbacks": [first]}
    )
    assert (len(first.told), len(second.told)) == (4, 2)
    assert second.told[0][2]["parent_run_id"] == first.told[0][2]["run_id"]


def test_what_is_no_handler_is_refused_before_anything_runs():
    ran = []
    with pytest.raises(SubscriptionError, match="is no callback handler"):
        RunnableLambda(ran.append).invoke(1, {"callbacks": [print]})
    assert ran == []


def test_coroutine_methods_have_been_awaited_when_a_sync_verb_returns():
    handler = Awaiting()
    outer.invoke(1, {"callbacks": [handler]})
    assert handler.told == LIFE
    assert handler.loops[0].is_closed()


async def test_coroutine_methods_are_awaited_on_the_loop_of_an_async_verb():
    handler = Awaiting()
    await outer.ainvoke(1, {"callbacks": [handler]})
    assert handler.told == LIFE
    assert set(handler.loops) == {asyncio.get_running_loop()}


async def test_a_sync_verb_on_a_loop():
    handler = Awaiting()
    outer.invoke(1, {"callbacks": [handler]})
    assert handler.told == LIFE


def test_streams():
    handler = Awaiting()
    assert list(spelling.stream("abc", {"callbacks": [handler]})) == ["a", "b", "c"]
    assert handler.told == [("start", "spelling"), ("end", "abc")]


async def test_async_streams():
    handler = Awaiting()
    assert [chunk async for chunk in spelling.astream("abc", {"callbacks": [handler]})] == ["a", "b", "c"]
    assert handler.told == [("start", "spelling"), ("end", "abc")]


def test_a_stream_that_is_left_early():
    handler = Awaiting()
    stream = spelling.stream("abc", {"callbacks": [handler]})
    assert next(stream) == "a"
    stream.close()
    assert handler.told == [("start", "spelling"), ("error", "GeneratorExit")]


async def test_an_async_stream_that_is_left_early():
    handler = Awaiting()
    stream = spelling.astream("abc", {"callbacks": [handler]})
    assert await anext(stream) == "a"
    await stream.aclose()
    assert handler.told[-1] == ("error", "GeneratorExit")


def test_a_run_that_fails():
    handler = Awaiting()
    with pytest.raises(ValueError, match="no"):
        failing.invoke(1, {"callbacks": [handler]})
    assert handler.told == [("start", "failing"), ("error", "ValueError")]


async def test_a_run_that_is_cancelled():
    handler, started = Awaiting(), asyncio.Event()

    async def stay(x):
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(RunnableLambda(stay).ainvoke(1, {"callbacks": [handler]}))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert handler.told == [("start", "stay"), ("error", "CancelledError")]


class Strict(BaseCallbackHandler):
    raise_error = True

    def on_chain_end(self, outputs, **kwargs):
        raise KeyError("strict")


class StrictLater(AsyncCallbackHandler):
    raise_error = True

    async def on_chain_end(self, outputs, **kwargs):
        raise KeyError("strict")


@pytest.mark.parametrize("handler", [Strict(), StrictLater()])
def test_a_handler_with_raise_error_fails_the_run(handler):
    with pytest.raises(KeyError, match="strict"):
        inner.invoke(1, {"callbacks": [handler]})


@pytest.mark.parametrize("handler", [Strict(), StrictLater()])
async def test_the_same_awaited(handler):
    with pytest.raises(KeyError, match="strict"):
        await inner.ainvoke(1, {"callbacks": [handler]})


def test_a_handler_that_fails_the_run_leaves_the_others_settled():
    handler = Awaiting()
    with pytest.raises(KeyError, match="strict"):
        inner.invoke(1, {"callbacks": [StrictLater(), handler]})
    assert handler.told == [("start", "inner"), ("end", 2)]


async def test_a_handler_may_run_things_and_is_not_told_of_them():
    class Runs(Awaiting):
        async def on_chain_start(self, serialized, inputs, *, name, **kwargs):
            await super().on_chain_start(serialized, inputs, name=name)
            await inner.ainvoke(1)

    handler = Runs()
    await inner.ainvoke(1, {"callbacks": [handler]})
    assert handler.told == [("start", "inner"), ("end", 2)]


def test_sync_methods_run_in_the_run_they_are_told_of():
    names = []
    handler = Words(
        on_chain_start=lambda *_, **__: dispatch_custom_event("from the handler", 1),
        on_custom_event=lambda name, *_, **__: names.append(name),
    )
    inner.invoke(1, {"callbacks": [handler]})
    assert names == ["from the handler"]


def test_batch():
    handler = Awaiting()
    assert inner.batch([1, 2, 3], {"callbacks": [handler]}) == [2, 3, 4]
    assert sorted(handler.told) == [("end", 2), ("end", 3), ("end", 4), *[("start", "inner")] * 3]


# ---- listeners


def test_listeners_hear_one_run_and_not_what_is_below():
    records = []
    listening = outer.with_listeners(on_start=records.append, on_end=records.append)
    assert listening.invoke(1, {"tags": ["t"]}) == 2
    assert [(record.name, record.inputs, record.outputs) for record in records] == [
        ("outer", {"input": 1}, {}),
        ("outer", {"input": 1}, {"output": 2}),
    ]
    assert records[0].tags == ["t"]


def test_listeners_of_a_step_hear_the_step():
    names = []
    (inner | outer.with_listeners(on_end=lambda record: names.append(record.name)) | inner).invoke(1)
    assert names == ["outer"]


def test_a_listener_is_given_the_config():
    tags = []
    listening = inner.with_listeners(on_start=lambda record, config: tags.append(config["tags"]))
    listening.invoke(1, {"tags": ["t"]})
    assert tags == [["t"]]


def test_a_listener_hears_a_failure():
    errors = []
    with pytest.raises(ValueError, match="no"):
        failing.with_listeners(on_error=lambda record: errors.append(record.error)).invoke(1)
    assert errors[0].startswith("ValueError('no')")


def test_listeners_hear_every_run_of_a_batch():
    inputs, adding = [], threading.Lock()

    def on_start(record):
        with adding:
            inputs.append(record.inputs["input"])

    inner.with_listeners(on_start=on_start).batch([1, 2, 3])
    assert sorted(inputs) == [1, 2, 3]


async def test_async_listeners():
    seen = []

    async def listen(record):
        await asyncio.sleep(0)
        seen.append(record.outputs)

    listening = inner.with_alisteners(on_start=listen, on_end=listen)
    assert await listening.ainvoke(1) == 2
    assert seen == [{}, {"output": 2}]
    assert listening.invoke(1) == 2
    assert len(seen) == 4

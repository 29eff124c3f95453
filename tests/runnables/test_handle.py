"""The handle of a run: many readers, each from the beginning; errors, abort, leaving, and nothing left behind."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from eventflow import (
    AIMessage,
    AIMessageChunk,
    BaseChatModel,
    ChatGeneration,
    ChatGenerationChunk,
    ChatPromptTemplate,
    ChatResult,
    FakeListLLM,
    FakeStreamingListLLM,
    GenericFakeChatModel,
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    StrOutputParser,
    dispatch_custom_event,
    tool,
)
from eventflow.bus.hub import APPLICATION
from eventflow.errors import SubscriptionError
from properties.telling import lines
from properties.trees import OURS, TEXTS, trees

GATE = 5
"""Seconds after which a test that hangs fails."""


class Talker(BaseChatModel):
    """Says its pieces, in chunks that are given as they are."""

    pieces: list[Any]
    fails: bool = False

    @property
    def _llm_type(self) -> str:
        return "talker"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        text = "".join(piece.text for piece in self.pieces)
        message = AIMessage(text, id=self.pieces[0].id) if self.pieces else AIMessage("whole", id="whole")
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        for piece in self.pieces:
            yield ChatGenerationChunk(message=piece)
        if self.fails:
            raise ValueError("no more")


def model(*texts):
    return Talker(pieces=[AIMessageChunk(text, id="m1") for text in texts])


def chain(*texts):
    return ChatPromptTemplate.from_messages([("human", "{q}")]) | model(*texts) | StrOutputParser()


class Counter:
    """A stream of numbers that says how far it is, and whether it was left."""

    def __init__(self, most: int = 10) -> None:
        self.most = most
        self.given = 0
        self.left = False

    def numbers(self, _: Iterator[Any]) -> Iterator[str]:
        try:
            for n in range(self.most):
                self.given += 1
                yield str(n)
        finally:
            self.left = True

    async def anumbers(self, _: Any) -> Any:
        try:
            for n in range(self.most):
                self.given += 1
                yield str(n)
                await asyncio.sleep(0)
        finally:
            self.left = True

    @property
    def runnable(self) -> Any:
        return RunnableGenerator(self.numbers, self.anumbers)


async def listed(projection):
    return [item async for item in projection]


# ---- what there is


async def test_the_projections_of_a_chain():
    run = chain("Hel", "lo").stream_events({"q": "hi"}, version="v3")
    (message,) = run.messages
    assert list(run.chunks) == ["Hel", "lo", ""] or "".join(run.chunks) == "Hello"
    assert (list(message.text), run.output, run.status) == (["Hel", "lo"], "Hello", "completed")
    arun = await chain("Hel", "lo").astream_events({"q": "hi"}, version="v3")
    (amessage,) = await listed(arun.messages)
    assert await listed(arun.chunks) == list(run.chunks)
    assert (await listed(amessage.text), await arun.output, arun.status) == (
        ["Hel", "lo"],
        "Hello",
        "completed",
    )


async def test_events_are_those_of_the_event_stream():
    plain = lines(list(chain("a", "b").stream_events({"q": "hi"})))
    run = chain("a", "b").stream_events({"q": "hi"}, version="v3")
    assert lines(list(run.events)) == lines(list(run)) == plain
    arun = chain("a", "b").astream_events({"q": "hi"}, version="v3")
    assert lines(await listed(arun.events)) == lines(await listed(arun)) == plain


def test_custom_events():
    def work(x):
        dispatch_custom_event("progress", {"done": x})
        return x

    run = RunnableLambda(work).stream_events(1, version="v3")
    assert [(event["name"], event["data"]) for event in run.custom] == [("progress", {"done": 1})]


def test_what_is_no_stream_is_one_chunk():
    @tool
    def double(x: int) -> int:
        """Twice as much."""
        return x * 2

    run = double.stream_events({"x": 2}, version="v3")
    assert (list(run.chunks), run.output) == ([4], 4)


def test_a_text_model():
    run = FakeListLLM(responses=["abc"]).stream_events("hi", version="v3")
    assert (list(run.chunks), run.output, list(run.messages)) == (["abc"], "abc", [])
    run = FakeStreamingListLLM(responses=["abc"]).stream_events("hi", version="v3")
    assert (list(run.chunks), run.output, list(run.messages)) == (["a", "b", "c"], "abc", [])


def test_the_output_is_what_invoke_gives():
    for runnable in (model("a", "b"), RunnableParallel(x=model("a", "b"), y=RunnableLambda(len))):
        run = runnable.stream_events("hi", version="v3")
        found, expected = run.output, runnable.invoke("hi")
        assert type(found) is type(expected)
        assert isinstance(found, AIMessage) or isinstance(found["x"], AIMessage)
        assert not isinstance(found if isinstance(found, AIMessage) else found["x"], AIMessageChunk)


def test_a_chain_has_no_states():
    run = chain("a").stream_events({"q": "hi"}, version="v3")
    with pytest.raises(ValueError, match=r"no 'values': there are messages, custom, chunks, events"):
        run.interleave("values")
    assert not hasattr(run, "values")


def seen_of(items: Any) -> tuple[list[Any], str]:
    """What is given, and then raised."""
    seen: list[Any] = []
    try:
        seen.extend(items)
    except Exception as error:
        return seen, repr(error)
    return seen, ""


async def aseen_of(items: Any) -> tuple[list[Any], str]:
    seen: list[Any] = []
    try:
        async for item in items:
            seen.append(item)  # noqa: PERF401  # what came before the error counts
    except Exception as error:
        return seen, repr(error)
    return seen, ""


@given(trees(failing=True, parallel=False), TEXTS)
async def test_each_projection_is_what_the_plain_stream_gives(tree, text):
    def made() -> Any:
        return tree.build(OURS.fresh())

    told, raised = seen_of(made().stream_events(text))
    atold, araised = await aseen_of(made().astream_events(text))
    run, arun = made().stream_events(text, version="v3"), await made().astream_events(text, version="v3")
    kept, error = seen_of(run.events)
    akept, aerror = await aseen_of(arun.events)
    assert (lines(kept), error) == (lines(told), raised)
    assert (lines(akept), aerror) == (lines(atold), araised)
    assert seen_of(run.chunks) == seen_of(made().stream(text))
    assert await aseen_of(arun.chunks) == await aseen_of(made().astream(text))
    assert run.status == arun.status == ("failed" if raised else "completed")


# ---- readers


def test_readers_take_turns_and_late_ones_begin_at_the_beginning():
    counter = Counter(4)
    run = counter.runnable.stream_events("x", version="v3")
    first, second = iter(run.chunks), iter(run.chunks)
    assert [next(first), next(first), next(second)] == ["0", "1", "0"]
    assert counter.given == 2
    assert list(second) == ["1", "2", "3"]
    assert list(first) == ["2", "3"]
    assert list(run.chunks) == ["0", "1", "2", "3"]
    assert (run.output, run.output) == ("0123", "0123")


def test_nothing_runs_before_somebody_reads():
    counter = Counter()
    run = counter.runnable.stream_events("x", version="v3")
    assert (counter.given, run.status) == (0, "started")
    next(iter(run.chunks))
    assert counter.given == 1
    run.abort()


def test_interleave_shows_things_as_they_happen():
    def words(_):
        dispatch_custom_event("a", 1)
        yield "one"
        dispatch_custom_event("b", 2)
        yield "two"

    run = RunnableLambda(words).stream_events("x", version="v3")
    seen = [
        (name, item if name == "chunks" else item["name"])
        for name, item in run.interleave("chunks", "custom")
    ]
    assert seen == [("custom", "a"), ("chunks", "one"), ("custom", "b"), ("chunks", "two")]


async def test_interleave_in_async_code():
    run = await chain("a", "b").astream_events({"q": "hi"}, version="v3")
    sync = chain("a", "b").stream_events({"q": "hi"}, version="v3")
    names = [name async for name, _ in run.interleave("messages", "chunks")]
    assert names == [name for name, _ in sync.interleave("messages", "chunks")]
    assert names[0] == "messages"


def test_readers_in_several_threads():
    counter = Counter(200)
    run = counter.runnable.stream_events("x", version="v3")
    expected = [str(n) for n in range(200)]
    found: list[list[str]] = []
    begin = threading.Barrier(4)

    def read() -> None:
        begin.wait(GATE)
        found.append(list(run.chunks))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GATE)
    assert found == [expected] * 4
    assert counter.given == 200


async def test_readers_in_several_tasks():
    counter = Counter(50)
    run = await counter.runnable.astream_events("x", version="v3", buffer=3)
    found = await asyncio.gather(*(listed(run.chunks) for _ in range(3)), run.output)
    assert found[:3] == [[str(n) for n in range(50)]] * 3
    assert (found[3], counter.given) == ("".join(found[0]), 50)


async def test_a_reader_that_is_cancelled_leaves_the_others_reading():
    go = asyncio.Event()

    async def waits(x):
        yield "a"
        await go.wait()
        yield "b"

    run = await RunnableLambda(waits).astream_events("x", version="v3")
    readers = [asyncio.ensure_future(listed(run.chunks)) for _ in range(3)]
    for _ in range(5):
        await asyncio.sleep(0)
    readers[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await readers[0]
    go.set()
    assert await asyncio.gather(*readers[1:]) == [["a", "b"]] * 2


async def test_the_run_is_no_further_ahead_than_the_buffer():
    counter = Counter(1_000)
    run = await counter.runnable.astream_events("x", version="v3", buffer=10)
    chunks = aiter(run.chunks)
    for n in range(5):
        assert await anext(chunks) == str(n)
    for _ in range(100):
        await asyncio.sleep(0)
    assert 5 < counter.given <= 5 + 10 + 1
    assert await run.output == "".join(map(str, range(1_000)))


async def test_nobody_needs_to_await_it_first():
    assert await chain("a").astream_events({"q": "x"}, version="v3").output == "a"
    assert await (await chain("a").astream_events({"q": "x"}, version="v3")).output() == "a"
    async with chain("a").astream_events({"q": "x"}, version="v3") as run:
        assert await run.output == "a"


async def test_a_task_that_is_cancelled_before_it_begins():
    run = await Counter().runnable.astream_events("x", version="v3")
    for task in asyncio.all_tasks() - {asyncio.current_task()}:  # as a loop does that ends
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run.output
    assert run.status == "failed"


async def test_a_run_cannot_wait_for_itself():
    runs: list[Any] = []

    def sync(x):
        return runs[-1].output

    async def async_(x):
        return await runs[-1].output

    both = RunnableLambda(sync, async_)
    runs.append(both.stream_events(1, version="v3"))
    with pytest.raises(RuntimeError, match="inside itself"):
        _ = runs[-1].output
    runs.append(both.astream_events(1, version="v3"))
    with pytest.raises(RuntimeError, match="inside itself"):
        await runs[-1].output


# ---- errors


def failing(x):
    yield "a"
    raise ValueError("broken")


async def afailing(x):
    yield "a"
    raise ValueError("broken")


FAILING = RunnableLambda(failing, afailing)


async def test_what_the_run_raises_is_raised_at_the_end_of_each_projection():
    run, arun = (stream("x", version="v3") for stream in (FAILING.stream_events, FAILING.astream_events))
    expected = "ValueError('broken')"
    for _ in range(2):
        assert seen_of(run.chunks) == await aseen_of(arun.chunks) == (["a"], expected)
        assert seen_of(run.messages) == await aseen_of(arun.messages) == ([], expected)
    with pytest.raises(ValueError, match="broken"):
        _ = run.output
    with pytest.raises(ValueError, match="broken"):
        await arun.output
    assert (await aseen_of(arun))[0][-1]["event"] == "on_chain_error"
    assert (run.status, arun.status) == ("failed", "failed")


async def test_what_fails_before_it_starts():
    config: Any = {"callbacks": 5}
    with pytest.raises(TypeError, match="callbacks"):
        FAILING.stream_events(1, config, version="v3")
    run = await FAILING.astream_events(1, config, version="v3")
    assert (await aseen_of(run))[1].startswith("TypeError")
    assert run.status == "failed"


@pytest.mark.parametrize("option", ["include_names", "exclude_types", "phases", "max_depth"])
def test_filters_are_refused(option):
    value: Any = 1 if option == "max_depth" else ["start"]
    with pytest.raises(SubscriptionError, match=f"takes no {option}"):
        FAILING.stream_events("x", version="v3", **{option: value})
    with pytest.raises(SubscriptionError, match=f"takes no {option}"):
        FAILING.astream_events("x", version="v3", **{option: value})


# ---- stopping


async def test_abort():
    sync, async_ = Counter(), Counter(1_000)
    run = sync.runnable.stream_events("x", version="v3")
    chunks = iter(run.chunks)
    assert (next(chunks), next(chunks)) == ("0", "1")
    run.abort()
    run.abort()
    assert (sync.left, list(chunks), list(run.chunks), run.output, run.status) == (
        True,
        [],
        ["0", "1"],
        "01",
        "aborted",
    )
    arun = await async_.runnable.astream_events("x", version="v3")
    achunks = aiter(arun.chunks)
    assert (await anext(achunks), await anext(achunks)) == ("0", "1")
    for _ in range(10):  # the run goes ahead
        await asyncio.sleep(0)
    await arun.abort()
    await arun.abort()
    assert async_.left
    assert (await listed(achunks), await listed(arun.chunks), arun.status) == ([], ["0", "1"], "aborted")
    assert await arun.output == "01"


async def test_aborting_what_has_not_begun():
    sync, async_ = Counter(), Counter()
    run, arun = (
        sync.runnable.stream_events("x", version="v3"),
        async_.runnable.astream_events("x", version="v3"),
    )
    run.abort()
    await arun.abort()
    assert (list(run.chunks), run.output, await listed(arun.chunks), await arun.output) == (
        [],
        None,
        [],
        None,
    )
    assert (run.status, arun.status, sync.given, async_.given) == ("aborted", "aborted", 0, 0)


async def test_aborting_what_has_ended_changes_nothing():
    run = chain("a").stream_events({"q": "x"}, version="v3")
    arun = await chain("a").astream_events({"q": "x"}, version="v3")
    assert (run.output, await arun.output) == ("a", "a")
    run.abort()
    await arun.abort()
    assert (run.status, run.output, arun.status, await arun.output) == ("completed", "a", "completed", "a")


async def test_leaving_the_block_stops_the_run():
    sync, async_ = Counter(), Counter()
    with sync.runnable.stream_events("x", version="v3") as run:
        next(iter(run.chunks))
    assert (sync.left, run.status) == (True, "aborted")
    async with async_.runnable.astream_events("x", version="v3") as arun:
        await anext(aiter(arun.chunks))
    assert (async_.left, arun.status) == (True, "aborted")


async def test_a_handle_that_nobody_holds_stops_its_run():
    sync, async_ = Counter(), Counter(1_000_000)
    next(iter(sync.runnable.stream_events("x", version="v3").chunks))
    run = await async_.runnable.astream_events("x", version="v3", buffer=1)
    await anext(aiter(run.chunks))
    del run
    gc.collect()
    for _ in range(5):
        await asyncio.sleep(0)
    assert (sync.left, async_.left) == (True, True)


def test_a_reader_keeps_the_run_going():
    assert list(Counter(5).runnable.stream_events("x", version="v3").chunks) == ["0", "1", "2", "3", "4"]


def test_an_error_that_was_raised_holds_nothing():
    class Marker:
        pass

    marker = Marker()
    gone = weakref.ref(marker)

    def fails(x, marker=marker):
        raise ValueError("broken")

    run: Any = RunnableLambda(fails).stream_events("x", version="v3")
    with pytest.raises(ValueError, match="broken"):
        _ = run.output
    del run, marker, fails
    gc.collect()
    assert gone() is None


async def test_what_is_dropped_needs_no_collector():
    gc.collect()
    before = len(APPLICATION._inner)
    gc.disable()
    try:
        for stop in (False, True):
            with Counter().runnable.stream_events("x", version="v3") as run:
                assert stop or run.output
            async with Counter().runnable.astream_events("x", version="v3") as arun:
                assert stop or await arun.output
            del run, arun
        Counter().runnable.stream_events("x", version="v3")
        Counter().runnable.astream_events("x", version="v3")
        await asyncio.sleep(0)
        assert len(APPLICATION._inner) <= before
    finally:
        gc.enable()


def test_aborting_from_another_thread_while_a_step_runs():
    began, go = threading.Event(), threading.Event()
    left: list[str] = []

    def work(x):
        try:
            dispatch_custom_event("first", 1)
            began.set()
            go.wait(GATE)
            dispatch_custom_event("second", 2)
            left.append("went on")
        finally:
            left.append("left")

    run = RunnableLambda(work).stream_events("x", version="v3")
    reader = threading.Thread(target=lambda: left.append(f"read {[e['name'] for e in run.custom]}"))
    reader.start()
    assert began.wait(GATE)
    stopper = threading.Thread(target=run.abort)
    stopper.start()
    while run.status != "aborted" and not run._span.log.aborted:
        pass
    go.set()
    stopper.join(GATE)
    reader.join(GATE)
    assert left[0] == "left"
    assert left[1].startswith("read [")


def test_aborting_inside_the_run():
    runs: list[Any] = []
    left: list[str] = []

    def work(x):
        try:
            runs[0].abort()
            dispatch_custom_event("never", 1)
        finally:
            left.append("left")

    runs.append(RunnableLambda(work).stream_events("x", version="v3"))
    assert (list(runs[0].custom), runs[0].status, left) == ([], "aborted", ["left"])


def test_an_outer_run_goes_on_when_an_inner_handle_is_aborted():
    def work(x):
        run = Counter().runnable.stream_events("x", version="v3")
        next(iter(run.chunks))
        run.abort()
        dispatch_custom_event("after", run.status)
        return run.output

    run = RunnableLambda(work).stream_events("x", version="v3")
    assert ([e["data"] for e in run.custom], run.output, run.status) == (["aborted"], "0", "completed")


# ---- watching changes nothing


async def test_the_id_that_a_config_gives():
    config: Any = {"run_id": "00000000-0000-4000-8000-000000000001", "tags": ["t"]}
    run = chain("a").stream_events({"q": "x"}, config, version="v3")
    arun = chain("a").astream_events({"q": "x"}, config, version="v3")
    assert next(iter(run.events))["run_id"] == (await anext(aiter(arun.events)))["run_id"] == config["run_id"]
    run.abort()
    await arun.abort()


def test_a_run_inside_a_run_is_its_child():
    def work(x):
        run = RunnableLambda(str).stream_events(x, version="v3")
        return next(iter(run.events))["parent_ids"]

    (start, *_, end) = RunnableLambda(work).stream_events(1)
    assert end["data"]["output"] == [start["run_id"]]


def test_a_binding_gives_the_handle_of_what_is_bound():
    bound = GenericFakeChatModel(messages=iter([AIMessage("hello")])).with_config(tags=["mine"])
    run = bound.stream_events("x", version="v3")
    assert run.output.text == "hello"
    assert next(iter(run.events))["tags"] == ["mine"]

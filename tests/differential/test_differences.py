"""Where eventflow differs from LangChain on purpose: the whole list, and the proof of each entry.

Every entry of `DIFFERENCES` has a test of that name, which shows both sides. `docs/migration.md` quotes the
list. A difference that goes away, on either side, fails its test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from differential.programs import aup, awords, refuse, shout, up
from differential.sides import PEER, Program, Told, told
from properties.trees import OURS, Side

DIFFERENCES = {
    "error_events": (
        "A run of any kind that fails tells `on_<kind>_error`, so that every start has exactly one terminal event. "
        'LangChain has `on_tool_error` only, and so has `version="v2"`.'
    ),
    "inputs_at_the_start": (
        "Where a run was given its input as a whole, the start has it, streamed or not. LangChain shows it at the "
        'start of invoked runs only, and so does `version="v2"`.'
    ),
    "chunks_of_invoked_generators": (
        "A generator that was called with (a)invoke tells its chunks, too. LangChain's does not, nor does "
        '`version="v2"`.'
    ),
    "filters_change_no_content": (
        "A filter decides which events you get, never what is in them. LangChain writes the input of the root into "
        "the first event that passes, whichever it is, takes the input out of the end of that run, and fails if "
        "that event is a custom one whose data is not a dict."
    ),
    "falsy_inputs": (
        "`data['input']` of an end event is the input, also where that is 0, '', [] or None. LangChain shows {}."
    ),
    "chunks_of_branches_and_fallbacks": (
        "RunnableBranch and RunnableWithFallbacks tell their chunks wherever they are streamed. In LangChain only at "
        "the root."
    ),
    "tags_of_custom_events": (
        "A custom event has all tags of the run around it. LangChain leaves out the run's place in its composite "
        "(`seq:step:1`)."
    ),
    "events_are_yours": (
        "Every event has lists and dicts of its own. In LangChain the events of one run share them, and changing "
        "one changes the others."
    ),
    "streams_are_retried": (
        "with_retry retries a stream until its first chunk, and each attempt is a run below that of the retry. "
        "LangChain never retries a stream, and tells of one run."
    ),
    "parents_of_fallbacks": (
        "What with_fallbacks runs is a child of its run. With LangChain's (a)invoke it is a sibling."
    ),
    "parents_of_bound_runnables": (
        "A runnable with a config of its own is a child of the run that runs it. In LangChain it may be a sibling, "
        "below RunnableBranch and `.map()`."
    ),
    "batch_of_a_sequence": (
        "RunnableSequence.batch takes each input through all steps. LangChain gives each step the whole batch, which "
        "a step with a `batch` of its own sees."
    ),
    "nested_event_streams": (
        "astream_events inside a function that is watched itself loses nothing, on either level. In LangChain the "
        "inner one loses the chunks of all runs below its root."
    ),
    "order_of_assign": (
        "RunnablePassthrough.assign starts to compute when all of its input has passed, and in one order. LangChain "
        "starts at the first chunk, in an order that depends on the loop."
    ),
    "wrong_input_of_assign": (
        "RunnablePassthrough.assign refuses an input that is no dict before anything else has been run."
    ),
    "order_of_branches": (
        "RunnableParallel starts its branches in their order, and chunks come in the order in which they are made. "
        "In LangChain the order depends on the hashes of tasks."
    ),
    "failing_branches": (
        "When a branch of RunnableParallel fails the others are cancelled, and have ended when the error is raised. "
        "In LangChain they run on."
    ),
    "sync_generators_in_async_code": (
        "A sync generator function can be streamed in async code. LangChain raises TypeError or NotImplementedError."
    ),
    "events_of_map": (
        "`.map()` can be watched by itself. LangChain raises NotImplementedError when it is the root."
    ),
    "sync_event_streams": ("Every runnable has stream_events. LangChain has none for version v2."),
    "leaving_a_sync_stream": (
        "Leaving a sync stream early ends the run with GeneratorExit as its error. LangChain tells of a success "
        "without output."
    ),
    "closing_an_async_stream": (
        "When aclose() of a stream returns, all generators inside have been closed. In LangChain they are closed "
        "some turns of the loop later."
    ),
    "functions_as_fallbacks": (
        "with_fallbacks takes functions and dicts, as the other composites do. LangChain takes runnables only."
    ),
    "errors_say_more": (
        "Errors of wrong use have longer texts, which begin as LangChain's do, and say what to do instead."
    ),
}


def test_every_difference_is_shown():
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert set(DIFFERENCES) <= tests


def program(build: Any, input: Any = "a", config: Any = None) -> Program:
    return Program(build, input, config)


async def both(shown: Program, **options: Any) -> tuple[Told, Told]:
    return await told(OURS, shown, **options), await told(PEER, shown, **options)


# ---- what the default version adds to v2


async def test_error_events():
    failing = program(lambda side: side.RunnableLambda(aup) | refuse)
    default, v2 = await told(OURS, failing, version=None), await told(OURS, failing)
    assert default.short()[-2:] == [
        "error refuse {'error': ('ValueError', 'no A'), 'input': 'A'}",
        "error RunnableSequence {'error': ('ValueError', 'no A'), 'input': 'a'}",
    ]
    assert v2.short() == (await told(PEER, failing)).short()
    assert not any("error" in line["event"] for line in v2.lines)


async def test_inputs_at_the_start():
    def streaming(side: Side) -> Any:
        async def outer(x: str) -> AsyncIterator[str]:
            async for chunk in side.RunnableLambda(awords).astream(x):
                yield chunk

        return side.RunnableLambda(outer)

    default = await told(OURS, program(streaming), version=None)
    v2, peer = await both(program(streaming))
    assert default.short()[1] == "start awords {'input': 'a'}"
    assert v2.short()[1] == peer.short()[1] == "start awords {}"


async def test_chunks_of_invoked_generators():
    def invoking(side: Side) -> Any:
        async def outer(x: str) -> str:
            return await side.RunnableLambda(awords).ainvoke(x)

        return side.RunnableLambda(outer)

    default = await told(OURS, program(invoking), version=None)
    v2, peer = await both(program(invoking))
    assert [line for line in default.short() if line.startswith("stream awords")] == [
        "stream awords {'chunk': 'a'}",
        "stream awords {'chunk': 'b'}",
        "stream awords {'chunk': 'c'}",
    ]
    assert not any(line.startswith("stream awords") for line in (*v2.short(), *peer.short()))


# ---- what is in events


async def test_filters_change_no_content():
    sequence = program(lambda side: side.RunnableLambda(aup) | up | shouted)
    ours, peer = await both(sequence, include_names=["up"])
    assert ours.short() == [
        "start up {}",
        "stream up {'chunk': 'A'}",
        "end up {'output': 'A', 'input': 'A'}",
    ]
    assert peer.short() == [
        "start up {'input': 'a'}",
        "stream up {'chunk': 'A'}",
        "end up {'output': 'A'}",
    ]


async def test_filters_change_no_content_of_custom_events():
    ours, peer = await both(program(dispatching(["a list"])), include_types=["found"])
    assert ours.short() == ["event found ['a list']"]
    assert (peer.lines, type(peer.error)) == ([], TypeError)


async def test_falsy_inputs():
    def invoking(side: Side) -> Any:
        async def same(x: Any) -> Any:
            return x

        async def outer(x: Any) -> Any:
            return await side.RunnableLambda(same).ainvoke(x)

        return side.RunnableLambda(outer)

    for falsy in (0, "", [], None, False):
        ours, peer = await both(program(invoking, falsy))
        assert ours.lines[2]["data"] == {"input": falsy, "output": falsy}
        assert peer.lines[2]["data"] == {"input": {}, "output": falsy}


async def test_chunks_of_branches_and_fallbacks():
    def branching(side: Side) -> Any:
        return side.RunnablePassthrough() | side.RunnableBranch((lambda x: False, up), awords_of(side))

    def falling(side: Side) -> Any:
        return side.RunnablePassthrough() | awords_of(side).with_fallbacks([side.RunnableLambda(up)])

    for build, name in ((branching, "RunnableBranch"), (falling, "RunnableWithFallbacks")):
        ours, peer = await both(program(build))
        assert [line for line in ours.short() if line not in peer.short()] == [
            f"stream {name} {{'chunk': 'a'}}",
            f"stream {name} {{'chunk': 'b'}}",
            f"stream {name} {{'chunk': 'c'}}",
        ]
        assert [line for line in peer.short() if line not in ours.short()] == []


async def test_tags_of_custom_events():
    ours, peer = await both(program(lambda side: side.RunnablePassthrough() | dispatching({})(side)))
    assert [line["tags"] for line in ours.lines if line["event"] == "on_custom_event"] == [["seq:step:2"]]
    assert [line["tags"] for line in peer.lines if line["event"] == "on_custom_event"] == [[]]


async def test_events_are_yours():
    async def first_changed(side: Side) -> Any:
        stream = side.RunnableLambda(awords).astream_events("a", {"tags": ["t"]}, version="v2")
        first, *others = [event async for event in stream]
        first["tags"].append("mine")
        return others[0]["tags"]

    assert await first_changed(OURS) == ["t"]
    assert await first_changed(PEER) == ["t", "mine"]


# ---- retries, fallbacks, branches


async def test_streams_are_retried():
    def flaky(side: Side) -> Any:
        calls: list[str] = []

        async def second_time(x: str) -> AsyncIterator[str]:
            calls.append(x)
            if len(calls) == 1:
                raise ValueError("not yet")
            yield x

        return side.RunnableLambda(second_time).with_retry(wait_exponential_jitter=False)

    ours, peer = await both(program(flaky))
    assert [(line["event"], line["parents"], line["tags"]) for line in ours.lines] == [
        ("on_chain_start", [], []),
        ("on_chain_start", [0], []),
        ("on_chain_start", [0], ["retry:attempt:2"]),
        ("on_chain_stream", [0], ["retry:attempt:2"]),
        ("on_chain_stream", [], []),
        ("on_chain_end", [0], ["retry:attempt:2"]),
        ("on_chain_end", [], []),
    ]
    assert ours.error is None
    assert peer.short() == ["start second_time {'input': 'a'}"]
    assert str(peer.error) == "not yet"


async def test_parents_of_fallbacks():
    def invoking(side: Side) -> Any:
        inner = side.RunnableLambda(refuse).with_fallbacks([side.RunnableLambda(aup)])

        async def outer(x: str) -> str:
            return await inner.ainvoke(x)

        return side.RunnableLambda(outer)

    def parents(of: Told) -> list[tuple[str, int]]:
        return [(line["name"], len(line["parents"])) for line in of.lines if line["event"].endswith("start")]

    ours, peer = await both(program(invoking))
    assert parents(ours) == [("outer", 0), ("RunnableWithFallbacks", 1), ("refuse", 2), ("aup", 2)]
    assert parents(peer) == [("outer", 0), ("RunnableWithFallbacks", 1), ("refuse", 1), ("aup", 1)]


async def test_parents_of_bound_runnables():
    def streaming(side: Side) -> Any:
        chosen = side.RunnableLambda(aup).with_config(tags=["bound"])
        inner = side.RunnableBranch((lambda x: True, chosen), up)

        async def outer(x: str) -> AsyncIterator[str]:
            async for chunk in inner.astream(x):
                yield chunk

        return side.RunnableLambda(outer)

    ours, peer = await both(program(streaming))
    assert [line["parents"] for line in ours.lines if line["name"] == "aup"] == [[0, 1]] * 3
    assert [line["parents"] for line in peer.lines if line["name"] == "aup"] == [[0]] * 3


async def test_batch_of_a_sequence():
    def batches(side: Side) -> list[list[str]]:
        seen: list[list[str]] = []

        class Counting(side.RunnablePassthrough):
            def batch(self, inputs: Any, config: Any = None, **kwargs: Any) -> Any:
                seen.append(inputs)
                return super().batch(inputs, config, **kwargs)

        assert (side.RunnablePassthrough() | Counting()).batch(["a", "b"]) == ["a", "b"]
        return seen

    assert batches(OURS) == []
    assert batches(PEER) == [["a", "b"]]


# ---- watching


async def test_nested_event_streams():
    def watching(side: Side) -> Any:
        inner = awords_of(side) | side.RunnableGenerator(shout)

        async def outer(x: str) -> list[str]:
            stream = inner.astream_events(x, version="v2")
            return [f"{event['event']} {event['name']}" async for event in stream]

        return side.RunnableLambda(outer)

    async def inner_events(side: Side) -> list[str]:
        events = await told(side, program(watching))
        seen: list[str] = events.lines[-1]["data"]["output"]
        return seen

    alone = [f"{line['event']} {line['name']}" for line in (await told(PEER, program(inner_alone))).lines]
    assert await inner_events(OURS) == alone
    assert [name for name in alone if name not in await inner_events(PEER)] == [
        "on_chain_stream awords",
        "on_chain_stream shout",
        "on_chain_stream awords",
        "on_chain_stream shout",
        "on_chain_stream awords",
        "on_chain_stream shout",
    ]


async def test_events_of_map():
    ours, peer = await both(program(lambda side: side.RunnableLambda(aup).map(), ["a"]))
    assert ours.short() == [
        "start RunnableEach<aup> {'input': ['a']}",
        "start aup {'input': 'a'}",
        "end aup {'output': 'A', 'input': 'a'}",
        "end RunnableEach<aup> {'output': ['A']}",
    ]
    assert type(peer.error) is NotImplementedError


def test_sync_event_streams():
    assert [event["event"] for event in OURS.RunnableLambda(up).stream_events("a", version="v2")] == [
        "on_chain_start",
        "on_chain_stream",
        "on_chain_end",
    ]
    with pytest.raises((NotImplementedError, TypeError, AttributeError)):
        list(PEER.RunnableLambda(up).stream_events("a", version="v2"))


# ---- order


async def test_order_of_assign():
    def assigning(side: Side) -> Any:
        async def dicts(x: str) -> AsyncIterator[dict[str, str]]:
            yield {"first": x}
            yield {"second": x}

        return side.RunnableLambda(dicts) | side.RunnablePassthrough.assign(third=lambda d: d["first"])

    ours, peer = await both(program(assigning))
    computing, passing = (
        "start RunnableParallel<third> {}",
        "stream RunnableAssign<third> {'chunk': {'second': 'a'}}",
    )
    assert ours.short().index(computing) > ours.short().index(passing)
    assert peer.short().index(computing) < peer.short().index(passing)
    assert sorted(ours.short()) == sorted(peer.short())


async def test_wrong_input_of_assign():
    ours, peer = await both(program(lambda side: side.RunnablePassthrough.assign(more=up), "no dict"))
    assert [line["name"] for line in ours.lines] == ["RunnableAssign<more>"]
    assert [line["name"] for line in peer.lines] == ["RunnableAssign<more>", "RunnableParallel<more>", "up"]
    assert type(ours.error) is type(peer.error) is ValueError


async def test_order_of_branches():
    keys = "abcdefgh"

    def branching(side: Side) -> Any:
        return side.RunnableParallel({key: awords_of(side) for key in keys})

    first, second = await told(OURS, program(branching)), await told(OURS, program(branching))
    starts = [line["tags"] for line in first.lines if line["parents"] and line["event"] == "on_chain_start"]
    assert starts == [[f"map:key:{key}"] for key in keys]
    assert first.lines == second.lines
    orders = {str((await told(PEER, program(branching))).short()) for _ in range(5)}
    assert len(orders) > 1


async def test_failing_branches():
    async def ended(side: Side) -> list[str]:
        seen: list[str] = []

        async def slow(x: str) -> str:
            try:
                for _ in range(20):
                    await asyncio.sleep(0)
                seen.append("done")
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise
            return x

        with pytest.raises(ValueError, match="no a"):
            await side.RunnableParallel(bad=refuse, slow=slow).ainvoke("a")
        at_once = [*seen]
        for _ in range(40):
            await asyncio.sleep(0)
        return [*at_once, "|", *seen[len(at_once) :]]

    assert await ended(OURS) == ["cancelled", "|"]
    assert await ended(PEER) == ["|", "done"]


# ---- colours


async def test_sync_generators_in_async_code():
    def letters(x: str) -> Iterator[str]:
        yield from x

    def upper(chunks: Iterator[str]) -> Iterator[str]:
        for chunk in chunks:
            yield chunk.upper()

    async def streamed(runnable: Any) -> list[str]:
        return [chunk async for chunk in runnable.astream("ab")]

    assert await streamed(OURS.RunnableLambda(letters)) == ["a", "b"]
    assert await streamed(OURS.RunnableGenerator(upper)) == ["AB"]
    with pytest.raises(TypeError, match="Cannot stream from a generator function asynchronously"):
        await streamed(PEER.RunnableLambda(letters))
    with pytest.raises(NotImplementedError):
        await streamed(PEER.RunnableGenerator(upper))


# ---- stopping


def test_leaving_a_sync_stream():
    from langchain_core.callbacks import BaseCallbackHandler

    from eventflow.bus import listen

    def letters(x: str) -> Iterator[str]:
        yield from x

    class Ends(BaseCallbackHandler):
        def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
            seen.append(("end", outputs))

        def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
            seen.append(("error", type(error)))

    seen: list[Any] = []
    for side, config in ((OURS, {}), (PEER, {"callbacks": [Ends()]})):
        with listen(phases=["end", "error"]) as events:
            stream = side.RunnableLambda(letters).stream("ab", config)
            next(stream)
            stream.close()
        seen += [(event["event"], type(event["data"]["error"])) for event in events]
    assert seen == [("on_chain_error", GeneratorExit), ("end", None)]


async def test_closing_an_async_stream():
    async def closed_in_time(side: Side) -> list[str]:
        seen: list[str] = []

        async def source(x: str) -> AsyncIterator[str]:
            try:
                yield x
                yield x
            finally:
                seen.append("source closed")

        stream = (side.RunnableLambda(source) | side.RunnableGenerator(shout)).astream("a")
        await anext(stream)
        await stream.aclose()
        at_once = [*seen]
        for _ in range(20):  # let the peer's be closed by the loop
            await asyncio.sleep(0)
        return at_once

    assert await closed_in_time(OURS) == ["source closed"]
    assert await closed_in_time(PEER) == []


# ---- at the door


def test_functions_as_fallbacks():
    assert OURS.RunnableLambda(up).with_fallbacks([up]).invoke("a") == "A"
    with pytest.raises(ValueError, match="instance of Runnable"):
        PEER.RunnableLambda(up).with_fallbacks([up])


def test_errors_say_more():
    def wrong(side: Side) -> list[str]:
        texts = []
        for act in (
            lambda: side.RunnablePassthrough() | 1,
            lambda: side.RunnableSequence(side.RunnablePassthrough()),
            lambda: side.RunnableBranch(up),
            lambda: side.RunnablePassthrough.assign(a=up).invoke("text"),
            lambda: side.RouterRunnable({"a": side.RunnableLambda(up)}).invoke({"key": "b", "input": 1}),
        ):
            with pytest.raises((TypeError, ValueError)) as caught:
                act()
            texts.append(str(caught.value).split("\n")[0])
        return texts

    for ours, peer in zip(wrong(OURS), wrong(PEER), strict=True):
        assert ours.replace(" ", "").startswith(peer.replace(" ", "").rstrip("."))


# ---- what the programs above are made of


def shouted(x: str) -> str:
    return x + "!"


def awords_of(side: Side) -> Any:
    return side.RunnableLambda(awords)


def inner_alone(side: Side) -> Any:
    return awords_of(side) | side.RunnableGenerator(shout)


def dispatching(data: Any) -> Any:
    def build(side: Side) -> Any:
        async def dispatches(x: str) -> str:
            await side.adispatch_custom_event("found", data)
            return x

        return side.RunnableLambda(dispatches)

    return build

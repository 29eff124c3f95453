"""The verbs: which hook does the work, what runs where, and what is told of it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from eventflow.bus import subscribe
from eventflow.errors import AsyncOnlyError
from eventflow.runnables import Runnable, RunnableLambda, RunnablePassthrough
from eventflow.runs import RunHandle, current_run


class Invokes(Runnable[str, str]):
    blocking = False

    def _do_invoke(self, input: str, run: Any, **kwargs: Any) -> str:
        return f"{input} invoked{kwargs or ''}"


class Awaits(Runnable[str, str]):
    async def _do_ainvoke(self, input: str, run: Any, **kwargs: Any) -> str:
        return f"{input} awaited{kwargs or ''}"


class Streams(Runnable[str, str]):
    blocking = False

    def _do_stream(self, input: str, run: Any, **kwargs: Any) -> Iterator[str]:
        yield from (input, " streamed")


class Astreams(Runnable[str, str]):
    async def _do_astream(self, input: str, run: Any, **kwargs: Any) -> AsyncIterator[str]:
        for chunk in (input, " astreamed"):
            yield chunk


class Transforms(Runnable[str, str]):
    blocking = False

    def _do_transform(self, chunks: Iterator[str], run: Any, **kwargs: Any) -> Iterator[str]:
        for chunk in chunks:
            yield chunk + "."


class Atransforms(Runnable[str, str]):
    async def _do_atransform(self, chunks: AsyncIterator[str], run: Any, **kwargs: Any) -> AsyncIterator[str]:
        async for chunk in chunks:
            yield chunk + "."


async def letters(text: str) -> AsyncIterator[str]:
    for letter in text:
        yield letter


async def collected(chunks: AsyncIterator[Any]) -> list[Any]:
    return [chunk async for chunk in chunks]


# ---- which hook does the work


@pytest.mark.parametrize(
    ("cls", "whole", "streamed", "transformed"),
    [
        (Invokes, "ab invoked", ["ab invoked"], ["ab invoked"]),
        (Streams, "ab streamed", ["ab", " streamed"], ["ab", " streamed"]),
        (Transforms, "ab.", ["ab."], ["a.", "b."]),
    ],
)
async def test_sync_hooks_give_all_verbs(cls, whole, streamed, transformed):
    runnable = cls()
    assert runnable.invoke("ab") == whole
    assert list(runnable.stream("ab")) == streamed
    assert list(runnable.transform(iter("ab"))) == transformed
    assert await runnable.ainvoke("ab") == whole
    assert await collected(runnable.astream("ab")) == streamed
    assert "".join(await collected(runnable.atransform(letters("ab")))) in ("".join(transformed), whole)


@pytest.mark.parametrize(
    ("cls", "whole", "streamed", "transformed"),
    [
        (Awaits, "ab awaited", ["ab awaited"], ["ab awaited"]),
        (Astreams, "ab astreamed", ["ab", " astreamed"], ["ab", " astreamed"]),
        (Atransforms, "ab.", ["ab."], ["a.", "b."]),
    ],
)
async def test_async_hooks_give_the_async_verbs(cls, whole, streamed, transformed):
    runnable = cls()
    assert await runnable.ainvoke("ab") == whole
    assert await collected(runnable.astream("ab")) == streamed
    assert await collected(runnable.atransform(letters("ab"))) == transformed


@pytest.mark.parametrize("cls", [Awaits, Astreams, Atransforms])
def test_sync_verbs_of_what_can_only_be_awaited_are_refused(cls):
    for verb, instead, call in (
        ("invoke", "ainvoke", lambda: cls().invoke("a")),
        ("invoke" if cls is Awaits else "stream", "a", lambda: list(cls().stream("a"))),
        ("", "a", lambda: list(cls().transform(iter("a")))),
    ):
        with pytest.raises(AsyncOnlyError) as caught:
            call()
        text = str(caught.value)
        assert cls.__name__ in text
        assert f"{verb}()" in text or not verb
        assert f"use {instead}" in text


def test_the_refusal_is_a_type_error_and_an_event():
    events: list[Any] = []
    with subscribe(events.append), pytest.raises(TypeError):
        Awaits().invoke("a")
    assert [event["event"] for event in events] == ["on_chain_start", "on_chain_error"]


async def test_the_hook_of_the_nearest_class_wins():
    class Both(Runnable[str, str]):
        def _do_invoke(self, input: str, run: Any, **kwargs: Any) -> str:
            return "old sync"

        async def _do_ainvoke(self, input: str, run: Any, **kwargs: Any) -> str:
            return "old async"

    class Nearer(Both):
        blocking = False

        def _do_invoke(self, input: str, run: Any, **kwargs: Any) -> str:
            return "new sync"

    assert await Nearer().ainvoke("a") == "new sync"
    assert await Both().ainvoke("a") == "old async"


async def test_arguments_reach_the_hook():
    assert Invokes().invoke("a", None, by=2) == "a invoked{'by': 2}"
    assert await Awaits().ainvoke("a", by=2) == "a awaited{'by': 2}"
    assert list(Invokes().stream("a", by=2)) == ["a invoked{'by': 2}"]
    assert await collected(Awaits().atransform(letters("a"), by=2)) == ["a awaited{'by': 2}"]


async def test_what_may_block_is_called_in_a_thread():
    class Where(Runnable[str, int]):
        def _do_invoke(self, input: str, run: Any, **kwargs: Any) -> int:
            return threading.get_ident()

    class Here(Where):
        blocking = False

    class Chunks(Runnable[str, int]):
        def _do_stream(self, input: str, run: Any, **kwargs: Any) -> Iterator[int]:
            yield threading.get_ident()

    here = threading.get_ident()
    assert await Where().ainvoke("a") != here
    assert await Here().ainvoke("a") == here
    assert await collected(Chunks().astream("a")) != [here]
    assert Where().invoke("a") == here


# ---- what is told


def test_what_cannot_stream_is_invoked():
    """It has a start and an end, and its one result is the stream."""
    events: list[Any] = []
    with subscribe(events.append):
        assert list(Invokes().stream("a")) == ["a invoked"]
    assert [event["event"] for event in events] == ["on_chain_start", "on_chain_end"]


def test_a_run_says_what_its_runnable_says():
    class Model(Invokes):
        kind = "chat_model"

        def run_tags(self) -> tuple[str, ...]:
            return ("own",)

        def run_metadata(self) -> dict[str, Any]:
            return {"ls_provider": "none"}

        def event_input(self, input: Any) -> Any:
            return {"messages": [[input]]}

    events: list[Any] = []
    with subscribe(events.append):
        Model().invoke("a", {"tags": ["given"], "metadata": {"k": 1}, "run_name": "mine"})
    assert [event["event"] for event in events] == ["on_chat_model_start", "on_chat_model_end"]
    assert events[0]["name"] == "mine"
    assert events[0]["tags"] == ["given", "own"]
    assert events[0]["metadata"] == {"k": 1, "ls_provider": "none"}
    assert events[0]["data"] == {"input": {"messages": [["a"]]}}


def test_tags_of_a_run_are_not_handed_down():
    class Outer(Runnable[str, str]):
        def run_tags(self) -> tuple[str, ...]:
            return ("own",)

        def _do_invoke(self, input: str, run: Any, **kwargs: Any) -> str:
            return RunnablePassthrough().invoke(input)

    events: list[Any] = []
    with subscribe(events.append, phases=["start"]):
        Outer().invoke("a", {"tags": ["given"]})
    assert [event["tags"] for event in events] == [["given", "own"], ["given"]]


def test_the_parent_is_current_when_the_verb_is_called_and_the_stream_starts_when_it_is_pulled():
    events: list[Any] = []

    def outer(x: str) -> Iterator[str]:
        return Streams().stream(x)  # pulled when outer has ended

    with subscribe(events.append):
        stream = RunnableLambda(outer).invoke("a")
        assert [event["event"] for event in events] == ["on_chain_start", "on_chain_end"]
        list(stream)
    assert events[2]["parent_ids"] == [events[0]["run_id"]]


def test_an_error_is_told_and_raised():
    class Fails(Runnable[str, str]):
        def _do_invoke(self, input: str, run: Any, **kwargs: Any) -> str:
            raise KeyError("missing")

    events: list[Any] = []
    with subscribe(events.append), pytest.raises(KeyError) as caught:
        Fails().invoke("a")
    assert events[-1]["event"] == "on_chain_error"
    assert events[-1]["data"] == {"error": caught.value, "input": "a"}


def test_the_run_is_current_inside_and_not_after():
    class Looks(Runnable[str, Any]):
        def _do_invoke(self, input: str, run: Any, **kwargs: Any) -> Any:
            return current_run() is run

    assert Looks().invoke("a") is True
    assert current_run() is None


def test_names():
    class Mine(Invokes): ...

    assert Mine().get_name() == "Mine"
    assert Mine().get_name("input") == "MineInput"
    assert Mine().get_name("input", name="mine") == "mine_input"
    named = Mine()
    named.name = "other"
    assert named.get_name() == "other"
    assert RunnablePassthrough[int]().get_name() == "RunnablePassthrough"


# ---- classes with verbs of their own, as LangChain's users write them


class OwnVerbs(Runnable[str, str]):
    def __init__(self) -> None:
        self.configs: list[Any] = []

    def invoke(self, input: str, config: Any = None, **kwargs: Any) -> str:
        self.configs.append(config)
        return input + "!"


async def test_a_class_with_verbs_of_its_own_has_the_others():
    own = OwnVerbs()
    assert list(own.stream("a")) == ["a!"]
    assert list(own.transform(iter("ab"))) == ["ab!"]
    assert await own.ainvoke("a") == "a!"
    assert await collected(own.astream("a")) == ["a!"]
    assert await collected(own.atransform(letters("ab"))) == ["ab!"]


async def test_a_class_that_can_only_be_awaited_and_has_verbs_of_its_own():
    class OwnAinvoke(Runnable[str, str]):
        async def ainvoke(self, input: str, config: Any = None, **kwargs: Any) -> str:
            return input + "?"

    assert await collected(OwnAinvoke().astream("a")) == ["a?"]
    with pytest.raises(AsyncOnlyError, match="OwnAinvoke"):
        OwnAinvoke().invoke("a")


def test_a_class_with_verbs_of_its_own_has_no_run_and_is_given_a_config_that_is_written_out():
    own = OwnVerbs()
    events: list[Any] = []
    with subscribe(events.append):
        (RunnablePassthrough() | own | RunnablePassthrough()).invoke(
            "a", {"tags": ["t"], "metadata": {"m": 1}}
        )
    assert {event["name"] for event in events} == {"RunnableSequence", "RunnablePassthrough"}
    (config,) = own.configs
    assert config["tags"] == ["t"]
    assert config["metadata"] == {"m": 1}
    assert config["recursion_limit"] == 25
    assert isinstance(config["callbacks"], RunHandle)


def test_what_such_a_class_runs_is_a_child_of_the_sequence():
    class Inner(Runnable[str, str]):
        def invoke(self, input: str, config: Any = None, **kwargs: Any) -> str:
            return RunnablePassthrough().invoke(input, config)

    events: list[Any] = []
    with subscribe(events.append, phases=["start"]):
        (RunnableLambda(str) | Inner()).invoke("a")
    root, _, inner = events
    assert inner["parent_ids"] == [root["run_id"]]
    assert inner["tags"] == ["seq:step:2"]


# ---- loops


def test_one_runnable_on_two_loops():
    runnable = RunnableLambda(str.upper) | Awaits()
    outputs = [asyncio.run(runnable.ainvoke("a")), asyncio.run(runnable.ainvoke("b"))]
    assert outputs == ["A awaited", "B awaited"]


def test_one_runnable_on_two_loops_at_once():
    gate = threading.Barrier(2, timeout=10)
    runnable = RunnableLambda(lambda x: (gate.wait(), x)[1]) | Awaits()
    outputs: list[str] = []
    threads = [
        threading.Thread(target=lambda x=x: outputs.append(asyncio.run(runnable.ainvoke(x)))) for x in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outputs) == ["a awaited", "b awaited"]


def test_a_runnable_without_hooks_says_which_there_are():
    class Idle(Runnable[int, int]):
        pass

    with pytest.raises(NotImplementedError, match="Idle does no work: override one of the hooks _do_invoke"):
        Idle().invoke(1)


def test_callbacks_have_to_be_a_list():
    with pytest.raises(TypeError, match=r"give a list of handlers, \[handler\]"):
        RunnableLambda(str).invoke(1, {"callbacks": object()})


def test_none_is_no_step():
    with pytest.raises(TypeError, match="Expected a Runnable, callable or dict"):
        RunnableLambda(str) | None

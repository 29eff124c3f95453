"""The way from what a model is asked to its answer: rate limits, candidates, and hooks that break the rules."""

from pathlib import Path

import pytest

import eventflow
from eventflow.bus import listen
from eventflow.errors import ModelError
from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    ChatGeneration,
    ChatGenerationChunk,
    ChatPromptValue,
    ChatResult,
    HumanMessage,
)
from eventflow.models import (
    BaseChatModel,
    BaseRateLimiter,
    FakeListChatModel,
    FakeListLLM,
    FakeStreamingListLLM,
    InMemoryCache,
)
from twins import Words, complaints

HOUSE = Path(eventflow.__file__).parent


BRIDGES = {
    "AnsweringModel._called_each": "one after the other there, at the same time here",
    "AnsweringModel._wants_chunks": "async chunks may come from either hook, sync ones only from the sync one",
}


def test_halves_are_one_program():
    files = ("answering.py", "hooks.py", "caches.py", "rate_limiters.py")
    source, *others = ((HOUSE / "models" / name).read_text(encoding="utf-8") for name in files)
    pipes = [(HOUSE / "runnables" / name).read_text(encoding="utf-8") for name in ("seam.py", "drive.py")]
    words = Words.of("\n".join((source, *others)), *pipes)
    assert complaints(source, words, BRIDGES) == []


# ---- hooks that break the rules


class Wrong(BaseChatModel):
    """Gives what it is told to."""

    gives: object = None

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return self.gives

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        return self.gives


class AsyncWrong(BaseChatModel):
    gives: object = None

    async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
        return self.gives

    def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        return self.gives


@pytest.mark.parametrize("gives", [None, "text", AIMessage("a"), ChatResult([])])
async def test_a_whole_that_is_none(gives):
    with pytest.raises(ModelError, match=r"Wrong .*ChatResult"):
        Wrong(gives=gives).invoke("x")
    with pytest.raises(ModelError, match=r"Wrong .*ChatResult"):
        await Wrong(gives=gives).ainvoke("x")
    with pytest.raises(ModelError, match=r"AsyncWrong .*ChatResult"):
        await AsyncWrong(gives=gives).ainvoke("x")


STREAMS = [
    (lambda: None, r"Wrong\._stream gave NoneType: yield the chunks"),
    (lambda: 5, r"Wrong\._stream gave int"),
    (
        lambda: ["text"],
        r"Wrong streams str: its hook is to yield ChatGenerationChunk\(message=AIMessageChunk",
    ),
    (lambda: [AIMessageChunk("a")], "Wrong streams AIMessageChunk"),
    (lambda: [ChatGeneration(AIMessage("a"))], "Wrong streams ChatGeneration"),
    (lambda: [ChatGenerationChunk(AIMessageChunk("a")), None], "Wrong streams NoneType"),
    (list, "No generation chunks were returned: Wrong"),
]


@pytest.mark.parametrize(("gives", "says"), STREAMS)
async def test_a_stream_that_is_none(gives, says):
    with pytest.raises(ModelError, match=says):
        list(Wrong(gives=gives()).stream("x"))
    with pytest.raises(ModelError, match=says):
        _ = [chunk async for chunk in Wrong(gives=gives()).astream("x")]
    with listen(), pytest.raises(ModelError, match=says):
        Wrong(gives=gives()).invoke("x")


async def coroutine():
    return []


async def yielding(*pieces):
    for piece in pieces:
        yield piece


@pytest.mark.parametrize(
    ("gives", "says"),
    [
        (lambda: None, r"AsyncWrong\._astream gave NoneType: make it an async generator"),
        (list, r"AsyncWrong\._astream gave list"),
        (coroutine, r"AsyncWrong\._astream gave coroutine"),
        (lambda: yielding("text"), "AsyncWrong streams str"),
        (lambda: yielding(), "No generation chunks were returned: AsyncWrong"),
    ],
)
async def test_an_async_stream_that_is_none(gives, says):
    with pytest.raises(ModelError, match=says):
        _ = [chunk async for chunk in AsyncWrong(gives=gives()).astream("x")]
    with listen(), pytest.raises(ModelError, match=says):
        await AsyncWrong(gives=gives()).ainvoke("x")


async def test_an_async_hook_that_is_not_async():
    class Sync(BaseChatModel):
        def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
            return ChatResult([ChatGeneration(AIMessage("a"))])

    with pytest.raises(ModelError, match=r"Sync\._agenerate gave ChatResult: make it `async def`"):
        await Sync().ainvoke("x")


def test_an_error_in_a_hook_is_passed_on_as_it_is():
    class Broken(BaseChatModel):
        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            yield ChatGenerationChunk(AIMessageChunk("a"))
            raise AttributeError("of the hook")

    with pytest.raises(AttributeError, match="of the hook"):
        list(Broken().stream("x"))


# ---- candidates


class Several(BaseChatModel):
    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        candidates = [ChatGeneration(AIMessage(text), {"finish": text}) for text in ("a", "b")]
        return ChatResult(candidates, {"token_usage": {"total_tokens": 2}, "model_name": "m"})


async def test_all_candidates_are_given():
    for result in (Several().generate([["x"], ["y"]]), await Several().agenerate([["x"], ["y"]])):
        assert [[g.text for g in candidates] for candidates in result.generations] == [["a", "b"]] * 2
        assert result.generations[0][1].message.response_metadata["finish"] == "b"
        assert result.llm_output == {"token_usage": {"total_tokens": 4}, "model_name": "m"}
        first, second = (g.message.id for g in result.generations[0])
        assert first == f"lc_run--{result.run[0].run_id}"
        assert second == f"{first}-1"


async def test_prompt_values():
    prompts = [ChatPromptValue([HumanMessage("x")])]
    result = Several().generate_prompt(prompts, tags=["t"])
    assert result == result.model_copy()
    assert [g.text for g in (await Several().agenerate_prompt(prompts)).generations[0]] == ["a", "b"]
    assert Several().generate([]).generations == []


# ---- rate limits


class Counted(BaseRateLimiter):
    """Counts who asks, and says when."""

    def __init__(self):
        self.asked = []

    def acquire(self, *, blocking=True):
        self.asked.append(("sync", blocking))
        return True

    async def aacquire(self, *, blocking=True):
        self.asked.append(("async", blocking))
        return True


MODELS = [
    lambda **fields: FakeListChatModel(responses=["ab"], **fields),
    lambda **fields: FakeListLLM(responses=["ab"], **fields),
    lambda **fields: FakeStreamingListLLM(responses=["ab"], **fields),
]


@pytest.mark.parametrize("make", MODELS)
@pytest.mark.parametrize("watched", [False, True])
async def test_a_limiter_is_asked_once_a_call(make, watched):
    limiter = Counted()
    model = make(rate_limiter=limiter)
    with listen(phases=["stream"] if watched else ["custom"]):
        model.invoke("x")
        list(model.stream("x"))
        await model.ainvoke("x")
        _ = [chunk async for chunk in model.astream("x")]
    assert limiter.asked == [("sync", True)] * 2 + [("async", True)] * 2


async def test_what_is_in_a_cache_needs_no_limiter():
    limiter = Counted()
    model = FakeListChatModel(responses=["ab"], rate_limiter=limiter, cache=InMemoryCache())
    model.invoke("x")
    model.invoke("x")
    await model.ainvoke("x")
    assert limiter.asked == [("sync", True)]


def test_the_wait_is_part_of_the_run():
    told = []

    class Telling(Counted):
        def acquire(self, *, blocking=True):
            told.append("waited")
            return True

    with listen() as events:
        FakeListChatModel(responses=["a"], rate_limiter=Telling()).invoke("x")
    told.extend(event["event"] for event in events)
    assert told == ["waited", "on_chat_model_start", "on_chat_model_stream", "on_chat_model_end"]


def test_what_is_no_limiter_is_refused():
    with pytest.raises(ValueError, match="rate_limiter"):
        FakeListChatModel(responses=["a"], rate_limiter=5)

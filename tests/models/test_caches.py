"""Answers that are kept: when a cache is asked, with what, what comes out, and what watching sees of it."""

import threading
from uuid import UUID

import pytest

from eventflow.bus import listen
from eventflow.callbacks import BaseCallbackHandler
from eventflow.errors import ModelError
from eventflow.messages import (
    AIMessage,
    AIMessageChunk,
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    Generation,
    GenerationChunk,
)
from eventflow.models import (
    LLM,
    BaseCache,
    BaseChatModel,
    FakeListChatModel,
    FakeListLLM,
    InMemoryCache,
    ScriptedChatModel,
    SQLiteCache,
    get_llm_cache,
    set_llm_cache,
)

USAGE = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}


@pytest.fixture(params=["memory", "sqlite"])
def cache(request, tmp_path):
    return InMemoryCache() if request.param == "memory" else SQLiteCache(tmp_path / "answers.db")


@pytest.fixture
def for_all():
    """A cache for all models."""
    kept = InMemoryCache()
    set_llm_cache(kept)
    yield kept
    set_llm_cache(None)


class Counting(BaseChatModel):
    """Answers with the number of the call, in two chunks if it is streamed."""

    model: str = "c-1"
    calls: list[str] = []  # noqa: RUF012

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        self.calls.append("whole")
        message = AIMessage(f"answer {len(self.calls)}", usage_metadata=USAGE)
        return ChatResult([ChatGeneration(message, {"finish": "stop"})], {"model_name": "c"})

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        self.calls.append("stream")
        yield ChatGenerationChunk(AIMessageChunk("answer "))
        yield ChatGenerationChunk(AIMessageChunk(str(len(self.calls)), usage_metadata=USAGE))


class Text(LLM):
    calls: list[str] = []  # noqa: RUF012

    def _call(self, prompt, stop=None, run_manager=None, **kwargs):
        self.calls.append("whole")
        return f"answer {len(self.calls)}"

    def _stream(self, prompt, stop=None, run_manager=None, **kwargs):
        self.calls.append("stream")
        yield GenerationChunk("answer ")
        yield GenerationChunk(str(len(self.calls)))


# ---- what comes out


@pytest.mark.parametrize("make", [Counting, Text])
async def test_a_second_call_is_answered_from_the_cache(cache, make):
    model = make(cache=cache, calls=[])
    first, again, awaited = model.invoke("x"), model.invoke("x"), await model.ainvoke("x")
    assert model.calls == ["whole"]
    assert [getattr(m, "content", m) for m in (first, again, awaited)] == ["answer 1"] * 3
    other = model.invoke("y")
    assert getattr(other, "content", other) == "answer 2"


async def test_an_answer_that_was_awaited_is_kept(cache):
    model = Counting(cache=cache, calls=[])
    assert (await model.ainvoke("x")).content == (await model.ainvoke("x")).content == "answer 1"
    assert [m.content for m in model.batch(["x", "x"]) + await model.abatch(["x"])] == ["answer 1"] * 3
    assert model.calls == ["whole"]


def test_a_kept_answer_is_the_answer_but_has_cost_nothing(cache):
    model = Counting(cache=cache, calls=[])
    first, again = model.invoke("x"), model.invoke("x")
    assert first.usage_metadata == USAGE
    assert again.usage_metadata == {**USAGE, "total_cost": 0}
    assert again.response_metadata == first.response_metadata == {"model_name": "c", "finish": "stop"}
    assert again.model_copy(update={"id": None, "usage_metadata": None}) == first.model_copy(
        update={"id": None, "usage_metadata": None}
    )


def test_ids_are_those_of_the_provider_or_of_the_run(cache):
    run_id = UUID("00000000-0000-7000-8000-000000000001")
    model = ScriptedChatModel("made up", AIMessage("given", id="p-1"), cache=cache)
    first = model.invoke("x")
    assert model.invoke("x", {"run_id": run_id}).id == f"lc_run--{run_id}" != first.id
    assert model.invoke("y").id == model.invoke("y").id == "p-1"


def test_all_candidates_are_kept(cache):
    class Several(BaseChatModel):
        def _generate(self, messages, stop=None, run_manager=None, **kwargs):
            return ChatResult([ChatGeneration(AIMessage(text)) for text in "ab"])

    model = Several(cache=cache)
    first, again = model.generate([["x"]]), model.generate([["x"]])
    assert [g.text for g in first.generations[0]] == [g.text for g in again.generations[0]] == ["a", "b"]
    assert len({g.message.id for result in (first, again) for g in result.generations[0]}) == 4


def test_what_is_kept_is_nobodys_to_change():
    model = ScriptedChatModel(AIMessage([{"type": "text", "text": "a"}]), cache=InMemoryCache())
    model.invoke("x").content[0]["text"] = "b"
    model.invoke("x").content[0]["text"] = "c"
    assert model.invoke("x").content == [{"type": "text", "text": "a"}]


# ---- watching changes nothing


def watched(call):
    with listen(phases=["stream", "end", "custom"]) as events:
        answer = call()
    return answer, [event["event"] for event in events]


@pytest.mark.parametrize("make", [Counting, Text])
def test_the_same_is_kept_and_found_watched_or_not(make):
    contents = []
    for first in (False, True):
        for second in (False, True):
            model = make(cache=InMemoryCache(), calls=[])
            for watching in (first, second):
                answer = watched(lambda m=model: m.invoke("x"))[0] if watching else model.invoke("x")
                contents.append(getattr(answer, "content", answer))
            assert len(model.calls) == 1
    assert contents == ["answer 1"] * 8


def test_a_hit_has_a_start_and_an_end_no_tokens_and_says_so():
    model = Counting(cache=InMemoryCache(), calls=[])
    model.invoke("x")
    _, events = watched(lambda: model.invoke("x"))
    assert events == ["on_custom_event", "on_chat_model_end"]
    with listen(phases=["custom"]) as told:
        model.invoke("x")
        model.invoke("y")
    assert [(event["name"], event["data"]) for event in told] == [
        ("on_cache_hit", {"cache": "InMemoryCache"})
    ]


async def test_langchains_contract_knows_no_such_event():
    model = Counting(cache=InMemoryCache(), calls=[], disable_streaming=True)
    model.invoke("x")
    events = [event["event"] async for event in model.astream_events("x", version="v2")]
    assert events == ["on_chat_model_start", "on_chat_model_end"]

    class Notes(BaseCallbackHandler):
        def on_custom_event(self, name, data, **kwargs):
            raise AssertionError(name)

        raise_error = True

    model.invoke("x", {"callbacks": [Notes()]})


@pytest.mark.parametrize("make", [Counting, Text])
async def test_a_stream_is_neither_looked_up_nor_kept(make):
    model = make(cache=InMemoryCache(), calls=[])
    for _ in range(2):
        list(model.stream("x"))
        _ = [chunk async for chunk in model.astream("x")]
    model.invoke("x")
    list(model.stream("x"))
    assert model.calls == ["stream"] * 4 + ["whole", "stream"]


# ---- which cache


def test_true_needs_the_cache_of_all():
    for model in (Counting(cache=True), Text(cache=True)):
        with pytest.raises(ValueError, match=r"cache=True, and there is no cache to use: set_llm_cache"):
            model.invoke("x")


def test_none_and_true_use_the_cache_of_all_and_false_none(for_all):
    assert get_llm_cache() is for_all
    for chosen, calls in ((None, 1), (True, 1), (False, 2)):
        model = Counting(cache=chosen, calls=[], model=str(chosen))
        model.invoke("x")
        model.invoke("x")
        assert len(model.calls) == calls


def test_its_own_cache_comes_first(for_all):
    own = InMemoryCache()
    Counting(cache=own, calls=[]).invoke("x")
    model = Counting(calls=[])
    model.invoke("x")
    assert model.calls == ["whole"]


@pytest.mark.parametrize("wrong", [InMemoryCache, "memory", True])
def test_what_is_no_cache_is_refused(wrong):
    with pytest.raises(TypeError, match="takes a cache or None"):
        set_llm_cache(wrong)
    if wrong is not True:
        with pytest.raises(ValueError, match="cache"):
            Counting(cache=wrong)


# ---- by what


def test_the_key_has_the_model_the_call_and_its_options():
    cache = InMemoryCache()
    model = Counting(cache=cache, calls=[])
    ways = [
        lambda: model.invoke("x"),
        lambda: model.invoke("x", stop=["."]),
        lambda: model.invoke("x", temperature=1),
        lambda: model.bind(tools=[{"name": "t"}]).invoke("x"),
        lambda: model.invoke([("system", "x")]),
        lambda: Counting(cache=cache, calls=[], model="c-2").invoke("x"),
    ]
    hits = []
    for _ in range(2):
        with listen(phases=["custom"]) as told:
            for way in ways:
                way()
        hits.append(len([*told]))
    assert hits == [0, len(ways)]


def test_a_call_that_is_not_data_is_not_kept():
    model = Counting(cache=InMemoryCache(), calls=[])
    for _ in range(2):
        model.invoke("x", callback=lambda: None)
    assert len(model.calls) == 2


def test_a_conversation_goes_on_from_a_kept_answer():
    model = Counting(cache=InMemoryCache(), calls=[])
    for _ in range(3):
        model.invoke(["x", model.invoke("x"), "y"])
    assert len(model.calls) == 2


# ---- caches of one's own


class Own(BaseCache):
    """Gives what it is told to, and keeps nothing."""

    def __init__(self, gives=None):
        self.gives = gives
        self.kept = []
        self.threads = set()

    def lookup(self, prompt, llm_string):
        self.threads.add(threading.current_thread())
        return self.gives

    def update(self, prompt, llm_string, return_val):
        self.kept.append((prompt, llm_string, [*return_val]))

    def clear(self, **kwargs):
        self.kept.clear()


async def test_a_cache_that_is_sync_is_used_in_a_thread():
    cache = Own()
    model = FakeListLLM(responses=["a"], cache=cache)
    await model.ainvoke("x")
    assert threading.current_thread() not in cache.threads != set()
    assert cache.kept == [
        ("x", '{"_type": "fake-list", "responses": ["a"], "stop": null}', [Generation("a")])
    ]
    await cache.aclear()
    assert cache.kept == []


def test_texts_stand_for_messages():
    assert FakeListChatModel(responses=["a"], cache=Own([Generation("kept")])).invoke("x").content == "kept"


@pytest.mark.parametrize("model", [FakeListChatModel, FakeListLLM])
async def test_what_a_cache_must_not_give(model):
    for gives in (["text"], "text"):
        with pytest.raises(ModelError, match=r"the cache of Fake\w+ gave str: lookup\(\) is to return"):
            model(responses=["a"], cache=Own(gives)).invoke("x")
        with pytest.raises(ModelError, match="the cache of"):
            await model(responses=["a"], cache=Own(gives)).ainvoke("x")
    with pytest.raises(ModelError, match="generations"):
        model(responses=["a"], cache=Own([])).invoke("x")


# ---- the cache in memory


def test_the_oldest_is_forgotten():
    cache = InMemoryCache(maxsize=2)
    for key in "abca":
        cache.update(key, "m", [Generation(key)])
    assert [cache.lookup(key, "m") for key in "abc"] == [[Generation("a")], None, [Generation("c")]]
    with pytest.raises(ValueError, match="at least one"):
        InMemoryCache(maxsize=0)


async def test_it_can_be_cleared(cache):
    cache.update("a", "m", [Generation("a")])
    cache.clear()
    assert cache.lookup("a", "m") is None
    await cache.aupdate("a", "m", [Generation("a")])
    assert await cache.alookup("a", "m") == [Generation("a")]
    await cache.aclear()
    assert await cache.alookup("a", "m") is None


# ---- LangChain's


def test_like_langchain():
    lc = pytest.importorskip("langchain_core.language_models")
    caches = pytest.importorskip("langchain_core.caches")
    texts = []
    for module, keeps in ((lc, caches.InMemoryCache()), (None, InMemoryCache())):
        chat = (module.FakeListChatModel if module else FakeListChatModel)(
            responses=["a", "b", "c"], cache=keeps
        )
        text = (module.FakeListLLM if module else FakeListLLM)(responses=["d", "e", "f"], cache=keeps)
        asked = [
            ("x", {}),
            ("x", {}),
            ("y", {}),
            ("x", {"stop": ["."]}),
            ("x", {"stop": ["."]}),
            ("x", {"k": 1}),
        ]
        texts.append(
            [chat.invoke(q, **kw).content for q, kw in asked]
            + [text.invoke(q, **kw) for q, kw in asked]
            + [text.generate(["x", "new"]).generations[0][0].text]
        )
    assert texts[0] == texts[1]

"""What models say of themselves and of a call, and how they count tokens."""

import pytest

from eventflow.bus import listen
from eventflow.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from eventflow.messages import AIMessage, HumanMessage
from eventflow.models import (
    BaseChatModel,
    BaseLanguageModel,
    FakeListChatModel,
    FakeListLLM,
    InMemoryCache,
    InMemoryRateLimiter,
    SimpleChatModel,
)


class Named(SimpleChatModel):
    model: str = "m-1"
    temperature: float = 0.1
    api_key: str = "s3cret"

    def _call(self, messages, stop=None, run_manager=None, **kwargs):
        return "a"


def metadata_of(call):
    with listen(phases=["start"]) as events:
        call()
    return next(iter(events))["metadata"]


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.invoke("x", stop=["."], temperature=0.9, max_tokens=5, model="m-2"),
        lambda m: list(m.stream("x", stop=["."], temperature=0.9, max_tokens=5, model="m-2")),
        lambda m: m.bind(stop=["."], temperature=0.9, max_tokens=5, model="m-2").invoke("x"),
        lambda m: m.generate([["x"]], stop=["."], temperature=0.9, max_tokens=5, model="m-2"),
    ],
)
def test_what_a_call_says_is_in_the_metadata(call):
    assert metadata_of(lambda: call(Named())) == {
        "ls_provider": "named",
        "ls_model_type": "chat",
        "ls_integration": "eventflow_chat_model",
        "ls_model_name": "m-2",
        "ls_temperature": 0.9,
        "ls_max_tokens": 5,
        "ls_stop": ["."],
    }


def test_what_the_model_says_is_there_without_a_call_saying_anything():
    said = metadata_of(lambda: Named(metadata={"own": 1}).invoke("x"))
    assert (said["ls_model_name"], said["ls_temperature"], said["own"]) == ("m-1", 0.1, 1)
    assert "ls_stop" not in said
    assert "s3cret" not in str(said)


def test_a_model_may_say_more():
    class Own(Named):
        def _get_ls_params(self, stop=None, **kwargs):
            return {
                **super()._get_ls_params(stop=stop, **kwargs),
                "ls_provider": "own",
                "ls_integration": "mine",
            }

    said = metadata_of(lambda: Own().invoke("x", temperature=1))
    assert (said["ls_provider"], said["ls_integration"], said["ls_temperature"]) == ("own", "mine", 1)


def test_nothing_is_said_where_nobody_listens():
    class Dumb(Named):
        def _get_ls_params(self, stop=None, **kwargs):
            raise AssertionError

        _get_invocation_params = _get_ls_params

    assert Dumb().invoke("x", temperature=1).content == "a"


def test_schemas_have_what_is_data():
    for model in (Named, FakeListLLM):
        fields = model.model_json_schema()["properties"]
        assert "disable_streaming" in fields
        assert fields.keys().isdisjoint(("cache", "rate_limiter", "custom_get_token_ids"))
    assert "cache" not in repr(Named(cache=InMemoryCache(), rate_limiter=InMemoryRateLimiter()))
    assert "cache" not in Named(cache=InMemoryCache()).model_dump()


def test_what_tells_models_apart():
    assert Named()._identifying_params == {"model": "m-1", "temperature": 0.1}
    assert Named()._get_invocation_params(stop=["."], k=1) == {
        "model": "m-1",
        "temperature": 0.1,
        "_type": "Named",
        "stop": ["."],
        "k": 1,
    }


def test_models_of_both_kinds_are_language_models():
    for model in (FakeListChatModel(responses=["a"]), FakeListLLM(responses=["a"])):
        assert isinstance(model, BaseLanguageModel)
    assert not isinstance(FakeListLLM(responses=["a"]), BaseChatModel)


# ---- tokens


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("a", 1), ("hello", 2), ("How are you?", 4), ("\ud800", 1), ("你好", 1)]
)
def test_tokens_are_guessed(text, count):
    assert Named().get_num_tokens(text) == len(Named().get_token_ids(text)) == count


def test_equal_tokens_have_equal_numbers():
    first, second, third = Named().get_token_ids("a,a"[:1] + ",") + Named().get_token_ids("a")
    assert first == third != second


def test_tokens_of_messages():
    messages = [HumanMessage("hi"), AIMessage("hello")]
    assert Named().get_num_tokens_from_messages(messages) == 8
    assert Named().get_num_tokens("Human: hi") + Named().get_num_tokens("AI: hello") == 8


def test_a_better_tokenizer():
    model = FakeListLLM(responses=["a"], custom_get_token_ids=lambda text: [ord(c) for c in text])
    assert model.get_token_ids("ab") == [97, 98]
    assert model.get_num_tokens("ab") == 2


# ---- what handlers are told of a call


class Started(BaseCallbackHandler):
    raise_error = True

    def __init__(self):
        self.told = []

    def on_chat_model_start(self, serialized, messages, *, invocation_params, options, **kwargs):
        self.told.append((serialized, messages, invocation_params, options))

    def on_llm_start(self, serialized, prompts, *, invocation_params, options, **kwargs):
        self.told.append((serialized, prompts, invocation_params, options))


async def test_handlers_are_told_what_a_call_says_to_the_provider():
    handler = Started()
    config = {"callbacks": [handler]}
    Named().invoke("x", config)
    list(Named(name="own").stream("x", config, stop=["."], temperature=0.9, api_key="s3cret"))
    await FakeListLLM(responses=["a"]).ainvoke("x", config, k=1)
    plain, with_options, text = handler.told
    params = {"model": "m-1", "temperature": 0.1, "_type": "Named"}
    assert plain[0]["id"][-1] == plain[0]["name"] == "Named"
    assert plain[0]["kwargs"] == {"model": "m-1", "temperature": 0.1}
    assert plain[1:] == ([[HumanMessage("x")]], {**params, "stop": None}, {"stop": None})
    assert (with_options[0]["name"], with_options[0]["id"][-1]) == ("own", "Named")
    assert with_options[2:] == ({**params, "stop": ["."], "temperature": 0.9}, {"stop": ["."]})
    assert text[1:3] == (["x"], {"responses": ["a"], "_type": "fake-list", "stop": None, "k": 1})
    assert "s3cret" not in str(handler.told)


async def test_and_so_are_handlers_that_know_texts_only_and_those_that_await():
    class Awaiting(AsyncCallbackHandler):
        async def on_llm_start(self, serialized, prompts, *, invocation_params, **kwargs):
            told.append((serialized["name"], prompts, invocation_params["k"]))

    told = []
    await Named().ainvoke("x", {"callbacks": [Awaiting()]}, k=1)
    assert told == [("Named", ["Human: x"], 1)]


def test_like_langchains_handlers():
    lc = pytest.importorskip("langchain_core.language_models")
    callbacks = pytest.importorskip("langchain_core.callbacks")

    class Theirs(callbacks.BaseCallbackHandler):
        __init__ = Started.__init__
        on_llm_start = Started.on_llm_start

    ours, theirs = Started(), Theirs()
    for model, handler in ((FakeListLLM, ours), (lc.FakeListLLM, theirs)):
        model(responses=["a"]).invoke("x", {"callbacks": [handler]}, stop=["."], k=1)
    (mine,), (other,) = ours.told, theirs.told
    assert mine[1:2] + mine[3:] == other[1:2] + other[3:]
    assert (mine[0]["name"], mine[0]["id"][-1], mine[0]["lc"]) == (
        other[0]["name"],
        other[0]["id"][-1],
        other[0]["lc"],
    )
    assert {**other[2], "k": 1} == mine[2]

"""Other providers by name: their addresses, keys and words."""

import copy

import pytest

pytest.importorskip("openai")

import openai

from adapters.openai.replies import CASES
from adapters.openai.responses_replies import OUTPUTS, events
from eventflow import AIMessage, ToolMessage, tool_call
from eventflow.models import init_chat_model, register_chat_model
from eventflow_openai import compatible

PROVIDERS = {
    "deepseek": ("https://api.deepseek.com", "DEEPSEEK_API_KEY"),
    "groq": ("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "mistralai": ("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "ollama": ("http://localhost:11434/v1", None),
    "xai": ("https://api.x.ai/v1", "XAI_API_KEY"),
}

providers = pytest.mark.parametrize("provider", PROVIDERS)


@pytest.fixture(autouse=True)
def _openais_environment(monkeypatch):
    for name in ("API_KEY", "ORG_ID", "PROJECT_ID"):
        monkeypatch.setenv(f"OPENAI_{name}", f"sk-openai-{name}")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/openai")
    monkeypatch.setenv("OPENAI_API_BASE", "http://127.0.0.1:1/openai")
    for _, variable in PROVIDERS.values():
        if variable:
            monkeypatch.delenv(variable, raising=False)


@providers
async def test_address_and_key(provider, monkeypatch):
    address, variable = PROVIDERS[provider]
    if variable:
        monkeypatch.setenv(variable, "sk-theirs")
    model = getattr(compatible, provider)(model="m")
    for client in (model._clients.sync(), await model._clients.for_this_loop()):
        assert str(client.base_url).rstrip("/") == address
        assert client.api_key == ("sk-theirs" if variable else "ollama")
    await model.aclose()


@providers
def test_nothing_of_openais_is_sent_to_them(provider, server, monkeypatch):
    if variable := PROVIDERS[provider][1]:
        monkeypatch.setenv(variable, "sk-theirs")
    model = getattr(compatible, provider)(model="m", base_url=server.url)
    assert model.invoke("hi").text == "Hello"
    assert [value for value in server.asked[0].headers.values() if "sk-openai" in value] == []


@providers
def test_given_ones_win(provider, server):
    model = getattr(compatible, provider)(
        model="m", base_url=server.url, api_key="sk-mine", organization="org"
    )
    model.invoke("hi")
    assert server.asked[0].headers["authorization"] == "Bearer sk-mine"
    assert server.asked[0].headers["openai-organization"] == "org"
    assert copy.deepcopy(model).invoke("hi").text == "Hello"


@pytest.mark.parametrize("provider", [name for name, (_, key) in PROVIDERS.items() if key])
async def test_a_key_that_is_missing_is_named(provider):
    model = getattr(compatible, provider)(model="m")
    with pytest.raises(openai.OpenAIError, match=f"Chat.* has no key: .* {PROVIDERS[provider][1]}"):
        model.invoke("hi")
    with pytest.raises(openai.OpenAIError, match=PROVIDERS[provider][1]):
        await model.ainvoke("hi")


@providers
def test_its_runs_name_the_provider(provider, server):
    model = getattr(compatible, provider)(
        model="m", base_url=server.url, api_key="k", temperature=0.5, max_tokens=9
    )
    event = next(iter(model.stream_events("hi")))
    known = {"ls_provider": provider, "ls_model_name": "m", "ls_temperature": 0.5, "ls_max_tokens": 9}
    assert known.items() <= event["metadata"].items()
    assert event["name"] == type(model).__name__
    assert repr(model).startswith(f"{type(model).__name__}(model='m'")


@pytest.mark.parametrize(
    ("provider", "word"),
    [
        ("deepseek", "max_tokens"),
        ("groq", "max_completion_tokens"),
        ("mistralai", "max_tokens"),
        ("ollama", "max_tokens"),
        ("xai", "max_completion_tokens"),
    ],
)
def test_the_most_tokens_in_their_words(provider, word, server):
    model = getattr(compatible, provider)(model="m", base_url=server.url, api_key="k", max_tokens=5)
    model.invoke("hi")
    assert server.body[word] == 5
    model.invoke("hi", max_tokens=6)
    assert (server.body[word], len(server.body)) == (6, 3)


@pytest.mark.parametrize(("provider", "asks"), [("mistralai", False), ("groq", True)])
def test_who_is_asked_for_counts(provider, asks, server):
    model = getattr(compatible, provider)(model="m", base_url=server.url, api_key="k")
    assert list(model.stream("hi"))[-1].usage_metadata["total_tokens"] == 18
    assert ("stream_options" in server.body) is asks


def test_who_has_the_responses_api(server):
    server.says(events(OUTPUTS["text"]))
    compatible.xai(model="m", base_url=server.url, api_key="k", include=["a"]).invoke("hi")
    assert server.asked[0].path == "/v1/responses"
    with pytest.raises(ValueError, match="chat completions have no include: leave it out"):
        compatible.mistralai(model="m", base_url=server.url, api_key="k", include=["a"]).invoke("hi")


def test_deepseek_is_told_what_it_thought_before_a_call(server):
    server.says(CASES["text"])
    thought = {"additional_kwargs": {"reasoning_content": "Where?"}}
    called = AIMessage("", tool_calls=[tool_call(name="f", args={}, id="c1")], **thought)
    messages = ["hi", called, ToolMessage("1", tool_call_id="c1"), AIMessage("1", **thought), "why?"]
    for provider, told in (("deepseek", "Where?"), ("groq", None)):
        getattr(compatible, provider)(model="m", base_url=server.url, api_key="k").invoke(messages)
        assert [one.get("reasoning_content") for one in server.body["messages"]] == [
            None,
            told,
            None,
            None,
            None,
        ]


def test_they_can_be_registered(server):
    with register_chat_model("another-deepseek", compatible.deepseek):
        model = init_chat_model(
            "another-deepseek:deepseek-chat", base_url=server.url, api_key="k", temperature=0
        )
    assert (type(model).__name__, model.model, model.temperature) == ("ChatDeepSeek", "deepseek-chat", 0)

"""`init_chat_model`: by the name of the provider, or by a name that tells it."""

import sys

import pytest

from eventflow import BaseChatModel, FakeListChatModel, MissingDependencyError
from eventflow.models import init_chat_model, register_chat_model


class Parrot(FakeListChatModel):
    """Says what it was made with."""

    model: str
    volume: int = 1
    responses: list[str] = ["hello"]  # noqa: RUF012


@pytest.fixture(autouse=True)
def _providers():
    with register_chat_model("parrots", Parrot), register_chat_model("mistralai", Parrot):
        yield


def test_provider_and_model_in_one_name():
    model = init_chat_model("parrots:polly", volume=3)
    assert isinstance(model, BaseChatModel)
    assert (type(model), model.model, model.volume) == (Parrot, "polly", 3)


def test_the_provider_apart():
    assert init_chat_model("polly", model_provider="parrots").model == "polly"
    assert init_chat_model(model="polly", model_provider="Parrots").model == "polly"


def test_a_name_may_have_colons():
    assert init_chat_model("parrots:polly:2b").model == "polly:2b"
    assert init_chat_model("polly:2b", model_provider="parrots").model == "polly:2b"


@pytest.mark.parametrize("name", ["mistral-large", "Mixtral-8x7B", "mistral:7b"])
def test_a_well_known_name_tells_its_provider(name):
    assert init_chat_model(name).model == name


INFERRED = {
    "gpt-4o": "openai",
    "o1": "openai",
    "o3-mini": "openai",
    "o4-mini": "openai",
    "chatgpt-4o-latest": "openai",
    "claude-sonnet-4-5": "anthropic",
    "command-r": "cohere",
    "accounts/fireworks/models/x": "fireworks",
    "gemini-2.5-flash": "google_vertexai",
    "amazon.nova": "bedrock",
    "deepseek-chat": "deepseek",
    "grok-4": "xai",
    "sonar-pro": "perplexity",
    "solar-pro": "upstage",
}


@pytest.mark.parametrize(("name", "provider"), INFERRED.items())
def test_as_langchain_infers_it(name, provider):
    with register_chat_model(provider, Parrot):
        assert init_chat_model(name).model == name


def test_a_provider_that_is_not_known():
    with pytest.raises(
        ValueError, match=r"there is no provider 'parots' of chat models: there are "
    ) as caught:
        init_chat_model("parots:polly")
    assert "parrots" in str(caught.value).split("there are ")[1]
    assert "Did you mean 'parrots'?" in str(caught.value)
    assert "register_chat_model(provider, factory)" in str(caught.value)
    with pytest.raises(ValueError, match="there is no provider 'xyz' of chat models") as caught:
        init_chat_model("polly", model_provider="xyz")
    assert "Did you mean" not in str(caught.value)


def test_a_name_that_does_not_tell_its_provider():
    with pytest.raises(
        ValueError, match=r"'polly' does not tell its provider: give 'provider:polly', or model_prov"
    ):
        init_chat_model("polly")


@pytest.mark.parametrize("name", ["parrots", "parrots:"])
def test_a_provider_is_no_model(name):
    with pytest.raises(ValueError, match=rf"'{name}' names a provider and no model: give 'parrots:<name>'"):
        init_chat_model(name)


def test_a_model_that_is_made_already_is_no_name():
    with pytest.raises(TypeError, match=r"model=Parrot: give its name as text.*can be used as it is"):
        init_chat_model(Parrot(model="polly"))
    with pytest.raises(TypeError, match="model_provider=int"):
        init_chat_model("polly", model_provider=3)


@pytest.mark.parametrize(
    ("name", "package"),
    [("openai:gpt-4o-mini", "openai"), ("claude-sonnet-4-5", "anthropic"), ("ollama:llama3.2", "openai")],
)
def test_a_missing_extra_is_named(name, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDependencyError, match=rf"pip install 'eventflow\[{package}\]'"):
        init_chat_model(name)
    with pytest.raises(MissingDependencyError, match=rf"pip install 'eventflow\[{package}\]'"):
        init_chat_model().invoke("hi", {"configurable": {"model": name}})


def test_an_argument_that_the_class_does_not_take():
    pytest.importorskip("openai")
    with pytest.raises(ValueError, match="ChatOpenAI has no argument 'temprature'"):
        init_chat_model("openai:gpt-4o-mini", temprature=0, api_key="k")


def test_real_providers():
    pytest.importorskip("openai")
    assert (
        repr(init_chat_model("gpt-4o", temperature=0, api_key="k"))
        == "ChatOpenAI(model='gpt-4o', temperature=0.0)"
    )


def test_a_prefix_without_fields_says_nothing():
    with pytest.warns(UserWarning, match=r"config_prefix='a' says nothing.*configurable_fields="):
        init_chat_model("parrots:polly", config_prefix="a")


def test_fields_are_a_list():
    with pytest.raises(
        ValueError, match=r"configurable_fields='model': give a list of names, \['model'\], or 'any'"
    ):
        init_chat_model("parrots:polly", configurable_fields="model")

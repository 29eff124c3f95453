"""A secret that somebody gives is shown nowhere: no event, error, text, schema, log or screen.

Canaries are put wherever a secret may come from, and then everything that can be seen is searched for them.
"""

import copy
import io
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapters.openai.server import serving
from eventflow import (
    BaseChatModel,
    ChatPromptTemplate,
    ConfigurableField,
    ConsoleTree,
    JsonLines,
    Recorder,
    Runnable,
    RunnableLambda,
    ScriptedChatModel,
    StrOutputParser,
    subscribe,
)
from eventflow.models import init_chat_model, register_chat_model

pytest.importorskip("openai")
pytest.importorskip("anthropic")

CANARY = "sk-canary-0123456789"
NOWHERE = "http://127.0.0.1:9"
"""An address where nobody answers."""

KEYS = {
    "anthropic": "ANTHROPIC_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistralai": "MISTRAL_API_KEY",
    "ollama": "OLLAMA_API_KEY",
    "openai": "OPENAI_API_KEY",
    "xai": "XAI_API_KEY",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """No key of the machine's owner, no proxy; logs as loud as they can be."""
    for key in KEYS.values():
        monkeypatch.delenv(key, raising=False)
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_LOG", "ANTHROPIC_BASE_URL", "ANTHROPIC_LOG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def given(provider: str) -> Any:
    """The key as an argument, and in a header."""
    return init_chat_model(
        f"{provider}:m", api_key=CANARY, default_headers={"x-secret": CANARY}, base_url=NOWHERE, max_retries=0
    )


def with_defaults(provider: str) -> Any:
    """The key is the default of a model that is chosen later."""
    return init_chat_model(
        f"{provider}:m", configurable_fields="any", api_key=CANARY, base_url=NOWHERE, max_retries=0
    )


def retried(provider: str) -> Any:
    """Events that tell of an error, and of another attempt."""
    return given(provider).with_retry(stop_after_attempt=2, wait_exponential_jitter=False)


def falling_back(provider: str) -> Any:
    return given(provider).with_fallbacks([with_defaults(provider)])


PAIRS = [
    (provider, make)
    for provider in KEYS
    for make in (given, with_defaults, retried, falling_back)
    if make is given or provider in ("openai", "anthropic")  # the others are made like OpenAI's
]


def static_views(runnable: Runnable[Any, Any]) -> Iterator[str]:
    """What can be seen of a runnable that is not run."""
    chain = ChatPromptTemplate.from_template("{q}") | runnable | StrOutputParser()
    for one in (
        runnable,
        chain,
        runnable.bind(stop=["."]),
        runnable.with_config(tags=["t"]),
        copy.copy(runnable),
    ):
        yield from (repr(one), str(one), f"{one!r:>400}")
        yield from (json.dumps(one.get_input_jsonschema()), json.dumps(one.get_output_jsonschema()))
        yield json.dumps(one.get_config_jsonschema())
        yield str(one.config_specs)
        yield one.get_graph().draw_mermaid()
        yield str(one.get_graph().to_json())
    if isinstance(runnable, BaseChatModel):
        yield from (str(runnable.model_dump()), runnable.model_dump_json())
        yield str(runnable._identifying_params)


class Watching:
    """Everything that watches, and what it has seen."""

    def __init__(self) -> None:
        self.lines, self.screen, self.recorder = io.StringIO(), io.StringIO(), Recorder()
        self.seen: list[str] = []

    def run(self, act: Callable[[], Any]) -> None:
        with (
            subscribe(JsonLines(self.lines)),
            subscribe(ConsoleTree(self.screen, width=10_000)),
            subscribe(self.recorder),
            subscribe(lambda event: self.seen.append(repr(event))),
        ):
            try:
                self.seen.append(repr(act()))
            except Exception as error:
                self.seen.append(shown(error))

    def views(self) -> list[str]:
        return [self.lines.getvalue(), self.screen.getvalue(), self.recorder.tree(), *self.seen]


def shown(error: BaseException) -> str:
    """All that a log would show of an error, its causes included."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(vars(error).get("body"))


def dynamic_views(runnable: Runnable[Any, Any], config: Any = None) -> list[str]:
    chain = ChatPromptTemplate.from_template("{q}") | runnable | StrOutputParser()
    asked = ({"q": "hi"}, config)
    watching = Watching()
    watching.run(lambda: chain.invoke(*asked))
    watching.run(lambda: list(chain.stream(*asked)))
    watching.run(lambda: chain.batch([asked[0]], config, return_exceptions=True))
    watching.run(lambda: [repr(event) for event in chain.stream_events(*asked)])
    watching.run(lambda: [repr(event) for event in chain.stream_events(*asked, version="v2")])
    return watching.views()


def leaks(views: Any) -> list[str]:
    return [view[max(0, view.find(CANARY) - 200) :][:400] for view in views if CANARY in view]


@pytest.mark.parametrize(("provider", "make"), PAIRS, ids=lambda part: getattr(part, "__name__", part))
def test_what_is_not_run_does_not_show_it(provider, make):
    views = [*static_views(make(provider))]
    assert len(views) > 30
    assert leaks(views) == []


@pytest.mark.parametrize(("provider", "make"), PAIRS, ids=lambda part: getattr(part, "__name__", part))
def test_a_call_that_fails_does_not_show_it(provider, make, caplog):
    caplog.set_level(logging.DEBUG)
    views = dynamic_views(make(provider))
    assert any("on_chat_model_error" in view for view in views)
    assert any("APIConnectionError" in view for view in views)
    assert leaks([*views, caplog.text]) == []


@pytest.mark.parametrize("provider", KEYS)
def test_the_environment_does_not_show(provider, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(KEYS[provider], CANARY)
    model = init_chat_model(f"{provider}:m", base_url=NOWHERE, max_retries=0)
    assert leaks([*static_views(model), *dynamic_views(model), caplog.text]) == []


@pytest.mark.parametrize("provider", KEYS)
def test_the_config_of_a_call_does_not_show(provider, caplog):
    caplog.set_level(logging.DEBUG)
    model = init_chat_model(configurable_fields="any", config_prefix="a", base_url=NOWHERE, max_retries=0)
    config = {
        "configurable": {"a_model": f"{provider}:m", "a_api_key": CANARY, "a_default_headers": {"x": CANARY}}
    }
    views = dynamic_views(model, config)
    assert any("APIConnectionError" in view for view in views)
    bound = model.with_config(config)
    assert leaks([*views, *static_views(bound), *dynamic_views(bound), caplog.text]) == []


@pytest.mark.parametrize("key", ["api_key", "__secret", "openai_api_key", "token", "password", "user"])
def test_what_is_configurable_is_not_told(key):
    """LangChain shows `model` and `checkpoint_ns` in the metadata of events, and so do we; nothing else."""
    model = RunnableLambda(lambda x: ScriptedChatModel("fine").invoke(x)).with_config(
        configurable={key: CANARY}
    )
    views = dynamic_views(model) + dynamic_views(RunnableLambda(str), {"configurable": {key: CANARY}})
    assert any('"on_chat_model_end"' in view for view in views)
    assert leaks(views) == []


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_field_that_is_configurable_does_not_show_its_default(provider):
    model = given(provider).configurable_fields(
        api_key=ConfigurableField("key"), temperature=ConfigurableField("t")
    )
    views = [repr(model), json.dumps(model.get_config_jsonschema()), str(model.config_specs)]
    config = {"configurable": {"key": CANARY, "t": "not a number " + CANARY}}
    assert leaks([*views, *dynamic_views(model, config)]) == []


@pytest.mark.parametrize(
    "wrong",
    [{"api_keyy": CANARY}, {"api_key": [CANARY]}, {"temperature": CANARY}, {"default_headers": CANARY}],
    ids=str,
)
@pytest.mark.parametrize("provider", KEYS)
def test_an_argument_that_is_refused_is_not_shown(provider, wrong):
    with pytest.raises(ValueError, match="Chat") as fixed:
        init_chat_model(f"{provider}:m", **wrong)
    chosen = init_chat_model(f"{provider}:m", configurable_fields=["model"], **wrong)
    assert leaks([shown(fixed.value), repr(chosen), *dynamic_views(chosen)]) == []


def test_it_is_not_in_the_error_of_an_unknown_provider():
    for name in ("nobody:m", "what is this?"):
        with pytest.raises(ValueError, match="provider") as caught:
            init_chat_model(name, api_key=CANARY)
        assert leaks([shown(caught.value)]) == []


def test_a_provider_of_ones_own(caplog):
    def make(*, model: str, api_key: str) -> ScriptedChatModel:
        raise PermissionError(f"no access to {model}")

    with register_chat_model("mine", make):
        model = init_chat_model("mine:m", api_key=CANARY, configurable_fields="any")
        views = [
            *dynamic_views(model),
            repr(model),
            repr(model.bind_tools([])),
            repr(model.with_config(tags=["a"])),
        ]
        assert any("no access to m" in view for view in views)
        assert leaks([*views, caplog.text]) == []


def test_a_call_that_succeeds_sends_it_and_shows_it_nowhere(caplog):
    caplog.set_level(logging.DEBUG)
    with serving() as server:
        model = init_chat_model("openai:m", configurable_fields="any", base_url=server.url, max_retries=0)
        config = {"configurable": {"api_key": CANARY}}
        views = dynamic_views(model, config)
        model.prepare(config)[0].close()
    assert {asked.headers["authorization"] for asked in server.asked} == {f"Bearer {CANARY}"}
    assert any("Hello" in view for view in views)
    assert leaks([*views, caplog.text]) == []


async def test_awaited():
    chain = ChatPromptTemplate.from_template("{q}") | given("openai") | StrOutputParser()
    for version in (None, "v2"):
        watching = Watching()
        seen: list[str] = []
        try:
            async for event in chain.astream_events({"q": "hi"}, version=version):
                seen.append(repr(event))  # noqa: PERF401
        except Exception as error:
            seen.append(shown(error))
        assert "APIConnectionError" in seen[-1]
        assert leaks([*seen, *watching.views()]) == []


def test_the_search_finds_a_canary():
    assert leaks(dynamic_views(RunnableLambda(lambda x: f"oh, {CANARY}"))) != []

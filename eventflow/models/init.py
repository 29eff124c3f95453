"""`init_chat_model`: a chat model by the name of its provider and its own, fixed or chosen at run time."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any, Final, Literal, overload

from eventflow.models.base import BaseChatModel
from eventflow.models.configurable import ConfigurableChatModel
from eventflow.models.registry import factory_of, is_known

__all__ = ("init_chat_model",)

_INFERRED: Final = {
    "openai": ("gpt-", "o1", "o3", "o4", "chatgpt", "text-davinci"),
    "anthropic": ("claude",),
    "cohere": ("command",),
    "fireworks": ("accounts/fireworks",),
    "google_vertexai": ("gemini",),
    "bedrock": ("amazon.", "anthropic.", "meta."),
    "mistralai": ("mistral", "mixtral"),
    "deepseek": ("deepseek",),
    "xai": ("grok",),
    "perplexity": ("sonar",),
    "upstage": ("solar",),
}
"""Whose models begin with what, as LangChain infers it."""

_CHOICE: Final = ("model", "model_provider")
"""What can be configured if nothing else is said, and no model is given."""


@overload
def init_chat_model(
    model: str,
    *,
    model_provider: str | None = None,
    configurable_fields: None = None,
    config_prefix: str | None = None,
    **kwargs: Any,
) -> BaseChatModel: ...


@overload
def init_chat_model(
    model: None = None,
    *,
    model_provider: str | None = None,
    configurable_fields: None = None,
    config_prefix: str | None = None,
    **kwargs: Any,
) -> ConfigurableChatModel: ...


@overload
def init_chat_model(
    model: str | None = None,
    *,
    model_provider: str | None = None,
    configurable_fields: Literal["any"] | list[str] | tuple[str, ...],
    config_prefix: str | None = None,
    **kwargs: Any,
) -> ConfigurableChatModel: ...


def init_chat_model(
    model: str | None = None,
    *,
    model_provider: str | None = None,
    configurable_fields: Literal["any"] | list[str] | tuple[str, ...] | None = None,
    config_prefix: str | None = None,
    **kwargs: Any,
) -> BaseChatModel | ConfigurableChatModel:
    """A chat model of any provider, by name.

    Providers are entry points of the group `eventflow.chat_models` and what `register_chat_model` has added; one
    is imported when it is first asked for. For well-known names (`gpt-…`, `claude…`, `mistral…`) the provider
    need not be given.

    Arguments:
        model: `"openai:gpt-4o-mini"`, or the name alone. Without it the model is chosen at run time.
        model_provider: the provider, if `model` does not name it; then `model` is taken as it is, colons and all.
        configurable_fields: what `config["configurable"]` can set at run time: names of arguments, or "any";
            `model` and `model_provider` if no model is given.
        config_prefix: what the keys in `config["configurable"]` begin with: `<prefix>_model`.
        kwargs: `temperature=0` and whatever else the model's class takes.

    Returns:
        The model; or a `ConfigurableChatModel`, if something is configurable.

    Raises ValueError if the provider is unknown or cannot be told from the name; MissingDependencyError if the
    provider's extra is not installed; PluginError if its entry point is broken; TypeError if `model` is no text;
    and what the model's class raises for arguments that it does not take. A configurable model raises them
    when it is called.

    With `configurable_fields="any"` whoever writes the config can set `api_key` and `base_url` as well, and so
    send your prompts to another place: where configs come from outside, name the fields.

    >>> from eventflow.models import FakeListChatModel, register_chat_model
    >>> def parrot(*, model, times=1):
    ...     return FakeListChatModel(responses=[f"{model} " * times])
    >>> with register_chat_model("parrots", parrot):
    ...     fixed = init_chat_model("parrots:polly", times=2)
    ...     chosen = init_chat_model("parrots:polly", configurable_fields=["times"], config_prefix="a")
    ...     fixed.invoke("Hi").text, chosen.invoke("Hi", {"configurable": {"a_times": 3}}).text
    ('polly polly ', 'polly polly polly ')
    """
    _refuse_no_name("model", model)
    _refuse_no_name("model_provider", model_provider)
    if not model and not configurable_fields:
        configurable_fields = _CHOICE
    if not configurable_fields:
        if config_prefix:
            warnings.warn(
                f"config_prefix={config_prefix!r} says nothing, for no field is configurable: name some in "
                "configurable_fields=[...]",
                stacklevel=2,
            )
        return _make(model, model_provider, **kwargs)
    named = {"model": model, "model_provider": model_provider}
    known = {key: value for key, value in named.items() if value}
    return ConfigurableChatModel(
        partial(_make, **known, **kwargs),
        known=known,
        fields=_fields(configurable_fields),
        prefix=_prefix(config_prefix),
    )


def _make(model: str | None = None, model_provider: str | None = None, **kwargs: Any) -> BaseChatModel:
    """The model of that name."""
    _refuse_no_name("model", model)
    _refuse_no_name("model_provider", model_provider)
    if not model:
        raise ValueError("no model was chosen: give init_chat_model one, or the call a config with it")
    provider, name = (model_provider, model) if model_provider else _split(model)
    return factory_of(provider)(model=name, **kwargs)


def _split(model: str) -> tuple[str, str]:
    """The provider and the name in `provider:name`, or a name that tells the provider."""
    head, colon, tail = model.partition(":")
    if is_known(head):
        if not tail:
            raise ValueError(f"{model!r} names a provider and no model: give '{head}:<name>'")
        return head, tail
    for provider, prefixes in _INFERRED.items():
        if model.lower().startswith(prefixes):
            return provider, model
    if colon:
        return head, tail  # of nobody who is known, which is an error with a list of those who are
    raise ValueError(
        f"model {model!r} does not tell its provider: give 'provider:{model}', or model_provider='...'"
    )


def _refuse_no_name(what: str, given: object) -> None:
    if given is not None and not isinstance(given, str):
        raise TypeError(
            f"{what}={type(given).__name__}: give its name as text, such as 'openai:gpt-4o-mini'; a model that is made "
            "already can be used as it is"
        )


def _prefix(given: str | None) -> str:
    return f"{given}_" if given and not given.endswith("_") else given or ""


def _fields(given: Literal["any"] | Sequence[str]) -> Sequence[str] | None:
    """The names of the fields; None for all."""
    if given == "any":
        return None
    if isinstance(given, str):
        raise ValueError(f"configurable_fields={given!r}: give a list of names, [{given!r}], or 'any'")
    return tuple(given)

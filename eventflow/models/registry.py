"""Who makes the chat models of a provider: entry points that are installed, and what a program registers."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, TypeAlias, cast

from eventflow.errors import PluginError
from eventflow.models.base import BaseChatModel
from eventflow.plugins.entries import CHAT_MODELS, installed_names, load_one

__all__ = (
    "ChatModelFactory",
    "ChatModelRegistration",
    "chat_model_providers",
    "factory_of",
    "register_chat_model",
)

ChatModelFactory: TypeAlias = Callable[..., BaseChatModel]
"""What makes the models of a provider: called with `model=` and other keywords; most often their class."""

_registered: Final[dict[str, ChatModelFactory]] = {}
_loaded: Final[dict[str, ChatModelFactory]] = {}
"""The entry points that were asked for; looking through what is installed takes milliseconds."""


class ChatModelRegistration:
    """That a provider is registered, until it is closed; also a context manager."""

    def __init__(self, provider: str, factory: ChatModelFactory) -> None:
        self.provider = provider
        self._factory = factory

    def close(self) -> None:
        """Take the provider back, unless it was registered anew; more than once is as good as once."""
        if _registered.get(self.provider) is self._factory:
            del _registered[self.provider]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<ChatModelRegistration {self.provider!r}>"


def register_chat_model(provider: str, factory: ChatModelFactory) -> ChatModelRegistration:
    """Let `init_chat_model` make the models of a provider with `factory`.

    It takes the place of what was registered or installed under this name. A distribution does the same with an
    entry point of the group `eventflow.chat_models`.

    Arguments:
        provider: the name; lower case, with `_` for `-`, is what it is looked up by.
        factory: called with `model=` and the other keywords of `init_chat_model`, gives a `BaseChatModel`.

    Returns:
        A handle whose `close()` takes it back; also a context manager.

    Raises TypeError if `factory` cannot be called, ValueError if the name is empty or has a colon.

    >>> from eventflow import FakeListChatModel
    >>> def parrot(*, model, **kwargs):
    ...     return FakeListChatModel(responses=[f"I am {model}"])
    >>> with register_chat_model("parrots", parrot):
    ...     factory_of("parrots")(model="polly").invoke("Who are you?").text
    'I am polly'
    """
    if not callable(factory):
        raise TypeError(
            f"provider {provider!r} is registered with {factory!r}: give a class, or a function that makes models"
        )
    name = canonical(provider)
    if not name or ":" in name:
        raise ValueError(
            f"provider {provider!r} cannot be part of 'provider:model': give a name without a colon"
        )
    _registered[name] = factory
    return ChatModelRegistration(name, factory)


def canonical(provider: str) -> str:
    """The spelling under which a provider is known.

    >>> canonical("Azure-OpenAI")
    'azure_openai'
    """
    return provider.replace("-", "_").lower()


def chat_model_providers() -> list[str]:
    """The providers that `init_chat_model` knows, sorted: registered or installed; nothing is loaded."""
    return sorted({*_registered, *installed_names(CHAT_MODELS)})


def is_known(provider: str) -> bool:
    """Whether there is a provider of this name; nothing is loaded."""
    name = canonical(provider)
    return name in _registered or name in _loaded or name in installed_names(CHAT_MODELS)


def factory_of(provider: str) -> ChatModelFactory:
    """What makes the models of a provider; its entry point is loaded when it is first asked for.

    Raises ValueError if there is no such provider, PluginError if its entry point cannot be loaded,
    MissingDependencyError if it needs something that is not installed.
    """
    name = canonical(provider)
    made = _registered.get(name) or _loaded.get(name)
    if made is None:
        try:
            factory = load_one(CHAT_MODELS, name)
        except KeyError:
            raise ValueError(_unknown(provider)) from None
        if not callable(factory):
            raise PluginError(
                f"the entry point {name!r} of {CHAT_MODELS} is {factory!r}: it has to be a class or "
                "function that makes models"
            )
        made = _loaded[name] = cast(ChatModelFactory, factory)
    return made


def _unknown(provider: str) -> str:
    import difflib  # only where something is wrong

    known = chat_model_providers()
    close = difflib.get_close_matches(canonical(provider), known, 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return (
        f"there is no provider {provider!r} of chat models: there are {', '.join(known) or 'none'}.{hint} "
        "Others come with a distribution that has them, or with register_chat_model(provider, factory)"
    )

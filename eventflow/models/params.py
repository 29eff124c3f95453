"""What a chat model's runs say of it in their metadata, in the words of LangSmith: `ls_provider` and so on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from typing_extensions import TypedDict

__all__ = ("LangSmithParams", "ls_params")


class LangSmithParams(TypedDict, total=False):
    """What is known of a model and of how it was called."""

    ls_provider: str
    ls_model_type: str
    ls_integration: str
    ls_model_name: str
    ls_temperature: float | None
    ls_max_tokens: int | None
    ls_stop: list[str] | None


_FIELDS: Final = (
    ("ls_model_name", ("model", "model_name"), str),
    ("ls_temperature", ("temperature",), (int, float)),
    ("ls_max_tokens", ("max_tokens",), int),
)
"""Key, the names that a model may have for it, and what it has to be."""


def ls_params(model: object, stop: list[str] | None, kwargs: Mapping[str, Any]) -> LangSmithParams:
    """Read the parameters off a model's attributes, unless the call says otherwise.

    The provider is taken from the name of the class: `ChatOpenAI` becomes "openai".
    """
    found: dict[str, Any] = {"ls_provider": _provider(type(model).__name__), "ls_model_type": "chat"}
    if stop:
        found["ls_stop"] = stop
    for key, names, kind in _FIELDS:
        for name in names:
            value = kwargs.get(name, getattr(model, name, None))
            if isinstance(value, kind):
                found[key] = value
                break
    return LangSmithParams(**found)


def _provider(name: str) -> str:
    return (name.removeprefix("Chat") or name).removesuffix("Chat").lower()

"""What a model's runs say of it in their metadata, in the words of LangSmith: `ls_provider` and so on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from typing_extensions import TypedDict

__all__ = ("PARAMETERS", "LangSmithParams", "ls_params")


class LangSmithParams(TypedDict, total=False):
    """What is known of a model and of how it was called."""

    ls_provider: str
    ls_model_type: str
    ls_integration: str
    ls_model_name: str
    ls_temperature: float | None
    ls_max_tokens: int | None
    ls_stop: list[str] | None


_KEYS: Final[Mapping[str, tuple[str, type | tuple[type, ...]]]] = {
    "model": ("ls_model_name", str),
    "model_name": ("ls_model_name", str),
    "temperature": ("ls_temperature", (int, float)),
    "max_tokens": ("ls_max_tokens", int),
}
"""What a model or a call may say, the key that shows it, and what it has to be. The first of a key counts."""

PARAMETERS: Final = frozenset(_KEYS)


def ls_params(
    provider: str,
    own: Mapping[str, Any],
    stop: list[str] | None,
    call: Mapping[str, Any],
    *,
    text: bool = False,
) -> LangSmithParams:
    """Put together what is known of a call.

    Arguments:
        provider: the name of the model's class; `ChatOpenAI` is shown as "openai".
        own: the model's attributes, as far as they are `PARAMETERS`.
        stop, call: what the call says; it overrules the model.
        text: whether it is a text model.

    >>> ls_params("ChatOpenAI", {"model": "gpt", "temperature": 0}, None, {"temperature": 1})
    {'ls_provider': 'openai', 'ls_model_type': 'chat', 'ls_temperature': 1, 'ls_model_name': 'gpt'}
    """
    found: dict[str, Any] = {
        "ls_provider": _provider(provider, text),
        "ls_model_type": "llm" if text else "chat",
    }
    if stop:
        found["ls_stop"] = stop
    for said in (call, own):
        for name, (key, kind) in _KEYS.items():
            if key not in found and isinstance(said.get(name), kind):
                found[key] = said[name]
    return cast(LangSmithParams, found)


def _provider(name: str, text: bool) -> str:
    if text:
        return name.removesuffix("LLM").lower()
    return (name.removeprefix("Chat") or name).removesuffix("Chat").lower()

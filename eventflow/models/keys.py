"""What answers are kept by in a cache: the prompt, and all else that the answer depends on, as text without secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from pydantic import BaseModel, SecretStr

from eventflow.messages import BaseMessage, message_to_dict
from eventflow.runnables.shapes import is_model

__all__ = ("Key", "key_of", "public")

Key: TypeAlias = tuple[str, str]
"""The prompt, and who was asked how."""

_SECRET: Final = ("api_key", "_token", "secret", "password", "authorization", "headers", "credentials")
"""How names of options end that say who asks; the answer does not depend on it."""


def key_of(prompt: str | Sequence[BaseMessage], said: Mapping[str, Any]) -> Key | None:
    """The key of a call.

    Arguments:
        prompt: text or messages.
        said: what tells the model from others, and what the call says. Secrets are left out, and whether the
            answer is to be streamed.

    Returns None where something in it is not data (an open file, a function): it cannot be told from another.

    >>> key_of("Hi", {"model": "m", "api_key": "s3cret", "stop": None})
    ('Hi', '{"model": "m", "stop": null}')
    """
    try:
        asked = prompt if isinstance(prompt, str) else _json([_as_data(message) for message in prompt])
        return asked, _json({name: value for name, value in public(said).items() if name != "stream"})
    except (TypeError, ValueError, AttributeError, RuntimeError):  # pydantic raises the last two, too
        return None


def _as_data(message: BaseMessage) -> dict[str, Any]:
    """A message without what no provider is told: its id, and what it has cost."""
    written = message_to_dict(message)
    data = {key: value for key, value in written["data"].items() if key not in ("id", "usage_metadata")}
    return {**written, "data": data}


def public(said: Mapping[str, Any]) -> dict[str, Any]:
    """Options without secrets.

    >>> public({"temperature": 1, "api_key": "s3cret"})
    {'temperature': 1}
    """
    return {
        name: value
        for name, value in said.items()
        if not isinstance(value, SecretStr) and not name.lower().endswith(_SECRET)
    }


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=_plain)


def _plain(value: Any) -> Any:
    """What stands for something that JSON does not have. Raises TypeError if nothing does."""
    if is_model(value):
        return {"schema": value.model_json_schema()}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, BaseMessage):
        return _as_data(value)
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, Any]", value))
    raise TypeError(f"{type(cast('object', value)).__name__} is not data")

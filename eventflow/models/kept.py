"""Answers as JSON and back, for caches that outlive the program: texts and messages, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from eventflow.messages import ChatGeneration, Generation, message_to_dict, messages_from_dict

__all__ = ("from_json", "to_json")


def to_json(generations: Sequence[Generation]) -> str | None:
    """`generations` as JSON; None if something in them is not data.

    >>> to_json([Generation("hi")])
    '[{"text": "hi"}]'
    """
    try:
        return json.dumps([_as_data(generation) for generation in generations])
    except (TypeError, ValueError):
        return None


def from_json(text: str) -> list[Generation] | None:
    """What `to_json` wrote; None if `text` is something else.

    >>> from_json(to_json([Generation("hi")]))
    [Generation(text='hi')]
    """
    try:
        return [_from_data(data) for data in json.loads(text)]
    except (TypeError, ValueError, KeyError, AttributeError):
        return None


def _as_data(generation: Generation) -> dict[str, Any]:
    data: dict[str, Any] = {"text": generation.text}
    if isinstance(generation, ChatGeneration):
        data = {"message": message_to_dict(generation.message)}
    if generation.generation_info:
        data["generation_info"] = generation.generation_info
    return data


def _from_data(data: dict[str, Any]) -> Generation:
    info = data.get("generation_info")
    if "message" in data:
        (message,) = messages_from_dict([data["message"]])
        return ChatGeneration(message, info)
    return Generation(data["text"], info)

"""Fields that several kinds of messages share, and the checks of their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from eventflow.messages.model import REQUIRED, Field

__all__ = (
    "CONTENT",
    "ID",
    "MAPPING",
    "NULLABLE_STRING",
    "STRING",
    "anything",
    "check_content",
    "optional_text",
    "required_text",
)

Content = str | list[str | dict[Any, Any]]

STRING = {"type": "string"}
NULLABLE_STRING = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}


def check_content(value: object) -> Content:
    """Accept a str or a list (or tuple) of str and dict."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)) and all(map(_is_item, cast("Sequence[object]", value))):
        items = cast("Sequence[str | dict[str, Any]]", value)
        return [item if isinstance(item, str) else {**item} for item in items]
    raise ValueError("must be a str or a list of str and dict")


def _is_item(value: object) -> bool:
    return isinstance(value, (str, dict))


def check_id(value: object) -> str | None:
    """Accept a str or None; make numbers text, as LangChain does."""
    if isinstance(value, (int, float)):
        return str(value)
    return optional_text(value)


def optional_text(value: object) -> str | None:
    """Accept a str or None."""
    if value is None or isinstance(value, str):
        return value
    raise ValueError("must be a str or None")


def required_text(value: object) -> str:
    """Accept a str."""
    if isinstance(value, str):
        return value
    raise ValueError("must be a str")


def anything(value: Any) -> Any:
    """Accept anything."""
    return value


def check_mapping(value: Any) -> dict[Any, Any]:
    """Accept a mapping and copy it, so that the caller's stays the caller's."""
    if type(value) is dict or issubclass(type(value), Mapping):  # asking the abstract class takes long
        return {**value}
    raise ValueError("must be a dict")


CONTENT = Field(
    REQUIRED,
    check_content,
    {
        "anyOf": [
            {"type": "string"},
            {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object"}]}},
        ]
    },
)
ID = Field(None, check_id, NULLABLE_STRING)
MAPPING = Field({}, check_mapping, {"type": "object", "additionalProperties": True})

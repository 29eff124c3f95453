"""Tools, the choice among them, and the form of an answer, as each endpoint wants to be told of them.

Chat completions nest what is said of a function or schema, `{"type": "function", "function": {...}}`; the Responses API
has it flat, `{"type": "function", ...}`. Here both are made of either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from eventflow import ToolLike, convert_to_json_schema

__all__ = (
    "is_built_in",
    "to_flat",
    "to_flat_choice",
    "to_nested",
    "to_response_format",
    "to_text_format",
    "to_tool_choice",
)

Format = dict[str, Any]

_NESTED = {"function": "function", "custom": "custom", "json_schema": "json_schema"}
"""Types whose description chat completions nest, and the key below which it is."""

_CHOICES = ("auto", "none", "required")


def is_built_in(tool: Mapping[str, Any]) -> bool:
    """Whether the provider runs a tool itself, so that only the Responses API knows it.

    >>> is_built_in({"type": "web_search"}), is_built_in({"type": "function", "function": {"name": "f"}})
    (True, False)
    """
    return tool.get("type", "function") not in _NESTED


def to_flat(given: Mapping[str, Any]) -> Format:
    """As the Responses API says it.

    >>> to_flat({"type": "function", "function": {"name": "f"}})
    {'type': 'function', 'name': 'f'}
    """
    kind = given.get("type", "")
    below = given.get(_NESTED.get(kind, ""))
    return {"type": kind, **below} if isinstance(below, Mapping) else dict(given)


def to_nested(given: Mapping[str, Any]) -> Format:
    """As chat completions say it.

    >>> to_nested({"type": "function", "name": "f"})
    {'type': 'function', 'function': {'name': 'f'}}
    """
    kind = given.get("type", "")
    key = _NESTED.get(kind)
    if key is None or key in given:
        return dict(given)
    return {"type": kind, key: {name: value for name, value in given.items() if name != "type"}}


def to_flat_choice(choice: Any) -> Any:
    """A choice of a tool as the Responses API says it."""
    return to_flat(cast("Mapping[str, Any]", choice)) if isinstance(choice, Mapping) else choice


def to_tool_choice(choice: str | bool | Mapping[str, Any] | None, tools: Sequence[Mapping[str, Any]]) -> Any:
    """What to send as `tool_choice`; None for nothing.

    Raises ValueError if it names a tool that is not bound.

    >>> to_tool_choice("any", [])
    'required'
    """
    if choice is None or choice is False or isinstance(choice, Mapping):
        return choice or None
    if choice is True or choice == "any":
        return "required"
    if choice in _CHOICES:
        return choice
    choices = {
        tool["type"] if is_built_in(tool) else to_flat(tool).get("name"): _choice_of(tool) for tool in tools
    }
    if choice not in choices:
        raise ValueError(
            f"tool_choice={choice!r} is no tool that is bound: say {', '.join(map(repr, choices))}, 'auto', 'none' or "
            "'required'"
        )
    return choices[choice]


def _choice_of(tool: Mapping[str, Any]) -> Format:
    kind = tool.get("type", "function")
    return {"type": kind} if is_built_in(tool) else {"type": kind, kind: {"name": to_flat(tool).get("name")}}


def to_response_format(form: Any, *, strict: bool | None = None) -> Format:
    """What to send as `response_format`.

    Arguments:
        form: the provider's dictionary, as it is; or a pydantic model, a TypedDict or a JSON schema with a title.
        strict: whether the answer has to follow the schema to the letter; unless it is said, a class is followed so.

    Raises TypeError if `form` describes nothing.

    >>> to_response_format({"title": "Joke", "type": "object", "properties": {}})["json_schema"]["name"]
    'Joke'
    """
    if isinstance(form, Mapping) and cast("Format", form).get("type") in (
        "json_object",
        "json_schema",
        "text",
    ):
        return dict(cast("Format", form))
    if strict is None and isinstance(form, type):
        strict = True
    schema = convert_to_json_schema(cast("ToolLike", form), strict=strict)
    name = schema.pop("title")
    described: Format = {"name": name, "schema": schema}
    if "description" in schema:
        described["description"] = schema["description"]
    if strict is not None:
        described["strict"] = strict
    return {"type": "json_schema", "json_schema": described}


def to_text_format(form: Mapping[str, Any] | None) -> Format | None:
    """A `response_format` as the Responses API says it."""
    return None if form is None else to_flat(form)

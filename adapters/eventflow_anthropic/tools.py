"""Tools in the form that the messages endpoint takes, and which of them a model is to call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from eventflow import BaseTool, ToolLike, convert_to_openai_function
from eventflow_anthropic.sdk import load_sdk

__all__ = ("to_request_tool", "to_strict_schema", "to_tool_choice")

_OURS = ("function", "object")
"""Types of a dictionary that is a tool in OpenAI's form, or a JSON schema; another is one of the provider's tools."""


_EXTRAS = ("allowed_callers", "cache_control", "defer_loading", "eager_input_streaming", "input_examples")
"""What of the `extras` of a tool the endpoint knows."""


def to_request_tool(tool: ToolLike, *, strict: bool | None = None) -> dict[str, Any]:
    """A tool as the endpoint takes it; what is in its form already, as it is.

    Arguments:
        tool: see `eventflow.convert_to_openai_tool`; also one of the provider's tools, which have a `type`.
        strict: whether the provider guarantees that the input follows the schema.

    Raises TypeError if it is no tool.

    >>> to_request_tool({"type": "web_search_20250305", "name": "web_search"})
    {'type': 'web_search_20250305', 'name': 'web_search'}
    """
    given: Any = tool
    if isinstance(given, Mapping) and _is_native(described := cast("Mapping[str, Any]", given)):
        return dict(described)
    function = convert_to_openai_function(tool)
    schema: dict[str, Any] = {"type": "object", "properties": {}, **function.get("parameters", {})}
    made: dict[str, Any] = {"name": function["name"], "input_schema": schema}
    if function.get("description"):
        made["description"] = function["description"]
    if isinstance(tool, BaseTool):
        made |= {key: value for key, value in (tool.extras or {}).items() if key in _EXTRAS}
    if strict is not None:
        made["strict"] = strict
    if strict:
        made["input_schema"] = to_strict_schema(schema)
    return made


def _is_native(tool: Mapping[str, Any]) -> bool:
    return "input_schema" in tool or tool.get("type", "object") not in _OURS


def to_strict_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON schema as the provider can guarantee it: no other properties; what it cannot promise is described."""
    strict: dict[str, Any] = load_sdk().transform_schema(dict(schema))
    return strict


def to_tool_choice(
    choice: str | bool | Mapping[str, Any] | None,
    tools: Sequence[Mapping[str, Any]],
    parallel: bool | None = None,
) -> dict[str, Any] | None:
    """What to send as `tool_choice`; None for nothing.

    Raises ValueError if it names a tool that is not bound.

    >>> to_tool_choice("any", [], parallel=False)
    {'type': 'any', 'disable_parallel_tool_use': True}
    """
    made = _chosen(choice, tools)
    if parallel is None or (made is not None and made["type"] == "none"):
        return made
    return {**(made or {"type": "auto"}), "disable_parallel_tool_use": not parallel}


def _chosen(
    choice: str | bool | Mapping[str, Any] | None, tools: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    if choice is None or choice is False:
        return None
    if isinstance(choice, Mapping):
        return dict(choice)
    if choice is True or choice in ("any", "required"):
        return {"type": "any"}
    if choice in ("auto", "none"):
        return {"type": choice}
    names = [tool["name"] for tool in tools if "name" in tool]
    if choice not in names:
        raise ValueError(
            f"tool_choice={choice!r} is no tool that is bound: say {', '.join(map(repr, names))}, 'auto', 'any' or "
            "'none'"
        )
    return {"type": "tool", "name": choice}

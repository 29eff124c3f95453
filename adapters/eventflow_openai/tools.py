"""Tools in the form that the chat completions endpoint takes."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard, cast

from pydantic import BaseModel

from eventflow import StructuredTool

__all__ = ("to_openai_tool", "to_tool_choice")

Schema = dict[str, Any]

_NAMED = ("properties", "$defs", "definitions")
"""Keys of a JSON schema below which there are schemas by name."""

_DATA = ("default", "const", "enum", "examples", "required")
"""Keys of a JSON schema below which there are no schemas."""


def to_openai_tool(tool: Any, *, strict: bool | None = None) -> dict[str, Any]:
    """A tool in the provider's format.

    Arguments:
        tool: a dictionary in the provider's format (as it is), a function's name, description and parameters, a
            JSON schema with a title, a pydantic model class, a tool (an object with `name`, `description` and
            `args_schema`), or a function with annotations and a docstring.
        strict: whether the arguments have to follow the schema to the letter; if so, all are required and
            there are no others, as the provider demands.

    Raises TypeError if it is none of these.

    >>> def weather(city: str) -> str:
    ...     "How the weather is."
    >>> to_openai_tool(weather)["function"]["parameters"]["required"]
    ['city']
    """
    if isinstance(tool, Mapping):
        given = dict(cast("Mapping[str, Any]", tool))
        if given.get("type", "object") != "object":
            return given
        function = _of_dict(given)
    else:
        function = _of_object(tool)
    function["parameters"] = _tidied(function.get("parameters", {}), strict=bool(strict))
    if strict is not None:
        function["strict"] = strict
    return {"type": "function", "function": function}


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
    if choice in ("auto", "none", "required"):
        return choice
    names = [tool["function"]["name"] for tool in tools if "function" in tool]
    if choice not in names:
        raise ValueError(
            f"tool_choice={choice!r} is no tool that is bound: say {', '.join(map(repr, names))}, 'auto', 'none' or "
            "'required'"
        )
    return {"type": "function", "function": {"name": choice}}


def _of_dict(given: dict[str, Any]) -> dict[str, Any]:
    if "name" in given and "input_schema" not in given:
        return given
    name, schema = given.get("name") or given.get("title"), given.get("input_schema", given)
    if not isinstance(name, str):
        raise TypeError(
            f"a dictionary with the keys {', '.join(given)} cannot be bound as a tool: give it in the provider's "
            "format, with a 'name' and 'parameters', or as a JSON schema with a 'title'"
        )
    return _described(name, given.get("description"), schema)


def _of_object(tool: Any) -> dict[str, Any]:
    if _is_model(tool):
        schema = tool.model_json_schema()
        return _described(tool.__name__, schema.get("description"), schema)
    if inspect.isroutine(tool):
        told = inspect.getdoc(tool) or tool.__name__
        tool = StructuredTool.from_function(tool, description=told)
    args: Any = getattr(tool, "tool_call_schema", None) or getattr(tool, "args_schema", None)
    if args is None:
        raise TypeError(
            f"{tool!r} cannot be bound as a tool: give a function with annotations and a docstring, a pydantic "
            "model, a tool, or a dictionary in the provider's format"
        )
    return _described(
        tool.name, tool.description, args.model_json_schema() if _is_model(args) else dict(args)
    )


def _is_model(candidate: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _described(name: str, description: str | None, schema: Schema) -> dict[str, Any]:
    parameters = {key: value for key, value in schema.items() if key != "description"}
    return {"name": name, "description": description or "", "parameters": parameters}


def _tidied(schema: Any, *, strict: bool) -> Any:
    """A JSON schema without titles, which only cost tokens; if strict, with objects of just their properties."""
    if isinstance(schema, list):
        return [_tidied(item, strict=strict) for item in cast("Sequence[Any]", schema)]
    if not isinstance(schema, Mapping):
        return schema
    tidied: Schema = {}
    for key, value in cast("Mapping[str, Any]", schema).items():
        if key in _NAMED:
            tidied[key] = {name: _tidied(below, strict=strict) for name, below in value.items()}
        elif key != "title":
            tidied[key] = value if key in _DATA else _tidied(value, strict=strict)
    if strict and tidied.get("type") == "object":
        tidied["additionalProperties"] = False
        tidied["required"] = list(tidied.get("properties", ()))
    return tidied
